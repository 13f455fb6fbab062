"""Payments that a buyer contests at PayPal."""

from datetime import UTC, datetime, timedelta

from pupitre.sandbox.paypal import captures
from pupitre.sandbox.paypal.objects import MERCHANT, link, moment, new_name, public, tell
from pupitre.sandbox.paypal.refusals import Refusal, not_conforming
from pupitre.sandbox.state import Document, state

REASONS = (
    "UNAUTHORISED",
    "MERCHANDISE_OR_SERVICE_NOT_RECEIVED",
    "MERCHANDISE_OR_SERVICE_NOT_AS_DESCRIBED",
    "DUPLICATE_TRANSACTION",
    "CREDIT_NOT_PROCESSED",
)
TIME_TO_ANSWER = timedelta(days=10)


def contest(made: Document, reason: str) -> Document:
    """Open a dispute for what was not given back yet."""
    if reason not in REASONS:
        raise not_conforming("/reason")
    if made["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED") or is_open_on(made):
        raise Refusal("RESOURCE_CONFLICT")
    name = f"PP-D-{new_name(9)}"
    amount = made["amount"] | {"value": str(captures.left_of(made))}
    dispute = {
        "dispute_id": name,
        "create_time": moment(),
        "update_time": moment(),
        "disputed_transactions": [_transaction(made)],
        "reason": reason,
        "status": "WAITING_FOR_SELLER_RESPONSE",
        "dispute_amount": amount,
        "money_movements": [_movement("DEBIT", amount)],
        "dispute_life_cycle_stage": "CHARGEBACK",
        "dispute_channel": "INTERNAL",
        "seller_response_due_date": (datetime.now(UTC) + TIME_TO_ANSWER).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "links": [link("self", "GET", f"/v1/customer/disputes/{name}")],
        "id": name,
        "_capture": made["id"],
    }
    state.put("paypal_dispute", dispute)
    _tell("CREATED", "A new dispute opened", dispute)
    return dispute


def _transaction(made: Document) -> Document:
    told = {
        "seller_transaction_id": made["id"],
        "buyer_transaction_id": new_name(),
        "create_time": made["create_time"],
        "transaction_status": made["status"],
        "gross_amount": made["amount"],
        "seller": {"merchant_id": MERCHANT},
    }
    names = {"custom": "custom_id", "invoice_number": "invoice_id"}
    return told | {theirs: made[ours] for theirs, ours in names.items() if ours in made}


def _movement(kind: str, amount: Document) -> Document:
    return {
        "affected_party": "SELLER",
        "amount": amount,
        "initiated_time": moment(),
        "type": kind,
        "reason": "DISPUTE_SETTLEMENT",
    }


def close(dispute: Document, *, won: bool) -> Document:
    """PayPal decides for the shop, or for the buyer."""
    if dispute["status"] == "RESOLVED":
        raise Refusal("RESOURCE_CONFLICT")
    return _resolve(dispute, for_us=won, money_back=won)


def close_for_a_refund(made: Document) -> None:
    """All was given back to the buyer: PayPal closes the dispute, and what it held pays for the refund."""
    for dispute in _on(made):
        if dispute["status"] != "RESOLVED":
            disputed = dispute | {"disputed_transactions": [_transaction(made)]}
            _resolve(disputed, for_us=False, money_back=True)


def _resolve(dispute: Document, *, for_us: bool, money_back: bool) -> Document:
    outcome: Document = {"outcome_code": "RESOLVED_SELLER_FAVOUR" if for_us else "RESOLVED_BUYER_FAVOUR"}
    dispute = dispute | {"status": "RESOLVED", "dispute_outcome": outcome, "update_time": moment()}
    dispute.pop("seller_response_due_date")
    if money_back:
        given_back = _movement("CREDIT", dispute["dispute_amount"])
        dispute["money_movements"] = [*dispute["money_movements"], given_back]
    if not for_us:
        outcome["amount_refunded"] = dispute["dispute_amount"]
    state.put("paypal_dispute", dispute)
    _tell("RESOLVED", "A dispute was resolved", dispute)
    return dispute


def shown(dispute: Document) -> Document:
    return {name: value for name, value in public(dispute).items() if name != "id"}


def is_open_on(made: Document) -> bool:
    return any(one["status"] != "RESOLVED" for one in _on(made))


def was_lost(made: Document) -> bool:
    outcomes = [one.get("dispute_outcome", {}).get("outcome_code") for one in _on(made)]
    return "RESOLVED_BUYER_FAVOUR" in outcomes


def _on(made: Document) -> list[Document]:
    return list(state.all("paypal_dispute", _capture=made["id"]))


def _tell(news: str, summary: str, dispute: Document) -> None:
    tell(f"CUSTOMER.DISPUTE.{news}", "dispute", summary, shown(dispute))
