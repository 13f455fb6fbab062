"""Many people at once: nothing is sold twice, delivered twice or lost, and nobody meets an error.

Real threads, each with its own connection. The last class shows what these tests would see without the rule.
"""

import threading
import time
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connection, transaction

from pupitre import clock, gateways
from pupitre.actions import carts, checkout, claim_links, orders, payments, people, seat_claims, seats
from pupitre.models import (
    Assignment,
    ClaimLink,
    CourseSession,
    Establishment,
    Letter,
    Membership,
    Order,
    Participant,
    Payment,
    Refund,
    Seat,
    SeatClaim,
)
from pupitre.queries import books
from pupitre.refusals import Refused
from tests.crowd import all_at_once, refusals
from tests.world import (
    a_cart,
    a_person,
    a_session,
    an_attempt,
    an_order,
    an_owner,
    net_of,
    says,
    seats_bought,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider")]

SAYING_NO = {"session_full", "not_enough_seats_left", "one_seat_left", "seats_gone"}
on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="about PostgreSQL: SQLite lets one transaction write at a time"
)


def buyers_of(session, quantities):
    """As many buyers as quantities, each with a full cart, ready to press the button."""

    def ready(quantity):
        owner = an_owner()
        cart = a_cart(owner, (session, quantity))
        establishment = owner.establishment
        net = net_of(cart)
        return lambda: orders.place(cart, establishment, by=owner, language="fr-ca", agreed_net_cents=net)

    return [ready(quantity) for quantity in quantities]


def sold(session):
    session.refresh_from_db()
    return session.taken


class TestTheRushForSeats:
    def test_a_hundred_buyers_of_sixty_seats(self):
        session = a_session(capacity=60)

        outcomes = all_at_once(buyers_of(session, [1] * 100))

        assert sold(session) == 60
        assert Order.objects.count() == 60
        assert len(refusals(outcomes)) == 40
        assert set(refusals(outcomes)) <= SAYING_NO
        assert books.disagreements() == []

    @pytest.mark.parametrize("round_", range(3))
    def test_sixty_four_buyers_of_one_to_five_seats_when_there_are_fifty(self, round_):
        session = a_session(capacity=50)
        quantities = [1 + number % 5 for number in range(64)]

        outcomes = all_at_once(buyers_of(session, quantities))

        refused = [wanted for wanted, outcome in zip(quantities, outcomes, strict=True) if isinstance(outcome, Refused)]
        assert set(refusals(outcomes)) <= SAYING_NO
        assert sum(quantities) - sum(refused) == sold(session) <= 50
        assert sold(session) > 50 - min(refused), "a seat stays unsold only when nobody refused would have fitted"
        assert books.disagreements() == []

    def test_buyers_of_two_sessions_in_opposite_orders_do_not_wait_for_one_another(self):
        first, second = a_session(capacity=30), a_session(capacity=30)

        def buyer(*sessions):
            owner = an_owner()
            cart = a_cart(owner, *[(session, 1) for session in sessions])
            return lambda: orders.place(
                cart, owner.establishment, by=owner, language="fr-ca", agreed_net_cents=2 * 12500
            )

        outcomes = all_at_once([buyer(first, second) if n % 2 else buyer(second, first) for n in range(24)])

        assert refusals(outcomes) == []
        assert (sold(first), sold(second)) == (24, 24)

    def test_one_cart_ordered_from_ten_windows_is_one_order(self, owner):
        session = a_session(capacity=10)
        cart = a_cart(owner, (session, 3))

        outcomes = all_at_once(
            [lambda: orders.place(cart, owner.establishment, by=owner, language="fr-ca", agreed_net_cents=3 * 12500)]
            * 10
        )

        assert set(outcomes) == {Order.objects.get()}
        assert sold(session) == 3

    def test_seats_given_back_and_taken_at_the_same_time(self):
        session = a_session(capacity=20)
        buyers = buyers_of(session, [2] * 10)
        old = [an_order(an_owner(), (session, 2)) for _ in range(10)]
        Order.objects.update(hold_until=clock.now() - timedelta(seconds=1))

        all_at_once([lambda order=order: payments.expire(order) for order in old] + buyers)

        assert Order.objects.filter(status=Order.Status.EXPIRED).count() == 10
        assert sold(session) == 2 * Order.objects.filter(status=Order.Status.AWAITING_PAYMENT).count()
        assert books.disagreements() == []

    @on_postgresql
    def test_an_old_order_coming_back_while_its_cart_is_ordered_again(self, owner, monkeypatch):
        """Both want the cart and the session: whoever has the first also gets the second."""
        session = a_session(capacity=10)
        old = an_order(owner, (session, 2))
        payment = an_attempt(old)
        payments.apply(payment, says(payment, gateways.Standing.CLOSED))
        with clock.stopped_at(old.hold_until + timedelta(seconds=1)):
            payments.expire(old)
        cart_is_locked, look = threading.Event(), orders._check

        def take_our_time(wishes):
            look(wishes)
            cart_is_locked.set()
            time.sleep(0.3)

        def pay_late():
            cart_is_locked.wait(5)
            payments.apply(payment, says(payment))

        monkeypatch.setattr(orders, "_check", take_our_time)
        cart = owner.cart
        outcomes = all_at_once(
            [
                lambda: orders.place(cart, owner.establishment, by=owner, language="fr-ca", agreed_net_cents=25000),
                pay_late,
            ]
        )

        assert refusals(outcomes) == []
        assert sold(session) == 4
        assert sorted(Order.objects.values_list("status", flat=True)) == ["awaiting_payment", "paid"]
        assert books.disagreements() == []


