"""The training register: what the people of an establishment followed, in a civil year or since the beginning."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q, Sum

from pupitre import clock
from pupitre.models import Assignment, Attendance, Establishment, Participant


@dataclass(frozen=True)
class Register:
    """The registrations of sessions that have begun, by person, then by date."""

    establishment: Establishment
    year: int | None = None
    text: str = ""
    person: Participant | None = None

    @property
    def entries(self):
        """Everything a row says, in one question."""
        return self._rows.select_related("participant", "session__course", "seat", "certificate").order_by(
            "participant__folded", "participant_id", "session__starts_at", "pk"
        )

    @property
    def people(self) -> int:
        return self._totals["people"]

    @property
    def registrations(self) -> int:
        return self._totals["registrations"]

    @property
    def hours(self) -> Decimal:
        """Hours of those who were present."""
        return self._totals["hours"] or Decimal(0)

    @cached_property
    def years(self) -> list[int]:
        """The civil years there is something to say of, the latest first."""
        first_days = _begun(self.establishment).datetimes("session__starts_at", "year", "DESC", tzinfo=_zone())
        return [day.year for day in first_days]

    @cached_property
    def _totals(self) -> dict[str, Any]:
        return self._rows.aggregate(
            people=Count("participant", distinct=True),
            registrations=Count("pk"),
            hours=Sum("session__course__training_hours", filter=Q(attendance=Attendance.PRESENT)),
        )

    @property
    def _rows(self):
        rows = _begun(self.establishment)
        if self.year:
            first_day = datetime(self.year, 1, 1, tzinfo=_zone())
            next_year = datetime(self.year + 1, 1, 1, tzinfo=_zone())
            rows = rows.filter(session__starts_at__gte=first_day, session__starts_at__lt=next_year)
        if self.person:
            rows = rows.filter(participant=self.person)
        if self.text:
            rows = rows.filter(participant__in=Participant.objects.of(self.establishment).matching(self.text))
        return rows


def this_year() -> int:
    return clock.now().astimezone(_zone()).year


def _begun(establishment: Establishment):
    return Assignment.objects.in_force().filter(
        seat__establishment=establishment,
        seat__cancelled_at=None,
        session__starts_at__lte=clock.now(),
        session__cancelled_at=None,
    )


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)
