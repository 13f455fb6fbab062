"""A reachable sandbox marks orders as paid for free: it must be hard to start or to reach by mistake."""

import socket
import subprocess
import sys

import httpx
import pytest

from pupitre.sandbox import NEEDED, reasons_not_to_start
from tests.payment_sandbox import running_sandbox

KEYS = dict.fromkeys(NEEDED, "sk_test_sandbox")


def test_it_starts_with_the_keys_of_a_test_shop():
    assert reasons_not_to_start(KEYS | {"PUPITRE_PAYMENT_MODE": "sandbox"}, "127.0.0.1") == []


@pytest.mark.parametrize(
    ("environment", "host", "word"),
    [
        ({"PUPITRE_PAYMENT_MODE": "live"}, "127.0.0.1", "“live”"),
        ({"PUPITRE_PAYMENT_MODE": " Live "}, "127.0.0.1", "“live”"),
        ({"PUPITRE_STRIPE_SECRET_KEY": "sk_live_1"}, "127.0.0.1", "live Stripe key"),
        ({"SOME_OTHER_NAME": "rk_live_1"}, "127.0.0.1", "live Stripe key"),
        ({"PUPITRE_PAYPAL_WEBHOOK_ID": ""}, "127.0.0.1", "PUPITRE_PAYPAL_WEBHOOK_ID"),
        ({"PUPITRE_STRIPE_WEBHOOK_SECRETS": "whsec_of_the_shop"}, "127.0.0.1", "PUPITRE_STRIPE_WEBHOOK_SECRETS"),
        ({"PUPITRE_PAYPAL_WEBHOOK_ID": "8PT597110X687430"}, "127.0.0.1", "PUPITRE_PAYPAL_WEBHOOK_ID"),
        ({}, "0.0.0.0", "PUPITRE_SANDBOX_PASSWORD"),
        ({}, "sandbox.example", "PUPITRE_SANDBOX_PASSWORD"),
    ],
)
def test_it_refuses_to_start_where_it_would_be_dangerous(environment, host, word):
    [reason] = reasons_not_to_start(KEYS | environment, host)

    assert word in reason


@pytest.mark.parametrize(
    ("password", "remote", "starts"), [("open sesame", True, True), ("open sesame", False, False), (" ", True, False)]
)
def test_other_machines_come_in_only_when_it_is_said_and_a_password_is_set(password, remote, starts):
    reasons = reasons_not_to_start(KEYS | {"PUPITRE_SANDBOX_PASSWORD": password}, "0.0.0.0", remote=remote)

    assert (reasons == []) == starts


def test_the_command_says_why_it_does_not_start():
    done = subprocess.run(
        [sys.executable, "-m", "pupitre", "sandbox", "--port", "0"],
        env={"PUPITRE_PAYMENT_MODE": "live"},
        capture_output=True,
        text=True,
        timeout=30,
    )

    assert done.returncode == 1
    assert "“live”" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("path", ["/_sandbox/", "/_sandbox/log", "/v1/checkout/sessions", "/checkoutnow?token=1"])
def test_another_host_name_is_turned_away(sandbox, path):
    answer = sandbox.browser.get(path, headers={"Host": "shop.example"})

    assert answer.status_code == 421


@pytest.mark.parametrize("path", ["/_sandbox/config", "/_sandbox/reset", "/_sandbox/switches", "/checkoutnow?token=1"])
def test_a_form_of_another_site_is_turned_away(sandbox, path):
    answer = sandbox.browser.post(path, json={}, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403


def test_a_password_protects_the_pages_and_not_the_calls():
    with running_sandbox(PUPITRE_SANDBOX_PASSWORD="open sesame") as sandbox:
        closed = sandbox.browser.get("/_sandbox/")
        wrong = sandbox.browser.get("/_sandbox/", auth=("", "open barley"))
        opened = sandbox.browser.get("/_sandbox/", auth=("anyone", "open sesame"))
        call = sandbox.browser.get(
            "/v1/refunds", headers={"Authorization": f"Bearer {sandbox.settings['STRIPE_SECRET_KEY']}"}
        )

    assert [closed.status_code, wrong.status_code, opened.status_code, call.status_code] == [401, 401, 200, 200]


@pytest.mark.parametrize("header", ["Basic é", "Basic", "Basic ====", "Bearer x", "nonsense"])
def test_a_strange_authorization_is_refused_calmly(sandbox, header):
    headers = {"Authorization": header.encode()}

    stripe = sandbox.browser.get("/v1/refunds", headers=headers)
    token = sandbox.browser.post("/v1/oauth2/token", headers=headers)
    order = sandbox.browser.get("/v2/checkout/orders/1", headers=headers)

    assert [stripe.status_code, token.status_code, order.status_code] == [401, 401, 401]


def test_it_serves_several_visitors_at_once(sandbox):
    address = httpx.URL(sandbox.url)
    with socket.create_connection((address.host, address.port)) as idle:
        idle.sendall(b"POST /c/pay/x HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\n")

        assert sandbox.browser.get("/_sandbox/").status_code == 200


def test_pages_carry_a_strict_policy_that_names_only_the_shop(sandbox, stripe_gateway, bill):
    started = stripe_gateway.start(stripe_gateway.request(bill), key="pay_1")

    page = sandbox.browser.get(started.url)

    assert page.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "form-action 'self' http://127.0.0.1:9"
    )
    assert "<script" not in page.text
    assert "style=" not in page.text