class TestMoneyToldByEveryoneAtOnce:
    def test_three_notices_of_one_payment_deliver_once(self, owner):
        order = an_order(owner, (a_session(), 3))
        payment = an_attempt(order)

        all_at_once([lambda: payments.apply(payment, says(payment))] * 3)

        assert (Seat.objects.count(), Letter.objects.count(), Refund.objects.count()) == (3, 1, 0)
        assert books.disagreements() == []

    def test_two_payments_of_one_order_deliver_once_and_give_one_back(self, owner):
        order = an_order(owner, (a_session(), 3))
        first = an_attempt(order, status=Payment.Status.CLOSED)
        second = an_attempt(order, means="paypal")

        all_at_once([lambda p=payment: payments.apply(p, says(p)) for payment in (first, second)])

        assert sorted(Payment.objects.values_list("disposition", flat=True)) == ["applied", "surplus"]
        assert (Seat.objects.count(), Letter.objects.count(), Refund.objects.count()) == (3, 1, 1)
        assert books.disagreements() == []

    @pytest.mark.parametrize("round_", range(5))
    def test_a_payment_and_the_end_of_its_hold(self, owner, round_):
        session = a_session(capacity=3)
        order = an_order(owner, (session, 3))
        payment = an_attempt(order, status=Payment.Status.CLOSED)
        Order.objects.update(hold_until=clock.now() - timedelta(seconds=1))

        all_at_once(
            [
                lambda: payments.expire(order),
                lambda: payments.apply(payment, says(payment)),
                lambda: payments.expire(order),
            ]
        )

        order.refresh_from_db()
        assert (order.status, Seat.objects.count(), sold(session)) == (Order.Status.PAID, 3, 3)
        assert books.disagreements() == []

    def test_late_payments_fight_for_the_last_seats(self):
        session = a_session(capacity=4)
        late = []
        for _ in range(5):
            order = an_order(an_owner(), (session, 2))
            late.append(an_attempt(order, status=Payment.Status.CLOSED))
            with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
                payments.expire(order)

        all_at_once([lambda p=payment: payments.apply(p, says(p)) for payment in late])

        dispositions = sorted(Payment.objects.values_list("disposition", flat=True))
        assert dispositions == ["applied"] * 2 + ["surplus"] * 3
        assert (sold(session), Seat.objects.count(), Refund.objects.count()) == (4, 4, 3)
        assert books.disagreements() == []


