"""One shop that answers by HTTP, one payment sandbox that calls it back, and a buyer between them."""

import pytest

from tests.payment_sandbox import PaymentSandbox
from tests.scenarios.till import Till
from tests.world import a_provider, a_session


@pytest.fixture
def till(transactional_db, live_server, sandbox: PaymentSandbox, client) -> Till:
    """A buyer with three seats in the cart. The services tell the shop what happens, as fast as they can."""
    a_provider()
    notices = {means: f"{live_server.url}/paiements/{means}/avis/" for means in ("stripe", "paypal")}
    sandbox.config(webhook_urls=notices)
    return Till(client, sandbox, a_session(capacity=10))
