"""The training register of an establishment: who took which course, when, for how many hours, with what certificate."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from pupitre import clock, formats
from pupitre.documents.details import accreditation, letterhead
from pupitre.documents.typesetting import typeset, typeset_apart
from pupitre.models import Assignment, CourseSession, Delivery, Establishment, Participant, Provider
from pupitre.tables import write_workbook

A_FEW = 60
PRINTED_AT_MOST = 1000  # rows: someone waits for them in front of a page, for about three seconds
Cell = list[str]


class Register(Protocol):
    """What the sheets are drawn from: `queries.register` answers it."""

    establishment: Establishment
    year: int | None
    person: Participant | None

    @property
    def entries(self) -> Iterable[Assignment]: ...
    @property
    def people(self) -> int: ...
    @property
    def registrations(self) -> int: ...
    @property
    def hours(self) -> Decimal: ...


def draw(register: Register, language: str) -> bytes:
    """The register to print and to show: as many Letter pages as it takes, lying down, each with its headings."""
    provider, entries = Provider.current(), list(register.entries)
    now = clock.now()
    with override(language):
        facts = {
            "title": _("Training register: {name}").format(name=register.establishment.name),
            "lang": language[:2],
            "provider": letterhead(provider, language),
            "accreditation": accreditation(provider.accreditation_number),
            "words": {"title": _("Training register"), "page": _("Page {n} of {total}")},
            "establishment": register.establishment.bill_to.splitlines(),
            "period": period(register),
            "drawn": _("Drawn up on {date}").format(date=formats.plain_day(now, language, settings.TIME_ZONE)),
            "columns": [
                *(_("Person"), _("Course"), _("Dates"), _("Hours")),
                *(_("Place or mode"), _("Attendance"), _("Certificate number")),
            ],
            "people": _people(entries, language),
            "total": totals(register, language),
        }
    set_in_type = typeset if len(entries) <= A_FEW else typeset_apart
    return set_in_type("register.typ", facts, written_at=now)


def can_be_printed(register: Register) -> bool:
    """Whether the sheets are drawn while someone waits. A spreadsheet has no such limit."""
    return register.registrations <= PRINTED_AT_MOST


def workbook(register: Register, language: str) -> bytes:
    """The same rows for a spreadsheet: one row for each registration, numbers that add up."""
    provider = Provider.current()
    with override(language):
        headings = [
            *(_("Last name"), _("First name"), _("Department"), _("Course"), _("From"), _("To"), _("Training hours")),
            *(_("Hours followed"), _("Place or mode"), _("Instructor"), _("Training provider")),
            *(_("Accreditation number"), _("Attendance"), _("Certificate number"), _("Expires on")),
        ]
        rows = [_cells(entry, provider, language) for entry in register.entries]
        return write_workbook(_("Training register"), headings, rows)


def period(register: Register) -> str:
    """The civil year, or all of them; and for whom, when it is one person’s."""
    span = _("Year {year}").format(year=register.year) if register.year else _("All years")
    return f"{span}, {register.person.name}" if register.person else span


def totals(register: Register, language: str) -> str:
    """« 12 personnes, 18 inscriptions, 96 heures suivies »: counted from those who were present."""
    sentence = _("People: {people}. Registrations: {registrations}. Hours followed: {hours}.")
    return sentence.format(
        people=formats.number(register.people, language),
        registrations=formats.number(register.registrations, language),
        hours=formats.decimal(register.hours, language),
    )


def attendance_of(entry: Assignment) -> str:
    return str(entry.get_attendance_display()) if entry.attendance else _("Not noted")


def _people(entries: Sequence[Assignment], language: str) -> list[dict[str, Any]]:
    """Each person with their rows, and their hours when they followed more than one course."""
    people = []
    for _key, own in groupby(entries, key=lambda entry: entry.participant_id):
        rows = list(own)
        total = formats.decimal(sum((entry.hours_followed for entry in rows), Decimal(0)), language)
        subtotal = _("Hours followed: {hours}").format(hours=total) if len(rows) > 1 else ""
        people.append({"rows": [_row(entry, language) for entry in rows], "total": subtotal})
    return people


def _row(entry: Assignment, language: str) -> list[Cell]:
    """The cells of a row, each a list of lines."""
    session, person = entry.session, entry.participant
    certificate = entry.valid_certificate
    until = ""
    if certificate and certificate.expires_on:
        until = _("until {date}").format(date=formats.compact_day(certificate.expires_on))
    return [
        [person.name, person.department],
        [session.course.title, session.instructor],
        [_days(session, language)],
        [formats.decimal(session.course.training_hours, language)],
        [_place(session)],
        [attendance_of(entry)],
        [certificate.number if certificate else "", until],
    ]


def _cells(entry: Assignment, provider: Provider, language: str) -> list[object]:
    session, person, certificate = entry.session, entry.participant, entry.valid_certificate
    expires_on = certificate.expires_on if certificate else None
    return [
        person.last_name,
        person.first_name,
        person.department,
        session.course.title,
        formats.compact_day(session.starts_at, session.timezone),
        formats.compact_day(session.ends_at, session.timezone),
        float(session.course.training_hours),
        float(entry.hours_followed),
        _place(session),
        session.instructor,
        provider.name,
        provider.accreditation_number,
        attendance_of(entry),
        certificate.number if certificate else "",
        formats.compact_day(expires_on) if expires_on else "",
    ]


def _days(session: CourseSession, language: str) -> str:
    first = formats.short_day(session.starts_at, language, session.timezone)
    last = formats.short_day(session.ends_at, language, session.timezone)
    return first if first == last else f"{first} – {last}"


def _place(session: CourseSession) -> str:
    if session.delivery == Delivery.IN_PERSON:
        return session.city
    mode = str(session.get_delivery_display())
    return f"{mode}, {session.city}" if session.city else mode
