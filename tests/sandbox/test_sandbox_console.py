"""The console: faults on request, webhooks late, twice, or never, and a clock to push."""

import json
import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest
import stripe


@pytest.fixture
def paid(paid_by_card, bill):
    def paid() -> str:
        paid_by_card()
        return bill.payment

    return paid


def test_a_webhook_refused_by_the_shop_comes_again(sandbox, listener, paid):
    listener.answers[:] = [500, 404]

    listener.wait("checkout.session.completed", paid(), count=3)

    delivered = lambda: sandbox.deliveries("checkout.session.completed")[0]["status"] == "delivered"  # noqa: E731
    assert sandbox.wait_for(delivered)
    assert sandbox.deliveries()[0]["answers"] == [500, 404, 200]


def test_a_webhook_can_come_several_times(sandbox, listener, paid):
    sandbox.config(duplicate=3)

    received = listener.wait("checkout.session.completed", paid(), count=3)

    assert len({one.body for one in received}) == 1


def test_a_webhook_can_be_late(sandbox, listener, paid):
    sandbox.config(webhook_delay=1)
    payment = paid()

    assert [one["status"] for one in sandbox.deliveries()] == ["waiting"]
    assert len(listener.wait("checkout.session.completed", payment)) == 1


def test_a_webhook_that_never_comes_can_be_sent_by_hand(sandbox, listener, paid):
    sandbox.config(webhook_delay="never")
    payment = paid()
    [held] = sandbox.deliveries()

    sandbox.browser.post(f"/_sandbox/deliveries/{held['id']}")

    assert held["status"] == "held"
    assert len(listener.wait("checkout.session.completed", payment)) == 1


def test_webhooks_can_be_sent_elsewhere(sandbox, listener, paid):
    sandbox.config(webhook_urls={"stripe": f"{listener.url}/elsewhere/"})

    [received] = listener.wait("checkout.session.completed", paid())

    assert received.path == "/elsewhere/"


def test_a_late_webhook_leaves_when_the_clock_is_pushed(sandbox, listener, paid):
    sandbox.config(webhook_delay=300)
    payment = paid()

    sandbox.advance(300)

    assert len(listener.wait("checkout.session.completed", payment)) == 1


def test_every_kind_of_event_can_come_in_any_order(sandbox, listener, paid, bill):
    sandbox.config(shuffle=True)
    announced = {"payment_intent.created", "payment_intent.succeeded", "charge.succeeded", "checkout.session.completed"}
    orders = set()

    for _ in range(4):  # the same order four times: once in 13,824 runs
        sandbox.reset()
        listener.received.clear()
        sandbox.config(shuffle=True)
        paid()
        sandbox.wait_for(lambda: len(listener.received) == len(announced))
        orders.add(tuple(json.loads(one.body)["type"] for one in listener.received))

    assert {frozenset(order) for order in orders} == {frozenset(announced)}
    assert len(orders) > 1


def test_a_webhook_may_claim_that_the_money_is_real(sandbox, listener, paid):
    sandbox.config(live=True)

    [received] = listener.wait("checkout.session.completed", paid())

    event = json.loads(received.body)
    assert (event["livemode"], event["data"]["object"]["livemode"]) == (True, True)


@pytest.mark.parametrize("switch", ["wrong_signature", "old_timestamp"])
def test_a_signature_can_be_wrong_or_old(sandbox, listener, paid, switch):
    secret = sandbox.settings["STRIPE_WEBHOOK_SECRETS"][0]
    sandbox.config(**{switch: True})

    [received] = listener.wait("checkout.session.completed", paid())

    with pytest.raises(stripe.SignatureVerificationError):
        stripe.Webhook.construct_event(received.body, received.headers["Stripe-Signature"], secret)


def test_calls_can_be_refused_for_being_too_many(sandbox, ask_stripe, ask_paypal):
    sandbox.config(too_many_requests=2)

    answers = [ask_stripe("GET", "/v1/refunds"), ask_paypal("GET", "/v2/checkout/orders/1")]

    assert [answer.status_code for answer in answers] == [429, 429]
    assert answers[0].json()["error"]["code"] == "rate_limit"
    assert answers[1].json()["name"] == "RATE_LIMIT_REACHED"
    assert ask_stripe("GET", "/v1/refunds").status_code == 200


