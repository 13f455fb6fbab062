"""PayPal's orders: made by the shop, agreed to by the buyer on PayPal's page, and captured by the shop."""

from decimal import Decimal
from urllib.parse import urlencode

from django.conf import settings

from pupitre.sandbox.paypal.objects import CENT, PAYEE, link, moment, new_name, public, tell, value
from pupitre.sandbox.paypal.refusals import refused
from pupitre.sandbox.state import Document, state

ACCOUNTS = ("pays", "declined", "pending", "refund-pending", "closes")


def open_order(asked: Document) -> Document:
    unit = asked["purchase_units"][0]
    _check_amounts(unit)
    context = asked["payment_source"]["paypal"]["experience_context"]
    name = new_name()
    order = {
        "id": name,
        "intent": "CAPTURE",
        "status": "PAYER_ACTION_REQUIRED",
        "payment_source": {"paypal": {}},
        "purchase_units": [{"reference_id": "default", "payee": PAYEE, **unit}],
        "create_time": moment(),
        "links": [
            link("self", "GET", f"/v2/checkout/orders/{name}"),
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
    sums = [value(amount), *(value(part) for part in parts.values())]
    if any(value != value.quantize(CENT) for value in sums):
        raise refused("DECIMAL_PRECISION")
    added = sum((value(part) for name, part in parts.items() if "discount" not in name), Decimal())
    taken = sum((value(part) for name, part in parts.items() if "discount" in name), Decimal())
    if parts and added - taken != value(amount):
        raise refused("AMOUNT_MISMATCH")
    total = sum((value(item["unit_amount"]) * int(item["quantity"]) for item in items), Decimal())
    if items and ("item_total" not in parts or total != value(parts["item_total"])):
        raise refused("ITEM_TOTAL_MISMATCH")


def approve(order: Document, account: str) -> str:
    """The buyer agrees with one of the accounts of the page. The address where PayPal then sends the browser."""
    payer = new_name(13)
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
    order["links"] = [*order["links"][:2], link("capture", "POST", f"/v2/checkout/orders/{order['id']}/capture")]
    state.put("order", order)
    tell("CHECKOUT.ORDER.APPROVED", "checkout-order", "An order has been approved by buyer", public(order))
    return with_token(order["_return_url"], order["id"], payer)


def with_token(address: str, name: str, payer: str = "") -> str:
    query = {"token": name} | ({"PayerID": payer} if payer else {})
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"
