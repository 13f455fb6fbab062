"""PayPal's calls beyond the payment itself: refunds, disputes, and who hears of them."""

import threading
import time
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from pupitre.sandbox.paypal.refusals import ISSUES, OF_A_CAPTURE, OF_A_REFUND
from tests.gateways.conftest import a_bill


@pytest.fixture
def order_of(ask_paypal):
    def order_of(capture: str) -> dict:
        read = ask_paypal("GET", f"/v2/payments/captures/{capture}").json()
        name = read["supplementary_data"]["related_ids"]["order_id"]
        return ask_paypal("GET", f"/v2/checkout/orders/{name}").json()

    return order_of


def issue_of(answer) -> str:
    return answer.json()["details"][0]["issue"]


# --- money -----------------------------------------------------------------------------------------------------------


def test_an_order_shows_what_was_taken_and_given_back(ask_paypal, paid_by_paypal, order_of):
    capture = paid_by_paypal()
    body = {"amount": {"currency_code": "CAD", "value": "100.00"}, "custom_id": "r1"}
    refund = ask_paypal("POST", f"/v2/payments/captures/{capture}/refund", body, Prefer="return=representation").json()

    payments = order_of(capture)["purchase_units"][0]["payments"]

    assert payments["refunds"] == [refund]
    assert payments["captures"][0]["status"] == "PARTIALLY_REFUNDED"
    fees = payments["captures"][0]["seller_receivable_breakdown"]
    assert [fees[part]["value"] for part in ("gross_amount", "paypal_fee", "net_amount")] == [
        "327.68",
        "9.80",
        "317.88",
    ]
    kept = refund["seller_payable_breakdown"]
    assert [kept[part]["value"] for part in ("gross_amount", "paypal_fee", "net_amount")] == [
        "100.00",
        "0.00",
        "100.00",
    ]
    assert ask_paypal("GET", f"/v2/payments/refunds/{refund['id']}").json() == refund