class TestAtThePaymentService:
    @pytest.mark.parametrize("means", ["stripe", "paypal"])
    def test_a_double_click_on_pay_opens_one_page(self, sandbox, owner, means):
        cart = a_cart(owner, (a_session(), 2))
        sandbox.config(slow=0.5)

        outcomes = all_at_once(
            [
                lambda: checkout.check_out(
                    cart, owner.establishment, means, by=owner, language="fr-ca", agreed_net_cents=25000
                )
            ]
            * 2
        )

        assert refusals(outcomes) == []
        assert len({page for _order, page in outcomes}) == 1
        assert (Order.objects.count(), Payment.objects.count()) == (1, 1)

    def test_two_windows_with_two_means_leave_one_attempt_to_pay(self, sandbox, owner):
        order = an_order(owner, (a_session(), 2))

        outcomes = all_at_once(
            [lambda means=means: payments.start(order, means, by=owner) for means in ("stripe", "paypal")]
        )

        open_ones = Payment.objects.filter(status__in=Payment.LIVE_STATUSES)
        assert len(open_ones) == 1
        assert open_ones[0].url in outcomes
        assert set(refusals(outcomes)) <= {"other_means_chosen"}

    @pytest.mark.parametrize("means", ["stripe", "paypal"])
    def test_the_return_page_the_webhook_and_the_check_settle_together(self, sandbox, owner, means):
        order = an_order(owner, (a_session(), 3))
        page = payments.start(order, means, by=owner)
        sandbox.pay_stripe(page) if means == "stripe" else sandbox.approve_paypal(page)
        payment = order.payments.get()

        all_at_once([lambda: payments.settle(payment)] * 3)

        order.refresh_from_db()
        assert order.is_paid
        assert (Seat.objects.count(), Letter.objects.count(), Refund.objects.count()) == (3, 1, 0)
        assert books.disagreements() == []

    @pytest.mark.parametrize("means", ["stripe", "paypal"])
    def test_the_buyer_pays_while_the_hold_ends(self, sandbox, owner, means):
        session = a_session(capacity=3)
        order = an_order(owner, (session, 3))
        page = payments.start(order, means, by=owner)
        Order.objects.update(hold_until=clock.now() - timedelta(seconds=1))
        sandbox.pay_stripe(page) if means == "stripe" else sandbox.approve_paypal(page)
        payment = order.payments.get()

        all_at_once([lambda: payments.expire(order), lambda: payments.settle(payment)])
        payments.settle(payment)

        order.refresh_from_db()
        expected = {Order.Status.PAID: 3, Order.Status.EXPIRED: 0}
        assert sold(session) == Seat.objects.count() == expected[order.status]
        assert books.disagreements() == []


class TestSeatsOfAnEstablishment:
    def test_two_people_assigning_the_same_seat(self, owner):
        session = a_session()
        (seat,) = seats_bought(owner, session, 1)
        crowd = [a_person(owner) for _ in range(6)]

        outcomes = all_at_once([lambda person=person: seats.assign(seat, person, by=owner) for person in crowd])

        assert refusals(outcomes) == ["seat_taken"] * 5
        assert Assignment.objects.in_force().count() == 1
        assert Letter.objects.filter(kind="registration_confirmed").count() == 1
        assert books.disagreements() == []

    def test_the_same_person_given_two_seats_at_once(self, owner):
        session = a_session()
        two = seats_bought(owner, session, 2)
        person = a_person(owner)

        outcomes = all_at_once([lambda seat=seat: seats.assign(seat, person, by=owner) for seat in two])

        assert refusals(outcomes) == ["already_seated"]
        assert Assignment.objects.in_force().count() == 1

    def test_the_same_form_sent_five_times_seats_once(self, owner):
        session = a_session()
        seats_bought(owner, session, 10)
        batch = uuid4()
        newcomers = [people.Newcomer(f"Personne {n}", "Roy", f"p{n}@exemple.ca") for n in range(2)]
        establishment = owner.establishment

        outcomes = all_at_once(
            [lambda: seats.assign_several(session, establishment, newcomers, by=owner, batch=batch)] * 5
        )

        assert refusals(outcomes) == []
        assert len({tuple(sorted(done.pk for done in outcome)) for outcome in outcomes}) == 1
        assert (Assignment.objects.count(), Participant.objects.count()) == (2, 2)

    def test_my_own_registration_pressed_five_times_is_one(self, owner):
        session = a_session()
        seats_bought(owner, session, 5)
        establishment = owner.establishment

        outcomes = all_at_once([lambda: seats.assign_to_oneself(session, establishment, by=owner)] * 5)

        assert refusals(outcomes) == ["already_seated_oneself"] * 4
        assert (Assignment.objects.count(), Participant.objects.count()) == (1, 1)

    def test_more_people_than_seats_from_several_windows(self, owner):
        session = a_session()
        seats_bought(owner, session, 5)
        crowds = [[a_person(owner) for _ in range(2)] for _ in range(4)]
        establishment = owner.establishment

        outcomes = all_at_once(
            [lambda crowd=crowd: seats.assign_several(session, establishment, crowd, by=owner) for crowd in crowds]
        )

        assert refusals(outcomes) == ["not_enough_seats"] * 2
        assert Assignment.objects.in_force().count() == 4

    def test_two_replacements_of_one_holder(self, owner):
        (seat,) = seats_bought(owner, a_session(), 1)
        shown = seats.assign(seat, a_person(owner), by=owner)
        newcomers = [a_person(owner) for _ in range(4)]

        outcomes = all_at_once(
            [lambda person=person: seats.replace(seat, person, by=owner, leaving=shown.uuid) for person in newcomers]
        )

        assert refusals(outcomes) == ["holder_changed"] * 3
        assert (Assignment.objects.count(), Assignment.objects.in_force().count()) == (2, 1)
        assert Letter.objects.filter(kind="seat_taken_away").count() == 1

    def test_a_release_and_a_replacement(self, owner):
        (seat,) = seats_bought(owner, a_session(), 1)
        shown = seats.assign(seat, a_person(owner), by=owner)
        newcomer = a_person(owner)

        outcomes = all_at_once(
            [
                lambda: seats.release(seat, by=owner, leaving=shown.uuid),
                lambda: seats.replace(seat, newcomer, by=owner, leaving=shown.uuid),
            ]
        )

        assert len(refusals(outcomes)) == 1
        assert Letter.objects.filter(kind="seat_taken_away").count() == 1
        assert books.disagreements() == []

    def test_an_address_corrected_while_the_confirmation_is_sent_again(self, owner):
        (seat,) = seats_bought(owner, a_session(), 1)
        person = a_person(owner)
        with clock.stopped_at(clock.now() - timedelta(hours=1)):
            assignment = seats.assign(seat, person, by=owner)
        corrected = people.Newcomer(person.first_name, person.last_name, "nouvelle@exemple.ca")

        outcomes = all_at_once(
            [
                lambda: people.correct(person, corrected, by=owner),
                lambda: seats.resend(assignment, by=owner),
                lambda: people.correct(person, corrected, by=owner),
            ]
        )

        assert set(refusals(outcomes)) <= {"sent_too_recently"}
        assert Letter.objects.filter(kind="registration_confirmed", to_email="nouvelle@exemple.ca").exists()

    def test_the_same_newcomer_signs_in_from_two_windows(self, owner):
        session = a_session()

        def adopt():
            anonymous = carts.Cart.objects.create()
            carts.put(anonymous, session, 2)
            return carts.adopt(anonymous, owner)

        outcomes = all_at_once([adopt] * 4)

        assert len(set(outcomes)) == 1
        assert [(line.session, line.quantity) for line in outcomes[0].lines.all()] == [(session, 2)]


