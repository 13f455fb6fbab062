"""Undoing a release or a replacement, for ten minutes: the former holder gets the seat back, with the same code."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock, journal
from pupitre.actions import claim_places, seats
from pupitre.mail import letters
from pupitre.models import Assignment, Deed, Letter, Seat, User
from pupitre.refusals import Refused


class NothingToUndo(Refused):
    code = "nothing_to_undo"
    message = _("There is nothing to undo on this seat. Reload the page to see its status.")


class TooLateToUndo(Refused):
    code = "too_late_to_undo"
    message = _("This can no longer be undone: more than {n} minutes have passed. Assign the seat as you wish.")


class GivenBackSince(Refused):
    code = "given_back_since"
    message = _("This can no longer be undone: the seat was given back.")


class TakenSince(Refused):
    code = "taken_since"
    message = _("This can no longer be undone: the seat was assigned to someone else since.")


class NewcomerIsIn(Refused):
    code = "newcomer_is_in"
    message = _("This can no longer be undone: {name} has already opened the course.")


class SeatedElsewhere(Refused):
    code = "seated_elsewhere"
    message = _("This can no longer be undone: {name} has another seat in this session.")


class LeftTheList(Refused):
    code = "left_the_list"
    message = _("{name} was taken off your list. Put this person back on it, then try again.")


def undo(seat: Seat, *, ended: UUID, by: User) -> Assignment:
    """Give the seat back to the holder it was taken from: the same registration, its code works again.

    For ten minutes after a release or a replacement, even if the replacement deadline passed in between. Whoever
    replaced them loses the seat again, unless they have opened the course. Both are told, except of what they never
    heard of. Undone twice, it is undone once.
    """
    with transaction.atomic():
        own = seats.lock(seat.establishment, seat.session)
        chosen = seats.among(own, seat)
        former = next((each for each in chosen.assignments.all() if each.uuid == ended), None)
        if former is None:
            raise NothingToUndo
        if former.released_at is None:
            return former
        newcomer = chosen.assignment
        ended_at = former.released_at
        _check(own, chosen, former, newcomer)
        if newcomer:
            letters.withdraw("registration_confirmed", newcomer)
            seats.end_registrations([newcomer], by=by)
        _reopen(former)
        claim_places.take_again(former)
        journal.record(
            "seat.restored",
            by=by,
            establishment=chosen.establishment,
            session=chosen.session,
            seat=chosen,
            participant=former.participant,
        )
        _tell(former, ended_at)
        return former


def _check(own: list[Seat], chosen: Seat, former: Assignment, newcomer: Assignment | None) -> None:
    if former.undo_until is None or chosen.cancelled_at:
        raise GivenBackSince if chosen.cancelled_at else NothingToUndo
    if clock.deciding_now() >= former.undo_until:
        raise TooLateToUndo(n=round(seats.UNDO_WINDOW.total_seconds() / 60))
    seats.check_session_is_to_come(chosen.session)
    if former.session_id != chosen.session_id:
        raise seats.SeatElsewhere
    if newcomer and newcomer.replaced_id != former.pk:
        raise TakenSince
    if newcomer and newcomer.opened_at:
        raise NewcomerIsIn(name=newcomer.participant.name)
    others = (each.assignment for each in own if each.assignment and each.pk != chosen.pk)
    if any(other.participant_id == former.participant_id for other in others):
        raise SeatedElsewhere(name=former.participant.name)
    if former.participant.archived_at:
        raise LeftTheList(name=former.participant.name)


def _reopen(former: Assignment) -> None:
    former.released_at = former.released_by = former.undo_until = None
    former.revision += 1
    try:
        with transaction.atomic():
            former.save(update_fields=["released_at", "released_by", "undo_until", "revision"])
    except IntegrityError:
        raise TakenSince from None


def _tell(former: Assignment, ended_at: datetime) -> None:
    """Nothing, when the bad news had not left; the confirmation again, when it had, or says less than before."""
    bad_news_left = not letters.withdraw("seat_taken_away", former)
    confirmed = former.confirmation_letter
    is_confirmed = (
        confirmed is not None
        and confirmed.state != Letter.State.WITHDRAWN
        and confirmed.to_email == former.participant.email
    )
    has_moved = Deed.objects.filter(verb="session.moved", session=former.session_id, at__gte=ended_at).exists()
    if bad_news_left or has_moved or not is_confirmed:
        letters.registrations_confirmed([former], again=True)
