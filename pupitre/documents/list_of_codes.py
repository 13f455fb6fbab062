"""The workbooks of a list of people: one to fill in, and one with the codes it gave."""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from pupitre.documents.details import access_link
from pupitre.models import Seat
from pupitre.models.people import READER_LANGUAGES
from pupitre.tables import write_workbook


def model() -> bytes:
    """The headings that the reader of lists understands, and nobody yet."""
    return write_workbook(_("People"), _who(), [])


def draw(seats: Iterable[Seat], lines: Mapping[int, int], language: str) -> bytes:
    """Everyone the list seated: the line they were on, who they are, their code, and where their seat stands.

    Changed in a spreadsheet and given back as a list, it is read like any other.
    """
    with override(language):
        headings = [_("Line"), *_who(), _("Access code"), _("Link"), _("Status")]
        rows = sorted((_row(seat, lines, language) for seat in seats), key=itemgetter(0))
        return write_workbook(_("Access codes"), headings, rows)


def _who() -> list[str]:
    return [_("First name"), _("Last name"), _("Email address"), _("Department"), _("Preferred language")]


def _row(seat: Seat, lines: Mapping[int, int], language: str) -> list[Any]:
    assignment = seat.assignment
    assert assignment is not None
    person = assignment.participant
    return [
        lines.get(person.pk, 0),
        person.first_name,
        person.last_name,
        person.email,
        person.department,
        str(dict(READER_LANGUAGES)[person.language]),
        assignment.access_code,
        access_link(assignment, language),
        seat.state_name,
    ]