def test_tokens_of_paypal_can_be_revoked(sandbox, ask_paypal):
    sandbox.config(token_revoked=True)

    assert ask_paypal("GET", "/v1/notifications/webhooks").status_code == 401


def test_answers_can_be_slow_or_lost(sandbox, ask_stripe):
    sandbox.config(slow=0.3, answer_lost=1)
    asked_at = time.monotonic()

    with pytest.raises(httpx.RemoteProtocolError):
        ask_stripe("POST", "/v1/webhook_endpoints", {"url": "http://127.0.0.1:9/", "enabled_events[0]": "*"})
    sandbox.config(slow=0)

    assert time.monotonic() - asked_at >= 0.3
    assert len(ask_stripe("GET", "/v1/webhook_endpoints").json()["data"]) == 1


def test_every_answer_carries_the_date_of_the_clock(sandbox, ask_stripe):
    sandbox.advance(3 * 3600)

    dates = [ask_stripe("GET", "/v1/refunds"), sandbox.browser.get("/_sandbox/"), sandbox.browser.get("/c/pay/x")]

    for answer in dates:
        shown = parsedate_to_datetime(answer.headers["Date"])
        assert abs(shown - datetime.now(UTC) - timedelta(hours=3)) < timedelta(seconds=5)


def test_an_expired_session_is_announced(sandbox, listener, stripe_gateway, bill):
    stripe_gateway.start(stripe_gateway.request(bill), key="pay_1")

    sandbox.advance(32 * 60)

    assert len(listener.wait("checkout.session.expired", bill.payment)) == 1


def test_pushing_the_clock_does_not_age_what_comes_after(sandbox, stripe_gateway, bill):
    sandbox.advance(24 * 3600)

    started = stripe_gateway.start(stripe_gateway.request(bill), key="pay_1")

    assert stripe_gateway.read(started.reference).standing == "open"


@pytest.mark.parametrize(
    "switches",
    [
        {"unheard_of": 1},
        {"duplicate": 0},
        {"duplicate": "many"},
        {"webhook_delay": -1},
        {"webhook_delay": "later"},
        {"slow": 10**9},
        {"wrong_signature": "yes"},
        {"webhook_urls": ["x"]},
        {"fee_later": "soon"},
        {"refuse": "everything"},
        {"refuse": {"capture": 5}},
        {"too_many_requests": -1},
        {"live": 1},
    ],
)
def test_wrong_switches_are_refused(sandbox, switches):
    answer = sandbox.browser.post("/_sandbox/config", json=switches)

    assert answer.status_code == 400
    assert sandbox.config() == sandbox.config() | {"duplicate": 1, "webhook_delay": 0, "slow": 0}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"advance":"soon"}', b'{"advance":-5}', b'{"advance":1e999}'])
def test_a_wrong_push_of_the_clock_is_refused(sandbox, body):
    answer = sandbox.browser.post("/_sandbox/clock", content=body)

    assert answer.status_code == 400


def test_the_console_shows_payments_and_deliveries(sandbox, listener, paid):
    listener.wait("checkout.session.completed", paid())

    page = sandbox.browser.get("/_sandbox/?lang=fr").text

    assert page.count("<h1>") == 1
    assert "checkout.session.completed" in page
    assert re.search(r"cs_test_\w+", page)
    assert "327,68\u00a0$" in page


def test_the_console_changes_the_switches(sandbox):
    form = {"webhook_delay": "never", "duplicate": "2", "slow": "0", "old_timestamp": "on"}

    answer = sandbox.browser.post("/_sandbox/switches", data=form | {"refuse_capture": "TRANSACTION_REFUSED"})

    assert answer.status_code == 303
    changed = sandbox.config()
    assert {
        name: changed[name] for name in ("webhook_delay", "duplicate", "old_timestamp", "answer_lost", "refuse")
    } == {
        "webhook_delay": "never",
        "duplicate": 2,
        "old_timestamp": True,
        "answer_lost": False,
        "refuse": {"capture": "TRANSACTION_REFUSED"},
    }


