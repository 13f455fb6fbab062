"""Certificates of attendance: one sheet that says who took part in what, for how many hours, under which number."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from pupitre import formats
from pupitre.documents.details import accreditation, letterhead, no_value, place_of, time_of
from pupitre.documents.typesetting import typeset
from pupitre.models import Certificate, CourseSession, Provider
from pupitre.refusals import Refused


class CertificateWithdrawn(Refused):
    code = "certificate_withdrawn"
    message = gettext_lazy("This certificate was withdrawn.")


def draw(certificate: Certificate, language: str) -> bytes:
    """The certificate to keep: one Letter page, the same bytes for the same certificate."""
    if certificate.withdrawn_at:
        raise CertificateWithdrawn
    assignment, provider = certificate.assignment, Provider.current()
    session = assignment.session
    with override(language):
        facts = {
            "title": _("Certificate of attendance: {name}").format(name=certificate.name),
            "lang": language[:2],
            "provider": letterhead(provider, language),
            "accreditation": accreditation(provider.accreditation_number),
            "words": _words(language),
            "no_value": no_value(assignment.seat.line.order.mode),
            "person": certificate.name,
            "course": session.course.title,
            "hours": _hours(session, language),
            "when": time_of(session, language)["when"],
            "facts": _facts(certificate, session, language),
            "issued": _("Issued on {date}").format(
                date=formats.plain_day(certificate.issued_at, language, settings.TIME_ZONE)
            ),
        }
    return typeset("certificate.typ", facts, written_at=certificate.issued_at)


def _words(language: str) -> dict[str, str]:
    return {
        "title": _("Certificate of attendance"),
        "text": _("This certifies that the following person took part in the training activity described below."),
        "signature": _("For the training provider"),
        "help": _("Need help?"),
    }


def _hours(session: CourseSession, language: str) -> str:
    hours = session.course.training_hours
    is_one = hours < 2 if language.startswith("fr") else hours == 1
    duration = ngettext("Duration: {hours} hour", "Duration: {hours} hours", 1 if is_one else 2)
    return duration.format(hours=formats.decimal(hours, language))


def _facts(certificate: Certificate, session: CourseSession, language: str) -> list[tuple[str, list[str]]]:
    """The lines under the course: what is known, and nothing of what is not."""
    expires_on = formats.plain_day(certificate.expires_on, language) if certificate.expires_on else ""
    lines = [
        (_("Where"), place_of(session, language)),
        (_("Training given by"), [session.instructor]),
        (_("Establishment"), [certificate.assignment.seat.establishment.name]),
        (_("Certificate number"), [certificate.number]),
        (_("Valid until"), [expires_on]),
    ]
    return [(label, said) for label, said in lines if any(said)]
