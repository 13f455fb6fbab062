"""What can be done when a buyer contests a payment at the bank: write down how it stands, and tell the provider.

The money of a disputed payment leaves at once, and comes back if the dispute is won. Meanwhile its refunds are frozen,
for the buyer would be paid twice; registrations stay, whatever comes of it.
"""

import logging
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock, gateways, journal
from pupitre.actions import fees, refunds
from pupitre.actions.services import gateway_of, service
from pupitre.mail import letters
from pupitre.models import CreditNote, Dispute, Order, Payment, User
from pupitre.queries.claims import claim_cents
from pupitre.queries.refunds import propose_amount
from pupitre.refusals import Refused

log = logging.getLogger(__name__)

DEEDS = {"open": "dispute.opened", "won": "dispute.won", "lost": "dispute.lost"}


class NothingLost(Refused):
    code = "nothing_lost"
    message = _("No dispute of this order was lost, or what it took has been taken back from the invoice already.")


def freezes_refunds(order: Order) -> bool:
    """Whether a dispute keeps the order from being refunded: it is open, or was lost."""
    return Dispute.objects.freezing().filter(payment__order=order).exists()


def ask_about(payment: Payment, reference: str) -> None:
    """Ask the payment service how a dispute stands, and write it down."""
    note(payment, gateway_of(payment).read_dispute(reference))


@transaction.atomic
def note(known: Payment, notice: gateways.DisputeNotice) -> None:
    """Write down how the service says that a dispute stands. Said again, it changes nothing and tells nobody."""
    order = _locked(known.order_id)
    payment = Payment.objects.select_for_update().get(pk=known.pk)
    if notice.live != (payment.mode == "live"):
        log.error("payment %s: a dispute of another mode was refused", payment.uuid)
        return
    dispute, is_new = payment.disputes.get_or_create(
        provider_reference=notice.reference, defaults={"amount_cents": notice.amount_cents}
    )
    is_news = is_new or dispute.status != notice.status
    dispute.status = Dispute.Status(notice.status)
    dispute.reason = notice.reason[:80]
    dispute.amount_cents = notice.amount_cents
    dispute.answer_by = notice.due_at
    dispute.closed_at = None if dispute.is_open else dispute.closed_at or clock.now()
    dispute.save()
    if is_news:
        facts = {"dispute": dispute.provider_reference, "cents": dispute.amount_cents}
        journal.record(DEEDS[dispute.status], by=None, establishment=order.establishment, order=order, facts=facts)
        letters.dispute_opened(dispute) if dispute.is_open else letters.dispute_closed(dispute)
        fees.ask(payment, f"{dispute.provider_reference}:{dispute.status}")


@transaction.atomic
def give_up_claim(dispute: Dispute, *, by: User, note: str = "") -> CreditNote:
    """Take back from the invoice what a lost dispute took: the provider no longer asks the buyer for it.

    No money moves: the bank has given it back. Seats and registrations stay as they are.
    """
    order = _locked(dispute.payment.order_id)
    proposal = propose_amount(order, claim_cents(order), CreditNote.Reason.DISPUTE)
    if proposal.total_cents == 0:
        raise NothingLost
    facts = {"dispute": dispute.provider_reference, "cents": proposal.total_cents}
    journal.record("dispute.given_up", by=by, establishment=order.establishment, order=order, facts=facts)
    return refunds.credit(proposal, by=by, note=note)


def sweep(means: str, since: datetime) -> None:
    """Ask again about the disputes that are open, and about those opened since then."""
    asked = service(means)
    for dispute in Dispute.objects.filter(payment__means=means, status=Dispute.Status.OPEN).select_related("payment"):
        note(dispute.payment, asked.read_dispute(dispute.provider_reference))
    for notice in asked.disputes_since(since):
        payment = Payment.objects.known_as(means, notice.payment, notice.charge_reference)
        if payment is not None:
            note(payment, notice)


def _locked(order: int) -> Order:
    return Order.objects.select_for_update(of=("self",)).select_related("establishment", "placed_by").get(pk=order)
