"""Cards, through Stripe's hosted payment page.

One Checkout Session is one attempt to pay. Its page belongs to Stripe: no card number ever comes near us. The official
SDK does the talking (`stripe_client.py`), its objects are put in our words by `stripe_words.py`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import stripe

from pupitre.gateways import (
    BadSignature,
    Bill,
    Call,
    Declined,
    DisputeNotice,
    Event,
    Look,
    Misconfigured,
    Movement,
    Notice,
    RefundNotice,
    Started,
    Subscription,
    stripe_words,
)
from pupitre.gateways.headers import clock
from pupitre.gateways.stripe_client import connect, errors_in_our_words

SIGNATURE_LIFE = 300  # seconds: an older signature may be a recording played again
PAGE = 100  # the longest list that Stripe gives at once
DETAILS = ["payment_intent.latest_charge"]
LOCALES = {"fr-ca": "fr-CA", "en": "en"}
KINDS: tuple[str, ...] = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.payment_failed",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.refunded",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
)


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
    kinds = KINDS
    version = stripe.api_version

    def __init__(
        self, *, api_base: str, secret_key: str, webhook_secrets: list[str], site: str, record: Callable[[Call], None]
    ):
        self._webhook_secrets = webhook_secrets
        self._site = site
        self._api = connect(api_base, secret_key, record)

    # --- paying ------------------------------------------------------------------------------------------------------

    def request(self, bill: Bill) -> dict[str, Any]:
        """Every line of the bill becomes a line of Stripe's page, taxes included: the sum is ours to the cent.

        `expires_at` must be 30 minutes ahead when the request arrives, and 24 hours at most. The metadata stands
        twice because charges carry the intent's, not the session's.
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
                "statement_descriptor_suffix": stripe_words.on_the_statement(bill.order_number),
                "metadata": marks,
            },
            **({"customer_email": bill.customer_email} if bill.customer_email else {}),
            "locale": LOCALES[bill.language],
            "expires_at": int(bill.expires_at.timestamp()),
            "success_url": bill.return_url,
            "cancel_url": bill.cancel_url,
        }

    def start(self, request: dict[str, Any], *, key: str) -> Started:
        with errors_in_our_words():
            session = self._api.checkout.sessions.create(params=request, options={"idempotency_key": key})
        return Started(reference=session.id, url=session.url or "")

    def read(self, reference: str) -> Notice:
        with errors_in_our_words():
            session = self._api.checkout.sessions.retrieve(reference, params={"expand": DETAILS})
        return stripe_words.notice(session.to_dict())

    def close(self, reference: str) -> Notice:
        """Expire the session. Stripe refuses when it is no longer open: then it was paid, or closed already."""
        try:
            with errors_in_our_words():
                session = self._api.checkout.sessions.expire(reference, params={"expand": DETAILS})
        except Declined:
            return self.read(reference)
        return stripe_words.notice(session.to_dict())

    def capture(self, reference: str, *, key: str) -> Notice:
        """Stripe takes the money on its own page: there is nothing left to take, only to read."""
        return self.read(reference)

    def attempts_since(self, moment: datetime) -> Iterator[Notice]:
        expand = [f"data.{detail}" for detail in DETAILS]
        for session in self._every(self._api.checkout.sessions, created=_since(moment), expand=expand):
            yield stripe_words.notice(session)

    # --- giving back -------------------------------------------------------------------------------------------------

    def refund(
        self, charge_reference: str, *, payment: str, refund: str, cents: int, currency: str, key: str
    ) -> RefundNotice:
        with errors_in_our_words():
            answer = self._api.refunds.create(
                params={
                    "payment_intent": charge_reference,
                    "amount": cents,
                    "reason": "requested_by_customer",
                    "metadata": {"payment": payment, "refund": refund},
                },
                options={"idempotency_key": key},
            )
        return stripe_words.refund_notice(answer.to_dict())

    def read_refund(self, reference: str) -> RefundNotice:
        with errors_in_our_words():
            answer = self._api.refunds.retrieve(reference)
        return stripe_words.refund_notice(answer.to_dict())

    def refunds_of(self, reference: str, charge_reference: str) -> list[RefundNotice]:
        """Stripe keeps them under the intent, which exists once the buyer has begun to pay."""
        if not charge_reference:
            return []
        refunds = self._every(self._api.refunds, payment_intent=charge_reference)
        return [stripe_words.refund_notice(refund) for refund in refunds]

    # --- counting ----------------------------------------------------------------------------------------------------

    def movements_of(self, reference: str, charge_reference: str) -> list[Movement]:
        """A charge, each refund, and each dispute have lines of their own; a refund that failed has a second one."""
        if not charge_reference:
            return []
        with errors_in_our_words():
            intent = self._api.payment_intents.retrieve(
                charge_reference, params={"expand": ["latest_charge.balance_transaction"]}
            )
        charge = intent.to_dict().get("latest_charge") or {}
        found = stripe_words.movements("charge", charge.get("balance_transaction"))
        lines = ["balance_transaction", "failure_balance_transaction"]
        expand = [f"data.{line}" for line in lines]
        for refund in self._every(self._api.refunds, payment_intent=charge_reference, expand=expand):
            found += stripe_words.movements("refund", *map(refund.get, lines))
        for dispute in self._every(self._api.disputes, payment_intent=charge_reference):
            found += stripe_words.movements("dispute", *dispute["balance_transactions"])
        return found

    # --- disputes ----------------------------------------------------------------------------------------------------

    def read_dispute(self, reference: str) -> DisputeNotice:
        with errors_in_our_words():
            dispute = self._api.disputes.retrieve(reference, params={"expand": ["payment_intent"]})
        return stripe_words.dispute_notice(dispute.to_dict())

    def disputes_since(self, moment: datetime) -> Iterator[DisputeNotice]:
        for dispute in self._every(self._api.disputes, created=_since(moment), expand=["data.payment_intent"]):
            yield stripe_words.dispute_notice(dispute)

    # --- webhooks ----------------------------------------------------------------------------------------------------

    def verify(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Several secrets may be in force while one replaces another. Without any, nothing is believed."""
        signature = {name.lower(): value for name, value in headers.items()}.get("stripe-signature", "")
        if not any(_signed(body, signature, secret) for secret in self._webhook_secrets):
            raise BadSignature("The signature of this webhook is not Stripe’s.")
        return stripe_words.event(json.loads(body))

    def events_since(self, moment: datetime) -> Iterator[Event]:
        """Stripe keeps its events for thirty days."""
        for sent in self._every(self._api.events, created=_since(moment), types=list(KINDS)):
            yield stripe_words.event(sent, with_body=True)

    def subscribe(self, url: str) -> Subscription:
        """The webhooks are to be written as our SDK reads them: in its version of Stripe's interface."""
        asked = {"url": url, "enabled_events": list(KINDS), "api_version": self.version}
        with errors_in_our_words():
            endpoint = self._api.webhook_endpoints.create(params=asked)
        return stripe_words.subscription(endpoint.to_dict())

    def subscriptions(self) -> list[Subscription]:
        return [stripe_words.subscription(endpoint) for endpoint in self._every(self._api.webhook_endpoints)]

    def unsubscribe(self, id: str) -> None:
        with errors_in_our_words():
            self._api.webhook_endpoints.delete(id)

    # --- the connection ----------------------------------------------------------------------------------------------

    def look(self) -> Look:
        with errors_in_our_words():
            balance = self._api.balance.retrieve()
        return Look(live=balance.livemode, account=self._account(), clock=clock(balance.last_response.headers))

    def _account(self) -> str:
        try:
            with errors_in_our_words():
                account = self._api.accounts.retrieve_current()
        except Misconfigured:  # a restricted key may open payments without showing whose they are
            return ""
        return str(account.id)

    def _every(self, service: Any, **wanted: Any) -> Iterator[dict[str, Any]]:
        """All the objects of a list, page after page."""
        with errors_in_our_words():
            for thing in service.list(params=wanted | {"limit": PAGE}).auto_paging_iter():
                yield thing.to_dict()


def _since(moment: datetime) -> dict[str, int]:
    return {"gte": int(moment.timestamp())}


def _signed(body: bytes, signature: str, secret: str) -> bool:
    if not signature.isascii():  # the SDK's comparison would crash on it
        return False
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, SIGNATURE_LIFE)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True
