"""The words of the letters about links to take a seat: to those who asked for one, and to whoever must answer them."""

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pupitre import formats
from pupitre.documents import details
from pupitre.mail.words import Page, Words
from pupitre.models import Letter
from pupitre.queries.claim_links import claims_waiting as count_waiting
from pupitre.queries.claim_links import seats_left


def claim_refused(letter: Letter) -> Words:
    sentence = _(
        "Hello, {name}. The establishment could not give you a seat in this course. "
        "If you have questions, please ask the establishment."
    )
    return Words(
        subject=_("Your request for a seat: “{course}”").format(course=letter.session.course.title),
        paragraphs=[sentence.format(name=letter.to_name)],
        page=Page("shop:catalogue"),
        facts=[*_about(letter), (_("Establishment"), letter.establishment.name)],
    )


def claims_waiting(letter: Letter) -> Words:
    waiting = count_waiting(letter.claim_link)
    sentence = ngettext(
        "Hello. {n} person asks for a seat through your link.",
        "Hello. {n} people ask for a seat through your link.",
        waiting,
    )
    left = formats.number(seats_left(letter.claim_link), get_language())
    return Words(
        subject=_("Requests to approve: “{course}”").format(course=letter.session.course.title),
        paragraphs=[
            sentence.format(n=formats.number(waiting, get_language())),
            _("Approve or refuse each request: until then, nobody has a code."),
        ],
        page=Page("shop:claim_link", (letter.claim_link.code,)),
        button=_("See the requests"),
        facts=[*_about(letter), (_("Seats left"), left)],
    )


CLAIMS = {letter.__name__: letter for letter in (claim_refused, claims_waiting)}


def _about(letter: Letter) -> list[tuple[str, str]]:
    """The course, and when."""
    time = details.time_of(letter.session, get_language())
    return [(_("Course"), letter.session.course.title), (_("Session"), f"{time['when']} ({time['zone']})")]