def test_a_refund_under_the_same_id_is_made_once(ask_paypal, paid_by_paypal, order_of):
    capture = paid_by_paypal()
    path = f"/v2/payments/captures/{capture}/refund"

    answers = [ask_paypal("POST", path, {}, **{"PayPal-Request-Id": "ref_1"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert len(order_of(capture)["purchase_units"][0]["payments"]["refunds"]) == 1


@pytest.mark.parametrize(("hours", "status"), [(7, 200), (46 * 24, 201)])
def test_paypal_knows_the_id_of_a_refund_for_45_days(sandbox, ask_paypal, paid_by_paypal, settings, hours, status):
    path = f"/v2/payments/captures/{paid_by_paypal()}/refund"
    asked = {"amount": {"currency_code": "CAD", "value": "1.00"}}
    ask_paypal("POST", path, asked, **{"PayPal-Request-Id": "ref_1"})

    sandbox.advance(hours * 3600)
    keys = (settings.PAYPAL_CLIENT_ID, settings.PAYPAL_CLIENT_SECRET)
    answer = sandbox.browser.post("/v1/oauth2/token", auth=keys, data={"grant_type": "client_credentials"})
    token = {"Authorization": f"Bearer {answer.json()['access_token']}", "PayPal-Request-Id": "ref_1"}
    again = sandbox.browser.post(path, json=asked, headers=token)

    assert again.status_code == status


def test_paypal_knows_the_id_of_an_order_for_six_hours(sandbox, paypal_gateway, ask_paypal):
    body = paypal_gateway.request(a_bill())

    first, second = (ask_paypal("POST", "/v2/checkout/orders", body, **{"PayPal-Request-Id": "p"}) for _ in range(2))
    sandbox.advance(6 * 3600)
    third = ask_paypal("POST", "/v2/checkout/orders", body, **{"PayPal-Request-Id": "p"})

    assert first.json()["id"] == second.json()["id"] != third.json()["id"]
    assert ask_paypal("POST", "/v2/checkout/orders", body, **{"PayPal-Request-Id": "p" * 109}).status_code == 400


def test_the_same_id_while_the_first_call_runs_is_a_conflict(sandbox, ask_paypal, paid_by_paypal):
    path = f"/v2/payments/captures/{paid_by_paypal()}/refund"
    sandbox.config(slow=1.5)
    answers = []
    first = threading.Thread(target=lambda: answers.append(ask_paypal("POST", path, {}, **{"PayPal-Request-Id": "r"})))
    first.start()
    time.sleep(0.5)

    meanwhile = ask_paypal("POST", path, {}, **{"PayPal-Request-Id": "r"})
    first.join()

    assert (meanwhile.status_code, meanwhile.json()["name"]) == (409, "RESOURCE_CONFLICT")
    assert answers[0].status_code == 201


@pytest.mark.parametrize(
    ("amount", "issue"),
    [
        ({"currency_code": "CAD", "value": "327.69"}, "REFUND_AMOUNT_EXCEEDED"),
        ({"currency_code": "USD", "value": "1.00"}, "REFUND_CAPTURE_CURRENCY_MISMATCH"),
    ],
)
def test_a_wrong_refund_is_refused(ask_paypal, paid_by_paypal, amount, issue):
    answer = ask_paypal("POST", f"/v2/payments/captures/{paid_by_paypal()}/refund", {"amount": amount})

    assert (answer.status_code, issue_of(answer)) == (422, issue)


def test_a_pending_refund_ends_one_way_or_the_other(sandbox, ask_paypal, paid_by_paypal, order_of):
    capture = paid_by_paypal("refund-pending")
    first, second = sandbox.refund(capture, 100_00), sandbox.refund(capture, 27_68)

    before = ask_paypal("GET", f"/v2/payments/refunds/{first}").json()["status"]
    sandbox.finish_refund(first)
    sandbox.fail_refund(second)

    assert before == "PENDING"
    assert ask_paypal("GET", f"/v2/payments/refunds/{first}").json()["status"] == "COMPLETED"
    assert ask_paypal("GET", f"/v2/payments/refunds/{second}").json()["status"] == "FAILED"
    assert sandbox.refund(capture)
    assert order_of(capture)["purchase_units"][0]["payments"]["captures"][0]["status"] == "REFUNDED"


def test_a_refund_that_fails_leaves_the_payment_whole(sandbox, paid_by_paypal, order_of):
    capture = paid_by_paypal()

    sandbox.fail_refund(sandbox.refund(capture))

    assert order_of(capture)["purchase_units"][0]["payments"]["captures"][0]["status"] == "COMPLETED"


def test_paypal_may_take_the_money_back_by_itself(sandbox, paid_by_paypal, listener, order_of):
    capture = paid_by_paypal()

    reversal = sandbox.reverse(capture)

    assert len(listener.wait("PAYMENT.CAPTURE.REVERSED", reversal)) == 1
    assert order_of(capture)["purchase_units"][0]["payments"]["captures"][0]["status"] == "REFUNDED"


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("issue", OF_A_CAPTURE)
def test_a_capture_is_refused_with_any_issue_asked_for_once(sandbox, paypal_gateway, ask_paypal, issue):
    bill = a_bill()
    started = paypal_gateway.start(paypal_gateway.request(bill), key="pay_1")
    sandbox.approve_paypal(started.url)
    sandbox.config(refuse={"capture": issue})

    refused, taken = (ask_paypal("POST", f"/v2/checkout/orders/{started.reference}/capture", {}) for _ in range(2))

    assert (refused.status_code, refused.json()["details"]) == (422, [{"issue": issue, "description": ISSUES[issue]}])
    assert taken.status_code == 201


@pytest.mark.parametrize("issue", OF_A_REFUND)
def test_a_refund_is_refused_with_any_issue_asked_for_once(sandbox, ask_paypal, paid_by_paypal, issue):
    path = f"/v2/payments/captures/{paid_by_paypal()}/refund"
    sandbox.config(refuse={"refund": issue})

    refused, made = (ask_paypal("POST", path, {}) for _ in range(2))

    assert (refused.status_code, issue_of(refused), made.status_code) == (422, issue, 201)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/checkout/orders"),
        ("GET", "/v2/vault/payment-tokens"),
        ("POST", "/v1/customer/disputes"),
        ("GET", "/v1/notifications/simulate-event"),
        ("GET", "/v2/checkout/orders/1"),
        ("GET", "/v2/payments/captures/1"),
        ("GET", "/v2/payments/refunds/1"),
        ("GET", "/v1/customer/disputes/1"),
        ("GET", "/v1/notifications/webhooks/1"),
        ("GET", "/v1/notifications/webhooks-events/1"),
        ("POST", "/v1/notifications/webhooks-events/1/resend"),
    ],
)
def test_what_paypal_does_not_know_is_not_found(ask_paypal, method, path):
    answer = ask_paypal(method, path, {} if method == "POST" else None)

    assert (answer.status_code, answer.json()["name"]) == (404, "RESOURCE_NOT_FOUND")


def changed(body: dict, place: str, value: object) -> dict:
    *path, last = place.split(".")
    inner = body
    for step in path:
        inner = inner[int(step) if step.isdecimal() else step]
    inner[last] = value
    return body


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("intent", "AUTHORIZE"),
        ("coupon", "x"),
        ("purchase_units", {}),
        ("purchase_units.0.items", "x"),
        ("purchase_units.0.custom_id", 5),
        ("purchase_units.0.soft_descriptor", "x" * 23),
        ("purchase_units.0.amount.value", 5),
        ("purchase_units.0.amount.value", "many"),
        ("purchase_units.0.amount.breakdown", []),
        ("purchase_units.0.amount.breakdown.item_total", "285.00"),
        ("purchase_units.0.items.0.quantity", 3),
        ("purchase_units.0.items.0.unit_amount", None),
        ("payment_source.paypal", "x"),
        ("payment_source.paypal.experience_context.return_url", 5),
    ],
)
def test_an_order_of_another_shape_is_refused(paypal_gateway, ask_paypal, place, value):
    answer = ask_paypal("POST", "/v2/checkout/orders", changed(paypal_gateway.request(a_bill()), place, value))

    assert (answer.status_code, answer.json()["name"]) == (400, "INVALID_REQUEST")


