"""Ten minutes to undo a release or a replacement: who gets the seat back, who is told, and when it is too late."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from pupitre import clock, worker
from pupitre.actions import catalogue, people, returns, seats, undoing
from pupitre.actions.people import Newcomer
from pupitre.documents import calendar
from pupitre.models import Assignment, Deed, Job, Letter, Seat
from pupitre.queries.refunds import propose_seats
from tests.world import a_person, a_provider, a_seat, a_session, an_owner, seats_bought

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    a_provider(refund_steps=[[24, 100]])
    return an_owner()


@pytest.fixture
def seat(owner):
    return a_seat(owner)


@pytest.fixture
def benoit(owner):
    return a_person(owner)


@pytest.fixture
def luc(owner):
    return a_person(owner, "Luc", "Zénon")


@pytest.fixture
def held(seat, benoit, owner):
    return seats.assign(seat, benoit, by=owner)


def fresh(seat: Seat) -> Seat:
    return Seat.objects.with_holders().select_related("establishment").get(pk=seat.pk)


def letters_to(person) -> list[tuple[str, str]]:
    return list(Letter.objects.filter(to_email=person.email).values_list("kind", "state"))


def everything_is_posted() -> None:
    """As after a moment of the worker."""
    Letter.objects.filter(state="queued").update(state="sent", sent_at=clock.now())
    Job.objects.filter(kind="letter.post").update(done_at=clock.now())


# --- giving the seat back --------------------------------------------------------------------------------------------
def test_a_released_seat_goes_back_to_its_holder_and_the_code_works_again(owner, seat, benoit, held):
    code = held.access_code
    seats.release(seat, by=owner)

    undoing.undo(seat, ended=held.uuid, by=owner)

    [assignment] = Assignment.objects.filter(seat=seat)
    assert (assignment.in_force, assignment.revision, assignment.undo_until) == (True, 1, None)
    assert (assignment.released_at, assignment.released_by) == (None, None)
    assert seats.find_by_code(code, address="203.0.113.5") == assignment
    deeds = Deed.objects.filter(seat=seat).order_by("pk")
    assert [deed.verb for deed in deeds] == ["seat.assigned", "seat.released", "seat.restored"]
    assert (deeds.last().participant, deeds.last().by) == (benoit, owner)


def test_an_undone_replacement_gives_the_seat_back_and_the_newcomer_leaves(owner, seat, benoit, luc, held):
    newcomer = seats.replace(seat, luc, by=owner)
    assert newcomer.replaced == held

    undoing.undo(seat, ended=held.uuid, by=owner)

    assert fresh(seat).assignment.participant == benoit
    newcomer.refresh_from_db()
    assert (newcomer.in_force, newcomer.undo_until) == (False, None)
    with pytest.raises(seats.CodeReplaced):
        seats.find_by_code(newcomer.access_code, address="203.0.113.5")


def test_the_calendar_takes_the_entry_again_after_each_return(owner, seat, held):
    def sequences() -> list[int]:
        assignment = Assignment.objects.get(pk=held.pk)
        entries = [calendar.entry(assignment, "fr-ca", cancelled=gone).decode() for gone in (False, True)]
        return [int(entry.split("SEQUENCE:")[1].split()[0]) for entry in entries]

    seen = sequences()
    for _time in range(2):
        seats.release(fresh(seat), by=owner)
        undoing.undo(seat, ended=held.uuid, by=owner)
        seen += sequences()

    assert seen == sorted(set(seen))


def test_undone_twice_it_is_undone_once(owner, seat, held):
    seats.release(seat, by=owner)

    first, again = (undoing.undo(seat, ended=held.uuid, by=owner) for _time in range(2))

    assert first == again
    assert Deed.objects.filter(verb="seat.restored").count() == 1


def test_a_seat_taken_away_again_after_it_was_given_back_can_be_given_back_again(owner, seat, held):
    seats.release(seat, by=owner)
    undoing.undo(seat, ended=held.uuid, by=owner)
    everything_is_posted()
    seats.release(fresh(seat), by=owner)

    assert undoing.undo(seat, ended=held.uuid, by=owner).revision == 2


def test_the_replacement_deadline_does_not_close_what_is_undone(owner, seat, held):
    session = seat.session
    with clock.stopped_at(session.replacements_close_at - timedelta(minutes=2)):
        seats.release(seat, by=owner)
    with clock.stopped_at(session.replacements_close_at + timedelta(minutes=2)):
        undoing.undo(seat, ended=held.uuid, by=owner)

    assert fresh(seat).assignment == held


# --- who is told -----------------------------------------------------------------------------------------------------
def test_bad_news_that_had_not_left_is_withdrawn_and_nothing_more_is_said(owner, seat, benoit, held):
    everything_is_posted()
    seats.release(seat, by=owner)

    undoing.undo(seat, ended=held.uuid, by=owner)

    assert letters_to(benoit) == [("registration_confirmed", "sent"), ("seat_taken_away", "withdrawn")]


def test_bad_news_that_had_left_is_followed_by_the_confirmation(owner, seat, benoit, held):
    seats.release(seat, by=owner)
    everything_is_posted()

    undoing.undo(seat, ended=held.uuid, by=owner)

    assert letters_to(benoit)[-1] == ("registration_confirmed", "queued")


def test_bad_news_that_is_being_posted_counts_as_gone(owner, seat, benoit, held):
    everything_is_posted()
    seats.release(seat, by=owner)
    while worker.claim().kind != "letter.post":
        pass

    undoing.undo(seat, ended=held.uuid, by=owner)

    assert letters_to(benoit)[1:] == [("seat_taken_away", "queued"), ("registration_confirmed", "queued")]


def test_a_newcomer_who_heard_of_nothing_hears_nothing(owner, seat, luc, held):
    everything_is_posted()
    seats.replace(seat, luc, by=owner)
    undoing.undo(seat, ended=held.uuid, by=owner)

    worker.work_until_idle()

    assert letters_to(luc) == [("registration_confirmed", "withdrawn"), ("seat_taken_away", "withdrawn")]


def test_a_newcomer_who_was_told_learns_that_the_seat_is_gone(owner, seat, luc, held):
    seats.replace(seat, luc, by=owner)
    everything_is_posted()

    undoing.undo(seat, ended=held.uuid, by=owner)

    assert letters_to(luc) == [("registration_confirmed", "sent"), ("seat_taken_away", "queued")]


def test_a_confirmation_withdrawn_in_between_is_written_again(owner, seat, benoit, held):
    seats.release(seat, by=owner)
    worker.work_until_idle()
    assert letters_to(benoit) == [("registration_confirmed", "withdrawn"), ("seat_taken_away", "withdrawn")]

    undoing.undo(seat, ended=held.uuid, by=owner)

    assert letters_to(benoit)[-1] == ("registration_confirmed", "queued")


def test_a_session_that_moved_or_an_address_corrected_in_between_is_told(owner, seat, benoit, held):
    everything_is_posted()
    seats.release(seat, by=owner)
    people.correct(benoit, Newcomer("Benoît", "Roy", "benoit.roy@exemple.ca"), by=owner)
    undoing.undo(seat, ended=held.uuid, by=owner)
    assert Letter.objects.filter(kind="registration_confirmed").last().to_email == "benoit.roy@exemple.ca"

    everything_is_posted()
    seats.release(fresh(seat), by=owner)
    later = seat.session.starts_at + timedelta(days=1)
    catalogue.move(seat.session, later, later + timedelta(hours=7), by=None)
    undoing.undo(seat, ended=held.uuid, by=owner)
    assert Letter.objects.filter(kind="registration_confirmed", state="queued").count() == 1


def test_nobody_is_told_of_anything_without_an_address(owner, seat):
    alone = seats.assign(seat, a_person(owner, email=""), by=owner)
    seats.release(seat, by=owner)

    assert undoing.undo(seat, ended=alone.uuid, by=owner).in_force
    assert not Letter.objects.filter(assignment=alone).exists()


# --- refused ---------------------------------------------------------------------------------------------------------
def test_after_ten_minutes_it_is_too_late(owner, seat, held):
    seats.release(seat, by=owner)

    with clock.stopped_at(clock.now() + seats.UNDO_WINDOW), pytest.raises(undoing.TooLateToUndo) as refusal:
        undoing.undo(seat, ended=held.uuid, by=owner)

    assert "10 minutes" in str(refusal.value)
    assert fresh(seat).is_available


def test_a_seat_that_someone_took_stays_theirs(owner, seat, luc, held):
    seats.release(seat, by=owner)
    seats.assign(seat, luc, by=owner)

    with pytest.raises(undoing.TakenSince):
        undoing.undo(seat, ended=held.uuid, by=owner)


def test_a_newcomer_who_has_opened_the_course_stays(owner, seat, luc, held):
    seats.open_course(seats.replace(seat, luc, by=owner))

    with pytest.raises(undoing.NewcomerIsIn):
        undoing.undo(seat, ended=held.uuid, by=owner)

    assert fresh(seat).assignment.participant == luc


def test_a_former_holder_with_another_seat_in_the_session_does_not_get_two(owner, benoit):
    first, second = seats_bought(owner, a_session(), 2)
    held = seats.assign(first, benoit, by=owner)
    seats.release(first, by=owner)
    seats.assign(second, benoit, by=owner)

    with pytest.raises(undoing.SeatedElsewhere):
        undoing.undo(first, ended=held.uuid, by=owner)


def test_a_seat_given_back_stays_given_back(owner, seat, held):
    seats.release(seat, by=owner)
    order = seat.line.order
    agreed = propose_seats(order, [seat]).total_cents
    returns.give_back_seats(order, [seat], agreed_total_cents=agreed, by=owner)

    with pytest.raises(undoing.GivenBackSince):
        undoing.undo(seat, ended=held.uuid, by=owner)


def test_a_session_cancelled_or_started_stays_as_it_is(owner, seat, held):
    session = seat.session
    with clock.stopped_at(session.replacements_close_at - timedelta(minutes=1)):
        seats.release(seat, by=owner)
    Assignment.objects.update(undo_until=session.starts_at + timedelta(minutes=5))
    with clock.stopped_at(session.starts_at), pytest.raises(seats.SessionStarted):
        undoing.undo(seat, ended=held.uuid, by=owner)

    session.cancelled_at = clock.now()
    session.save()
    with pytest.raises(seats.SessionCancelled):
        undoing.undo(seat, ended=held.uuid, by=owner)


def test_a_person_archived_since_is_put_back_on_the_list_first(owner, seat, benoit, held):
    seats.release(seat, by=owner)
    people.archive(benoit, by=owner)
    with pytest.raises(undoing.LeftTheList):
        undoing.undo(seat, ended=held.uuid, by=owner)

    people.restore(benoit, by=owner)
    assert undoing.undo(seat, ended=held.uuid, by=owner).in_force


@pytest.mark.parametrize("ended", [uuid4(), None])
def test_only_what_was_released_on_purpose_on_this_seat_can_be_undone(owner, seat, held, ended):
    """Nothing else that ends a registration can be: it has an undo of its own, or none."""
    seats.end_registrations([held], by=owner)

    with pytest.raises(undoing.NothingToUndo):
        undoing.undo(seat, ended=ended or held.uuid, by=owner)


def test_a_form_sent_again_after_it_was_undone_does_not_pretend(owner, seat, luc, held):
    batch = uuid4()
    seats.replace(seat, luc, by=owner, batch=batch)
    undoing.undo(seat, ended=held.uuid, by=owner)

    with pytest.raises(seats.UndoneSince):
        seats.replace(fresh(seat), luc, by=owner, batch=batch)


def test_the_database_keeps_what_is_in_force_from_being_undone(held):
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=held.pk).update(undo_until=clock.now())
