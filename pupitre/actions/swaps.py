"""Two people of one establishment exchange their sessions of a course: each seat takes the place of the other.

No place is taken or given back, and no money moves: both sessions cost the same, taxes included. Both people keep their
codes and are told.
"""

from collections.abc import Collection
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.actions import moves, moving, seats
from pupitre.actions.pricing import tax_place
from pupitre.models import CourseSession, Provider, Seat, SeatMove, User
from pupitre.queries.moves import buyer_price, held_elsewhere, with_buyer_price
from pupitre.queries.purchases import seated
from pupitre.refusals import Refused


class NotAnExchange(Refused):
    code = "not_an_exchange"
    message = _("Two people exchange two sessions of the same course. Choose someone who is in another session.")


class PricesDiffer(Refused):
    code = "prices_differ"
    message = _(
        "These two sessions do not have the same price. Move each seat instead: the difference is paid or given back."
    )


class TaxesDiffer(Refused):
    code = "taxes_differ"
    message = _("The taxes of these two sessions are not the same. For this exchange, write to {provider}.")


def swap(seat: Seat, other: Seat, *, by: User, leaving: tuple[UUID, UUID], from_session: str) -> None:
    """Exchange the sessions of two held seats, each with its holder. One deed: both, or neither.

    `leaving` names both registrations the user was shown, `from_session` the session (its code) the first seat was in:
    refused when either seat changed hands or moved since; the same form sent twice exchanges once.
    """
    try:
        with transaction.atomic():
            _swap(seat, other, by=by, leaving=leaving, from_session=from_session)
    except IntegrityError:
        # One of them was given a seat in the other's session at the same moment.
        raise seats.SeatElsewhere from None


def _swap(seat: Seat, other: Seat, *, by: User, leaving: tuple[UUID, UUID], from_session: str) -> None:
    shown = {seat.pk: seat.session_id, other.pk: other.session_id}
    if len(shown) < 2 or seat.establishment_id != other.establishment_id:
        raise NotAnExchange
    own, _paid = moves.locked([seat, other], set(shown.values()))
    seat, other = sorted(own, key=lambda each: each.pk != seat.pk)
    same_people = {each.assignment.uuid for each in own if each.assignment} == {*leaving}
    if seat.session.code != from_session == other.session.code and same_people:
        return  # it is done
    if seat.session.code != from_session or {each.pk: each.session_id for each in own} != shown:
        raise seats.SeatElsewhere
    if seat.session_id == other.session_id or seat.session.course_id != other.session.course_id:
        raise NotAnExchange
    frozen, provider, now = moves.frozen_orders(own), Provider.current(), clock.deciding_now()
    for each in own:
        if each.assignment is None:
            raise seats.SeatNotAssigned
        if no := moves.refusal_of(each, provider, now, frozen):
            raise no
    moves.check_holders(own, leaving)
    if no := _unlike(seat, [other], provider).get(other.pk):
        raise no
    if no := _already_there(seat, other):
        raise no
    moving.carry_out(
        [
            SeatMove(seat=each, from_session=each.session, to_session=session, asked_by=by)
            for each, session in ((seat, other.session), (other, seat.session))
        ],
        moving.SWAPPED,
    )


def candidates(seat: Seat) -> list[moves.Offer]:
    """Those of the establishment who could exchange their session with the holder of a seat, or why they could not."""
    others = list(held_elsewhere(seat))
    frozen, provider, now = moves.frozen_orders(others), Provider.current(), clock.now()
    unlike = _unlike(seat, others, provider)
    return [
        moves.Offer(other, moves.refusal_of(other, provider, now, frozen) or unlike.get(other.pk)) for other in others
    ]


def refusal(seat: Seat) -> Refused | None:
    """Why the holder of a seat cannot exchange it now, if so."""
    return moves.refusal_of(seat, Provider.current(), clock.now(), moves.frozen_orders([seat]))


def _unlike(seat: Seat, others: Collection[Seat], provider: Provider) -> dict[int, Refused]:
    """Those of the other seats whose session does not cost the same as that of a seat, and why: an exchange would make
    money, or owe some.
    """
    buyer, wanted = seat.establishment, {seat.session_id, *(other.session_id for other in others)}
    sessions = with_buyer_price(CourseSession.objects.filter(pk__in=wanted), buyer).in_bulk()
    prices = {pk: buyer_price(session) for pk, session in sessions.items()}
    places = {pk: tax_place(session, buyer)[0] for pk, session in sessions.items()}
    found: dict[int, Refused] = {}
    for other in others:
        if places[other.session_id] != places[seat.session_id]:
            found[other.pk] = TaxesDiffer(provider=provider.name)
        elif prices[other.session_id] != prices[seat.session_id]:
            found[other.pk] = PricesDiffer()
    return found


def _already_there(seat: Seat, other: Seat) -> Refused | None:
    """Nobody ends up with two seats in one session."""
    for each, session in ((seat, other.session), (other, seat.session)):
        assert each.assignment is not None  # checked by the caller
        if each.assignment.participant_id in seated(each.establishment, session):
            return moves.HolderAlreadyThere(name=each.assignment.participant.name)
    return None
