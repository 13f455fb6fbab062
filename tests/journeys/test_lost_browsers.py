"""A buyer pays, and their browser never comes back: the webhook alone brings the seats, signed and handled for real."""

import httpx
import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "/cours/donner-une-retroaction-utile/"


@pytest.mark.parametrize(
    ("button", "means"),
    [
        ("Pay by card", {"email": "achats@exemple.ca", "number": "5555555555554444", "expiry": "12/34", "cvc": "123"}),
        ("Pay with PayPal", {"account": "pays"}),
    ],
)
def test_the_order_is_paid_although_nobody_came_back(owner, button, means):
    page = owner.page
    owner.go(COURSE)
    page.locator("input[name=session]:enabled").last.check()
    owner.press("Add to cart")
    owner.follow("Continue")
    owner.press(button)
    page.wait_for_url(lambda address: "/c/pay/" in address or "/checkoutnow" in address)

    paid = httpx.post(page.url, data=means, follow_redirects=False)
    assert paid.status_code == 303, "the payment service sends the buyer back, and the buyer is gone"

    reference = paid.headers["Location"].partition("/commande/")[2].partition("/")[0]
    # My purchases never asks the payment service: only the webhook can have paid the order.
    for _ in range(80):
        owner.go("/mes-achats/")
        if reference not in page.get_by_role("main").inner_text():
            break
        page.wait_for_timeout(250)
    else:
        pytest.fail("the order is still waiting for its payment")
    owner.go(f"/commande/{reference}/merci/")
    owner.arrives_at("Thank you! Your order is paid")
