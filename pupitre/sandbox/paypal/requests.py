"""The shapes of what the shop may ask PayPal: anything missing, unknown or of another type is refused by its place."""

from typing import Any
from urllib.parse import urlsplit

from pupitre.sandbox.paypal.refusals import malformed, not_conforming
from pupitre.sandbox.state import Document

NEW_ORDER = {"intent", "purchase_units", "payment_source", "processing_instruction"}
UNIT = {"reference_id", "amount", "description", "custom_id", "invoice_id", "soft_descriptor", "items"}
MONEY = {"currency_code", "value"}
BREAKDOWN = {"item_total", "tax_total", "shipping", "handling", "insurance", "shipping_discount", "discount"}
ITEM = {"name", "quantity", "unit_amount", "category", "description", "sku", "tax"}
CONTEXT = {
    "brand_name",
    "contact_preference",  # newer than the published specification, and sent by PayPal’s own library
    "locale",
    "shipping_preference",
    "user_action",
    "payment_method_preference",
    "landing_page",
    "return_url",
    "cancel_url",
}
NEW_REFUND = {"amount", "custom_id", "invoice_id", "note_to_payer"}
NEW_WEBHOOK = {"url", "event_types"}
LONGEST = {"custom_id": 127, "invoice_id": 127, "description": 127, "soft_descriptor": 22}


def an_object(
    given: Any, field: str, allowed: set[str] | None = None, needed: tuple[str, ...] = (), texts: tuple[str, ...] = ()
) -> Document:
    if not isinstance(given, dict):
        raise not_conforming(field)
    for name in needed:
        if name not in given:
            raise malformed("MISSING_REQUIRED_PARAMETER", "A required field / parameter is missing.", f"{field}{name}")
    for name in given:
        if allowed is not None and name not in allowed:
            raise malformed("INVALID_PARAMETER_VALUE", "A parameter value is not valid.", f"{field}{name}")
    for name in texts:
        if not isinstance(given.get(name, ""), str):
            raise not_conforming(f"{field}{name}")
    return given


def check_order(asked: Document) -> None:
    an_object(asked, "/", NEW_ORDER, ("intent", "purchase_units", "payment_source"))
    units = asked["purchase_units"]
    if asked["intent"] != "CAPTURE" or not isinstance(units, list) or len(units) != 1:
        raise malformed("INVALID_PARAMETER_VALUE", "A parameter value is not valid.", "/purchase_units")
    _check_unit(units[0], "/purchase_units/0/")
    source = an_object(asked["payment_source"], "/payment_source/", {"paypal"}, ("paypal",))
    wallet = an_object(source["paypal"], "/payment_source/paypal/", {"experience_context"}, ("experience_context",))
    place = "/payment_source/paypal/experience_context/"
    an_object(wallet["experience_context"], place, CONTEXT, ("return_url", "cancel_url"), tuple(CONTEXT))


def _check_unit(given: Any, place: str) -> None:
    unit = an_object(given, place, UNIT, ("amount",), tuple(LONGEST))
    for name, longest in LONGEST.items():
        if not len(unit.get(name, "x")) <= longest:
            raise malformed(
                "INVALID_STRING_LENGTH", "The value of a field is either too short or too long.", f"{place}{name}"
            )
    amount = an_object(unit["amount"], f"{place}amount/", MONEY | {"breakdown"}, tuple(MONEY), tuple(MONEY))
    breakdown = an_object(amount.get("breakdown", {}), f"{place}amount/breakdown/", BREAKDOWN)
    for name, part in breakdown.items():
        _check_money(part, f"{place}amount/breakdown/{name}/")
    items = unit.get("items", [])
    if not isinstance(items, list):
        raise not_conforming(f"{place}items")
    for item in items:
        an_object(item, f"{place}items/", ITEM, ("name", "quantity", "unit_amount"), ("name", "quantity"))
        _check_money(item["unit_amount"], f"{place}items/unit_amount/")
        if not (item["quantity"].isascii() and item["quantity"].isdecimal()):
            raise not_conforming(f"{place}items/quantity")


def _check_money(given: Any, place: str) -> None:
    an_object(given, place, MONEY, tuple(MONEY), tuple(MONEY))


def check_refund(asked: Document) -> None:
    an_object(asked, "/", NEW_REFUND, texts=("custom_id", "invoice_id", "note_to_payer"))
    if "amount" in asked:
        _check_money(asked["amount"], "/amount/")


def check_webhook(asked: Document) -> None:
    an_object(asked, "/", NEW_WEBHOOK, ("url", "event_types"), ("url",))
    if urlsplit(asked["url"]).scheme not in ("http", "https"):
        raise not_conforming("/url")
    if not isinstance(asked["event_types"], list):
        raise not_conforming("/event_types")
    for kind in asked["event_types"]:
        an_object(kind, "/event_types/", {"name"}, ("name",), ("name",))
