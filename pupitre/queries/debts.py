"""What we still owe: money that should have gone back and has not, because a refund failed."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, Sum
from django.db.models.functions import Coalesce

from pupitre.models import CreditNote, CreditNoteLine, Deed, Order, Payment, Refund, Seat

GIVEN_BACK = Coalesce(Sum("refunds__amount_cents", filter=~Q(refunds__status__in=Refund.NOT_GIVEN_BACK)), 0)


# Why money goes back: for a credit note, or because its order did not need it.
CREDIT_NOTE, SURPLUS = "credit_note", "surplus"


@dataclass(frozen=True)
class Debt:
    """What is still to be given back on a payment: the rest of a credit note, or of a payment made for nothing."""

    payment: Payment
    credit_note: CreditNote | None
    owed_cents: int

    @property
    def reason(self) -> str:
        return CREDIT_NOTE if self.credit_note else SURPLUS

    @property
    def refunds(self) -> list[Refund]:
        """What was tried so far, the latest last."""
        owed_for = self.credit_note or self.payment
        return list(owed_for.refunds.all())

    def is_same(self, other: "Debt") -> bool:
        """Whether it is owed for the same thing, however much of it is paid by now."""
        return (self.payment, self.credit_note) == (other.payment, other.credit_note)


def open_debts(order: Order | None = None) -> list[Debt]:
    """Everything still owed, of one order or of all of them. A refund under way counts as given back."""
    return _open_debts(None if order is None else [order])


def debt_of(refund: Refund) -> Debt | None:
    """What is still owed of what this refund was to give back, if anything is."""
    wanted = Debt(refund.payment, refund.credit_note, 0)
    return next((debt for debt in open_debts(refund.payment.order) if debt.is_same(wanted)), None)


def free_cents(payment: Payment) -> int:
    """What no refund and no debt has claimed yet of the money of a payment that paid an order."""
    return free_of([payment])[payment.pk]


def free_of(payments: Collection[Payment]) -> dict[int, int]:
    """The same of several payments, in as many questions."""
    counted = Payment.objects.annotate(given_back=GIVEN_BACK).filter(pk__in=[payment.pk for payment in payments])
    free = {payment.pk: payment.amount_cents - payment.given_back for payment in counted}
    for debt in _open_debts([payment.order_id for payment in payments]):
        if debt.payment.pk in free:
            free[debt.payment.pk] -= debt.owed_cents
    return free


def _open_debts(orders: Collection[Order | int] | None) -> list[Debt]:
    return [*_on_credit_notes(orders), *_on_surpluses(orders)]


def _on_credit_notes(orders: Collection[Order | int] | None) -> Iterator[Debt]:
    # The money of a disputed payment went back by the bank, not by a refund.
    notes = CreditNote.objects.exclude(reason=CreditNote.Reason.DISPUTE).annotate(given_back=GIVEN_BACK)
    owing = notes.filter(given_back__lt=F("total_cents"))
    if orders is not None:
        owing = owing.filter(order__in=orders)
    for note in owing.select_related("order__establishment").prefetch_related("order__payments"):
        yield Debt(note.order.payment, note, note.total_cents - note.given_back)


def _on_surpluses(orders: Collection[Order | int] | None) -> Iterator[Debt]:
    payments = Payment.objects.filter(disposition=Payment.Disposition.SURPLUS).annotate(given_back=GIVEN_BACK)
    owing = payments.filter(given_back__lt=F("amount_cents"))
    if orders is not None:
        owing = owing.filter(order__in=orders)
    for payment in owing.select_related("order__establishment"):
        yield Debt(payment, None, payment.amount_cents - payment.given_back)


# --- for the auditor -------------------------------------------------------------------------------------------------
def disagreements() -> Iterator[str]:
    """What was credited, given back and cancelled must agree: money in less money out is invoices less credit notes."""
    for debt in _on_credit_notes(None):
        yield f"debt: {debt.owed_cents} cents of credit note {debt.credit_note} of order {debt.payment.order}"
    for note in CreditNote.objects.annotate(given_back=GIVEN_BACK).filter(given_back__gt=F("total_cents")):
        yield f"credit note {note}: {note.given_back} cents given back of {note.total_cents}"
    strays = Refund.objects.filter(payment__disposition=Payment.Disposition.APPLIED, credit_note=None)
    for refund in strays.exclude(status__in=Refund.NOT_GIVEN_BACK).select_related("payment__order"):
        yield f"refund {refund.uuid} of order {refund.payment.order}: no credit note goes with it"
    yield from _seats()


def _seats() -> Iterator[str]:
    """A cancelled seat was credited, or given back for nothing by someone; a line counts the seats it credits."""
    deeds = Deed.objects.filter(seat=OuterRef("pk"), verb="seat.given_back")
    for seat in Seat.objects.filter(~Exists(deeds), cancelled_at__isnull=False):
        yield f"seat {seat}: cancelled, and nobody gave it back"
    for seat in Seat.objects.exclude(credited_by=None).exclude(line=F("credited_by__line")):
        yield f"seat {seat}: credited by another line of its order"
    lines = CreditNoteLine.objects.annotate(credited=Count("seats")).exclude(credited=F("seat_count"))
    for line in lines.select_related("credit_note"):
        yield f"credit note {line.credit_note}: {line.credited} seats credited, it says {line.seat_count}"
