"""The movements of money that Stripe writes down, with the fee it keeps."""

import time

from pupitre.sandbox.state import Document, new_id, state
from pupitre.sandbox.stripe.objects import find, shown, status_of, tell

TWO_DAYS = 2 * 24 * 3600


def fee_on(cents: int) -> int:
    return (cents * 29 + 500) // 1000 + 30  # the usual price for a Canadian card: 2.9 % and 30 cents


def book(thing: Document, kind: str, amount: int, *, fee: int = 0, at_once: bool = False) -> Document:
    """Write down what a charge, a refund or a dispute moves. The object names it as soon as Stripe knows the fee."""
    now = int(time.time())
    transaction = {
        "id": new_id("txn_"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now if at_once else now + TWO_DAYS,
        "balance_type": "payments",
        "created": now,
        "currency": thing["currency"],
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [_detail(fee, thing["currency"])] if fee else [],
        "net": amount - fee,
        "reporting_category": kind,
        "source": thing["id"],
        "status": "pending",
        "type": kind,
        "_clock": state.clock(),
    }
    delay = state.switches()["fee_later"]
    if not delay:
        return _known(thing, transaction)
    later = {"id": transaction["id"], "at": now + delay, "transaction": transaction, "_clock": state.clock()}
    state.put("fee_to_come", later)
    return thing


def _detail(fee: int, currency: str) -> Document:
    return {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }


def _known(thing: Document, transaction: Document) -> Document:
    state.put("balance_transaction", transaction)
    if thing["object"] == "dispute":
        thing["balance_transactions"] = [*thing["balance_transactions"], shown(transaction)]
    elif transaction["type"] == "refund_failure":
        thing["failure_balance_transaction"] = transaction["id"]
    else:
        thing["balance_transaction"] = transaction["id"]
    return state.put(thing["object"], thing)


def learn_fees() -> None:
    """Give the fees whose time has come."""
    with state.lock:
        for later in state.all("fee_to_come"):
            if state.is_past(later["at"], later):
                state.remove("fee_to_come", later["id"])
                thing = _known(find(later["transaction"]["source"]), later["transaction"])
                if thing["object"] == "charge":
                    tell("charge.updated", thing)


def total() -> Document:
    """What Stripe holds for the shop."""
    sums: dict[str, dict[str, int]] = {"available": {}, "pending": {}}
    for transaction in state.all("balance_transaction"):
        held = sums[status_of(transaction)]
        held[transaction["currency"]] = held.get(transaction["currency"], 0) + transaction["net"]
    parts = {
        status: [
            {"amount": amount, "currency": currency, "source_types": {"card": amount}}
            for currency, amount in (held or {"cad": 0}).items()
        ]
        for status, held in sums.items()
    }
    return {"object": "balance", "livemode": False, **parts}
