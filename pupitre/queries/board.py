"""The seat board of an establishment: where each seat it bought stands, and the sum that always comes out right."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from pupitre import clock
from pupitre.models import Assignment, CourseSession, Establishment, Letter, Seat, SeatState

FREE = {SeatState.FREE, SeatState.RELEASED}
NAMED = {SeatState.ASSIGNED, SeatState.QUEUED, SeatState.SENT, SeatState.BOUNCED, SeatState.OPENED}
USED = {SeatState.PRESENT, SeatState.ABSENT, SeatState.COMPLETED}
GONE = {SeatState.REFUNDED, SeatState.CANCELLED}


@dataclass(frozen=True)
class Balance:
    """bought = free + named + used + unused + cancelled, at any time, for any set of seats.

    - `cancelled`: the seat was given back, or its session is cancelled;
    - `used`: someone holds it, and the session is over, or it was noted whether they were there;
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
        used=sum(totals[state] for state in USED),
        unused=totals[SeatState.UNUSED],
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
        When(credited_by__isnull=False, then=Value(SeatState.REFUNDED)),
        When(is_gone=True, then=Value(SeatState.CANCELLED)),
        When(is_held=False, session__starts_at__lte=now, then=Value(SeatState.UNUSED)),
        When(Exists(former), is_held=False, then=Value(SeatState.RELEASED)),
        When(is_held=False, then=Value(SeatState.FREE)),
        When(holding__attendance__isnull=False, then=F("holding__attendance")),
        When(session__ends_at__lte=now, then=Value(SeatState.COMPLETED)),
        When(holding__opened_at__isnull=False, then=Value(SeatState.OPENED)),
        default=Coalesce(_delivery(), Value(SeatState.ASSIGNED)),
        output_field=models.CharField(),
    )


def _delivery() -> Subquery:
    """What became of the latest letter to the holder; nothing when there was none to send."""
    state = Case(
        When(state__in=(Letter.State.BOUNCED, Letter.State.FAILED), then=Value(SeatState.BOUNCED)),
        When(state=Letter.State.SENT, then=Value(SeatState.SENT)),
        default=Value(SeatState.QUEUED),
        output_field=models.CharField(),
    )
    return Subquery(_confirmations().annotate(told=state).values("told")[:1])


def told_at() -> Subquery:
    """When the latest letter to the holder was sent."""
    return Subquery(_confirmations().values("sent_at")[:1])


def _confirmations() -> models.QuerySet[Letter]:
    return Letter.objects.filter(kind="registration_confirmed", assignment=OuterRef("holding__pk")).order_by("-pk")
