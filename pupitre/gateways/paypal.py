"""PayPal, through its Orders v2 interface.

The buyer agrees on PayPal's page; the money is taken only when we say so, by `capture`. Our own thin client rather than
PayPal’s SDK: that one verifies no webhook and never renews a refused token.
"""

import base64
import binascii
import json
import re
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from pupitre.gateways import (
    PAYPAL_HOSTS,
    BadSignature,
    Bill,
    Call,
    Declined,
    Event,
    GatewayError,
    Misconfigured,
    Notice,
    RefundNotice,
    Standing,
    Started,
    Unreachable,
)

TRIES = 3
TIMEOUT = httpx.Timeout(20, connect=3)
LOCALES = {"fr-ca": "fr-CA", "en": "en-CA"}

# The buyer may go back to PayPal's page and agree again, perhaps with another card.
ASK_THE_BUYER_AGAIN = {
    "INSTRUMENT_DECLINED",
    "ORDER_NOT_APPROVED",
    "PAYER_ACTION_REQUIRED",
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
}
# PayPal will not change its mind about this order. Any other error leaves us not knowing: the caller reads the order.
REFUSED_FOR_GOOD = {
    "COMPLIANCE_VIOLATION",
    "DUPLICATE_INVOICE_ID",
    "MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED",
    "PAYEE_BLOCKED_TRANSACTION",
    "PAYER_ACCOUNT_LOCKED_OR_CLOSED",
    "PAYER_ACCOUNT_RESTRICTED",
    "PAYER_CANNOT_PAY",
    "TRANSACTION_BLOCKED_BY_PAYEE",
    "TRANSACTION_LIMIT_EXCEEDED",
    "TRANSACTION_RECEIVING_LIMIT_EXCEEDED",
    "TRANSACTION_REFUSED",
}
STANDINGS = {
    "CREATED": Standing.OPEN,
    "SAVED": Standing.OPEN,
    "PAYER_ACTION_REQUIRED": Standing.OPEN,
    "APPROVED": Standing.APPROVED,
    "VOIDED": Standing.CLOSED,
    "COMPLETED": Standing.CLOSED,  # by a capture that was refused: the paid ones are seen before
}
REFUND_STATUSES = {"COMPLETED": "succeeded", "PENDING": "pending", "FAILED": "failed", "CANCELLED": "canceled"}

SIGNATURE_HEADERS = ("transmission-id", "transmission-time", "transmission-sig", "cert-url", "auth-algo")
CERTIFICATE_SIZE = 64 * 1024
SIGNATURE_LIFE = timedelta(days=4)  # PayPal repeats an unanswered webhook for three days
CLOCK_SKEW = timedelta(minutes=5)


def from_settings(settings: Any, *, record: Callable[[Call], None]) -> "PayPalGateway":
    account = _account(settings.PAYPAL_API_BASE.rstrip("/"), settings.PAYPAL_CLIENT_ID, settings.PAYPAL_CLIENT_SECRET)
    return PayPalGateway(account, record=record, webhook_id=settings.PAYPAL_WEBHOOK_ID, mode=settings.PAYMENT_MODE)