# --- disputes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "outcome", "moved"),
    [("win", "RESOLVED_SELLER_FAVOUR", ["DEBIT", "CREDIT"]), ("lose", "RESOLVED_BUYER_FAVOUR", ["DEBIT"])],
)
def test_a_dispute_is_opened_listed_and_decided(sandbox, ask_paypal, paid_by_paypal, listener, end, outcome, moved):
    capture = paid_by_paypal()
    name = sandbox.dispute(capture)
    before = ask_paypal("GET", f"/v1/customer/disputes/{name}").json()
    listed = ask_paypal("GET", f"/v1/customer/disputes?disputed_transaction_id={capture}").json()["items"]

    getattr(sandbox, end)(name)
    after = ask_paypal("GET", f"/v1/customer/disputes/{name}").json()

    assert (before["status"], after["status"]) == ("WAITING_FOR_SELLER_RESPONSE", "RESOLVED")
    assert before["disputed_transactions"][0]["seller_transaction_id"] == capture
    assert [one["dispute_id"] for one in listed] == [name]
    assert after["dispute_outcome"]["outcome_code"] == outcome
    assert [one["type"] for one in after["money_movements"]] == moved
    assert [len(listener.wait(f"CUSTOMER.DISPUTE.{news}", name)) for news in ("CREATED", "RESOLVED")] == [1, 1]


