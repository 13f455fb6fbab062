"""What can be done with a webhook of a payment service: keep it, handle it, find those that never came, forget it.

A webhook is a trigger to ask the service, never a fact in itself: it may be late, repeated, out of order, or lost.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from pupitre import clock, gateways
from pupitre.actions import disputes, payments, refunds
from pupitre.actions.services import service
from pupitre.mail import letters
from pupitre.models import Job, Payment, ProviderEvent
from pupitre.models.payments import is_uuid

log = logging.getLogger(__name__)

FOREIGN_AFTER = timedelta(hours=1)
PAUSE = timedelta(minutes=5)
BODIES_KEPT = timedelta(days=90)
MONEY_WENT_BACK = ("refund", "reversed")  # PayPal may take the money back by itself, and says so as of a refund

SETTLED, FOREIGN, OTHER_MODE = "settled", "foreign", "other_mode"


@transaction.atomic
def receive(means: str, event: gateways.Event, body: str, *, was_missed: bool = False) -> ProviderEvent:
    """Keep a verified webhook, and ask for it to be handled. The same event twice is kept once.

    One of another mode is kept too, and refused: someone gave a test address to the live account, or the reverse.
    """
    kept, is_new = ProviderEvent.objects.get_or_create(
        means=means,
        event_id=event.id,
        defaults={
            "kind": event.kind,
            "mode": _mode(event),
            "payment_uuid": event.payment if is_uuid(event.payment) else "",  # other sites give other names
            "reference": event.reference or event.charge_reference,
            "dispute_reference": event.dispute,
            "body": body,
            "was_missed": was_missed,
        },
    )
    if not is_new and kept.was_missed and not was_missed:
        ProviderEvent.objects.filter(pk=kept.pk).update(was_missed=False)  # it was only late
    if is_new and kept.mode != settings.PAYMENT_MODE:
        log.error("a %s notice of another mode was refused: %s", means, event.id)
        _file(kept, OTHER_MODE)
        letters.notice_of_another_mode(kept)
    elif is_new:
        Job.objects.ask("event.handle", f"{means}:{event.id}", event=kept.pk)
    return kept


def handle(event: ProviderEvent) -> datetime | None:
    """Settle the payment a webhook speaks of. One about nothing we know is tried for an hour, then set aside."""
    payment = Payment.objects.known_as(event.means, event.payment_uuid, event.reference)
    if payment is None and clock.now() < event.received_at + FOREIGN_AFTER:
        return clock.now() + PAUSE
    if payment is not None:
        payments.settle(payment)
        if any(word in event.kind.lower() for word in MONEY_WENT_BACK):
            refunds.import_refunds(payment)
        if event.dispute_reference:
            disputes.ask_about(payment, event.dispute_reference)
    _file(event, SETTLED if payment else FOREIGN)
    return None


def find_missed(means: str, since: datetime) -> int:
    """Ask the service what it sent since then, and receive what never came. Says how many there were."""
    missed = 0
    for event in service(means).events_since(since):
        if not ProviderEvent.objects.filter(means=means, event_id=event.id).exists():
            receive(means, event, event.body, was_missed=True)
            missed += 1
    if missed:
        log.warning("%s webhooks of %s never came, and were found by asking", missed, means)
    return missed


def forget_old_bodies() -> None:
    """Drop what old webhooks said, which may name a buyer. That they came, and what about, is kept."""
    old = ProviderEvent.objects.filter(received_at__lt=clock.now() - BODIES_KEPT)
    old.exclude(body="").update(body="")


def _mode(event: gateways.Event) -> str:
    if event.live:
        return "live"
    return "test" if settings.PAYMENT_MODE == "live" else settings.PAYMENT_MODE


def _file(event: ProviderEvent, outcome: str) -> None:
    event.handled_at = clock.now()
    event.outcome = outcome
    event.save(update_fields=["handled_at", "outcome"])
