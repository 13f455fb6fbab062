"""What a card does to a session: the intent to pay, each try of a card, and the money taken."""

import re
import secrets
import time

from pupitre.sandbox.cards import CARDS, Card
from pupitre.sandbox.state import Document, new_id, state
from pupitre.sandbox.stripe import balance, disputes
from pupitre.sandbox.stripe.objects import Refusal, find, tell

# A payment that a demonstration tells of was made before this sandbox existed: its name says how many cents it took.
TOLD_OF = re.compile(r"pi_demo_([0-9]{1,8})_[0-9a-f]+")
PLAIN_CARD = "4242424242424242"


def pay(session: Document, card: Card, email: str) -> bool:
    """Try a card on an open session: True when the money is taken."""
    session["_card"] = None
    intent = _intent(session)
    charge = _charge(intent, card, email)
    if card.code:
        _declined(session, intent, charge, card)
        return False
    charge, intent = _received(intent, charge, at_once=card.available_at_once)
    session |= {
        "customer_details": _customer(email),
        "payment_intent": intent["id"],
        "payment_status": "paid",
        "status": "complete",
        "url": None,
    }
    state.put("checkout.session", session)
    tell("charge.succeeded", charge)
    tell("payment_intent.succeeded", intent)
    tell("checkout.session.completed", session)
    if card.disputed:
        disputes.contest(charge, card.disputed)
    return True


def ask_three_d_secure(session: Document, card: Card, email: str) -> None:
    """The bank wants to hear from the card holder first. The session stays open, and can still be closed."""
    intent = _intent(session) | {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
    state.put("payment_intent", intent)
    tell("payment_intent.requires_action", intent)
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
    intent = _new_intent(session["amount_total"], session["currency"], session["_intent"])
    tell("payment_intent.created", intent)
    return intent


def _new_intent(amount: int, currency: str, asked: Document) -> Document:
    return {
        "id": new_id("pi_"),
        "object": "payment_intent",
        "amount": amount,
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
        "currency": currency,
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
    if charge:
        tell("charge.failed", charge)
    tell("payment_intent.payment_failed", intent)


def _received(intent: Document, charge: Document, *, at_once: bool = False) -> tuple[Document, Document]:
    """The money is taken."""
    charge = balance.book(charge, "charge", charge["amount"], fee=balance.fee_on(charge["amount"]), at_once=at_once)
    intent |= {
        "amount_received": intent["amount"],
        "last_payment_error": None,
        "latest_charge": charge["id"],
        "status": "succeeded",
    }
    return charge, state.put("payment_intent", intent)


def remember(name: str) -> None:
    """Know a payment that a demonstration tells of, the first time someone asks about it."""
    told = TOLD_OF.fullmatch(name)
    if told and state.get("payment_intent", name) is None:
        intent = _new_intent(int(told[1]), "cad", {}) | {"id": name}
        _received(intent, _charge(intent, CARDS[PLAIN_CARD], "acheteuse@example.com"))


def _customer(email: str) -> Document:
    return {"address": None, "email": email, "name": None, "phone": None, "tax_exempt": "none", "tax_ids": []}


def cancel(intent: Document) -> Document:
    """Stripe refuses: the intent of a Checkout Session ends with its session, never before."""
    if intent["status"] in ("succeeded", "canceled"):
        raise Refusal(
            f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}.",
            code="payment_intent_unexpected_state",
        )
    raise Refusal("You cannot cancel a PaymentIntent made by a Checkout Session. Expire the session instead.")


def refundable(name: str) -> Document:
    """The charge that paid: named itself, or by its intent."""
    if name.startswith("ch_"):
        return find(name, kind="charge")
    remember(name)
    intent = find(name, kind="payment_intent")
    if intent["status"] != "succeeded":
        raise Refusal(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.")
    return find(intent["latest_charge"])
