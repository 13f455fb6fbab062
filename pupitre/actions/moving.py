"""How seats go to another session: the rows, the registrations that go with them, the letters and the journal.

Who may move what is decided in `moves`, `swaps` and `supplements`, which hold the locks.
"""

from collections.abc import Sequence

from pupitre import clock, journal
from pupitre.mail import letters
from pupitre.models import Assignment, CourseSession, Deed, Seat, SeatMove

MOVED, SWAPPED = "seat.moved", "seat.swapped"


def carry_out(moves: Sequence[SeatMove], verb: str = MOVED) -> None:
    """Each seat is in its new session, with its holder, who keeps the code and is told. Seats locked by the caller."""
    now = clock.now()
    holders = []
    for move in moves:
        seat, move.done_at = move.seat, now
        if holder := seat.assignment:
            follow(holder, seat.session, move.to_session)
            holders.append(holder)
        seat.session = move.to_session
    SeatMove.objects.bulk_create([move for move in moves if move.pk is None], batch_size=500)
    SeatMove.objects.bulk_update([move for move in moves if move.pk], ["done_at"], batch_size=500)
    Seat.objects.bulk_update([move.seat for move in moves], ["session"], batch_size=500)
    Assignment.objects.bulk_update(holders, ["session", "revision"], batch_size=500)
    journal.record_all([_deed(verb, move) for move in moves])
    letters.registrations_moved(holders)


def follow(holder: Assignment, before: CourseSession, after: CourseSession) -> None:
    """The registration goes with its seat. Its calendar entry must outrank what calendars have: sessions count their
    own moves, and the one left may have counted more of them.
    """
    outranked = before.revision + 2 * holder.revision
    holder.revision = max(holder.revision + 1, (outranked - after.revision) // 2 + 1)
    holder.session = after


def _deed(verb: str, move: SeatMove) -> Deed:
    seat = move.seat
    return Deed(
        verb=verb,
        by=move.asked_by,
        at=clock.now(),
        establishment_id=seat.establishment_id,
        order_id=seat.line.order_id,
        seat=seat,
        session=move.to_session,
        participant_id=seat.assignment.participant_id if seat.assignment else None,
        facts={"from": move.from_session.starts_at.isoformat(), "to": move.to_session.starts_at.isoformat()},
    )
