"""The payment services, as actions reach them: each question put to them is kept."""

from django.conf import settings

from pupitre import gateways
from pupitre.models import Payment, ProviderCall
from pupitre.models.payments import Means

# The service answers, and does not want to speak of this payment: of another account, or too old. The others may do.
KNOWS_NOTHING_OF_IT = (gateways.Declined, gateways.Misconfigured)


def in_use() -> list[Means]:
    """The services that this installation has keys for."""
    keys = {
        Means.STRIPE: settings.STRIPE_SECRET_KEY,
        Means.PAYPAL: settings.PAYPAL_CLIENT_ID and settings.PAYPAL_CLIENT_SECRET,
    }
    return [means for means, key in keys.items() if key]


def gateway_of(payment: Payment) -> gateways.Gateway:
    """The service that a payment is made through."""
    return service(payment.means)


def service(means: str) -> gateways.Gateway:
    """The service of this name. Every call is written down: what was asked, and when."""

    def record(call: gateways.Call) -> None:
        ProviderCall.objects.create(means=means, **vars(call))

    return gateways.connect(means, record=record)
