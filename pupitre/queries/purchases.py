"""What an establishment bought: how many seats in which session, and the rows of « My purchases »."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from itertools import groupby
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, Q, QuerySet

from pupitre import clock
from pupitre.models import Assignment, CourseSession, Establishment, Order, Participant, Seat
from pupitre.models.folding import folded
from pupitre.queries import board
from pupitre.queries.board import FREE, GONE, NAMED, Balance, seats_of
from pupitre.queries.lots import LOCKED, Lot, Part, Wanted, known, lots_of, matching

ROWS_PER_PAGE = 25
SOON = timedelta(days=7)
# Up to this many free seats of a session are shown one by one; more of them share a row.
FREE_SEATS_SHOWN = 3


@dataclass(frozen=True)
class Row:
    """One row of « My purchases »: a seat, or the first of several free ones."""

    seat: Seat
    seats: int = 1


@dataclass(frozen=True)
class SessionRows:
    """The rows of one session on a page, under its heading."""

    session: CourseSession
    balance: Balance
    rows: list[Row]


@dataclass(frozen=True)
class Purchases:
    """Everything « My purchases » shows of an establishment, in a fixed number of questions to the database."""

    establishment: Establishment
    wanted: Wanted
    lots: list[Lot]

    @property
    def is_empty(self) -> bool:
        return not self.lots

    @property
    def balance(self) -> Balance:
        """The sum of everything the establishment ever bought, whatever is looked for."""
        return board.balance((lot.standing, lot.seats) for lot in self.lots)

    @property
    def to_assign(self) -> int:
        return self.balance.free

    @property
    def to_assign_soon(self) -> int:
        soon = clock.now() + SOON
        return sum(lot.seats for lot in self.lots if lot.is_assignable and lot.starts_at < soon)

    @cached_property
    def buyers(self) -> dict[int, str]:
        """Those who bought for the establishment, by name."""
        names = {lot.buyer: lot.buyer_name for lot in self.lots}
        return dict(sorted(names.items(), key=lambda named: folded(named[1])))

    @cached_property
    def departments(self) -> list[str]:
        return sorted({lot.department for lot in self.lots if lot.department}, key=folded)

    def seats_in(self, part: Part, state: str | None = None) -> int:
        """How many seats of a part answer: in the state looked for, or in another one."""
        wanted = self.wanted if state is None else replace(self.wanted, state=state)
        return sum(lot.found for lot in self.lots if lot.is_in(part) and lot.answers(wanted))

    def page(self, part: Part, number: Any) -> Page:
        """One page of rows: a session after the other, its free seats first, then its holders by name."""
        found = [lot for lot in self.lots if lot.is_in(part) and lot.answers(self.wanted)]
        sharing = self._sharing(part)
        one_by_one = sum(lot.found for lot in found if (lot.session_id, lot.standing) not in sharing or lot.is_held)
        paginator = Paginator(self._rows(part, sharing), ROWS_PER_PAGE)
        # Counted already, with the seats of each session: one question less.
        paginator.count = one_by_one + len(sharing)
        return paginator.get_page(number)

    def by_session(self, seats: Iterable[Seat], part: Part) -> list[SessionRows]:
        sharing = self._sharing(part)

        def row(seat: Seat) -> Row:
            free = None if seat.assignment else sharing.get((seat.session_id, seat.state))
            return Row(seat, free.found if free else 1)

        return [
            SessionRows(own[0].session, self._balance_of(session), [row(seat) for seat in own])
            for session, group in groupby(seats, key=lambda seat: seat.session_id)
            if (own := list(group))
        ]

    def seats(self, part: Part):
        """Every seat of a part that answers, with what a page or an export says of it."""
        found = seats_listed(self.establishment, latest_first=part in (Part.PAST, Part.CANCELLED))
        return found.filter(_in_part(part), self._answering())

    def _rows(self, part: Part, sharing: "dict[tuple[int, str], FreeSeats]"):
        """The seats that have a row: of those that share one, the first."""
        hidden = Q(pk__in=[])
        for state in {state for _session, state in sharing}:
            hidden |= Q(standing=state, session__in=[session for session, own in sharing if own == state])
        first = [free.first for free in sharing.values()]
        return self.seats(part).filter(Q(is_held=True) | ~hidden | Q(pk__in=first))

    def _sharing(self, part: Part) -> "dict[tuple[int, str], FreeSeats]":
        """The seats with nobody in them that share a row: by session and state."""
        free: dict[tuple[int, str], FreeSeats] = {}
        for lot in self.lots:
            if lot.first and not lot.is_held and lot.is_in(part) and lot.answers(self.wanted):
                before = free.get((lot.session_id, lot.standing), FreeSeats(0, lot.first))
                free[lot.session_id, lot.standing] = FreeSeats(before.found + lot.found, min(before.first, lot.first))
        return {where: seats for where, seats in free.items() if seats.found > FREE_SEATS_SHOWN}

    def _balance_of(self, session: int) -> Balance:
        return board.balance((lot.standing, lot.seats) for lot in self.lots if lot.session_id == session)

    def _answering(self) -> Q:
        wanted = self.wanted
        answering = matching(wanted.text)
        if wanted.state == LOCKED:
            locked = {lot.session_id for lot in self.lots if lot.is_locked}
            answering &= Q(standing__in=NAMED, session__in=locked)
        elif wanted.state:
            answering &= Q(standing=wanted.state)
        if wanted.course:
            answering &= Q(session__course__slug=wanted.course) | Q(session__code=wanted.course)
        if wanted.buyer:
            answering &= Q(line__order__placed_by=wanted.buyer)
        if wanted.department:
            answering &= Q(holding__participant__department=wanted.department)
        return answering


@dataclass(frozen=True)
class FreeSeats:
    """Seats of a session that stand alike with nobody in them: how many answer, and the first of them."""

    found: int
    first: int


def purchases_of(establishment: Establishment, wanted: Wanted | None = None) -> Purchases:
    """What the establishment bought, all its buyers together. What is looked for that it never had is left out."""
    wanted = wanted or Wanted()
    lots = lots_of(establishment, wanted.text)
    return Purchases(establishment, known(wanted, lots), lots)


def seats_listed(establishment: Establishment, *, latest_first: bool = False):
    """The establishment's seats, a session after the other, free seats first, then the holders by name.

    Of their assignments, the one in force only.
    """
    holder = Assignment.objects.in_force().select_related("participant")
    return (
        seats_of(establishment)
        .annotate(told_at=board.told_at())
        .order_by(
            "-session__starts_at" if latest_first else "session__starts_at",
            "session_id",
            "is_held",
            "holding__participant__folded",
            "pk",
        )
        .select_related("session__course", "line__order__placed_by")
        .prefetch_related(Prefetch("assignments", queryset=holder))
    )


def holders(establishment: Establishment, session: CourseSession):
    """The establishment's seats of one session that someone holds, by name."""
    return seats_listed(establishment).filter(session=session, is_gone=False, is_held=True)


