"""What happened to an order, from the day it was placed: attempts, money, documents, letters, disputes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pupitre.models import CreditNote, Deed, Dispute, Invoice, Letter, Order, Payment, PaymentLink, Refund
from pupitre.models.payments import Means
from pupitre.office.pages import money

LETTERS = {
    "order_paid": gettext_lazy("Letter: the order is paid"),
    "seats_stay": gettext_lazy("Letter: the payment of a move goes back"),
    "payment_requested": gettext_lazy("Letter: the link to pay"),
    "payment_received": gettext_lazy("Letter: the receipt of whoever paid"),
    "refunded": gettext_lazy("Letter: the credit note"),
    "seats_offered": gettext_lazy("Letter: places offered to those who waited"),
    "offer_ending": gettext_lazy("Letter: the offer is about to end"),
    "offer_lapsed": gettext_lazy("Letter: the offer has ended"),
    "refund_failed": gettext_lazy("Letter to us: a refund failed"),
    "refund_found": gettext_lazy("Letter to us: a refund was found"),
    "payment_to_review": gettext_lazy("Letter to us: a payment to review"),
    "dispute_opened": gettext_lazy("Letter to us: a dispute to answer"),
    "dispute_closed": gettext_lazy("Letter to us: the end of a dispute"),
}
DEEDS = {
    "dispute.given_up": gettext_lazy("Claim given up after a lost dispute"),
    "payment.accepted": gettext_lazy("Payment accepted as it is"),
    "payment.given_back": gettext_lazy("Payment given back after a review"),
    "refund.tried_again": gettext_lazy("Refund tried again"),
    "refund.by_hand": gettext_lazy("Given back by other means"),
    "document.downloaded": gettext_lazy("Document downloaded"),
    "seat.moved": gettext_lazy("Seat moved to another session"),
    "seat.swapped": gettext_lazy("Seat exchanged with the one of another session"),
    "document.corrected": gettext_lazy("Corrected copy issued"),
}


@dataclass(frozen=True)
class Event:
    """One thing that happened: what, a few facts about it, who did it, and the page that says more."""

    at: datetime
    what: str
    facts: tuple[str, ...] = ()
    by: str = ""
    address: str = ""


def of(order: Order) -> list[Event]:
    """Everything that happened, the oldest first, in a fixed number of questions."""
    events = [Event(order.placed_at, _("Order placed"), (money(order.total_cents),), str(order.placed_by))]
    if order.is_free and order.paid_at:
        events.append(Event(order.paid_at, _("Delivered: there was nothing to pay")))
    for link in order.payment_links.select_related("created_by"):
        events += _of_link(link)
    for payment in order.payments.select_related("link"):
        events += _of_payment(payment)
    for refund in Refund.objects.filter(payment__order=order).select_related("credit_note", "requested_by"):
        events += _of_refund(refund)
    for dispute in Dispute.objects.filter(payment__order=order):
        events += _of_dispute(dispute)
    events += [_of_document(document) for document in _documents(order)]
    events += [_of_letter(letter) for letter in order.letters.filter(kind__in=LETTERS)]
    events += [_of_deed(deed) for deed in order.deeds.filter(verb__in=DEEDS).select_related("by")]
    return sorted(events, key=lambda event: event.at)


def _of_payment(payment: Payment) -> Iterator[Event]:
    started = _("Attempt {n}: {means}").format(n=payment.attempt, means=Means(payment.means).label)
    address = reverse("admin:pupitre_payment_change", args=[payment.pk])
    through = _("Through the payment link") if payment.link else ""
    yield Event(payment.created_at, started, _known(money(payment.amount_cents), through), address=address)
    if not payment.settled_at:
        return
    if payment.status == Payment.Status.SUCCEEDED:
        facts = _known(
            money(payment.received_cents or payment.amount_cents),
            payment.paid_with,
            payment.get_disposition_display(),
            payment.charge_reference or payment.provider_reference,
        )
        yield Event(payment.settled_at, _("Payment received"), facts, address=address)
    else:
        facts = _known(payment.failure_code, payment.provider_reference)
        yield Event(payment.settled_at, _("Attempt ended without a payment"), facts, address=address)


def _of_link(link: PaymentLink) -> Iterator[Event]:
    yield Event(link.created_at, _("Payment link created"), _known(link.email), str(link.created_by))
    if link.revoked_at:
        yield Event(link.revoked_at, _("Payment link withdrawn"))


def _of_refund(refund: Refund) -> Iterator[Event]:
    number = refund.credit_note.number if refund.credit_note else ""
    address = reverse("admin:pupitre_refund_change", args=[refund.pk])
    by = str(refund.requested_by) if refund.requested_by else ""
    facts = _known(money(refund.amount_cents), number, refund.get_origin_display())
    yield Event(refund.requested_at, _("Refund asked for"), facts, by, address)
    if refund.settled_at:
        what = _("The refund failed") if refund.status in Refund.NOT_GIVEN_BACK else _("Money given back")
        facts = _known(money(refund.amount_cents), refund.provider_reference, refund.failure_code)
        yield Event(refund.settled_at, what, facts, address=address)


def _of_dispute(dispute: Dispute) -> Iterator[Event]:
    address = reverse("admin:pupitre_dispute_change", args=[dispute.pk])
    facts = _known(money(dispute.amount_cents), dispute.reason, dispute.provider_reference)
    yield Event(dispute.opened_at, _("Payment disputed by the buyer"), facts, address=address)
    if dispute.closed_at:
        is_won = dispute.status == Dispute.Status.WON
        yield Event(dispute.closed_at, _("Dispute won") if is_won else _("Dispute lost"), address=address)


def _documents(order: Order) -> list[Invoice | CreditNote]:
    return [*Invoice.objects.filter(order=order), *order.credit_notes.select_related("issued_by")]


def _of_document(document: Invoice | CreditNote) -> Event:
    if isinstance(document, Invoice):
        what = _("Invoice {number}").format(number=document.number)
        return Event(document.issued_at, what, (money(document.total_cents),))
    what = _("Credit note {number}").format(number=document.number)
    facts = _known(money(document.total_cents), document.get_reason_display(), document.note)
    by = str(document.issued_by) if document.issued_by else ""
    address = reverse("admin:order_refund_result", args=[document.order_id, document.serial])
    return Event(document.issued_at, what, facts, by, address)


def _of_letter(letter: Letter) -> Event:
    address = reverse("admin:pupitre_letter_change", args=[letter.pk])
    facts = _known(letter.to_email, letter.get_state_display(), letter.last_error)
    return Event(letter.sent_at or letter.queued_at, str(LETTERS[letter.kind]), facts, address=address)


def _of_deed(deed: Deed) -> Event:
    said: dict[str, Any] = deed.facts
    amount = money(said["cents"]) if "cents" in said else ""
    facts = _known(said.get("number", ""), amount, said.get("note", ""))
    return Event(deed.at, str(DEEDS[deed.verb]), facts, str(deed.by) if deed.by else "")


def _known(*facts: Any) -> tuple[str, ...]:
    return tuple(str(fact) for fact in facts if fact)
