"""What waits for a person: payments of another amount than asked for, and payments that our database does not know.

The seats of an order stay held while its payment is reviewed.
"""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock, formats, journal
from pupitre.actions import orders, payments, refunds
from pupitre.models import Order, Payment, StrayPayment, User
from pupitre.refusals import Refused

Disposition = Payment.Disposition


class NotInReview(Refused):
    code = "not_in_review"
    message = _("This payment is not waiting for a decision: it was decided already.")


class CannotBeDelivered(Refused):
    code = "order_cannot_be_delivered"
    message = _("This order can no longer be delivered: another payment paid it, or its seats are gone. Refund it.")


class PaidInAnotherCurrency(Refused):
    code = "paid_in_another_currency"
    message = _("This payment was made in {currency}: it cannot pay an order in {expected}. Refund it.")


class ResolutionMissing(Refused):
    code = "resolution_missing"
    message = _("Say in a few words what was done about it.")


@transaction.atomic
def accept(payment: Payment, *, by: User, note: str) -> Payment:
    """Take a payment as it is, and deliver its order. Refused once the order can no longer be delivered."""
    payment, order = _in_review(payment)
    if payment.received_currency != payment.currency:
        raise PaidInAnotherCurrency(currency=payment.received_currency, expected=payment.currency)
    if not payments.can_be_delivered(order):
        raise CannotBeDelivered
    payment.disposition = Disposition.APPLIED
    payment.amount_cents = order.total_cents  # what it stands for from now on; what came is in `received_cents`
    payment.save(update_fields=["disposition", "amount_cents"])
    payments.deliver(order, payment)
    _record("payment.accepted", payment, by=by, note=note)
    return payment


@transaction.atomic
def give_back(payment: Payment, *, by: User, note: str = "") -> Payment:
    """Give back all that came in by a payment, and let its order go unless somebody else is paying it."""
    payment, order = _in_review(payment)
    payment.disposition = Disposition.SURPLUS
    payment.amount_cents = payment.received_cents or payment.amount_cents
    payment.currency = payment.received_currency or payment.currency
    payment.save(update_fields=["disposition", "amount_cents", "currency"])
    refunds.give_back_surplus(payment)
    _record("payment.given_back", payment, by=by, note=note)
    if order.is_awaiting_payment and not payments.is_being_paid(order):
        orders.let_go(order, Order.Status.CANCELLED, by=by)
    return payment


@transaction.atomic
def resolve(stray: StrayPayment, *, by: User, resolution: str) -> StrayPayment:
    """Write down what was done about a payment that our database does not know."""
    stray = StrayPayment.objects.select_for_update().get(pk=stray.pk)
    if not resolution.strip():
        raise ResolutionMissing
    if stray.resolved_at:
        raise NotInReview
    stray.resolved_at, stray.resolved_by, stray.resolution = clock.now(), by, resolution.strip()
    stray.save(update_fields=["resolved_at", "resolved_by", "resolution"])
    journal.record("payment.stray_resolved", by=by, facts={"reference": stray.provider_reference})
    return stray


def _in_review(known: Payment) -> tuple[Payment, Order]:
    """The payment and its order, locked in the order of all locks."""
    order = payments.locked(known.order_id)
    payment = Payment.objects.select_for_update().get(pk=known.pk)
    if payment.disposition != Disposition.REVIEW:
        raise NotInReview
    payment.order = order
    return payment, order


def _record(verb: str, payment: Payment, *, by: User, **facts: str) -> None:
    journal.record(
        verb,
        by=by,
        establishment=payment.order.establishment,
        order=payment.order,
        facts={
            "payment": str(payment.uuid),
            "received": f"{formats.money(payment.received_cents or 0, 'en')} {payment.received_currency}",
        }
        | facts,
    )
