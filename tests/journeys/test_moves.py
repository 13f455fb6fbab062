"""Another date, in a browser: a seat goes to another session with its holder, who keeps the code."""

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import faults
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "secourisme-en-milieu-de-travail"


@pytest.mark.parametrize("with_javascript", [True, False], ids=["JavaScript", "no JavaScript"])
def test_a_seat_at_the_same_price(new_page, owner_signed_in, picture, with_javascript, request):
    owner = Visitor(new_page(storage_state=owner_signed_in, java_script_enabled=with_javascript))
    owner.buys(COURSE, 1, session=0)  # in Québec, like the next one: the last is in Ontario
    owner.follow("Assign a seat")
    owner.assigns_to_newcomer("Nadia", "Avec" if with_javascript else "Sans")
    code = owner.code

    owner.follow("Move to another session")
    owner.arrives_at("Move to another session")
    picture(owner.page, f"moves/choice-{request.node.callspec.id}")
    assert not with_javascript or faults(owner.page) == {}
    same_price = owner.page.locator("label.session").filter(has_text=owner.said("Same price"))
    same_price.locator("input:enabled").first.check()
    owner.press("Continue")
    owner.arrives_at("Move these seats?")
    picture(owner.page, f"moves/check-{request.node.callspec.id}")
    owner.click("button[name=confirmed]")

    expect(owner.page.locator(".history")).to_contain_text(owner.said("Moved to another session on %(date)s", date=""))
    assert owner.code == code
    picture(owner.page, f"moves/done-{request.node.callspec.id}")


@pytest.mark.parametrize("with_javascript", [True, False], ids=["JavaScript", "no JavaScript"])
def test_a_dearer_session_paid_by_card(new_page, owner_signed_in, picture, with_javascript, request):
    owner = Visitor(new_page(storage_state=owner_signed_in, java_script_enabled=with_javascript))
    owner.buys("deplacement-securitaire-des-beneficiaires", 1, session=0)
    owner.follow("Assign a seat")
    owner.assigns_to_newcomer("Nadia", "Plus" if with_javascript else "Loin")
    code = owner.code

    owner.follow("Move to another session")
    owner.arrives_at("Move to another session")
    owner.page.locator("label.session").filter(has_text="+").locator("input:enabled").first.check()
    owner.press("Continue")
    owner.arrives_at("Move these seats?")
    owner.sees("What there is to pay")
    picture(owner.page, f"moves/to-pay-{request.node.callspec.id}")
    assert not with_javascript or faults(owner.page) == {}
    owner.press("Continue to payment")

    owner.arrives_at("Your order is waiting for its payment")
    picture(owner.page, f"moves/order-{request.node.callspec.id}")
    assert not with_javascript or faults(owner.page) == {}
    owner.press("Pay by card")
    owner.pays_with_card()
    owner.arrives_at("Thank you! Your order is paid")
    owner.sees("The seats are in their new session, and codes stay the same. Whoever has an email is told.")
    picture(owner.page, f"moves/paid-{request.node.callspec.id}")
    owner.follow("See the seats")

    expect(owner.page.get_by_role("main")).to_contain_text(code)
