"""Whatever our gateways ask and the sandbox answers must have the shape that Stripe and PayPal publish."""

import json

import pytest

from pupitre.gateways import GatewayError
from pupitre.sandbox.paypal.refusals import OF_A_CAPTURE, OF_A_REFUND
from tests.gateways import specifications
from tests.gateways.conftest import a_bill
from tests.gateways.specifications import Specification

pytestmark = pytest.mark.skipif(
    not specifications.FOLDER.is_dir(), reason=f"the services’ specifications are not in {specifications.FOLDER}"
)

KINDS_OF_PAYPAL = {
    "checkout-order": ("paypal_orders_v2", "order"),
    "capture": ("paypal_payments_v2", "capture-2"),
    "refund": ("paypal_payments_v2", "refund"),
    "dispute": ("paypal_disputes_v1", "dispute"),
}
# Calls of the sandbox that the slices leave out: what they list is held to the shape of one.
UNPUBLISHED = {"/v1/disputes": "dispute", "/v1/webhook_endpoints": "webhook_endpoint"}


@pytest.fixture(scope="module")
def documents() -> dict[str, Specification]:
    return {file: Specification(file) for file in specifications.FILES}


def walk_stripe(gateway, sandbox) -> None:
    """Every call, and every turn that a card payment can take."""
    for language, card in [
        ("fr-ca", "4242424242424242"),
        ("en", "4000000000000002"),
        ("fr-ca", "4000002760003184"),
        ("fr-ca", "4000000000000259"),
        ("fr-ca", "4000000000005126"),
        ("en", "4000000000007726"),
    ]:
        bill = a_bill(language=language)
        started = gateway.start(gateway.request(bill), key=f"pay_{bill.payment}")
        gateway.read(started.reference)
        sandbox.pay_stripe(started.url, card, bank="confirm")
        notice = gateway.read(started.reference)
        gateway.close(started.reference)
        for cents in (1_00, 999_99):
            _try(lambda cents=cents, notice=notice, bill=bill: _refund(gateway, notice, bill, cents))
    sandbox.advance(6)
    _try(lambda: gateway.read("cs_test_unknown"))
    _try(lambda: gateway.start(gateway.request(a_bill(customer_email="nowhere")), key="wrong"))


def read_the_rest_of_stripe(sandbox) -> None:
    """Every other address, asked by hand."""
    key = {"Authorization": f"Bearer {sandbox.settings['STRIPE_SECRET_KEY']}"}

    def get(path: str) -> dict:
        return sandbox.browser.get(path, headers=key).json()

    def post(path: str, **asked: str) -> dict:
        return sandbox.browser.post(path, data=asked, headers=key).json()

    details = "expand[0]=data.payment_intent.latest_charge.balance_transaction"
    session = get(f"/v1/checkout/sessions?created[gte]=1&limit=1&status=complete&{details}")["data"][0]
    get(f"/v1/checkout/sessions/{session['id']}/line_items")
    get(f"/v1/checkout/sessions/{session['id']}?expand[]=line_items&expand[]=payment_intent")
    intent = get(f"/v1/payment_intents/{session['payment_intent']['id']}?expand[]=latest_charge")
    post(f"/v1/payment_intents/{intent['id']}/cancel", cancellation_reason="abandoned")
    charge = get(f"/v1/charges/{intent['latest_charge']['id']}")
    get(f"/v1/balance_transactions/{charge['balance_transaction']}")
    get("/v1/balance_transactions?limit=100")
    get(f"/v1/refunds?payment_intent={intent['id']}&expand[]=data.failure_balance_transaction")
    event = get("/v1/events?types[]=checkout.session.completed&created[gte]=1")["data"][0]
    get(f"/v1/events/{event['id']}")
    get("/v1/events/evt_unknown")
    post("/v1/webhook_endpoints", url="http://127.0.0.1:9/", **{"enabled_events[0]": "refund.failed"})
    get("/v1/webhook_endpoints")


def contest_cards(sandbox, key: dict[str, str]) -> None:
    """Disputes, before and after they are decided."""
    sessions = sandbox.browser.get("/v1/checkout/sessions?status=complete", headers=key).json()["data"]
    by_hand = sandbox.dispute(sessions[-1]["id"], "duplicate")
    by_card = sandbox.browser.get("/v1/disputes?limit=100", headers=key).json()["data"][-1]["id"]
    sandbox.browser.get(f"/v1/disputes/{by_card}", headers=key)
    sandbox.win(by_hand)
    sandbox.lose(by_card)
    for name in (by_hand, by_card):
        sandbox.browser.get(f"/v1/disputes/{name}", headers=key)


