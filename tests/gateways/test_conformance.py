"""Whatever our gateways ask and the sandbox answers must have the shape that Stripe and PayPal publish."""

import json

import pytest

from pupitre.gateways import GatewayError
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
}


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
    """The addresses that no gateway calls yet."""
    key = {"Authorization": f"Bearer {sandbox.settings['STRIPE_SECRET_KEY']}"}

    def get(path: str) -> dict:
        return sandbox.browser.get(path, headers=key).json()

    details = "expand[0]=data.payment_intent.latest_charge.balance_transaction"
    session = get(f"/v1/checkout/sessions?created[gte]=1&limit=1&status=complete&{details}")["data"][0]
    get(f"/v1/checkout/sessions/{session['id']}/line_items")
    get(f"/v1/checkout/sessions/{session['id']}?expand[]=line_items&expand[]=payment_intent")
    intent = get(f"/v1/payment_intents/{session['payment_intent']['id']}?expand[]=latest_charge")
    charge = get(f"/v1/charges/{intent['latest_charge']['id']}")
    get(f"/v1/balance_transactions/{charge['balance_transaction']}")
    get("/v1/balance_transactions?limit=100")
    get(f"/v1/refunds?payment_intent={intent['id']}")
    get("/v1/events?types[]=checkout.session.completed&created[gte]=1")
    disputes = [event["text"]["data"]["object"] for event in sandbox.log()["events"] if "dispute" in event["kind"]]
    get(f"/v1/disputes/{disputes[0]['id']}")


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
    bill = a_bill()
    started = gateway.start(gateway.request(bill), key=f"pay_{bill.payment}")
    sandbox.approve_paypal(started.url)
    notice = gateway.capture(started.reference, key=f"cap_{bill.payment}")
    sandbox.browser.get(f"/v2/payments/captures/{notice.charge_reference}", headers=token)


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
    read_the_rest_of_stripe(sandbox)
    document, log = documents["stripe"], sandbox.log()

    events = [event["text"] for event in log["events"]]
    shapes = [(event, "event") for event in events]
    shapes += [(event["data"]["object"], event["data"]["object"]["object"]) for event in events]

    assert len([call for call in log["calls"] if document.operation(call["method"], call["path"])]) == len(log["calls"])
    assert faults_of(log["calls"], document) == []
    assert {event["type"] for event in events} == {
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.refunded",
        "checkout.session.completed",
        "checkout.session.expired",
        "payment_intent.payment_failed",
        "refund.created",
        "refund.failed",
    }
    assert [fault for thing, name in shapes for fault in document.faults(thing, document.named(name))] == []


def test_paypal_calls_and_answers_have_the_published_shape(paypal_gateway, paypal_token, sandbox, documents):
    read_the_rest_of_paypal(paypal_gateway, sandbox, paypal_token)
    walk_paypal(paypal_gateway, sandbox)
    log = sandbox.log()
    published = [documents["paypal_orders_v2"], documents["paypal_payments_v2"]]
    calls = [call for call in log["calls"] if "/oauth2/" not in call["path"] and "/certs/" not in call["path"]]

    events = [event["text"] for event in log["events"]]
    shapes = [("paypal_webhooks_v1", "event", event) for event in events]
    shapes += [(*KINDS_OF_PAYPAL[event["resource_type"]], event["resource"]) for event in events]

    assert [
        call["path"] for call in calls if not any(one.operation(call["method"], call["path"]) for one in published)
    ] == []
    assert [fault for document in published for fault in faults_of(calls, document)] == []
    assert {event["event_type"] for event in events} == {
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.DENIED",
        "PAYMENT.CAPTURE.PENDING",
        "PAYMENT.CAPTURE.REFUNDED",
    }
    assert [
        fault
        for file, name, thing in shapes
        for fault in documents[file].faults(thing, documents[file].named(name))
    ] == []  # fmt: skip


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
