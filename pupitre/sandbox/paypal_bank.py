"""What PayPal would do with the money: orders, captures and refunds.

Fields beginning with “_” are ours and never shown.
"""

import secrets
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlencode

from django.conf import settings

from pupitre.sandbox import webhooks
from pupitre.sandbox.state import Document, new_id, state

CENT = Decimal("0.01")
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
ACCOUNTS = ("pays", "declined", "pending", "closes")
PAYEE = {"email_address": "vendeur@example.com", "merchant_id": "BACASAB234567"}

# The descriptions are PayPal's own words for its codes: programs compare them.
ISSUES = {
    "AMOUNT_MISMATCH": "Should equal item_total + tax_total + shipping + handling + insurance - shipping_discount"
    " - discount.",
    "CAPTURE_FULLY_REFUNDED": "The capture has already been fully refunded",
    "DECIMAL_PRECISION": "If the currency supports decimals, only two decimal place precision is supported.",
    "DUPLICATE_INVOICE_ID": "Duplicate Invoice ID detected. To avoid a potential duplicate transaction your account"
    " setting requires that Invoice Id be unique for each transaction.",
    "INSTRUMENT_DECLINED": "The instrument presented  was either declined by the processor or bank, or it can't be"
    " used for this payment.",
    "ITEM_TOTAL_MISMATCH": "Should equal sum of (unit_amount * quantity) across all items for a given purchase_unit.",
    "ORDER_ALREADY_CAPTURED": "Order already captured.If 'intent=CAPTURE' only one capture per order is allowed.",
    "ORDER_NOT_APPROVED": "Payer has not yet approved the Order for payment. Please redirect the payer to the"
    " 'rel':'approve' url returned as part of the HATEOAS links within the Create Order call or provide a valid"
    " `payment_source` in the request.",
    "PENDING_CAPTURE": "Cannot initiate a refund as the capture is pending. Capture is typically pending when the"
    " payer has funded the transaction using e-check/bank funded.",
    "REFUND_AMOUNT_EXCEEDED": "The refund amount must be less than or equal to the capture amount that has not yet"
    " been refunded.",
    "REFUND_NOT_ALLOWED": "Capture cannot be refunded.",
}
MESSAGES = {
    "INVALID_REQUEST": (400, "Request is not well-formed, syntactically incorrect, or violates schema."),
    "AUTHENTICATION_FAILURE": (
        401,
        "Authentication failed due to missing authorization header, or invalid authentication credentials.",
    ),
    "RESOURCE_NOT_FOUND": (404, "The specified resource does not exist."),
    "RESOURCE_CONFLICT": (409, "The server has detected a conflict while processing this request."),
    "UNPROCESSABLE_ENTITY": (
        422,
        "The requested action could not be performed, semantically incorrect, or failed business validation.",
    ),
}


class Refusal(Exception):
    """An answer in PayPal's shape of errors. `kept`: the same request id gets the same refusal again."""

    def __init__(self, name: str, details: list[Document] | None = None, *, kept: bool = False):
        super().__init__(name)
        self.status, message = MESSAGES[name]
        self.kept = kept
        self.body: Document = {"name": name, "message": message, "debug_id": secrets.token_hex(7), "links": []}
        if details:
            self.body["details"] = details


def refused(issue: str, *, kept: bool = False) -> Refusal:
    return Refusal("UNPROCESSABLE_ENTITY", [{"issue": issue, "description": ISSUES[issue]}], kept=kept)


def malformed(issue: str, description: str, field: str) -> Refusal:
    detail = {"field": field, "location": "body", "issue": issue, "description": description}
    return Refusal("INVALID_REQUEST", [detail])


def find(kind: str, name: str) -> Document:
    found = state.get(kind, name)
    if found is None:
        description = "Specified resource ID does not exist. Please check the resource ID and try again."
        raise Refusal("RESOURCE_NOT_FOUND", [{"issue": "INVALID_RESOURCE_ID", "description": description}])
    return found


def public(document: Document) -> Document:
    return {name: value for name, value in document.items() if not name.startswith("_")}


# --- orders ----------------------------------------------------------------------------------------------------------


