"""Our Stripe gateway, unchanged, in front of the payment sandbox."""

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
    stripe,
)
from tests.gateways.conftest import CANCEL, RETURN, a_bill


def start(gateway, bill) -> Started:
    return gateway.start(gateway.request(bill), key=f"pay_{bill.payment}")


def paid(gateway, sandbox, bill, card="4242424242424242") -> Notice:
    started = start(gateway, bill)
    sandbox.pay_stripe(started.url, card)
    return gateway.read(started.reference)


# --- paying ----------------------------------------------------------------------------------------------------------


def test_a_card_pays_the_whole_bill_to_the_cent(stripe_gateway, sandbox, settings, bill):
    started = start(stripe_gateway, bill)

    before = stripe_gateway.read(started.reference)
    sent_to = sandbox.pay_stripe(started.url)
    after = stripe_gateway.read(started.reference)

    assert before == Notice(
        started.reference,
        bill.payment,
        Standing.OPEN,
        327_68,
        "CAD",
        live=False,
        site=settings.SITE_URL,
        order_number=bill.order_number,
    )
    assert sent_to == RETURN
    assert after == replace(
        before, standing=Standing.PAID, charge_reference=after.charge_reference, means="Visa •••• 4242"
    )
    assert after.charge_reference.startswith("pi_")


def test_the_request_can_be_kept_as_it_is(stripe_gateway, bill):
    request = stripe_gateway.request(bill)

    assert json.loads(json.dumps(request)) == request


@pytest.mark.parametrize(
    ("order_number", "shown"),
    [("P20261234", "P20261234"), ("2026-0042", "P20260042"), ("DEMO-2026-0042", "O20260042")],
)
def test_the_order_number_on_the_card_statement_is_plain_and_short(stripe_gateway, order_number, shown):
    request = stripe_gateway.request(a_bill(order_number=order_number))

    assert request["payment_intent_data"]["statement_descriptor_suffix"] == shown


def test_the_same_key_opens_the_page_once(stripe_gateway, sandbox, bill):
    request = stripe_gateway.request(bill)

    first = stripe_gateway.start(request, key="pay_1")
    second = stripe_gateway.start(request, key="pay_1")

    assert second == first


def test_another_bill_under_the_same_key_is_refused(stripe_gateway, bill):
    stripe_gateway.start(stripe_gateway.request(bill), key="pay_1")

    with pytest.raises(Declined) as refusal:
        stripe_gateway.start(stripe_gateway.request(a_bill()), key="pay_1")

    assert refusal.value.code == "idempotency_error"


def test_the_buyer_who_turns_back_can_still_pay(stripe_gateway, sandbox, bill):
    started = start(stripe_gateway, bill)

    assert sandbox.cancel_stripe(started.url) == CANCEL
    assert stripe_gateway.read(started.reference).standing == Standing.OPEN


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("4000000000000002", "generic_decline"),
        ("4000000000009995", "insufficient_funds"),
        ("4000000000000069", "expired_card"),
        ("4000008400001629", "generic_decline"),
    ],
)
def test_a_declined_card_leaves_the_page_open_and_says_why(stripe_gateway, sandbox, bill, card, reason):
    started = start(stripe_gateway, bill)

    sent_to = sandbox.pay_stripe(started.url, card)
    declined = stripe_gateway.read(started.reference)
    sandbox.pay_stripe(started.url, "5555555555554444")
    second_try = stripe_gateway.read(started.reference)

    assert sent_to == ""
    assert (declined.standing, declined.failure_code) == (Standing.OPEN, reason)
    assert (second_try.standing, second_try.means, second_try.failure_code) == (
        Standing.PAID,
        "Mastercard •••• 4444",
        "",
    )


def test_the_bank_may_ask_the_card_holder_to_confirm(stripe_gateway, sandbox, bill):
    started = start(stripe_gateway, bill)

    refused = sandbox.pay_stripe(started.url, "4000002760003184", bank="fail")
    after_refusal = stripe_gateway.read(started.reference)
    confirmed = sandbox.pay_stripe(started.url, "4000002760003184")

    assert (refused, confirmed) == ("", RETURN)
    assert after_refusal.standing == Standing.OPEN
    assert after_refusal.failure_code == "payment_intent_authentication_failure"
    assert stripe_gateway.read(started.reference).standing == Standing.PAID


