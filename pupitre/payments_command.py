"""`pupitre payments …`: the commands for whoever answers for the money."""

import argparse
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pupitre.starting import start_django, what_is_wrong

# These settings are what `setup` brings: it must run before they are there.
BROUGHT_BY_SETUP = ("PUPITRE_STRIPE_WEBHOOK_SECRETS is empty", "PUPITRE_PAYPAL_WEBHOOK_ID is empty")
SETTINGS = {"stripe": "PUPITRE_STRIPE_WEBHOOK_SECRETS", "paypal": "PUPITRE_PAYPAL_WEBHOOK_ID"}
NAMES = {"stripe": "Stripe", "paypal": "PayPal"}
WIDTH = 14


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    payments = commands.add_parser("payments", help="set the payment services up, check them, count what came in")
    deeds = payments.add_subparsers(title="commands", metavar="COMMAND", required=True)

    setup = deeds.add_parser("setup", help="make the webhooks by which the payment services tell what happens")
    setup.add_argument("--print", action="store_true", help="print the settings to copy, instead of keeping them here")
    setup.add_argument("--renew", action="store_true", help="make a new one at Stripe even if there is one already")
    setup.add_argument("--retire-old", action="store_true", help="remove the former ones, once all nodes know the new")
    setup.set_defaults(do=_setup)

    check = deeds.add_parser("check", help="say what keeps the shop from being paid, or that all is right")
    check.set_defaults(do=_check)

    report = deeds.add_parser("report", help="what came in, what went back, and the fees, for a month")
    report.add_argument("--month", type=_month, help="as in 2026-11 (default: this month)")
    report.add_argument("--language", choices=["fr", "en"], default=_system_language(), help="default: the system’s")
    report.set_defaults(do=_report)

    add_reconcile_to(deeds)


def add_reconcile_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    reconcile = commands.add_parser(
        "reconcile", help="after a backup was restored: ask what the database has forgotten"
    )
    reconcile.add_argument("--since", type=_moment, required=True, help="the day, or the moment, of the backup")
    reconcile.set_defaults(do=_reconcile)


# --- setup -----------------------------------------------------------------------------------------------------------
def _setup(wanted: argparse.Namespace) -> int:
    start_django()
    wrong = [problem for problem in what_is_wrong() if not problem.startswith(BROUGHT_BY_SETUP)]
    if wrong:
        return _fail(wrong)
    from pupitre import gateways
    from pupitre.actions import services, webhooks

    for means in services.in_use():
        try:
            done = webhooks.set_up(means, renew=wanted.renew)
            if wanted.retire_old:
                webhooks.retire_others(done)
        except gateways.GatewayError as trouble:
            return _fail([f"{NAMES[means]}: {trouble}"])
        _tell(done, wanted)
    return 0


def _tell(done, wanted: argparse.Namespace) -> None:
    """Say what was done, and keep what the settings need, or print it where the environment decides."""
    from django.conf import settings

    from pupitre import kept_webhooks
    from pupitre.actions import webhooks

    name, setting = NAMES[done.means], SETTINGS[done.means]
    print(f"{name}: webhook {done.webhook.id} {'is made' if done.is_new else 'is in place'}: {done.webhook.url}")
    for retired in done.retired:
        print(f"{name}: webhook {retired} is removed")
    if wanted.print or os.environ.get(setting):
        word = done.webhook.id if done.means == "paypal" else done.webhook.secret
        former = "" if wanted.retire_old else os.environ.get(setting, "")
        if word:
            print(f"  {setting}={','.join(dict.fromkeys([word, *former.replace(',', ' ').split()]))}")
    elif webhooks.keep(done, alone=wanted.retire_old):
        print(f"  kept in {settings.DATA_DIR / kept_webhooks.NAME}: start pupitre web and pupitre worker again")


# --- check -----------------------------------------------------------------------------------------------------------
def _check(wanted: argparse.Namespace) -> int:
    start_django()
    if wrong := what_is_wrong():
        return _fail(wrong)
    from pupitre.actions import inspection
    from pupitre.queries import attention

    found = inspection.problems()
    for sentence in [*found, *attention.waiting_for_a_person()]:
        print(sentence)
    if found:
        return 1
    print("The shop can be paid: keys, webhooks and clocks are right.")
    return 0


