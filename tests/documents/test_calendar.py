from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils.translation import override
from icalendar import Calendar

from pupitre.documents import calendar


def read(entry: bytes):
    """The calendar and its only event, as a mail program reads them."""
    parsed = Calendar.from_ical(entry)
    [event] = parsed.events
    return parsed, event


def test_a_registration_enters_the_calendar_at_the_time_of_the_session(a_registration, settings):
    settings.SITE_URL = "https://formation.example"
    assignment = a_registration()

    parsed, event = read(calendar.entry(assignment, "fr-ca"))

    link = f"https://formation.example/acces/{assignment.access_code}/"
    assert (parsed["method"], event["status"], event["sequence"]) == ("REQUEST", "CONFIRMED", 0)
    assert event.uid == assignment.calendar_uid
    assert event.start == datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
    assert event.end == datetime(2026, 11, 26, 21, 0, tzinfo=UTC)
    assert event.start.strftime("%H:%M") == "09:00"
    assert event["dtstart"].params["tzid"] == "America/Toronto"
    assert event["summary"] == "Secourisme en milieu de travail"
    assert event["location"] == "Salle des Érables, 725, rue Exemple, Gatineau (Québec)\u00a0\u00a0J8X 4C2".replace(
        "X 4", "X\u00a04"
    )
    assert event["url"] == link
    assert link in event["description"]
    assert event["class"] == "PRIVATE"


def test_the_invitation_is_already_accepted_and_asks_for_no_answer(a_registration):
    _parsed, event = read(calendar.entry(a_registration(), "fr-ca"))

    assert str(event["organizer"]) == "mailto:inscriptions@erable.example"
    assert event["organizer"].params["cn"] == "Centre de formation de l’Érable"
    assert str(event["attendee"]) == "mailto:marie@clinique.example"
    assert (event["attendee"].params["rsvp"], event["attendee"].params["partstat"]) == ("FALSE", "ACCEPTED")


def test_a_person_without_an_address_gets_an_entry_that_invites_nobody(a_registration):
    parsed, event = read(calendar.entry(a_registration(email=""), "fr-ca"))

    assert (parsed["method"], event.attendees) == ("PUBLISH", [])


def test_the_english_entry_speaks_english_and_opens_the_english_page(a_registration, settings):
    settings.SITE_URL = "https://formation.example"
    assignment = a_registration()

    _parsed, event = read(calendar.entry(assignment, "en"))

    assert event["summary"] == "Workplace first aid"
    assert event["url"] == f"https://formation.example/en/acces/{assignment.access_code}/"
    assert "Comfortable clothes and identification" in event["description"]


def test_a_moved_session_moves_the_same_entry(a_registration):
    assignment = a_registration()
    _parsed, before = read(calendar.entry(assignment, "fr-ca"))

    assignment.session.starts_at += timedelta(days=7)
    assignment.session.ends_at += timedelta(days=7)
    assignment.session.revision += 1
    _parsed, after = read(calendar.entry(assignment, "fr-ca"))

    assert after.uid == before.uid
    assert after["sequence"] > before["sequence"]
    assert after.start - before.start == timedelta(days=7)


def test_a_registration_that_ends_leaves_the_calendar_without_its_code(a_registration):
    assignment = a_registration()
    assignment.session.revision = 2

    entry = calendar.entry(assignment, "fr-ca", cancelled=True)
    parsed, event = read(entry)

    assert (parsed["method"], event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 3)
    assert event.uid == assignment.calendar_uid
    assert assignment.access_code.encode() not in entry.replace(b"\r\n ", b"")


@pytest.mark.parametrize(
    ("zone", "starts_at", "shown", "offset"),
    [
        ("America/Toronto", datetime(2026, 10, 31, 13, 0, tzinfo=UTC), "2026-10-31 09:00", -4),
        ("America/Toronto", datetime(2026, 11, 1, 14, 0, tzinfo=UTC), "2026-11-01 09:00", -5),
        ("America/Halifax", datetime(2026, 11, 1, 13, 0, tzinfo=UTC), "2026-11-01 09:00", -4),
        ("America/Halifax", datetime(2026, 7, 2, 12, 0, tzinfo=UTC), "2026-07-02 09:00", -3),
        ("America/St_Johns", datetime(2026, 7, 2, 11, 30, tzinfo=UTC), "2026-07-02 09:00", -2.5),
    ],
)
def test_the_entry_carries_the_clock_changes_of_its_zone(a_registration, a_session, zone, starts_at, shown, offset):
    session = a_session(timezone=zone, starts_at=starts_at)

    parsed, event = read(calendar.entry(a_registration(session=session), "fr-ca"))

    # What a program that knows no zone by name computes from the rules written in the entry.
    [rules] = parsed.timezones
    there = event.start.replace(tzinfo=rules.to_tz(lookup_tzid=False))
    assert rules.tz_name == zone
    assert event.start == starts_at
    assert there.strftime("%Y-%m-%d %H:%M") == shown
    assert there.utcoffset() == timedelta(hours=offset)


def test_a_hostile_name_stays_inside_its_quotes(a_registration):
    assignment = a_registration('Eve"\r\nBEGIN:VALARM', "O’Neil;X=1:mailto:x@evil.example\\")

    _parsed, event = read(calendar.entry(assignment, "fr-ca"))

    assert str(event["attendee"]) == "mailto:marie@clinique.example"
    assert event.subcomponents == []
    assert set(event["attendee"].params) == {"CN", "CUTYPE", "PARTSTAT", "ROLE", "RSVP"}


def test_the_links_to_web_calendars_tell_them_nothing_about_anyone(a_registration):
    session = a_registration().session

    with override("fr-ca"):
        google, outlook = calendar.google_link(session), calendar.outlook_link(session)

    place = "Salle des Érables, 725, rue Exemple, Gatineau (Québec)\u00a0\u00a0J8X\u00a04C2"
    assert urlsplit(google).hostname == "calendar.google.com"
    assert parse_qs(urlsplit(google).query) == {
        "action": ["TEMPLATE"],
        "text": ["Secourisme en milieu de travail"],
        "dates": ["20261126T140000Z/20261126T210000Z"],
        "ctz": ["America/Toronto"],
        "location": [place],
    }
    assert urlsplit(outlook).hostname == "outlook.live.com"
    assert parse_qs(urlsplit(outlook).query) == {
        "path": ["/calendar/action/compose"],
        "rru": ["addevent"],
        "subject": ["Secourisme en milieu de travail"],
        "startdt": ["2026-11-26T14:00:00Z"],
        "enddt": ["2026-11-26T21:00:00Z"],
        "location": [place],
    }
