"""Settings with which an installation must not run: it says why, and does not start."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from pupitre import gateways


@register()
def payment_settings(**_: Any) -> list[CheckMessage]:
    """Money goes where the payment mode says, with the keys of that mode."""
    return [Error(problem, id="pupitre.E001") for problem in gateways.problems(settings)]


@register()
def secrets_given(**_: Any) -> list[CheckMessage]:
    """On a laptop the secrets are made and kept; where money is taken, someone must have chosen them."""
    return [
        Error(f"PUPITRE_{name} is empty: give it a long random text, and keep a copy.", id="pupitre.E002")
        for name in ("SECRET_KEY", "CODE_KEY")
        if not getattr(settings, name)
    ]


@register()
def live_shop_is_closed_to_eavesdroppers(**_: Any) -> list[CheckMessage]:
    """A shop that takes money is reached by https, shows neither the demonstration nor its errors, and a password
    alone does not open its back office.
    """
    if settings.PAYMENT_MODE != "live":
        return []
    wrong = {
        "PUPITRE_DEMO must be off when the payment mode is “live”.": settings.DEMO,
        "PUPITRE_OFFICE_TWO_STEPS must be on when the payment mode is “live”.": not settings.OFFICE_TWO_STEPS,
        "PUPITRE_DEBUG must be off when the payment mode is “live”.": settings.DEBUG,
        "PUPITRE_SITE_URL must begin with https:// when the payment mode is “live”.": (
            not settings.SITE_URL.startswith("https://")
        ),
    }
    return [Error(problem, id="pupitre.E003") for problem, found in wrong.items() if found]


@register(Tags.database)
def real_orders_stay_in_live_mode(*, databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Where money was taken, the shop stays live: play money must never pay, refund or renumber a real order."""
    if settings.PAYMENT_MODE == "live" or "default" not in (databases or []):
        return []
    from pupitre.models import Order

    if Order._meta.db_table not in connections["default"].introspection.table_names():
        return []  # a database that is still empty
    if not Order.objects.filter(mode="live").exists():
        return []
    return [
        Error(
            f"This database holds orders paid with real money: the payment mode cannot be “{settings.PAYMENT_MODE}”.",
            hint="Set PUPITRE_PAYMENT_MODE to live. For tests, take another database: a copy names real customers.",
            id="pupitre.E004",
        )
    ]
