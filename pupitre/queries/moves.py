"""Where seats can go: the other sessions of their course, and those who could exchange theirs."""

from collections.abc import Iterator

from django.db.models import BigIntegerField, Count, Exists, F, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from pupitre import clock, prices
from pupitre.models import (
    Course,
    CourseSession,
    CreditNote,
    CreditNoteLine,
    Establishment,
    MoveCredit,
    Order,
    OrderLine,
    Seat,
    SeatMove,
)
from pupitre.models.prices import member_price

# All that a seat reads of its moves, and of what is left of the orders that paid them.
MOVES = (
    Prefetch("moves__credits", MoveCredit.objects.select_related("line")),
    Prefetch("moves__order__moves", SeatMove.objects.select_related("seat")),
    Prefetch("moves__order__lines__credited__move_credits", MoveCredit.objects.select_related("move")),
)


def seats_in_force(establishment: Establishment) -> QuerySet[Seat]:
    """The establishment's seats, with all that a move reads of them, in a fixed number of questions."""
    return (
        Seat.objects.bought_by(establishment)
        .filter(cancelled_at=None)
        .select_related("establishment", "line__session")
        .with_holders()
        .prefetch_related(*MOVES)
        .order_by("pk")
    )


def other_sessions(course: Course, establishment: Establishment) -> QuerySet[CourseSession]:
    """The sessions of a course that can be bought now, the soonest first, at the price of this establishment."""
    sessions = CourseSession.objects.on_sale().filter(course=course)
    return with_buyer_price(sessions, establishment).order_by("starts_at", "pk")


def with_buyer_price(sessions: QuerySet[CourseSession], establishment: Establishment) -> QuerySet[CourseSession]:
    return sessions.select_related("course").annotate(member_price_cents=member_price("course", establishment))


def difference_cents(seat: Seat, target: CourseSession) -> int:
    """What a seat costs more in this session than was paid for it, before taxes: below zero when it is cheaper.

    What its earlier moves cost or gave back counts, so that going there and back comes to nothing.
    """
    price, line = buyer_price(target), seat.line
    whole = prices.moved_difference(price, line.unit_price_cents, net_cents=line.net_cents, quantity=line.quantity)
    return whole - seat.settled_cents


def buyer_price(session: CourseSession) -> int:
    """What a seat of this session costs the establishment that it was read for, by `with_buyer_price`."""
    for_members: int | None = session.member_price_cents  # type: ignore[attr-defined]
    return prices.buyer_price(session.unit_price_cents, for_members)


def held_elsewhere(seat: Seat) -> QuerySet[Seat]:
    """The establishment's seats in other sessions to come of the course that someone holds, the soonest session
    first.
    """
    held = seats_in_force(seat.establishment).filter(
        session__course=seat.session.course_id,
        session__starts_at__gt=clock.now(),
        session__cancelled_at=None,
        assignments__released_at=None,
        assignments__isnull=False,
    )
    return held.exclude(session=seat.session_id).order_by("session__starts_at", "session", "pk")


# --- for the auditor -------------------------------------------------------------------------------------------------
def disagreements() -> Iterator[str]:
    """A seat is where its moves have led it; what they gave back was credited, and what they cost more was paid, to the
    cent.
    """
    steps = SeatMove.objects.filter(seat=OuterRef("pk")).done()
    led = Seat.objects.annotate(
        began=_session(steps.order_by("done_at", "pk").values("from_session")),
        ended=_session(steps.order_by("-done_at", "-pk").values("to_session")),
    )
    for seat in led.exclude(session=F("ended"), line__session=F("began")):
        yield f"seat {seat}: it is not where its moves led it"
    yield from _credits()
    supplements = SeatMove.objects.exclude(order=None).select_related("order")
    for move in supplements.filter(order__status=Order.Status.PAID, done_at=None):
        yield f"move {move}: order {move.order} is paid, and it is not done"
    for move in supplements.exclude(order__status=Order.Status.PAID).exclude(done_at=None):
        yield f"move {move}: done, and order {move.order} is not paid"
    for move in supplements.exclude(order__status=Order.Status.AWAITING_PAYMENT).pending():
        yield f"move {move}: it awaits order {move.order}, which is {move.order.status}"
    for move in supplements.filter(order__status=Order.Status.AWAITING_PAYMENT).exclude(given_up_at=None):
        yield f"move {move}: given up, and order {move.order} awaits its payment"
    asked = OrderLine.objects.filter(order__moves__isnull=False).select_related("order")
    counted = asked.annotate(moved=Sum("order__moves__difference_cents"), going=Count("order__moves"))
    for asking in counted.exclude(net_cents=F("moved"), quantity=F("going")):
        yield f"order {asking.order}: {asking.net_cents} cents, its {asking.going} moves say {asking.moved}"


def _credits() -> Iterator[str]:
    """What a cheaper move gave back was credited, on the lines that had paid for its seat; never more than they had."""
    given = Coalesce(Sum("credits__cents"), 0)
    for move in SeatMove.objects.done().filter(order=None).annotate(given=given).exclude(difference_cents=-F("given")):
        yield f"move {move}: {-move.difference_cents} cents to give back, {move.given} credited"
    notes = CreditNoteLine.objects.filter(credit_note__reason=CreditNote.Reason.MOVE)
    for line in notes.annotate(moved=Coalesce(Sum("move_credits__cents"), 0)).exclude(net_cents=F("moved")):
        yield f"credit note {line.credit_note}: {line.net_cents} cents, its moves say {line.moved}"
    paid = SeatMove.objects.done().filter(seat=OuterRef("move__seat"), order=OuterRef("line__line__order"))
    parts = MoveCredit.objects.filter(~Exists(paid)).exclude(line__line=F("move__seat__line"))
    for part in parts.select_related("move"):
        yield f"move {part.move}: credited by a line that paid nothing for its seat"
    by_seat = SeatMove.objects.filter(seat=OuterRef("pk")).done().order_by().values("seat")
    credited = by_seat.annotate(cents=Sum("credits__cents")).values("cents")
    more = by_seat.filter(order__isnull=False).annotate(cents=Sum("difference_cents")).values("cents")
    counted = Seat.objects.filter(moves__credits__isnull=False).distinct().select_related("line")
    for seat in counted.annotate(credited=Subquery(credited), more=Coalesce(Subquery(more), 0)):
        if seat.credited > -(-seat.line.net_cents // seat.line.quantity) + seat.more:
            yield f"seat {seat}: its moves gave back {seat.credited} cents, more than was paid for it"


def _session(found: QuerySet) -> Coalesce:
    """The first session found, or else the one that was bought."""
    return Coalesce(Subquery(found[:1]), F("line__session"), output_field=BigIntegerField())
