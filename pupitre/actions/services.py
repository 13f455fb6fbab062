"""The payment services, as actions reach them: each question put to them is kept."""

from pupitre import gateways
from pupitre.models import Payment, ProviderCall


def gateway_of(payment: Payment) -> gateways.Gateway:
    """The service that a payment is made through. Every call is written down: what was asked, and when."""

    def record(call: gateways.Call) -> None:
        ProviderCall.objects.create(means=payment.means, **vars(call))

    return gateways.connect(payment.means, record=record)