def open_order(asked: Document) -> Document:
    unit = asked["purchase_units"][0]
    _check_amounts(unit)
    context = asked["payment_source"]["paypal"]["experience_context"]
    name = _name(17)
    order = {
        "id": name,
        "intent": "CAPTURE",
        "status": "PAYER_ACTION_REQUIRED",
        "payment_source": {"paypal": {}},
        "purchase_units": [{"reference_id": "default", "payee": PAYEE, **unit}],
        "create_time": _moment(),
        "links": [
            _link("self", "GET", f"/v2/checkout/orders/{name}"),
            {"rel": "payer-action", "method": "GET", "href": f"{settings.SANDBOX_URL}/checkoutnow?token={name}"},
        ],
        "_account": "",
        "_brand": context.get("brand_name", ""),
        "_cancel_url": context["cancel_url"],
        "_locale": context.get("locale", "en-CA"),
        "_return_url": context["return_url"],
    }
    return state.put("order", order)


def _check_amounts(unit: Document) -> None:
    amount = unit["amount"]
    parts = amount.get("breakdown", {})
    items = unit.get("items", [])
    sums = [_value(amount), *(_value(part) for part in parts.values())]
    if any(value != value.quantize(CENT) for value in sums):
        raise refused("DECIMAL_PRECISION")
    added = sum((_value(part) for name, part in parts.items() if "discount" not in name), Decimal())
    taken = sum((_value(part) for name, part in parts.items() if "discount" in name), Decimal())
    if parts and added - taken != _value(amount):
        raise refused("AMOUNT_MISMATCH")
    total = sum((_value(item["unit_amount"]) * int(item["quantity"]) for item in items), Decimal())
    if items and ("item_total" not in parts or total != _value(parts["item_total"])):
        raise refused("ITEM_TOTAL_MISMATCH")


def approve(order: Document, account: str) -> str:
    """The buyer agrees with one of the accounts of the page. The address where PayPal then sends the browser."""
    payer = _name(13)
    order |= {
        "status": "APPROVED",
        "payer": {
            "email_address": "acheteuse@example.com",
            "payer_id": payer,
            "name": {"given_name": "Camille", "surname": "Tremblay"},
        },
        "payment_source": {
            "paypal": {
                "email_address": "acheteuse@example.com",
                "account_id": payer,
                "account_status": "VERIFIED",
                "name": {"given_name": "Camille", "surname": "Tremblay"},
            }
        },
        "_account": account,
    }
    order["links"] = [*order["links"][:2], _link("capture", "POST", f"/v2/checkout/orders/{order['id']}/capture")]
    state.put("order", order)
    _tell("CHECKOUT.ORDER.APPROVED", "checkout-order", "An order has been approved by buyer", public(order))
    return with_token(order["_return_url"], order["id"], payer)


def with_token(address: str, name: str, payer: str = "") -> str:
    query = {"token": name} | ({"PayerID": payer} if payer else {})
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def capture(order: Document) -> Document:
    """Take the money of an approved order."""
    unit = order["purchase_units"][0]
    if unit.get("payments"):
        raise refused("ORDER_ALREADY_CAPTURED")
    if order["status"] != "APPROVED":
        raise refused("ORDER_NOT_APPROVED")
    if any(one["status"] == "COMPLETED" for one in state.all("capture", invoice_id=unit.get("invoice_id", ""))):
        raise refused("DUPLICATE_INVOICE_ID")
    if order["_account"] == "declined":
        order |= {"status": "PAYER_ACTION_REQUIRED", "links": order["links"][:2]}
        state.put("order", order)
        raise refused("INSTRUMENT_DECLINED", kept=True)
    made = _new_capture(order, unit)
    order["status"] = "COMPLETED"
    order["links"] = order["links"][:1]
    _store_capture(order, made)
    pending = made["status"] == "PENDING"
    _tell_capture("PENDING" if pending else "COMPLETED", made)
    return order


def settle_capture(made: Document, status: str) -> None:
    """What the review of a pending capture ends with: COMPLETED or DECLINED."""
    made |= {"status": status, "update_time": _moment()}
    made.pop("status_details", None)
    if status == "COMPLETED":
        made["seller_receivable_breakdown"] = _received(made["amount"])
    _store_capture(find("order", made["_order"]), made)
    _tell_capture("COMPLETED" if status == "COMPLETED" else "DENIED", made)


def _new_capture(order: Document, unit: Document) -> Document:
    name = _name(17)
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
        "create_time": _moment(),
        "update_time": _moment(),
        "links": [
            _link("self", "GET", f"/v2/payments/captures/{name}"),
            _link("refund", "POST", f"/v2/payments/captures/{name}/refund"),
            _link("up", "GET", f"/v2/checkout/orders/{order['id']}"),
        ],
        "_order": order["id"],
    }
    made |= {field: unit[field] for field in ("invoice_id", "custom_id") if field in unit}
    if order["_account"] == "pending":
        made |= {"status": "PENDING", "status_details": {"reason": "PENDING_REVIEW"}}
    else:
        made["seller_receivable_breakdown"] = _received(amount)
    return made


