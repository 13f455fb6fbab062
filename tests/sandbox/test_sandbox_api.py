"""The calls of the sandbox that must be as strict as the real services."""

import threading
import time

import pytest

from tests.gateways.conftest import a_bill


@pytest.fixture
def post(ask_stripe):
    def post(path: str, data: dict, **headers: str):
        return ask_stripe("POST", path, data, **headers)

    return post


VERIFICATION = "/v1/notifications/verify-webhook-signature"
SESSION = {
    "mode": "payment",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "cad",
    "line_items[0][price_data][unit_amount]": "1000",
    "line_items[0][price_data][product_data][name]": "RCR",
    "success_url": "http://127.0.0.1:9/",
}


def test_the_first_answer_is_replayed_under_its_key(post):
    first = post("/v1/checkout/sessions", SESSION, **{"Idempotency-Key": "k"})
    second = post("/v1/checkout/sessions", SESSION, **{"Idempotency-Key": "k"})

    assert second.json() == first.json()
    assert ("Idempotent-Replayed" in first.headers, second.headers["Idempotent-Replayed"]) == (False, "true")


def test_other_parameters_under_the_same_key_are_refused(post):
    post("/v1/checkout/sessions", SESSION, **{"Idempotency-Key": "k"})
    other = post("/v1/checkout/sessions", SESSION | {"locale": "en"}, **{"Idempotency-Key": "k"})

    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


def test_a_key_is_known_for_a_day(sandbox, post):
    first, second = (post("/v1/checkout/sessions", SESSION, **{"Idempotency-Key": "k"}) for _ in range(2))
    sandbox.advance(24 * 3600)
    third = post("/v1/checkout/sessions", SESSION, **{"Idempotency-Key": "k"})

    assert first.json()["id"] == second.json()["id"] != third.json()["id"]


def test_a_refused_request_does_not_use_up_its_key(post):
    wrong = post("/v1/checkout/sessions", SESSION | {"mode": "gift"}, **{"Idempotency-Key": "k"})
    right = post("/v1/checkout/sessions", SESSION, **{"Idempotency-Key": "k"})

    assert [wrong.status_code, right.status_code] == [400, 200]


def test_the_same_key_while_the_first_call_runs_is_a_conflict(sandbox, post):
    sandbox.config(slow=1.5)
    answers = []
    slow = threading.Thread(
        target=lambda: answers.append(post("/v1/checkout/sessions", SESSION, **{"Idempotency-Key": "k"}))
    )
    slow.start()
    time.sleep(0.5)

    meanwhile = post("/v1/checkout/sessions", SESSION, **{"Idempotency-Key": "k"})
    slow.join()

    assert (meanwhile.status_code, meanwhile.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    assert answers[0].status_code == 200


@pytest.mark.parametrize(
    ("changes", "status", "param"),
    [
        ({"payment_method_types[0]": "card"}, 400, "payment_method_types"),
        ({"line_items[0][price_data][product_data][nom]": "x"}, 400, "line_items[0][price_data][product_data][nom]"),
        ({"line_items[0][quantity]": "many"}, 400, "line_items[0][quantity]"),
        ({"line_items[0][quantity]": "0"}, 400, "line_items[0][quantity]"),
        ({"line_items[0][price_data][unit_amount]": "-1"}, 400, "line_items[0][price_data]"),
        ({"line_items": "x"}, 400, "line_items"),
        ({"adaptive_pricing[enabled]": "maybe"}, 400, "adaptive_pricing[enabled]"),
        ({"expires_at": "1"}, 400, "expires_at"),
        ({"expires_at": "99999999999"}, 400, "expires_at"),
        ({"customer_email": "nowhere"}, 400, "customer_email"),
        ({"success_url": ""}, 400, "success_url"),
        (
            {"payment_intent_data[statement_descriptor_suffix]": "2026"},
            400,
            "payment_intent_data[statement_descriptor_suffix]",
        ),
    ],
)
def test_wrong_parameters_are_refused_by_name(post, changes, status, param):
    answer = post("/v1/checkout/sessions", SESSION | changes)

    assert (answer.status_code, answer.json()["error"].get("param")) == (status, param)


def test_a_paypal_answer_is_short_unless_the_whole_is_asked_for(sandbox, paypal_gateway, paypal_token):
    body = paypal_gateway.request(a_bill())

    short = sandbox.browser.post("/v2/checkout/orders", json=body, headers=paypal_token)
    wanted = paypal_token | {"Prefer": "return=representation"}
    whole = sandbox.browser.post("/v2/checkout/orders", json=body, headers=wanted)

    assert set(short.json()) == {"id", "status", "links"}
    assert whole.json()["purchase_units"][0]["amount"]["value"] == "327.68"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        b'{"intent":"CAPTURE","purchase_units":[],"payment_source":{}}',
        b'{"intent":"CAPTURE","purchase_units":[{"amount":"1"}],"payment_source":{"paypal":{}}}',
    ],
)
def test_a_malformed_order_is_refused_in_paypals_way(sandbox, paypal_token, body):

    answer = sandbox.browser.post("/v2/checkout/orders", content=body, headers=paypal_token)

    assert (answer.status_code, answer.json()["name"]) == (400, "INVALID_REQUEST")


def test_paypal_verifies_a_webhook_byte_for_byte(sandbox, paypal_gateway, paypal_token, listener, bill):
    started = paypal_gateway.start(paypal_gateway.request(bill), key="pay_1")
    sandbox.approve_paypal(started.url)
    [webhook] = listener.wait("CHECKOUT.ORDER.APPROVED", bill.payment)
    told = {name.lower().removeprefix("paypal-").replace("-", "_"): value for name, value in webhook.headers.items()}
    facts = "".join(
        f'"{name}":"{told[name]}",'
        for name in ("auth_algo", "cert_url", "transmission_id", "transmission_sig", "transmission_time")
    )

    def verify(event: bytes) -> str:
        webhook_id = sandbox.settings["PAYPAL_WEBHOOK_ID"]
        body = f'{{{facts}"webhook_id":"{webhook_id}","webhook_event":'.encode() + event + b"}"
        answer = sandbox.browser.post(VERIFICATION, content=body, headers=paypal_token)
        return answer.json()["verification_status"]

    assert verify(webhook.body) == "SUCCESS"
    assert verify(webhook.body.replace(b'":"', b'": "', 1)) == "FAILURE"
