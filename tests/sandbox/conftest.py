"""The sandbox seen from outside, with the fixtures of the gateways."""

from tests.gateways.conftest import (  # noqa: F401
    _a_quiet_morning,
    bill,
    calls,
    listener,
    paypal_gateway,
    paypal_token,
    sandbox,
    settings,
    stripe_gateway,
)
from tests.sandbox.callers import ask_paypal, ask_stripe, paid_by_card, paid_by_paypal, stripe_key  # noqa: F401
