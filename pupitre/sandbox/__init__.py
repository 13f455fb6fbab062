"""The payment sandbox: Stripe and PayPal played on this machine, for demonstrations, training and tests.

A process of its own, never part of the shop: whoever reaches it can mark an order as paid for free. It answers the same
calls, shows the same kind of pages and signs the same webhooks as the real services, so that the shop's code runs
unchanged against it. It holds no real money and refuses every card that is not a published test card.
"""

import ipaddress
import os
from collections.abc import Mapping

SETTINGS = "pupitre.sandbox.settings"
NEEDED = (
    "PUPITRE_STRIPE_SECRET_KEY",
    "PUPITRE_STRIPE_WEBHOOK_SECRETS",
    "PUPITRE_PAYPAL_CLIENT_ID",
    "PUPITRE_PAYPAL_CLIENT_SECRET",
    "PUPITRE_PAYPAL_WEBHOOK_ID",
)

# What the sandbox signs with bears this mark, so that it never holds what guards real money.
MARK = "sandbox"
SIGNED_WITH = ("PUPITRE_STRIPE_WEBHOOK_SECRETS", "PUPITRE_PAYPAL_WEBHOOK_ID")


def serve(host: str = "127.0.0.1", port: int = 8001, *, remote: bool = False) -> None:
    """Run the payment sandbox until it is interrupted. Call it before Django is configured for anything else.

    Port 0 takes any free port; the address is printed.
    """
    reasons = reasons_not_to_start(os.environ, host, remote=remote)
    if reasons:
        raise SystemExit("\n".join(reasons))

    from pupitre.sandbox.server import Server

    server = Server(host, port)
    os.environ.setdefault("PUPITRE_SANDBOX_URL", server.address)
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS

    import django
    from django.conf import settings

    django.setup()
    if settings.SETTINGS_MODULE != SETTINGS:
        raise RuntimeError("The payment sandbox needs a process of its own: Django already runs with other settings.")
    server.run()


def reasons_not_to_start(environment: Mapping[str, str], host: str, *, remote: bool = False) -> list[str]:
    """Why a sandbox here would be dangerous or useless, in plain sentences."""
    reasons = []
    if environment.get("PUPITRE_PAYMENT_MODE", "sandbox").strip().lower() == "live":
        reasons.append("The payment sandbox does not start when PUPITRE_PAYMENT_MODE is “live”.")
    if any(value.strip().startswith(("sk_live_", "rk_live_")) for value in environment.values()):
        reasons.append("The payment sandbox does not start where a live Stripe key is set.")
    missing = [name for name in NEEDED if not environment.get(name, "").strip()]
    if missing:
        reasons.append(f"The payment sandbox needs {', '.join(missing)}, with the same values as the shop.")
    foreign = ", ".join(name for name in SIGNED_WITH if MARK not in (environment.get(name) or MARK).lower())
    if foreign:
        reasons.append(f"The payment sandbox signs only with words made for it, which hold “{MARK}”: see {foreign}.")
    if not _is_loopback(host) and not (remote and environment.get("PUPITRE_SANDBOX_PASSWORD", "").strip()):
        reasons.append(
            "To let other machines reach the payment sandbox, start it with --remote and set PUPITRE_SANDBOX_PASSWORD."
        )
    return reasons


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
