"""The words of the letters about the waiting list: one function per letter, named like the one of `letters.py`."""

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pupitre import formats
from pupitre.documents import details
from pupitre.mail.words import Page, Words
from pupitre.models import CourseSession, Letter, OrderLine


def waitlist_joined(letter: Letter) -> Words:
    entry, session = letter.waitlist_entry, letter.session
    asked = ngettext(
        "Hello. Your establishment is on the waiting list of this session, for {n} seat.",
        "Hello. Your establishment is on the waiting list of this session, for {n} seats.",
        entry.quantity,
    )
    together = _("You will be offered all these seats at once, when enough of them are free.")
    as_they_come = _("As soon as a seat comes back to you, we hold it and write to you.")
    return Words(
        subject=_waiting_for(session, _("Waiting list: “{course}”, {date}")),
        paragraphs=[asked.format(n=_number(entry.quantity)), together if entry.together else as_they_come],
        page=Page("shop:waitlist"),
        button=_("See my waiting list"),
        facts=_about(session),
        notes=[_("Nothing is charged for waiting. You can change the number of seats or leave the list at any time.")],
    )


def seats_offered(letter: Letter) -> Words:
    line = _line(letter)
    n = line.quantity
    opened = ngettext("A seat has opened up: “{course}”, {date}", "{n} seats have opened up: “{course}”, {date}", n)
    held = ngettext(
        "Hello. The seat is held for you until {moment}.", "Hello. The {n} seats are held for you until {moment}.", n
    )
    return Words(
        subject=_waiting_for(line.session, opened, n=_number(n)),
        paragraphs=[
            held.format(n=_number(n), moment=_end(letter, line.session)),
            _("If you do not reserve in time, what you were offered goes to the next in line."),
        ],
        page=_order(letter),
        button=_("Reserve"),
        facts=[*_about(line.session), *_offered(letter, line)],
    )


def offer_ending(letter: Letter) -> Words:
    line = _line(letter)
    held = ngettext(
        "Hello. The seat is held for you until {moment}.",
        "Hello. The {n} seats are held for you until {moment}.",
        line.quantity,
    )
    return Words(
        subject=_waiting_for(line.session, _("Your offer is about to end: “{course}”, {date}")),
        paragraphs=[
            held.format(n=_number(line.quantity), moment=_end(letter, line.session)),
            _("If you do not reserve in time, what you were offered goes to the next in line."),
        ],
        page=_order(letter),
        button=_("Reserve"),
        facts=[*_about(line.session), *_offered(letter, line)],
    )


def offer_lapsed(letter: Letter) -> Words:
    line = _line(letter)
    return Words(
        subject=_waiting_for(line.session, _("Your offer has ended: “{course}”, {date}")),
        paragraphs=[
            _("Hello. What you were offered was not reserved in time: the offer has ended."),
            _("Your establishment is no longer on the waiting list of this session. You can ask to wait again."),
            _("The page of the waiting list says whether seats are left in this session: you can buy them at once."),
        ],
        page=Page("shop:waitlist_session", (line.session.code,)),
        button=_("See the waiting list of this session"),
        facts=_about(line.session),
    )


WAITLIST = {letter.__name__: letter for letter in (waitlist_joined, seats_offered, offer_ending, offer_lapsed)}


def _line(letter: Letter) -> OrderLine:
    return letter.order.lines.select_related("session__course").get()


def _order(letter: Letter) -> Page:
    return Page("shop:order", (letter.order.reference,))


def _end(letter: Letter, session: CourseSession) -> str:
    return formats.moment(letter.order.offer.expires_at, _language(), session.timezone)


def _waiting_for(session: CourseSession, subject: str, **facts: str) -> str:
    date = formats.day(session.starts_at, _language(), session.timezone)
    return subject.format(course=session.course.title, date=date, **facts)


def _about(session: CourseSession) -> list[tuple[str, str]]:
    time = details.time_of(session, _language())
    return [
        (_("Course"), session.course.title),
        (_("Session"), f"{time['when']} ({time['zone']})"),
        (_("Where"), ", ".join(details.place_of(session, _language()))),
    ]


def _offered(letter: Letter, line: OrderLine) -> list[tuple[str, str]]:
    return [
        (_("Number of seats"), _number(line.quantity)),
        (_("Total due"), formats.money(letter.order.total_cents, _language())),
        (_("Offer held until"), _end(letter, line.session)),
    ]


def _number(count: int) -> str:
    return formats.number(count, _language())


def _language() -> str:
    return get_language() or "fr-ca"
