"""The letter to someone whose registration goes to another session: both dates, the same code, a calendar entry."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import moves, seats
from pupitre.mail import delivery
from pupitre.models import Letter
from tests.world import a_course, a_person, a_provider, a_seat, a_session, an_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """Someone registered, who is moved to a later session."""
    a_provider()
    owner, course = an_owner(), a_course(allows_moves=True)
    session = a_session(course)
    later = a_session(course, starts_at=session.starts_at + timedelta(days=7), venue="Salle du port")
    holder = seats.assign(a_seat(owner, session), a_person(owner), by=owner)
    moves.move([holder.seat], later, agreed_total_cents=0, by=owner)
    return Letter.objects.get(kind="registration_moved")


def test_it_says_both_dates_and_the_code_and_encloses_what_has_changed(told):
    message = delivery.compose(told)

    assert "Ancienne date" in message.body
    assert "Salle du port" in message.body
    assert told.assignment.access_code in message.body
    assert [part.get_content_type() for part in message.attachments] == ["application/pdf", "text/calendar"]
    assert "SEQUENCE:2" in message.attachments[1].get_payload(decode=True).decode()


def test_it_is_withdrawn_when_the_seat_went_to_someone_else(told):
    assert delivery.is_still_true(told)

    seats.release(told.assignment.seat, by=told.assignment.seat.line.order.placed_by)

    told.refresh_from_db()
    assert not delivery.is_still_true(told)


def test_a_second_move_makes_the_first_letter_useless(told):
    seat, owner = told.assignment.seat, told.assignment.seat.line.order.placed_by
    third = a_session(seat.session.course, starts_at=clock.now() + timedelta(days=60))

    moves.move([seat], third, agreed_total_cents=0, by=owner)

    assert not delivery.is_still_true(told)
    assert delivery.is_still_true(Letter.objects.filter(kind="registration_moved").latest("pk"))
