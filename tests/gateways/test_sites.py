"""Where a dispute is answered, on each service’s own site."""

import pytest

from pupitre.gateways.sites import dispute_page


@pytest.mark.parametrize(
    ("means", "mode", "address"),
    [
        ("stripe", "live", "https://dashboard.stripe.com/disputes/dp_1"),
        ("stripe", "test", "https://dashboard.stripe.com/test/disputes/dp_1"),
        ("paypal", "live", "https://www.paypal.com/resolutioncenter/"),
        ("paypal", "test", "https://www.sandbox.paypal.com/resolutioncenter/"),
        ("stripe", "sandbox", "http://127.0.0.1:8001/_sandbox/"),
    ],
)
def test_a_dispute_has_its_page(settings, means, mode, address):
    settings.SANDBOX_URL = "http://127.0.0.1:8001"

    assert dispute_page(means, "dp_1", mode) == address
