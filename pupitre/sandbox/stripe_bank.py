"""What Stripe would do with the money: sessions, intents, charges, refunds and disputes.

Fields beginning with “_” are ours and never shown. Every object holds all the fields that Stripe always gives.
"""

import secrets
import time
from typing import Any

from django.conf import settings

from pupitre.sandbox import webhooks
from pupitre.sandbox.cards import CARDS, Card
from pupitre.sandbox.state import Document, new_id, state

KINDS = {
    "cs": "checkout.session",
    "pi": "payment_intent",
    "ch": "charge",
    "txn": "balance_transaction",
    "re": "refund",
    "du": "dispute",
}
REFUND_PAUSE = 5  # seconds between two states of a refund that changes its mind
DISPUTE_TIME = 7 * 24 * 3600


class Refusal(Exception):
    """An answer in Stripe's shape of errors."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **details: str):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **details}}


def find(name: str, *, kind: str = "") -> Document:
    found = state.get(KINDS.get(name.partition("_")[0], ""), name)
    if found is None or (kind and found["object"] != kind):
        label = kind.replace(".", " ") or "object"
        raise Refusal(f"No such {label}: '{name}'", status=404, code="resource_missing", param="id")
    return found


def shown(document: Document, expand: list[str] | None = None) -> Document:
    """A document as Stripe shows it, ids replaced by whole objects along the paths of `expand`."""
    public = {name: value for name, value in document.items() if not name.startswith("_")}
    deeper: dict[str, list[str]] = {}
    for path in expand or []:
        field, _, rest = path.partition(".")
        if path.count(".") > 3 or (field not in public and field != "line_items"):
            raise Refusal(f"This property cannot be expanded ({path}).", param="expand[0]")
        deeper.setdefault(field, []).extend([rest] if rest else [])
    for field, rests in deeper.items():
        if field == "line_items":
            public[field] = line_items(document)
        elif public[field] is not None:
            public[field] = shown(find(str(public[field])), rests)
    return public


def line_items(session: Document) -> Document:
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return {"object": "list", "url": url, "has_more": False, "data": session.get("_line_items", [])}


# --- sessions --------------------------------------------------------------------------------------------------------


def open_session(asked: Document) -> Document:
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
        "expires_at": asked.get("expires_at", now + 24 * 3600),
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


def expire(session: Document) -> Document:
    if session["status"] != "open":
        raise Refusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of'
            f" `{session['status']}`."
        )
    session |= {"status": "expired", "url": None, "_card": None}
    state.put("checkout.session", session)
    _tell("checkout.session.expired", session)
    return session


def expire_what_is_over() -> None:
    """Sessions close by themselves when their time is over."""
    with state.lock:
        for session in state.all("checkout.session", status="open"):
            if state.is_past(session["expires_at"], session):
                expire(session)


# --- paying ----------------------------------------------------------------------------------------------------------


def pay(session: Document, card: Card, email: str) -> bool:
    """Try a card on an open session: True when the money is taken."""
    session["_card"] = None
    intent = _intent(session)
    charge = _charge(intent, card, email)
    if card.code:
        _declined(session, intent, charge, card)
        return False
    transaction = _balance("charge", charge["id"], charge["amount"], session["currency"], fee=_fee(charge["amount"]))
    charge |= {"balance_transaction": transaction["id"]}
    state.put("charge", charge)
    intent |= {
        "amount_received": intent["amount"],
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "status": "succeeded",
    }
    state.put("payment_intent", intent)
    session |= {
        "customer_details": _customer(email),
        "payment_intent": intent["id"],
        "payment_status": "paid",
        "status": "complete",
        "url": None,
    }
    state.put("checkout.session", session)
    _tell("checkout.session.completed", session)
    if card.disputed:
        _dispute(charge, card.disputed)
    return True


def ask_three_d_secure(session: Document, card: Card, email: str) -> None:
    """The bank wants to hear from the card holder first. The session stays open, and can still be closed."""
    intent = _intent(session) | {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
    state.put("payment_intent", intent)
    state.put("checkout.session", session | {"_card": card.number, "_email": email, "payment_intent": intent["id"]})


def answer_three_d_secure(session: Document, *, confirmed: bool) -> bool:
    card = CARDS[session["_card"]]
    if confirmed:
        return pay(session, card, session["_email"])
    session["_card"] = None
    intent = _intent(session)
    refused = Card(card.number, card.brand, card.does, code="payment_intent_authentication_failure")
    _declined(session, intent, None, refused)
    return False


def _intent(session: Document) -> Document:
    if session["payment_intent"]:
        return find(session["payment_intent"]) | {"next_action": None}
    asked = session["_intent"]
    return {
        "id": new_id("pi_"),
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": None,
        "confirmation_method": "automatic",
        "created": int(time.time()),
        "currency": session["currency"],
        "customer": None,
        "description": asked.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": asked.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": asked.get("statement_descriptor_suffix"),
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def _charge(intent: Document, card: Card, email: str) -> Document:
    taken = not card.code
    charge = {
        "id": new_id("ch_"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if taken else 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": email, "name": None, "phone": None, "tax_id": None},
        "calculated_statement_descriptor": f"BAC A SABLE* {intent['statement_descriptor_suffix'] or ''}".strip(),
        "captured": taken,
        "created": int(time.time()),
        "currency": intent["currency"],
        "customer": None,
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": card.code or None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "outcome": {
            "network_status": "approved_by_network" if taken else "declined_by_network",
            "reason": card.decline_code or None,
            "risk_level": "normal",
            "seller_message": None,
            "type": "authorized" if taken else "issuer_declined",
        },
        "paid": taken,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm_"),
        "payment_method_details": {
            "type": "card",
            "card": {
                "amount_authorized": intent["amount"] if taken else None,
                "brand": card.brand,
                "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
                "country": card.country,
                "exp_month": 12,
                "exp_year": time.localtime().tm_year + 3,
                "fingerprint": secrets.token_hex(8),
                "funding": "credit",
                "installments": None,
                "last4": card.number[-4:],
                "mandate": None,
                "network": card.brand,
                "three_d_secure": None,
                "wallet": None,
            },
        },
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "status": "succeeded" if taken else "failed",
        "transfer_data": None,
        "transfer_group": None,
        "_refund_states": list(card.refund),
    }
    return state.put("charge", charge)


def _declined(session: Document, intent: Document, charge: Document | None, card: Card) -> None:
    error = {"type": "card_error" if charge else "invalid_request_error", "code": card.code}
    if card.decline_code:
        error["decline_code"] = card.decline_code
    if charge:
        error["charge"] = charge["id"]
        intent["latest_charge"] = charge["id"]
    intent |= {"status": "requires_payment_method", "last_payment_error": error}
    state.put("payment_intent", intent)
    session["payment_intent"] = intent["id"]
    state.put("checkout.session", session)
    _tell("payment_intent.payment_failed", intent)


def _customer(email: str) -> Document:
    return {"address": None, "email": email, "name": None, "phone": None, "tax_exempt": "none", "tax_ids": []}


def _fee(cents: int) -> int:
    return (cents * 29 + 500) // 1000 + 30  # the usual price for a Canadian card: 2.9 % and 30 cents


def _balance(kind: str, source: str, amount: int, currency: str, *, fee: int = 0) -> Document:
    now = int(time.time())
    details = {
        "amount": fee,
        "application": None,
        "currency": currency,
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    transaction = {
        "id": new_id("txn_"),
        "object": "balance_transaction",
        "amount": amount,
        "available_on": now + 2 * 24 * 3600,
        "balance_type": "payments",
        "created": now,
        "currency": currency,
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [details] if fee else [],
        "net": amount - fee,
        "reporting_category": kind,
        "source": source,
        "status": "pending",
        "type": kind,
    }
    return state.put("balance_transaction", transaction)


# --- refunds ---------------------------------------------------------------------------------------------------------


def refund(asked: Document) -> Document:
    charge = _charge_to_refund(asked)
    left = charge["amount_captured"] - charge["amount_refunded"]
    amount = asked.get("amount", left)
    if not charge["paid"]:
        raise Refusal(f"Charge {charge['id']} is not refundable.", code="charge_not_refundable")
    if left == 0:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise Refusal(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).", param="amount")
    states = charge["_refund_states"]
    made = {
        "id": new_id("re_"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": int(time.time()),
        "currency": charge["currency"],
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "metadata": asked.get("metadata", {}),
        "payment_intent": charge["payment_intent"],
        "reason": asked.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": states[0],
        "transfer_reversal": None,
        "_clock": state.clock(),
        "_next": states[1] if len(states) > 1 else None,
    }
    if states[0] == "pending":
        made["pending_reason"] = "processing"
    made["balance_transaction"] = _balance("refund", made["id"], -amount, charge["currency"])["id"]
    state.put("refund", made)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    state.put("charge", charge)
    _tell("refund.created", made)
    _tell("charge.refunded", charge)
    return made


def _charge_to_refund(asked: Document) -> Document:
    if "charge" in asked:
        return find(asked["charge"], kind="charge")
    if "payment_intent" not in asked:
        raise Refusal("One of the following params should be provided for this request: payment_intent or charge.")
    intent = find(asked["payment_intent"], kind="payment_intent")
    if intent["status"] != "succeeded":
        raise Refusal(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return find(intent["latest_charge"])


def finish_refunds() -> None:
    """Some refunds change their mind a moment later: a pending one succeeds, one that succeeded fails."""
    with state.lock:
        for made in state.all("refund"):
            if made["_next"] and state.is_past(made["created"] + REFUND_PAUSE, made):
                _move_refund(made)


def _move_refund(made: Document) -> None:
    made |= {"status": made["_next"], "_next": None}
    made.pop("pending_reason", None)
    if made["status"] == "failed":
        made["failure_reason"] = "expired_or_canceled_card"
        back = _balance("refund_failure", made["id"], made["amount"], made["currency"])
        made["failure_balance_transaction"] = back["id"]
        charge = find(made["charge"])
        charge |= {"amount_refunded": charge["amount_refunded"] - made["amount"], "refunded": False}
        state.put("charge", charge)
    state.put("refund", made)
    _tell("refund.failed" if made["status"] == "failed" else "refund.updated", made)


# --- disputes --------------------------------------------------------------------------------------------------------


def _dispute(charge: Document, reason: str) -> None:
    now = int(time.time())
    taken = _balance("adjustment", charge["id"], -charge["amount"], charge["currency"], fee=1500)
    dispute = {
        "id": new_id("du_"),
        "object": "dispute",
        "amount": charge["amount"],
        "balance_transactions": [taken],
        "charge": charge["id"],
        "created": now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": now + DISPUTE_TIME,
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
    state.put("charge", charge | {"disputed": True})
    _tell("charge.dispute.created", dispute)


def _tell(kind: str, thing: Document) -> None:
    event: dict[str, Any] = {
        "id": new_id("evt_"),
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "data": {"object": shown(thing)},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    webhooks.post_office.post("stripe", kind, event)