class TestFairness:
    @pytest.mark.skipif("connection.vendor != 'sqlite'", reason="about SQLite")
    def test_eight_busy_writers_take_their_turns(self):
        """While a writer waits, each of the others writes about once: nobody is served ten times before them."""
        writers, rounds = 8, 30
        session = a_session(capacity=1000)
        served = []

        def write(name):
            for _ in range(rounds):
                with transaction.atomic():
                    CourseSession.objects.filter(pk=session.pk).update(taken=session.taken)
                    served.append(name)

        all_at_once([lambda name=name: write(name) for name in range(writers)])

        assert len(served) == writers * rounds
        everyone_is_there = served[: len(served) - 2 * writers]
        for name in range(writers):
            turns = [place for place, who in enumerate(everyone_is_there) if who == name]
            waits = [later - earlier for earlier, later in pairwise(turns)]
            assert max(waits) <= 3 * writers, f"writer {name} waited for {max(waits)} others"

    def test_a_writer_who_fails_lets_the_others_write(self):
        session = a_session(capacity=100)

        def fail():
            with transaction.atomic():
                CourseSession.objects.filter(pk=session.pk).update(taken=1)
                raise Refused

        def write():
            CourseSession.objects.filter(pk=session.pk).update(capacity=101)

        outcomes = all_at_once([fail, write] * 6)

        assert refusals(outcomes) == ["refused"] * 6
        session.refresh_from_db()
        assert (session.taken, session.capacity) == (0, 101)


