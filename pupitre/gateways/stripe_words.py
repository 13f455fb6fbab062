"""Stripe's objects in our words."""

import json
import re
from datetime import UTC, date, datetime
from typing import Any

from pupitre.gateways import DisputeNotice, Event, Movement, Notice, RefundNotice, Standing, Subscription

BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover"}
REFUND_STATUSES = {"requires_action": "pending"}
# Whatever is not decided is open. An inquiry that was closed took no money; a dispute is prevented by giving it back.
DISPUTE_STATUSES = {"won": "won", "warning_closed": "won", "lost": "lost", "prevented": "lost"}

Object = dict[str, Any]


def notice(session: Object) -> Notice:
    intent = _expanded(session.get("payment_intent"))
    charge = _expanded(intent.get("latest_charge"))
    marks = session.get("metadata") or {}
    standing = _standing(session, intent)
    paid = standing == Standing.PAID and bool(intent)
    return Notice(
        reference=session["id"],
        payment=session["client_reference_id"] or "",
        standing=standing,
        amount_cents=intent["amount_received"] if paid else session["amount_total"] or 0,
        currency=((intent if paid else session)["currency"] or "").upper(),
        live=session["livemode"],
        charge_reference=intent.get("id", ""),
        means=_means(charge),
        failure_code=_failure(intent.get("last_payment_error") or {}),
        site=marks.get("site", ""),
        order_number=marks.get("order", ""),
    )


def refund_notice(refund: Object) -> RefundNotice:
    status = refund["status"] or "pending"
    return RefundNotice(
        reference=refund["id"],
        status=REFUND_STATUSES.get(status, status),
        failure_code=refund.get("failure_reason") or "",
        amount_cents=refund["amount"],
        currency=refund["currency"].upper(),
        refund=(refund.get("metadata") or {}).get("refund", ""),
    )


def movements(kind: str, *transactions: Any) -> list[Movement]:
    """Lines of Stripe's balance, of the kind we know them by; what has no line yet is left out."""
    return [_movement(kind, transaction) for transaction in transactions if isinstance(transaction, dict)]


def _movement(kind: str, transaction: Object) -> Movement:
    return Movement(
        kind=kind,
        reference=transaction["id"],
        gross_cents=transaction["amount"],
        fee_cents=transaction["fee"],
        net_cents=transaction["net"],
        currency=transaction["currency"].upper(),
        available_on=_day(transaction["available_on"]),
        made_at=_moment(transaction["created"]),
    )


def dispute_notice(dispute: Object) -> DisputeNotice:
    """The payment stands in the metadata of the intent, when Stripe was asked to show it."""
    intent = dispute.get("payment_intent")
    marks = (_expanded(intent).get("metadata") or {}) | (dispute.get("metadata") or {})
    status = DISPUTE_STATUSES.get(dispute["status"], "open")
    due_by = (dispute.get("evidence_details") or {}).get("due_by")
    return DisputeNotice(
        reference=dispute["id"],
        charge_reference=_id(intent),
        payment=marks.get("payment", ""),
        status=status,
        reason=dispute["reason"],
        amount_cents=dispute["amount"],
        currency=dispute["currency"].upper(),
        due_at=_moment(due_by) if due_by and status == "open" else None,
        live=dispute["livemode"],
    )


def event(sent: Object, *, with_body: bool = False) -> Event:
    thing = sent["data"]["object"]
    marks = thing.get("metadata") or {}
    return Event(
        id=sent["id"],
        kind=sent["type"],
        live=sent["livemode"],
        payment=marks.get("payment") or thing.get("client_reference_id") or "",
        reference=thing["id"] if thing["object"] == "checkout.session" else "",
        refund=marks.get("refund", ""),
        charge_reference=thing["id"] if thing["object"] == "payment_intent" else _id(thing.get("payment_intent")),
        dispute=thing["id"] if thing["object"] == "dispute" else "",
        body=json.dumps(sent, default=str) if with_body else "",
    )


def subscription(endpoint: Object) -> Subscription:
    return Subscription(
        id=endpoint["id"],
        url=endpoint["url"],
        kinds=tuple(endpoint["enabled_events"]),
        version=endpoint.get("api_version") or "",
        secret=endpoint.get("secret") or "",
        enabled=endpoint.get("status", "enabled") == "enabled",
    )


def on_the_statement(order_number: str) -> str:
    """What follows the seller's name on the card statement: ten plain characters at most, one of them a letter."""
    plain = re.sub(r"[^A-Za-z0-9]", "", order_number)[-9:]
    return plain if re.search("[A-Za-z]", plain) else f"P{plain}"


def _standing(session: Object, intent: Object) -> Standing:
    if session["status"] == "expired":
        return Standing.CLOSED
    if session["status"] == "complete":
        return Standing.PROCESSING if session["payment_status"] == "unpaid" else Standing.PAID
    return Standing.PROCESSING if intent.get("status") == "processing" else Standing.OPEN


def _means(charge: Object) -> str:
    card = (charge.get("payment_method_details") or {}).get("card")
    if not card:
        return ""
    brand = card["brand"] or ""
    return f"{BRANDS.get(brand, brand.capitalize())} •••• {card['last4']}".strip()


def _failure(error: Object) -> str:
    return error.get("decline_code") or error.get("code") or ""


def _expanded(thing: Any) -> Object:
    """What Stripe shows in full; a bare id, or nothing yet, tells nothing."""
    return thing if isinstance(thing, dict) else {}


def _id(thing: Any) -> str:
    return thing["id"] if isinstance(thing, dict) else thing or ""


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _day(seconds: int) -> date:
    return _moment(seconds).date()
