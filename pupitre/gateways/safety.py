"""Where money may go: each payment mode has its own addresses and its own keys, and they never mix."""

from typing import Any
from urllib.parse import urlsplit

STRIPE_ADDRESS = "https://api.stripe.com"
PAYPAL_HOSTS = {
    "live": ("api-m.paypal.com", "api.paypal.com"),
    "test": ("api-m.sandbox.paypal.com", "api.sandbox.paypal.com"),
}
LIVE_KEYS = ("sk_live_", "rk_live_")
TEST_KEYS = ("sk_test_", "rk_test_")
SANDBOX_MARK = "sandbox"  # stands in every key made for the payment sandbox: none of them may guard real money
SECRETS = (
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRETS",
    "PAYPAL_CLIENT_ID",
    "PAYPAL_CLIENT_SECRET",
    "PAYPAL_WEBHOOK_ID",
)


def problems(settings: Any) -> list[str]:
    """What makes these settings dangerous or useless, in plain sentences. An installation with a problem must not run.

    Only the payment sandbox may stand elsewhere than at the services' own addresses, and it never meets a live key.
    A PayPal key does not show whether it is live: its address decides, and PayPal refuses the keys of the other one.
    """
    mode = settings.PAYMENT_MODE
    if mode == "sandbox":
        return [*_live_keys_in_the_sandbox(settings), *_services_in_place_of_the_sandbox(settings)]
    if mode not in PAYPAL_HOSTS:
        return [f"PUPITRE_PAYMENT_MODE is “{mode}”: it must be live, test or sandbox."]
    return [
        *_missing_secrets(settings),
        *_secrets_of_the_sandbox(settings),
        *_wrong_addresses(settings, mode),
        *_wrong_stripe_keys(settings, mode),
    ]


def _live_keys_in_the_sandbox(settings: Any) -> list[str]:
    if not settings.STRIPE_SECRET_KEY.startswith(LIVE_KEYS):
        return []
    return ["PUPITRE_STRIPE_SECRET_KEY is a live key: the payment mode “sandbox” must never hold one."]


def _services_in_place_of_the_sandbox(settings: Any) -> list[str]:
    found = []
    if settings.STRIPE_SECRET_KEY and _belongs_to(settings.STRIPE_API_BASE, "stripe.com"):
        found.append("PUPITRE_STRIPE_API_BASE is Stripe’s own address: in sandbox mode, give the payment sandbox’s.")
    if settings.PAYPAL_CLIENT_ID and _belongs_to(settings.PAYPAL_API_BASE, "paypal.com"):
        found.append("PUPITRE_PAYPAL_API_BASE is PayPal’s own address: in sandbox mode, give the payment sandbox’s.")
    return found


def _belongs_to(address: str, domain: str) -> bool:
    return f".{urlsplit(address).hostname or ''}".endswith(f".{domain}")


def _missing_secrets(settings: Any) -> list[str]:
    return [f"PUPITRE_{name} is empty." for name in SECRETS if not getattr(settings, name)]


def _secrets_of_the_sandbox(settings: Any) -> list[str]:
    return [
        f"PUPITRE_{name} was made for the payment sandbox: give the one that the payment service shows you."
        for name in SECRETS
        if SANDBOX_MARK in str(getattr(settings, name)).lower()
    ]


def _wrong_addresses(settings: Any, mode: str) -> list[str]:
    official = {"STRIPE_API_BASE": STRIPE_ADDRESS, "PAYPAL_API_BASE": f"https://{PAYPAL_HOSTS[mode][0]}"}
    return [
        f"PUPITRE_{name} must be {address} when the payment mode is “{mode}”."
        for name, address in official.items()
        if getattr(settings, name).rstrip("/") != address
    ]


def _wrong_stripe_keys(settings: Any, mode: str) -> list[str]:
    found = []
    beginnings = LIVE_KEYS if mode == "live" else TEST_KEYS
    if settings.STRIPE_SECRET_KEY and not settings.STRIPE_SECRET_KEY.startswith(beginnings):
        expected = " or ".join(beginnings)
        found.append(f"PUPITRE_STRIPE_SECRET_KEY must begin with {expected} when the payment mode is “{mode}”.")
    if not all(secret.startswith("whsec_") for secret in settings.STRIPE_WEBHOOK_SECRETS):
        found.append("PUPITRE_STRIPE_WEBHOOK_SECRETS must hold signing secrets, which begin with whsec_.")
    return found