def test_while_a_payment_is_disputed_only_the_whole_can_be_given_back(sandbox, ask_paypal, paid_by_paypal):
    capture = paid_by_paypal()
    sandbox.dispute(capture)
    path = f"/v2/payments/captures/{capture}/refund"

    some = ask_paypal("POST", path, {"amount": {"currency_code": "CAD", "value": "1.00"}})
    whole = ask_paypal("POST", path, {})

    assert issue_of(some) == "TRANSACTION_DISPUTED"
    assert whole.status_code == 201


def test_giving_the_whole_back_closes_the_dispute_and_takes_the_money_once(sandbox, ask_paypal, paid_by_paypal):
    capture = paid_by_paypal()
    name = sandbox.dispute(capture)

    sandbox.refund(capture)

    closed = ask_paypal("GET", f"/v1/customer/disputes/{name}").json()
    assert (closed["status"], closed["dispute_outcome"]["outcome_code"]) == ("RESOLVED", "RESOLVED_BUYER_FAVOUR")
    assert closed["disputed_transactions"][0]["transaction_status"] == "REFUNDED"
    assert [one["type"] for one in closed["money_movements"]] == ["DEBIT", "CREDIT"]


def test_a_dispute_takes_what_was_not_given_back_and_then_nothing_is_left_to_give(sandbox, ask_paypal, paid_by_paypal):
    capture = paid_by_paypal()
    sandbox.refund(capture, 100)
    name = sandbox.dispute(capture)
    contested = ask_paypal("GET", f"/v1/customer/disputes/{name}").json()["dispute_amount"]["value"]

    sandbox.lose(name)

    paid = ask_paypal("GET", f"/v2/payments/captures/{capture}").json()["amount"]["value"]
    assert Decimal(contested) == Decimal(paid) - 1
    again = ask_paypal("POST", f"/v2/payments/captures/{capture}/refund", {})
    assert issue_of(again) == "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK"


# --- webhooks --------------------------------------------------------------------------------------------------------


@pytest.fixture
def webhook(ask_paypal, listener) -> dict:
    asked = {"url": f"{listener.url}/new/", "event_types": [{"name": "PAYMENT.CAPTURE.COMPLETED"}]}
    answer = ask_paypal("POST", "/v1/notifications/webhooks", asked)
    assert answer.status_code == 201
    return answer.json()


def test_a_webhook_is_listed_and_forgotten(webhook, ask_paypal):
    path = f"/v1/notifications/webhooks/{webhook['id']}"

    listed = ask_paypal("GET", "/v1/notifications/webhooks").json()
    read = ask_paypal("GET", path).json()
    forgotten = ask_paypal("DELETE", path)

    assert (listed, read) == ({"webhooks": [webhook]}, webhook)
    assert (forgotten.status_code, forgotten.content) == (204, b"")
    assert ask_paypal("GET", "/v1/notifications/webhooks").json() == {"webhooks": []}


def test_a_webhook_hears_what_it_asked_for_signed_with_its_own_id(
    webhook, sandbox, listener, bill, paid_by_paypal, paypal_token
):
    paid_by_paypal()

    [received] = listener.wait("PAYMENT.CAPTURE.COMPLETED", bill.payment)

    assert received.path == "/new/"
    assert {delivery["kind"] for delivery in sandbox.deliveries()} == {"PAYMENT.CAPTURE.COMPLETED"}
    assert verified(sandbox, paypal_token, received, webhook["id"]) == "SUCCESS"
    assert verified(sandbox, paypal_token, received, sandbox.settings["PAYPAL_WEBHOOK_ID"]) == "FAILURE"


def test_a_webhook_is_not_verified_for_one_that_nobody_registered(
    sandbox, listener, bill, paid_by_paypal, paypal_token
):
    paid_by_paypal()
    [received] = listener.wait("PAYMENT.CAPTURE.COMPLETED", bill.payment)

    assert verified(sandbox, paypal_token, received, sandbox.settings["PAYPAL_WEBHOOK_ID"]) == "SUCCESS"
    assert verified(sandbox, paypal_token, received, "8PT597110X687430L") == "FAILURE"


