"""The faults one can ask the two services for, and which values each of them takes."""

import math
from typing import Any

Document = dict[str, Any]

SWITCHES: Document = {
    "webhook_delay": 0,  # seconds, or "never"
    "duplicate": 1,  # how many times each webhook is delivered
    "shuffle": False,  # every kind of event that an action causes, in any order
    "wrong_signature": False,
    "old_timestamp": False,
    "live": False,  # Stripe's webhooks say that the money is real
    "api_error": False,  # True, or how many of the next calls
    "error_kept": False,  # the same, and the key remembers the error, as Stripe's does
    "answer_lost": False,  # True, or how many of the next calls
    "too_many_requests": False,  # True, or how many of the next calls
    "slow": 0,  # seconds
    "fee_later": 0,  # seconds before Stripe knows its fee
    "refuse": {},  # {"capture": issue, "refund": issue}: PayPal's next answer to such a call, once
    "webhook_urls": {},  # {"stripe": …, "paypal": …}, instead of the shop's
}
COUNTED = ("api_error", "error_kept", "answer_lost", "too_many_requests")
FLAGS = ("shuffle", "wrong_signature", "old_timestamp", "live", *COUNTED)
LONGEST = 3600  # seconds: no fault lasts longer than a demonstration


def valid(asked: Document) -> Document:
    """Switches as they may stand, or ValueError."""
    for name, value in asked.items():
        if name not in SWITCHES:
            raise ValueError(f"Unknown switch: {name}")
        if not _is_allowed(name, value):
            raise ValueError(f"Wrong value of {name}")
    return asked


def _is_allowed(name: str, value: Any) -> bool:
    match name:
        case "webhook_delay":
            return value == "never" or is_number(value, LONGEST)
        case "slow" | "fee_later":
            return is_number(value, LONGEST)
        case "duplicate":
            return isinstance(value, int) and 0 < value <= 10
        case "webhook_urls" | "refuse":
            return isinstance(value, dict) and all(isinstance(inner, str) for inner in value.values())
    if name in COUNTED:
        return isinstance(value, int) and value >= 0  # a boolean is one
    return isinstance(value, bool)


def is_number(value: Any, most: float) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and 0 <= value <= most
