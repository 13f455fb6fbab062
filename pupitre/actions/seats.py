"""What can be done with a seat: assign it, replace its holder, release it, open the course with its code."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction
from django.db.models import Prefetch
from django.utils.translation import get_language, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from pupitre import clock, codes, formats, journal
from pupitre.actions import claim_places, people, throttles
from pupitre.actions.people import Newcomer
from pupitre.mail import letters
from pupitre.models import (
    Assignment,
    ClaimLink,
    CourseSession,
    Deed,
    Establishment,
    OrderLine,
    Participant,
    Provider,
    Seat,
    User,
)
from pupitre.models.seats import new_assignment
from pupitre.refusals import Refused

RESEND_PAUSE = timedelta(minutes=5)
UNDO_WINDOW = timedelta(minutes=10)
CODE_WINDOW = timedelta(minutes=15)
CODE_TRIES_PER_ADDRESS = 10
CODE_TRIES_IN_ALL = 500


class SessionStarted(Refused):
    code = "session_started"
    message = _("The session has started. To assign this seat, contact {provider}.")


class SessionCancelled(Refused):
    code = "session_cancelled"
    message = _("This session is cancelled. Contact {provider}.")


class SeatTaken(Refused):
    code = "seat_taken"
    message = _("This seat has just been assigned by someone else in your establishment.")


class NotEnoughSeats(Refused):
    code = "not_enough_seats"
    message = ngettext_lazy(
        "You chose {chosen} people for {left} seat.", "You chose {chosen} people for {left} seats.", "left"
    )


class NoSeatLeft(Refused):
    code = "no_seat_left"
    message = _("All the seats in this session are already assigned.")


class AlreadySeated(Refused):
    code = "already_seated"
    message = _("{name} already has a seat in this session. Choose someone else.")


class AlreadySeatedOneself(AlreadySeated):
    code = "already_seated_oneself"
    message = _("You already have a seat in this session. Assign this one to someone else.")


class NotOnTheList(Refused):
    code = "not_on_the_list"
    message = _("Choose a person from the list.")


class SamePerson(Refused):
    code = "same_person"
    message = _("This person already holds the seat. Choose someone else.")


class SeatNotAssigned(Refused):
    code = "seat_not_assigned"
    message = _("Nobody holds this seat any more. Reload the page to see its status.")


class HolderChanged(Refused):
    code = "holder_changed"
    message = _("The seat changed hands while this page was open: {name} holds it now. Check, then try again.")


class UndoneSince(Refused):
    code = "undone_since"
    message = _("This form was already sent, and what it did was undone since. Reload the page, then start again.")


class SeatElsewhere(Refused):
    code = "seat_elsewhere"
    message = _("A seat was moved to another session while this page was open. Check where it is now, then try again.")


class TooLateToReplace(Refused):
    code = "too_late_to_replace"
    message = _("The replacement deadline ({deadline}) has passed. Contact {provider}.")


class SentTooRecently(Refused):
    code = "sent_too_recently"
    message = ngettext_lazy(
        "Wait {n} minute before sending this email again.", "Wait {n} minutes before sending this email again.", "n"
    )


class NoAddress(Refused):
    code = "no_address"
    message = _("This person has no email address. Hand over the code and the PDF confirmation.")


class CodeMistyped(Refused):
    code = "code_mistyped"
    message = _("This code has a typo. It has 16 characters, without 0, O, 1, I, L or U. Check it, then try again.")


class CodeUnknown(Refused):
    code = "code_unknown"
    message = _("This code is not valid. Check it with the person who gave it to you.")


class CodeReplaced(Refused):
    code = "code_replaced"
    message = _("This code is no longer valid because the seat was assigned to someone else.")


def assign(seat: Seat, person: Participant | Newcomer, *, by: User, batch: UUID | None = None) -> Assignment:
    """Give an available seat to a person and write them a confirmation."""
    with transaction.atomic():
        seats = _locked(seat.establishment, seat.session)
        people.lock_those_to_seat([person])
        if done := _done(seat.establishment, batch):
            return done[0]
        chosen = among(seats, seat)
        if not chosen.is_available:
            raise SeatTaken
        return _give(seats, [chosen], [person], batch=batch, by=by)[0]


def assign_several(
    session: CourseSession,
    establishment: Establishment,
    chosen: Sequence[Participant | Newcomer],
    *,
    by: User | None,
    batch: UUID | None = None,
    through: ClaimLink | None = None,
) -> list[Assignment]:
    """Give the establishment's available seats of a session to these people, all of them or none.

    `through` is the link they asked with: it may give the seats of one order only, and the journal says that it did.
    """
    with transaction.atomic():
        seats = _locked(establishment, session)
        people.lock_those_to_seat(chosen)
        if done := _done(establishment, batch):
            return done
        free = [seat for seat in _of_link(seats, through) if seat.is_available]
        if not free:
            raise NoSeatLeft
        if len(chosen) > len(free):
            raise NotEnoughSeats(chosen=len(chosen), left=len(free))
        verb = "seat.claimed" if through else "seat.assigned"
        return _give(seats, free[: len(chosen)], chosen, batch=batch, by=by, verb=verb)


def assign_to_oneself(
    session: CourseSession, establishment: Establishment, *, by: User, batch: UUID | None = None
) -> Assignment:
    """« This is my own registration »: one available seat to the user themself."""
    with transaction.atomic():
        oneself = people.on_the_list(establishment, by)
        if oneself.archived_at:
            _locked(establishment, session)  # seats before people
            people.restore(oneself, by=by)
        try:
            return assign_several(session, establishment, [oneself], by=by, batch=batch)[0]
        except AlreadySeated:
            raise AlreadySeatedOneself from None


def replace(
    seat: Seat,
    person: Participant | Newcomer,
    *,
    by: User,
    batch: UUID | None = None,
    leaving: UUID | None = None,
) -> Assignment:
    """Give an assigned seat to someone else, until 24 hours before the session. The old code stops working.

    `leaving` names the registration the user was shown: refused when the seat changed hands since.
    """
    with transaction.atomic():
        seats = _locked(seat.establishment, seat.session)
        people.lock_those_to_seat([person])
        if done := _done(seat.establishment, batch):
            return done[0]
        chosen = among(seats, seat)
        former = _holder(chosen, leaving)
        if isinstance(person, Participant) and person.pk == former.participant_id:
            raise SamePerson
        _free(chosen, former, by=by)
        seats = _locked(seat.establishment, seat.session)
        return _give(seats, [chosen], [person], batch=batch, by=by, replaced=former)[0]


def release(seat: Seat, *, by: User, leaving: UUID | None = None) -> Assignment:
    """Make an assigned seat available again, and tell its former holder. Gives the assignment that ended.

    `leaving` names the registration the user was shown: refused when the seat changed hands since.
    """
    with transaction.atomic():
        seats = _locked(seat.establishment, seat.session)
        chosen = among(seats, seat)
        former = _holder(chosen, leaving)
        _free(chosen, former, by=by)
        return former


def release_several(formers: Sequence[Assignment], *, by: User) -> None:
    """The same for several seats of one session, all of them or none. Seats locked by the caller."""
    _check_can_be_released(formers[0].session)
    end_registrations(formers, by=by)


def end_registrations(formers: Sequence[Assignment], *, by: User | None, undo_window: timedelta | None = None) -> None:
    """Take seats away from their holders, who are told: their codes stop working. Seats locked by the caller.

    With an `undo_window`, the holders can be given their seats back for that long (`actions/undoing.py`).
    """
    now = clock.now()
    for former in formers:
        former.released_at = max(now, former.assigned_at)
        former.released_by = by
        former.undo_until = now + undo_window if undo_window else None
    Assignment.objects.bulk_update(formers, ["released_at", "released_by", "undo_until"], batch_size=500)
    journal.record_all([_deed("seat.released", former, by=by) for former in formers])
    claim_places.give_back(formers, by=by)
    letters.seats_taken_away(formers)


def resend(assignment: Assignment, *, by: User | None) -> None:
    """Write the confirmation again, at most once every five minutes."""
    if not assignment.participant.email:
        raise NoAddress
    with transaction.atomic():
        assignment = (
            Assignment.objects.select_for_update(of=("self",))
            .select_related("participant", "seat", "session")
            .get(pk=assignment.pk)
        )
        if not assignment.in_force:
            raise SeatNotAssigned
        letter = assignment.confirmation_letter
        if letter and letter.queued_at + RESEND_PAUSE > clock.now():
            wait = letter.queued_at + RESEND_PAUSE - clock.now()
            raise SentTooRecently(n=max(1, round(wait / timedelta(minutes=1))))
        letters.registrations_confirmed([assignment], again=True)
        journal.record(
            "letter.sent_again",
            by=by,
            establishment=assignment.seat.establishment,
            seat=assignment.seat,
            participant=assignment.participant,
        )


def lock(establishment: Establishment, session: CourseSession) -> list[Seat]:
    """The establishment's seats of a session, which nobody else gives or takes until the transaction ends."""
    return _locked(establishment, session)


