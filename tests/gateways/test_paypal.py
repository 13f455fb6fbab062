"""Our PayPal gateway, unchanged, in front of the payment sandbox."""

import json
from dataclasses import replace

import pytest

from pupitre.gateways import (
    Declined,
    Event,
    Misconfigured,
    Notice,
    RefundNotice,
    Standing,
    Started,
    Unreachable,
    paypal,
)
from tests.gateways.conftest import CANCEL, RETURN, a_bill


def start(gateway, bill) -> Started:
    return gateway.start(gateway.request(bill), key=f"pay_{bill.payment}")


def approved(gateway, sandbox, bill, account="pays") -> Started:
    started = start(gateway, bill)
    sandbox.approve_paypal(started.url, account)
    return started


def paid(gateway, sandbox, bill) -> Notice:
    return gateway.capture(approved(gateway, sandbox, bill).reference, key=f"cap_{bill.payment}")


# --- paying ----------------------------------------------------------------------------------------------------------


def test_the_money_moves_only_when_it_is_captured(paypal_gateway, sandbox, bill):
    started = start(paypal_gateway, bill)

    before = paypal_gateway.read(started.reference)
    sent_to = sandbox.approve_paypal(started.url)
    agreed = paypal_gateway.read(started.reference)
    taken = paypal_gateway.capture(started.reference, key="cap_1")

    assert before == Notice(
        started.reference, bill.payment, Standing.OPEN, 327_68, "CAD", live=False, order_number=bill.order_number
    )
    assert sent_to.startswith(f"{RETURN}&token={started.reference}&PayerID=")
    assert agreed == replace(before, standing=Standing.APPROVED, means="acheteuse@example.com")
    assert taken == replace(agreed, standing=Standing.PAID, charge_reference=taken.charge_reference)
    assert taken.charge_reference
    assert paypal_gateway.read(started.reference) == taken


def test_the_request_can_be_kept_as_it_is(paypal_gateway, bill):
    request = paypal_gateway.request(bill)

    assert json.loads(json.dumps(request)) == request


def test_the_same_key_opens_the_order_once(paypal_gateway, bill):
    request = paypal_gateway.request(bill)

    assert paypal_gateway.start(request, key="pay_1") == paypal_gateway.start(request, key="pay_1")


def test_a_second_capture_finds_the_money_taken(paypal_gateway, sandbox, bill):
    notice = paid(paypal_gateway, sandbox, bill)

    same_key = paypal_gateway.capture(notice.reference, key=f"cap_{bill.payment}")
    other_key = paypal_gateway.capture(notice.reference, key="cap_other")

    assert same_key == other_key == notice
    assert [one["kind"] for one in sandbox.log()["events"]] == ["CHECKOUT.ORDER.APPROVED", "PAYMENT.CAPTURE.COMPLETED"]


def test_the_buyer_who_cancels_can_still_agree(paypal_gateway, sandbox, bill):
    started = start(paypal_gateway, bill)

    assert sandbox.cancel_paypal(started.url) == f"{CANCEL}?token={started.reference}"
    assert paypal_gateway.read(started.reference).standing == Standing.OPEN


def test_a_buyer_who_closes_the_window_has_agreed(paypal_gateway, sandbox, bill):
    started = start(paypal_gateway, bill)

    assert sandbox.approve_paypal(started.url, "closes") == ""
    assert paypal_gateway.read(started.reference).standing == Standing.APPROVED


def test_a_declined_account_sends_the_buyer_back_to_choose_another(paypal_gateway, sandbox, bill):
    started = approved(paypal_gateway, sandbox, bill, "declined")

    declined = paypal_gateway.capture(started.reference, key="cap_1")
    sandbox.approve_paypal(started.url)
    same_key = paypal_gateway.capture(started.reference, key="cap_1")
    new_key = paypal_gateway.capture(started.reference, key="cap_2")

    assert (declined.standing, declined.failure_code) == (Standing.OPEN, "INSTRUMENT_DECLINED")
    assert (same_key.standing, same_key.failure_code) == (Standing.OPEN, "INSTRUMENT_DECLINED")
    assert (new_key.standing, new_key.failure_code) == (Standing.PAID, "")


def test_a_capture_before_the_agreement_asks_the_buyer(paypal_gateway, bill):
    started = start(paypal_gateway, bill)

    notice = paypal_gateway.capture(started.reference, key="cap_1")

    assert (notice.standing, notice.failure_code) == (Standing.OPEN, "ORDER_NOT_APPROVED")


