"""The console: faults on request, webhooks late, twice, or never, and a clock to push."""

import re

import pytest


@pytest.fixture
def paid(sandbox, stripe_gateway, bill):
    def paid() -> str:
        started = stripe_gateway.start(stripe_gateway.request(bill), key=f"pay_{bill.payment}")
        sandbox.pay_stripe(started.url)
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

    answer = sandbox.browser.post("/_sandbox/switches", data=form)

    assert answer.status_code == 303
    changed = sandbox.config()
    assert {name: changed[name] for name in ("webhook_delay", "duplicate", "old_timestamp", "answer_lost")} == {
        "webhook_delay": "never",
        "duplicate": 2,
        "old_timestamp": True,
        "answer_lost": False,
    }


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
