"""PayPal's objects in our words."""

import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from pupitre.gateways import DisputeNotice, Event, Movement, Notice, RefundNotice, Standing, Subscription

STANDINGS = {
    "CREATED": Standing.OPEN,
    "SAVED": Standing.OPEN,
    "PAYER_ACTION_REQUIRED": Standing.OPEN,
    "APPROVED": Standing.APPROVED,
    "VOIDED": Standing.CLOSED,
    "COMPLETED": Standing.CLOSED,  # by a capture that was refused: the paid ones are seen before
}
CAPTURE_STANDINGS = {
    "COMPLETED": Standing.PAID,
    "PARTIALLY_REFUNDED": Standing.PAID,
    "REFUNDED": Standing.PAID,
    "PENDING": Standing.PROCESSING,
}
REFUND_STATUSES = {"COMPLETED": "succeeded", "PENDING": "pending", "FAILED": "failed", "CANCELLED": "canceled"}
# How a dispute ended. With a payout, PayPal paid the buyer itself; with none, it closed without a decision.
OUTCOMES = {
    "RESOLVED_BUYER_FAVOUR": "lost",
    "ACCEPTED": "lost",
    "RESOLVED_SELLER_FAVOUR": "won",
    "RESOLVED_WITH_PAYOUT": "won",
    "CANCELED_BY_BUYER": "won",
    "DENIED": "won",
    "NONE": "won",
}
NOTHING_MOVED = ("PENDING", "DECLINED", "FAILED", "CANCELLED")
DISPUTE_FEES = ("DISPUTE_FEE", "DISPUTE_SETTLEMENT_FEE", "CHARGEBACK_FEE")

Object = dict[str, Any]


def notice(order: Object, *, live: bool) -> Notice:
    unit = order["purchase_units"][0]
    capture = _deciding(captures(order))
    standing = _standing(order, capture)
    amount = capture["amount"] if standing == Standing.PAID else unit["amount"]
    payer = (order.get("payment_source") or {}).get("paypal") or order.get("payer") or {}
    return Notice(
        reference=order["id"],
        payment=unit.get("custom_id", ""),
        standing=standing,
        amount_cents=_cents(amount),
        currency=amount["currency_code"],
        live=live,
        charge_reference=capture.get("id", ""),
        means=payer.get("email_address", ""),
        failure_code=_failure(capture),
        order_number=re.sub(r"-\d+$", "", unit.get("invoice_id", "")),  # the number of the attempt follows
    )


def forgotten(reference: str, *, live: bool) -> Notice:
    """PayPal drops orders that nobody completed. It no longer says whose it was, nor how much."""
    return Notice(
        reference,
        payment="",
        standing=Standing.CLOSED,
        amount_cents=0,
        currency="",
        live=live,
        failure_code="RESOURCE_NOT_FOUND",
    )


def captures(order: Object) -> list[Object]:
    return _payments(order, "captures")


def refunds(order: Object) -> list[Object]:
    return _payments(order, "refunds")


def refund_notice(refund: Object, *, payment: str = "") -> RefundNotice:
    """A refund made at PayPal's own site may carry the payment's mark for want of one of its own."""
    mark = refund.get("custom_id", "")
    amount = refund.get("amount") or {"value": "0", "currency_code": ""}
    return RefundNotice(
        reference=refund["id"],
        status=REFUND_STATUSES.get(refund["status"], "pending"),
        failure_code=_failure(refund),
        amount_cents=_cents(amount),
        currency=amount["currency_code"],
        refund="" if mark == payment else mark,
    )


def movements(order: Object) -> list[Movement]:
    """PayPal tells the fee with the capture, once it is decided, and what it gives back of it with each refund."""
    taken = [_movement("charge", one, one.get("seller_receivable_breakdown"), sign=1) for one in captures(order)]
    given = [_movement("refund", one, one.get("seller_payable_breakdown"), sign=-1) for one in refunds(order)]
    return [movement for movement in taken + given if movement]


def _movement(kind: str, thing: Object, breakdown: Object | None, sign: int) -> Movement | None:
    if not breakdown or "net_amount" not in breakdown or thing["status"] in NOTHING_MOVED:
        return None
    fee = breakdown.get("paypal_fee")
    return Movement(
        kind=kind,
        reference=thing["id"],
        gross_cents=sign * _cents(breakdown["gross_amount"]),
        fee_cents=sign * _cents(fee) if fee else 0,
        net_cents=sign * _cents(breakdown["net_amount"]),
        currency=breakdown["net_amount"]["currency_code"],
        available_on=None,  # in PayPal's balance at once
        made_at=_moment(thing.get("create_time")),
    )


