"""The pages where a buyer pays, in the place of Stripe’s and PayPal’s."""

import re

import pytest

from pupitre.sandbox.cards import CARDS
from tests.gateways.conftest import CANCEL, RETURN, a_bill

FORM = {"email": "a@example.com", "number": "4242 4242 4242 4242", "expiry": "12/34", "cvc": "123"}


@pytest.fixture
def stripe_page(stripe_gateway, bill) -> str:
    return stripe_gateway.start(stripe_gateway.request(bill), key="pay_1").url


@pytest.fixture
def paypal_page(paypal_gateway, bill) -> str:
    return paypal_gateway.start(paypal_gateway.request(bill), key="pay_1").url


def words_of(page: str) -> str:
    return re.sub(r"[ \n]+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_card_page_shows_the_whole_bill_in_french(sandbox, stripe_page):
    page = sandbox.browser.get(stripe_page).text

    assert '<html lang="fr">' in page
    assert page.count("<h1>") == 1
    for words in ["Bac à sable – aucun argent réel", "Réanimation cardiorespiratoire", "TPS (5 %)", "327,68\u00a0$"]:
        assert words in words_of(page)


def test_the_card_page_speaks_english_to_an_english_order(sandbox, stripe_gateway):
    bill = a_bill(language="en")
    page = sandbox.browser.get(stripe_gateway.start(stripe_gateway.request(bill), key="pay_2").url).text

    assert '<html lang="en">' in page
    assert "Sandbox – no real money" in page
    assert "Pay $327.68" in page


def test_every_test_card_is_one_click_away_and_fills_in_the_form(sandbox, stripe_page):
    page = sandbox.browser.get(stripe_page).text
    links = re.findall(r'href="(/c/pay/[^"]+\?card=([0-9]+))"', page)

    filled = sandbox.browser.get(links[0][0]).text

    assert [number for _, number in links] == list(CARDS)
    assert 'value="4242 4242 4242 4242"' in filled
    assert 'value="123"' in filled


def test_a_real_looking_number_is_refused_and_appears_nowhere(sandbox, stripe_page):
    answer = sandbox.browser.post(stripe_page, data=FORM | {"number": "4111 1111 1111 1111"})

    assert answer.status_code == 422
    assert "n’est pas celui d’une carte d’essai" in answer.text
    for place in (answer.text, sandbox.browser.get("/_sandbox/log").text, sandbox.browser.get("/_sandbox/").text):
        assert "4111" not in place.replace(" ", "")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": ""}, "Entrez une adresse courriel."),
        ({"email": "nowhere"}, "Entrez une adresse courriel."),
        ({"expiry": ""}, "Entrez une date à venir"),
        ({"expiry": "13/34"}, "Entrez une date à venir"),
        ({"expiry": "01/20"}, "Entrez une date à venir"),
        ({"cvc": "12"}, "Entrez les trois chiffres"),
        ({"cvc": "١٢٣"}, "Entrez les trois chiffres"),
        ({"number": ""}, "n’est pas celui d’une carte d’essai"),
        ({"number": "４２４２424242424242"}, "n’est pas celui d’une carte d’essai"),
    ],
)
def test_what_is_wrong_is_said_kindly_and_nothing_is_paid(sandbox, stripe_page, changes, sentence):
    answer = sandbox.browser.post(stripe_page, data=FORM | changes)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert sandbox.log()["events"] == []


def test_a_declined_card_is_told_on_the_same_page(sandbox, stripe_page):
    answer = sandbox.browser.post(stripe_page, data=FORM | {"number": "4000000000009995"})

    assert answer.status_code == 422
    assert "insufficient_funds" in answer.text


def test_a_paid_page_says_so_and_leads_back(sandbox, stripe_page):
    sandbox.pay_stripe(stripe_page)

    again = sandbox.browser.post(stripe_page, data=FORM)

    assert again.status_code == 200
    assert "Ce paiement est déjà fait" in again.text
    assert f'href="{RETURN}"' in again.text
    assert [one["kind"] for one in sandbox.log()["events"]] == ["checkout.session.completed"]


def test_an_expired_page_says_so_and_leads_back(sandbox, stripe_page):
    sandbox.advance(32 * 60)

    answer = sandbox.browser.get(stripe_page)

    assert answer.status_code == 410
    assert "n’est plus valide" in answer.text
    assert f'href="{CANCEL}"' in answer.text


def test_the_bank_page_without_a_card_leads_to_the_form(sandbox, stripe_page):
    answer = sandbox.browser.get(f"{stripe_page}/3ds")

    assert answer.status_code == 303
    assert answer.headers["Location"] in stripe_page


@pytest.mark.parametrize("page", ["/c/pay/unknown", "/c/pay/unknown/3ds", "/checkoutnow", "/checkoutnow?token=unknown"])
def test_an_unknown_payment_is_not_found(sandbox, page):
    answer = sandbox.browser.get(page, headers={"Accept-Language": "fr-CA"})

    assert answer.status_code == 404
    assert "Page introuvable" in answer.text


def test_the_paypal_page_offers_accounts_in_french(sandbox, paypal_page):
    page = sandbox.browser.get(paypal_page).text

    assert '<html lang="fr">' in page
    assert re.findall(r'name="account" value="([\w-]+)"', page) == [
        "pays",
        "declined",
        "pending",
        "refund-pending",
        "closes",
    ]
    assert "327,68\u00a0$ à Formation Boréale" in words_of(page)


def test_an_account_that_does_not_exist_changes_nothing(sandbox, paypal_page):
    answer = sandbox.browser.post(paypal_page, data={"account": "somebody"})

    assert answer.status_code == 200
    assert sandbox.log()["events"] == []


def test_a_paid_paypal_order_says_so(sandbox, paypal_gateway, bill):
    started = paypal_gateway.start(paypal_gateway.request(bill), key="pay_1")
    sandbox.approve_paypal(started.url)
    paypal_gateway.capture(started.reference, key="cap_1")

    assert "Ce paiement est déjà fait" in sandbox.browser.get(started.url).text


def test_the_stylesheet_is_ours(sandbox):
    answer = sandbox.browser.get("/static/sandbox.css")

    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "http" not in answer.text
