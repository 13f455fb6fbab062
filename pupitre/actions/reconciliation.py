"""After a backup was restored: ask the payment services what our database has forgotten.

What it knows is settled, with its refunds and disputes. What it does not know waits for a person, as a stray payment.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction

from pupitre import journal
from pupitre.actions import disputes, events, fees, payments, refunds, services
from pupitre.gateways import Notice, Standing
from pupitre.mail import letters
from pupitre.models import Payment, StrayPayment

log = logging.getLogger(__name__)

MONEY_IS_THERE = (Standing.PAID, Standing.PROCESSING)


@dataclass
class Findings:
    """What was found at the services, and what became of it."""

    looked_at: int = 0
    settled: list[Payment] = field(default_factory=list)
    strays: list[StrayPayment] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    missed_events: int = 0
    troubles: list[str] = field(default_factory=list)


def reconcile(since: datetime) -> Findings:
    """Compare our payments with what each service has known since a moment. Doing it again changes nothing more."""
    findings = Findings()
    for means in services.in_use():
        for notice in services.service(means).attempts_since(since):
            findings.looked_at += 1
            try:
                _reconcile(means, notice, findings)
            except services.KNOWS_NOTHING_OF_IT as refusal:
                findings.troubles.append(f"{means} {notice.reference}: {refusal}")
        findings.missed_events += events.find_missed(means, since)
        disputes.sweep(means, since)
        fees.fill_in(means)
    return findings


def _reconcile(means: str, notice: Notice, findings: Findings) -> None:
    payment = Payment.objects.known_as(means, notice.payment, notice.reference)
    if payment is None:
        _look_into(means, notice, findings)
        return
    before = payment.status
    payment = payments.settle(_named(payment, notice.reference))
    refunds.import_refunds(payment)
    if payment.status != before:
        findings.settled.append(payment)


@transaction.atomic
def _named(known: Payment, reference: str) -> Payment:
    """The payment, with the name that the service has for it: the backup may date from before it had one."""
    payment = Payment.objects.select_for_update().get(pk=known.pk)
    if not payment.provider_reference:
        payment.provider_reference = reference
        payment.save(update_fields=["provider_reference"])
    return payment


def _look_into(means: str, notice: Notice, findings: Findings) -> None:
    """An attempt that we know nothing about. One that can still be paid is closed: nobody may pay for nothing."""
    if not _is_ours(notice):
        return
    if notice.standing is Standing.OPEN:
        notice = services.service(means).close(notice.reference)
        findings.closed.append(notice.reference)
    if notice.standing in MONEY_IS_THERE:
        findings.strays += _keep(means, notice)


def _is_ours(notice: Notice) -> bool:
    """Other shops may share the account. Stripe says which one opened an attempt; PayPal does not."""
    is_of_this_mode = notice.live == (settings.PAYMENT_MODE == "live")
    return is_of_this_mode and notice.site in ("", settings.SITE_URL) and bool(notice.payment)


@transaction.atomic
def _keep(means: str, notice: Notice) -> list[StrayPayment]:
    stray, is_new = StrayPayment.objects.get_or_create(
        means=means,
        provider_reference=notice.reference,
        defaults={
            "charge_reference": notice.charge_reference,
            "mode": settings.PAYMENT_MODE,
            "amount_cents": notice.amount_cents,
            "currency": notice.currency,
            "order_number": notice.order_number[:40],
            "paid_with": notice.means,
        },
    )
    if is_new:
        log.error("%s holds a payment that no order explains: %s", means, notice.reference)
        journal.record("payment.stray", by=None, facts={"reference": notice.reference, "order": notice.order_number})
        letters.stray_payment(stray)
    return [stray] if is_new else []
