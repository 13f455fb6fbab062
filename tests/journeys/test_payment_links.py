"""The owner gives the bill to someone who has no account; that person pays, and the owner reads it."""

from urllib.parse import urlsplit

import pytest

from tests.journeys.looking import PHONE, faults
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "simdut-produits-dangereux"


@pytest.fixture
def link(owner) -> str:
    """The path of a payment link, as its owner copies it from the page of an order."""
    owner.puts_in_cart(COURSE, 1)
    owner.follow("Continue")
    owner.press("Pay by card")
    owner.page.wait_for_url("**/c/pay/**")
    owner.page.locator("form a").first.click()
    owner.arrives_at("The payment was stopped")

    owner.press("Create the link")
    owner.sees("The payment link is ready. Copy it and give it to the person who pays.")
    return urlsplit(owner.page.locator("copy-code code").inner_text()).path


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["", "without-javascript"])
@pytest.mark.parametrize("means", ["Pay by card", "Pay with PayPal"])
def test_someone_without_an_account_pays(means, options, owner, link, new_page, picture):
    payer = Visitor(new_page(**options))
    payer.go(link)
    payer.arrives_at("An order to pay")
    assert payer.page.get_by_role("navigation").count() == 0
    picture(payer.page, "payer/1-bill")

    payer.press(means)
    if means == "Pay by card":
        payer.pays_with_card()
    else:
        payer.pays_with_paypal()

    payer.arrives_at("Thank you! The order is paid")
    picture(payer.page, "payer/2-paid")
    with payer.page.expect_download() as download:
        payer.follow("Invoice (PDF)")
    assert download.value.path().read_bytes().startswith(b"%PDF-")

    owner.page.reload()
    owner.arrives_at("Thank you! Your order is paid")


def test_every_face_of_the_bill_can_be_used_by_everyone(owner, link, new_page, picture, complaints):
    payer = Visitor(new_page())
    page, seen = payer.page, {}

    def looks(face: str, **how) -> None:
        picture(page, f"payer/{face}")
        seen.update({(face, *way): problems for way, problems in faults(page, **how).items()})

    payer.go(link)
    looks("bill")
    payer.type("Email address for the receipt", "comptes@")
    payer.press("Pay by card")
    page.locator(".errsum").wait_for()
    looks("refused")
    page.goto(f"/en{link}")
    looks("in-english", widths=(PHONE,), dark=False)
    payer.go(link)
    payer.press("Pay with PayPal")
    payer.pays_with_paypal("declined")
    payer.arrives_at("The payment was not accepted")
    looks("declined")

    owner.page.reload()
    owner.press("Withdraw the link")
    owner.sees("The payment link no longer works.")
    complaints.forgive("status of 410")
    payer.go(link)
    payer.arrives_at("This payment link does not work")
    looks("withdrawn")
    assert seen == {}

    owner.press("Change the number of seats")
    owner.arrives_at("Cart")
    owner.press("Remove")
    owner.sees("Your cart is empty")
