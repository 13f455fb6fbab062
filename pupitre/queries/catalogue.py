"""Finding a course."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import QuerySet

from pupitre.models import Course, CourseSession, Establishment
from pupitre.models.folding import folded
from pupitre.models.prices import member_price


@dataclass
class Offer:
    """A course with the sessions of it that match what is looked for, soonest first."""

    course: Course
    sessions: list[CourseSession] = field(default_factory=list)

    @property
    def next_session(self) -> CourseSession | None:
        """The next session with room, or else the next one."""
        return next((session for session in self.sessions if not session.is_full), None) or next(
            iter(self.sessions), None
        )

    @property
    def is_full(self) -> bool:
        return bool(self.sessions) and all(session.is_full for session in self.sessions)


def courses_for(buyer: Establishment | None) -> QuerySet[Course]:
    """The published courses, with the member price of this buyer where it has one."""
    courses = Course.objects.published().select_related("category")
    return courses.annotate(member_price_cents=member_price("pk", buyer)) if buyer else courses


def sessions_on_sale() -> list[CourseSession]:
    return list(CourseSession.objects.on_sale().order_by("starts_at", "pk"))


def offers(
    courses: Iterable[Course],
    sessions: Iterable[CourseSession],
    *,
    text: str = "",
    delivery: str = "",
    city: str = "",
    month: str = "",
) -> list[Offer]:
    """The courses that match, those with the soonest session first, those without a date last.

    `month` is a year and month, 2026-12. The words of `text` are looked for without regard to case or accents.
    """
    wanted = [
        session
        for session in sessions
        if (not delivery or session.delivery == delivery)
        and (not city or session.city == city)
        and (not month or month_of(session) == month)
    ]
    found = {course.pk: Offer(course) for course in courses}
    for session in wanted:
        if offer := found.get(session.course_id):
            session.course = offer.course
            offer.sessions.append(session)
    narrowed = bool(delivery or city or month)
    matching = [
        offer for offer in found.values() if (offer.sessions or not narrowed) and _speaks_of(offer.course, text)
    ]
    return sorted(matching, key=_soonest_first)


def month_of(session: CourseSession) -> str:
    return f"{session.starts_at.astimezone(session.zone):%Y-%m}"


def _speaks_of(course: Course, text: str) -> bool:
    written = folded(
        f"{course.title_fr} {course.title_en} {course.summary_fr} {course.summary_en} "
        f"{course.category.name_fr} {course.category.name_en}"
    )
    return all(word in written for word in folded(text).split())


def _soonest_first(offer: Offer) -> tuple[bool, datetime | str, str]:
    session = offer.next_session
    return (session is None, session.starts_at if session else offer.course.title, offer.course.title)
