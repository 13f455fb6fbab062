"""Whether everything is in place to be paid: what is wrong, in plain sentences for whoever runs the shop."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings

from pupitre import clock, gateways
from pupitre.actions import services, webhooks
from pupitre.gateways import Gateway
from pupitre.models import Payment
from pupitre.models.payments import Means
from pupitre.queries.money import last_notice_at

FARTHEST_CLOCK = timedelta(minutes=2)
SILENCE = timedelta(hours=1)  # a webhook comes within seconds; nobody is woken for a late one


def problems() -> list[str]:
    """Everything that keeps the shop from being paid, or from learning that it was. None when all is right."""
    return [f"{_name(means)}: {problem}" for means in Means for problem in _problems_of(means)]


def _problems_of(means: Means) -> Iterator[str]:
    if means not in services.in_use():
        yield "no keys: nobody can pay by this means."
        return
    gateway = services.service(means)
    try:
        yield from _connection(gateway)
        yield from _webhooks(means, gateway)
    except gateways.Unreachable as trouble:
        yield f"it does not answer: {trouble}"
    except gateways.GatewayError as trouble:
        yield f"it refuses our keys: {trouble}"
    yield from _silence(means)


def _connection(gateway: Gateway) -> Iterator[str]:
    look = gateway.look()
    if look.live != (settings.PAYMENT_MODE == "live"):
        kind = "real" if look.live else "test"
        yield f"the keys open an account of {kind} money, and the payment mode is “{settings.PAYMENT_MODE}”."
    skew = abs(look.clock - clock.now()) if look.clock else timedelta(0)
    if skew > FARTHEST_CLOCK:
        seconds = round(skew.total_seconds())
        yield f"the clock of this machine is {seconds} seconds away from the service’s: its webhooks would be refused."


def _webhooks(means: Means, gateway: Gateway) -> Iterator[str]:
    secrets = {Means.STRIPE: settings.STRIPE_WEBHOOK_SECRETS, Means.PAYPAL: settings.PAYPAL_WEBHOOK_ID}
    if not secrets[means]:
        yield "no secret to check its webhooks with: they are all refused. Run pupitre payments setup."
    everything = gateway.subscriptions()
    if settings.PAYMENT_MODE == "sandbox" and not everything:
        return  # the payment sandbox tells the shop by itself, as long as nobody asks otherwise
    address = webhooks.address_of(means)
    ours = [webhook for webhook in everything if webhook.url == address]
    if not ours:
        elsewhere = ", ".join(sorted({webhook.url for webhook in everything}))
        yield f"no webhook leads to {address}. Run pupitre payments setup." + (
            f" There are some to {elsewhere}." if elsewhere else ""
        )
    elif all(webhooks.faults(gateway, webhook) for webhook in ours):
        for fault in webhooks.faults(gateway, ours[0]):
            yield f"webhook {ours[0].id}: {fault}. Run pupitre payments setup."
    if ours and means == Means.PAYPAL and not any(webhook.id in settings.PAYPAL_WEBHOOK_ID for webhook in ours):
        yield "the webhook that leads here is not the one of PUPITRE_PAYPAL_WEBHOOK_ID. Run pupitre payments setup."


def _silence(means: Means) -> Iterator[str]:
    """Payments succeed and no webhook comes: they were found by asking, and later than they could be."""
    paid = Payment.objects.filter(means=means, mode=settings.PAYMENT_MODE, status=Payment.Status.SUCCEEDED)
    last_paid = paid.order_by("-settled_at").values_list("settled_at", flat=True).first()
    told = last_notice_at(means)
    if last_paid is None or clock.now() < last_paid + SILENCE:
        return
    if told is None:
        yield "payments succeeded, and no webhook was ever received."
    elif told < last_paid - SILENCE:
        yield f"no webhook was received since {told:%Y-%m-%d %H:%M} UTC; the last payment is of {last_paid:%Y-%m-%d}."


def _name(means: Means) -> str:
    return "Stripe" if means == Means.STRIPE else "PayPal"
