"""Several people at once on a seat that was just released: one of them gets what they want, the others a sentence."""

import pytest

from pupitre.actions import seats, undoing
from pupitre.models import Assignment, Deed, Seat
from pupitre.queries import books
from tests.crowd import all_at_once, refusals
from tests.world import a_person, a_provider, a_seat, an_owner

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


@pytest.fixture
def owner():
    a_provider()
    return an_owner()


@pytest.fixture
def seat(owner):
    return a_seat(owner)


def the_holder(seat):
    [holder] = Assignment.objects.in_force().filter(seat=seat)
    return holder


def test_an_undo_and_an_assignment_of_the_freed_seat_never_both_win(owner, seat):
    held = seats.assign(seat, a_person(owner), by=owner)
    for number in range(ROUNDS):
        seats.release(fresh(seat), by=owner)
        newcomer = a_person(owner, f"Luc{number}")

        outcomes = all_at_once(
            [
                lambda ended=held.uuid: undoing.undo(seat, ended=ended, by=owner),
                lambda newcomer=newcomer: seats.assign(fresh(seat), newcomer, by=owner),
            ]
        )

        assert refusals(outcomes) in (["taken_since"], ["seat_taken"])
        held = the_holder(seat)
    assert books.disagreements() == []


def test_two_undos_give_the_seat_back_once(owner, seat):
    held = seats.assign(seat, a_person(owner), by=owner)
    seats.replace(seat, a_person(owner, "Luc"), by=owner)

    outcomes = all_at_once([lambda: undoing.undo(seat, ended=held.uuid, by=owner)] * 4)

    assert outcomes == [held] * 4
    assert the_holder(seat) == held
    assert the_holder(seat).revision == 1
    assert Deed.objects.filter(verb="seat.restored").count() == 1
    assert books.disagreements() == []


def fresh(seat):
    return Seat.objects.select_related("establishment", "session__course").get(pk=seat.pk)
