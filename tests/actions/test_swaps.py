"""Two people who exchange their sessions: one deed, no place and no money moves, both keep their codes."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import seats, swaps
from pupitre.models import (
    Assignment,
    CourseSession,
    CreditNote,
    Deed,
    Dispute,
    Letter,
    MemberPrice,
    Order,
    Seat,
    SeatMove,
)
from pupitre.queries import books
from pupitre.queries.moves import seats_in_force
from pupitre.refusals import Refused
from tests.world import a_course, a_paid_order, a_person, a_session, an_owner, members

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def course():
    return a_course(allows_moves=True)


@pytest.fixture
def sooner(course):
    return a_session(course, capacity=2)


@pytest.fixture
def later(course):
    """Full."""
    return a_session(course, capacity=1, starts_at=clock.now() + timedelta(days=40))


def a_holder(owner, session, first_name="Benoît", **facts) -> Assignment:
    order = a_paid_order(owner, (session, 1))
    return seats.assign(Seat.objects.get(line__order=order), a_person(owner, first_name, **facts), by=owner)


@pytest.fixture
def benoit(owner, sooner):
    return a_holder(owner, sooner)


@pytest.fixture
def marie(owner, later):
    return a_holder(owner, later, "Marie")


def own(holder: Assignment) -> Seat:
    return seats_in_force(holder.seat.establishment).get(pk=holder.seat_id)


def swap(one: Assignment, other: Assignment, by, **shown) -> None:
    facts = {"leaving": (one.uuid, other.uuid), "from_session": one.seat.session.code} | shown
    swaps.swap(own(one), own(other), by=by, **facts)


def refused_as(deed) -> str:
    with pytest.raises(Refused) as refusal:
        deed()
    return refusal.value.code


def session_of(holder: Assignment) -> CourseSession:
    return Assignment.objects.get(pk=holder.pk).session


def test_each_seat_takes_the_place_of_the_other_with_its_holder(owner, sooner, later, benoit, marie):
    swap(benoit, marie, owner)

    assert (session_of(benoit), session_of(marie)) == (later, sooner)
    assert {seat.pk: seat.session for seat in Seat.objects.all()} == {benoit.seat_id: later, marie.seat_id: sooner}
    assert list(CourseSession.objects.order_by("pk").values_list("taken", flat=True)) == [1, 1]
    assert (Assignment.objects.count(), CreditNote.objects.count(), Order.objects.count()) == (2, 0, 2)
    assert books.disagreements() == []


def test_both_keep_their_codes_and_are_told(owner, later, benoit, marie):
    swap(benoit, marie, owner)

    assert seats.find_by_code(benoit.access_code, address="192.0.2.1").session == later
    told = Letter.objects.filter(kind="registration_moved")
    assert {letter.assignment for letter in told} == {benoit, marie}
    assert Deed.objects.filter(verb="seat.swapped", by=owner).count() == 2


def test_the_same_form_twice_exchanges_once(owner, later, benoit, marie):
    seat, other = own(benoit), own(marie)
    facts = {"leaving": (benoit.uuid, marie.uuid), "from_session": benoit.seat.session.code}
    swaps.swap(seat, other, by=owner, **facts)

    swaps.swap(own(benoit), own(marie), by=owner, **facts)

    assert (session_of(benoit), SeatMove.objects.count()) == (later, 2)


def test_and_back_again(owner, sooner, benoit, marie):
    swap(benoit, marie, owner)
    swap(Assignment.objects.get(pk=benoit.pk), marie, owner)

    assert session_of(benoit) == sooner
    assert books.disagreements() == []


def test_those_of_other_sessions_are_offered(owner, course, later, benoit, marie):
    a_holder(owner, a_session(), "Ailleurs")
    a_holder(an_owner(), a_session(course), "Étrangère")

    assert [offer.seat.assignment for offer in swaps.candidates(own(benoit))] == [marie]


def test_those_of_sessions_that_are_over_or_cancelled_are_not(owner, course, benoit, marie):
    over, cancelled = a_session(course), a_session(course)
    for session in (over, cancelled):
        a_holder(owner, session, "Ancien")
    long_ago = clock.now() - timedelta(days=400)
    CourseSession.objects.filter(pk=over.pk).update(starts_at=long_ago, ends_at=long_ago + timedelta(hours=7))
    CourseSession.objects.filter(pk=cancelled.pk).update(cancelled_at=clock.now())

    assert [offer.seat.assignment for offer in swaps.candidates(own(benoit))] == [marie]


def test_two_sessions_at_the_price_of_members_are_alike(owner, course, sooner, benoit):
    CourseSession.objects.filter(pk=sooner.pk).update(price_cents=11000)
    MemberPrice.objects.create(course=course, group=members(owner), price_cents=9900)
    other = a_holder(owner, a_session(course), "Marie")

    swap(benoit, other, owner)

    assert session_of(other) == sooner


class TestRefusals:
    @pytest.mark.parametrize(
        ("facts", "code"),
        [({"price_cents": 20000}, "prices_differ"), ({"province": "ON", "city": "Ottawa"}, "taxes_differ")],
    )
    def test_sessions_that_do_not_cost_the_same(self, owner, course, benoit, facts, code):
        other = a_holder(owner, a_session(course, **facts), "Marie")

        assert refused_as(lambda: swap(benoit, other, owner)) == code
        assert [offer.refusal.code for offer in swaps.candidates(own(benoit))] == [code]

    def test_someone_of_the_same_session(self, owner, sooner, benoit):
        other = a_holder(owner, sooner, "Marie")

        assert refused_as(lambda: swap(benoit, other, owner)) == "not_an_exchange"

    def test_another_course(self, owner, benoit):
        other = a_holder(owner, a_session(a_course(allows_moves=True)), "Marie")

        assert refused_as(lambda: swap(benoit, other, owner)) == "not_an_exchange"

    def test_someone_of_another_establishment(self, owner, later, benoit):
        stranger = a_holder(an_owner(), later, "Étrangère")

        assert refused_as(lambda: swap(benoit, stranger, owner)) == "not_an_exchange"

    def test_where_the_provider_does_not_let_owners_move(self, owner, course, benoit, marie):
        course.allows_moves = False
        course.save()

        assert refused_as(lambda: swap(benoit, marie, owner)) == "moves_not_allowed"

    @pytest.mark.parametrize("hours", [24, 23, 1])
    def test_too_late_for_either_of_them(self, owner, sooner, benoit, marie, hours):
        with clock.stopped_at(sooner.starts_at - timedelta(hours=hours)):
            assert refused_as(lambda: swap(marie, benoit, owner)) == "too_late_to_replace"

    def test_a_seat_that_changed_hands(self, owner, benoit, marie):
        seats.replace(own(marie), a_person(owner), by=owner)

        assert refused_as(lambda: swap(benoit, marie, owner)) == "holder_changed"

    def test_a_seat_that_nobody_holds_any_more(self, owner, benoit, marie):
        seats.release(own(marie), by=owner)

        assert refused_as(lambda: swap(benoit, marie, owner)) == "seat_not_assigned"

    def test_someone_who_would_have_two_seats_there(self, owner, sooner, benoit, marie):
        order = a_paid_order(owner, (sooner, 1))
        seats.assign(Seat.objects.get(line__order=order), marie.participant, by=owner)

        assert refused_as(lambda: swap(benoit, marie, owner)) == "holder_already_there"

    def test_an_order_that_its_buyer_contests(self, owner, benoit, marie):
        paid = marie.seat.line.order.payment
        Dispute.objects.create(payment=paid, provider_reference="dp_1", status="open", amount_cents=100)

        assert refused_as(lambda: swap(benoit, marie, owner)) == "payment_disputed"

    def test_nothing_is_done_by_halves(self, owner, sooner, benoit, marie):
        seats.replace(own(marie), a_person(owner), by=owner)

        assert refused_as(lambda: swap(benoit, marie, owner)) == "holder_changed"
        assert (session_of(benoit), SeatMove.objects.count()) == (sooner, 0)
        assert books.disagreements() == []