def walk_paypal(gateway, sandbox) -> None:
    for language, account in [("fr-ca", "pays"), ("en", "declined"), ("fr-ca", "pending"), ("fr-ca", "")]:
        bill = a_bill(language=language)
        started = gateway.start(gateway.request(bill), key=f"pay_{bill.payment}")
        gateway.start(gateway.request(bill), key=f"pay_{bill.payment}")
        gateway.read(started.reference)
        if account:
            sandbox.approve_paypal(started.url, account)
        gateway.read(started.reference)
        notice = gateway.capture(started.reference, key=f"cap_{bill.payment}")
        gateway.capture(started.reference, key=f"cap2_{bill.payment}")
        for cents in (1_00, 999_99, 326_68):
            _try(lambda cents=cents, notice=notice, bill=bill: _refund(gateway, notice, bill, cents))
        if account == "pending":
            sandbox.settle_capture(notice.charge_reference, "DECLINED")
            gateway.read(started.reference)
    gateway.read("2GG279541U471931P")
    sandbox.config(token_revoked=True)
    gateway.read("2GG279541U471931P")


def read_the_rest_of_paypal(gateway, sandbox, token) -> None:
    """Every other address, asked by hand: captures, disputes, webhooks."""
    bill = a_bill()
    started = gateway.start(gateway.request(bill), key=f"pay_{bill.payment}")
    sandbox.approve_paypal(started.url, "refund-pending")
    notice = gateway.capture(started.reference, key=f"cap_{bill.payment}")
    dispute = sandbox.dispute(notice.charge_reference)
    _get(sandbox, token, f"/v1/customer/disputes/{dispute}", "/v1/customer/disputes/unknown")
    sandbox.win(dispute)
    refunds = [sandbox.refund(notice.charge_reference, cents) for cents in (1_00, 2_00)]
    _get(sandbox, token, *(f"/v2/payments/refunds/{refund}" for refund in refunds))
    sandbox.fail_refund(refunds[0])
    sandbox.finish_refund(refunds[1])
    sandbox.reverse(notice.charge_reference)
    _get(
        sandbox,
        token,
        *(f"/v2/payments/refunds/{refund}" for refund in refunds),
        f"/v2/payments/captures/{notice.charge_reference}",
        f"/v2/checkout/orders/{started.reference}",
        f"/v1/customer/disputes/{dispute}",
    )


def walk_notifications(sandbox, token) -> None:
    events, event = "/v1/notifications/webhooks-events", sandbox.log()["events"][-1]["id"]
    asked = {"url": "http://127.0.0.1:9/", "event_types": [{"name": "*"}]}
    webhook = sandbox.browser.post("/v1/notifications/webhooks", json=asked, headers=token).json()["id"]
    name = f"/v1/notifications/webhooks/{webhook}"
    _get(sandbox, token, "/v1/notifications/webhooks", name, f"{name}x", f"{events}?page_size=1", f"{events}/{event}")
    sandbox.browser.post(f"{events}/{event}/resend", json={}, headers=token)
    sandbox.browser.delete(name, headers=token)


def verify(sandbox, token, webhook) -> None:
    told = {name.lower(): value for name, value in webhook.headers.items()}
    names = ("auth-algo", "cert-url", "transmission-id", "transmission-sig", "transmission-time")
    asked = {name.replace("-", "_"): told[f"paypal-{name}"] for name in names}
    asked |= {"webhook_id": sandbox.settings["PAYPAL_WEBHOOK_ID"], "webhook_event": json.loads(webhook.body)}
    sandbox.browser.post("/v1/notifications/verify-webhook-signature", json=asked, headers=token)


def _get(sandbox, token, *paths: str) -> None:
    for path in paths:
        sandbox.browser.get(path, headers=token)


def _refund(gateway, notice, bill, cents) -> None:
    given_back = gateway.refund(
        notice.charge_reference or "unknown", payment=bill.payment, refund=f"r{cents}", cents=cents, currency="CAD",
        key=f"ref_{bill.payment}_{cents}",
    )  # fmt: skip
    gateway.read_refund(given_back.reference)


def _try(deed) -> None:
    try:
        deed()
    except GatewayError:
        return


def faults_of(calls: list[dict], document: Specification) -> list[str]:
    found = []
    for call in calls:
        operation = document.operation(call["method"], call["path"])
        if operation is None:
            continue
        faults = document.answer_faults(operation, call["status"], call["answered"])
        if call["status"] < 300:
            faults += document.request_faults(operation, call["query"], call["asked"])
        found += [f"{call['method']} {call['path']} {call['status']}: {fault}" for fault in faults]
    return found