def dispute_movements(dispute: Object) -> list[Movement]:
    """What a dispute took from us and gave back. Each line of it is a movement, named by its place in the dispute."""
    found = []
    for place, line in enumerate(dispute.get("money_movements", []), start=1):
        if line["affected_party"] == "SELLER":
            cents = _cents(line["amount"]) * (-1 if line["type"] == "DEBIT" else 1)
            is_fee = line.get("reason") in DISPUTE_FEES
            found.append(
                Movement(
                    kind="dispute",
                    reference=f"{dispute['dispute_id']}-{place}",
                    gross_cents=0 if is_fee else cents,
                    fee_cents=-cents if is_fee else 0,
                    net_cents=cents,
                    currency=line["amount"]["currency_code"],
                    available_on=None,
                    made_at=_moment(line.get("initiated_time")),
                )
            )
    return found


def dispute_notice(dispute: Object, *, live: bool) -> DisputeNotice:
    """What PayPal says of a dispute. One that it closed because we gave the payment back takes nothing more from us:
    https://www.paypal.com/ca/smarthelp/article/faq434.
    """
    transaction = dispute["disputed_transactions"][0]
    outcome = (dispute.get("dispute_outcome") or {}).get("outcome_code", "NONE")
    status = OUTCOMES.get(outcome, "open") if dispute["status"] == "RESOLVED" else "open"
    given_back = status == "lost" and transaction.get("transaction_status") == "REFUNDED"
    due_at = _moment(dispute.get("seller_response_due_date"))
    return DisputeNotice(
        reference=dispute["dispute_id"],
        charge_reference=transaction.get("seller_transaction_id", ""),
        payment=transaction.get("custom", ""),
        status=status,
        reason=dispute["reason"],
        amount_cents=0 if given_back else _cents(dispute["dispute_amount"]),
        currency=dispute["dispute_amount"]["currency_code"],
        due_at=due_at if status == "open" else None,
        live=live,
    )


def event(sent: Object, *, live: bool, with_body: bool = False) -> Event:
    thing = sent["resource"]
    told = {"id": sent["id"], "kind": sent["event_type"], "live": live, "body": json.dumps(sent) if with_body else ""}
    match sent.get("resource_type"):
        case "checkout-order":
            unit = (thing.get("purchase_units") or [{}])[0]
            return Event(**told, payment=unit.get("custom_id", ""), reference=thing["id"])
        case "refund":
            return Event(**told, refund=thing.get("custom_id", ""), charge_reference=_refunded(thing))
        case "capture":
            related = (thing.get("supplementary_data") or {}).get("related_ids") or {}
            return Event(
                **told,
                payment=thing.get("custom_id", ""),
                reference=related.get("order_id", ""),
                charge_reference=thing["id"],
            )
        case "dispute":
            transaction = (thing.get("disputed_transactions") or [{}])[0]
            return Event(
                **told,
                payment=transaction.get("custom", ""),
                charge_reference=transaction.get("seller_transaction_id", ""),
                dispute=thing["dispute_id"],
            )
        case _:
            return Event(**told)


def subscription(webhook: Object) -> Subscription:
    """PayPal writes each kind of webhook in the version of what it is about, and signs them all with one key."""
    kinds = tuple(kind["name"] for kind in webhook["event_types"])
    return Subscription(id=webhook["id"], url=webhook["url"], kinds=kinds, version="")


def money(cents: int, currency: str) -> dict[str, str]:
    return {"currency_code": currency, "value": f"{Decimal(cents) / 100:.2f}"}


def _cents(amount: dict[str, str]) -> int:
    return int(Decimal(amount["value"]) * 100)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _payments(order: Object, kind: str) -> list[Object]:
    return (order["purchase_units"][0].get("payments") or {}).get(kind) or []


def _deciding(captures: list[Object]) -> Object:
    """An order may hold refused captures before the good one: money taken counts first, then money being decided."""
    ranks = [Standing.PAID, Standing.PROCESSING, None]
    ordered = sorted(captures, key=lambda capture: ranks.index(CAPTURE_STANDINGS.get(capture["status"])))
    return ordered[0] if ordered else {}


def _standing(order: Object, capture: Object) -> Standing:
    return CAPTURE_STANDINGS.get(capture.get("status", "")) or STANDINGS.get(order["status"], Standing.PROCESSING)


def _failure(thing: Object) -> str:
    if thing.get("status") not in ("DECLINED", "FAILED"):
        return ""
    return str((thing.get("status_details") or {}).get("reason") or thing["status"])


def _refunded(refund: Object) -> str:
    """The capture that a refund gives back, named only by its address."""
    parents: list[str] = [link["href"] for link in refund.get("links", []) if link["rel"] == "up"]
    return parents[0].rpartition("/")[2] if parents else ""
