"""The words of the letters about seats that nobody is in: the reminders of a day, and the last call to the owners.

One letter for all the sessions reminded of that day. What it says is read again when it is posted: a session whose
seats all found someone meanwhile is no longer in it.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pupitre import formats
from pupitre.mail.words import Page, Words
from pupitre.models import CourseSession, Establishment, Letter, Membership, Provider, Reminder, Right, Seat
from pupitre.queries.free_seats import FreeSeats, free_seats_to_come
from pupitre.queries.moves import other_sessions
from pupitre.queries.people import Suggestion, people_to_suggest
from pupitre.queries.refunds import percent_of_seat

SUGGESTED = 5  # people named for each session


def seats_still_free(letter: Letter) -> Words:
    free = reminded_of(letter)
    one = _("Hello. The session is coming up and some seats are not assigned yet ({n}).")
    several = _("Hello. Sessions are coming up and some seats are not assigned yet ({n}).")
    return Words(
        subject=_subject(free),
        paragraphs=[(one if len(free) == 1 else several).format(n=_number(_all(free)))],
        page=_page(free),
        button=_("Assign the seats"),
        facts=[(_session(each.session), _count(each)) for each in free],
        notes=[*_what_can_be_done(letter, free), *_suggestions(letter, free), _off_switch()],
    )


def last_call(letter: Letter) -> Words:
    free = reminded_of(letter)
    return Words(
        subject=_("Last call. {subject}").format(subject=_subject(free)),
        paragraphs=[
            ngettext(
                "Hello. {n} seat your establishment has paid for has nobody in it, and time is short.",
                "Hello. {n} seats your establishment has paid for have nobody in them, and time is short.",
                _all(free),
            ).format(n=_number(_all(free))),
        ],
        page=_page(free),
        button=_("Assign the seats"),
        facts=[(_session(each.session), _count(each)) for each in free],
        notes=[*_what_can_be_done(letter, free), *_suggestions(letter, free), _switch_of_establishment()],
    )


FREE_SEATS = {letter.__name__: letter for letter in (seats_still_free, last_call)}


def reminded_of(letter: Letter) -> list[FreeSeats]:
    """The sessions this letter is about whose seats are still free. None once everyone is named: it brings no news."""
    day = date.fromisoformat(letter.key.split(":")[2])
    reminded = set(
        Reminder.objects.filter(establishment=letter.establishment_id, on=day).values_list("session", flat=True)
    )
    return [each for each in free_seats_to_come(letter.establishment) if each.session.pk in reminded]


def _subject(free: list[FreeSeats]) -> str:
    if len(free) == 1:
        session = free[0].session
        return _("Seats to assign: “{course}”, {date}").format(course=session.course.title, date=_day(session))
    return _("Seats to assign: {n} sessions").format(n=_number(len(free)))


def _page(free: list[FreeSeats]) -> Page:
    return Page("shop:assignment", (free[0].session.code,)) if len(free) == 1 else Page("shop:purchases")


def _session(session: CourseSession) -> str:
    return f"{session.course.title}, {_day(session)}"


def _count(free: FreeSeats) -> str:
    return ngettext("{n} seat to assign", "{n} seats to assign", free.count).format(n=_number(free.count))


def _what_can_be_done(letter: Letter, free: Sequence[FreeSeats]) -> list[str]:
    """What an unused place is still good for, and until when: assign it; and for a reader who may, move it, give it
    back. Nothing is promised that would be refused.
    """
    may_buy = Membership.objects.who_may(Right.BUY).filter(user=letter.user, establishment=letter.establishment_id)
    reader_may_buy, gives_back = may_buy.exists(), Provider.current().owners_can_refund
    told = []
    for each in free:
        session = each.session
        sentences = [_until_when(session, session.course.title if len(free) == 1 else _session(session))]
        if reader_may_buy and session.course.allows_moves and _has_others(letter.establishment, session):
            sentences.append(_("It can also be moved to another session of the course until then."))
        if reader_may_buy and gives_back and (percent := _given_back(letter.establishment, session)):
            back = formats.whole_percent(percent, _language())
            sentences.append(_("A seat you will not use can be given back, at {percent} for now.").format(percent=back))
        told.append(" ".join(sentences))
    return told


def _until_when(session: CourseSession, name: str) -> str:
    start = formats.moment(session.starts_at, _language(), session.timezone)
    return _("{session}: a seat can be assigned until the session starts ({start}).").format(session=name, start=start)


def _has_others(establishment: Establishment, session: CourseSession) -> bool:
    """Whether the course has other sessions on sale, with room for a seat."""
    others = other_sessions(session.course, establishment).exclude(pk=session.pk)
    return any(other.seats_left > 0 for other in others)


def _given_back(establishment: Establishment, session: CourseSession) -> int:
    """The percentage that is given back of each of the free seats: of seats bought under several policies, the
    lowest.
    """
    free = Seat.objects.bought_by(establishment).available().filter(session=session)
    return min((percent_of_seat(seat) for seat in free.select_related("session", "line__session")), default=0)


def _suggestions(letter: Letter, free: Iterable[FreeSeats]) -> list[str]:
    """People of the list who need the course: their certificate expires, or they never had it."""
    told = []
    for each in free:
        suggested = people_to_suggest(letter.establishment, each.session, SUGGESTED)
        if suggested:
            names = formats.join_names([_suggested(suggestion) for suggestion in suggested], _language())
            told.append(_("To think of for “{course}”: {names}.").format(course=each.session.course.title, names=names))
    return told


def _suggested(suggestion: Suggestion) -> str:
    if suggestion.expires_on is None:
        return suggestion.person.name
    day = formats.compact_day(suggestion.expires_on)
    return _("{name} (certificate until {date})").format(name=suggestion.person.name, date=day)


def _off_switch() -> str:
    link = Page("shop:account").url()
    return _("You choose in your profile whether you get these reminders: {link}").format(link=link)


def _switch_of_establishment() -> str:
    link = Page("shop:establishment").url()
    return _("Your establishment chooses whether it gets these reminders: {link}").format(link=link)


def _all(free: Iterable[FreeSeats]) -> int:
    return sum(each.count for each in free)


def _day(session: CourseSession) -> str:
    return formats.day(session.starts_at, _language(), session.timezone)


def _number(count: int) -> str:
    return formats.number(count, _language())


def _language() -> str:
    return get_language() or "fr-ca"