def test_stripe_calls_and_answers_have_the_published_shape(stripe_gateway, sandbox, documents):
    walk_stripe(stripe_gateway, sandbox)
    contest_cards(sandbox, {"Authorization": f"Bearer {sandbox.settings['STRIPE_SECRET_KEY']}"})
    read_the_rest_of_stripe(sandbox)
    document, log = documents["stripe"], sandbox.log()

    events = [event["text"] for event in log["events"]]
    shapes = [(event, "event") for event in events]
    shapes += [(event["data"]["object"], event["data"]["object"]["object"]) for event in events]
    lists = [call for call in log["calls"] if call["path"] in UNPUBLISHED and call["method"] == "GET"]
    shapes += [(one, UNPUBLISHED[call["path"]]) for call in lists for one in json.loads(call["answered"])["data"]]

    assert unheard_of(log["calls"], [document]) == set(UNPUBLISHED)
    assert faults_of(log["calls"], document) == []
    assert {event["type"] for event in events} == {
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.funds_reinstated",
        "charge.dispute.funds_withdrawn",
        "charge.refunded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.payment_failed",
        "refund.created",
        "refund.failed",
        "refund.updated",
    }
    assert [fault for thing, name in shapes for fault in document.faults(thing, document.named(name))] == []


def test_every_kind_of_event_of_stripe_has_the_published_shape(stripe_gateway, sandbox, documents):
    sandbox.config(shuffle=True, webhook_delay="never", fee_later=1)
    walk_stripe(stripe_gateway, sandbox)
    document = documents["stripe"]

    events = [event["text"] for event in sandbox.log()["events"]]
    objects = [(event["data"]["object"], event["data"]["object"]["object"]) for event in events]

    assert {"charge.failed", "charge.succeeded", "charge.updated", "payment_intent.created"} < {
        event["type"] for event in events
    }
    assert [fault for event in events for fault in document.faults(event, document.named("event"))] == []
    assert [fault for thing, name in objects for fault in document.faults(thing, document.named(name))] == []


def test_paypal_calls_and_answers_have_the_published_shape(paypal_gateway, paypal_token, sandbox, documents, listener):
    read_the_rest_of_paypal(paypal_gateway, sandbox, paypal_token)
    [webhook] = sandbox.wait_for(lambda: listener.received)[:1]
    verify(sandbox, paypal_token, webhook)
    walk_notifications(sandbox, paypal_token)
    walk_paypal(paypal_gateway, sandbox)
    log = sandbox.log()
    published = [document for name, document in documents.items() if name != "stripe"]
    calls = [call for call in log["calls"] if "/oauth2/" not in call["path"] and "/certs/" not in call["path"]]

    events = [event["text"] for event in log["events"]]
    shapes = [("paypal_webhooks_v1", "event", event) for event in events]
    shapes += [(*KINDS_OF_PAYPAL[event["resource_type"]], event["resource"]) for event in events]

    assert unheard_of(calls, published) == set()
    assert [fault for document in published for fault in faults_of(calls, document)] == []
    assert {event["event_type"] for event in events} == {
        "CHECKOUT.ORDER.APPROVED",
        "CUSTOMER.DISPUTE.CREATED",
        "CUSTOMER.DISPUTE.RESOLVED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.DENIED",
        "PAYMENT.CAPTURE.PENDING",
        "PAYMENT.CAPTURE.REFUNDED",
        "PAYMENT.CAPTURE.REVERSED",
    }
    assert [
        fault
        for file, name, thing in shapes
        for fault in documents[file].faults(thing, documents[file].named(name))
    ] == []  # fmt: skip


@pytest.mark.parametrize(("call", "issues"), [("capture", OF_A_CAPTURE), ("refund", OF_A_REFUND)])
def test_every_refusal_of_paypal_is_in_its_own_words(paypal_gateway, paypal_token, sandbox, documents, call, issues):
    bill = a_bill()
    started = paypal_gateway.start(paypal_gateway.request(bill), key="pay_1")
    sandbox.approve_paypal(started.url)
    address = f"/v2/checkout/orders/{started.reference}/capture"
    if call == "refund":
        address = (
            f"/v2/payments/captures/{paypal_gateway.capture(started.reference, key='cap_1').charge_reference}/refund"
        )

    for issue in issues:
        sandbox.config(refuse={call: issue})
        sandbox.browser.post(address, json={}, headers=paypal_token)

    refusals = [one for one in sandbox.log()["calls"] if one["status"] == 422]
    document = documents["paypal_orders_v2" if call == "capture" else "paypal_payments_v2"]
    assert [json.loads(one["answered"])["details"][0]["issue"] for one in refusals] == list(issues)
    assert faults_of(refusals, document) == []


def unheard_of(calls: list[dict], published: list[Specification]) -> set[str]:
    """The addresses that no document names."""
    return {call["path"] for call in calls if not any(one.operation(call["method"], call["path"]) for one in published)}


def test_a_misspelled_field_would_be_seen(stripe_gateway, sandbox, documents):
    bill = a_bill()
    stripe_gateway.start(stripe_gateway.request(bill), key="pay_1")
    [call] = sandbox.log()["calls"]
    misspelled = call | {
        "answered": json.dumps(json.loads(call["answered"]) | {"amount_totals": 1}),
        "asked": call["asked"].replace("client_reference_id", "client_reference"),
    }

    faults = faults_of([misspelled], documents["stripe"])

    assert [("amount_totals" in fault, "client_reference" in fault) for fault in faults] == [
        (True, False),
        (False, True),
    ]
