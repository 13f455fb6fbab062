"""What orders know of the moves to dearer sessions that they pay for: what awaits the payment, and what becomes of it.

Nothing moves before the difference is paid. Until then the seats are used as usual, but they neither move nor go back.
What is asked and refused first is in `moves`, which makes these orders.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.actions import moving
from pupitre.models import CourseSession, Order, Seat, SeatMove, User
from pupitre.queries.moves import seats_in_force
from pupitre.queries.purchases import seated
from pupitre.refusals import Refused


class MovePending(Refused):
    code = "move_pending"
    message = _(
        "This seat has a move that awaits its payment. Pay the order of the move, or cancel it, then try again."
    )


class SeatsStay(Refused):
    code = "seats_stay"
    message = _("This move can no longer be done: its seats stay where they are.")


def write(order: Order, own: Sequence[Seat], target: CourseSession, each_cents: int, *, by: User) -> None:
    """Note that these seats go to a session once this order is paid. Seats locked by the caller."""
    SeatMove.objects.bulk_create(
        [
            SeatMove(
                seat=seat,
                from_session=seat.session,
                to_session=target,
                difference_cents=each_cents,
                order=order,
                asked_by=by,
            )
            for seat in own
        ],
        batch_size=500,
    )


def order_of(chosen: Iterable[Seat], target: str) -> Order | None:
    """The order that awaits its payment to move these very seats to this session (its code), if there is one."""
    wanted = {seat.pk for seat in chosen}
    asked = SeatMove.objects.pending().filter(seat__in=wanted, to_session__code=target)
    order = Order.objects.filter(moves__in=asked).first()
    if order and set(order.moves.pending().values_list("seat_id", flat=True)) == wanted:
        return order
    return None


def check_none_pending(own: Collection[Seat]) -> None:
    """Refuse seats whose move awaits its payment. Seats locked by the caller."""
    if SeatMove.objects.pending().filter(seat__in=[seat.pk for seat in own]).exists():
        raise MovePending


def refusal(order: Order) -> Refused | None:
    """Why the seats that an order pays to move can no longer move, if so: one was given back or has moved, its session
    or the other one is cancelled or has started, or its holder has a seat there already.
    """
    moves = _unfinished(order) if order.is_supplement else []
    if not moves:
        return None
    in_force = _seats(order, moves)
    if len(in_force) < len(moves):
        return SeatsStay()
    there = seated(order.establishment, moves[0].to_session)
    is_asked_again = SeatMove.objects.pending().filter(seat__in=in_force).exclude(order=order).exists()
    if is_asked_again or any(_stays(move, in_force[move.seat_id], there) for move in moves):
        return SeatsStay()
    return None


def check(order: Order) -> None:
    """Refuse an order whose seats can no longer move. They are locked until the transaction ends, with the orders that
    bought them and the other seats that the establishment has in these sessions: nobody is given one of them meanwhile.

    Order locked by the caller. It has no seats of its own, so that nobody who locks those that have waits for it.
    """
    if not order.is_supplement:
        return
    moves = _unfinished(order)
    bought_by = set(Seat.objects.filter(moves__in=moves).values_list("line__order", flat=True))
    list(Order.objects.select_for_update(of=("self",)).filter(pk__in=bought_by).order_by("pk").values_list("pk"))
    sessions = {session for move in moves for session in (move.from_session_id, move.to_session_id)}
    concerned = Seat.objects.filter(
        Q(pk__in=[move.seat_id for move in moves]) | Q(session__in=sessions), establishment=order.establishment_id
    )
    list(concerned.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    if no := refusal(order):
        raise no


def resume(order: Order) -> None:
    """The moves of an order that takes its places again await their payment again. Raises SeatsStay.

    Once paid, the places that its seats leave go back in the same transaction: their sessions are locked first, by
    number, as when seats move at once.
    """
    if not order.is_supplement:
        return
    check(order)
    ways = order.moves.filter(done_at=None).values_list("from_session", "to_session")
    sessions = {session for way in ways for session in way}
    list(CourseSession.objects.for_change().filter(pk__in=sessions).order_by("pk").values_list("pk"))
    order.moves.filter(done_at=None).update(given_up_at=None)


def give_up(order: Order) -> None:
    """The moves of an order that nobody can pay any more await nothing."""
    order.moves.pending().update(given_up_at=clock.now())


def carry_out(order: Order) -> Counter[int]:
    """Move the seats of an order that is paid, each with its holder. Gives the places that they leave, by session.
    It was checked that they can.
    """
    moves = _unfinished(order)
    in_force = _seats(order, moves)
    for move in moves:
        move.seat = in_force[move.seat_id]
    moving.carry_out(moves)
    return Counter(move.from_session_id for move in moves)


def _unfinished(order: Order) -> list[SeatMove]:
    named = ("from_session__course", "to_session__course", "asked_by")
    return list(order.moves.filter(done_at=None).select_related(*named).order_by("seat"))


def _seats(order: Order, moves: Collection[SeatMove]) -> dict[int, Seat]:
    """Those of their seats that are in force, as they are now."""
    own = seats_in_force(order.establishment).filter(pk__in=[move.seat_id for move in moves]) if moves else []
    return {seat.pk: seat for seat in own}


def _stays(move: SeatMove, seat: Seat, there: Collection[int]) -> bool:
    gone = any(session.is_cancelled or session.has_started for session in (seat.session, move.to_session))
    is_there_already = seat.assignment is not None and seat.assignment.participant_id in there
    return gone or seat.session_id != move.from_session_id or is_there_already
