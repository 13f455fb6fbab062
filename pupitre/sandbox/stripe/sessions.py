"""Checkout sessions: one attempt to pay, open until it is paid, closed by the shop, or over."""

import time

from django.conf import settings

from pupitre.sandbox.state import Document, new_id, state
from pupitre.sandbox.stripe.objects import Refusal, find, tell

HALF_AN_HOUR, A_DAY = 30 * 60, 24 * 3600
SLACK = 60  # the request was written a little before it arrived


def open_session(asked: Document) -> Document:
    _check(asked)
    now = int(time.time())
    items = asked["line_items"]
    total = sum(item["quantity"] * item["price_data"]["unit_amount"] for item in items)
    currency = items[0]["price_data"]["currency"].lower()
    name = new_id("cs_test_", 58)
    session = {
        "id": name,
        "object": "checkout.session",
        "adaptive_pricing": asked.get("adaptive_pricing", {"enabled": False}),
        "after_expiration": None,
        "allow_promotion_codes": None,
        "allowed_payment_method_types": asked.get("allowed_payment_method_types"),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "client_secret": None,
        "collected_information": None,
        "consent": None,
        "consent_collection": None,
        "created": now,
        "currency": currency,
        "currency_conversion": None,
        "custom_fields": [],
        "custom_text": {
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        "customer": None,
        "customer_creation": "if_required",
        "customer_details": None,
        "customer_email": asked.get("customer_email"),
        "discounts": [],
        "expires_at": asked.get("expires_at", now + A_DAY),
        "invoice": None,
        "livemode": False,
        "locale": asked.get("locale"),
        "metadata": asked.get("metadata", {}),
        "mode": "payment",
        "origin_context": None,
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "if_required",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "permissions": None,
        "phone_number_collection": {"enabled": False},
        "recovered_from": None,
        "saved_payment_method_options": None,
        "setup_intent": None,
        "shipping_address_collection": None,
        "shipping_cost": None,
        "shipping_options": [],
        "status": "open",
        "submit_type": asked.get("submit_type"),
        "subscription": None,
        "success_url": asked["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{settings.SANDBOX_URL}/c/pay/{name}",
        "wallet_options": asked.get("wallet_options"),
        "_card": None,
        "_clock": state.clock(),
        "_email": "",
        "_intent": asked.get("payment_intent_data", {}),
        "_line_items": [
            {
                "id": new_id("li_"),
                "object": "item",
                "amount_discount": 0,
                "amount_subtotal": item["quantity"] * item["price_data"]["unit_amount"],
                "amount_tax": 0,
                "amount_total": item["quantity"] * item["price_data"]["unit_amount"],
                "currency": currency,
                "description": item["price_data"]["product_data"]["name"],
                "quantity": item["quantity"],
            }
            for item in items
        ],
    }
    return state.put("checkout.session", session)


def _check(asked: Document) -> None:
    if asked["mode"] != "payment" or asked.get("ui_mode", "hosted_page") != "hosted_page":
        raise Refusal("This sandbox only sells, and only on its own page.", param="mode")
    for place, item in enumerate(asked["line_items"]):
        _check_line(item, f"line_items[{place}]")
    _check_expiry(asked.get("expires_at", time.time() + A_DAY) - time.time())
    if "@" not in asked.get("customer_email", "@"):
        raise Refusal("Invalid email address", code="email_invalid", param="customer_email")
    suffix = asked.get("payment_intent_data", {}).get("statement_descriptor_suffix", "P")
    if len(suffix) > 22 or not any(letter.isalpha() for letter in suffix) or set(suffix) & set("<>\\'\"*"):
        raise Refusal(
            "The statement descriptor suffix is not acceptable.",
            param="payment_intent_data[statement_descriptor_suffix]",
        )
    total = sum(item["quantity"] * item["price_data"]["unit_amount"] for item in asked["line_items"])
    if total < 50:
        raise Refusal(
            "The Checkout Session's total amount due must add up to at least $0.50 cad", code="amount_too_small"
        )


def _check_line(item: Document, place: str) -> None:
    price = item.get("price_data", {})
    if item.get("quantity", 0) < 1:
        raise Refusal("Quantity must be positive.", param=f"{place}[quantity]")
    named = price.get("product_data", {}).get("name")
    if price.get("unit_amount", -1) < 0 or not price.get("currency") or not named:
        raise Refusal("This price is not complete.", param=f"{place}[price_data]")


def _check_expiry(left: float) -> None:
    if left < HALF_AN_HOUR - SLACK:
        raise Refusal(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if left > A_DAY + SLACK:
        raise Refusal(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )


def expire(session: Document) -> Document:
    if session["status"] != "open":
        raise Refusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of'
            f" `{session['status']}`."
        )
    if session["payment_intent"]:
        _cancel(find(session["payment_intent"]))
    session |= {"status": "expired", "url": None, "_card": None}
    state.put("checkout.session", session)
    tell("checkout.session.expired", session)
    return session


def _cancel(intent: Document) -> None:
    now = int(time.time())
    intent |= {"status": "canceled", "canceled_at": now, "cancellation_reason": "automatic", "next_action": None}
    tell("payment_intent.canceled", state.put("payment_intent", intent))


def expire_what_is_over() -> None:
    """Sessions close by themselves when their time is over."""
    with state.lock:
        for session in state.all("checkout.session", status="open"):
            if state.is_past(session["expires_at"], session):
                expire(session)
