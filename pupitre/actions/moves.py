"""Seats moved to another session of their course, where the provider lets owners do so, with the difference settled.

Each seat keeps the line that paid for it, its holder and the holder's code. At the same price nothing else changes; a
cheaper session is credited and the money goes back, first of what earlier moves cost; to a dearer one, the seats go
once the order of the difference is paid. Locks are taken in the usual order: orders that paid moves, then those that
bought the seats, each with its payment; seats, sessions by number, then the series of the credit note.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pupitre import clock, formats, journal
from pupitre.actions import moving, orders, refunds, returns, seats, supplements
from pupitre.actions.pricing import Quote, quote_supplement, tax_place
from pupitre.actions.terms import Agreement
from pupitre.models import (
    CourseSession,
    CreditNote,
    Dispute,
    Establishment,
    MoveCredit,
    Order,
    OrderLine,
    Payment,
    Provider,
    Seat,
    SeatMove,
    User,
)
from pupitre.queries.debts import free_of
from pupitre.queries.moves import difference_cents, other_sessions, seats_in_force, with_buyer_price
from pupitre.queries.purchases import seated
from pupitre.queries.refunds import Proposal, of_move, remaining_of
from pupitre.refusals import Refused


class MovesNotAllowed(Refused):
    code = "moves_not_allowed"
    message = _("To move seats of this course to another session, write to {provider}.")


class MovesClosed(Refused):
    code = "moves_closed"
    message = _("The session has started: its seats can no longer be moved. Contact {provider}.")


class SessionNotOnSale(Refused):
    code = "session_not_on_sale"
    message = _("This session is no longer on sale. Choose another one.")


class NoRoom(Refused):
    code = "no_room"
    message = _("There are not enough seats left in this session: {left}. Choose another one, or move fewer seats.")


class HolderAlreadyThere(Refused):
    code = "holder_already_there"
    message = _("{name} already has a seat in this session. Choose another one.")


class PricesDiffer(Refused):
    code = "prices_differ"
    message = _("These seats were not bought at the same price: move those of each price separately.")


class TaxesDiffer(Refused):
    code = "taxes_differ"
    message = _("The taxes of this session are not those that were paid. To move seats there, write to {provider}.")


@dataclass(frozen=True)
class Plan:
    """What moving these seats to a session comes to."""

    seats: tuple[Seat, ...]
    target: CourseSession
    each_cents: int  # the difference of one seat, before taxes; below zero when the session is cheaper
    credits: tuple[Proposal, ...] = ()
    supplement: Quote | None = None

    @property
    def credited_cents(self) -> int:
        """What is given back, taxes included."""
        return sum(proposal.total_cents for proposal in self.credits)

    @property
    def total_cents(self) -> int:
        """What the buyer agrees to, taxes included: below zero when money goes back."""
        return self.supplement.total_cents if self.supplement else -self.credited_cents


def move(
    chosen: Sequence[Seat],
    target: CourseSession,
    *,
    agreed_total_cents: int | None,
    by: User,
    leaving: Collection[UUID] | None = None,
) -> list[CreditNote]:
    """Move these seats, each with its holder, all of them or none. Gives the credit notes, if the session is cheaper.

    `agreed_total_cents` and `leaving` (the registrations) are what the user was shown: refused when either has changed.
    Seats that are there already stay, so that a form sent twice moves once. A dearer session is for `order_supplement`.
    """
    try:
        with transaction.atomic():
            return _move(chosen, target, agreed_total_cents, by=by, leaving=leaving)
    except IntegrityError:
        # Its holder was given a seat in the other session at the same moment.
        raise seats.SeatElsewhere from None


@transaction.atomic
def order_supplement(
    chosen: Sequence[Seat],
    target: CourseSession,
    *,
    agreed_total_cents: int | None,
    by: User,
    language: str,
    leaving: Collection[UUID] | None = None,
) -> Order:
    """Order what these seats cost more in a dearer session, where their places are held until it is paid or expires.
    They move, each with its holder, as it is paid.

    Refuses what `move` refuses. The same form twice gives the same order. It is placed under the terms of sale and the
    purchase order number of the order that bought the seats (the latest one): a move changes the day of that purchase.
    """
    shown = {seat.pk: seat.session_id for seat in chosen}
    own, _paid = locked(chosen, {*shown.values(), target.pk})
    if waiting := supplements.order_of(own, target.code):
        return waiting
    plan, now = _agreed_plan(own, shown, target, agreed_total_cents, leaving)
    if plan.supplement is None:
        raise _amount_changed(plan)
    buyer, former = own[0].establishment, max((seat.line.order for seat in own), key=lambda order: order.pk)
    order = orders.write(
        None,
        buyer,
        plan.supplement,
        Provider.current(),
        by=by,
        language=language,
        hold_until=orders.hold_end(clock.now()),
        number=former.purchase_order_number,
        agreement=_agreement_of(former),
    )
    supplements.write(order, own, plan.target, plan.each_cents, by=by)
    journal.record("order.placed", by=by, establishment=buyer, order=order)
    try:
        orders.take_places(plan.target, len(own), now)
    except orders.SeatsGone:
        raise _no_room(plan.target) from None
    return order


def _move(
    chosen: Sequence[Seat],
    target: CourseSession,
    agreed_total_cents: int | None,
    *,
    by: User,
    leaving: Collection[UUID] | None,
) -> list[CreditNote]:
    shown = {seat.pk: seat.session_id for seat in chosen}
    own, paid = locked(chosen, {*shown.values(), target.pk})
    if all(seat.session_id == target.pk for seat in own) and len(own) == len(shown):
        return []
    plan, now = _agreed_plan(own, shown, target, agreed_total_cents, leaving)
    if plan.supplement is not None:
        raise _amount_changed(plan)
    target = plan.target
    free = free_of(paid.values())
    if any(proposal.total_cents > free[paid[proposal.order.pk].pk] for proposal in plan.credits):
        raise refunds.MoreThanRemains
    try:
        orders.move_places(Counter(seat.session_id for seat in own), target, now)
    except orders.SeatsGone:
        raise _no_room(target) from None
    notes = [_credit(proposal, paid[proposal.order.pk], by=by) for proposal in plan.credits]
    carried_out = [
        SeatMove(seat=seat, from_session=seat.session, to_session=target, difference_cents=plan.each_cents, asked_by=by)
        for seat in own
    ]
    moving.carry_out(carried_out)
    _note_credits(carried_out, notes)
    return notes


def _note_credits(moves: Sequence[SeatMove], notes: Sequence[CreditNote]) -> None:
    """What each move gave back, line by line."""
    credited = {line.line_id: line for note in notes for line in note.lines.all()}
    MoveCredit.objects.bulk_create(
        [
            MoveCredit(move=move, line=credited[line.pk], cents=cents)
            for move in moves
            for _order, line, cents in _payers(move.seat, -move.difference_cents)
        ],
        batch_size=500,
    )


def _agreed_plan(
    own: Sequence[Seat],
    shown: dict[int, int],
    target: CourseSession,
    agreed_total_cents: int | None,
    leaving: Collection[UUID] | None,
) -> tuple[Plan, datetime]:
    """What moving these seats, locked, comes to, and the moment it is decided: all that the user was shown is as it
    was, and nothing forbids it.
    """
    if {seat.pk: seat.session_id for seat in own} != shown:
        raise seats.SeatElsewhere
    now = clock.deciding_now()
    target = with_buyer_price(CourseSession.objects.filter(pk=target.pk), own[0].establishment).get()
    check_holders(own, leaving)
    provider, frozen = Provider.current(), frozen_orders(own)
    for seat in own:
        if no := refusal_of(seat, provider, now, frozen):
            raise no
    if no := target_refusal(own, target, provider, now):
        raise no
    plan = plan_of(own, target)
    if plan.total_cents != agreed_total_cents:
        raise _amount_changed(plan)
    return plan, now


def _amount_changed(plan: Plan) -> Refused:
    return returns.AmountChanged(amount=formats.money(abs(plan.total_cents), get_language() or "fr-ca"))


def _no_room(target: CourseSession) -> Refused:
    target.refresh_from_db(fields=["taken", "capacity"])
    return NoRoom(left=target.seats_left)


def _agreement_of(order: Order) -> Agreement | None:
    """What the buyer of an order agreed to."""
    if order.terms is None or order.french_terms_given_at is None:
        return None
    return Agreement(order.terms, order.french_terms_given_at, order.english_terms_chosen_at)


# --- what can be moved, and where ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Offer:
    """A seat in force, and why it cannot be moved, if so."""

    seat: Seat
    refusal: Refused | None


@dataclass(frozen=True)
class Destination:
    """Another session of the course, what a seat costs more there, and why none of the seats can go there, if so."""

    session: CourseSession
    each_cents: int | None  # None: it depends on the seat
    refusal: Refused | None


def offers(establishment: Establishment, session: CourseSession) -> list[Offer]:
    """The establishment's seats of a session, those that someone holds first, by name."""
    own = list(seats_in_force(establishment).filter(session=session))
    own.sort(key=lambda seat: seat.assignment.participant.folded if seat.assignment else "\uffff")
    provider, frozen, now = Provider.current(), frozen_orders(own), clock.now()
    return [Offer(seat, refusal_of(seat, provider, now, frozen)) for seat in own]


