"""Cards, through Stripe's hosted payment page.

One Checkout Session is one attempt to pay. Its page belongs to Stripe: no card number ever comes near us. The official
SDK does the talking; here are only the translation and the few options whose defaults would hurt a shop.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit

import requests
import stripe

from pupitre.gateways import (
    BadSignature,
    Bill,
    Call,
    Declined,
    Event,
    Misconfigured,
    Notice,
    RefundNotice,
    Standing,
    Started,
    Unreachable,
)

# The SDK would otherwise tell Stripe about this machine, under an identifier that it keeps on disk.
stripe.enable_telemetry = False

SIGNATURE_LIFE = 300  # seconds: an older signature may be a recording played again
DETAILS = ["payment_intent.latest_charge"]
LOCALES = {"fr-ca": "fr-CA", "en": "en"}
BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover"}
REFUND_STATUSES = {"requires_action": "pending"}


def from_settings(settings: Any, *, record: Callable[[Call], None]) -> "StripeGateway":
    return StripeGateway(
        api_base=settings.STRIPE_API_BASE,
        secret_key=settings.STRIPE_SECRET_KEY,
        webhook_secrets=settings.STRIPE_WEBHOOK_SECRETS,
        site=settings.SITE_URL,
        record=record,
    )


class StripeGateway:
    key = "stripe"

    def __init__(
        self, *, api_base: str, secret_key: str, webhook_secrets: list[str], site: str, record: Callable[[Call], None]
    ):
        self._webhook_secrets = webhook_secrets
        self._site = site
        self._api = stripe.StripeClient(
            secret_key,
            base_addresses={"api": api_base.rstrip("/")},
            http_client=_RecordedClient(api_base, record),
            max_network_retries=2,
        ).v1

    def request(self, bill: Bill) -> dict[str, Any]:
        """Every line of the bill becomes a line of Stripe's page, taxes included: the sum is ours to the cent.

        `expires_at` must be 30 minutes ahead when the request arrives, and 24 hours at most. The metadata stands
        twice because charges, refunds and disputes carry the intent's, not the session's.
        """
        marks = {"payment": bill.payment, "order": bill.order_number, "site": self._site}
        return {
            "mode": "payment",
            "ui_mode": "hosted_page",
            "allowed_payment_method_types": ["card"],
            "wallet_options": {"link": {"display": "never"}},
            "adaptive_pricing": {"enabled": False},
            "line_items": [
                {
                    "quantity": item.quantity,
                    "price_data": {
                        "currency": bill.currency.lower(),
                        "unit_amount": item.unit_cents,
                        "product_data": {"name": item.name},
                    },
                }
                for item in bill.items
            ],
            "client_reference_id": bill.payment,
            "metadata": marks,
            "payment_intent_data": {
                "description": bill.order_number,
                "statement_descriptor_suffix": _on_the_statement(bill.order_number),
                "metadata": marks,
            },
            "customer_email": bill.customer_email,
            "locale": LOCALES[bill.language],
            "expires_at": int(bill.expires_at.timestamp()),
            "success_url": bill.return_url,
            "cancel_url": bill.cancel_url,
        }

    def start(self, request: dict[str, Any], *, key: str) -> Started:
        with _errors_in_our_words():
            session = self._api.checkout.sessions.create(params=cast(Any, request), options={"idempotency_key": key})
        return Started(reference=session.id, url=session.url or "")

    def read(self, reference: str) -> Notice:
        with _errors_in_our_words():
            session = self._api.checkout.sessions.retrieve(reference, params={"expand": DETAILS})
        return _notice(session.to_dict())

    def close(self, reference: str) -> Notice:
        """Expire the session. Stripe refuses when it is no longer open: then it was paid, or closed already."""
        try:
            with _errors_in_our_words():
                session = self._api.checkout.sessions.expire(reference, params={"expand": DETAILS})
        except Declined:
            return self.read(reference)
        return _notice(session.to_dict())

    def capture(self, reference: str, *, key: str) -> Notice:
        """Stripe takes the money on its own page: there is nothing left to take, only to read."""
        return self.read(reference)

    def refund(
        self, charge_reference: str, *, payment: str, refund: str, cents: int, currency: str, key: str
    ) -> RefundNotice:
        with _errors_in_our_words():
            answer = self._api.refunds.create(
                params={
                    "payment_intent": charge_reference,
                    "amount": cents,
                    "reason": "requested_by_customer",
                    "metadata": {"payment": payment, "refund": refund},
                },
                options={"idempotency_key": key},
            )
        return _refund_notice(answer.to_dict())

    def read_refund(self, reference: str) -> RefundNotice:
        with _errors_in_our_words():
            answer = self._api.refunds.retrieve(reference)
        return _refund_notice(answer.to_dict())

    def verify(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Several secrets may be in force while one replaces another. Without any, nothing is believed."""
        signature = {name.lower(): value for name, value in headers.items()}.get("stripe-signature", "")
        if not any(_signed(body, signature, secret) for secret in self._webhook_secrets):
            raise BadSignature("The signature of this webhook is not Stripe’s.")
        event = json.loads(body)
        thing = event["data"]["object"]
        marks = thing.get("metadata") or {}
        return Event(
            id=event["id"],
            kind=event["type"],
            live=event["livemode"],
            payment=marks.get("payment") or thing.get("client_reference_id") or "",
            reference=thing["id"] if thing["object"] == "checkout.session" else "",
            refund=marks.get("refund", ""),
            charge_reference=thing.get("payment_intent") or "",
        )


