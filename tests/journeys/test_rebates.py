"""Rebates in a browser, with JavaScript and without: from the price of a course to an order that costs nothing."""

import pytest
from playwright.sync_api import expect

from pupitre.formats import NBSP
from tests.journeys.looking import faults
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FOR_MEMBERS = "secourisme-adapte-a-la-petite-enfance"
WITH_TIERS = "secourisme-en-milieu-de-travail"
WITH_A_FREE_SEAT = "l-intelligence-artificielle-au-travail"


@pytest.fixture(params=[True, False], ids=["JavaScript", "no JavaScript"])
def owner(request, new_page, owner_signed_in):
    owner = Visitor(new_page(storage_state=owner_signed_in, java_script_enabled=request.param))
    yield owner
    owner.go("/panier/")
    for button in ("Remove the code", "Remove", "Remove"):
        if owner.button(button).count():
            owner.press(button)


def test_the_price_of_members_the_tiers_and_a_code_are_told_before_taxes(owner, picture, request):
    owner.go(f"/cours/{FOR_MEMBERS}/")
    expect(owner.page.locator("s").first).to_contain_text("98,00")
    expect(owner.page.get_by_role("main")).to_contain_text("84,00")
    picture(owner.page, f"rebates/course-{request.node.callspec.id}")

    owner.go(f"/cours/{WITH_TIERS}/")
    expect(owner.page.locator(".tiers li")).to_have_count(2)
    owner.puts_in_cart(WITH_TIERS, 4)
    expect(owner.page.get_by_role("article")).to_contain_text(f"143,10{NBSP}$")

    owner.type("Promo code", "n’importe quoi")
    owner.press("Apply")
    expect(owner.page.get_by_role("alert")).to_be_visible()
    assert owner.field("Promo code").input_value() == "n’importe quoi"

    owner.type("Promo code", "bienvenue")
    owner.press("Apply")
    totals = owner.page.locator(".tot")
    expect(totals).to_contain_text(f"−63,60{NBSP}$")
    expect(totals).to_contain_text(f"572,40{NBSP}$")
    expect(owner.page.locator(".saving")).to_contain_text(f"63,60{NBSP}$")
    picture(owner.page, f"rebates/cart-{request.node.callspec.id}")

    owner.follow("Continue")
    expect(owner.page.locator(".tot")).to_contain_text(f"572,40{NBSP}$")
    picture(owner.page, f"rebates/review-{request.node.callspec.id}")


def test_the_pages_with_rebates_are_for_everyone(new_page, owner_signed_in):
    """Struck prices, tiers, a code that is applied and one that is refused: in every width, light and dark."""
    owner = Visitor(new_page(storage_state=owner_signed_in))
    owner.go(f"/cours/{FOR_MEMBERS}/")
    assert faults(owner.page) == {}
    owner.puts_in_cart(WITH_TIERS, 7)
    owner.type("Promo code", "RIEN")
    owner.press("Apply")
    expect(owner.page.get_by_role("alert")).to_be_visible()
    assert faults(owner.page) == {}
    owner.type("Promo code", "BIENVENUE")
    owner.press("Apply")
    owner.button("Remove the code").wait_for()
    assert faults(owner.page) == {}
    owner.follow("Continue")
    assert faults(owner.page) == {}

    owner.go("/panier/")
    owner.press("Remove the code")
    owner.press("Remove")


def test_an_order_that_costs_nothing_needs_no_payment(owner, picture, request):
    owner.puts_in_cart(WITH_A_FREE_SEAT, 1)
    owner.type("Promo code", "INVITATION")
    owner.press("Apply")
    expect(owner.page.locator(".tot__total")).to_contain_text(f"0,00{NBSP}$")

    owner.follow("Continue")
    expect(owner.button("Pay by card")).to_have_count(0)
    picture(owner.page, f"rebates/free-review-{request.node.callspec.id}")
    owner.press("Confirm the order")

    owner.arrives_at("Thank you! Your order is paid")
    picture(owner.page, f"rebates/free-thanks-{request.node.callspec.id}")
