"""Stripe's calls beyond the payment itself: lists, money, disputes, webhook endpoints."""

import base64
import time

import pytest
import stripe

from pupitre.sandbox.cards import CARDS

SESSION = {
    "mode": "payment",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "cad",
    "line_items[0][price_data][unit_amount]": "10000",
    "line_items[0][price_data][product_data][name]": "RCR",
    "success_url": "http://127.0.0.1:9/",
}


@pytest.fixture
def get(ask_stripe):
    def get(path: str) -> dict:
        return ask_stripe("GET", path).raise_for_status().json()

    return get


@pytest.fixture
def intent_of(get):
    def intent_of(session: str) -> dict:
        details = "expand[]=payment_intent.latest_charge.balance_transaction"
        return get(f"/v1/checkout/sessions/{session}?{details}")["payment_intent"]

    return intent_of


# --- who may ask, and how --------------------------------------------------------------------------------------------


def test_the_key_may_come_as_a_name_without_password(sandbox):
    name = base64.b64encode(f"{sandbox.settings['STRIPE_SECRET_KEY']}:".encode()).decode()

    answer = sandbox.browser.get("/v1/balance", headers={"Authorization": f"Basic {name}"})

    assert answer.status_code == 200


def test_the_version_is_said_and_another_one_refused(ask_stripe):
    same = ask_stripe("GET", "/v1/account", **{"Stripe-Version": "2026-10-28.endive"})
    silent = ask_stripe("GET", "/v1/account")
    other = ask_stripe("GET", "/v1/account", **{"Stripe-Version": "2024-06-20"})

    assert [one.status_code for one in (same, silent, other)] == [200, 200, 400]
    assert {one.headers["Stripe-Version"] for one in (same, silent, other)} == {"2026-10-28.endive"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/customers"),
        ("POST", "/v1/events"),
        ("DELETE", "/v1/refunds/re_1"),
        ("GET", "/v1/checkout/sessions/x/y"),
    ],
)
def test_a_call_that_stripe_does_not_have_is_refused_in_its_way(ask_stripe, method, path):
    answer = ask_stripe(method, path)

    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")


@pytest.mark.parametrize(
    "path",
    [
        "/v1/checkout/sessions/cs_test_1",
        "/v1/payment_intents/pi_1",
        "/v1/charges/ch_1",
        "/v1/refunds/re_1",
        "/v1/balance_transactions/txn_1",
        "/v1/disputes/du_1",
        "/v1/events/evt_1",
        "/v1/webhook_endpoints/we_1",
    ],
)
def test_what_does_not_exist_is_missing(ask_stripe, path):
    answer = ask_stripe("GET", path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "resource_missing")


@pytest.mark.parametrize("number", ["--5", "5.0", "", "9" * 40, "٣"])
def test_a_number_that_is_none_is_refused(ask_stripe, number):
    answer = ask_stripe("GET", f"/v1/refunds?limit={number}")

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "limit")


