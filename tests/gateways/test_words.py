"""The services' own words put in ours, for what the payment sandbox does not play."""

from datetime import UTC, datetime

import httpx
import pytest

from pupitre.gateways import Declined, GatewayError, Misconfigured, Movement, Unreachable, paypal_words, stripe_words
from pupitre.gateways.headers import clock, pause_asked
from pupitre.gateways.paypal_client import read

# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "issue",
    [
        "CAPTURE_FULLY_REFUNDED",
        "REFUND_AMOUNT_EXCEEDED",
        "REFUND_TIME_LIMIT_EXCEEDED",
        "REFUND_FAILED_INSUFFICIENT_FUNDS",
        "TRANSACTION_DISPUTED",
        "PARTIAL_REFUND_NOT_ALLOWED",
        "REFUND_NOT_PERMITTED_DUE_TO_CHARGEBACK",
        "PENDING_CAPTURE",
    ],
)
def test_paypal_says_why_it_gives_no_money_back(issue):
    body = {"name": "UNPROCESSABLE_ENTITY", "message": "The requested action could not be performed.", "details": []}
    answer = httpx.Response(422, json=body | {"details": [{"issue": issue, "description": "…"}]})

    with pytest.raises(Declined) as refusal:
        read(answer)

    assert refusal.value.code == issue


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (400, {"name": "WEBHOOK_URL_ALREADY_EXISTS", "details": []}, Declined, "WEBHOOK_URL_ALREADY_EXISTS"),
        (401, {"error": "invalid_client"}, Misconfigured, "invalid_client"),
        (403, {"name": "NOT_AUTHORIZED"}, Misconfigured, "NOT_AUTHORIZED"),
        (404, {"name": "RESOURCE_NOT_FOUND"}, Declined, "RESOURCE_NOT_FOUND"),
        (409, {"name": "RESOURCE_CONFLICT"}, Unreachable, "RESOURCE_CONFLICT"),
        (429, {"name": "RATE_LIMIT_REACHED"}, Unreachable, "RATE_LIMIT_REACHED"),
        (503, {}, Unreachable, ""),
        (200, [], Unreachable, ""),
    ],
)
def test_every_answer_of_paypal_is_one_of_our_errors(status, body, error, code):
    with pytest.raises(GatewayError) as raised:
        read(httpx.Response(status, json=body))

    assert (type(raised.value), raised.value.code) == (error, code)


def test_an_answer_that_is_not_paypals_is_no_answer():
    with pytest.raises(Unreachable):
        read(httpx.Response(200, text="<html>A proxy says good morning</html>"))


# --- disputes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "ours"),
    [
        ("needs_response", "open"),
        ("under_review", "open"),
        ("warning_needs_response", "open"),
        ("appeal_under_review", "open"),
        ("a_word_of_next_year", "open"),
        ("won", "won"),
        ("warning_closed", "won"),
        ("lost", "lost"),
        ("prevented", "lost"),
    ],
)
def test_a_dispute_at_stripe_is_open_won_or_lost(status, ours):
    notice = stripe_words.dispute_notice(
        {
            "id": "du_1",
            "payment_intent": "pi_1",
            "metadata": {},
            "status": status,
            "reason": "fraudulent",
            "amount": 327_68,
            "currency": "cad",
            "evidence_details": {"due_by": 1_800_000_000},
            "livemode": True,
        }
    )

    assert (notice.status, notice.charge_reference, notice.payment, notice.live) == (ours, "pi_1", "", True)
    assert notice.due_at == (datetime.fromtimestamp(1_800_000_000, UTC) if ours == "open" else None)


@pytest.mark.parametrize(
    ("status", "outcome", "ours"),
    [
        ("WAITING_FOR_SELLER_RESPONSE", {}, "open"),
        ("UNDER_REVIEW", {}, "open"),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "RESOLVED_BUYER_FAVOUR"}}, "lost"),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "ACCEPTED"}}, "lost"),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "RESOLVED_SELLER_FAVOUR"}}, "won"),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "CANCELED_BY_BUYER"}}, "won"),
        ("RESOLVED", {"dispute_outcome": {"outcome_code": "A_WORD_OF_NEXT_YEAR"}}, "open"),
    ],
)
def test_a_dispute_at_paypal_is_open_won_or_lost(status, outcome, ours):
    notice = paypal_words.dispute_notice(a_dispute(status=status) | outcome, live=True)

    assert (notice.status, notice.charge_reference, notice.payment) == (ours, "3C679366HH908993F", "our uuid")
    assert notice.due_at == (datetime(2026, 12, 3, 10, tzinfo=UTC) if ours == "open" else None)


def test_a_dispute_that_ended_because_the_payment_was_given_back_takes_nothing_more():
    transaction = {"seller_transaction_id": "3C679366HH908993F", "transaction_status": "REFUNDED"}
    outcome = {"outcome_code": "RESOLVED_BUYER_FAVOUR"}
    ended = a_dispute(status="RESOLVED", dispute_outcome=outcome, disputed_transactions=[transaction])

    notice = paypal_words.dispute_notice(ended, live=True)

    assert (notice.status, notice.amount_cents) == ("lost", 0)


def test_what_a_dispute_at_paypal_took_from_us_is_told_apart_from_its_fee():
    lines = [
        {"affected_party": "SELLER", "type": "DEBIT", "amount": cad("327.68"), "reason": "DISPUTE_SETTLEMENT"},
        {"affected_party": "BUYER", "type": "CREDIT", "amount": cad("327.68"), "reason": "DISPUTE_SETTLEMENT"},
        {"affected_party": "SELLER", "type": "DEBIT", "amount": cad("20.00"), "reason": "DISPUTE_FEE"},
        {"affected_party": "SELLER", "type": "CREDIT", "amount": cad("327.68"), "reason": "DISPUTE_SETTLEMENT"},
    ]

    assert paypal_words.dispute_movements(a_dispute(money_movements=lines)) == [
        Movement("dispute", "PP-D-1-1", -327_68, 0, -327_68, "CAD", None),
        Movement("dispute", "PP-D-1-3", 0, 20_00, -20_00, "CAD", None),
        Movement("dispute", "PP-D-1-4", 327_68, 0, 327_68, "CAD", None),
    ]


def a_dispute(**changes: object) -> dict:
    usual = {
        "dispute_id": "PP-D-1",
        "status": "OPEN",
        "reason": "UNAUTHORISED",
        "dispute_amount": cad("327.68"),
        "disputed_transactions": [{"seller_transaction_id": "3C679366HH908993F", "custom": "our uuid"}],
        "seller_response_due_date": "2026-12-03T10:00:00.000Z",
    }
    return usual | changes


def cad(value: str) -> dict[str, str]:
    return {"currency_code": "CAD", "value": value}


# --- headers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "2"}, 2), ({}, 0.5), ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.5)],
)
def test_a_busy_service_says_when_to_come_back(headers, seconds):
    assert pause_asked(headers, attempt=1) == seconds


@pytest.mark.parametrize(
    ("headers", "moment"),
    [
        ({"Date": "Mon, 23 Nov 2026 23:13:00 GMT"}, datetime(2026, 11, 23, 23, 13, tzinfo=UTC)),
        ({"Date": "half past ten"}, None),
        ({}, None),
    ],
)
def test_the_time_at_the_service_is_read_when_it_says_it(headers, moment):
    assert clock(headers) == moment
