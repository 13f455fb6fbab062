"""What can be done about the addresses to which the payment services send their webhooks: make them, retire them.

Two may be in force while one replaces the other: what the old one signs is still believed.
"""

from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse

from pupitre import kept_webhooks
from pupitre.actions.services import service
from pupitre.gateways import Gateway, Subscription
from pupitre.kept_webhooks import KeptWebhook


@dataclass
class SetUp:
    """What was done at one service: the webhook that was made or found, and those that were removed."""

    means: str
    webhook: Subscription
    is_new: bool = False
    retired: list[str] = field(default_factory=list)

    @property
    def kept(self) -> KeptWebhook:
        return KeptWebhook(self.means, settings.PAYMENT_MODE, self.webhook.id, self.webhook.secret)


def address_of(means: str) -> str:
    """Where a service is to tell the shop what happens."""
    return settings.SITE_URL + reverse("payment_notice", args=[means])


def of_this_shop(means: str) -> list[Subscription]:
    """The webhooks of a service that lead to this shop."""
    return [webhook for webhook in service(means).subscriptions() if webhook.url == address_of(means)]


def faults(gateway: Gateway, webhook: Subscription) -> list[str]:
    """What a webhook lacks to tell us all that we need, in the words that we can read."""
    found = []
    if not webhook.enabled:
        found.append("it was disabled by the service")
    if webhook.version != gateway.version:
        found.append(f"it is written in version {webhook.version or 'of the account'}, not {gateway.version}")
    missing = [] if "*" in webhook.kinds else [kind for kind in gateway.kinds if kind not in webhook.kinds]
    if missing:
        found.append(f"it does not announce {', '.join(missing)}")
    return found


def set_up(means: str, *, renew: bool = False) -> SetUp:
    """Have a webhook in force that leads here: the one we use already if it is sound, or else a new one."""
    gateway = service(means)
    ours = of_this_shop(means)
    in_use = next((webhook for webhook in _usable(means, ours) if not faults(gateway, webhook)), None)
    if in_use is not None and not renew:
        return SetUp(means, in_use)
    if means == "paypal":
        # PayPal takes one webhook for an address. What it would have told meanwhile, the nightly sweep finds.
        for webhook in ours:
            gateway.unsubscribe(webhook.id)
    return SetUp(means, gateway.subscribe(address_of(means)), is_new=True)


def retire_others(done: SetUp) -> None:
    """Remove the other webhooks that lead here, now that the new one is in force everywhere."""
    gateway = service(done.means)
    for webhook in of_this_shop(done.means):
        if webhook.id != done.webhook.id:
            gateway.unsubscribe(webhook.id)
            done.retired.append(webhook.id)


def keep(done: SetUp, *, alone: bool) -> bool:
    """Keep what the settings need to believe a webhook, before the former ones, or `alone` once they are retired.

    False when it cannot be kept: Stripe does not tell the secret of a webhook twice.
    """
    former = kept_webhooks.read(settings.DATA_DIR)
    known = next((one for one in former if (one.means, one.id) == (done.means, done.webhook.id)), done.kept)
    if done.means == "stripe" and not known.secret:
        return False
    others = [
        one
        for one in former
        if one.id != known.id and not (alone and (one.means, one.mode) == (known.means, known.mode))
    ]
    kept_webhooks.write(settings.DATA_DIR, [known, *others])
    return True


def _usable(means: str, ours: list[Subscription]) -> list[Subscription]:
    """Those whose signatures we can check, the latest first. PayPal signs with its id; Stripe told a secret, once."""
    kept = [one.id for one in kept_webhooks.read(settings.DATA_DIR) if one.means == means]
    if kept:
        return sorted((webhook for webhook in ours if webhook.id in kept), key=lambda webhook: kept.index(webhook.id))
    return ours if means == "paypal" or settings.STRIPE_WEBHOOK_SECRETS else []
