"""The words of the letters about seats that nobody is in: the reminders of a day, and the last call to the owners.

One letter for all the sessions reminded of that day. What it says is read again when it is posted: a session whose
seats all found someone meanwhile is no longer in it.
"""

from collections.abc import Iterable
from datetime import date

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from pupitre import formats
from pupitre.mail.words import Page, Words
from pupitre.models import CourseSession, Letter, Membership, Provider, Reminder, Right
from pupitre.queries.free_seats import FreeSeats, free_seats_to_come
from pupitre.queries.people import Suggestion, people_to_suggest

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
        notes=[*_what_can_be_done(free), *_suggestions(letter, free), _off_switch()],
    )


def last_call(letter: Letter) -> Words:
    free = reminded_of(letter)
    told = _told_before(letter)
    return Words(
        subject=_("Last call. {subject}").format(subject=_subject(free)),
        paragraphs=[
            ngettext(
                "Hello. {n} seat your establishment has paid for has nobody in it, and time is short.",
                "Hello. {n} seats your establishment has paid for have nobody in them, and time is short.",
                _all(free),
            ).format(n=_number(_all(free))),
            *([_("Already reminded: {names}.").format(names=told)] if told else []),
        ],
        page=_page(free),
        button=_("Assign the seats"),
        facts=[(_session(each.session), _count(each)) for each in free],
        notes=[*_what_can_be_done(free), *_suggestions(letter, free), _off_switch()],
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


def _what_can_be_done(free: Iterable[FreeSeats]) -> list[str]:
    """What an unused place is still good for, and until when: assign it, move it, give it back."""
    gives_back = Provider.current().owners_can_refund
    return [sentence for each in free for sentence in _of_session(each.session, gives_back=gives_back)]


def _of_session(session: CourseSession, *, gives_back: bool) -> list[str]:
    start = formats.moment(session.starts_at, _language(), session.timezone)
    told = [
        _("{session}: a seat can be assigned until the session starts ({start}).").format(
            session=session.course.title, start=start
        )
    ]
    if session.course.allows_moves:
        told.append(_("It can also be moved to another session of the course until then."))
    if gives_back:
        told.append(_("A seat you will not use can be given back, at the percentage of the refund policy."))
    return told


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


def _told_before(letter: Letter) -> str:
    """Who has had reminders of these seats besides this owner."""
    others = Membership.objects.who_may(Right.ASSIGN).filter(establishment=letter.establishment, gets_reminders=True)
    names = [member.user.name for member in others.exclude(user=letter.user).select_related("user").order_by("pk")]
    return formats.join_names(names, _language())


def _off_switch() -> str:
    link = Page("shop:account").url()
    return _("You choose in your profile whether you get these reminders: {link}").format(link=link)


def _all(free: Iterable[FreeSeats]) -> int:
    return sum(each.count for each in free)


def _day(session: CourseSession) -> str:
    return formats.day(session.starts_at, _language(), session.timezone)


def _number(count: int) -> str:
    return formats.number(count, _language())


def _language() -> str:
    return get_language() or "fr-ca"
