"""What an establishment bought: how many seats in which session, and the rows of « My purchases »."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import models
from django.db.models import Count, ExpressionWrapper, F, FilteredRelation, Min, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pupitre import clock
from pupitre.models import Assignment, CourseSession, Deed, Establishment, Participant, Seat
from pupitre.models.folding import folded

ROWS_PER_PAGE = 25
SOON = timedelta(days=7)
# Up to this many free seats of a session are shown one by one; more of them share a row.
FREE_SEATS_SHOWN = 3


class Part(models.TextChoices):
    """The parts « My purchases » is cut in. Each seat is in one of the last three."""

    TO_ASSIGN = "a-assigner", _("To assign")
    UPCOMING = "a-venir", _("Upcoming")
    PAST = "passees", _("Past")
    CANCELLED = "annulees", pgettext_lazy("several seats", "Cancelled")


@dataclass(frozen=True)
class Bought:
    """The seats of one session that stand or fall together: how many, and how many of them answer the search."""

    session_id: int
    starts_at: datetime
    ends_at: datetime
    is_gone: bool
    seats: int
    free: int
    found: int
    found_free: int
    first_free: int | None

    @property
    def part(self) -> Part:
        if self.is_gone:
            return Part.CANCELLED
        return Part.UPCOMING if self.ends_at > clock.now() else Part.PAST

    @property
    def is_assignable(self) -> bool:
        return not self.is_gone and self.starts_at > clock.now()

    def rows(self, part: Part) -> int:
        """How many rows of « My purchases » these seats take in a part."""
        if part == Part.TO_ASSIGN:
            return self.rows_of_free if self.is_assignable else 0
        return self.found - self.found_free + self.rows_of_free if self.part == part else 0

    @property
    def rows_of_free(self) -> int:
        return 1 if self.shares_a_row else self.found_free

    @property
    def shares_a_row(self) -> bool:
        return self.found_free > FREE_SEATS_SHOWN

    def seats_in(self, part: Part) -> int:
        if part == Part.TO_ASSIGN:
            return self.found_free if self.is_assignable else 0
        return self.found if self.part == part else 0


@dataclass(frozen=True)
class Row:
    """One row of « My purchases »: a seat, or the first of several free ones."""

    seat: Seat
    seats: int = 1


@dataclass(frozen=True)
class SessionRows:
    """The rows of one session on a page, under its heading."""

    session: CourseSession
    seats: int
    free: int
    rows: list[Row]


@dataclass(frozen=True)
class Purchases:
    """Everything « My purchases » shows of an establishment, in a fixed number of questions to the database."""

    establishment: Establishment
    text: str
    bought: list[Bought]

    @property
    def is_empty(self) -> bool:
        return not self.bought

    @property
    def to_assign(self) -> int:
        """Seats with nobody in them, whatever is searched for."""
        return sum(each.free for each in self.bought if each.is_assignable)

    @property
    def to_assign_soon(self) -> int:
        soon = clock.now() + SOON
        return sum(each.free for each in self.bought if each.is_assignable and each.starts_at < soon)

    def seats_in(self, part: Part) -> int:
        return sum(each.seats_in(part) for each in self.bought)

    def page(self, part: Part, number: Any) -> Page:
        """One page of rows: a session after the other, its free seats first, then its holders by name."""
        paginator = Paginator(self._rows(part), ROWS_PER_PAGE)
        # Counted already, with the seats of each session: one question less.
        paginator.count = sum(each.rows(part) for each in self.bought)
        return paginator.get_page(number)

    def by_session(self, seats: Iterable[Seat], part: Part) -> list[SessionRows]:
        counts = {each.session_id: each for each in self.bought if each.rows(part)}
        return [
            SessionRows(
                session=own[0].session,
                seats=counts[session_id].seats,
                free=counts[session_id].free,
                rows=[Row(seat, self._seats_in_row(seat, counts[session_id])) for seat in own],
            )
            for session_id, group in groupby(seats, key=lambda seat: seat.session_id)
            if (own := list(group))
        ]

    def _rows(self, part: Part):
        now = clock.now()
        belongs = {
            Part.TO_ASSIGN: Q(is_gone=False, session__starts_at__gt=now, holding__isnull=True),
            Part.UPCOMING: Q(is_gone=False, session__ends_at__gt=now),
            Part.PAST: Q(is_gone=False, session__ends_at__lte=now),
            Part.CANCELLED: Q(is_gone=True),
        }[part]
        sharing = [each for each in self.bought if each.rows(part) and each.shares_a_row]
        has_its_own_row = ~Q(holding__isnull=True, session__in=[each.session_id for each in sharing]) | Q(
            pk__in=[each.first_free for each in sharing]
        )
        latest_first = part in (Part.PAST, Part.CANCELLED)
        return (
            _seats(self.establishment)
            .filter(belongs, has_its_own_row, _matching(self.text))
            .order_by(
                "-session__starts_at" if latest_first else "session__starts_at",
                "session_id",
                "is_held",
                "holding__participant__folded",
                "pk",
            )
            .with_holders()
        )

    @staticmethod
    def _seats_in_row(seat: Seat, count: Bought) -> int:
        return count.found_free if count.shares_a_row and seat.assignment is None else 1


def purchases_of(establishment: Establishment, text: str = "") -> Purchases:
    """What the establishment bought; with a text, what of it answers: a course, a holder's name, an order number."""
    free, found = Q(holding__isnull=True), _matching(text)
    groups = (
        _seats(establishment)
        .values("session_id", "is_gone", starts_at=F("session__starts_at"), ends_at=F("session__ends_at"))
        .annotate(
            seats=Count("pk"),
            free=Count("pk", filter=free),
            found=Count("pk", filter=found),
            found_free=Count("pk", filter=free & found),
            first_free=Min("pk", filter=free & found),
        )
        .order_by()
    )
    return Purchases(establishment, text, [Bought(**group) for group in groups])