# --- reconcile -------------------------------------------------------------------------------------------------------
def _reconcile(wanted: argparse.Namespace) -> int:
    start_django()
    if wrong := what_is_wrong():
        return _fail(wrong)
    from pupitre import gateways
    from pupitre.actions import reconciliation

    try:
        findings = reconciliation.reconcile(_in_our_zone(wanted.since))
    except gateways.GatewayError as trouble:
        return _fail([f"A payment service could not be asked: {trouble}. What was done stays done: try again."])
    for sentence in _findings(findings):
        print(sentence)
    return 1 if findings.strays or findings.troubles else 0


def _findings(findings) -> Iterator[str]:
    yield f"{findings.looked_at} attempts to pay looked at, {findings.missed_events} webhooks found that never came."
    for payment in findings.settled:
        yield f"order {payment.order}: payment {payment.provider_reference} is now {payment.status}"
    for reference in findings.closed:
        yield f"payment page {reference}: no order explains it; closed, so that nobody pays for nothing"
    for stray in findings.strays:
        amount = f"{stray.amount_cents} cents {stray.currency}"
        yield f"payment {stray.provider_reference} of order {stray.order_number}: {amount}, unknown to our database"
    yield from findings.troubles


def _in_our_zone(moment: datetime) -> datetime:
    from django.conf import settings

    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))


# --- report ----------------------------------------------------------------------------------------------------------
def _report(wanted: argparse.Namespace) -> int:
    start_django()
    if wrong := what_is_wrong():
        return _fail(wrong)
    from django.utils import timezone, translation

    from pupitre.queries import money

    first_day = wanted.month or timezone.localdate().replace(day=1)
    language = "fr-ca" if wanted.language == "fr" else "en"
    with translation.override(language):
        for line in _lines(money.month(first_day), language):
            print(line)
    return 0


def _lines(month, language: str) -> Iterator[str]:
    from django.utils.translation import gettext as _

    from pupitre import formats
    from pupitre.models.payments import Means

    titles = [_("Payments"), _("Refunds"), _("Disputes"), _("Fees"), _("Net")]
    yield _("Payments of {month}, as the services wrote them").format(month=formats.month(month.first_day, language))
    yield ""
    if month.rows:
        yield " " * WIDTH + "".join(f"{title:>{WIDTH}}" for title in titles)
    for row in month.rows:
        cents = [row.gross_cents, row.refunds_cents, row.disputes_cents, -row.fees_cents, row.net_cents]
        amounts = "".join(f"{formats.money(amount, language):>{WIDTH}}" for amount in cents)
        yield f"{Means(row.means).label!s:<{WIDTH}}{amounts}" + ("" if row.currency == "CAD" else f" {row.currency}")
    if not month.rows:
        yield _("The services wrote nothing for this month.")
    yield ""
    for means, cents in month.to_come.items():
        said = _("{means}: {amount} still to be paid out to you.")
        yield said.format(means=Means(means).label, amount=formats.money(cents, language))
    if month.lost_cents:
        said = _("Taken back by disputes lost this month, and still owed by the buyers: {amount}.")
        yield said.format(amount=formats.money(month.lost_cents, language))
    if month.not_written_yet:
        said = _("Payments that a service has not written in its books yet: {n}.")
        yield said.format(n=formats.number(month.not_written_yet, language))


# --- what is typed ---------------------------------------------------------------------------------------------------
def _month(typed: str) -> date:
    try:
        return datetime.strptime(typed, "%Y-%m").date()
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{typed}” is not a month: type it as in 2026-11.") from None


def _moment(typed: str) -> datetime:
    try:
        return datetime.fromisoformat(typed)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{typed}” is not a day or a moment: type it as in 2026-11-23.") from None


def _system_language() -> str:
    """The language of the terminal, French when it says none."""
    chosen = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "en" if chosen.startswith("en") else "fr"


def _fail(sentences: list[str]) -> int:
    for sentence in sentences:
        print(sentence, file=sys.stderr)
    return 1
