"""The seat board of an establishment: where each seat it bought stands, and the sum that always comes out right."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Case, Count, Exists, ExpressionWrapper, FilteredRelation, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pupitre import clock
from pupitre.models import Assignment, CourseSession, Establishment, Letter, Seat


class State(models.TextChoices):
    """Where a seat stands, in one word: what `Seat.state` says of one seat, asked of all of them at once."""

    FREE = "free", _("To assign")
    RELEASED = "released", _("Available again")
    ASSIGNED = "assigned", _("Assigned")
    QUEUED = "queued", _("Email being sent")
    SENT = "sent", _("Email sent")
    BOUNCED = "bounced", _("Email not delivered")
    OPENED = "opened", _("Access opened")
    COMPLETED = "completed", _("Completed")
    UNUSED = "unused", _("Not used")
    REFUNDED = "refunded", pgettext_lazy("seat", "Refunded")
    CANCELLED = "cancelled", _("Cancelled")


FREE = {State.FREE, State.RELEASED}
NAMED = {State.ASSIGNED, State.QUEUED, State.SENT, State.BOUNCED, State.OPENED}
GONE = {State.REFUNDED, State.CANCELLED}


@dataclass(frozen=True)
class Balance:
    """bought = free + named + used + unused + cancelled, at any time, for any set of seats.

    - `cancelled`: the seat was given back, or its session is cancelled;
    - `used`: someone holds it, and the session is over;
    - `named`: someone holds it, and the session is not over;
    - `unused`: nobody held it when the session started: it can no longer be assigned;
    - `free`: nobody holds it, and the session has not started.
    """

    free: int
    named: int
    used: int
    unused: int
    cancelled: int

    @property
    def bought(self) -> int:
        return self.free + self.named + self.used + self.unused + self.cancelled

    @property
    def has_parts(self) -> bool:
        """The seats do not all stand alike: there is a sum to show."""
        return max(self.free, self.named, self.used, self.unused, self.cancelled) < self.bought


def balance(counts: Iterable[tuple[str, int]]) -> Balance:
    """The sum of seats counted by state."""
    totals: Counter[str] = Counter()
    for state, seats in counts:
        totals[state] += seats
    return Balance(
        free=sum(totals[state] for state in FREE),
        named=sum(totals[state] for state in NAMED),
        used=totals[State.COMPLETED],
        unused=totals[State.UNUSED],
        cancelled=sum(totals[state] for state in GONE),
    )


def balance_of(establishment: Establishment, session: CourseSession) -> Balance:
    """The sum of the seats that an establishment bought in one session."""
    own = seats_of(establishment).filter(session=session)
    return balance(own.values_list("standing").annotate(Count("pk")).order_by())


def seats_of(establishment: Establishment):
    """The seats of an establishment, each with its state and its holding (the assignment in force, if any)."""
    return with_states(Seat.objects.bought_by(establishment))


def with_states(seats: Any) -> Any:
    """Seats with, within reach of a filter: `holding`, `is_held`, `is_gone`, `standing`."""
    is_gone = Q(cancelled_at__isnull=False) | Q(session__cancelled_at__isnull=False)
    in_force = Q(assignments__released_at__isnull=True)
    return (
        seats.annotate(holding=FilteredRelation("assignments", condition=in_force))
        .annotate(
            is_gone=ExpressionWrapper(is_gone, output_field=models.BooleanField()),
            is_held=ExpressionWrapper(Q(holding__isnull=False), output_field=models.BooleanField()),
        )
        .annotate(standing=_standing())
    )


def _standing() -> Case:
    """`Seat.state` in the words of the database: the first that holds."""
    now = clock.now()
    former = Assignment.objects.filter(seat=OuterRef("pk"), released_at__isnull=False)
    return Case(
        When(credited_by__isnull=False, then=Value(State.REFUNDED)),
        When(is_gone=True, then=Value(State.CANCELLED)),
        When(is_held=False, session__starts_at__lte=now, then=Value(State.UNUSED)),
        When(Exists(former), is_held=False, then=Value(State.RELEASED)),
        When(is_held=False, then=Value(State.FREE)),
        When(session__ends_at__lte=now, then=Value(State.COMPLETED)),
        When(holding__opened_at__isnull=False, then=Value(State.OPENED)),
        default=Coalesce(_delivery(), Value(State.ASSIGNED)),
        output_field=models.CharField(),
    )


def _delivery() -> Subquery:
    """What became of the latest letter to the holder; nothing when there was none to send."""
    confirmed = Letter.objects.filter(kind="registration_confirmed", assignment=OuterRef("holding__pk"))
    state = Case(
        When(state__in=(Letter.State.BOUNCED, Letter.State.FAILED), then=Value(State.BOUNCED)),
        When(state=Letter.State.SENT, then=Value(State.SENT)),
        default=Value(State.QUEUED),
        output_field=models.CharField(),
    )
    return Subquery(confirmed.order_by("-pk").annotate(told=state).values("told")[:1])
