"""Who hears of an event: the addresses registered with a service, or the shop’s own while there are none."""

from dataclasses import dataclass

from django.conf import settings

from pupitre.sandbox.state import state

# What the shop subscribes to. The other kinds are made only when somebody asked for them.
USUAL = {
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
}
ADDRESSES = {"stripe": "/paiements/stripe/avis/", "paypal": "/paiements/paypal/avis/"}


@dataclass(frozen=True)
class Recipient:
    name: str  # of the registration, "" for the shop’s own address
    url: str
    secret: str  # what its signatures are made with: a secret at Stripe, the webhook’s own id at PayPal
    kinds: frozenset[str]

    def wants(self, kind: str) -> bool:
        return kind in self.kinds or "*" in self.kinds


def recipients(service: str) -> list[Recipient]:
    return (_of_stripe() if service == "stripe" else _of_paypal()) or [_the_shop(service)]


def recipient(service: str, name: str) -> Recipient | None:
    """The one with this name, if it was not forgotten meanwhile."""
    if not name:
        return _the_shop(service)
    return next((one for one in recipients(service) if one.name == name), None)


def _of_stripe() -> list[Recipient]:
    return [
        Recipient(one["id"], one["url"], one["_secret"], frozenset(one["enabled_events"]))
        for one in state.all("webhook_endpoint", status="enabled")
    ]


def _of_paypal() -> list[Recipient]:
    return [
        Recipient(one["id"], one["url"], one["id"], frozenset(kind["name"] for kind in one["event_types"]))
        for one in state.all("paypal_webhook")
    ]


def _the_shop(service: str) -> Recipient:
    switches = state.switches()
    secrets = {"stripe": settings.STRIPE_WEBHOOK_SECRET, "paypal": settings.PAYPAL_WEBHOOK_ID}
    url = switches["webhook_urls"].get(service) or settings.SITE_URL + ADDRESSES[service]
    return Recipient("", url, secrets[service], frozenset(["*"] if switches["shuffle"] else USUAL))
