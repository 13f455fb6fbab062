"""What the tests of money share: someone who pays at a real service."""

from collections.abc import Callable

import pytest

from pupitre.actions import payments
from pupitre.models import Order, Payment
from tests.payment_sandbox import PaymentSandbox


@pytest.fixture
def pay(sandbox: PaymentSandbox) -> Callable[..., Payment]:
    """`pay(order, "paypal", account="pending")`: the buyer pays at the service, and the shop learns of it."""

    def pay(order: Order, means: str = "stripe", **choices: str) -> Payment:
        page = payments.start(order, means, by=order.placed_by)
        (sandbox.pay_stripe if means == "stripe" else sandbox.approve_paypal)(page, **choices)
        return payments.settle(order.payments.latest("pk"))

    return pay
