"""Who may take a seat, until when, and what becomes of codes and letters."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from pupitre import clock, codes
from pupitre.actions import people, seats
from pupitre.actions.people import Newcomer
from pupitre.actions.throttles import TooManyAttempts
from pupitre.models import Assignment, Deed, Letter, Participant, Seat
from tests.counting import questions
from tests.world import a_course, a_person, a_provider, a_seat, a_session, an_owner, seats_bought

pytestmark = pytest.mark.django_db
TORONTO = ZoneInfo("America/Toronto")


@pytest.fixture
def owner():
    a_provider()
    return an_owner()


@pytest.fixture
def session():
    return a_session()


def fresh(seat: Seat) -> Seat:
    return Seat.objects.with_holders().get(pk=seat.pk)


def letters() -> list[tuple[str, str]]:
    """What is to be posted after a purchase, to whom."""
    return [(letter.kind, letter.to_email) for letter in Letter.objects.exclude(kind="order_paid")]


# --- assign ----------------------------------------------------------------------------------------------------------
def test_a_person_gets_the_seat_a_code_and_a_letter(owner):
    seat, benoit = a_seat(owner), a_person(owner)

    assignment = seats.assign(seat, benoit, by=owner)

    assert fresh(seat).assignment.participant == benoit
    assert codes.typed(assignment.access_code)
    assert letters() == [("registration_confirmed", benoit.email)]
    assert [deed.verb for deed in Deed.objects.filter(seat=seat)] == ["seat.assigned"]


def test_a_person_without_an_address_gets_the_seat_and_no_letter(owner):
    seat, benoit = a_seat(owner), a_person(owner, email="")

    seats.assign(seat, benoit, by=owner)

    assert fresh(seat).state == "assigned"
    assert letters() == []


def test_a_new_person_joins_the_list(owner):
    assignment = seats.assign(a_seat(owner), Newcomer("Élise", "Bouchard", "elise@exemple.ca"), by=owner)

    assert list(Participant.objects.of(owner.establishment)) == [assignment.participant]


def test_a_seat_someone_holds_is_not_given_again(owner, session):
    seat = a_seat(owner, session)
    seats.assign(seat, a_person(owner), by=owner)

    with pytest.raises(seats.SeatTaken):
        seats.assign(seat, a_person(owner, "Luc"), by=owner)


def test_nobody_sits_twice_in_a_session(owner, session):
    first, second = seats_bought(owner, session, 2)
    benoit = a_person(owner)
    seats.assign(first, benoit, by=owner)

    with pytest.raises(seats.AlreadySeated, match="Benoît Roy"):
        seats.assign(second, benoit, by=owner)


def test_the_same_person_twice_in_one_choice_is_refused_whole(owner, session):
    seats_bought(owner, session, 2)
    benoit = a_person(owner)

    with pytest.raises(seats.AlreadySeated):
        seats.assign_several(session, owner.establishment, [benoit, benoit], by=owner)

    assert Assignment.objects.count() == 0


def test_several_people_are_seated_together_or_not_at_all(owner, session):
    seats_bought(owner, session, 2)
    three = [a_person(owner, name) for name in ("Ana", "Benoît", "Chantal")]

    with pytest.raises(seats.NotEnoughSeats):
        seats.assign_several(session, owner.establishment, three, by=owner)
    assert Assignment.objects.count() == 0

    made = seats.assign_several(session, owner.establishment, three[:2], by=owner)
    assert [assignment.participant for assignment in made] == three[:2]
    with pytest.raises(seats.NoSeatLeft):
        seats.assign_several(session, owner.establishment, three[2:], by=owner)


def test_the_person_of_another_establishment_is_refused(owner, session):
    seat = a_seat(owner, session)
    stranger = a_person(an_owner("École du Boisé"))

    for attempt in (
        lambda: seats.assign(seat, stranger, by=owner),
        lambda: seats.assign_several(session, owner.establishment, [stranger], by=owner),
    ):
        with pytest.raises(seats.NotOnTheList):
            attempt()
    seats.assign(seat, a_person(owner), by=owner)
    with pytest.raises(seats.NotOnTheList):
        seats.replace(seat, stranger, by=owner)
    assert fresh(seat).assignment.participant.name == "Benoît Roy"


def test_the_owner_takes_a_seat_once(owner, session):
    seats_bought(owner, session, 2)

    assignment = seats.assign_to_oneself(session, owner.establishment, by=owner)

    assert assignment.participant.user == owner
    assert assignment.participant.email == owner.email
    with pytest.raises(seats.AlreadySeatedOneself):
        seats.assign_to_oneself(session, owner.establishment, by=owner)


def test_an_owner_in_the_archives_who_takes_a_seat_is_back_on_the_list(owner, session):
    seats_bought(owner, session, 1)
    people.archive(people.on_the_list(owner.establishment, owner), by=owner)

    assignment = seats.assign_to_oneself(session, owner.establishment, by=owner)

    assert list(Participant.objects.current()) == [assignment.participant]
    assert Deed.objects.filter(verb="participant.restored").count() == 1


def test_a_person_archived_while_the_page_was_open_gets_no_seat(owner, session):
    seat, benoit = seats_bought(owner, session, 1)[0], a_person(owner)
    people.archive(Participant.objects.get(pk=benoit.pk), by=owner)

    for give in (
        lambda: seats.assign(seat, benoit, by=owner),
        lambda: seats.assign_several(session, owner.establishment, [benoit], by=owner),
    ):
        with pytest.raises(people.IsArchived, match="Benoît Roy"):
            give()
    assert not Assignment.objects.exists()


def test_the_same_form_twice_assigns_once(owner, session):
    seats_bought(owner, session, 4)
    benoit, luc, form = a_person(owner), a_person(owner, "Luc"), uuid4()

    once = seats.assign_several(session, owner.establishment, [benoit, luc], by=owner, batch=form)
    again = seats.assign_several(session, owner.establishment, [benoit, luc], by=owner, batch=form)

    assert again == once
    assert len(letters()) == 2


def test_assigning_asks_as_many_questions_for_one_as_for_three(owner, session):
    seats_bought(owner, session, 8)
    counts = []
    for number in (1, 3):
        chosen = [a_person(owner, f"Prénom{index}") for index in range(number)]
        with questions() as asked:
            seats.assign_several(session, owner.establishment, chosen, by=owner, batch=uuid4())
        counts.append(len(asked))

    assert counts[0] == counts[1]
    assert counts[0] <= 12


@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (0, False), (1, False)])
def test_a_free_seat_is_assigned_until_the_session_starts(owner, session, seconds, is_open):
    seat, benoit = a_seat(owner, session), a_person(owner)

    with clock.stopped_at(session.starts_at + timedelta(seconds=seconds)):
        if is_open:
            assert seats.assign(seat, benoit, by=owner).in_force
        else:
            with pytest.raises(seats.SessionStarted, match="Formations du Fleuve"):
                seats.assign(seat, benoit, by=owner)


def test_a_cancelled_session_takes_nobody_in_and_lets_nobody_go(owner, session):
    held, free = seats_bought(owner, session, 2)
    seats.assign(held, a_person(owner), by=owner)
    session.cancelled_at = clock.now()
    session.save()

    with pytest.raises(seats.SessionCancelled):
        seats.assign(free, a_person(owner, "Luc"), by=owner)
    with pytest.raises(seats.SessionCancelled):
        seats.release(held, by=owner)


def test_the_database_itself_refuses_two_holders(owner, session):
    seat = a_seat(owner, session)
    first = seats.assign(seat, a_person(owner), by=owner)

    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(
            seat=seat, session=session, participant=a_person(owner, "Luc"), code_fingerprint=f"{first.uuid}"
        )


# --- replace, release ------------------------------------------------------------------------------------------------
def test_replacing_seats_the_newcomer_and_kills_the_former_code(owner):
    seat, benoit, luc = a_seat(owner), a_person(owner), a_person(owner, "Luc", "Bélanger")
    former = seats.assign(seat, benoit, by=owner)

    newer = seats.replace(seat, luc, by=owner)

    assert [each.participant for each in fresh(seat).assignments.all()] == [benoit, luc]
    assert fresh(seat).assignment == newer
    assert newer.access_code != former.access_code
    with pytest.raises(seats.CodeReplaced):
        seats.find_by_code(former.access_code, address="192.0.2.1")
    assert seats.find_by_code(newer.access_code, address="192.0.2.1") == newer
    assert letters() == [
        ("registration_confirmed", benoit.email),
        ("seat_taken_away", benoit.email),
        ("registration_confirmed", luc.email),
    ]


def test_releasing_makes_the_seat_available_again(owner):
    seat, benoit, luc = a_seat(owner), a_person(owner), a_person(owner, "Luc")
    seats.assign(seat, benoit, by=owner)

    seats.release(seat, by=owner)

    assert (fresh(seat).state, fresh(seat).is_available) == ("released", True)
    assert seats.assign(seat, luc, by=owner).participant == luc


def test_nobody_is_released_from_an_empty_seat(owner):
    with pytest.raises(seats.SeatNotAssigned):
        seats.release(a_seat(owner), by=owner)


def test_the_holder_is_not_replaced_by_themself(owner):
    seat, benoit = a_seat(owner), a_person(owner)
    seats.assign(seat, benoit, by=owner)

    with pytest.raises(seats.SamePerson):
        seats.replace(seat, benoit, by=owner)


def test_a_replacement_refused_leaves_everything_as_it_was(owner, session):
    seat, other = seats_bought(owner, session, 2)
    benoit, luc = a_person(owner), a_person(owner, "Luc")
    seats.assign(seat, benoit, by=owner)
    seats.assign(other, luc, by=owner)
    written = len(letters())

    with pytest.raises(seats.AlreadySeated):
        seats.replace(seat, luc, by=owner)

    assert fresh(seat).assignment.participant == benoit
    assert len(letters()) == written


def test_the_same_replacement_twice_replaces_once(owner):
    seat, luc, form = a_seat(owner), a_person(owner, "Luc"), uuid4()
    seats.assign(seat, a_person(owner), by=owner)

    once = seats.replace(seat, luc, by=owner, batch=form)
    again = seats.replace(seat, luc, by=owner, batch=form)

    assert again == once
    assert fresh(seat).assignments.count() == 2


def test_a_decision_about_someone_who_left_meanwhile_is_refused(owner):
    seat, luc, ana = a_seat(owner), a_person(owner, "Luc"), a_person(owner, "Ana")
    shown = seats.assign(seat, a_person(owner), by=owner)
    seats.replace(seat, luc, by=owner)

    with pytest.raises(seats.HolderChanged, match="Luc"):
        seats.replace(seat, ana, by=owner, leaving=shown.uuid)
    with pytest.raises(seats.HolderChanged):
        seats.release(seat, by=owner, leaving=shown.uuid)

    assert fresh(seat).assignment.participant == luc


@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (0, False), (1, False)])
def test_replacement_closes_24_hours_before_the_session(owner, session, seconds, is_open):
    first, second = seats_bought(owner, session, 2)
    seats.assign(first, a_person(owner, "Ana"), by=owner)
    seats.assign(second, a_person(owner, "Benoît"), by=owner)

    with clock.stopped_at(session.starts_at - timedelta(hours=24) + timedelta(seconds=seconds)):
        if is_open:
            assert seats.replace(first, a_person(owner, "Luc"), by=owner).in_force
            assert not seats.release(second, by=owner).in_force
        else:
            with pytest.raises(seats.TooLateToReplace):
                seats.replace(first, a_person(owner, "Luc"), by=owner)
            with pytest.raises(seats.TooLateToReplace):
                seats.release(second, by=owner)


@pytest.mark.parametrize(("at", "is_open"), [((9, 59, 59), True), ((10, 0, 0), False)])
def test_24_hours_are_elapsed_hours_when_the_clocks_change(owner, at, is_open):
    with clock.stopped_at(datetime(2026, 10, 1, tzinfo=UTC)):
        session = a_session(starts_at=datetime(2026, 11, 1, 9, tzinfo=TORONTO))
        seat = a_seat(owner, session)
        seats.assign(seat, a_person(owner), by=owner)

    with clock.stopped_at(datetime(2026, 10, 31, *at, tzinfo=TORONTO)):
        if is_open:
            assert not seats.release(seat, by=owner).in_force
        else:
            with pytest.raises(seats.TooLateToReplace, match="31\xa0octobre\xa02026, à 10\xa0h"):
                seats.release(seat, by=owner)


def test_a_course_may_close_replacements_earlier(owner):
    session = a_session(a_course(replacement_hours=72))
    seat = a_seat(owner, session)
    seats.assign(seat, a_person(owner), by=owner)

    with clock.stopped_at(session.starts_at - timedelta(hours=72)), pytest.raises(seats.TooLateToReplace):
        seats.release(seat, by=owner)


# --- correct, resend -------------------------------------------------------------------------------------------------
def test_correcting_an_address_keeps_the_code_and_writes_again(owner):
    seat, benoit = a_seat(owner), a_person(owner, email="benoit@exmple.ca")
    code = seats.assign(seat, benoit, by=owner).access_code

    people.correct(benoit, Newcomer("Benoit", "Roy", "benoit@exemple.ca"), by=owner, seat=seat)

    assert fresh(seat).assignment.access_code == code
    assert fresh(seat).assignment.participant.name == "Benoit Roy"
    assert letters() == [
        ("registration_confirmed", "benoit@exmple.ca"),
        ("registration_confirmed", "benoit@exemple.ca"),
    ]


def test_correcting_a_name_is_possible_after_the_deadline_and_writes_nothing(owner, session):
    seat, benoit = a_seat(owner, session), a_person(owner)
    seats.assign(seat, benoit, by=owner)

    with clock.stopped_at(session.starts_at - timedelta(hours=1)):
        people.correct(benoit, Newcomer("Benoit", "Roy", benoit.email), by=owner, seat=seat)

    assert fresh(seat).assignment.participant.first_name == "Benoit"
    assert len(letters()) == 1


def test_the_letter_is_sent_again_after_a_pause(owner):
    assignment = seats.assign(a_seat(owner), a_person(owner), by=owner)

    with pytest.raises(seats.SentTooRecently):
        seats.resend(assignment, by=owner)
    with clock.stopped_at(clock.now() + seats.RESEND_PAUSE + timedelta(seconds=1)):
        seats.resend(assignment, by=owner)
        with pytest.raises(seats.SentTooRecently):
            seats.resend(assignment, by=owner)

    assert [kind for kind, _email in letters()] == ["registration_confirmed"] * 2


def test_nothing_is_sent_again_to_someone_who_left_or_has_no_address(owner, session):
    first, second = seats_bought(owner, session, 2)
    left = seats.assign(first, a_person(owner), by=owner)
    seats.release(first, by=owner)
    silent = seats.assign(second, a_person(owner, "Luc", email=""), by=owner)

    with pytest.raises(seats.SeatNotAssigned):
        seats.resend(left, by=owner)
    with pytest.raises(seats.NoAddress):
        seats.resend(silent, by=owner)


# --- the participant's code ------------------------------------------------------------------------------------------
def test_a_code_is_read_whatever_its_case_spaces_and_dashes(owner):
    assignment = seats.assign(a_seat(owner), a_person(owner), by=owner)
    typed = f"  {assignment.access_code.lower().replace('-', ' ')} "

    assert seats.find_by_code(typed, address="192.0.2.1") == assignment


def test_a_typo_is_told_from_a_code_that_opens_nothing(owner):
    code = seats.assign(a_seat(owner), a_person(owner), by=owner).access_code
    typo = ("3" if code[0] == "2" else "2") + code[1:]

    with pytest.raises(seats.CodeMistyped):
        seats.find_by_code(typo, address="192.0.2.1")
    with pytest.raises(seats.CodeUnknown):
        seats.find_by_code(codes.access_code(str(uuid4())), address="192.0.2.1")


def test_guessing_stops_after_ten_tries_from_one_address(owner):
    code = seats.assign(a_seat(owner), a_person(owner), by=owner).access_code
    for _try in range(seats.CODE_TRIES_PER_ADDRESS):
        with pytest.raises(seats.CodeMistyped):
            seats.find_by_code("K7QF", address="192.0.2.1")

    with pytest.raises(TooManyAttempts):
        seats.find_by_code(code, address="192.0.2.1")
    assert seats.find_by_code(code, address="192.0.2.2").access_code == code
    with clock.stopped_at(clock.now() + seats.CODE_WINDOW + timedelta(seconds=1)):
        assert seats.find_by_code(code, address="192.0.2.1").access_code == code


def test_opening_a_course_is_noted_once(owner):
    assignment = seats.assign(a_seat(owner), a_person(owner), by=owner)

    first = seats.open_course(assignment, certificate_name="Benoît J. Roy")
    second = seats.open_course(assignment)

    assert (second.opened_at, second.certificate_name) == (first.opened_at, "Benoît J. Roy")
    assert Deed.objects.filter(verb="seat.opened").count() == 1


def test_a_released_registration_opens_nothing(owner):
    seat = a_seat(owner)
    assignment = seats.assign(seat, a_person(owner), by=owner)
    seats.release(seat, by=owner)

    with pytest.raises(seats.CodeReplaced):
        seats.open_course(assignment)