def destinations(chosen: Sequence[Seat]) -> list[Destination]:
    """The other sessions of the course that are on sale, and why none of these seats can go there, if so. Those that
    have no room for one seat are said to be full.
    """
    if not chosen:
        return []
    session, provider, now = chosen[0].session, Provider.current(), clock.now()
    found = []
    for other in other_sessions(session.course, chosen[0].establishment).exclude(pk=session.pk):
        differences = {difference_cents(seat, other) for seat in chosen}
        each = differences.pop() if len(differences) == 1 else None
        refusals = [_place_refusal([seat], other, provider, now) for seat in chosen]
        found.append(Destination(other, each, None if None in refusals else refusals[0]))
    return found


def refusal_of(seat: Seat, provider: Provider, at: datetime, frozen: dict[int, Refused]) -> Refused | None:
    """Why a seat cannot leave its session, if so: beside the seat on the page, and again when it is done.

    A held seat leaves as long as its holder could be replaced; a free one until the session starts.
    """
    session = seat.session
    if not session.course.allows_moves:
        return MovesNotAllowed(provider=provider.name)
    if seat.cancelled_at:
        return returns.SeatAlreadyGivenBack()
    if seat.pending_move:
        return supplements.MovePending()
    if session.is_cancelled:
        return seats.SessionCancelled(provider=provider.name)
    if at >= session.starts_at:
        return MovesClosed(provider=provider.name)
    if seat.assignment and at >= session.replacements_close_at:
        deadline = formats.moment(session.replacements_close_at, get_language() or "fr-ca", session.timezone)
        return seats.TooLateToReplace(deadline=deadline, provider=provider.name)
    return next((frozen[order] for order in seat.paid_by if order in frozen), None)


