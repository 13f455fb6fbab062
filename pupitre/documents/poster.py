"""« Take a seat »: one page to post in a staff room, with the link and its square to scan."""

from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from pupitre import formats
from pupitre.documents.details import letterhead, place_of, time_of
from pupitre.documents.squares import dots
from pupitre.documents.typesetting import typeset
from pupitre.models import ClaimLink, Provider


def draw(link: ClaimLink, language: str) -> bytes:
    """The poster of a link: one Letter page."""
    provider = Provider.current()
    with override(language):
        facts = {
            "title": _("Take a seat: {course}").format(course=link.session.course.title),
            "lang": language[:2],
            "provider": letterhead(provider, language),
            **_said(link, language),
        }
    return typeset("poster.typ", facts, written_at=link.made_at)


def address_of(link: ClaimLink, language: str) -> str:
    """The address behind the square: the page where one takes a seat, in the language of the reader."""
    with override(language):
        return settings.SITE_URL + reverse("shop:place", args=[link.word])


def qr_image(link: ClaimLink, language: str) -> str:
    """The square for a web page, as an address that holds the whole image: its link is never asked for elsewhere."""
    square = segno.make(address_of(link, language), micro=False, error="m")
    return square.svg_data_uri(scale=6, border=4, dark="#14213d", light="#fff", xmldecl=False, svgns=True)


def _said(link: ClaimLink, language: str) -> dict[str, Any]:
    session = link.session
    address = address_of(link, language)
    other = "en" if language.startswith("fr") else "fr-ca"
    return {
        "heading": _("Take a seat"),
        "course": session.course.title,
        "leaf": formats.day_and_short_month(session.starts_at, language, session.timezone),
        **time_of(session, language),
        "facts": [(_("Where"), place_of(session, language)), (_("Establishment"), [link.establishment.name])],
        "scan": _("Scan the square with a telephone, or open:"),
        "link": address,
        "qr": dots(address),
        "qr_alt": _("QR code of the link {link}").format(link=address),
        "notes": _notes(link, language),
        "help": _("Need help?"),
        "other_link": address_of(link, other),
        # Each language says in the other one that the page exists there too.
        "other_language": _("Cette page existe aussi en français"),
        "other_lang": other[:2],
    }


def _notes(link: ClaimLink, language: str) -> list[str]:
    until = formats.moment(link.closes_at, language, link.session.timezone)
    notes = [
        _("Your establishment has paid for the seats: you pay nothing, and you need no account."),
        _("First come, first served, until {moment}.").format(moment=until),
    ]
    if link.email_domain:
        notes.append(_("Use your address that ends with @{domain}.").format(domain=link.email_domain))
    if link.needs_approval:
        notes.append(_("Your establishment approves each request."))
    return notes
