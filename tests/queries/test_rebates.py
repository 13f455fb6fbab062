"""The auditor sees a promo code counted wrong, and a rebate that nothing explains."""

import pytest
from django.db.models import F

from pupitre.actions import promotions
from pupitre.models import Order, OrderLine, PromoCode, PromoUse
from pupitre.queries import books
from tests.world import a_cart, a_course, a_promo, a_session, an_order, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def promo():
    return a_promo(code="BIENVENUE", percent=10, most_uses=5)


@pytest.fixture
def order(promo):
    """Twelve seats with tiers and a promo code, awaiting their payment."""
    owner = an_owner()
    cart = a_cart(owner, (a_session(a_course(volume_tiers=[[10, 15]])), 12))
    promotions.put(cart, promo.code, owner.establishment)
    return an_order(owner)


def test_an_order_with_every_rebate_leaves_nothing_to_say(order):
    assert books.disagreements() == []


def test_a_code_that_counts_a_use_too_many(order):
    PromoCode.objects.update(used=2)

    assert books.disagreements() == ["promo code BIENVENUE: used 2 times, 1 uses, 1 orders hold it"]


def test_a_use_that_was_not_given_back(order):
    Order.objects.update(promo=None)
    OrderLine.objects.update(promo_discount_cents=0, net_cents=F("net_cents") + F("promo_discount_cents"))

    found = books.disagreements()

    assert "promo code BIENVENUE: used 1 times, 1 uses, 0 orders hold it" in found
    assert f"promo code BIENVENUE: order {order} holds it and should not" in found


def test_a_use_that_was_given_back_too_soon(order):
    PromoUse.objects.update(given_back_at=F("taken_at"))
    PromoCode.objects.update(used=0)

    found = books.disagreements()

    assert found == [
        "promo code BIENVENUE: used 0 times, 0 uses, 1 orders hold it",
        f"order {order}: its promo code is not counted",
    ]


def test_a_discount_without_a_code(order):
    PromoUse.objects.all().delete()
    PromoCode.objects.update(used=0)
    Order.objects.update(promo=None)

    assert books.disagreements() == [f"order {order}: a promo discount, and no promo code"]


def test_a_volume_discount_that_the_tiers_do_not_give(order):
    OrderLine.objects.update(volume_tiers=[[10, 20]])

    assert books.disagreements() == [f"order {order}: its volume discount is not that of its tiers"]


def test_a_seat_dearer_than_its_list_price(order):
    OrderLine.objects.update(list_price_cents=1)

    assert books.disagreements() == [f"order {order}: a seat costs more than its list price"]