# --- closing ---------------------------------------------------------------------------------------------------------


def test_a_closed_attempt_can_no_longer_be_paid(stripe_gateway, sandbox, bill):
    started = start(stripe_gateway, bill)

    closed = stripe_gateway.close(started.reference)
    sent_to = sandbox.pay_stripe(started.url)

    assert closed.standing == Standing.CLOSED
    assert sent_to == ""
    assert stripe_gateway.close(started.reference).standing == Standing.CLOSED


def test_closing_during_the_confirmation_by_the_bank_wins(stripe_gateway, sandbox, bill):
    started = start(stripe_gateway, bill)
    sandbox.browser.post(
        started.url, data={"email": "a@example.com", "number": "4000002760003184", "expiry": "12/34", "cvc": "123"}
    )

    closed = stripe_gateway.close(started.reference)
    answer = sandbox.browser.post(f"{started.url}/3ds", data={"answer": "confirm"})

    assert closed.standing == Standing.CLOSED
    assert answer.status_code == 410


def test_closing_a_paid_attempt_says_that_it_is_paid(stripe_gateway, sandbox, bill):
    notice = paid(stripe_gateway, sandbox, bill)

    assert stripe_gateway.close(notice.reference) == notice


def test_an_attempt_closes_by_itself_when_its_time_is_over(stripe_gateway, sandbox, bill):
    started = start(stripe_gateway, bill)

    sandbox.advance(30 * 60)
    before = stripe_gateway.read(started.reference)
    sandbox.advance(2 * 60)

    assert before.standing == Standing.OPEN
    assert stripe_gateway.read(started.reference).standing == Standing.CLOSED


# --- refunds ---------------------------------------------------------------------------------------------------------


def refund(gateway, notice, cents, name="r1") -> RefundNotice:
    return gateway.refund(
        notice.charge_reference, payment=notice.payment, refund=name, cents=cents, currency="CAD", key=f"ref_{name}"
    )


def test_money_goes_back_in_parts_but_never_more_than_was_paid(stripe_gateway, sandbox, bill):
    notice = paid(stripe_gateway, sandbox, bill)

    first = refund(stripe_gateway, notice, 100_00, "r1")
    again = refund(stripe_gateway, notice, 100_00, "r1")
    with pytest.raises(Declined):
        refund(stripe_gateway, notice, 327_68, "r2")
    rest = refund(stripe_gateway, notice, 227_68, "r3")
    with pytest.raises(Declined) as refusal:
        refund(stripe_gateway, notice, 1, "r4")

    assert again == first == RefundNotice(first.reference, "succeeded", "", 100_00, "CAD", refund="r1")
    assert rest.reference != first.reference
    assert refusal.value.code == "charge_already_refunded"
    assert stripe_gateway.read(notice.reference) == notice


@pytest.mark.parametrize(
    ("card", "at_first", "later"),
    [
        ("4000000000007726", ("pending", ""), ("succeeded", "")),
        ("4000000000005126", ("succeeded", ""), ("failed", "expired_or_canceled_card")),
    ],
)
def test_a_refund_may_change_its_mind_later(stripe_gateway, sandbox, bill, card, at_first, later):
    notice = paid(stripe_gateway, sandbox, bill, card)

    first = refund(stripe_gateway, notice, 50_00)
    sandbox.advance(6)
    second = stripe_gateway.read_refund(first.reference)

    assert (first.status, first.failure_code) == at_first
    assert (second.status, second.failure_code) == later


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_asked_again_under_the_same_key(stripe_gateway, sandbox, bill, calls):
    sandbox.config(answer_lost=1)

    started = start(stripe_gateway, bill)

    assert [call.status for call in calls] == [0, 200]
    assert [call["key"] for call in sandbox.log()["calls"]] == [f"pay_{bill.payment}"] * 2
    assert stripe_gateway.read(started.reference).standing == Standing.OPEN