class TestALinkInTheStaffRoom:
    """Everyone scans the square at once."""

    @pytest.fixture
    def session(self, owner):
        session = a_session()
        seats_bought(owner, session, 5)
        return session

    @staticmethod
    def asks(link, number):
        person = people.Newcomer(f"Personne {number}", "Roy", f"p{number}@exemple.ca")
        return lambda: seat_claims.ask(link, person, address=f"192.0.2.{number}")

    def test_twenty_people_and_five_seats(self, owner, session):
        link = claim_links.make(session, owner.establishment, by=owner)

        outcomes = all_at_once([self.asks(link, number) for number in range(20)])

        assert refusals(outcomes) == ["claim_link_full"] * 15
        assert (Assignment.objects.in_force().count(), Participant.objects.count(), SeatClaim.objects.count()) == (
            5,
        ) * 3
        assert books.disagreements() == []

    def test_one_limit_below_the_seats_there_are(self, owner, session):
        link = claim_links.make(session, owner.establishment, by=owner, places=1)

        outcomes = all_at_once([self.asks(link, number) for number in range(8)])

        assert refusals(outcomes) == ["claim_link_full"] * 7
        assert books.disagreements() == []

    def test_the_owner_assigns_meanwhile(self, owner, session):
        link = claim_links.make(session, owner.establishment, by=owner)
        establishment = owner.establishment
        crowds = [[a_person(owner) for _ in range(2)] for _ in range(2)]

        outcomes = all_at_once(
            [lambda crowd=crowd: seats.assign_several(session, establishment, crowd, by=owner) for crowd in crowds]
            + [self.asks(link, number) for number in range(6)]
        )

        assert set(refusals(outcomes)) <= {"claim_link_full", "not_enough_seats", "no_seat_left"}
        assert Assignment.objects.in_force().count() == 5
        assert books.disagreements() == []

    def test_one_person_in_six_windows_takes_one_seat(self, owner, session):
        link = claim_links.make(session, owner.establishment, by=owner)

        outcomes = all_at_once([self.asks(link, 1)] * 6)

        assert refusals(outcomes) == []
        assert (Assignment.objects.count(), Participant.objects.count(), SeatClaim.objects.count()) == (1, 1, 1)

    @pytest.mark.parametrize("round_", range(3))
    def test_an_approval_while_the_link_is_revoked(self, owner, session, round_):
        link = claim_links.make(session, owner.establishment, by=owner, needs_approval=True)
        claims = [self.asks(link, number)() for number in range(3)]

        outcomes = all_at_once(
            [lambda: claim_links.revoke(link, by=owner)]
            + [lambda claim=claim: seat_claims.approve(link, [claim], by=owner) for claim in claims]
            + [self.asks(link, 9)]
        )

        assert set(refusals(outcomes)) <= {"claim_already_answered", "claim_link_revoked"}
        assert not SeatClaim.objects.waiting().exists()
        assert SeatClaim.objects.filter(refused_at=None).count() == Assignment.objects.in_force().count()
        assert books.disagreements() == []

    def test_a_seat_released_while_others_wait_for_one(self, owner, session):
        link = claim_links.make(session, owner.establishment, by=owner)
        taken = [self.asks(link, number)() for number in range(5)]
        held = [claim.assignment.seat for claim in taken[:2]]

        outcomes = all_at_once(
            [lambda seat=seat: seats.release(seat, by=owner) for seat in held]
            + [self.asks(link, number) for number in range(10, 15)]
        )

        assert set(refusals(outcomes)) <= {"claim_link_full"}
        assert books.disagreements() == []

    def test_the_same_form_makes_one_link(self, owner, session):
        form, establishment = uuid4(), owner.establishment

        outcomes = all_at_once([lambda: claim_links.make(session, establishment, by=owner, batch=form)] * 5)

        assert {link.pk for link in outcomes} == {ClaimLink.objects.get().pk}


class TestWithoutTheRule:
    """What a shop that reads, decides, then writes would sell: these tests would see it."""

    @on_postgresql
    def test_reading_then_writing_sells_seats_that_do_not_exist(self):
        session = a_session(capacity=10)
        sold_to = []

        def buy(buyer):
            for _ in range(10):
                with transaction.atomic():
                    seen = CourseSession.objects.get(pk=session.pk)
                    if seen.taken + 1 > seen.capacity:
                        return
                    time.sleep(0.001)  # a tax computed, a row inserted
                    seen.taken += 1
                    seen.save(update_fields=["taken"])
                sold_to.append(buyer)

        all_at_once([lambda buyer=buyer: buy(buyer) for buyer in range(8)])

        session.refresh_from_db()
        assert session.taken <= session.capacity, "the counter itself looks right"
        assert len(sold_to) > session.capacity, "and yet more seats were sold than there are"


def test_an_establishment_opened_twice_by_a_double_click_is_told_apart(owner):
    """Nothing forbids two establishments of one name: they are two workplaces."""
    all_at_once([lambda: people.open_establishment(owner, "Clinique")] * 2)

    assert Establishment.objects.filter(name="Clinique").count() == 2
    assert Membership.objects.filter(user=owner).count() == 3
    assert connection.in_atomic_block is False