def find_by_code(typed: str, *, address: str) -> Assignment:
    """The registration an access code opens. Refuses a typo, a wrong code, an old one, and too many tries."""
    throttles.refuse_if_exhausted("code", address, limit=CODE_TRIES_PER_ADDRESS)
    throttles.refuse_if_exhausted("code", "everyone", limit=CODE_TRIES_IN_ALL)
    try:
        code = codes.typed(typed)
    except codes.Mistyped:
        _note_wrong_code(address)
        raise CodeMistyped from None
    assignment = (
        Assignment.objects.select_related("participant", "session__course", "seat__establishment")
        .filter(code_fingerprint=codes.fingerprint(code))
        .first()
    )
    if assignment is None:
        _note_wrong_code(address)
        raise CodeUnknown
    if not assignment.in_force:
        raise CodeReplaced
    return assignment


@transaction.atomic
def open_course(assignment: Assignment, *, certificate_name: str = "") -> Assignment:
    """The holder says the registration is theirs, and how their name is written on the certificate: when it is not as
    on the list, where it may still be corrected.
    """
    assignment = Assignment.objects.select_for_update(of=("self",)).select_related("participant").get(pk=assignment.pk)
    if not assignment.in_force:
        raise CodeReplaced
    is_first_time = assignment.opened_at is None
    assignment.opened_at = assignment.opened_at or clock.now()
    if certificate_name:
        is_as_on_the_list = certificate_name == assignment.participant.name
        assignment.certificate_name = "" if is_as_on_the_list else certificate_name
    assignment.save(update_fields=["opened_at", "certificate_name"])
    if is_first_time:
        journal.record(
            "seat.opened",
            by=None,
            establishment=assignment.seat.establishment,
            seat=assignment.seat,
            participant=assignment.participant,
        )
    return assignment