def _notice(session: dict[str, Any]) -> Notice:
    intent = session.get("payment_intent")
    intent = intent if isinstance(intent, dict) else {}  # a bare id, or nothing yet
    charge = intent.get("latest_charge") or {}
    standing = _standing(session, intent)
    paid = standing == Standing.PAID and bool(intent)
    return Notice(
        reference=session["id"],
        payment=session["client_reference_id"] or "",
        standing=standing,
        amount_cents=intent["amount_received"] if paid else session["amount_total"],
        currency=(intent if paid else session)["currency"].upper(),
        live=session["livemode"],
        charge_reference=intent.get("id", ""),
        means=_means(charge) if isinstance(charge, dict) else "",
        failure_code=_failure(intent.get("last_payment_error") or {}),
    )


def _standing(session: dict[str, Any], intent: dict[str, Any]) -> Standing:
    if session["status"] == "expired":
        return Standing.CLOSED
    if session["status"] == "complete":
        return Standing.PROCESSING if session["payment_status"] == "unpaid" else Standing.PAID
    return Standing.PROCESSING if intent.get("status") == "processing" else Standing.OPEN


def _means(charge: dict[str, Any]) -> str:
    card = (charge.get("payment_method_details") or {}).get("card")
    if not card:
        return ""
    brand = card["brand"] or ""
    return f"{BRANDS.get(brand, brand.capitalize())} •••• {card['last4']}".strip()


def _failure(error: dict[str, Any]) -> str:
    return error.get("decline_code") or error.get("code") or ""


def _refund_notice(refund: dict[str, Any]) -> RefundNotice:
    status = refund["status"]
    return RefundNotice(
        reference=refund["id"],
        status=REFUND_STATUSES.get(status, status),
        failure_code=refund.get("failure_reason") or "",
    )


def _on_the_statement(order_number: str) -> str:
    """What follows the seller's name on the card statement: ten plain characters at most, one of them a letter."""
    plain = re.sub(r"[^A-Za-z0-9]", "", order_number)[-9:]
    return plain if re.search("[A-Za-z]", plain) else f"P{plain}"


def _signed(body: bytes, signature: str, secret: str) -> bool:
    if not signature.isascii():  # the SDK's comparison would crash on it
        return False
    try:
        return stripe.WebhookSignature.verify_header(body, signature, secret, SIGNATURE_LIFE)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False


@contextmanager
def _errors_in_our_words() -> Iterator[None]:
    try:
        yield
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Misconfigured("Stripe refuses our key.", _code(error)) from error
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as error:
        # Servers in trouble (5xx), the same key still running (409), an answer that is not Stripe's.
        raise Unreachable("Stripe gave no usable answer.", _code(error)) from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 404:  # Stripe forgets nothing: this name was given by another account
            raise Misconfigured("Stripe does not know this reference.", _code(error)) from error
        raise Declined(error.user_message or "Stripe refused.", _code(error)) from error
    except stripe.StripeError as error:
        raise Declined(error.user_message or "Stripe refused.", _code(error)) from error


def _code(error: stripe.StripeError) -> str:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    details = body.get("error") or {}
    return str(details.get("decline_code") or details.get("code") or details.get("type") or "")


class _RecordedClient(stripe.RequestsClient):
    """Reports every try, repeated ones too, and keeps one connection open per thread and address."""

    _sessions = threading.local()

    def __init__(self, api_base: str, record: Callable[[Call], None]):
        super().__init__(timeout=(3, 20), session=self._connection(api_base))
        self._record = record

    def _connection(self, api_base: str) -> requests.Session:
        kept = self._sessions.__dict__.setdefault("kept", {})
        if api_base not in kept:
            kept[api_base] = requests.Session()
            # Plain http is the payment sandbox on this machine: no proxy stands between.
            kept[api_base].trust_env = api_base.startswith("https:")
        return kept[api_base]

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **options: Any
    ) -> Any:
        began = time.monotonic()
        status, request_id = 0, ""
        try:
            answer = super().request(method, url, headers, post_data, **options)
            status, request_id = answer[1], answer[2].get("Request-Id", "")
            return answer
        finally:
            self._record(
                Call(
                    method=method.upper(),
                    path=urlsplit(url).path,
                    key=(headers or {}).get("Idempotency-Key", ""),
                    status=status,
                    milliseconds=round((time.monotonic() - began) * 1000),
                    request_id=request_id,
                )
            )
