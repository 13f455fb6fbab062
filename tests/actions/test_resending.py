"""The confirmations of many, written again at once."""

from datetime import timedelta

import pytest
from django.db import connection

from pupitre import clock
from pupitre.actions import resending, seats
from pupitre.actions.resending import Resent
from pupitre.models import Deed, Job, Letter, Seat
from tests.counting import questions
from tests.world import a_person, a_provider, a_session, an_owner, seats_bought

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    a_provider()
    return an_owner()


def an_hour_ago():
    return clock.stopped_at(clock.now() - timedelta(hours=1))


def held(owner, number, session=None):
    """So many seats held by as many people, told an hour ago."""
    session = session or a_session(capacity=200)
    bought = seats_bought(owner, session, number)
    with an_hour_ago():
        seats.assign_several(session, owner.establishment, [a_person(owner, f"P{n}") for n in range(number)], by=owner)
    return bought


def test_each_ticked_seat_is_written_to_or_counted(owner):
    told, recent, alone, free, over = held(owner, 1)[0], *seats_bought(owner, a_session(), 3), held(owner, 1)[0]
    seats.assign(recent, a_person(owner), by=owner)
    with an_hour_ago():
        seats.assign(alone, a_person(owner, email=""), by=owner)
    over.session.cancelled_at = clock.now()
    over.session.save()

    resent = resending.resend_several(owner.establishment, [told, recent, alone, free, over], by=owner)

    assert resent == Resent(sent=1, without_address=1, too_recent=1, over=1, nobody=1)
    assert Letter.objects.filter(assignment__seat=told).count() == 2
    assert [deed.seat for deed in Deed.objects.filter(verb="letter.sent_again")] == [told]


def test_sent_twice_in_five_minutes_it_goes_out_once(owner):
    seat = held(owner, 1)

    first, again = (resending.resend_several(owner.establishment, seat, by=owner) for _time in range(2))

    assert (first, again) == (Resent(sent=1), Resent(too_recent=1))


def test_the_seats_of_others_are_not_written_to(owner):
    theirs = held(an_owner("École du Boisé"), 1)

    assert resending.resend_several(owner.establishment, theirs, by=owner) == Resent(nobody=1)


def test_a_hundred_letters_take_hardly_more_statements_than_one(owner):
    """SQLite takes fewer values at a time: it writes the rows in two or three statements."""
    asked_for = []
    for number in (1, 100):
        chosen = held(owner, number)
        jobs = Job.objects.filter(kind="letter.post").count()
        with questions() as asked:
            assert resending.resend_several(owner.establishment, chosen, by=owner).sent == number
        assert Job.objects.filter(kind="letter.post").count() == jobs + number
        asked_for.append(len(asked))

    assert asked_for[0] <= 6, asked
    assert asked_for[1] <= asked_for[0] + (4 if connection.vendor == "sqlite" else 0), asked


def test_a_holder_who_lost_the_seat_meanwhile_is_not_written_to(owner):
    [seat] = held(owner, 1)
    seats.release(seat, by=owner)

    assert resending.resend_several(owner.establishment, [Seat.objects.get(pk=seat.pk)], by=owner) == Resent(nobody=1)