def frozen_orders(own: Collection[Seat]) -> dict[int, Refused]:
    """The orders that paid for these seats, those of their moves included, that nothing can be done with now, and why:
    contested, or under review.
    """
    chosen = {order for seat in own for order in seat.paid_by}
    reviewed = Payment.objects.filter(order__in=chosen, disposition=Payment.Disposition.REVIEW)
    contested = Dispute.objects.freezing().filter(payment__order__in=chosen)
    frozen: dict[int, Refused] = dict.fromkeys(reviewed.values_list("order", flat=True), returns.PaymentUnderReview())
    return frozen | dict.fromkeys(contested.values_list("payment__order", flat=True), refunds.PaymentDisputed())


def target_refusal(own: Sequence[Seat], target: CourseSession, provider: Provider, at: datetime) -> Refused | None:
    """Why these seats cannot go to a session, if so. Who has the last place is decided as it is taken."""
    if no := _place_refusal(own, target, provider, at):
        return no
    there = seated(own[0].establishment, target)
    for seat in own:
        if seat.assignment and seat.assignment.participant_id in there:
            return HolderAlreadyThere(name=seat.assignment.participant.name)
    differences = {difference_cents(seat, target) for seat in own}
    return PricesDiffer() if len(differences) > 1 else None


def _place_refusal(own: Sequence[Seat], target: CourseSession, provider: Provider, at: datetime) -> Refused | None:
    if target.course_id != own[0].session.course_id or not target.is_on_sale or at >= target.sells_until:
        return SessionNotOnSale()
    if target.seats_left < len(own):
        return NoRoom(left=target.seats_left)
    place, _why = tax_place(target, own[0].establishment)
    if any(seat.line.tax_place != place or seat.line.tax_class != target.course.tax_class for seat in own):
        return TaxesDiffer(provider=provider.name)
    return None


