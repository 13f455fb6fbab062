"""The money that PayPal takes for the shop, at once or after a review."""

import re
from decimal import ROUND_HALF_UP, Decimal

from pupitre.sandbox.paypal.objects import CENT, PAYEE, find, link, moment, new_name, public, tell, value
from pupitre.sandbox.paypal.refusals import OF_A_CAPTURE, Refusal, refuse_if_asked, refused
from pupitre.sandbox.state import Document, state

# What a demonstration tells of was paid before this sandbox existed: the name says how many cents. An order and its
# capture have the same name, but for one letter.
TOLD_OF = re.compile(r"DEMO([0-9]{1,8})[OC]([0-9A-F]+)")


def take(order: Document) -> Document:
    """Take the money of an approved order."""
    unit = order["purchase_units"][0]
    if unit.get("payments"):
        raise refused("ORDER_ALREADY_CAPTURED")
    if order["status"] != "APPROVED":
        raise refused("ORDER_NOT_APPROVED")
    if any(one["status"] == "COMPLETED" for one in state.all("capture", invoice_id=unit.get("invoice_id", ""))):
        raise refused("DUPLICATE_INVOICE_ID")
    refuse_if_asked("capture", OF_A_CAPTURE)
    if order["_account"] == "declined":
        order |= {"status": "PAYER_ACTION_REQUIRED", "links": order["links"][:2]}
        state.put("order", order)
        raise refused("INSTRUMENT_DECLINED", kept=True)
    made = _new_capture(order, unit, new_name())
    order |= {"status": "COMPLETED", "links": order["links"][:1]}
    state.put("order", order)
    order = store(made)
    _tell("PENDING" if made["status"] == "PENDING" else "COMPLETED", made)
    tell("CHECKOUT.ORDER.COMPLETED", "checkout-order", "Checkout Order Completed", public(order))
    return order


def remember(name: str) -> None:
    """Know an order that a demonstration tells of, and its capture, the first time someone asks about one of them."""
    told = TOLD_OF.fullmatch(name)
    if told is None:
        return
    order_name, capture_name = (f"DEMO{told[1]}{letter}{told[2]}" for letter in "OC")
    if state.get("order", order_name) is None:
        amount = {"currency_code": "CAD", "value": str(Decimal(told[1]) / 100)}
        unit = {"reference_id": "default", "payee": PAYEE, "amount": amount}
        order = {
            "id": order_name,
            "intent": "CAPTURE",
            "status": "COMPLETED",
            "payment_source": {"paypal": {"email_address": "acheteuse@example.com"}},
            "purchase_units": [unit],
            "create_time": moment(),
            "links": [link("self", "GET", f"/v2/checkout/orders/{order_name}")],
            "_account": "pays",
        }
        state.put("order", order)
        store(_new_capture(order, unit, capture_name))


def settle(made: Document, status: str) -> Document:
    """What the review of a pending capture ends with: COMPLETED or DECLINED."""
    if made["status"] != "PENDING":
        raise Refusal("RESOURCE_CONFLICT")
    made = made | {"status": status}
    made.pop("status_details", None)
    if status == "COMPLETED":
        made["seller_receivable_breakdown"] = _received(made["amount"])
    store(made)
    _tell("COMPLETED" if status == "COMPLETED" else "DENIED", made)
    return made


def _new_capture(order: Document, unit: Document, name: str) -> Document:
    amount = {key: unit["amount"][key] for key in ("currency_code", "value")}
    made: Document = {
        "id": name,
        "status": "COMPLETED",
        "amount": amount,
        "final_capture": True,
        "seller_protection": {
            "status": "ELIGIBLE",
            "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"],
        },
        "create_time": moment(),
        "update_time": moment(),
        "links": [
            link("self", "GET", f"/v2/payments/captures/{name}"),
            link("refund", "POST", f"/v2/payments/captures/{name}/refund"),
            link("up", "GET", f"/v2/checkout/orders/{order['id']}"),
        ],
        "_order": order["id"],
        "_refunds_wait": order["_account"] == "refund-pending",
    }
    made |= {field: unit[field] for field in ("invoice_id", "custom_id") if field in unit}
    if order["_account"] == "pending":
        made |= {"status": "PENDING", "status_details": {"reason": "PENDING_REVIEW"}}
    else:
        made["seller_receivable_breakdown"] = _received(amount)
    return made


def store(made: Document) -> Document:
    """Keep a capture, and show it in its order with all that was given back of it."""
    state.put("capture", made | {"update_time": moment()})
    order = find("order", made["_order"])
    payments = {"captures": [public(made)]}
    given_back = [public(one) for one in reversed(state.all("paypal_refund", _capture=made["id"]))]
    if given_back:
        payments["refunds"] = given_back
    order["purchase_units"][0]["payments"] = payments
    return state.put("order", order | {"update_time": moment()})


def left_of(made: Document) -> Decimal:
    """What was not given back yet."""
    return value(made["amount"]) - given_back_of(made)


def given_back_of(made: Document) -> Decimal:
    given_back = state.all("paypal_refund", _capture=made["id"])
    return sum((value(one["amount"]) for one in given_back if one["status"] not in ("FAILED", "CANCELLED")), Decimal())


def alone(made: Document) -> Document:
    """A capture asked for by its own name also says which order it belongs to."""
    return public(made) | {"payee": PAYEE, "supplementary_data": {"related_ids": {"order_id": made["_order"]}}}


def _tell(news: str, made: Document) -> None:
    tell(f"PAYMENT.CAPTURE.{news}", "capture", f"Payment {news.lower()}", alone(made))


def _received(amount: Document) -> Document:
    gross = value(amount)
    fee = (gross * Decimal("0.029")).quantize(CENT, ROUND_HALF_UP) + Decimal("0.30")
    return {
        "gross_amount": amount,
        "paypal_fee": amount | {"value": str(fee)},
        "net_amount": amount | {"value": str(gross - fee)},
    }
