"""What is explored: the design, and the design with each of its rules taken away."""

from dataclasses import dataclass, field
from typing import Any

from tests.proofs.exploring import Finding, explore
from tests.proofs.payment_model import Payments

CARD, PAYPAL, BOTH = ("stripe",), ("paypal",), ("stripe", "paypal")

# What can come of it, from the best to the worst.
HOLDS = "no violation"
REFUNDS = "a refund became necessary"
UNDELIVERED = "money kept, nothing delivered"
KEPT_TWICE = "kept twice"
DELIVERED_TWICE = "delivered twice"
REFUNDED_TWICE = "refunded twice"


@dataclass(frozen=True)
class Case:
    """One exploration: by which means the buyer pays, what is taken away, how far to look, and what comes of it."""

    means: tuple[str, ...]
    without: tuple[str, ...] = ()
    expected: str = HOLDS
    bounds: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        bounds = "".join(f", {name}={value}" for name, value in self.bounds.items())
        removed = f" without {' and '.join(self.without)}" if self.without else ""
        return f"{' or '.join(self.means)}{removed}{bounds}"

    def explored(self, *, refunds_are_wrong: bool = True, most: int = 10**7) -> Finding:
        """By default, giving money back to a customer who paid in time is a failure too."""
        bounds = {"at_once": 2} | self.bounds
        model = Payments(*self.means, without=self.without, refunds_are_wrong=refunds_are_wrong, **bounds)
        return explore(model, most=most)


DESIGN = [
    Case(CARD, bounds={"attempts": 3}),
    Case(PAYPAL),
    Case(PAYPAL, bounds={"attempts": 1, "declines": 1, "reviews": True, "cancels": True}),
    Case(BOTH),
]

# The same, further: minutes rather than seconds.
DESIGN_IN_FULL = [
    *DESIGN,
    Case(CARD, bounds={"attempts": 2, "at_once": 3, "cancels": True}),
    Case(PAYPAL, bounds={"attempts": 2, "at_once": 3}),
    Case(PAYPAL, bounds={"attempts": 2, "declines": 1, "cancels": True}),
    Case(PAYPAL, bounds={"attempts": 2, "reviews": True, "cancels": True}),
    Case(PAYPAL, bounds={"attempts": 1, "at_once": 3, "declines": 1}),
    Case(BOTH, bounds={"attempts": 3}),
]

WITHOUT = [
    # It only shortens the wait: the expiry job asks the service too.
    Case(CARD, ("checks",)),
    Case(PAYPAL, ("checks",)),
    # Nobody needs these two as long as the others stand.
    Case(CARD, ("R7",)),
    Case(CARD, ("R8",)),
    Case(CARD, ("R2",), UNDELIVERED),
    Case(BOTH, ("R2",), UNDELIVERED),
    Case(CARD, ("R3",), REFUNDS),
    Case(PAYPAL, ("R3",), REFUNDS),
    Case(BOTH, ("R3",), REFUNDS),
    Case(CARD, ("R3", "R8"), KEPT_TWICE),
    Case(PAYPAL, ("R3", "R8"), KEPT_TWICE),
    Case(CARD, ("R4 lock",), DELIVERED_TWICE),
    Case(BOTH, ("R4 lock",), DELIVERED_TWICE),
    Case(CARD, ("R4 together",), UNDELIVERED),
    Case(PAYPAL, ("R4 together",), UNDELIVERED),
    Case(CARD, ("R5",), REFUNDS),
    Case(PAYPAL, ("R5",), REFUNDS),
    Case(CARD, ("R5", "R8"), UNDELIVERED),
    Case(PAYPAL, ("R5", "R8"), UNDELIVERED),
    Case(CARD, ("R5", "R7"), REFUNDED_TWICE),
    Case(PAYPAL, ("R6",), REFUNDS, {"attempts": 1}),
    Case(PAYPAL, ("R6", "R8"), UNDELIVERED),
    Case(PAYPAL, ("R6 hold",), REFUNDS),
    Case(PAYPAL, ("R6 hold", "R8"), UNDELIVERED),
    Case(PAYPAL, ("R6 yield",), UNDELIVERED),
    Case(PAYPAL, ("R6 stale",), UNDELIVERED),
    Case(PAYPAL, ("R6 approval",), UNDELIVERED, {"attempts": 1, "declines": 1}),
    Case(PAYPAL, ("R6 review",), UNDELIVERED, {"attempts": 1, "reviews": True}),
]
