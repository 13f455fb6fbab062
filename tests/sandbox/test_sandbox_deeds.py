"""What the services do without the shop: disputes, refunds by hand, webhooks sent again."""

import pytest

CARD, PAYPAL = "stripe", "paypal"


@pytest.fixture(params=[CARD, PAYPAL])
def service(request) -> str:
    return request.param


@pytest.fixture
def paid(service, paid_by_card, paid_by_paypal) -> str:
    """The name of a payment of 327.68 $."""
    return paid_by_card() if service == CARD else paid_by_paypal()


def kinds(sandbox) -> list[str]:
    return [event["kind"] for event in sandbox.log()["events"]]


def deed(sandbox, name: str, **asked: object):
    return sandbox.browser.post(f"/_sandbox/{name}", json=asked)


# --- disputes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("win", ["charge.dispute.funds_reinstated", "charge.dispute.closed"]),
        ("lose", ["charge.dispute.closed"]),
    ],
)
def test_a_card_payment_is_disputed_and_decided(sandbox, paid_by_card, ask_stripe, end, told):
    session = paid_by_card()
    dispute = sandbox.dispute(session, "duplicate")

    getattr(sandbox, end)(dispute)

    read = ask_stripe("GET", f"/v1/disputes/{dispute}").json()
    assert (read["reason"], read["status"]) == ("duplicate", {"win": "won", "lose": "lost"}[end])
    assert kinds(sandbox) == [
        "checkout.session.completed",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        *told,
    ]


def test_a_payment_is_disputed_once_and_decided_once(sandbox, paid):
    dispute = sandbox.dispute(paid)
    again = deed(sandbox, "dispute", payment=paid)
    sandbox.win(dispute)

    assert again.status_code == 422
    assert deed(sandbox, "lose", dispute=dispute).status_code == 422


def test_a_disputed_card_payment_is_not_refunded_before_it_is_won(sandbox, paid_by_card):
    session = paid_by_card()
    dispute = sandbox.dispute(session)

    before = deed(sandbox, "refund", payment=session)
    sandbox.win(dispute)
    after = deed(sandbox, "refund", payment=session)

    assert (before.status_code, after.status_code) == (422, 200)


def test_what_was_given_back_entirely_can_no_longer_be_disputed(sandbox, paid):
    sandbox.refund(paid)

    assert deed(sandbox, "dispute", payment=paid).status_code == 422


# --- refunds by hand -------------------------------------------------------------------------------------------------


def test_money_is_given_back_in_part_then_whole_and_no_further(sandbox, paid):
    sandbox.refund(paid, 100_00)
    too_much = deed(sandbox, "refund", payment=paid, amount=227_69)
    sandbox.refund(paid)

    assert too_much.status_code == 422
    assert deed(sandbox, "refund", payment=paid).status_code == 422


def test_a_refund_by_hand_carries_no_word_of_ours(sandbox, paid_by_card, paid_by_paypal, ask_stripe, ask_paypal):
    at_stripe = ask_stripe("GET", f"/v1/refunds/{sandbox.refund(paid_by_card())}").json()
    at_paypal = ask_paypal("GET", f"/v2/payments/refunds/{sandbox.refund(paid_by_paypal())}").json()

    assert (at_stripe["metadata"], at_stripe["reason"]) == ({}, None)
    assert "custom_id" not in at_paypal


def test_a_refund_that_had_succeeded_fails_later(sandbox, paid_by_card, ask_stripe):
    refund = sandbox.refund(paid_by_card())

    sandbox.fail_refund(refund)

    read = ask_stripe("GET", f"/v1/refunds/{refund}?expand[]=failure_balance_transaction").json()
    assert (read["status"], read["failure_reason"]) == ("failed", "expired_or_canceled_card")
    assert read["failure_balance_transaction"]["amount"] == 327_68
    assert kinds(sandbox)[-3:] == ["refund.created", "charge.refunded", "refund.failed"]
    assert deed(sandbox, "fail-refund", refund=refund).status_code == 422