def checked_plan(own: Sequence[Seat], target: CourseSession) -> Plan:
    """What moving these seats to a session comes to, for the page that asks whether to do it; or the refusal."""
    if no := target_refusal(own, target, Provider.current(), clock.now()):
        raise no
    return plan_of(own, target)


def plan_of(own: Sequence[Seat], target: CourseSession) -> Plan:
    """What moving these seats comes to. They all make the same difference: it was checked."""
    each = difference_cents(own[0], target)
    if each > 0:
        dearer = quote_supplement(target, len(own), each, own[0].establishment, Provider.current())
        return Plan(tuple(own), target, each, supplement=dearer)
    return Plan(tuple(own), target, each, _credits(own, -each) if each < 0 else ())


def _credits(own: Sequence[Seat], each_cents: int) -> tuple[Proposal, ...]:
    """So many cents of each seat, order by order, with the taxes that go with them."""
    back: dict[Order, Counter[int]] = defaultdict(Counter)
    for seat in own:
        for order, line, cents in _payers(seat, each_cents):
            back[order][line.pk] += cents
    lefts = remaining_of(sorted(back, key=lambda order: order.pk))
    if any(back[left.order][of_line.line.pk] > of_line.net_cents for left in lefts for of_line in left.lines):
        raise refunds.MoreThanRemains
    return tuple(of_move(left, back[left.order]) for left in lefts)


def _payers(seat: Seat, cents: int) -> Iterator[tuple[Order, OrderLine, int]]:
    """Which orders give so many cents of a seat back: those that paid its moves, the latest first, as far as what is
    left of each goes; then the one that bought it.
    """
    for move in seat.supplements:
        (line,) = move.order.lines.all()
        if part := min(cents, move.order.left_by_seat[seat.pk]):
            yield move.order, line, part
            cents -= part
    if cents:
        yield seat.line.order, seat.line, cents


# --- under the locks -------------------------------------------------------------------------------------------------
def locked(chosen: Collection[Seat], sessions: Collection[int]) -> tuple[list[Seat], dict[int, Payment]]:
    """These seats as they are now, locked with all the orders that paid for them, the payments of those (by order), and
    the other seats that the establishment has in these sessions: nobody is given one of them meanwhile.
    """
    establishment = next(iter(chosen)).establishment
    wanted = [seat.pk for seat in chosen]
    moved_by = set(SeatMove.objects.done().filter(seat__in=wanted).exclude(order=None).values_list("order", flat=True))
    bought_by = {seat.line.order_id for seat in chosen}
    paid = _locked_payments(moved_by) | _locked_payments(bought_by)
    concerned = Seat.objects.filter(Q(pk__in=wanted) | Q(session__in=sessions), establishment=establishment)
    list(concerned.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    own = list(seats_in_force(establishment).filter(pk__in=wanted))
    if len(own) != len(wanted):
        raise returns.SeatAlreadyGivenBack
    if not {order for seat in own for order in seat.paid_by} <= moved_by | bought_by:
        raise seats.SeatElsewhere  # a move of one of them was paid meanwhile
    return own, paid


def _locked_payments(orders_paid: Collection[int]) -> dict[int, Payment]:
    """The payments that paid these orders, by order, locked after them."""
    if not orders_paid:
        return {}
    list(Order.objects.select_for_update(of=("self",)).filter(pk__in=orders_paid).order_by("pk").values_list("pk"))
    applied = Payment.objects.select_for_update().filter(order__in=orders_paid, disposition=Payment.Disposition.APPLIED)
    return {payment.order_id: payment for payment in applied.order_by("pk")}


def check_holders(own: Collection[Seat], leaving: Collection[UUID] | None) -> None:
    """Nobody is moved whom the user was not shown."""
    for seat in own:
        if leaving is not None and seat.assignment and seat.assignment.uuid not in leaving:
            raise seats.HolderChanged(name=seat.assignment.participant.name)


def _credit(proposal: Proposal, payment: Payment, *, by: User) -> CreditNote:
    credit_note = refunds.credit(proposal, by=by)
    refunds.request(credit_note, payment, by=by)
    return credit_note
