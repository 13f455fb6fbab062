"""What the console lists: payments, refunds, disputes, events and deliveries, newest first."""

from pupitre.sandbox.paypal import disputes as paypal_disputes
from pupitre.sandbox.paypal import objects
from pupitre.sandbox.state import Document, state
from pupitre.sandbox.stripe import disputes as stripe_disputes
from pupitre.sandbox.words import Words

SHOWN = 50
REFUNDABLE = ("COMPLETED", "PARTIALLY_REFUNDED")


def payments(words: Words) -> list[Document]:
    cards = [_session(one, words) for one in state.all("checkout.session")[:SHOWN]]
    return cards + [_order(one, words) for one in state.all("order")[:SHOWN]]


def _session(session: Document, words: Words) -> Document:
    return {
        "service": "Stripe",
        "reference": session["id"],
        "amount": words.money(session["amount_total"], session["currency"]),
        "state": session["status"],
        "page": session["url"],
        "paid": session["payment_status"] == "paid",
        "reasons": stripe_disputes.REASONS,
    }


def _order(order: Document, words: Words) -> Document:
    unit = order["purchase_units"][0]
    captures = unit.get("payments", {}).get("captures", [])
    pending = [one["id"] for one in captures if one["status"] == "PENDING"]
    return {
        "service": "PayPal",
        "reference": order["id"],
        "amount": words.money(objects.cents(unit["amount"]), unit["amount"]["currency_code"]),
        "state": captures[0]["status"] if captures else order["status"],
        "page": "" if captures else f"/checkoutnow?token={order['id']}",
        "paid": bool(captures) and captures[0]["status"] in REFUNDABLE,
        "reasons": paypal_disputes.REASONS,
        "pending": pending[0] if pending else "",
    }


def refunds(words: Words) -> list[Document]:
    cards = [
        {
            "reference": one["id"],
            "amount": words.money(one["amount"], one["currency"]),
            "state": one["status"],
            "can_end": one["status"] == "pending",
            "can_fail": one["status"] in ("pending", "succeeded"),
        }
        for one in state.all("refund")[:SHOWN]
    ]
    return cards + [
        {
            "reference": one["id"],
            "amount": words.money(objects.cents(one["amount"]), one["amount"]["currency_code"]),
            "state": one["status"],
            "can_end": one["status"] == "PENDING",
            "can_fail": one["status"] in ("PENDING", "COMPLETED"),
        }
        for one in state.all("paypal_refund")[:SHOWN]
    ]


def disputes(words: Words) -> list[Document]:
    cards = [
        {
            "reference": one["id"],
            "amount": words.money(one["amount"], one["currency"]),
            "reason": one["reason"],
            "state": one["status"],
            "is_open": one["status"] not in ("won", "lost"),
        }
        for one in state.all("dispute")[:SHOWN]
    ]
    return cards + [
        {
            "reference": one["id"],
            "amount": words.money(objects.cents(one["dispute_amount"]), one["dispute_amount"]["currency_code"]),
            "reason": one["reason"],
            "state": one.get("dispute_outcome", {}).get("outcome_code") or one["status"],
            "is_open": one["status"] != "RESOLVED",
        }
        for one in state.all("paypal_dispute")[:SHOWN]
    ]


def events() -> list[Document]:
    told: dict[str, list[Document]] = {}
    for delivery in state.all("delivery"):
        told.setdefault(delivery["event"], []).append(delivery)
    return [
        {
            "id": one["id"],
            "kind": one["kind"],
            "service": SERVICES[one["service"]],
            "times": len(told.get(one["id"], [])),
        }
        for one in state.all("event")[:SHOWN]
    ]


SERVICES = {"stripe": "Stripe", "paypal": "PayPal"}


def deliveries(words: Words) -> list[Document]:
    kinds = {event["id"]: event["kind"] for event in state.all("event")}
    return [
        delivery
        | {"kind": kinds.get(delivery["event"], ""), "state": words["delivery_" + delivery["status"].replace(" ", "_")]}
        for delivery in state.all("delivery")[:SHOWN]
    ]