def test_a_pending_refund_can_be_finished_at_once(sandbox, paid_by_card, ask_stripe):
    refund = sandbox.refund(paid_by_card("4000000000007726"))

    sandbox.finish_refund(refund)

    assert ask_stripe("GET", f"/v1/refunds/{refund}").json()["status"] == "succeeded"
    assert kinds(sandbox)[-1] == "refund.updated"


# --- any name will do ------------------------------------------------------------------------------------------------


def test_a_card_payment_is_known_by_any_of_its_names(sandbox, paid_by_card, ask_stripe):
    session = paid_by_card()
    intent = ask_stripe("GET", f"/v1/checkout/sessions/{session}").json()["payment_intent"]
    charge = ask_stripe("GET", f"/v1/payment_intents/{intent}").json()["latest_charge"]

    assert [bool(sandbox.refund(name, 1_00)) for name in (session, intent, charge)] == [True] * 3


def test_a_paypal_payment_is_known_by_its_order_too(sandbox, paid_by_paypal, ask_paypal):
    read = ask_paypal("GET", f"/v2/payments/captures/{paid_by_paypal()}").json()

    assert sandbox.refund(read["supplementary_data"]["related_ids"]["order_id"], 1_00)


@pytest.mark.parametrize(
    ("name", "asked", "status"),
    [
        ("dispute", {"payment": "cs_test_1"}, 404),
        ("dispute", {}, 404),
        ("refund", {"payment": "unknown"}, 404),
        ("win", {"dispute": "du_1"}, 404),
        ("fail-refund", {"refund": ""}, 404),
        ("finish-refund", {}, 404),
        ("resend", {"event": "evt_1"}, 404),
        ("resend", {"kind": "refund.created", "times": 0}, 422),
        ("reverse", {"payment": "switches"}, 404),
    ],
)
def test_a_deed_on_nothing_is_refused(sandbox, name, asked, status):
    sandbox.config(duplicate=1)  # so that there are settings, which are nobody’s payment

    answer = deed(sandbox, name, **asked)

    assert (answer.status_code, "error" in answer.json()) == (status, True)


@pytest.mark.parametrize("amount", [0, -1, 1.5, "10", True])
def test_an_amount_is_a_number_of_cents(sandbox, paid_by_card, amount):
    assert deed(sandbox, "refund", payment=paid_by_card(), amount=amount).status_code == 422


@pytest.mark.parametrize("body", [b"nonsense", b"[]", b"5"])
def test_a_deed_that_cannot_be_read_is_refused(sandbox, body):
    answer = sandbox.browser.post("/_sandbox/refund", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422


def test_what_is_not_paid_is_neither_refunded_nor_disputed(sandbox, stripe_gateway, paypal_gateway, bill):
    names = [one.start(one.request(bill), key="pay_1").reference for one in (stripe_gateway, paypal_gateway)]

    answers = [deed(sandbox, name, payment=payment) for payment in names for name in ("refund", "dispute")]

    assert [answer.status_code for answer in answers] == [422] * 4


def test_a_card_payment_is_not_reversed(sandbox, paid_by_card):
    assert deed(sandbox, "reverse", payment=paid_by_card()).status_code == 422


# --- webhooks again --------------------------------------------------------------------------------------------------


def test_events_are_sent_again_by_kind_as_often_as_asked(sandbox, paid_by_card, listener, bill):
    paid_by_card()
    listener.wait("checkout.session.completed", bill.payment)

    sent = sandbox.resend(kind="checkout.session.completed", times=2)

    received = listener.wait("checkout.session.completed", bill.payment, count=3)
    assert len(sent) == 2
    assert len({one.body for one in received}) == 1


def test_an_event_is_sent_again_by_its_name(sandbox, paid_by_card, listener, bill):
    sandbox.config(webhook_delay="never")
    paid_by_card()
    [event] = sandbox.log()["events"]

    sandbox.resend(event["id"])

    assert len(listener.wait("checkout.session.completed", bill.payment)) == 1
