"""What can be given back of a paid order: seats, an amount, or all that remains.

A credit note takes it back from the invoice, a refund gives the money back, and the seats are taken away from their
holders and put on sale again: all of it, or nothing. Locks are taken in one order: order, payment, seats, sessions.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pupitre import clock, formats, journal
from pupitre.actions import orders, refunds, seats, supplements
from pupitre.actions.refunds import MoreThanRemains, PaymentDisputed
from pupitre.models import CreditNote, Deed, Dispute, Order, Payment, Provider, Seat, User
from pupitre.queries.debts import free_cents
from pupitre.queries.refunds import (
    Proposal,
    percent_of_seat,
    propose_all,
    propose_amount,
    propose_seats,
    remaining,
)
from pupitre.refusals import Refused


class OrderNotPaid(Refused):
    code = "order_not_paid"
    message = _("This order is not paid: there is nothing to give back.")


class PaymentUnderReview(Refused):
    code = "payment_under_review"
    message = _("A payment of this order is being reviewed. Try again once that is settled.")


class SeatAlreadyGivenBack(Refused):
    code = "seat_already_given_back"
    message = _("This seat has already been given back.")


class AmountChanged(Refused):
    code = "amount_changed"
    message = _("The amount has changed since this page was shown: it is now {amount}. Check it, then try again.")


class NothingToGiveBack(Refused):
    code = "nothing_to_give_back"
    message = _("There is nothing to give back.")


class PercentageOutOfRange(Refused):
    code = "percentage_out_of_range"
    message = _("A percentage goes from 0 to 100.")


class OwnersCannotRefund(Refused):
    code = "owners_cannot_refund"
    message = _("To give seats back, write to {provider}.")


class RefundPeriodOver(Refused):
    code = "refund_period_over"
    message = _("The refund period of this session is over. Contact {provider}.")


class ReturnsClosed(Refused):
    code = "returns_closed"
    message = _("The session has started: its seats can no longer be given back. Contact {provider}.")


def give_back_seats(
    order: Order,
    chosen: Collection[Seat],
    *,
    agreed_total_cents: int,
    by: User,
    percent: int | None = None,
    note: str = "",
    leaving: Collection[UUID] | None = None,
) -> CreditNote | None:
    """Give these seats back, at the percentage of the policy unless another one is chosen. None when it comes to
    nothing: the seats are cancelled all the same.

    `leaving` names the registrations the user was shown: refused when a seat changed hands since.
    """

    def propose(order: Order) -> Proposal:
        return _of_seats(order, chosen, percent=percent, leaving=leaving)

    return _carry_out(order, propose, agreed_total_cents, by=by, note=note)


def give_back_by_owner(
    order: Order,
    chosen: Collection[Seat],
    *,
    agreed_total_cents: int,
    by: User,
    leaving: Collection[UUID] | None = None,
) -> CreditNote:
    """The owner gives seats back, where the provider lets owners do so: at the percentage of the policy."""
    provider = Provider.current()
    if not provider.owners_can_refund:
        raise OwnersCannotRefund(provider=provider.name)

    def propose(order: Order) -> Proposal:
        proposal, now = _of_seats(order, chosen, leaving=leaving), clock.deciding_now()
        for seat in proposal.seats:
            if no := owner_refusal(seat, provider, now):
                raise no
        if not proposal.total_cents:
            raise NothingToGiveBack
        return proposal

    credit_note = _carry_out(order, propose, agreed_total_cents, by=by)
    assert credit_note is not None  # an amount of nothing was refused
    return credit_note


def give_back_amount(order: Order, cents: int, *, agreed_left_cents: int, by: User, note: str = "") -> CreditNote:
    """Give an amount back, taxes included; the seats stay. `agreed_left_cents` is what was left to give back when it
    was decided, so that a form sent twice gives back once.
    """

    def propose(order: Order) -> Proposal:
        left = remaining(order).total_cents
        if left != agreed_left_cents:
            raise AmountChanged(amount=_money(left))
        if cents > left:
            raise MoreThanRemains
        if cents < 1:
            raise NothingToGiveBack
        return propose_amount(order, cents)

    credit_note = _carry_out(order, propose, cents, by=by, note=note)
    assert credit_note is not None  # an amount of nothing was refused
    return credit_note


def give_back_everything(
    order: Order, *, agreed_total_cents: int, by: User, note: str = "", leaving: Collection[UUID] | None = None
) -> CreditNote | None:
    """Give back every seat in force and every cent that is left."""

    def propose(order: Order) -> Proposal:
        proposal = propose_all(order)
        if not proposal.seats and not proposal.total_cents:
            raise NothingToGiveBack
        _check_holders(proposal, leaving)
        return proposal

    return _carry_out(order, propose, agreed_total_cents, by=by, note=note)


@dataclass(frozen=True)
class Offer:
    """A seat in force, and why its owner cannot give it back, if so."""

    seat: Seat
    refusal: Refused | None


def offers_to_owner(order: Order, provider: Provider) -> list[Offer]:
    """The seats of an order that are still in force, and which of them its owner can give back now."""
    return [Offer(seat, owner_refusal(seat, provider)) for seat in remaining(order).seats]


def owner_refusal(seat: Seat, provider: Provider, at: datetime | None = None) -> Refused | None:
    """Why an owner cannot give a seat back, if so: beside the seat on the page, and again when it is done.

    A held seat goes back as long as its holder could be replaced; a free one until the session starts.
    """
    at = at or clock.now()
    session = seat.session
    if seat.pending_move:
        return supplements.MovePending()
    if session.is_cancelled:
        return seats.SessionCancelled(provider=provider.name)
    if at >= session.starts_at:
        return ReturnsClosed(provider=provider.name)
    if seat.assignment and at >= session.replacements_close_at:
        deadline = formats.moment(session.replacements_close_at, get_language() or "fr-ca", session.timezone)
        return seats.TooLateToReplace(deadline=deadline, provider=provider.name)
    if not percent_of_seat(seat, at):
        return RefundPeriodOver(provider=provider.name)
    return None


def owners_refusal(order: Order, provider: Provider) -> Refused | None:
    """Why its owner cannot give back anything of an order here, if so."""
    if not provider.owners_can_refund or order.is_supplement:
        return OwnersCannotRefund(provider=provider.name)
    return refusal(order)


def refusal(order: Order) -> Refused | None:
    """Why nothing can be given back of an order now, if so."""
    if not order.is_paid:
        return OrderNotPaid()
    if Dispute.objects.freezing().filter(payment__order=order).exists():
        return PaymentDisputed()
    if order.payments.filter(disposition=Payment.Disposition.REVIEW).exists():
        return PaymentUnderReview()
    return None


@transaction.atomic
def _carry_out(
    order: Order, propose: Callable[[Order], Proposal], agreed_total_cents: int, *, by: User, note: str = ""
) -> CreditNote | None:
    """Make the proposal again under the locks; if it still comes to what was agreed, do it, all of it or nothing."""
    order = Order.objects.select_for_update(of=("self",)).select_related("establishment", "placed_by").get(pk=order.pk)
    payment = order.payments.select_for_update().filter(disposition=Payment.Disposition.APPLIED).first()
    if no := refusal(order):
        raise no
    # Seats change hands under a lock of their own: whoever replaces a holder now is waited for.
    list(Seat.objects.select_for_update().filter(line__order=order).order_by("pk").values_list("pk"))
    proposal = propose(order)
    supplements.check_none_pending(proposal.seats)
    if proposal.total_cents != agreed_total_cents:
        raise AmountChanged(amount=_money(proposal.total_cents))
    if payment and proposal.total_cents > free_cents(payment):
        raise MoreThanRemains

    _take_away(proposal.seats, by=by)
    credit_note = None
    if payment and proposal.total_cents:
        credit_note = refunds.credit(proposal, by=by, note=note)
        refunds.request(credit_note, payment, by=by)
    _cancel(proposal, credit_note, by=by)
    return credit_note


def _of_seats(
    order: Order, chosen: Collection[Seat], *, percent: int | None = None, leaving: Collection[UUID] | None
) -> Proposal:
    """The proposal for these seats, all of which must still be in force and in the hands that the user was shown."""
    if not chosen:
        raise NothingToGiveBack
    if percent is not None and not 0 <= percent <= 100:
        raise PercentageOutOfRange
    proposal = propose_seats(order, chosen, percent=percent, at=clock.deciding_now())
    if {seat.pk for seat in proposal.seats} != {seat.pk for seat in chosen}:
        raise SeatAlreadyGivenBack
    _check_holders(proposal, leaving)
    return proposal


def _check_holders(proposal: Proposal, leaving: Collection[UUID] | None) -> None:
    """Nobody loses a seat that the user was shown in other hands."""
    for seat in proposal.seats:
        if leaving is not None and seat.assignment and seat.assignment.uuid not in leaving:
            raise seats.HolderChanged(name=seat.assignment.participant.name)


def _take_away(given: list[Seat], *, by: User) -> None:
    """Nobody holds these seats any more, and their places are on sale again."""
    seats.end_registrations([seat.assignment for seat in given if seat.assignment], by=by)
    orders.return_places(Counter(seat.session_id for seat in given))


def _cancel(proposal: Proposal, credit_note: CreditNote | None, *, by: User) -> None:
    """The seats are no longer in force; each says what credited it."""
    now = clock.now()
    credited_by = {line.line_id: line for line in credit_note.lines.all()} if credit_note else {}
    for share in proposal.lines:
        for seat in share.seats:
            seat.cancelled_at, seat.credited_by = now, credited_by.get(share.line.pk)
    Seat.objects.bulk_update(proposal.seats, ["cancelled_at", "credited_by"], batch_size=500)
    journal.record_all([_deed(seat, proposal.order, by=by) for seat in proposal.seats])


def _deed(seat: Seat, order: Order, *, by: User) -> Deed:
    return Deed(
        verb="seat.given_back",
        by=by,
        at=clock.now(),
        establishment_id=seat.establishment_id,
        order=order,
        seat=seat,
        session_id=seat.session_id,
    )


def _money(cents: int) -> str:
    return formats.money(cents, get_language() or "fr-ca")
