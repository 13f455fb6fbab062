"""Many people with one promo code: a code for ten orders is used ten times, and nobody meets an error."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import orders, payments, promotions
from pupitre.models import CourseSession, Order, PromoCode, PromoUse
from pupitre.queries import books
from tests.crowd import all_at_once, refusals
from tests.world import a_cart, a_promo, a_session, an_attempt, an_order, an_owner, net_of, says

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider")]


@pytest.fixture
def session():
    return a_session(capacity=100)


def ready(promo, session, owner=None, *, cart=None):
    """A buyer with the code in their cart, about to press the button."""
    owner = owner or an_owner()
    establishment = owner.establishment
    cart = cart or a_cart(owner, (session, 1))
    promotions.put(cart, promo.code, establishment)
    agreed = net_of(cart, establishment)
    return lambda: orders.place(cart, establishment, by=owner, language="fr-ca", agreed_net_cents=agreed)


def used(promo):
    promo.refresh_from_db()
    return promo.used


@pytest.mark.parametrize("round_", range(2))
def test_a_code_for_ten_orders_and_thirty_buyers(session, round_):
    promo = a_promo(most_uses=10)

    outcomes = all_at_once([ready(promo, session) for _ in range(30)])

    assert used(promo) == 10
    assert refusals(outcomes) == ["promo_code_used_up"] * 20
    assert PromoUse.objects.in_force().count() == Order.objects.filter(promo=promo).count() == 10
    assert CourseSession.objects.get().taken == 10, "a buyer who is refused takes no seat"
    assert books.disagreements() == []


def test_the_last_use_of_an_establishment_in_two_windows(session):
    promo = a_promo(most_uses_each=1)
    owner, colleague = an_owner(), an_owner()
    colleague.memberships.update(establishment=owner.establishment)

    outcomes = all_at_once([ready(promo, session, who) for who in (owner, colleague)])

    assert refusals(outcomes) == ["promo_code_used_up"]
    assert used(promo) == 1
    assert books.disagreements() == []


def test_one_cart_ordered_from_ten_windows_uses_its_code_once(session):
    promo = a_promo(most_uses=1)

    outcomes = all_at_once([ready(promo, session)] * 10)

    assert set(outcomes) == {Order.objects.get()}
    assert used(promo) == 1


def test_a_use_given_back_while_others_want_it(session):
    """Five orders expire, ten buyers press the button: at most five get in, and none of the five is lost."""
    promo = a_promo(most_uses=5)
    late = []
    for _ in range(5):
        ready(promo, session)()
        late.append(Order.objects.latest("pk"))
    Order.objects.update(hold_until=clock.now() - timedelta(seconds=1))
    PromoCode.objects.update(most_uses=15)
    buyers = [ready(promo, session) for _ in range(10)]
    PromoCode.objects.update(most_uses=5)

    all_at_once([lambda order=order: payments.expire(order) for order in late] + buyers)

    waiting = Order.objects.filter(status=Order.Status.AWAITING_PAYMENT, promo=promo).count()
    assert used(promo) == waiting <= 5
    assert books.disagreements() == []


def test_the_code_of_an_order_that_comes_back_and_of_a_newcomer(session):
    """One use: either the late money brings its order back, or the newcomer has the code; never both."""
    promo = a_promo(most_uses=1)
    owner = an_owner()
    ready(promo, session, owner)()
    order = Order.objects.get()
    payment = an_attempt(order)
    payments.apply(payment, says(payment, payments.Standing.CLOSED))
    with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
        payments.expire(order)
    newcomer = ready(promo, session)

    outcomes = all_at_once([newcomer, lambda: payments.apply(payment, says(payment))])

    order.refresh_from_db()
    assert used(promo) == 1
    assert order.is_paid == (refusals(outcomes) == ["promo_code_used_up"])
    assert books.disagreements() == []


def test_two_codes_and_two_sessions_in_opposite_orders_do_not_wait_in_a_circle():
    first, second = a_session(capacity=30), a_session(capacity=30)
    codes = a_promo(), a_promo()

    def buyer(n):
        owner = an_owner()
        cart = a_cart(owner, (first, 1), (second, 1)) if n % 2 else a_cart(owner, (second, 1), (first, 1))
        return ready(codes[n % 2], first, owner, cart=cart)

    outcomes = all_at_once([buyer(n) for n in range(20)])

    assert refusals(outcomes) == []
    assert [used(code) for code in codes] == [10, 10]


def test_without_the_rule_a_code_is_used_too_often(session, monkeypatch):
    """What a shop that looks, then counts would give: these tests would see it."""
    promo = a_promo()
    an_order_of = [ready(promo, session) for _ in range(8)]
    monkeypatch.setattr(promotions, "take", lambda promo, order, now: None)

    all_at_once(an_order_of)

    assert used(promo) == 0
    assert len(books.disagreements()) == 1 + 8


def test_a_free_order_confirmed_from_ten_windows_is_delivered_once(session):
    owner = an_owner()
    promotions.put(a_cart(owner, (session, 2)), a_promo(percent=100).code, owner.establishment)
    order = an_order(owner)

    all_at_once([lambda: orders.deliver_free(order)] * 10)

    assert order.lines.get().seats.count() == 2
    assert books.disagreements() == []