def test_when_every_answer_is_lost_the_same_key_finds_the_one_session_later(stripe_gateway, sandbox, bill):
    sandbox.config(answer_lost=True)
    with pytest.raises(Unreachable):
        start(stripe_gateway, bill)
    sandbox.config(answer_lost=False)

    started = start(stripe_gateway, bill)

    answered = [call["answered"] for call in sandbox.log()["calls"]]
    assert {json.loads(answer)["id"] for answer in answered} == {started.reference}


def test_a_service_in_trouble_is_unreachable(stripe_gateway, sandbox, bill):
    started = start(stripe_gateway, bill)
    sandbox.config(api_error=True)

    with pytest.raises(Unreachable):
        stripe_gateway.read(started.reference)


def test_a_busy_service_is_asked_again_under_the_same_key(stripe_gateway, sandbox, bill, calls):
    sandbox.config(too_many_requests=1)

    started = start(stripe_gateway, bill)

    assert [(call.status, call.key) for call in calls] == [
        (429, f"pay_{bill.payment}"),
        (200, f"pay_{bill.payment}"),
    ]
    assert stripe_gateway.read(started.reference).standing == Standing.OPEN


def test_a_service_that_stays_busy_is_unreachable(stripe_gateway, sandbox, bill):
    sandbox.config(too_many_requests=True)

    with pytest.raises(Unreachable):
        start(stripe_gateway, bill)


def test_nobody_at_the_address_is_unreachable(settings, bill):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    gateway = stripe.from_settings(settings, record=lambda call: None)

    with pytest.raises(Unreachable):
        start(gateway, bill)


@pytest.mark.parametrize("key", ["sk_test_of_somebody_else", ""])
def test_a_wrong_key_is_our_fault(settings, bill, key):
    settings.STRIPE_SECRET_KEY = key
    gateway = stripe.from_settings(settings, record=lambda call: None)

    with pytest.raises(Misconfigured):
        start(gateway, bill)


def test_an_unknown_session_was_opened_by_another_account(stripe_gateway):
    with pytest.raises(Misconfigured) as error:
        stripe_gateway.read("cs_test_of_another_account")

    assert error.value.code == "resource_missing"


def test_a_wrong_bill_is_declined(stripe_gateway):
    with pytest.raises(Declined) as refusal:
        start(stripe_gateway, a_bill(customer_email="nowhere"))

    assert refusal.value.code == "email_invalid"


def test_every_call_is_recorded_without_any_secret(stripe_gateway, settings, calls, bill):
    started = start(stripe_gateway, bill)
    stripe_gateway.read(started.reference)

    assert [(call.method, call.path, call.key, call.status) for call in calls] == [
        ("POST", "/v1/checkout/sessions", f"pay_{bill.payment}", 200),
        ("GET", f"/v1/checkout/sessions/{started.reference}", "", 200),
    ]
    assert all(call.request_id.startswith("req_") for call in calls)
    assert settings.STRIPE_SECRET_KEY not in repr(calls)
    assert bill.customer_email not in repr(calls)


# --- webhooks --------------------------------------------------------------------------------------------------------


def test_the_webhook_of_a_payment_names_it(stripe_gateway, sandbox, listener, bill):
    notice = paid(stripe_gateway, sandbox, bill)

    [webhook] = listener.wait("checkout.session.completed", bill.payment)
    event = stripe_gateway.verify(webhook.headers, webhook.body)

    assert webhook.path == "/paiements/stripe/avis/"
    assert event == Event(
        id=json.loads(webhook.body)["id"],
        kind="checkout.session.completed",
        live=False,
        payment=bill.payment,
        reference=notice.reference,
        charge_reference=notice.charge_reference,
    )


def test_the_webhooks_of_a_refund_name_the_payment_and_the_refund(stripe_gateway, sandbox, listener, bill):
    notice = paid(stripe_gateway, sandbox, bill)
    refund(stripe_gateway, notice, 10_00, "r1")

    [webhook] = listener.wait("refund.created", bill.payment)
    event = stripe_gateway.verify(webhook.headers, webhook.body)

    assert (event.payment, event.refund, event.reference) == (bill.payment, "r1", "")
    assert event.charge_reference == notice.charge_reference
    assert len(listener.wait("charge.refunded", bill.payment)) == 1
