"""The seat board: every seat bought is counted once, in whatever state it is."""

import contextlib
import random
from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import returns, seats, undoing
from pupitre.models import Assignment, CourseSession, Letter, Seat, SeatState
from pupitre.queries import board, books
from pupitre.queries.board import Balance
from pupitre.queries.refunds import propose_seats
from pupitre.refusals import Refused
from tests.world import a_person, a_provider, a_session, an_owner, seats_bought

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    a_provider(refund_steps=[[0, 100]])
    return an_owner()


def standings(owner) -> dict[str, str]:
    return dict(board.seats_of(owner.establishment).values_list("code", "standing"))


def words_of_the_seats(owner) -> dict[str, str]:
    own = Seat.objects.bought_by(owner.establishment).with_holders()
    return {seat.code: seat.state for seat in own}


def shift(session, **facts):
    CourseSession.objects.filter(pk=session.pk).update(**facts)


def give_back(seat, by):
    seat = Seat.objects.select_related("line__order").get(pk=seat.pk)
    agreed = propose_seats(seat.line.order, [seat]).total_cents
    returns.give_back_seats(seat.line.order, [seat], agreed_total_cents=agreed, by=by)


def test_the_database_and_the_seat_use_the_same_word_for_every_state(owner):
    session, past, cancelled = a_session(), a_session(), a_session()
    free, released, alone, queued, sent, bounced, failed, opened, refunded = seats_bought(owner, session, 9)
    used, present, absent, _unused = seats_bought(owner, past, 4)
    called_off, _empty = seats_bought(owner, cancelled, 2)
    for seat in (released, queued, sent, bounced, failed, opened, refunded, used, present, absent, called_off):
        seats.assign(seat, a_person(owner), by=owner)
    seats.assign(alone, a_person(owner, email=""), by=owner)
    seats.release(released, by=owner)
    seats.open_course(opened.assignments.get())
    for seat, state in ((sent, "sent"), (bounced, "bounced"), (failed, "failed")):
        Letter.objects.filter(assignment__seat=seat).update(state=state)
    give_back(refunded, owner)
    for seat, attendance in ((present, "present"), (absent, "absent")):
        Assignment.objects.filter(seat=seat).update(attendance=attendance, noted_at=clock.now())
    shift(past, starts_at=clock.now() - timedelta(days=2), ends_at=clock.now() - timedelta(days=1))
    shift(cancelled, cancelled_at=clock.now())

    assert standings(owner) == words_of_the_seats(owner)
    assert set(standings(owner).values()) == set(SeatState.values)
    assert standings(owner)[free.code] == "free"
    counted = board.balance((state, 1) for state in standings(owner).values())
    assert counted == Balance(free=2, named=6, used=3, unused=1, cancelled=3)
    assert counted.bought == 15


def test_seats_without_a_person_are_unused_as_soon_as_the_session_starts(owner):
    session = a_session()
    held, _free = seats_bought(owner, session, 2)
    seats.assign(held, a_person(owner), by=owner)

    def balance_at(moment):
        with clock.stopped_at(moment):
            return board.balance_of(owner.establishment, session)

    none = Balance(free=0, named=0, used=0, unused=0, cancelled=0)
    before, during, after = (
        balance_at(session.starts_at - timedelta(seconds=1)),
        balance_at(session.starts_at),
        balance_at(session.ends_at),
    )
    assert before == Balance(**vars(none) | {"free": 1, "named": 1})
    assert during == Balance(**vars(none) | {"unused": 1, "named": 1})
    assert after == Balance(**vars(none) | {"unused": 1, "used": 1})


@pytest.mark.parametrize("seed", range(6))
def test_the_sum_is_right_after_anything_people_do(owner, seed):
    """Thirty deeds at random, refused or not: what was bought is always what the parts add up to."""
    chance = random.Random(seed)
    sessions = [a_session(capacity=50) for _number in range(3)]
    bought = [seat for session in sessions for seat in seats_bought(owner, session, 4)]
    people = [a_person(owner, f"P{number}", email=chance.choice(["", f"p{number}@exemple.ca"])) for number in range(8)]

    for _time in range(30):
        seat = Seat.objects.with_holders().select_related("establishment").get(pk=chance.choice(bought).pk)
        person = chance.choice(people)
        former = seat.former_assignments[-1] if seat.former_assignments else None
        deed = chance.choice(
            [
                lambda seat=seat, person=person: seats.assign(seat, person, by=owner),
                lambda seat=seat, person=person: seats.replace(seat, person, by=owner),
                lambda seat=seat: seats.release(seat, by=owner),
                lambda seat=seat, former=former: former and undoing.undo(seat, ended=former.uuid, by=owner),
                lambda seat=seat: seat.assignment and seats.open_course(seat.assignment),
                lambda: Letter.objects.update(state=chance.choice(Letter.State.values)),
                lambda seat=seat: chance.random() < 0.3 and give_back(seat, owner),
            ]
        )
        with contextlib.suppress(Refused):
            deed()
        hours = chance.choice([0, 0, 0, 24 * 15, 24 * 17])
        with clock.stopped_at(clock.now() + timedelta(hours=hours)):
            standing = standings(owner)
            assert standing == words_of_the_seats(owner)
            assert board.balance((state, 1) for state in standing.values()).bought == len(bought)
            for session in sessions:
                assert board.balance_of(owner.establishment, session).bought == 4
    assert [line for line in books.disagreements() if "job" not in line] == []
