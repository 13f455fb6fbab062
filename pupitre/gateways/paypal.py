"""PayPal, through its Orders v2 interface.

The buyer agrees on PayPal's page; the money is taken only when we say so, by `capture`. The talking is in
`paypal_client.py`, PayPal's objects are put in our words by `paypal_words.py`, its webhooks are believed or not by
`paypal_signature.py`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx

from pupitre.gateways import (
    Bill,
    Call,
    Declined,
    DisputeNotice,
    Event,
    Item,
    Look,
    Movement,
    Notice,
    RefundNotice,
    Standing,
    Started,
    Subscription,
    Unreachable,
    paypal_client,
    paypal_signature,
    paypal_words,
)
from pupitre.gateways.headers import clock
from pupitre.gateways.paypal_words import money
from pupitre.gateways.safety import PAYPAL_HOSTS

LOCALES = {"fr-ca": "fr-CA", "en": "en-CA"}
KINDS: tuple[str, ...] = (
    "CHECKOUT.ORDER.APPROVED",
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.PENDING",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.DECLINED",
    "PAYMENT.CAPTURE.REFUNDED",
    "PAYMENT.CAPTURE.REVERSED",
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.UPDATED",
    "CUSTOMER.DISPUTE.RESOLVED",
)

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
EVENTS_PAGE = 100
DISPUTES_PAGE = 50  # the longest that PayPal gives
DISPUTES_KEPT = timedelta(days=180)  # PayPal refuses to look further back


def from_settings(settings: Any, *, record: Callable[[Call], None]) -> "PayPalGateway":
    account = paypal_client.account(
        settings.PAYPAL_API_BASE.rstrip("/"), settings.PAYPAL_CLIENT_ID, settings.PAYPAL_CLIENT_SECRET
    )
    webhook_ids = settings.PAYPAL_WEBHOOK_ID.replace(",", " ").split()
    return PayPalGateway(account, record=record, webhook_ids=webhook_ids, mode=settings.PAYMENT_MODE)


class PayPalGateway:
    key = "paypal"
    kinds = KINDS
    version = ""

    def __init__(
        self, account: paypal_client.Account, *, record: Callable[[Call], None], webhook_ids: list[str], mode: str
    ):
        self._account = account
        self._record = record
        self._webhook_ids = webhook_ids
        self._mode = mode
        # PayPal’s answers do not say whether their money is real: the host does.
        self._live = urlsplit(account.base).hostname in PAYPAL_HOSTS["live"]

    # --- paying ------------------------------------------------------------------------------------------------------

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
                        **money(bill.total_cents, bill.currency),
                        "breakdown": {
                            "item_total": money(_sum(courses), bill.currency),
                            "tax_total": money(_sum(taxes), bill.currency),
                        },
                    },
                    "items": [
                        {
                            "name": item.name[:127],
                            "quantity": str(item.quantity),
                            "unit_amount": money(item.unit_cents, bill.currency),
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
            order = self._order(reference)
        except Declined as error:
            if error.code != "RESOURCE_NOT_FOUND":
                raise
            return paypal_words.forgotten(reference, live=self._live)
        return paypal_words.notice(order, live=self._live)

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
            order = self._ask("POST", f"/v2/checkout/orders/{_name(reference)}/capture", key=key, body={})
        except Declined as error:
            return self._after_refusal(reference, error)
        return paypal_words.notice(order, live=self._live)

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

    def attempts_since(self, moment: datetime) -> Iterator[Notice]:
        """PayPal lists no orders. The webhooks it sent name those that a buyer agreed to; each is read once."""
        references = {event.reference: None for event in self.events_since(moment) if event.reference}
        yield from map(self.read, references)

    # --- giving back -------------------------------------------------------------------------------------------------

    def refund(
        self, charge_reference: str, *, payment: str, refund: str, cents: int, currency: str, key: str
    ) -> RefundNotice:
        """Declined says why in its code: CAPTURE_FULLY_REFUNDED, PENDING_CAPTURE, TRANSACTION_DISPUTED…"""
        answer = self._ask(
            "POST",
            f"/v2/payments/captures/{_name(charge_reference)}/refund",
            key=key,
            body={"amount": money(cents, currency), "custom_id": refund},
        )
        return paypal_words.refund_notice(answer)

    def read_refund(self, reference: str) -> RefundNotice:
        return paypal_words.refund_notice(self._ask("GET", f"/v2/payments/refunds/{_name(reference)}"))

    def refunds_of(self, reference: str, charge_reference: str) -> list[RefundNotice]:
        """They stand in the order, beside the capture they give back."""
        order = self._order(reference)
        payment = paypal_words.notice(order, live=self._live).payment
        return [paypal_words.refund_notice(refund, payment=payment) for refund in paypal_words.refunds(order)]

    # --- counting ----------------------------------------------------------------------------------------------------

    def movements_of(self, reference: str, charge_reference: str) -> list[Movement]:
        """Captures and refunds tell their fees in the order; what a dispute took stands in the dispute."""
        found = paypal_words.movements(self._order(reference))
        if charge_reference:
            for dispute in self._disputes(disputed_transaction_id=charge_reference):
                found += paypal_words.dispute_movements(dispute)
        return found

    # --- disputes ----------------------------------------------------------------------------------------------------

    def read_dispute(self, reference: str) -> DisputeNotice:
        return paypal_words.dispute_notice(self._dispute(reference), live=self._live)

    def disputes_since(self, moment: datetime) -> Iterator[DisputeNotice]:
        earliest = datetime.now(UTC) - DISPUTES_KEPT + timedelta(hours=1)
        for dispute in self._disputes(start_time=_time(max(moment, earliest))):
            yield paypal_words.dispute_notice(dispute, live=self._live)

    def _disputes(self, **wanted: str) -> Iterator[dict[str, Any]]:
        """PayPal lists disputes in short: each is read in full."""
        asked = urlencode(wanted | {"page_size": DISPUTES_PAGE})
        for page in self._account.pages(f"/v1/customer/disputes?{asked}", record=self._record):
            yield from (self._dispute(dispute["dispute_id"]) for dispute in page.get("items", []))

    def _dispute(self, reference: str) -> dict[str, Any]:
        return self._ask("GET", f"/v1/customer/disputes/{_name(reference)}")

    # --- webhooks ----------------------------------------------------------------------------------------------------

    def verify(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Several webhooks may be in force while one replaces another. Without any, nothing is believed."""
        paypal_signature.check(
            headers,
            body,
            webhook_ids=self._webhook_ids,
            mode=self._mode,
            base=self._account.base,
            fetch=self._certificate,
        )
        return paypal_words.event(json.loads(body), live=self._live)

    def events_since(self, moment: datetime) -> Iterator[Event]:
        asked = urlencode({"start_time": _time(moment), "page_size": EVENTS_PAGE})
        for page in self._account.pages(f"/v1/notifications/webhooks-events?{asked}", record=self._record):
            for sent in page.get("events", []):
                if sent["event_type"] in KINDS:
                    yield paypal_words.event(sent, live=self._live, with_body=True)

    def subscribe(self, url: str) -> Subscription:
        """No secret comes back: the id of the webhook is part of what PayPal signs."""
        asked = {"url": url, "event_types": [{"name": kind} for kind in KINDS]}
        return paypal_words.subscription(self._ask("POST", "/v1/notifications/webhooks", body=asked))

    def subscriptions(self) -> list[Subscription]:
        webhooks = self._ask("GET", "/v1/notifications/webhooks").get("webhooks", [])
        return [paypal_words.subscription(webhook) for webhook in webhooks]

    def unsubscribe(self, id: str) -> None:
        self._ask("DELETE", f"/v1/notifications/webhooks/{_name(id)}")

    # --- the connection ----------------------------------------------------------------------------------------------

    def look(self) -> Look:
        """A new token shows that the keys are good; any list, that the token opens this address."""
        self._account.sign_in(record=self._record)
        answer = self._account.answer("GET", "/v1/notifications/webhooks", record=self._record)
        paypal_client.read(answer)
        return Look(live=self._live, account=self._account.application, clock=clock(answer.headers))

    def _order(self, reference: str) -> dict[str, Any]:
        return self._ask("GET", f"/v2/checkout/orders/{_name(reference)}")

    def _ask(self, method: str, path: str, *, key: str = "", body: dict[str, Any] | None = None) -> dict[str, Any]:
        return self._account.ask(method, path, record=self._record, key=key, body=body)

    def _certificate(self, address: str) -> httpx.Response:
        return self._account.certificate(address, record=self._record)


def _sum(items: list[Item]) -> int:
    return sum(item.quantity * item.unit_cents for item in items)


def _name(reference: str) -> str:
    return quote(reference, safe="")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
