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