def test_the_first_answer_is_kept_even_when_it_is_an_error(sandbox, ask_stripe):
    sandbox.config(error_kept=1)

    answers = [ask_stripe("POST", "/v1/checkout/sessions", SESSION, **{"Idempotency-Key": "k"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [500, 500]
    assert answers[1].headers["Idempotent-Replayed"] == "true"


def test_expanding_goes_down_four_levels(ask_stripe, paid_by_card):
    session = f"/v1/checkout/sessions/{paid_by_card()}"
    path = "payment_intent.latest_charge.balance_transaction.source"

    four = ask_stripe("GET", f"{session}?expand[]={path}")
    five = ask_stripe("GET", f"{session}?expand[]={path}.payment_intent")
    no_object = ask_stripe("GET", f"{session}?expand[]=status")
    unheard_of = ask_stripe("GET", f"{session}?expand[]=participants")

    assert four.json()["payment_intent"]["latest_charge"]["balance_transaction"]["source"]["object"] == "charge"
    assert [one.status_code for one in (five, no_object, unheard_of)] == [400, 400, 400]


# --- lists -----------------------------------------------------------------------------------------------------------


def test_lists_are_read_page_by_page_in_both_directions(ask_stripe, get):
    names = [ask_stripe("POST", "/v1/checkout/sessions", SESSION).json()["id"] for _ in range(4)]

    def listed(query: str) -> tuple[list[str], bool]:
        answer = get(f"/v1/checkout/sessions?{query}")
        return [session["id"] for session in answer["data"]], answer["has_more"]

    assert listed("limit=3") == ([names[3], names[2], names[1]], True)
    assert listed(f"limit=3&starting_after={names[1]}") == ([names[0]], False)
    assert listed(f"limit=2&ending_before={names[0]}") == ([names[2], names[1]], True)
    assert listed(f"created[gte]={int(time.time()) + 60}") == ([], False)
    assert listed("status=expired") == ([], False)
    assert ask_stripe("GET", "/v1/checkout/sessions?starting_after=cs_test_0").status_code == 400


@pytest.mark.parametrize("limit", ["0", "101"])
def test_a_page_holds_one_to_a_hundred(ask_stripe, limit):
    assert ask_stripe("GET", f"/v1/refunds?limit={limit}").status_code == 400


def test_events_are_listed_by_type(get, paid_by_card, sandbox):
    session = paid_by_card()
    sandbox.refund(session)

    listed = get("/v1/events?types[]=refund.created&types[]=checkout.session.completed&created[gte]=1")["data"]

    assert [event["type"] for event in listed] == ["refund.created", "checkout.session.completed"]
    assert get(f"/v1/events/{listed[0]['id']}") == listed[0]


# --- money -----------------------------------------------------------------------------------------------------------


def test_every_movement_says_its_fee(get, paid_by_card, sandbox, intent_of):
    session = paid_by_card()
    sandbox.refund(session, 100_00)
    sandbox.dispute(session)

    movements = get("/v1/balance_transactions")["data"]

    # 327.68 × 2.9 % + 0.30 = 9.80; what was refunded can no longer be disputed; a dispute costs 15 $
    assert [(one["type"], one["amount"], one["fee"], one["net"]) for one in reversed(movements)] == [
        ("charge", 327_68, 9_80, 317_88),
        ("refund", -100_00, 0, -100_00),
        ("adjustment", -227_68, 15_00, -242_68),
    ]
    assert get("/v1/balance")["pending"][0]["amount"] == 317_88 - 100_00 - 242_68
    assert get(f"/v1/balance_transactions?source={intent_of(session)['latest_charge']['id']}")["data"] == movements[2:]


def test_the_fee_may_come_later(sandbox, paid_by_card, intent_of):
    sandbox.config(fee_later=60)
    session = paid_by_card()
    refund = sandbox.refund(session, 100_00)

    before = intent_of(session)["latest_charge"]["balance_transaction"]
    sandbox.advance(61)
    after = intent_of(session)["latest_charge"]["balance_transaction"]

    assert (before, after["fee"]) == (None, 9_80)
    assert refund in {event["text"]["data"]["object"]["id"] for event in sandbox.log()["events"]}


def test_money_becomes_available_after_two_days_or_at_once(sandbox, paid_by_card, intent_of):
    session = paid_by_card()

    before = intent_of(session)["latest_charge"]["balance_transaction"]["status"]
    sandbox.advance(2 * 24 * 3600)
    after = intent_of(session)["latest_charge"]["balance_transaction"]["status"]

    assert (before, after) == ("pending", "available")


def test_a_payment_of_a_session_is_not_cancelled_by_itself(ask_stripe, stripe_gateway, sandbox, bill, intent_of):
    started = stripe_gateway.start(stripe_gateway.request(bill), key="pay_1")
    sandbox.pay_stripe(started.url, "4000000000000002")
    intent = intent_of(started.reference)

    refused = ask_stripe("POST", f"/v1/payment_intents/{intent['id']}/cancel")
    ask_stripe("POST", f"/v1/checkout/sessions/{started.reference}/expire")
    cancelled = ask_stripe("GET", f"/v1/payment_intents/{intent['id']}").json()
    again = ask_stripe("POST", f"/v1/payment_intents/{intent['id']}/cancel").json()

    assert refused.status_code == 400
    assert (cancelled["status"], again["error"]["code"]) == ("canceled", "payment_intent_unexpected_state")


# --- cards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [card.number for card in CARDS.values() if card.code])
def test_a_card_that_is_declined_says_why(number, paid_by_card, intent_of):
    session = paid_by_card(number)

    error = intent_of(session)["last_payment_error"]

    assert (error["code"], error.get("decline_code", "")) == (CARDS[number].code, CARDS[number].decline_code)


@pytest.mark.parametrize("number", [card.number for card in CARDS.values() if not card.code])
def test_a_card_that_pays_shows_its_end(number, paid_by_card, intent_of):
    charge = intent_of(paid_by_card(number))["latest_charge"]

    assert charge["paid"]
    assert charge["payment_method_details"]["card"]["last4"] == number[-4:]
    assert charge["disputed"] == bool(CARDS[number].disputed)
    assert charge["balance_transaction"]["status"] == ("available" if number.endswith("0077") else "pending")


@pytest.mark.parametrize(
    ("number", "reason"), [("4000000000000259", "fraudulent"), ("4000000000002685", "product_not_received")]
)
def test_some_cards_dispute_what_they_paid(number, reason, paid_by_card, get):
    paid_by_card(number)

    [dispute] = get("/v1/disputes")["data"]

    assert (dispute["reason"], dispute["status"], dispute["amount"]) == (reason, "needs_response", 327_68)


@pytest.mark.parametrize(
    ("number", "first", "then", "kept"),
    [("4000000000007726", "pending", "succeeded", 0), ("4000000000005126", "succeeded", "failed", 327_68)],
)
def test_some_refunds_change_their_mind(number, first, then, kept, paid_by_card, sandbox, get, intent_of):
    session = paid_by_card(number)
    refund = sandbox.refund(session)

    before = get(f"/v1/refunds/{refund}")
    sandbox.advance(6)
    after = get(f"/v1/refunds/{refund}")

    assert (before["status"], after["status"]) == (first, then)
    assert 327_68 - intent_of(session)["latest_charge"]["amount_refunded"] == kept


# --- webhook endpoints -----------------------------------------------------------------------------------------------


@pytest.fixture
def endpoint(ask_stripe, listener) -> dict:
    asked = {"url": f"{listener.url}/new/", "enabled_events[0]": "refund.created", "api_version": "2026-10-28.endive"}
    return ask_stripe("POST", "/v1/webhook_endpoints", asked).raise_for_status().json()


def test_an_endpoint_shows_its_secret_once(endpoint, get):
    read = get(f"/v1/webhook_endpoints/{endpoint['id']}")

    assert endpoint["secret"].startswith("whsec_")
    assert read == {name: value for name, value in endpoint.items() if name != "secret"}
    assert get("/v1/webhook_endpoints")["data"] == [read]


def test_an_endpoint_takes_the_place_of_the_shop_and_hears_what_it_asked_for(endpoint, listener, sandbox, paid_by_card):
    refund = sandbox.refund(paid_by_card())

    [received] = listener.wait("refund.created", refund)

    assert received.path == "/new/"
    assert {delivery["kind"] for delivery in sandbox.deliveries()} == {"refund.created"}


def test_an_endpoint_signs_with_its_own_secret(endpoint, listener, sandbox, paid_by_card):
    refund = sandbox.refund(paid_by_card())
    [received] = listener.wait("refund.created", refund)

    event = stripe.Webhook.construct_event(received.body, received.headers["Stripe-Signature"], endpoint["secret"])

    assert event.type == "refund.created"
    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(
            received.body, received.headers["Stripe-Signature"], sandbox.settings["STRIPE_WEBHOOK_SECRETS"][0]
        )


def test_an_endpoint_can_be_changed_and_forgotten(endpoint, ask_stripe, listener, bill, paid_by_card):
    path = f"/v1/webhook_endpoints/{endpoint['id']}"

    changed = ask_stripe("POST", path, {"enabled_events[0]": "*", "disabled": "true"}).json()
    forgotten = ask_stripe("DELETE", path).json()
    paid_by_card()
    [received] = listener.wait("checkout.session.completed", bill.payment)

    assert (changed["enabled_events"], changed["status"]) == (["*"], "disabled")
    assert forgotten == {"id": endpoint["id"], "object": "webhook_endpoint", "deleted": True}
    assert ask_stripe("GET", path).status_code == 404
    assert received.path == "/paiements/stripe/avis/"


@pytest.mark.parametrize("asked", [{"url": "nowhere", "enabled_events[0]": "*"}, {"url": "http://127.0.0.1:9/"}, {}])
def test_an_endpoint_without_address_or_events_is_refused(ask_stripe, asked):
    assert ask_stripe("POST", "/v1/webhook_endpoints", asked).status_code == 400