def _locked(establishment: Establishment, session: CourseSession) -> list[Seat]:
    # Two people of an establishment may press the button together: all its seats of the session are read again under
    # a lock, so that the second one sees what the first one did.
    return list(
        Seat.objects.select_for_update(of=("self",))
        .filter(establishment=establishment, session=session)
        .select_related("session__course", "establishment")
        .prefetch_related(Prefetch("assignments", Assignment.objects.select_related("participant")))
        .order_by("pk")
    )


def among(seats: list[Seat], seat: Seat) -> Seat:
    """A seat as it is under the lock, unless it has left the session meanwhile."""
    chosen = next((own for own in seats if own.pk == seat.pk), None)
    if chosen is None:
        raise SeatElsewhere
    return chosen


def _done(establishment: Establishment, batch: UUID | None) -> list[Assignment]:
    """What this very form already did, if it was sent twice."""
    if batch is None:
        return []
    done = Assignment.objects.filter(batch=batch, seat__establishment=establishment)
    made = list(done.select_related("participant", "seat"))
    if any(not assignment.in_force for assignment in made):
        raise UndoneSince
    return made


def _give(
    seats: list[Seat],
    chosen: list[Seat],
    persons: Sequence[Participant | Newcomer],
    *,
    batch: UUID | None,
    by: User | None,
    replaced: Assignment | None = None,
    verb: str = "seat.assigned",
) -> list[Assignment]:
    session = chosen[0].session
    check_session_is_to_come(session)
    seated = {seat.assignment.participant_id for seat in seats if seat.assignment}
    for person in persons:
        if isinstance(person, Newcomer):
            continue
        if person.establishment_id != chosen[0].establishment_id:
            raise NotOnTheList
        if person.pk in seated:
            raise AlreadySeated(name=person.name)
        seated.add(person.pk)
    participants = _on_the_list(chosen[0].establishment, persons)
    batch = batch or uuid4()
    try:
        with transaction.atomic():
            assignments = Assignment.objects.bulk_create(
                [
                    new_assignment(seat, person, batch=batch, by=by, replaced=replaced)
                    for seat, person in zip(chosen, participants, strict=True)
                ],
                batch_size=500,
            )
    except IntegrityError:
        raise _taken_meanwhile(session, participants) from None
    journal.record_all([_deed(verb, assignment, by=by) for assignment in assignments])
    letters.registrations_confirmed(assignments)
    return assignments