def holders(establishment: Establishment, session: CourseSession):
    """The establishment's seats of one session that someone holds, by name."""
    return (
        _seats(establishment)
        .filter(session=session, is_gone=False, is_held=True)
        .order_by("holding__participant__folded", "pk")
        .with_holders()
    )


def registrations(establishment: Establishment, session: CourseSession) -> list[Assignment]:
    """The same as registrations, with everything their confirmations say."""
    in_force = Assignment.objects.in_force().filter(session=session, seat__establishment=establishment)
    return list(
        in_force.select_related("session__course", "participant", "seat__line__order", "seat__establishment").order_by(
            "participant__folded", "pk"
        )
    )


def free_seats(establishment: Establishment, session: CourseSession) -> int:
    """How many of the establishment's seats of a session have nobody in them."""
    return Seat.objects.bought_by(establishment).available().filter(session=session).count()


def seated(establishment: Establishment, session: CourseSession) -> set[int]:
    """Those of the establishment's list who have a seat in a session."""
    holding = Participant.objects.of(establishment).filter(
        assignments__session=session, assignments__released_at__isnull=True
    )
    return set(holding.values_list("pk", flat=True))


def history(seat: Seat):
    """What was done with a seat, the latest first."""
    return Deed.objects.filter(seat=seat).select_related("participant", "by").order_by("-at", "-pk")


def _seats(establishment: Establishment):
    """The establishment's seats, each with its holding (the assignment in force, if any) within reach of a filter."""
    is_gone = Q(cancelled_at__isnull=False) | Q(session__cancelled_at__isnull=False)
    in_force = Q(assignments__released_at__isnull=True)
    return (
        Seat.objects.bought_by(establishment)
        .annotate(holding=FilteredRelation("assignments", condition=in_force))
        .annotate(
            is_gone=ExpressionWrapper(is_gone, output_field=models.BooleanField()),
            is_held=ExpressionWrapper(Q(holding__isnull=False), output_field=models.BooleanField()),
        )
    )


def _matching(text: str) -> Q:
    """Every word typed is found in the course, the holder's name, or the order number."""
    found = Q(pk__isnull=False)
    for word in folded(text).split():
        found &= (
            Q(session__course__folded__contains=word)
            | Q(holding__participant__folded__contains=word)
            | Q(line__order__reference__contains=word.upper().removeprefix("PU-").removeprefix("DEMO-"))
        )
    return found