def registrations(establishment: Establishment, session: CourseSession) -> list[Assignment]:
    """The same as registrations, with everything their confirmations say."""
    return list(_confirmed(Assignment.objects.filter(session=session, seat__establishment=establishment)))


def registrations_in(seats: Iterable[Seat]) -> list[Assignment]:
    """Those of these seats that someone holds, in sessions that take place: the same, in the order of the sessions."""
    held = Assignment.objects.filter(seat__in=seats, session__cancelled_at=None)
    return list(_confirmed(held, "session__starts_at", "session"))


def _confirmed(registrations: QuerySet[Assignment], *order: str) -> QuerySet[Assignment]:
    said = ("session__course", "participant", "seat__line__order", "seat__establishment")
    return registrations.filter(released_at=None).select_related(*said).order_by(*order, "participant__folded", "pk")


def free_seats(establishment: Establishment, session: CourseSession, order: Order | None = None) -> int:
    """How many of the establishment's seats of a session have nobody in them; of one order only, when one is named."""
    free = Seat.objects.bought_by(establishment).available().filter(session=session)
    return (free.filter(line__order=order) if order else free).count()


def seated(establishment: Establishment, session: CourseSession) -> set[int]:
    """Those of the establishment's list who have a seat in a session."""
    holding = Participant.objects.of(establishment).filter(
        assignments__session=session, assignments__released_at__isnull=True
    )
    return set(holding.values_list("pk", flat=True))


def _in_part(part: Part) -> Q:
    now = clock.now()
    return {
        Part.TO_ASSIGN: Q(standing__in=FREE),
        Part.UPCOMING: Q(is_gone=False, session__ends_at__gt=now),
        Part.PAST: Q(is_gone=False, session__ends_at__lte=now),
        Part.CANCELLED: Q(standing__in=GONE),
    }[part]
