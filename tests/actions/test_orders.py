"""Placing an order takes its seats, all of them or none; letting it go gives them back, once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pupitre import clock
from pupitre.actions import carts, checkout, orders, payments
from pupitre.models import (
    CartLine,
    Course,
    CourseSession,
    Deed,
    Job,
    Letter,
    Order,
    OrderLine,
    Payment,
    Seat,
)
from pupitre.models.orders import HOLD_MARGIN
from pupitre.queries import books
from tests.counting import questions
from tests.world import (
    a_cart,
    a_course,
    a_paid_order,
    a_session,
    an_attempt,
    an_order,
    an_owner,
    net_of,
    says,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

HALF_AN_HOUR = timedelta(minutes=30)
TWO_HOURS = timedelta(hours=2)


@pytest.fixture
def session():
    return a_session(capacity=10)


def place(cart, owner, *, agreed_net_cents=None):
    agreed = net_of(cart) if agreed_net_cents is None else agreed_net_cents
    return orders.place(cart, owner.establishment, by=owner, language="fr-ca", agreed_net_cents=agreed)


def taken(*sessions):
    return [CourseSession.objects.get(pk=session.pk).taken for session in sessions]


class TestPlacing:
    def test_an_order_takes_its_seats_and_says_what_is_bought(self, owner, session):
        other = a_session(a_course(price_cents=5000), capacity=4)

        order = place(a_cart(owner, (session, 3), (other, 2)), owner)

        assert order.status == Order.Status.AWAITING_PAYMENT
        assert [(line.session, line.quantity, line.unit_price_cents) for line in order.lines.all()] == [
            (session, 3, 12500),
            (other, 2, 5000),
        ]
        assert (order.net_cents, order.total_cents) == (47500, 54613)
        assert order.bill_to == "Clinique des Érables\n40, chemin du Lac\nGatineau (Québec)  J8X 4C2"
        assert taken(session, other) == [3, 2]
        assert books.disagreements() == []

    def test_nothing_is_delivered_before_it_is_paid(self, owner, session):
        place(a_cart(owner, (session, 3)), owner)

        assert list(Seat.objects.all()) == []
        assert list(Letter.objects.all()) == []
        assert list(CartLine.objects.values_list("quantity", flat=True)) == [3]

    def test_it_is_written_in_the_journal_and_will_be_looked_at_again(self, owner, session):
        order = place(a_cart(owner, (session, 3)), owner)

        assert list(Deed.objects.filter(order=order).values_list("verb", "by")) == [("order.placed", owner.pk)]
        assert list(Job.objects.values_list("kind", "due_at")) == [("order.expire", order.hold_until)]

    def test_the_same_cart_twice_is_the_same_order(self, owner, session):
        cart = a_cart(owner, (session, 3))

        first, second = place(cart, owner), place(cart, owner)

        assert first == second
        assert taken(session) == [3]

    def test_the_last_seats_of_a_session_can_be_ordered_twice_by_a_double_click(self, owner):
        session = a_session(capacity=3)
        cart = a_cart(owner, (session, 3))

        assert place(cart, owner) == place(cart, owner)

    def test_a_cart_that_changed_is_refused_while_its_order_waits(self, owner, session):
        cart = a_cart(owner, (session, 3))
        waiting = place(cart, owner)
        carts.put(cart, session, 2)

        with pytest.raises(orders.CartChanged):
            place(cart, owner)

        assert list(Order.objects.all()) == [waiting]
        assert taken(session) == [3]

    def test_an_empty_cart_is_refused(self, owner):
        with pytest.raises(orders.CartIsEmpty):
            place(a_cart(owner), owner)

    def test_all_or_none(self, owner, session):
        scarce = a_session(capacity=5)
        cart = a_cart(owner, (session, 3), (scarce, 4))
        CourseSession.objects.filter(pk=scarce.pk).update(capacity=2)

        with pytest.raises(carts.NotEnoughSeatsLeft):
            place(cart, owner)

        assert taken(session, scarce) == [0, 0]
        assert list(Order.objects.all()) == []

    def test_seats_gone_between_the_look_and_the_taking_undo_everything(self, owner, session, monkeypatch):
        scarce = a_session(a_course(title_fr="Premiers soins"), capacity=4)
        cart = a_cart(owner, (session, 3), (scarce, 4))
        look = orders._check

        def someone_else_is_faster(*wishes):
            look(*wishes)
            CourseSession.objects.filter(pk=scarce.pk).update(taken=1)

        monkeypatch.setattr(orders, "_check", someone_else_is_faster)
        with pytest.raises(orders.SeatsGone) as refused:
            place(cart, owner)

        assert "Premiers soins" in str(refused.value)
        assert taken(session, scarce) == [0, 0]
        assert (Order.objects.count(), OrderLine.objects.count(), Job.objects.count()) == (0, 0, 0)

    def test_a_price_that_changed_is_refused_with_the_name_of_the_course(self, owner, session):
        cart = a_cart(owner, (session, 1))
        Course.objects.filter(pk=session.course_id).update(price_cents=13000)

        with pytest.raises(orders.PriceChanged) as refused:
            place(cart, owner, agreed_net_cents=12500)

        assert session.course.title in str(refused.value)
        assert taken(session) == [0]

    def test_an_old_page_does_not_pay_an_order_of_another_amount(self, owner, session):
        cart = a_cart(owner, (session, 2))
        place(cart, owner)

        with pytest.raises(orders.CartChanged):
            place(cart, owner, agreed_net_cents=37500)

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"cancelled_at": clock.now()}, carts.SessionClosed),
            ({"starts_at": clock.now() - timedelta(minutes=1)}, carts.SessionClosed),
            ({"sales_close_at": clock.now() - timedelta(minutes=1)}, carts.SessionClosed),
            ({"taken": 10}, carts.SessionFull),
            ({"taken": 9}, carts.OneSeatLeft),
            ({"taken": 8}, carts.NotEnoughSeatsLeft),
        ],
        ids=["cancelled", "started", "sales closed", "full", "one left", "two left"],
    )
    def test_what_became_of_the_session_since_is_said(self, owner, session, change, refusal):
        cart = a_cart(owner, (session, 3))
        CourseSession.objects.filter(pk=session.pk).update(**change)

        with pytest.raises(refusal):
            place(cart, owner)

        assert list(Order.objects.all()) == []

    def test_a_course_withdrawn_from_sale_is_refused(self, owner, session):
        cart = a_cart(owner, (session, 1))
        Course.objects.update(published_at=None)

        with pytest.raises(carts.SessionClosed):
            place(cart, owner)

    def test_an_amount_that_no_payment_service_takes_is_refused(self, owner):
        dear = a_session(a_course(price_cents=2_000_000_000), capacity=1000)

        with pytest.raises(orders.OrderTooLarge):
            place(a_cart(owner, (dear, 900)), owner)

        assert taken(dear) == [0]

    @pytest.mark.parametrize("seats", [1, 3, 500])
    def test_the_number_of_questions_to_the_database_does_not_depend_on_the_number_of_seats(self, owner, seats):
        cart = a_cart(owner, (a_session(capacity=500), seats))
        agreed = net_of(cart)
        establishment = owner.establishment

        with questions() as asked:
            orders.place(cart, establishment, by=owner, language="fr-ca", agreed_net_cents=agreed)

        assert len(asked) <= 15, str(asked)

    def test_three_sessions_in_one_order_keep_within_the_budget(self, owner):
        cart = a_cart(owner, *[(a_session(), 2) for _ in range(3)])
        agreed = net_of(cart)
        establishment = owner.establishment

        with questions() as asked:
            orders.place(cart, establishment, by=owner, language="fr-ca", agreed_net_cents=agreed)

        assert len(asked) <= 15, str(asked)

    def test_an_online_order_in_english_remembers_its_language(self, owner, session):
        cart = a_cart(owner, (session, 1))

        order = orders.place(cart, owner.establishment, by=owner, language="en", agreed_net_cents=12500)

        assert order.language == "en"


class TestHolding:
    def test_the_buyer_is_told_thirty_minutes_and_the_seats_are_kept_five_more(self, owner, session):
        now = timezone.now()

        with clock.stopped_at(now):
            order = place(a_cart(owner, (session, 1)), owner)

        assert order.told_hold_until == now + HALF_AN_HOUR
        assert order.hold_until == now + HALF_AN_HOUR + HOLD_MARGIN

    def test_each_new_attempt_keeps_the_seats_thirty_minutes_more(self, owner, session):
        order = an_order(owner, (session, 1))
        later = order.held_since + timedelta(minutes=20)

        with clock.stopped_at(later):
            orders.extend_hold(order)

        assert order.told_hold_until == later + HALF_AN_HOUR

    def test_but_two_hours_at_most_in_all(self, owner, session):
        order = an_order(owner, (session, 1))

        with clock.stopped_at(order.held_since + timedelta(minutes=110)):
            orders.extend_hold(order)

        assert order.told_hold_until == order.held_since + TWO_HOURS

    @pytest.mark.parametrize("late", [timedelta(0), timedelta(seconds=1), timedelta(days=1)])
    def test_after_two_hours_a_new_attempt_is_refused(self, owner, session, late):
        order = an_order(owner, (session, 1))
        held_until = order.hold_until

        with clock.stopped_at(order.held_since + TWO_HOURS + late), pytest.raises(orders.HoldLimitReached):
            orders.extend_hold(order)

        assert Order.objects.get().hold_until == held_until

    def test_a_new_attempt_never_shortens_the_wait(self, owner, session):
        order = an_order(owner, (session, 1))
        held_until = order.hold_until

        with clock.stopped_at(order.held_since - timedelta(minutes=10)):
            orders.extend_hold(order)

        assert order.hold_until == held_until


class TestExpiring:
    def after_its_hold(self, order):
        return clock.stopped_at(order.hold_until + timedelta(seconds=1))

    def test_an_order_still_held_is_looked_at_again_when_its_hold_ends(self, owner, session):
        order = an_order(owner, (session, 2))

        with clock.stopped_at(order.hold_until - timedelta(seconds=1)):
            assert payments.expire(order) == order.hold_until

        assert taken(session) == [2]

    def test_an_order_nobody_paid_gives_its_seats_back(self, owner, session):
        other = a_session()
        order = an_order(owner, (session, 2), (other, 1))

        with self.after_its_hold(order):
            assert payments.expire(order) is None

        order.refresh_from_db()
        assert order.status == Order.Status.EXPIRED
        assert taken(session, other) == [0, 0]
        assert list(order.deeds.values_list("verb", flat=True)) == ["order.placed", "order.expired"]
        assert books.disagreements() == []

    def test_twice_gives_them_back_once(self, owner, session):
        an_order(an_owner(), (session, 5))
        order = an_order(owner, (session, 2))

        with self.after_its_hold(order):
            payments.expire(order)
            payments.expire(order)

        assert taken(session) == [5]

    def test_a_paid_order_keeps_its_seats(self, owner, session):
        order = a_paid_order(owner, (session, 2))

        with self.after_its_hold(order):
            assert payments.expire(order) is None

        assert taken(session) == [2]

    def test_an_order_whose_payment_is_reviewed_by_a_person_keeps_its_seats(self, owner, session):
        order = an_order(owner, (session, 2))
        payment = an_attempt(order)
        payments.apply(payment, says(payment, amount_cents=1))

        with self.after_its_hold(order):
            again_at = payments.expire(order)
            assert again_at == clock.now() + timedelta(hours=1)

        assert taken(session) == [2]

    def test_the_cart_can_be_ordered_again(self, owner, session):
        order = an_order(owner, (session, 2))
        with self.after_its_hold(order):
            payments.expire(order)

        again = place(owner.cart, owner)

        assert again != order
        assert taken(session) == [2]


class TestTakingTheSeatsAgain:
    @pytest.fixture
    def expired(self, owner, session):
        order = an_order(owner, (session, 2))
        with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
            payments.expire(order)
        order.refresh_from_db()
        return order

    def test_an_expired_order_takes_its_seats_again_for_thirty_minutes(self, expired, session):
        now = timezone.now()
        with clock.stopped_at(now):
            orders.retake_seats(expired)

        expired.refresh_from_db()
        assert expired.status == Order.Status.AWAITING_PAYMENT
        assert (expired.held_since, expired.told_hold_until) == (now, now + HALF_AN_HOUR)
        assert taken(session) == [2]
        assert books.disagreements() == []

    def test_it_will_be_looked_at_again(self, expired):
        Job.objects.all().delete()

        orders.retake_seats(expired)

        assert list(Job.objects.values_list("kind", "due_at")) == [("order.expire", expired.hold_until)]

    def test_all_or_none(self, owner):
        plenty, scarce = a_session(), a_session(capacity=3)
        order = an_order(owner, (plenty, 1), (scarce, 2))
        with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
            payments.expire(order)
        an_order(an_owner(), (scarce, 2))

        with pytest.raises(orders.SeatsGone):
            orders.retake_seats(Order.objects.get(pk=order.pk))

        assert taken(plenty, scarce) == [0, 2]
        assert books.disagreements() == []

    def test_a_newer_order_keeps_the_cart(self, expired, owner, session):
        newer = place(owner.cart, owner)

        orders.retake_seats(expired)

        expired.refresh_from_db()
        assert (expired.cart, newer.cart) == (None, owner.cart)
        assert taken(session) == [4]

    @pytest.mark.parametrize("change", [{"cancelled_at": clock.now()}, {"sales_close_at": clock.now()}])
    def test_a_session_no_longer_sold_is_not_taken_again(self, expired, session, change):
        CourseSession.objects.filter(pk=session.pk).update(**change)

        with pytest.raises(orders.SeatsGone):
            orders.retake_seats(expired)


class TestFulfilling:
    def test_a_paid_order_is_as_many_seats_as_were_bought(self, owner, session):
        other = a_session()

        order = a_paid_order(owner, (session, 3), (other, 1))

        assert [(seat.session, seat.position) for seat in Seat.objects.filter(line__order=order)] == [
            (session, 1),
            (session, 2),
            (session, 3),
            (other, 1),
        ]
        assert {seat.establishment for seat in Seat.objects.all()} == {owner.establishment}
        assert taken(session, other) == [3, 1]
        assert books.disagreements() == []

    def test_the_buyer_gets_one_letter(self, owner, session):
        a_paid_order(owner, (session, 3))

        assert list(Letter.objects.values_list("kind", "to_email")) == [("order_paid", owner.email)]

    def test_what_was_bought_leaves_the_cart_and_the_rest_stays(self, owner, session):
        order = an_order(owner, (session, 3))
        other = a_session()
        carts.put(owner.cart, other, 1)

        payment = an_attempt(order)
        payments.apply(payment, says(payment))

        assert [line.session for line in owner.cart.lines.all()] == [other]


class TestFreeOfCharge:
    def test_an_order_that_costs_nothing_is_delivered_at_once(self, owner):
        session = a_session(a_course(price_cents=0))
        cart = a_cart(owner, (session, 2))

        order, page = checkout.check_out(
            cart, owner.establishment, "stripe", by=owner, language="fr-ca", agreed_net_cents=0
        )

        order.refresh_from_db()
        assert (order.is_paid, page) == (True, "")
        assert (Seat.objects.count(), Payment.objects.count(), Letter.objects.count()) == (2, 0, 1)
        assert books.disagreements() == []

    def test_delivering_it_twice_delivers_it_once(self, owner):
        order = an_order(owner, (a_session(a_course(price_cents=0)), 2))

        orders.deliver_free(order)
        orders.deliver_free(order)

        assert (Seat.objects.count(), Letter.objects.count()) == (2, 1)

    def test_an_order_that_costs_something_is_not_delivered_free(self, owner, session):
        orders.deliver_free(an_order(owner, (session, 2)))

        assert list(Seat.objects.all()) == []