class PayPalGateway:
    key = "paypal"

    def __init__(self, account: "_Account", *, record: Callable[[Call], None], webhook_id: str, mode: str):
        self._account = account
        self._record = record
        self._webhook_id = webhook_id
        self._mode = mode
        # PayPal’s answers do not say whether their money is real: the host does.
        self._live = urlsplit(account.base).hostname in PAYPAL_HOSTS["live"]

    def request(self, bill: Bill) -> dict[str, Any]:
        """Courses are items; taxes stand in the breakdown, where PayPal's page shows them."""
        courses = [item for item in bill.items if not item.is_tax]
        taxes = [item for item in bill.items if item.is_tax]
        return {
            "intent": "CAPTURE",
            "purchase_units": [
                {
                    "custom_id": bill.payment,
                    "invoice_id": f"{bill.order_number}-{bill.attempt}",
                    "description": bill.order_number,
                    "soft_descriptor": bill.order_number[:22],
                    "amount": {
                        **_money(bill.total_cents, bill.currency),
                        "breakdown": {
                            "item_total": _money(_sum(courses), bill.currency),
                            "tax_total": _money(_sum(taxes), bill.currency),
                        },
                    },
                    "items": [
                        {
                            "name": item.name[:127],
                            "quantity": str(item.quantity),
                            "unit_amount": _money(item.unit_cents, bill.currency),
                            "category": "DIGITAL_GOODS",
                        }
                        for item in courses
                    ],
                }
            ],
            "payment_source": {
                "paypal": {
                    "experience_context": {
                        "brand_name": bill.seller_name[:127],
                        "locale": LOCALES[bill.language],
                        "shipping_preference": "NO_SHIPPING",
                        "user_action": "PAY_NOW",
                        "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
                        "return_url": bill.return_url,
                        "cancel_url": bill.cancel_url,
                    }
                }
            },
        }

    def start(self, request: dict[str, Any], *, key: str) -> Started:
        order = self._ask("POST", "/v2/checkout/orders", key=key, body=request)
        pages = {link["rel"]: link["href"] for link in order["links"]}
        return Started(reference=order["id"], url=pages["payer-action"])

    def read(self, reference: str) -> Notice:
        try:
            order = self._ask("GET", f"/v2/checkout/orders/{quote(reference, safe='')}")
        except Declined as error:
            if error.code != "RESOURCE_NOT_FOUND":
                raise
            # PayPal drops orders that nobody completed. It no longer says whose it was, nor how much.
            return Notice(
                reference,
                payment="",
                standing=Standing.CLOSED,
                amount_cents=0,
                currency="",
                live=self._live,
                failure_code=error.code,
            )
        return self._notice(order)

    def close(self, reference: str) -> Notice:
        """PayPal cannot close an order: nothing is asked of it but how the order stands.

        Nothing needs to be. The money moves only by our `capture`, and whoever calls it must first find the attempt
        open in our own database: an attempt that we mark closed will never be captured, even if the buyer agrees
        later. So an order without a capture is closed as soon as we say so.
        """
        notice = self.read(reference)
        if notice.standing in (Standing.OPEN, Standing.APPROVED):
            return replace(notice, standing=Standing.CLOSED)
        return notice

    def capture(self, reference: str, *, key: str) -> Notice:
        try:
            order = self._ask("POST", f"/v2/checkout/orders/{quote(reference, safe='')}/capture", key=key, body={})
        except Declined as error:
            return self._after_refusal(reference, error)
        return self._notice(order)

    def _after_refusal(self, reference: str, error: Declined) -> Notice:
        """Captures race: another process may have taken the money while PayPal refused us. So the order is read."""
        notice = self.read(reference)
        if notice.standing not in (Standing.OPEN, Standing.APPROVED):
            return notice
        if error.code in ASK_THE_BUYER_AGAIN:
            return replace(notice, standing=Standing.OPEN, failure_code=error.code)
        if error.code in REFUSED_FOR_GOOD:
            raise error
        raise Unreachable("PayPal’s answer to a capture is unclear.", error.code) from error

    def refund(
        self, charge_reference: str, *, payment: str, refund: str, cents: int, currency: str, key: str
    ) -> RefundNotice:
        answer = self._ask(
            "POST",
            f"/v2/payments/captures/{quote(charge_reference, safe='')}/refund",
            key=key,
            body={"amount": _money(cents, currency), "custom_id": refund},
        )
        return _refund_notice(answer)

    def read_refund(self, reference: str) -> RefundNotice:
        return _refund_notice(self._ask("GET", f"/v2/payments/refunds/{quote(reference, safe='')}"))

    def verify(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Check PayPal's own signature, without asking PayPal.

        The address of the certificate comes with the webhook, so only a host known beforehand is believed: it is
        fetched over TLS from there, which is what makes it PayPal's.
        """
        lowered = {name.lower(): value for name, value in headers.items()}
        sent = {name: lowered.get(f"paypal-{name}", "") for name in SIGNATURE_HEADERS}
        if not self._webhook_id or sent["auth-algo"] != "SHA256withRSA" or not _is_recent(sent["transmission-time"]):
            raise BadSignature("This webhook is not signed as PayPal does, or too long ago.")
        certificate = self._certificate(sent["cert-url"])
        signed = "|".join([sent["transmission-id"], sent["transmission-time"], self._webhook_id, str(zlib.crc32(body))])
        try:
            signature = base64.b64decode(sent["transmission-sig"], validate=True)
            certificate.verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, binascii.Error, ValueError) as error:
            raise BadSignature("The signature of this webhook is not PayPal’s.") from error
        return self._event(json.loads(body))

    def _event(self, event: dict[str, Any]) -> Event:
        thing = event["resource"]
        told = {"id": event["id"], "kind": event["event_type"], "live": self._live}
        related = (thing.get("supplementary_data") or {}).get("related_ids") or {}
        match event.get("resource_type"):
            case "checkout-order":
                unit = (thing.get("purchase_units") or [{}])[0]
                return Event(**told, payment=unit.get("custom_id", ""), reference=thing["id"])
            case "refund":
                parents = [link["href"] for link in thing.get("links", []) if link["rel"] == "up"]
                charge = parents[0].rpartition("/")[2] if parents else ""
                return Event(**told, refund=thing.get("custom_id", ""), charge_reference=charge)
            case "capture":
                return Event(
                    **told,
                    payment=thing.get("custom_id", ""),
                    reference=related.get("order_id", ""),
                    charge_reference=thing["id"],
                )
            case _:
                return Event(**told)

    def _certificate(self, address: str) -> rsa.RSAPublicKey:
        hosts = [f"https://{host}" for host in PAYPAL_HOSTS.get(self._mode, ())]
        known = [self._account.base] if self._mode == "sandbox" else hosts
        kept_at, _, name = address.partition("/v1/notifications/certs/")
        if kept_at not in known or not re.fullmatch(r"[\w-]+", name, re.ASCII):
            raise BadSignature("The certificate of this webhook is not kept by PayPal.")
        certificate = self._account.certificate(address, self._record)
        if not certificate.not_valid_before_utc <= datetime.now(UTC) <= certificate.not_valid_after_utc:
            raise BadSignature("The certificate of this webhook is out of date.")
        key = certificate.public_key()
        if not isinstance(key, rsa.RSAPublicKey):
            raise BadSignature("The certificate of this webhook holds another kind of key.")
        return key

    def _ask(self, method: str, path: str, *, key: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
        return self._account.ask(method, path, record=self._record, key=key, body=body)

    def _notice(self, order: dict[str, Any]) -> Notice:
        unit = order["purchase_units"][0]
        captures = (unit.get("payments") or {}).get("captures") or []
        capture = _deciding(captures)
        standing = _standing(order, capture)
        amount = capture["amount"] if standing == Standing.PAID else unit["amount"]
        payer = (order.get("payment_source") or {}).get("paypal") or order.get("payer") or {}
        return Notice(
            reference=order["id"],
            payment=unit.get("custom_id", ""),
            standing=standing,
            amount_cents=_cents(amount["value"]),
            currency=amount["currency_code"],
            live=self._live,
            charge_reference=capture.get("id", ""),
            means=payer.get("email_address", ""),
            failure_code=_failure(capture),
        )


CAPTURE_STANDINGS = {
    "COMPLETED": Standing.PAID,
    "PARTIALLY_REFUNDED": Standing.PAID,
    "REFUNDED": Standing.PAID,
    "PENDING": Standing.PROCESSING,
}


def _deciding(captures: list[dict[str, Any]]) -> dict[str, Any]:
    """An order may hold refused captures before the good one: money taken counts first, then money being decided."""
    ranks = [Standing.PAID, Standing.PROCESSING, None]
    ordered = sorted(captures, key=lambda capture: ranks.index(CAPTURE_STANDINGS.get(capture["status"])))
    return ordered[0] if ordered else {}


def _standing(order: dict[str, Any], capture: dict[str, Any]) -> Standing:
    return CAPTURE_STANDINGS.get(capture.get("status", "")) or STANDINGS.get(order["status"], Standing.PROCESSING)


def _failure(thing: dict[str, Any]) -> str:
    if thing.get("status") not in ("DECLINED", "FAILED"):
        return ""
    return (thing.get("status_details") or {}).get("reason") or thing["status"]


def _refund_notice(refund: dict[str, Any]) -> RefundNotice:
    return RefundNotice(
        reference=refund["id"], status=REFUND_STATUSES.get(refund["status"], "pending"), failure_code=_failure(refund)
    )


def _sum(items: list[Any]) -> int:
    return sum(item.quantity * item.unit_cents for item in items)


def _money(cents: int, currency: str) -> dict[str, str]:
    return {"currency_code": currency, "value": f"{Decimal(cents) / 100:.2f}"}


def _cents(value: str) -> int:
    return int(Decimal(value) * 100)


def _is_recent(moment: str) -> bool:
    try:
        sent = datetime.fromisoformat(moment)
    except ValueError:
        return False
    now = datetime.now(UTC)
    return sent.tzinfo is not None and now - SIGNATURE_LIFE <= sent <= now + CLOCK_SKEW


class _Account:
    """A merchant's account at PayPal: the connection, the token that opens it, and the certificates seen."""

    def __init__(self, base: str, client_id: str, client_secret: str):
        self.base = base
        self._credentials = (client_id, client_secret)
        # Plain http is the payment sandbox on this machine: no proxy stands between.
        self._http = httpx.Client(base_url=base, timeout=TIMEOUT, trust_env=base.startswith("https:"))
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self._certificates: dict[str, x509.Certificate] = {}

    def ask(
        self,
        method: str,
        path: str,
        *,
        record: Callable[[Call], None],
        key: str = "",
        body: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """One question, repeated under the same key when no answer came. A refused token is renewed once."""
        headers = {"Prefer": "return=representation"} | ({"PayPal-Request-Id": key} if key else {})
        token = self._current_token(record)
        answer = self._send(method, path, record, headers | {"Authorization": f"Bearer {token}"}, json=body)
        if answer.status_code == 401:
            token = self._current_token(record, refused=token)
            answer = self._send(method, path, record, headers | {"Authorization": f"Bearer {token}"}, json=body)
        return _read(answer)

    def certificate(self, address: str, record: Callable[[Call], None]) -> x509.Certificate:
        if address not in self._certificates:
            answer = self._send("GET", address, record, {})
            if answer.status_code >= 500:
                raise Unreachable("PayPal does not show its certificate.")
            if answer.status_code != 200 or len(answer.content) > CERTIFICATE_SIZE:
                raise BadSignature("There is no certificate at the address given by this webhook.")
            try:
                self._certificates[address] = x509.load_pem_x509_certificate(answer.content)
            except ValueError as error:
                raise BadSignature("There is no certificate at the address given by this webhook.") from error
        return self._certificates[address]

    def _current_token(self, record: Callable[[Call], None], refused: str = "") -> str:
        # Under a lock: threads that meet an old token together must fetch one new token, not one each.
        with self._lock:
            if not all(self._credentials):
                raise Misconfigured("The keys of PayPal are missing.")
            if self._token == refused or time.monotonic() >= self._renew_at:
                answer = self._send(
                    "POST",
                    "/v1/oauth2/token",
                    record,
                    {},
                    auth=self._credentials,
                    data={"grant_type": "client_credentials"},
                )
                granted = _read(answer)
                self._token = granted["access_token"]
                self._renew_at = time.monotonic() + 0.8 * granted["expires_in"]
            return self._token

    def _send(
        self, method: str, address: str, record: Callable[[Call], None], headers: dict[str, str], **content: Any
    ) -> httpx.Response:
        for attempt in range(1, TRIES + 1):
            answer = self._try(method, address, record, headers, content)
            # 409: the same key is still running, for a double click perhaps; its answer will soon be ours too.
            if answer is not None and answer.status_code < 500 and answer.status_code not in (409, 429):
                return answer
            if attempt < TRIES:
                time.sleep(0.5 * attempt)
        if answer is None:
            raise Unreachable("PayPal does not answer.")
        return answer

    def _try(
        self,
        method: str,
        address: str,
        record: Callable[[Call], None],
        headers: dict[str, str],
        content: dict[str, Any],
    ) -> httpx.Response | None:
        began = time.monotonic()
        answer = None
        # No answer: PayPal may have done what was asked. The same key will tell.
        with suppress(httpx.RequestError):
            answer = self._http.request(method, address, headers=headers, **content)
        record(
            Call(
                method=method,
                path=urlsplit(address).path,
                key=headers.get("PayPal-Request-Id", ""),
                status=answer.status_code if answer is not None else 0,
                milliseconds=round((time.monotonic() - began) * 1000),
                request_id=answer.headers.get("PayPal-Debug-Id", "") if answer is not None else "",
            )
        )
        return answer


@lru_cache(maxsize=4)
def _account(base: str, client_id: str, client_secret: str) -> _Account:
    # One per process, so that connections and tokens serve more than once.
    return _Account(base, client_id, client_secret)


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if answer.is_success and isinstance(body, dict):
        return body
    raise _error(answer.status_code, body if isinstance(body, dict) else {})


def _error(status: int, body: dict[str, Any]) -> GatewayError:
    details = body.get("details") or [{}]
    code = details[0].get("issue") or body.get("name") or body.get("error") or ""
    if status in (401, 403):
        return Misconfigured("PayPal refuses our keys.", code)
    if status == 404:
        return Declined("PayPal does not know this reference.", "RESOURCE_NOT_FOUND")
    if status in (400, 422):
        return Declined(body.get("message") or "PayPal refused.", code)
    # Servers in trouble (5xx, 429), the same key still running (409), an answer that is not PayPal’s.
    return Unreachable("PayPal gave no usable answer.", code)
