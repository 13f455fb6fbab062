"""The sandbox in a real browser, with and without JavaScript: readable by everyone, and it leads back to the shop."""

import pytest

from tests.gateways.conftest import a_bill

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def page(browser, request):
    context = browser.new_context(java_script_enabled=request.param)
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def home(listener) -> str:
    """A page of the shop: the listener answers whatever it is asked."""
    return f"{listener.url}/retour/"


def test_a_card_is_chosen_paid_and_confirmed_by_clicks_alone(page, home, stripe_gateway):
    bill = a_bill(return_url=home)
    started = stripe_gateway.start(stripe_gateway.request(bill), key="pay_1")

    page.goto(started.url)
    page.get_by_role("link", name="4000 0000 0000 0002").click()
    page.get_by_role("button", name="Payer").click()
    refusal = page.get_by_role("alert").inner_text()
    page.get_by_role("link", name="4000 0027 6000 3184").click()
    page.get_by_role("button", name="Payer").click()
    page.get_by_role("button", name="Confirmer le paiement").click()
    page.wait_for_url(home)

    assert "Votre carte a été refusée" in refusal
    assert stripe_gateway.read(started.reference).standing == "paid"


def test_a_paypal_account_is_chosen_by_a_click(page, home, paypal_gateway):
    bill = a_bill(return_url=home, language="en")
    started = paypal_gateway.start(paypal_gateway.request(bill), key="pay_1")

    page.goto(started.url)
    page.get_by_role("button", name="An account that pays").click()
    page.wait_for_url(f"{home}?token={started.reference}*")

    assert paypal_gateway.read(started.reference).standing == "approved"


def test_the_console_gives_money_back_and_disputes_by_clicks_alone(page, sandbox, paid_by_card, ask_stripe):
    session = paid_by_card()

    for field, typed, button in [("Montant", "27,68", "Rembourser"), ("Motif", "duplicate", "Contester")]:
        page.goto(f"{sandbox.url}/_sandbox/?lang=fr")
        page.get_by_text("Intervenir").click()
        chosen = page.get_by_label(field)
        chosen.select_option(typed) if field == "Motif" else chosen.fill(typed)
        page.get_by_role("button", name=button).click()
    page.goto(f"{sandbox.url}/_sandbox/?lang=fr")
    page.get_by_role("button", name="Donner raison à la boutique").click()

    [dispute] = ask_stripe("GET", "/v1/disputes").json()["data"]
    details = "expand[]=payment_intent.latest_charge"
    charge = ask_stripe("GET", f"/v1/checkout/sessions/{session}?{details}").json()["payment_intent"]["latest_charge"]
    assert (charge["amount_refunded"], dispute["reason"], dispute["status"]) == (27_68, "duplicate", "won")


def test_every_page_can_be_read_by_everyone(browser, sandbox, stripe_gateway, paypal_gateway):
    from axe_playwright_python.sync_playwright import Axe

    card = stripe_gateway.start(stripe_gateway.request(a_bill()), key="pay_1").url
    paid = stripe_gateway.start(stripe_gateway.request(a_bill()), key="pay_2").url
    accounts = paypal_gateway.start(paypal_gateway.request(a_bill()), key="pay_1").url
    sandbox.pay_stripe(paid)
    reference = paid.rpartition("/")[2]
    sandbox.refund(reference, 1_00)
    sandbox.dispute(reference)
    console = f"{sandbox.url}/_sandbox/"
    # axe brings its own script, which our policy forbids to everybody.
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()

    faults = {}
    for address in [card, f"{card}?card=4242424242424242", paid, accounts, console, f"{console}objects/{reference}"]:
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address)
            found = [fault["id"] for fault in Axe().run(page).response["violations"]]
            too_wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            if found or too_wide:
                faults[address, width] = (found, too_wide)
    context.close()

    assert faults == {}
