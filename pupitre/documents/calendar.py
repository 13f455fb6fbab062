"""Calendar entries: a session in the participant’s own calendar, that moves and leaves with the registration."""

from datetime import UTC, timedelta
from urllib.parse import urlencode

from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from icalendar import CLASS, STATUS, Calendar, Event, vCalAddress

from pupitre import clock
from pupitre.documents.details import access_link, place_of
from pupitre.models import Assignment, CourseSession, Participant, Provider


def entry(assignment: Assignment, language: str, *, cancelled: bool = False) -> bytes:
    """The entry of this registration, or the news that takes it away.

    Sent again with the same name and a higher number, it moves the entry that the calendar already has. To a person
    with an address it is an invitation already accepted (mail programs then follow moves by themselves) that asks for
    no answer.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Pupitre//Pupitre//FR")
    calendar.add("version", "2.0")
    calendar.add("method", _method(assignment, cancelled))
    calendar.add_component(_event(assignment, language, cancelled))
    starts_on, ends_on = assignment.session.starts_at.date(), assignment.session.ends_at.date()
    calendar.add_missing_timezones(first_date=starts_on - timedelta(days=366), last_date=ends_on + timedelta(days=366))
    return calendar.to_ical()


def google_link(session: CourseSession) -> str:
    """Google’s page that adds the session, in the reader’s language, without a word about the participant."""
    starts, ends = (
        moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ") for moment in (session.starts_at, session.ends_at)
    )
    asked = {
        "action": "TEMPLATE",
        "text": session.course.title,
        "dates": f"{starts}/{ends}",
        "ctz": session.timezone,
        "location": _location(session),
    }
    return f"https://calendar.google.com/calendar/render?{urlencode(asked)}"


def outlook_link(session: CourseSession) -> str:
    """The same page at Outlook."""
    starts, ends = (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for moment in (session.starts_at, session.ends_at)
    )
    asked = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": session.course.title,
        "startdt": starts,
        "enddt": ends,
        "location": _location(session),
    }
    return f"https://outlook.live.com/calendar/0/deeplink/compose?{urlencode(asked)}"


def _method(assignment: Assignment, cancelled: bool) -> str:
    if cancelled:
        return "CANCEL"
    return "REQUEST" if assignment.participant.email else "PUBLISH"


def _event(assignment: Assignment, language: str, cancelled: bool) -> Event:
    session, participant = assignment.session, assignment.participant
    link = access_link(assignment, language)
    with override(language):
        event = Event.new(
            uid=assignment.calendar_uid,
            sequence=_sequence(assignment, cancelled),
            stamp=clock.now(),
            start=session.starts_at.astimezone(session.zone),
            end=session.ends_at.astimezone(session.zone),
            summary=session.course.title,
            location=_location(session),
            description=_description(session, link, cancelled),
            status=STATUS.CANCELLED if cancelled else STATUS.CONFIRMED,
            classification=CLASS.PRIVATE,
            organizer=_organizer(Provider.current()),
            url=None if cancelled else link,
        )
    if participant.email:
        event.add("attendee", _attendee(participant))
    return event


def _sequence(assignment: Assignment, cancelled: bool) -> int:
    """A cancellation outranks every move that came before it; a registration given back outranks its cancellation."""
    return assignment.calendar_sequence + (1 if cancelled else 0)


def _organizer(provider: Provider) -> vCalAddress | None:
    return vCalAddress.new(provider.email, cn=provider.name) if provider.email else None


def _attendee(participant: Participant) -> vCalAddress:
    return vCalAddress.new(
        participant.email,
        cn=participant.name,
        cutype="INDIVIDUAL",
        partstat="ACCEPTED",
        role="REQ-PARTICIPANT",
        rsvp=False,
    )


def _location(session: CourseSession) -> str:
    return ", ".join(place_of(session, get_language() or "fr-ca"))


def _description(session: CourseSession, link: str, cancelled: bool) -> str:
    if cancelled:
        return _("This registration is cancelled.")
    said = [_("Your registration, and the way into the course: {link}").format(link=link)]
    if session.to_bring:
        said.append(_("What to bring: {things}").format(things=session.to_bring))
    return "\n".join(said)
