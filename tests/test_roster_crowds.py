"""Several people at once with the same list: records are merged while seats are given, attendance is noted twice."""

import pytest

from pupitre import clock
from pupitre.actions import attendance, merging, seats
from pupitre.actions.people import Newcomer
from pupitre.models import Assignment, Attendance, Certificate, Letter, Participant
from pupitre.queries import books
from tests.crowd import all_at_once, refusals
from tests.world import a_person, a_session, seats_bought

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider")]
BENOIT = Newcomer("Benoît", "Roy", "benoit@exemple.ca")


def held_by_merged_records() -> int:
    return Assignment.objects.filter(participant__merged_into__isnull=False).count()


@pytest.mark.parametrize("_time", range(5))
def test_a_record_is_merged_while_it_is_given_a_seat(owner, _time):
    kept, other = a_person(owner), a_person(owner)
    (seat,) = seats_bought(owner, a_session(), 1)

    outcomes = all_at_once(
        [
            lambda: merging.merge(kept, other, BENOIT, by=owner),
            lambda: seats.assign(seat, other, by=owner),
        ]
    )

    assert set(refusals(outcomes)) <= {"was_merged"}
    assert held_by_merged_records() == 0
    assert Assignment.objects.count() == 1 - len(refusals(outcomes))
    assert books.disagreements() == []


@pytest.mark.parametrize("_time", range(5))
def test_a_record_is_merged_while_both_are_seated_in_one_session(owner, _time):
    kept, other = a_person(owner), a_person(owner)
    one, two = seats_bought(owner, a_session(), 2)

    outcomes = all_at_once(
        [
            lambda: seats.assign(one, kept, by=owner),
            lambda: merging.merge(kept, other, BENOIT, by=owner),
            lambda: seats.assign(two, other, by=owner),
        ]
    )

    assert len(refusals(outcomes)) == 1
    assert set(refusals(outcomes)) <= {"was_merged", "both_hold_a_seat", "already_seated"}
    assert held_by_merged_records() == 0


def test_a_holder_is_replaced_by_a_record_that_is_merged_with_theirs(owner):
    """One takes seats, people, then registrations; the other, the last two: nobody waits in a circle."""
    kept, other = a_person(owner), a_person(owner)
    (seat,) = seats_bought(owner, a_session(), 1)
    seats.assign(seat, other, by=owner)

    outcomes = all_at_once(
        [
            lambda: seats.replace(seat, kept, by=owner),
            lambda: merging.merge(kept, other, BENOIT, by=owner),
            lambda: seats.release(seat, by=owner),
        ]
    )

    assert set(refusals(outcomes)) <= {"same_person", "seat_not_assigned"}
    assert held_by_merged_records() == 0
    assert books.disagreements() == []


def test_two_people_merge_the_same_records_each_their_way(owner):
    one, two = a_person(owner), a_person(owner)

    outcomes = all_at_once(
        [
            lambda: merging.merge(one, two, BENOIT, by=owner),
            lambda: merging.merge(two, one, BENOIT, by=owner),
            lambda: merging.merge(one, two, BENOIT, by=owner),
        ]
    )

    assert set(refusals(outcomes)) == {"already_merged"}
    assert Participant.objects.filter(merged_into=None).count() == 1


def test_attendance_saved_from_two_windows_gives_one_certificate_each(owner):
    session = a_session()
    seats_bought(owner, session, 3)
    made = seats.assign_several(session, owner.establishment, [a_person(owner) for _ in range(3)], by=owner)
    answers = {each.pk: Attendance.PRESENT for each in made}

    def note():
        with clock.stopped_at(session.ends_at):
            return attendance.note(session, answers, by=owner)

    outcomes = all_at_once([note] * 4)

    assert sorted(len(changed) for changed in outcomes) == [0, 0, 0, 3]
    assert (Certificate.objects.count(), Letter.objects.filter(kind="certificate_ready").count()) == (3, 3)