def _store_capture(order: Document, made: Document) -> None:
    state.put("capture", made)
    order["purchase_units"][0]["payments"] = {"captures": [public(made)]}
    order["update_time"] = _moment()
    state.put("order", order)


def capture_alone(made: Document) -> Document:
    """A capture asked for by its own name also says which order it belongs to."""
    return public(made) | {"payee": PAYEE, "supplementary_data": {"related_ids": {"order_id": made["_order"]}}}


def _received(amount: Document) -> Document:
    gross = _value(amount)
    fee = (gross * Decimal("0.029")).quantize(CENT, ROUND_HALF_UP) + Decimal("0.30")
    return {
        "gross_amount": amount,
        "paypal_fee": amount | {"value": str(fee)},
        "net_amount": amount | {"value": str(gross - fee)},
    }


# --- refunds ---------------------------------------------------------------------------------------------------------


def refund(made: Document, asked: Document) -> Document:
    returned = sum((_value(one["amount"]) for one in state.all("paypal_refund", _capture=made["id"])), Decimal())
    left = _value(made["amount"]) - returned
    amount = asked.get("amount") or made["amount"] | {"value": str(left)}
    if made["status"] == "PENDING":
        raise refused("PENDING_CAPTURE")
    if made["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"):
        raise refused("REFUND_NOT_ALLOWED")
    if left == 0:
        raise refused("CAPTURE_FULLY_REFUNDED")
    if not 0 < _value(amount) <= left:
        raise refused("REFUND_AMOUNT_EXCEEDED")
    name = _name(17)
    zero = amount | {"value": "0.00"}
    given_back: Document = {
        "id": name,
        "status": "COMPLETED",
        "amount": amount,
        "seller_payable_breakdown": {
            "gross_amount": amount,
            "paypal_fee": zero,
            "net_amount": amount,
            "total_refunded_amount": amount | {"value": str(returned + _value(amount))},
        },
        "create_time": _moment(),
        "update_time": _moment(),
        "links": [
            _link("self", "GET", f"/v2/payments/refunds/{name}"),
            _link("up", "GET", f"/v2/payments/captures/{made['id']}"),
        ],
        "_capture": made["id"],
    }
    given_back |= {field: asked[field] for field in ("custom_id", "invoice_id", "note_to_payer") if field in asked}
    state.put("paypal_refund", given_back)
    made["status"] = "REFUNDED" if _value(amount) == left else "PARTIALLY_REFUNDED"
    _store_capture(find("order", made["_order"]), made)
    _tell("PAYMENT.CAPTURE.REFUNDED", "refund", "A capture payment was refunded", public(given_back))
    return given_back


# --- small things ----------------------------------------------------------------------------------------------------


def _tell_capture(news: str, made: Document) -> None:
    _tell(f"PAYMENT.CAPTURE.{news}", "capture", f"Payment {news.lower()}", capture_alone(made))


def _tell(kind: str, resource_type: str, summary: str, resource: Document) -> None:
    name = f"WH-{new_id('', 17).upper()}-{new_id('', 17).upper()}"
    event = {
        "id": name,
        "event_version": "1.0",
        "create_time": _moment(),
        "resource_type": resource_type,
        "resource_version": "2.0",
        "event_type": kind,
        "summary": summary,
        "resource": resource,
        "links": [_link("self", "GET", f"/v1/notifications/webhooks-events/{name}")],
    }
    webhooks.post_office.post("paypal", kind, event)


def _value(money: Any) -> Decimal:
    try:
        value = Decimal(money["value"])
    except (KeyError, TypeError, InvalidOperation) as error:
        raise malformed(
            "INVALID_PARAMETER_SYNTAX",
            "The value of a field does not conform to the expected format.",
            "/purchase_units/@reference_id=='default'/amount/value",
        ) from error
    if not value.is_finite():
        raise refused("DECIMAL_PRECISION")
    return value


def cents(money: Document) -> int:
    return int(_value(money) * 100)


def _name(length: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(length))


def _moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _link(relation: str, method: str, path: str) -> Document:
    return {"rel": relation, "method": method, "href": f"{settings.SANDBOX_URL}{path}"}
