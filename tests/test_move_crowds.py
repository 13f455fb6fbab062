"""Many people moving seats at once: a place is taken once, a seat goes one way, and nobody meets an error."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import moves, payments, returns, seats, swaps
from pupitre.models import Assignment, CourseSession, CreditNote, Order, Payment, Refund, Seat, SeatMove
from pupitre.queries import books
from pupitre.queries.moves import seats_in_force
from pupitre.queries.refunds import propose_seats
from tests.crowd import all_at_once, refusals
from tests.world import a_course, a_paid_order, a_person, a_provider, a_session, an_attempt, an_owner, says

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _the_books_agree():
    a_provider(refund_steps=[[24, 100]])
    yield
    assert books.disagreements() == []


@pytest.fixture
def course():
    return a_course(allows_moves=True)


@pytest.fixture
def session(course):
    return a_session(course, capacity=10)


@pytest.fixture
def later(course):
    return a_session(course, capacity=1, starts_at=clock.now() + timedelta(days=40))


def bought(owner, session, count=1) -> list[Seat]:
    order = a_paid_order(owner, (session, count))
    return list(seats_in_force(owner.establishment).filter(line__order=order))


def moving(seat, target, by, total=0):
    return lambda: moves.move([seat], target, agreed_total_cents=total, by=by)


def taken(session) -> int:
    return CourseSession.objects.get(pk=session.pk).taken


def test_the_last_place_is_taken_once(session, later):
    deeds = []
    for _ in range(4):
        owner = an_owner()
        deeds.append(moving(*bought(owner, session), later, owner))

    assert refusals(all_at_once(deeds)) == ["no_room"] * 3
    assert (taken(session), taken(later)) == (3, 1)


def test_the_same_form_four_times_moves_once(owner, session, later):
    (seat,) = bought(owner, session)

    assert refusals(all_at_once([moving(seat, later, owner)] * 4)) == []
    assert SeatMove.objects.count() == 1


def test_two_ways_at_once_and_the_credit_of_one(owner, course, session, later):
    (seat,) = bought(owner, session)
    cheaper = a_session(course, price_cents=10000)

    outcomes = all_at_once([moving(seat, later, owner), moving(seat, cheaper, owner, total=-2874)])

    assert refusals(outcomes) == ["seat_elsewhere"]
    assert (SeatMove.objects.count(), CreditNote.objects.count()) == (1, taken(cheaper))


def test_while_the_seat_is_given_back(owner, session, later):
    (seat,) = bought(owner, session)
    order = seat.line.order
    agreed = propose_seats(order, [seat]).total_cents

    outcomes = all_at_once(
        [
            moving(seat, later, owner),
            lambda: returns.give_back_seats(order, [seat], agreed_total_cents=agreed, by=owner),
        ]
    )

    assert refusals(outcomes) in ([], ["seat_already_given_back"])
    assert (taken(session), taken(later)) == (0, 0)


def test_while_its_holder_is_replaced_or_released(owner, session, later):
    (seat,) = bought(owner, session)
    seats.assign(seat, a_person(owner), by=owner)
    newcomer = a_person(owner)

    outcomes = all_at_once(
        [
            moving(seat, later, owner),
            lambda: seats.replace(seat, newcomer, by=owner),
            lambda: seats.release(seat, by=owner),
        ]
    )

    assert set(refusals(outcomes)) <= {"seat_elsewhere", "seat_not_assigned"}
    assert Seat.objects.get(pk=seat.pk).session == later


def test_while_its_holder_is_given_a_seat_there(owner, course, session):
    later = a_session(course, starts_at=clock.now() + timedelta(days=40))
    (seat,), (there,) = bought(owner, session), bought(owner, later)
    person = a_person(owner)
    seats.assign(seat, person, by=owner)

    outcomes = all_at_once([moving(seat, later, owner), lambda: seats.assign(there, person, by=owner)])

    assert len(refusals(outcomes)) == 1
    assert Assignment.objects.in_force().filter(session=later).count() == 1


def test_an_exchange_while_one_of_them_is_replaced(owner, session, later):
    (seat,), (other,) = bought(owner, session), bought(owner, later)
    holders = [seats.assign(each, a_person(owner), by=owner) for each in (seat, other)]
    newcomer = a_person(owner)
    leaving = (holders[0].uuid, holders[1].uuid)

    outcomes = all_at_once(
        [
            lambda: swaps.swap(seat, other, by=owner, leaving=leaving, from_session=session.code),
            lambda: seats.replace(other, newcomer, by=owner),
        ]
    )

    assert refusals(outcomes) in (["holder_changed"], ["seat_elsewhere"])
    assert (taken(session), taken(later)) == (1, 1)


def test_the_same_exchange_from_both_ends(owner, session, later):
    (seat,), (other,) = bought(owner, session), bought(owner, later)
    holders = [seats.assign(each, a_person(owner), by=owner).uuid for each in (seat, other)]

    outcomes = all_at_once(
        [
            lambda: swaps.swap(seat, other, by=owner, leaving=(holders[0], holders[1]), from_session=session.code),
            lambda: swaps.swap(other, seat, by=owner, leaving=(holders[1], holders[0]), from_session=later.code),
        ]
    )

    assert refusals(outcomes) == []
    assert Seat.objects.get(pk=seat.pk).session == later


# --- to a dearer session ---------------------------------------------------------------------------------------------
SUPPLEMENT = 2874


@pytest.fixture
def dearer(course):
    return a_session(course, capacity=2, price_cents=15000, starts_at=clock.now() + timedelta(days=50))


def asking(seat, target, by):
    return lambda: moves.order_supplement([seat], target, agreed_total_cents=SUPPLEMENT, by=by, language="fr-ca")


def paying(order):
    payment = an_attempt(order)
    return lambda: payments.apply(payment, says(payment))


def test_the_same_form_asks_for_one_supplement(owner, session, dearer):
    (seat,) = bought(owner, session)

    assert refusals(all_at_once([asking(seat, dearer, owner)] * 4)) == []
    assert (SeatMove.objects.pending().count(), taken(dearer)) == (1, 1)


def test_the_last_places_of_a_dearer_session_are_held_once(session, dearer):
    deeds = []
    for _ in range(4):
        owner = an_owner()
        deeds.append(asking(*bought(owner, session), dearer, owner))

    assert refusals(all_at_once(deeds)) == ["no_room"] * 2
    assert (taken(session), taken(dearer)) == (4, 2)


def test_asked_while_it_is_given_back_or_moved(owner, session, later, dearer):
    (seat,) = bought(owner, session)
    order = seat.line.order
    agreed = propose_seats(order, [seat]).total_cents

    outcomes = all_at_once(
        [
            asking(seat, dearer, owner),
            moving(seat, later, owner),
            lambda: returns.give_back_seats(order, [seat], agreed_total_cents=agreed, by=owner),
        ]
    )

    assert set(refusals(outcomes)) <= {"move_pending", "seat_elsewhere", "seat_already_given_back"}
    assert len(refusals(outcomes)) >= 1


def test_paid_while_its_seat_is_given_back_moved_or_replaced(owner, session, later, dearer):
    (seat,) = bought(owner, session)
    seats.assign(seat, a_person(owner), by=owner)
    supplement, newcomer = asking(seat, dearer, owner)(), a_person(owner)
    order = seat.line.order
    agreed = propose_seats(order, [seat]).total_cents

    outcomes = all_at_once(
        [
            paying(supplement),
            moving(seat, later, owner),
            lambda: seats.replace(seat, newcomer, by=owner),
            lambda: returns.give_back_seats(order, [seat], agreed_total_cents=agreed, by=owner),
        ]
    )

    assert set(refusals(outcomes)) <= {"move_pending", "seat_elsewhere", "seat_already_given_back", "holder_changed"}
    supplement.refresh_from_db()
    assert supplement.is_paid
    assert SeatMove.objects.done().filter(order=supplement).count() == 1


def test_paid_after_it_expired_while_its_seat_is_given_back(owner, session, dearer):
    """Either the seat moves, then goes back from there; or it goes back, and so does the money of the supplement."""
    (seat,) = bought(owner, session)
    supplement = asking(seat, dearer, owner)()
    with clock.stopped_at(supplement.hold_until + timedelta(minutes=1)):
        payments.expire(supplement)
    order = seat.line.order
    agreed = propose_seats(order, [seat]).total_cents

    outcomes = all_at_once(
        [
            paying(supplement),
            lambda: returns.give_back_seats(order, [seat], agreed_total_cents=agreed, by=owner),
        ]
    )

    assert refusals(outcomes) == []
    supplement.refresh_from_db()
    returned = Refund.objects.filter(payment__order=supplement, payment__disposition=Payment.Disposition.SURPLUS)
    assert supplement.is_paid != returned.exists()
    assert (taken(session), taken(dearer)) == (0, 0)


def test_paid_after_they_expired_while_others_go_the_same_way(course, session):
    """Its price came down since: some pay what they were asked, others move for nothing, by the same way."""
    there = a_session(course, capacity=10, price_cents=15000, starts_at=clock.now() + timedelta(days=50))
    waiting, going = [], []
    for _ in range(3):
        late, other = an_owner(), an_owner()
        waiting.append(asking(bought(late, session)[0], there, late)())
        going.append(moving(bought(other, session)[0], there, other))
    with clock.stopped_at(waiting[0].hold_until + timedelta(minutes=1)):
        for supplement in waiting:
            payments.expire(supplement)
    CourseSession.objects.filter(pk=there.pk).update(price_cents=None)

    outcomes = all_at_once([deed for pair in zip(map(paying, waiting), going, strict=True) for deed in pair])

    assert refusals(outcomes) == []
    assert (taken(session), taken(there)) == (0, 6)


def test_paid_while_it_is_cancelled(owner, session, dearer):
    (seat,) = bought(owner, session)
    supplement = asking(seat, dearer, owner)()

    all_at_once([paying(supplement), lambda: payments.expire(Order.objects.get(pk=supplement.pk))])

    supplement.refresh_from_db()
    assert supplement.is_paid
    assert (taken(session), taken(dearer)) == (0, 1)


def test_paid_while_its_holder_is_given_a_seat_there(owner, session, dearer):
    (seat,), (there,) = bought(owner, session), bought(owner, dearer)
    person = a_person(owner)
    seats.assign(seat, person, by=owner)
    supplement = asking(seat, dearer, owner)()

    outcomes = all_at_once([paying(supplement), lambda: seats.assign(there, person, by=owner)])

    supplement.refresh_from_db()
    assert len(refusals(outcomes)) == (1 if supplement.is_paid else 0)
    assert Assignment.objects.in_force().filter(session=dearer).count() == 1