def test_the_console_keeps_the_number_of_faults_a_test_asked_for(sandbox):
    sandbox.config(api_error=5, webhook_delay=7)
    page = sandbox.browser.get("/_sandbox/").text

    sandbox.browser.post(
        "/_sandbox/switches", data={"webhook_delay": "7", "duplicate": "1", "slow": "0", "api_error": "on"}
    )

    assert '<option value="7" selected>7</option>' in page
    assert sandbox.config()["api_error"] == 5


def test_the_console_intervenes_in_a_payment(sandbox, paid_by_card, ask_stripe):
    session = paid_by_card()

    def press(deed: str, **form: str) -> int:
        return sandbox.browser.post(f"/_sandbox/{deed}", data=form).status_code

    refunded = press("refund", payment=session, dollars="27,68")
    disputed = press("dispute", payment=session, reason="duplicate", dollars="")
    [dispute] = ask_stripe("GET", "/v1/disputes").json()["data"]
    won = press("win", dispute=dispute["id"])
    [refund] = ask_stripe("GET", "/v1/refunds").json()["data"]
    failed = press("fail-refund", refund=refund["id"])
    page = sandbox.browser.get("/_sandbox/?lang=fr").text

    assert [refunded, disputed, won, failed] == [303] * 4
    for words in ("27,68\u00a0$", "duplicate", "won", "failed", "Contestations", "Événements"):
        assert words in page


@pytest.mark.parametrize(
    ("deed", "form", "status", "sentence"),
    [
        ("refund", {"payment": "nothing"}, 404, "Le service a refusé"),
        ("refund", {"dollars": "beaucoup"}, 422, "Le service a refusé"),
        ("refund", {"dollars": "999.99"}, 422, "greater than unrefunded amount"),
    ],
)
def test_the_console_says_why_a_deed_is_refused(sandbox, paid_by_card, deed, form, status, sentence):
    session = paid_by_card()

    answer = sandbox.browser.post(f"/_sandbox/{deed}?lang=fr", data={"payment": session} | form)

    assert (answer.status_code, sentence in answer.text) == (status, True)


def test_the_console_shows_an_object_and_an_event_but_no_secret(sandbox, paid_by_card, ask_stripe, paypal_token):
    session = paid_by_card()
    endpoint = ask_stripe(
        "POST", "/v1/webhook_endpoints", {"url": "http://127.0.0.1:9/", "enabled_events[0]": "*"}
    ).json()
    [event] = sandbox.log()["events"]

    def shown(name: str) -> tuple[int, str]:
        answer = sandbox.browser.get(f"/_sandbox/objects/{name}?lang=fr")
        return answer.status_code, answer.text

    assert (shown(session)[0], "&quot;checkout.session&quot;" in shown(session)[1]) == (200, True)
    assert "_card" not in shown(session)[1]
    assert "checkout.session.completed" in shown(event["id"])[1]
    assert endpoint["secret"] not in shown(endpoint["id"])[1]
    for hidden in (paypal_token["Authorization"].partition(" ")[2], "switches", "nothing"):
        assert shown(hidden)[0] == 404


@pytest.mark.parametrize(("language", "title"), [("fr", "Console du bac à sable"), ("en", "Sandbox console")])
def test_the_console_speaks_both_languages(sandbox, paid_by_card, paid_by_paypal, language, title):
    sandbox.refund(paid_by_card(), 1_00)
    sandbox.dispute(paid_by_paypal())

    page = sandbox.browser.get(f"/_sandbox/?lang={language}").text

    assert f'<html lang="{language}">' in page
    assert f"<h1>{title}</h1>" in page


@pytest.mark.parametrize("delay", ["", "soon", "nan", "-1"])
def test_the_console_refuses_wrong_switches_kindly(sandbox, delay):
    answer = sandbox.browser.post(
        "/_sandbox/switches?lang=fr", data={"webhook_delay": delay, "duplicate": "1", "slow": "0"}
    )

    assert answer.status_code == 422
    assert "Rien n’a changé." in answer.text


def test_the_console_pushes_the_clock_and_forgets(sandbox, paid):
    paid()

    pushed = sandbox.browser.post("/_sandbox/clock", data={"minutes": "31"})
    page = sandbox.browser.get("/_sandbox/?lang=en").text
    sandbox.browser.post("/_sandbox/reset", data={})

    assert pushed.status_code == 303
    assert "Pushed forward by 31 min." in page
    assert sandbox.log()["events"] == []
