"""One shop that answers by HTTP, one payment sandbox that calls it back, and a buyer between them."""

from collections.abc import Iterator

import pytest
import stripe

from pupitre.gateways import headers
from tests.payment_sandbox import PaymentSandbox
from tests.scenarios.till import Till
from tests.world import a_provider, a_session


@pytest.fixture(autouse=True)
def _services_are_asked_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their troubles are many here, and none of them goes away by waiting."""
    monkeypatch.setattr(headers, "FIRST_PAUSE", 0.0)
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0.0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0.0)


@pytest.fixture
def till(transactional_db, live_server, sandbox: PaymentSandbox, client) -> Iterator[Till]:
    """A buyer with three seats in the cart. The services tell the shop what happens, as fast as they can."""
    a_provider()
    notices = {means: f"{live_server.url}/paiements/{means}/avis/" for means in ("stripe", "paypal")}
    sandbox.config(webhook_urls=notices)
    yield Till(client, sandbox, a_session(capacity=10))
    sandbox.reset()  # nothing more is announced to the test that follows
