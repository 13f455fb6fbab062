"""Registration confirmations: one sheet for each holder, with the code and the link that open the course."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from pupitre import formats
from pupitre.documents.details import access_link, letterhead, no_value, place_of, time_of
from pupitre.documents.squares import dots
from pupitre.documents.typesetting import typeset, typeset_apart
from pupitre.models import Assignment, CourseSession, Delivery, Provider
from pupitre.refusals import Refused

A_FEW = 20


class NobodyRegistered(Refused):
    code = "nobody_registered"
    message = gettext_lazy("No seat is assigned yet: there is no confirmation to print.")


def draw(assignment: Assignment, language: str) -> bytes:
    """The confirmation to hand over: one Letter page."""
    return draw_many([assignment], language)


def draw_many(assignments: Sequence[Assignment], language: str) -> bytes:
    """The confirmations of these registrations in one document, one page each."""
    if not assignments:
        raise NobodyRegistered()
    provider = Provider.current()
    with override(language):
        facts = {
            "title": _title(assignments),
            "lang": language[:2],
            "provider": letterhead(provider, language),
            "words": _words(language),
            "sheets": [_sheet(assignment, language) for assignment in assignments],
        }
    set_in_type = typeset if len(assignments) <= A_FEW else typeset_apart
    return set_in_type("confirmation.typ", facts, written_at=max(each.assigned_at for each in assignments))


def _title(assignments: Sequence[Assignment]) -> str:
    if len(assignments) > 1:
        return _("Registration confirmations")
    return _("Registration confirmation: {name}").format(name=assignments[0].participant.name)


def _words(language: str) -> dict[str, str]:
    return {
        "title": _("Registration confirmation"),
        "person": _("Registered person"),
        "code": _("Access code"),
        "scan": _("Scan the square with a telephone, or open:"),
        "help": _("Need help?"),
        # Each language says in the other one that the document exists there too.
        "other_language": _("Ce document existe aussi en français"),
        "other_lang": "en" if language.startswith("fr") else "fr",
    }


def _sheet(assignment: Assignment, language: str) -> dict[str, Any]:
    session, order = assignment.session, assignment.seat.line.order
    link = access_link(assignment, language)
    return {
        "reference": _("Order {number}").format(number=order.number),
        "no_value": no_value(order.mode),
        "person": assignment.participant.name,
        "course": session.course.title,
        "leaf": formats.day_and_short_month(session.starts_at, language, session.timezone),
        **time_of(session, language),
        "hybrid": session.delivery == Delivery.HYBRID,
        "facts": _facts(assignment, language),
        "code": assignment.access_code,
        "spelled": _("Letter by letter: {spelled}").format(spelled=_spelled(assignment.access_code)),
        "link": link,
        "other_link": access_link(assignment, "en" if language.startswith("fr") else "fr-ca"),
        "qr": dots(link),
        "qr_alt": _("QR code of the link {link}").format(link=link),
        "notes": _notes(session, language),
    }


def _facts(assignment: Assignment, language: str) -> list[tuple[str, list[str]]]:
    """The lines under the name: what is known of the seat, and nothing of what is not."""
    session = assignment.session
    lines = [
        (_("Establishment"), [assignment.seat.establishment.name]),
        (_("Where"), place_of(session, language)),
        (_("What to bring"), [session.to_bring]),
        (_("Instructor"), [session.instructor]),
    ]
    return [(label, said) for label, said in lines if any(said)]


def _notes(session: CourseSession, language: str) -> list[str]:
    deadline = formats.moment(session.replacements_close_at, language, session.timezone)
    replacement = _("Cannot attend? Until {deadline}, your establishment can give the seat to someone else: tell them.")
    notes = [
        _("Show this document on the day of the course or use the code to enter the online course."),
        _("This code is personal. After a replacement it stops working and a new code is created."),
        replacement.format(deadline=deadline),
    ]
    if session.delivery != Delivery.IN_PERSON:
        notes.insert(1, _("To join online, open the link above: the button appears 15 minutes before the start."))
    return notes


def _spelled(code: str) -> str:
    """K, 7, Q, F – 3, M, 2, X: as one dictates it."""
    return " – ".join(", ".join(group) for group in code.split("-"))