@pytest.mark.parametrize(
    ("review", "standing", "failure"),
    [("COMPLETED", Standing.PAID, ""), ("DECLINED", Standing.CLOSED, "DECLINED")],
)
def test_a_payment_under_review_is_processing_until_it_is_decided(
    paypal_gateway, sandbox, bill, review, standing, failure
):
    started = approved(paypal_gateway, sandbox, bill, "pending")

    pending = paypal_gateway.capture(started.reference, key="cap_1")
    with pytest.raises(Declined) as refusal:
        refund(paypal_gateway, pending, 1_00)
    sandbox.settle_capture(pending.charge_reference, review)
    decided = paypal_gateway.read(started.reference)

    assert pending.standing == Standing.PROCESSING
    assert refusal.value.code == "PENDING_CAPTURE"
    assert (decided.standing, decided.failure_code) == (standing, failure)


def test_the_same_invoice_is_not_paid_twice(paypal_gateway, sandbox, bill):
    paid(paypal_gateway, sandbox, bill)
    twin = a_bill(order_number=bill.order_number)
    started = approved(paypal_gateway, sandbox, twin)

    with pytest.raises(Declined) as refusal:
        paypal_gateway.capture(started.reference, key="cap_twin")

    assert refusal.value.code == "DUPLICATE_INVOICE_ID"


# --- closing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("agrees", [False, True])
def test_an_order_without_a_capture_is_closed_as_soon_as_we_say_so(paypal_gateway, sandbox, bill, agrees):
    started = start(paypal_gateway, bill)
    if agrees:
        sandbox.approve_paypal(started.url)

    assert paypal_gateway.close(started.reference).standing == Standing.CLOSED


def test_closing_a_paid_order_says_that_it_is_paid(paypal_gateway, sandbox, bill):
    notice = paid(paypal_gateway, sandbox, bill)

    assert paypal_gateway.close(notice.reference) == notice


def test_closing_an_order_under_review_says_so(paypal_gateway, sandbox, bill):
    started = approved(paypal_gateway, sandbox, bill, "pending")
    paypal_gateway.capture(started.reference, key="cap_1")

    assert paypal_gateway.close(started.reference).standing == Standing.PROCESSING


def test_an_order_that_paypal_forgot_is_closed(paypal_gateway):
    assert paypal_gateway.read("2GG279541U471931P") == Notice(
        "2GG279541U471931P", "", Standing.CLOSED, 0, "", live=False, failure_code="RESOURCE_NOT_FOUND"
    )


# --- refunds ---------------------------------------------------------------------------------------------------------


def refund(gateway, notice, cents, name="r1") -> RefundNotice:
    return gateway.refund(
        notice.charge_reference, payment=notice.payment, refund=name, cents=cents, currency="CAD", key=f"ref_{name}"
    )


def test_money_goes_back_in_parts_but_never_more_than_was_paid(paypal_gateway, sandbox, bill):
    notice = paid(paypal_gateway, sandbox, bill)

    first = refund(paypal_gateway, notice, 100_00, "r1")
    again = refund(paypal_gateway, notice, 100_00, "r1")
    with pytest.raises(Declined) as too_much:
        refund(paypal_gateway, notice, 327_68, "r2")
    refund(paypal_gateway, notice, 227_68, "r3")
    with pytest.raises(Declined) as nothing_left:
        refund(paypal_gateway, notice, 1, "r4")

    assert again == first == RefundNotice(first.reference, "succeeded", "", 100_00, "CAD", refund="r1")
    assert paypal_gateway.read_refund(first.reference) == first
    assert (too_much.value.code, nothing_left.value.code) == ("REFUND_AMOUNT_EXCEEDED", "CAPTURE_FULLY_REFUNDED")
    assert paypal_gateway.read(notice.reference) == notice


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_a_revoked_token_is_renewed_once_and_the_question_asked_again(paypal_gateway, sandbox, bill, calls):
    started = start(paypal_gateway, bill)
    sandbox.config(token_revoked=True)
    calls.clear()

    notice = paypal_gateway.read(started.reference)

    assert notice.standing == Standing.OPEN
    assert [(call.path.rpartition("/")[2], call.status) for call in calls] == [
        (started.reference, 401),
        ("token", 200),
        (started.reference, 200),
    ]


def test_a_token_serves_until_four_fifths_of_its_life(paypal_gateway, sandbox, bill):
    started = start(paypal_gateway, bill)
    paypal_gateway.read(started.reference)
    paypal_gateway.read(started.reference)

    assert [call["path"] for call in sandbox.log()["calls"]].count("/v1/oauth2/token") <= 1


def test_a_lost_capture_is_asked_again_under_the_same_key(paypal_gateway, sandbox, bill, calls):
    started = approved(paypal_gateway, sandbox, bill)
    sandbox.config(answer_lost=1)

    notice = paypal_gateway.capture(started.reference, key="cap_1")

    assert notice.standing == Standing.PAID
    assert [(call.status, call.key) for call in calls[-2:]] == [(0, "cap_1"), (200, "cap_1")]
    assert [one["kind"] for one in sandbox.log()["events"]].count("PAYMENT.CAPTURE.COMPLETED") == 1


