"""Payments that a card holder contests: the money leaves at once, and comes back if the shop wins."""

import time

from pupitre.sandbox.state import Document, new_id, state
from pupitre.sandbox.stripe import balance
from pupitre.sandbox.stripe.objects import Refusal, tell

A_WEEK = 7 * 24 * 3600
FEE = 15_00
REASONS = ("fraudulent", "product_not_received", "duplicate", "credit_not_processed", "general")


def contest(charge: Document, reason: str) -> Document:
    """Open a dispute for what was not given back yet."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if reason not in REASONS:
        raise Refusal(f"Unknown reason of a dispute: {reason}.", param="reason")
    if not charge["paid"] or left == 0:
        raise Refusal(f"Charge {charge['id']} holds no money that could be disputed.", code="charge_not_disputable")
    if charge["disputed"]:
        raise Refusal(f"Charge {charge['id']} is already disputed.", code="charge_disputed")
    now = int(time.time())
    dispute = {
        "id": new_id("du_"),
        "object": "dispute",
        "amount": left,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + A_WEEK,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": charge["metadata"],
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    state.put("dispute", dispute)
    dispute = balance.book(dispute, "adjustment", -left, fee=FEE)
    state.put("charge", charge | {"disputed": True})
    tell("charge.dispute.created", dispute)
    tell("charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(dispute: Document, *, won: bool) -> Document:
    """End a dispute. A won one gives the money back, the fee stays."""
    if dispute["status"] in ("won", "lost"):
        raise Refusal(f"Dispute {dispute['id']} is already closed.", code="dispute_closed")
    dispute = state.put("dispute", dispute | {"status": "won" if won else "lost"})
    if won:
        dispute = balance.book(dispute, "adjustment", dispute["amount"])
        tell("charge.dispute.funds_reinstated", dispute)
    tell("charge.dispute.closed", dispute)
    return dispute


def stand_in_the_way(charge: Document) -> bool:
    """Whether giving money back now could pay the card holder twice."""
    return any(dispute["status"] != "won" for dispute in state.all("dispute", charge=charge["id"]))
