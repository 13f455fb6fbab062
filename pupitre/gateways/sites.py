"""Where a person finds something on a payment service’s own site."""

from django.conf import settings


def dispute_page(means: str, reference: str, mode: str) -> str:
    """The page where a dispute is answered. PayPal lists them all on one page."""
    if mode == "sandbox":
        return f"{settings.SANDBOX_URL}/_sandbox/"
    is_live = mode == "live"
    if means == "stripe":
        return f"https://dashboard.stripe.com/{'' if is_live else 'test/'}disputes/{reference}"
    return f"https://www.{'' if is_live else 'sandbox.'}paypal.com/resolutioncenter/"
