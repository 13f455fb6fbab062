"""The cart: a wish that holds nothing."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import carts
from pupitre.models import Cart, CartLine, Course
from tests.world import a_cart, a_course, a_session, an_order, an_owner

pytestmark = pytest.mark.django_db


def wishes(cart):
    return [(line.session, line.quantity) for line in cart.lines.all()]


def test_putting_seats_in_the_cart_takes_none(owner):
    session = a_session(capacity=10)

    a_cart(owner, (session, 3))

    session.refresh_from_db()
    assert session.taken == 0


def test_the_number_is_set_not_added(owner):
    session = a_session()

    cart = a_cart(owner, (session, 3), (session, 3), (session, 2))

    assert wishes(cart) == [(session, 2)]


def test_a_cart_takes_several_sessions(owner):
    first, second = a_session(), a_session()

    cart = a_cart(owner, (first, 1), (second, 4))

    assert wishes(cart) == [(first, 1), (second, 4)]


def test_a_session_taken_out_of_the_cart_leaves_the_others(owner):
    first, second = a_session(), a_session()
    cart = a_cart(owner, (first, 1), (second, 4))

    carts.remove(cart, cart.lines.get(session=first))

    assert wishes(cart) == [(second, 4)]


def test_nobody_takes_a_line_out_of_someone_elses_cart(owner):
    session = a_session()
    theirs = a_cart(an_owner(), (session, 2))

    carts.remove(a_cart(owner), theirs.lines.get())

    assert wishes(theirs) == [(session, 2)]


@pytest.mark.parametrize(
    "closed",
    [
        {"cancelled_at": clock.now()},
        {"starts_at": clock.now() - timedelta(minutes=1)},
        {"sales_close_at": clock.now() - timedelta(minutes=1)},
    ],
    ids=["cancelled", "started", "sales closed"],
)
def test_a_session_that_is_no_longer_sold_cannot_be_put_in_the_cart(owner, closed):
    session = a_session(**closed)

    with pytest.raises(carts.SessionClosed):
        a_cart(owner, (session, 1))


@pytest.mark.parametrize("published_at", [None, clock.now() + timedelta(days=1)], ids=["withdrawn", "not yet"])
def test_a_course_that_is_not_published_cannot_be_put_in_the_cart(owner, published_at):
    session = a_session(a_course(published_at=published_at))

    with pytest.raises(carts.SessionClosed):
        a_cart(owner, (session, 1))


def test_a_full_session_is_said_to_be_full(owner):
    session = a_session(capacity=2)
    an_order(an_owner(), (session, 2))
    session.refresh_from_db()

    with pytest.raises(carts.SessionFull):
        a_cart(owner, (session, 1))


@pytest.mark.parametrize(
    ("taken", "refusal", "said"), [(8, carts.NotEnoughSeatsLeft, "2"), (9, carts.OneSeatLeft, "1")]
)
@pytest.mark.parametrize("quantity", [3, 2**31, 10**18])
def test_too_many_seats_are_refused_with_the_number_left(owner, taken, refusal, said, quantity):
    session = a_session(capacity=10)
    an_order(an_owner(), (session, taken))
    session.refresh_from_db()

    with pytest.raises(refusal) as refused:
        a_cart(owner, (session, quantity))

    assert said in str(refused.value)


def test_a_refusal_keeps_what_was_in_the_cart(owner):
    session = a_session(capacity=4)
    cart = a_cart(owner, (session, 3))

    with pytest.raises(carts.NotEnoughSeatsLeft):
        carts.put(cart, session, 5)

    assert wishes(cart) == [(session, 3)]


def test_signing_in_brings_along_what_was_chosen_before(owner):
    old, chosen_twice, new = a_session(), a_session(), a_session()
    a_cart(owner, (old, 1), (chosen_twice, 1))
    anonymous = Cart.objects.create()
    carts.put(anonymous, chosen_twice, 5)
    carts.put(anonymous, new, 2)

    cart = carts.adopt(anonymous, owner)

    assert wishes(cart) == [(old, 1), (chosen_twice, 5), (new, 2)]
    assert list(Cart.objects.all()) == [cart]


def test_someone_elses_cart_is_never_adopted(owner):
    session = a_session()
    theirs = a_cart(an_owner(), (session, 2))

    mine = carts.adopt(theirs, owner)

    assert wishes(mine) == []
    assert wishes(theirs) == [(session, 2)]


def test_a_price_that_changed_is_noticed_until_it_was_shown(owner):
    session = a_session(a_course(price_cents=10000))
    cart = a_cart(owner, (session, 1))
    Course.objects.update(price_cents=12000)
    assert [line.price_has_changed for line in CartLine.objects.all()] == [True]

    carts.note_prices(cart)

    assert [line.price_has_changed for line in CartLine.objects.all()] == [False]