def _taken_meanwhile(session: CourseSession, persons: Sequence[Participant]) -> Refused:
    """Why a seat could not be given at the last moment: a record merged into that of a person held one here, or someone
    took it.
    """
    there = Assignment.objects.in_force().filter(session=session, participant__in=persons).select_related("participant")
    seated = there.first()
    return AlreadySeated(name=seated.participant.name) if seated else SeatTaken()


def _of_link(seats: list[Seat], link: ClaimLink | None) -> list[Seat]:
    """The seats that a link may give: those of its order, if it has one."""
    if link is None or link.order_id is None:
        return seats
    lines = set(OrderLine.objects.filter(order=link.order_id).values_list("pk", flat=True))
    return [seat for seat in seats if seat.line_id in lines]


def _free(seat: Seat, former: Assignment, *, by: User) -> None:
    _check_can_be_released(seat.session)
    end_registrations([former], by=by, undo_window=UNDO_WINDOW)


def _check_can_be_released(session: CourseSession) -> None:
    if session.is_cancelled:
        raise SessionCancelled(provider=Provider.current().name)
    if clock.deciding_now() >= session.replacements_close_at:
        deadline = formats.moment(session.replacements_close_at, get_language() or "fr-ca", session.timezone)
        raise TooLateToReplace(deadline=deadline, provider=Provider.current().name)


def _holder(seat: Seat, shown: UUID | None) -> Assignment:
    """The registration in force, which must be the one the user was shown, if they were shown one."""
    if seat.assignment is None:
        raise SeatNotAssigned
    if shown and seat.assignment.uuid != shown:
        raise HolderChanged(name=seat.assignment.participant.name)
    return seat.assignment


def check_session_is_to_come(session: CourseSession) -> None:
    """Refuse to give a seat of a session that is cancelled or has started."""
    if session.is_cancelled:
        raise SessionCancelled(provider=Provider.current().name)
    if clock.deciding_now() >= session.starts_at:
        raise SessionStarted(provider=Provider.current().name)


def _on_the_list(establishment: Establishment, persons: Sequence[Participant | Newcomer]) -> list[Participant]:
    """The people to seat, the new ones added to the list, in the order given."""
    newcomers = iter(people.add_all(establishment, [person for person in persons if isinstance(person, Newcomer)]))
    return [next(newcomers) if isinstance(person, Newcomer) else person for person in persons]


def _deed(verb: str, assignment: Assignment, *, by: User | None) -> Deed:
    replaced = assignment.replaced if verb == "seat.assigned" else None
    return Deed(
        verb=verb,
        by=by,
        at=clock.now(),
        establishment_id=assignment.seat.establishment_id,
        seat_id=assignment.seat_id,
        session_id=assignment.session_id,
        participant_id=assignment.participant_id,
        facts={"replaced": replaced.participant_id} if replaced else {},
    )


def _note_wrong_code(address: str) -> None:
    throttles.note("code", address, window=CODE_WINDOW)
    throttles.note("code", "everyone", window=CODE_WINDOW)
