"""Those who talk to the sandbox by hand, and buyers who pay in one line."""

from collections.abc import Callable

import httpx
import pytest

Ask = Callable[..., httpx.Response]


@pytest.fixture
def stripe_key(sandbox) -> dict[str, str]:
    """The header that opens Stripe's calls, for tests that make them by hand."""
    return {"Authorization": f"Bearer {sandbox.settings['STRIPE_SECRET_KEY']}"}


@pytest.fixture
def ask_stripe(sandbox, stripe_key) -> Ask:
    def ask(method: str, path: str, data: dict | None = None, **headers: str) -> httpx.Response:
        return sandbox.browser.request(method, path, data=data, headers=stripe_key | headers)

    return ask


@pytest.fixture
def ask_paypal(sandbox, paypal_token) -> Ask:
    def ask(method: str, path: str, body: dict | None = None, **headers: str) -> httpx.Response:
        return sandbox.browser.request(method, path, json=body, headers=paypal_token | headers)

    return ask


@pytest.fixture
def paid_by_card(sandbox, stripe_gateway, bill) -> Callable[..., str]:
    """Pay the bill with a card; the id of the session."""

    def pay(card: str = "4242424242424242") -> str:
        started = stripe_gateway.start(stripe_gateway.request(bill), key=f"pay_{bill.payment}")
        sandbox.pay_stripe(started.url, card)
        return started.reference

    return pay


@pytest.fixture
def paid_by_paypal(sandbox, paypal_gateway, bill) -> Callable[..., str]:
    """Pay the bill with an account; the id of the capture."""

    def pay(account: str = "pays") -> str:
        started = paypal_gateway.start(paypal_gateway.request(bill), key=f"pay_{bill.payment}")
        sandbox.approve_paypal(started.url, account)
        return paypal_gateway.capture(started.reference, key=f"cap_{bill.payment}").charge_reference

    return pay
