"""The seats of coming sessions that nobody is in, by establishment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from pupitre import clock
from pupitre.models import CourseSession, Establishment, Seat


@dataclass(frozen=True)
class FreeSeats:
    """How many seats an establishment has free in a session, and when the first of them was paid."""

    establishment: int
    session: CourseSession
    count: int
    paid_at: datetime

    def bought_before(self, moment: datetime) -> bool:
        return self.paid_at < moment


def free_seats_to_come(establishment: Establishment | None = None) -> Iterator[FreeSeats]:
    """The free seats of sessions that have not started, of one establishment or of all those that want reminders.

    In two questions to the database, whatever their number. The nearest session first.
    """
    free = Seat.objects.available().filter(
        session__starts_at__gt=clock.now(), session__cancelled_at=None, establishment__reminders=True
    )
    if establishment is not None:
        free = free.filter(establishment=establishment)
    counts = list(
        free.values("establishment", "session")
        .annotate(count=Count("pk"), paid_at=Min("line__order__paid_at"))
        .order_by("session__starts_at", "session", "establishment")
    )
    sessions = CourseSession.objects.select_related("course").in_bulk({row["session"] for row in counts})
    for row in counts:
        yield FreeSeats(row["establishment"], sessions[row["session"]], row["count"], row["paid_at"])
