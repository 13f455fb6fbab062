"""A promo code is worth what it says, to whom it says, as many times as it says."""

from datetime import timedelta

import pytest
from django.db import connection

from pupitre import clock
from pupitre.actions import carts, checkout, orders, payments, promotions, throttles
from pupitre.models import Attempts, Cart, CourseSession, Order, Payment, PromoCode, PromoUse, Refund, Seat
from pupitre.queries import books
from tests.counting import questions
from tests.world import (
    a_cart,
    a_course,
    a_promo,
    a_session,
    an_attempt,
    an_order,
    an_owner,
    net_of,
    says,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

HALF_PRICE = 6250


@pytest.fixture
def session():
    return a_session(capacity=50)


def put(owner, promo, *wishes):
    """The owner's cart, with the code on it."""
    cart = a_cart(owner, *wishes)
    promotions.put(cart, promo.code, owner.establishment)
    return cart


def buy(owner, promo, session, quantity=1):
    put(owner, promo, (session, quantity))
    return an_order(owner)


def pay(order):
    payment = an_attempt(order)
    return payments.apply(payment, says(payment))


def uses(promo):
    promo.refresh_from_db()
    return promo.used


def end_hold(order):
    with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
        payments.expire(order)
    order.refresh_from_db()


class TestPutting:
    @pytest.mark.parametrize("typed", ["ETE2027", "ete2027", " été 2027 ", "Été-2027"])
    def test_a_code_is_known_however_it_is_typed(self, owner, session, typed):
        promo = a_promo(code="ETE2027")

        promotions.put(a_cart(owner, (session, 1)), typed, owner.establishment)

        assert Cart.objects.get().promo == promo

    @pytest.mark.parametrize("typed", ["ETE2028", "", "   ", "''; --", "ETE" * 1000])
    def test_a_code_nobody_knows_is_refused(self, owner, session, typed):
        a_promo(code="ETE2027")

        with pytest.raises(promotions.PromoCodeUnknown):
            promotions.put(a_cart(owner, (session, 1)), typed, owner.establishment)

        assert Cart.objects.get().promo is None

    def test_another_code_replaces_it_and_it_can_be_removed(self, owner, session):
        cart = put(owner, a_promo(), (session, 1))
        better = a_promo(percent=20)

        promotions.put(cart, better.code, owner.establishment)
        assert Cart.objects.get().promo == better

        promotions.remove(cart)
        assert Cart.objects.get().promo is None

    def test_guessing_is_slow(self, owner, session):
        promo, cart = a_promo(code="SESAME"), a_cart(owner, (session, 1))
        for n in range(promotions.GUESSES_PER_ADDRESS):
            with pytest.raises(promotions.PromoCodeUnknown):
                promotions.put(cart, f"ESSAI{n}", owner.establishment, address="192.0.2.7")

        with pytest.raises(throttles.TooManyAttempts):
            promotions.put(cart, promo.code, owner.establishment, address="192.0.2.7")

        promotions.put(cart, promo.code, owner.establishment, address="192.0.2.8")
        assert Cart.objects.get().promo == promo

    def test_a_good_code_is_not_an_attempt(self, owner, session):
        promo, cart = a_promo(), a_cart(owner, (session, 1))

        for _ in range(promotions.GUESSES_PER_ADDRESS + 1):
            promotions.put(cart, promo.code, owner.establishment, address="192.0.2.7")

        assert not Attempts.objects.exists()

    def test_the_code_of_a_visitor_follows_them_through_sign_in(self, owner, session):
        promo, anonymous = a_promo(), carts.open_for(None)
        carts.put(anonymous, session, 2)
        promotions.put(anonymous, promo.code, None)
        a_cart(owner, (a_session(), 1))

        own = carts.adopt(Cart.objects.get(pk=anonymous.pk), owner)

        own.refresh_from_db()
        assert (own.promo, own.lines.count()) == (promo, 2)


class TestLimits:
    @pytest.mark.parametrize(
        ("facts", "refusal"),
        [
            ({"starts_at": timedelta(hours=1)}, promotions.PromoCodeTooEarly),
            ({"ends_at": -timedelta(seconds=1)}, promotions.PromoCodeEnded),
        ],
    )
    def test_dates(self, owner, session, facts, refusal):
        promo = a_promo(**{name: clock.now() + when for name, when in facts.items()})

        with pytest.raises(refusal) as refused:
            put(owner, promo, (session, 1))

        assert str(clock.now().year) in str(refused.value)

    def test_it_ends_at_the_second(self, owner, session):
        promo = a_promo(ends_at=clock.now() + timedelta(days=1))

        with clock.stopped_at(promo.ends_at - timedelta(seconds=1)):
            buy(owner, promo, session)
        with clock.stopped_at(promo.ends_at), pytest.raises(promotions.PromoCodeEnded):
            put(an_owner(), promo, (session, 1))

    def test_a_number_of_orders(self, owner, session):
        promo = a_promo(most_uses=1)
        buy(owner, promo, session)

        with pytest.raises(promotions.PromoCodeUsedUp):
            put(an_owner(), promo, (session, 1))

        assert uses(promo) == 1

    def test_a_number_of_orders_for_each_establishment(self, owner, session):
        promo = a_promo(most_uses_each=1)
        pay(buy(owner, promo, session))

        with pytest.raises(promotions.PromoCodeUsedUp):
            put(owner, promo, (session, 1))

        assert buy(an_owner(), promo, session).promo == promo
        assert uses(promo) == 2

    def test_a_course(self, owner, session):
        promo = a_promo(percent=50)
        promo.courses.add(session.course)

        with pytest.raises(promotions.PromoCodeForOtherCourses):
            put(owner, promo, (a_session(), 1))

        assert buy(owner, promo, session).net_cents == HALF_PRICE + 12500

    def test_an_establishment(self, owner, session):
        promo = a_promo(percent=50)
        promo.establishments.add(owner.establishment)

        with pytest.raises(promotions.PromoCodeForOthers):
            put(an_owner(), promo, (session, 1))

        assert buy(owner, promo, session).net_cents == HALF_PRICE

    def test_a_visitor_learns_after_signing_in_that_a_code_is_for_others(self, owner, session):
        """Put before anyone knew who was buying: it takes nothing off once it is known."""
        promo, anonymous = a_promo(percent=50), carts.open_for(None)
        promo.establishments.add(an_owner().establishment)
        carts.put(anonymous, session, 1)
        promotions.put(anonymous, promo.code, None)
        cart = carts.adopt(Cart.objects.get(pk=anonymous.pk), owner)

        with pytest.raises(promotions.PromoCodeForOthers):
            orders.place(cart, owner.establishment, by=owner, language="fr-ca", agreed_net_cents=HALF_PRICE)

        assert an_order(owner).promo is None


class TestOrders:
    def test_an_order_holds_one_use_and_a_paid_one_keeps_it(self, owner, session):
        promo = a_promo(percent=50)
        order = buy(owner, promo, session, 3)

        assert (order.promo, order.net_cents, uses(promo)) == (promo, 3 * HALF_PRICE, 1)

        pay(order)

        assert uses(promo) == 1
        assert PromoUse.objects.get().given_back_at is None
        assert books.disagreements() == []

    def test_the_cart_of_a_paid_order_forgets_its_code(self, owner, session):
        pay(buy(owner, a_promo(), session))

        assert Cart.objects.get().promo is None

    def test_a_code_chosen_while_another_order_is_paid_stays(self, owner, session):
        order = buy(owner, a_promo(), session)
        other = a_promo()
        promotions.put(Cart.objects.get(), other.code, owner.establishment)

        pay(order)

        assert Cart.objects.get().promo == other

    def test_the_same_cart_twice_takes_one_use_of_a_code_for_one_order(self, owner, session):
        promo = a_promo(percent=50, most_uses=1, most_uses_each=1)
        cart = put(owner, promo, (session, 1))

        first, second = (
            orders.place(cart, owner.establishment, by=owner, language="fr-ca", agreed_net_cents=HALF_PRICE)
            for _ in range(2)
        )

        assert first == second
        assert uses(promo) == 1

    def test_a_cart_changed_while_its_order_waits_takes_the_use_of_that_order(self, owner, session, sandbox):
        promo = a_promo(percent=50, most_uses=1)
        first = buy(owner, promo, session)
        cart = owner.cart
        carts.put(cart, session, 2)

        second, _page = checkout.check_out(
            cart, owner.establishment, "stripe", by=owner, language="fr-ca", agreed_net_cents=2 * HALF_PRICE
        )

        first.refresh_from_db()
        assert (first.status, second.promo, uses(promo)) == (Order.Status.CANCELLED, promo, 1)
        assert books.disagreements() == []

    @pytest.mark.parametrize("end", ["expires", "is cancelled"])
    def test_an_unpaid_order_gives_its_use_back_once(self, owner, session, end):
        promo = a_promo(most_uses=1)
        order = buy(owner, promo, session)

        for _ in range(2):
            if end == "expires":
                end_hold(order)
            else:
                payments.cancel(order, by=owner)

        assert uses(promo) == 0
        assert PromoUse.objects.get().given_back_at is not None
        assert buy(an_owner(), promo, session).promo == promo
        assert books.disagreements() == []

    def test_a_code_used_up_between_the_cart_and_the_payment_loses_nothing(self, owner, session):
        promo = a_promo(percent=50, most_uses=1)
        cart = put(owner, promo, (session, 1))
        buy(an_owner(), promo, session)

        with pytest.raises(promotions.PromoCodeUsedUp):
            orders.place(cart, owner.establishment, by=owner, language="fr-ca", agreed_net_cents=HALF_PRICE)

        assert list(Order.objects.filter(establishment=owner.establishment)) == []
        assert CourseSession.objects.get(pk=session.pk).taken == 1
        assert [line.quantity for line in cart.lines.all()] == [1]
        assert an_order(owner).net_cents == 12500, "and the same cart can be bought without it"
        assert books.disagreements() == []

    def test_a_code_used_up_after_the_last_look_takes_no_seat(self, owner, session):
        promo = a_promo(percent=50, most_uses=1)
        cart = put(owner, promo, (session, 1))

        def someone_else_is_faster(execute, sql, params, many, context):
            if sql.startswith('INSERT INTO "pupitre_order" '):
                PromoCode.objects.update(used=1)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(someone_else_is_faster), pytest.raises(promotions.PromoCodeUsedUp):
            orders.place(cart, owner.establishment, by=owner, language="fr-ca", agreed_net_cents=HALF_PRICE)

        assert CourseSession.objects.get(pk=session.pk).taken == 0
        assert not PromoUse.objects.exists()

    def test_an_order_in_time_is_paid_after_the_code_ended(self, owner, session):
        """The price was agreed to while the seats are held."""
        promo = a_promo(percent=50, ends_at=clock.now() + timedelta(minutes=1))
        order = buy(owner, promo, session)

        with clock.stopped_at(promo.ends_at + timedelta(minutes=1)):
            assert net_of(owner.cart, owner.establishment) == HALF_PRICE
            payment = pay(order)

        assert payment.disposition == Payment.Disposition.APPLIED

    def test_placing_keeps_within_the_budget(self, owner, session):
        promo = a_promo(most_uses=5, most_uses_each=5)
        promo.courses.add(session.course)
        promo.establishments.add(owner.establishment)
        cart = put(owner, promo, (session, 10))
        agreed, establishment = net_of(cart, owner.establishment), owner.establishment

        with questions() as asked:
            orders.place(cart, establishment, by=owner, language="fr-ca", agreed_net_cents=agreed)

        assert len(asked) <= 15, str(asked)


class TestComingBack:
    """An order that let its seats and its code go, paid after all."""

    def test_the_use_is_taken_again(self, owner, session):
        promo = a_promo(percent=50, most_uses=1)
        order = buy(owner, promo, session)
        end_hold(order)

        assert pay(order).disposition == Payment.Disposition.APPLIED
        assert uses(promo) == 1
        assert books.disagreements() == []

    def test_the_refusal_is_kind_when_someone_else_has_it(self, owner, session):
        promo = a_promo(percent=50, most_uses=1)
        order = buy(owner, promo, session)
        end_hold(order)
        buy(an_owner(), promo, session)

        with pytest.raises(promotions.PromoCodeLost):
            payments.start(order, "stripe", by=owner)

        order.refresh_from_db()
        assert order.status == Order.Status.EXPIRED
        assert CourseSession.objects.get(pk=session.pk).taken == 1
        assert books.disagreements() == []

    def test_money_that_comes_too_late_for_the_code_is_given_back(self, owner, session):
        promo = a_promo(percent=50, most_uses=1)
        order = buy(owner, promo, session)
        end_hold(order)
        buy(an_owner(), promo, session)

        payment = pay(order)

        assert payment.disposition == Payment.Disposition.SURPLUS
        assert Refund.objects.get().amount_cents == payment.amount_cents
        assert uses(promo) == 1
        assert books.disagreements() == []


class TestNothingToPay:
    @pytest.mark.parametrize("rebate", [{"percent": 100}, {"amount_cents": 99999}, {"free_seats": 2}])
    def test_an_order_without_a_payment_is_delivered_at_once(self, owner, session, rebate):
        cart = put(owner, a_promo(**rebate), (session, 2))

        order, page = checkout.check_out(cart, owner.establishment, "", by=owner, language="fr-ca", agreed_net_cents=0)

        order.refresh_from_db()
        assert (order.is_paid, order.total_cents, page) == (True, 0, "")
        assert Seat.objects.filter(line__order=order).count() == 2
        assert not Payment.objects.exists()
        assert books.disagreements() == []

    def test_one_that_was_left_behind_is_confirmed_later(self, owner, session):
        order = buy(owner, a_promo(percent=100), session)
        end_hold(order)

        assert checkout.pay(order, "", by=owner) == ""

        order.refresh_from_db()
        assert order.is_paid
        assert books.disagreements() == []

    def test_confirming_twice_delivers_once(self, owner, session):
        order = buy(owner, a_promo(percent=100), session)

        for _ in range(2):
            orders.deliver_free(order)

        assert Seat.objects.count() == 1

    def test_an_order_that_costs_something_is_never_delivered_for_free(self, owner):
        order = an_order(owner, (a_session(a_course(price_cents=1)), 1))

        orders.deliver_free(order)

        assert not Seat.objects.exists()