def test_when_every_answer_is_lost_the_same_key_finds_the_one_order_later(paypal_gateway, sandbox, bill):
    sandbox.config(answer_lost=True)
    with pytest.raises(Unreachable):
        start(paypal_gateway, bill)
    sandbox.config(answer_lost=False)

    started = start(paypal_gateway, bill)

    calls = [call for call in sandbox.log()["calls"] if call["path"] == "/v2/checkout/orders" and call["status"] < 300]
    assert {json.loads(call["answered"])["id"] for call in calls} == {started.reference}


def test_a_service_in_trouble_is_unreachable(paypal_gateway, sandbox, bill):
    started = start(paypal_gateway, bill)
    sandbox.config(api_error=True)

    with pytest.raises(Unreachable):
        paypal_gateway.capture(started.reference, key="cap_1")


def test_a_busy_service_is_asked_again_under_the_same_key(paypal_gateway, sandbox, bill, calls):
    started = approved(paypal_gateway, sandbox, bill)
    sandbox.config(too_many_requests=1)

    notice = paypal_gateway.capture(started.reference, key="cap_1")

    assert notice.standing == Standing.PAID
    assert [(call.status, call.key) for call in calls[-2:]] == [(429, "cap_1"), (201, "cap_1")]


def test_a_service_that_stays_busy_is_unreachable(paypal_gateway, sandbox, bill):
    started = start(paypal_gateway, bill)
    sandbox.config(too_many_requests=True)

    with pytest.raises(Unreachable):
        paypal_gateway.read(started.reference)


def test_nobody_at_the_address_is_unreachable(settings, bill):
    settings.PAYPAL_API_BASE = "http://127.0.0.1:9"
    gateway = paypal.from_settings(settings, record=lambda call: None)

    with pytest.raises(Unreachable):
        start(gateway, bill)


@pytest.mark.parametrize("secret", ["wrong", ""])
def test_wrong_keys_are_our_fault(settings, bill, secret):
    settings.PAYPAL_CLIENT_SECRET = secret
    gateway = paypal.from_settings(settings, record=lambda call: None)

    with pytest.raises(Misconfigured):
        start(gateway, bill)


def test_a_bill_that_does_not_add_up_is_declined(paypal_gateway, bill):
    with pytest.raises(Declined) as refusal:
        start(paypal_gateway, replace(bill, total_cents=327_69))

    assert refusal.value.code == "AMOUNT_MISMATCH"


def test_every_call_is_recorded_without_any_secret_or_address(paypal_gateway, sandbox, settings, calls, bill):
    paid(paypal_gateway, sandbox, bill)

    assert next(call.path for call in calls if "token" not in call.path) == "/v2/checkout/orders"
    for secret in (settings.PAYPAL_CLIENT_ID, settings.PAYPAL_CLIENT_SECRET, "acheteuse@", bill.customer_email):
        assert secret not in repr(calls)


# --- webhooks --------------------------------------------------------------------------------------------------------


def test_the_webhooks_of_a_payment_name_it(paypal_gateway, sandbox, listener, bill):
    notice = paid(paypal_gateway, sandbox, bill)

    [agreement] = listener.wait("CHECKOUT.ORDER.APPROVED", bill.payment)
    [capture] = listener.wait("PAYMENT.CAPTURE.COMPLETED", bill.payment)
    events = [paypal_gateway.verify(one.headers, one.body) for one in (agreement, capture)]

    assert agreement.path == capture.path == "/paiements/paypal/avis/"
    assert [replace(event, id="") for event in events] == [
        Event("", "CHECKOUT.ORDER.APPROVED", False, bill.payment, notice.reference),
        Event(
            "", "PAYMENT.CAPTURE.COMPLETED", False, bill.payment, notice.reference,
            charge_reference=notice.charge_reference,
        ),
    ]  # fmt: skip


def test_the_webhook_of_a_refund_names_it(paypal_gateway, sandbox, listener, bill):
    notice = paid(paypal_gateway, sandbox, bill)
    refund(paypal_gateway, notice, 10_00, "r1")

    [webhook] = listener.wait("PAYMENT.CAPTURE.REFUNDED", notice.charge_reference)
    event = paypal_gateway.verify(webhook.headers, webhook.body)

    assert (event.refund, event.charge_reference, event.payment) == ("r1", notice.charge_reference, "")


def test_the_certificate_is_fetched_once(paypal_gateway, sandbox, listener, bill, calls):
    paid(paypal_gateway, sandbox, bill)
    [webhook] = listener.wait("PAYMENT.CAPTURE.COMPLETED", bill.payment)

    for _ in range(3):
        paypal_gateway.verify(webhook.headers, webhook.body)

    assert len([call for call in calls if "/certs/" in call.path]) <= 1
