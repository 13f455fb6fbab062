"""What our documents say of the provider, of a session, and of the way into it."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from pupitre import formats
from pupitre.models import Assignment, CourseSession, Delivery, Provider


def letterhead(provider: Provider, language: str) -> dict[str, Any]:
    """Who writes, at the head of every document."""
    address = [provider.street, formats.place_line(provider.city, provider.province, provider.postal_code, language)]
    return {
        "name": provider.name,
        "address": [line.strip() for line in address] if provider.street else [],
        "phone": formats.phone(provider.phone, language),
        "email": provider.email,
    }


def accreditation(number: str) -> str:
    """Under which number a provider is accredited, by the act on workforce skills; nothing when it is not."""
    if not number:
        return ""
    sentence = _(
        "Training body accredited under the Act to promote workforce skills development and recognition, "
        "accreditation number: {number}"
    )
    return sentence.format(number=number)


def no_value(mode: str) -> dict[str, str] | None:
    """What is written across a document of an order that took no money; None when it did."""
    if mode == "live":
        return None
    return {"stamp": _("no value"), "reason": _("Without value: made with a test payment, no money was taken.")}


def time_of(session: CourseSession, language: str) -> dict[str, str]:
    """When a session takes place, by the clocks of where it does."""
    starts, ends, zone = session.starts_at, session.ends_at, session.timezone
    return {
        "when": formats.session_time(starts, ends, language, zone),
        "zone": formats.zone_name(zone, language),
    }


def place_of(session: CourseSession, language: str) -> list[str]:
    """Where a session takes place, line by line."""
    if session.delivery == Delivery.ONLINE:
        return [_("Online")]
    place = [session.venue, session.street]
    place.append(formats.place_line(session.city, session.province, session.postal_code, language).strip())
    if session.delivery == Delivery.HYBRID:
        place.append(_("or online"))
    return [line for line in place if line]


def access_link(assignment: Assignment, language: str) -> str:
    """The address behind the QR code: the holder’s page, in the language of the reader."""
    with override(language):
        return settings.SITE_URL + reverse("shop:access_code", args=[assignment.access_code])
