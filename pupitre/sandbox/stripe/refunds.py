"""Money given back, by the shop or from the Dashboard. Some of it changes its mind a moment later."""

import time

from pupitre.sandbox.state import Document, new_id, state
from pupitre.sandbox.stripe import balance, disputes
from pupitre.sandbox.stripe.objects import Refusal, find, tell

PAUSE = 5  # seconds between two states of a refund that changes its mind


def give_back(charge: Document, asked: Document) -> Document:
    """Give back `amount` of a charge, or all that is left of it."""
    amount = _amount(charge, asked)
    states = charge["_refund_states"]
    made = {
        "id": new_id("re_"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": int(time.time()),
        "currency": charge["currency"],
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "metadata": asked.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": asked.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": states[0],
        "transfer_reversal": None,
        "_clock": state.clock(),
        "_moves": len(states) > 1,
        "_next": states[-1],
    }
    if states[0] == "pending":
        made["pending_reason"] = "processing"
    state.put("refund", made)
    made = balance.book(made, "refund", -amount)
    _count(charge, amount)
    tell("refund.created", made)
    tell("charge.refunded", find(charge["id"]))
    return made


def _amount(charge: Document, asked: Document) -> int:
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = asked.get("amount", left)
    if not charge["paid"]:
        raise Refusal(f"Charge {charge['id']} is not refundable.", code="charge_not_refundable")
    if left == 0:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if disputes.stand_in_the_way(charge):
        raise Refusal(f"Charge {charge['id']} is disputed: it cannot be refunded.", code="charge_disputed")
    if not 0 < amount <= left:
        raise Refusal(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", param="amount")
    return amount


def _count(charge: Document, amount: int) -> None:
    refunded = charge["amount_refunded"] + amount
    state.put("charge", charge | {"amount_refunded": refunded, "refunded": refunded == charge["amount"]})


def finish_what_is_due() -> None:
    """Some refunds change their mind a moment later: a pending one succeeds, one that succeeded fails."""
    with state.lock:
        for made in state.all("refund", _moves=True):
            if state.is_past(made["created"] + PAUSE, made):
                end(made, made["_next"])


def end(made: Document, status: str) -> Document:
    """A pending refund succeeds; a pending one, or one that had succeeded, fails: the money is the shop’s again."""
    allowed = {"succeeded": ("pending",), "failed": ("pending", "succeeded")}[status]
    if made["status"] not in allowed:
        raise Refusal(f"Refund {made['id']} is already {made['status']}.", code="refund_not_changeable")
    made |= {"status": status, "_moves": False}
    made.pop("pending_reason", None)
    if status == "failed":
        made["failure_reason"] = "expired_or_canceled_card"
        _count(find(made["charge"]), -made["amount"])
    state.put("refund", made)
    if status == "failed":
        made = balance.book(made, "refund_failure", made["amount"])
        tell("charge.refund.updated", made)
    tell("refund.failed" if status == "failed" else "refund.updated", made)
    return made
