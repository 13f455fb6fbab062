"""A list of seats as a workbook: who sits where, with which code, and who bought the seat."""

from collections.abc import Iterable
from tempfile import TemporaryFile
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import override

from pupitre import formats
from pupitre.documents.details import place_of
from pupitre.models import Seat
from pupitre.tables.writing import write_workbook_into


def draw(seats: Iterable[Seat], language: str) -> IO[bytes]:
    """One row for each seat, in the order given, with everything the pages say of it: a file to read and close."""
    file = TemporaryFile()  # noqa: SIM115 (whoever sends it closes it)
    with override(language):
        headings = [
            _("Course"),
            _("Date"),
            _("Time"),
            _("Where"),
            _("Status"),
            _("Registered person"),
            _("Email address"),
            _("Department"),
            _("Access code"),
            _("Bought by"),
            _("Order"),
        ]
        write_workbook_into(file, _("My purchases"), headings, (_row(seat, language) for seat in seats))
    file.seek(0)
    return file


def _row(seat: Seat, language: str) -> list[str]:
    session, assignment, order = seat.session, seat.assignment, seat.line.order
    person = assignment.participant if assignment else None
    return [
        session.course.title,
        formats.compact_day(session.starts_at, session.timezone),
        formats.clock_range(session.starts_at, session.ends_at, language, session.timezone),
        ", ".join(place_of(session, language)),
        seat.state_name,
        person.name if person else "",
        person.email if person else "",
        person.department if person else "",
        assignment.access_code if assignment else "",
        order.placed_by.name,
        order.number,
    ]
