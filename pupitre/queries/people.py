"""An establishment's list, and what each person of it attends."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Value, When

from pupitre import clock
from pupitre.models import (
    Assignment,
    Attendance,
    Certificate,
    CourseSession,
    Establishment,
    Participant,
    PeopleGroup,
)

REGISTRATIONS_SHOWN = 100
EXPIRES_SOON = timedelta(days=90)
EXPIRING, NEW, SERVED = 0, 1, 2


@dataclass(frozen=True)
class Suggestion:
    """Someone of the list to give a seat to: their certificate expires, or they never had the course."""

    person: Participant
    expires_on: date | None

    @property
    def is_new(self) -> bool:
        return self.expires_on is None


def on_the_list(
    establishment: Establishment,
    text: str = "",
    *,
    is_archive: bool = False,
    department: str = "",
    group: PeopleGroup | None = None,
):
    """The people of the list who answer, each with their groups and the number of coming sessions they attend."""
    coming = Q(
        assignments__released_at__isnull=True,
        assignments__session__starts_at__gt=clock.now(),
        assignments__session__cancelled_at__isnull=True,
    )
    found = Participant.objects.of(establishment).filter(archived_at__isnull=not is_archive).matching(text)
    if department:
        found = found.filter(department=department)
    if group:
        found = found.filter(pk__in=group.people.values("pk"))
    listed = found.select_related("merged_into").prefetch_related("groups")
    return listed.annotate(coming=Count("assignments", filter=coming)).order_by("folded", "pk")


def departments(establishment: Establishment, *, is_archive: bool = False) -> list[tuple[str, int]]:
    """The departments of the people of the list, or of its archives, each with how many they are."""
    people = Participant.objects.of(establishment).filter(archived_at__isnull=not is_archive)
    counted = people.exclude(department="").order_by("department").values_list("department").annotate(Count("pk"))
    return list(counted)


def groups(establishment: Establishment):
    """The groups of the list, each with how many people of the list are in it."""
    current = Count("people", filter=Q(people__archived_at__isnull=True))
    return PeopleGroup.objects.filter(establishment=establishment).annotate(size=current)


def registrations_of(person: Participant):
    """The seats a person holds or held, the latest session first."""
    held = Assignment.objects.filter(participant=person).select_related("session__course", "seat", "certificate")
    return held.order_by("-session__starts_at", "-pk")[:REGISTRATIONS_SHOWN]


def with_need(people: QuerySet[Participant], session: CourseSession) -> Any:
    """Each person with `need` (EXPIRING, NEW or SERVED) of this course, and with `expires_on`."""
    held = Assignment.objects.in_force().filter(
        participant=OuterRef("pk"), session__course=session.course_id, session__cancelled_at=None
    )
    # Whoever was absent has not had the course; whoever goes to another session of it will.
    had = held.exclude(attendance=Attendance.ABSENT)
    valid = Certificate.objects.valid().filter(
        assignment__participant=OuterRef("pk"), assignment__session__course=session.course_id
    )
    latest = valid.order_by().values("assignment__participant").annotate(latest=Max("expires_on")).values("latest")
    soon = clock.now().date() + EXPIRES_SOON
    return people.annotate(  # type: ignore[no-redef]
        expires_on=Subquery(latest),
        need=Case(
            When(Exists(held.filter(session__starts_at__gt=clock.now())), then=Value(SERVED)),
            When(Exists(valid.filter(expires_on=None)), then=Value(SERVED)),
            When(expires_on__lte=soon, then=Value(EXPIRING)),
            When(~Exists(had), then=Value(NEW)),
            default=Value(SERVED),
        ),
    )


def people_to_suggest(establishment: Establishment, session: CourseSession, limit: int = 10) -> list[Suggestion]:
    """Whom to give a free seat of a session to: first those whose certificate for the course expires within 90 days or
    has expired, then those who never had the course. One question, however long the list.
    """
    seated = Assignment.objects.in_force().filter(session=session, participant=OuterRef("pk"))
    people = Participant.objects.of(establishment).current().filter(~Exists(seated))
    needy = with_need(people, session).exclude(need=SERVED).order_by("need", "expires_on", "folded", "pk")
    return [Suggestion(person, person.expires_on if person.need == EXPIRING else None) for person in needy[:limit]]
