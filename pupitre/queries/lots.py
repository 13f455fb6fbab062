"""The seats of an establishment counted in lots that stand alike, and what can be looked for in them."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Count, F, Min, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pupitre import clock
from pupitre.models import Establishment, SeatState
from pupitre.models.catalogue import in_reader_language
from pupitre.models.folding import folded
from pupitre.queries.board import FREE, NAMED, seats_of

# A filter that goes across the states: someone holds the seat, and can no longer be replaced.
LOCKED = "locked"
STANDINGS = [*SeatState.choices[:7], (LOCKED, _("Locked")), *SeatState.choices[7:]]


class Part(models.TextChoices):
    """The parts « My purchases » is cut in. Each seat is in one of the last three."""

    TO_ASSIGN = "a-assigner", _("To assign")
    UPCOMING = "a-venir", _("Upcoming")
    PAST = "passees", _("Past")
    CANCELLED = "annulees", pgettext_lazy("several seats", "Cancelled")


@dataclass(frozen=True)
class Wanted:
    """What is looked for. A field that is empty asks for nothing."""

    text: str = ""
    state: str = ""
    course: str = ""  # its address, or the code of one of its sessions
    buyer: int | None = None
    department: str = ""

    @property
    def is_something(self) -> bool:
        return self != Wanted()


@dataclass(frozen=True)
class Lot:
    """Seats of one session that stand alike, bought by one person, held by people of one department."""

    session_id: int
    session_code: str
    course: str
    title_fr: str
    title_en: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    replacement_hours: int
    is_gone: bool
    is_held: bool
    standing: str
    buyer: int
    buyer_first_name: str
    buyer_last_name: str
    buyer_email: str
    department: str | None
    seats: int
    found: int  # those that answer the text
    first: int | None  # the first of them

    @property
    def part(self) -> Part:
        if self.is_gone:
            return Part.CANCELLED
        return Part.UPCOMING if self.ends_at > clock.now() else Part.PAST

    @property
    def is_assignable(self) -> bool:
        return self.standing in FREE

    @property
    def is_locked(self) -> bool:
        return self.standing in NAMED and clock.now() >= self.starts_at - timedelta(hours=self.replacement_hours)

    @property
    def title(self) -> str:
        return in_reader_language(self, "title")

    @property
    def buyer_name(self) -> str:
        return f"{self.buyer_first_name} {self.buyer_last_name}".strip() or self.buyer_email

    def is_in(self, part: Part) -> bool:
        return self.is_assignable if part == Part.TO_ASSIGN else self.part == part

    def has_state(self, state: str) -> bool:
        return self.is_locked if state == LOCKED else not state or self.standing == state

    def answers(self, wanted: Wanted) -> bool:
        """Whatever the text, which the database looked for."""
        return (
            self.has_state(wanted.state)
            and wanted.course in ("", self.course, self.session_code)
            and wanted.buyer in (None, self.buyer)
            and wanted.department in ("", self.department)
        )


def lots_of(establishment: Establishment, text: str) -> list[Lot]:
    """Everything the establishment bought, in one question to the database, and how much of it answers the text."""
    found = matching(text)
    lots = (
        seats_of(establishment)
        .values(
            "is_gone",
            "is_held",
            "standing",
            "session_id",
            **{name: F(path) for name, path in SAID_OF_A_LOT.items()},
        )
        .annotate(seats=Count("pk"), found=Count("pk", filter=found), first=Min("pk", filter=found))
        .order_by()
    )
    return [Lot(**lot) for lot in lots]


def known(wanted: Wanted, lots: list[Lot]) -> Wanted:
    """What of it can be found at all: an address typed by hand never hides everything."""
    return replace(
        wanted,
        state=wanted.state if wanted.state in dict(STANDINGS) else "",
        course=wanted.course if any(wanted.course in (lot.course, lot.session_code) for lot in lots) else "",
        buyer=wanted.buyer if any(wanted.buyer == lot.buyer for lot in lots) else None,
        department=wanted.department if any(wanted.department == lot.department for lot in lots) else "",
    )


def matching(text: str) -> Q:
    """Every word typed is found in the course, the holder's name, or the order number."""
    found = Q(pk__isnull=False)
    for word in folded(text).split():
        said = Q(session__course__folded__contains=word) | Q(holding__participant__folded__contains=word)
        reference = word.upper().removeprefix("DEMO-").removeprefix("PU-")
        found &= said | Q(line__order__reference__contains=reference) if reference else said
    return found


SAID_OF_A_LOT = {
    "session_code": "session__code",
    "course": "session__course__slug",
    "title_fr": "session__course__title_fr",
    "title_en": "session__course__title_en",
    "starts_at": "session__starts_at",
    "ends_at": "session__ends_at",
    "timezone": "session__timezone",
    "replacement_hours": "session__course__replacement_hours",
    "buyer": "line__order__placed_by",
    "buyer_first_name": "line__order__placed_by__first_name",
    "buyer_last_name": "line__order__placed_by__last_name",
    "buyer_email": "line__order__placed_by__email",
    "department": "holding__participant__department",
}