def verified(sandbox, token, received, webhook: str) -> str:
    names = ("auth-algo", "cert-url", "transmission-id", "transmission-sig", "transmission-time")
    told = {name.lower(): value for name, value in received.headers.items()}
    facts = "".join(f'"{name.replace("-", "_")}":"{told[f"paypal-{name}"]}",' for name in names)
    body = f'{{{facts}"webhook_id":"{webhook}","webhook_event":'.encode() + received.body + b"}"
    answer = sandbox.browser.post("/v1/notifications/verify-webhook-signature", content=body, headers=token)
    return answer.json()["verification_status"]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"url": "nowhere", "event_types": []},
        {"url": "http://127.0.0.1:9/", "event_types": "*"},
        {"url": "http://127.0.0.1:9/", "event_types": [{"kind": "*"}]},
    ],
)
def test_a_webhook_of_another_shape_is_refused(ask_paypal, asked):
    assert ask_paypal("POST", "/v1/notifications/webhooks", asked).status_code == 400


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"webhook_event":"x"}', b"nonsense"])
def test_a_verification_of_another_shape_is_refused(sandbox, paypal_token, body):
    answer = sandbox.browser.post("/v1/notifications/verify-webhook-signature", content=body, headers=paypal_token)

    assert answer.status_code == 400


def test_what_was_told_can_be_read_again_page_by_page(sandbox, ask_paypal, paid_by_paypal):
    paid_by_paypal()
    told = [event["text"] for event in reversed(sandbox.log()["events"])]
    an_hour_ago, in_an_hour = (f"{datetime.now(UTC) + timedelta(hours=sign):%Y-%m-%dT%H:%M:%SZ}" for sign in (-1, 1))

    def events(**query: object) -> dict:
        return ask_paypal("GET", f"/v1/notifications/webhooks-events?{urlencode(query)}").raise_for_status().json()

    first = events(page_size=1)
    following = next(link["href"] for link in first["links"] if link["rel"] == "next")
    second = ask_paypal("GET", following).json()

    assert first["events"] + second["events"] == told
    assert [link["rel"] for link in second["links"]] == ["self"]
    assert events(start_time=an_hour_ago, end_time=in_an_hour)["events"] == told
    assert events(start_time=in_an_hour)["events"] == []
    assert events(event_type="CHECKOUT.ORDER.APPROVED")["count"] == 1
    assert ask_paypal("GET", f"/v1/notifications/webhooks-events/{told[0]['id']}").json() == told[0]


@pytest.mark.parametrize("query", ["start_time=yesterday", "start_time=2026-01-01T00:00:00", "page_size=many"])
def test_a_question_about_events_that_makes_no_sense_is_refused(ask_paypal, paid_by_paypal, query):
    paid_by_paypal()

    assert ask_paypal("GET", f"/v1/notifications/webhooks-events?{query}").status_code == 400


def test_an_event_can_be_sent_again_by_call(sandbox, ask_paypal, paid_by_paypal, listener, bill):
    paid_by_paypal()
    [received] = listener.wait("PAYMENT.CAPTURE.COMPLETED", bill.payment)
    [event] = [one["id"] for one in sandbox.log()["events"] if one["kind"] == "PAYMENT.CAPTURE.COMPLETED"]

    answer = ask_paypal("POST", f"/v1/notifications/webhooks-events/{event}/resend", {})

    again = listener.wait("PAYMENT.CAPTURE.COMPLETED", bill.payment, count=2)
    assert (answer.status_code, answer.json()["id"]) == (202, event)
    assert {zlib.crc32(one.body) for one in again} == {zlib.crc32(received.body)}
