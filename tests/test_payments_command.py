"""`pupitre payments …`, as whoever answers for the money types it, against the real sandbox."""

import json
import os
import re
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from pupitre import clock, gateways, kept_webhooks
from pupitre.__main__ import main
from pupitre.actions import fees, payments
from pupitre.models import BalanceEntry, Order, Payment, ProviderEvent, StrayPayment
from tests.world import a_provider, a_session, an_order, an_owner

pytestmark = pytest.mark.django_db

SITE = "https://formations.example"


@pytest.fixture(autouse=True)
def shop(sandbox, settings, tmp_path):
    a_provider()
    settings.SITE_URL = SITE
    settings.DATA_DIR = tmp_path
    return settings


@pytest.fixture
def run(capsys):
    """Type a command: its exit code, and the lines it says."""

    def run(*typed):
        capsys.readouterr()
        code = main(list(typed))
        said = capsys.readouterr()
        return SimpleNamespace(code=code, lines=(said.out + said.err).splitlines())

    return run


@pytest.fixture
def restart(settings):
    """What the settings read when the processes start again."""

    def restart():
        kept = kept_webhooks.read(settings.DATA_DIR)
        settings.STRIPE_WEBHOOK_SECRETS = [one.secret for one in kept if one.means == "stripe"]
        settings.PAYPAL_WEBHOOK_ID = ", ".join(one.id for one in kept if one.means == "paypal")

    return restart


def subscriptions(means):
    return [webhook.id for webhook in gateways.connect(means).subscriptions()]


class TestSetup:
    @pytest.fixture(autouse=True)
    def nothing_known_yet(self, settings):
        settings.STRIPE_WEBHOOK_SECRETS, settings.PAYPAL_WEBHOOK_ID = [], ""

    def test_it_makes_both_webhooks_and_keeps_their_secrets_for_their_owner_only(self, run, settings):
        done = run("payments", "setup")

        [stripe], [paypal] = (gateways.connect(means).subscriptions() for means in ("stripe", "paypal"))
        assert done.code == 0
        assert (stripe.url, paypal.url) == (f"{SITE}/paiements/stripe/avis/", f"{SITE}/paiements/paypal/avis/")
        kept = {one.means: one for one in kept_webhooks.read(settings.DATA_DIR)}
        assert (kept["stripe"].id, kept["paypal"].id) == (stripe.id, paypal.id)
        assert kept["stripe"].secret.startswith("whsec_")
        assert stat.S_IMODE((settings.DATA_DIR / kept_webhooks.NAME).stat().st_mode) == 0o600
        assert not any("whsec_" in line for line in done.lines), "a secret is not for the screen"

    def test_doing_it_again_makes_no_other(self, run, restart):
        run("payments", "setup")
        restart()
        before = subscriptions("stripe") + subscriptions("paypal")

        done = run("payments", "setup")

        assert subscriptions("stripe") + subscriptions("paypal") == before
        assert [line for line in done.lines if "is in place" in line]

    def test_two_secrets_are_in_force_until_the_old_one_is_retired(self, run, restart, settings):
        run("payments", "setup")
        restart()
        [old] = settings.STRIPE_WEBHOOK_SECRETS

        run("payments", "setup", "--renew")
        restart()
        both, seen = settings.STRIPE_WEBHOOK_SECRETS, subscriptions("stripe")
        run("payments", "setup", "--retire-old")
        restart()

        assert (len(both), both[1], len(seen)) == (2, old, 2)
        assert both[:1] == settings.STRIPE_WEBHOOK_SECRETS
        assert len(subscriptions("stripe")) == 1

    def test_several_nodes_get_the_lines_to_copy_and_nothing_is_kept_here(self, run, settings):
        done = run("payments", "setup", "--print")

        assert [line for line in done.lines if re.match(r"  PUPITRE_STRIPE_WEBHOOK_SECRETS=whsec_\w+$", line)]
        assert [line for line in done.lines if re.match(r"  PUPITRE_PAYPAL_WEBHOOK_ID=\w+$", line)]
        assert kept_webhooks.read(settings.DATA_DIR) == []

    def test_where_the_environment_decides_the_new_secret_is_printed_beside_the_old_one(self, run, monkeypatch):
        monkeypatch.setenv("PUPITRE_STRIPE_WEBHOOK_SECRETS", "whsec_old")

        done = run("payments", "setup", "--renew")

        assert [line for line in done.lines if re.match(r"  PUPITRE_STRIPE_WEBHOOK_SECRETS=whsec_\w+,whsec_old$", line)]

    def test_what_it_kept_is_read_when_the_settings_start(self, run, settings, monkeypatch):
        run("payments", "setup")
        kept = {one.means: one for one in kept_webhooks.read(settings.DATA_DIR)}

        found = read_settings(settings.DATA_DIR)
        given = read_settings(settings.DATA_DIR, PUPITRE_STRIPE_WEBHOOK_SECRETS="whsec_of_the_environment")
        elsewhere = read_settings(settings.DATA_DIR, PUPITRE_PAYMENT_MODE="test")

        assert found == ([kept["stripe"].secret], kept["paypal"].id)
        assert given == (["whsec_of_the_environment"], kept["paypal"].id)
        assert elsewhere == ([], ""), "a webhook of the sandbox guards nothing else"

    def test_a_webhook_that_lacks_something_is_replaced(self, run, sandbox, restart):
        run("payments", "setup")
        restart()
        [stripe] = subscriptions("stripe")
        disable(sandbox, stripe)

        run("payments", "setup")

        assert len(subscriptions("stripe")) == 2

    def test_the_service_that_does_not_answer_is_named(self, run, settings):
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"

        done = run("payments", "setup")

        assert (done.code, done.lines[-1].startswith("Stripe: ")) == (1, True)


def read_settings(data_dir, **environment):
    """The settings of a process that starts now, on this data folder."""
    code = "import json, pupitre.settings as s; print(json.dumps([s.STRIPE_WEBHOOK_SECRETS, s.PAYPAL_WEBHOOK_ID]))"
    ordinary = {name: value for name, value in os.environ.items() if not name.startswith("PUPITRE_")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=ordinary | {"PUPITRE_DATA_DIR": str(data_dir)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(json.loads(done.stdout))


def disable(sandbox, endpoint):
    keys = {"Authorization": f"Bearer {sandbox.settings['STRIPE_SECRET_KEY']}"}
    sandbox.browser.post(
        f"/v1/webhook_endpoints/{endpoint}", headers=keys, data={"disabled": "true"}
    ).raise_for_status()


class TestCheck:
    def test_all_is_right(self, run):
        done = run("payments", "check")

        assert (done.code, done.lines) == (0, ["The shop can be paid: keys, webhooks and clocks are right."])

    def test_all_is_right_once_set_up(self, run, restart):
        run("payments", "setup")
        restart()

        assert run("payments", "check").code == 0

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"STRIPE_SECRET_KEY": ""}, "Stripe: no keys: nobody can pay by this means."),
            ({"PAYPAL_CLIENT_SECRET": ""}, "PayPal: no keys: nobody can pay by this means."),
            ({"STRIPE_SECRET_KEY": "sk_test_wrong"}, "Stripe: it refuses our keys: "),
            ({"PAYPAL_CLIENT_SECRET": "wrong"}, "PayPal: it refuses our keys: "),
            ({"STRIPE_API_BASE": "http://127.0.0.1:9"}, "Stripe: it does not answer: "),
            ({"PAYPAL_API_BASE": "http://127.0.0.1:9"}, "PayPal: it does not answer: "),
            ({"STRIPE_WEBHOOK_SECRETS": []}, "Stripe: no secret to check its webhooks with: "),
            ({"PAYPAL_WEBHOOK_ID": ""}, "PayPal: no secret to check its webhooks with: "),
        ],
    )
    def test_it_says_what_is_wrong(self, run, settings, changes, sentence):
        for name, value in changes.items():
            setattr(settings, name, value)

        done = run("payments", "check")

        assert done.code == 1
        assert [line for line in done.lines if line.startswith(sentence)], done.lines

    def test_a_shop_of_real_money_with_keys_of_test_money_does_not_even_ask(self, run, settings):
        settings.PAYMENT_MODE = "live"

        done = run("payments", "check")

        assert done.code == 1
        assert [line for line in done.lines if line.startswith("PUPITRE_STRIPE_SECRET_KEY must begin with sk_live_")]
        assert [line for line in done.lines if line.startswith("PUPITRE_STRIPE_API_BASE must be https://")]

    def test_a_clock_that_is_wrong(self, run, sandbox):
        sandbox.advance(600)

        done = run("payments", "check")

        assert [line for line in done.lines if re.search(r"^Stripe: the clock .* (599|60[0-9]) seconds away", line)]
        assert [line for line in done.lines if line.startswith("PayPal: the clock")]

    def test_webhooks_that_lead_to_another_address(self, run, restart, settings):
        run("payments", "setup")
        restart()
        settings.SITE_URL = "https://moved.example"

        done = run("payments", "check")

        assert done.code == 1
        wanted = (
            "Stripe: no webhook leads to https://moved.example/paiements/stripe/avis/. Run pupitre payments setup. "
        )
        assert f"{wanted}There are some to {SITE}/paiements/stripe/avis/." in done.lines

    def test_a_webhook_that_was_disabled(self, run, restart, sandbox):
        run("payments", "setup")
        restart()
        disable(sandbox, *subscriptions("stripe"))

        [line] = run("payments", "check").lines

        assert line.endswith(": it was disabled by the service. Run pupitre payments setup.")

    def test_a_webhook_that_does_not_announce_everything_or_is_of_another_version(self, run, sandbox):
        keys = {"Authorization": f"Bearer {sandbox.settings['STRIPE_SECRET_KEY']}"}
        asked = {"url": f"{SITE}/paiements/stripe/avis/", "enabled_events[]": "refund.created"}
        sandbox.browser.post("/v1/webhook_endpoints", headers=keys, data=asked).raise_for_status()

        said = "\n".join(run("payments", "check").lines)

        assert "it does not announce checkout.session.completed" in said
        assert "it is written in version of the account, not 2026-" in said

    def test_a_webhook_that_is_not_the_one_we_believe(self, run, restart, settings):
        run("payments", "setup")
        restart()
        settings.PAYPAL_WEBHOOK_ID = "SOME_OTHER"

        assert [line for line in run("payments", "check").lines if "not the one of PUPITRE_PAYPAL_WEBHOOK_ID" in line]

    def test_payments_that_succeed_while_no_webhook_comes(self, run, pay_for):
        payment = pay_for()
        Payment.objects.update(settled_at=clock.now() - timedelta(hours=3))
        never = run("payments", "check").lines
        ProviderEvent.objects.create(
            means=payment.means, event_id="e1", kind="k", mode="sandbox", received_at=clock.now() - timedelta(days=9)
        )
        long_ago = run("payments", "check").lines
        ProviderEvent.objects.update(received_at=clock.now() - timedelta(hours=3))

        assert never == ["Stripe: payments succeeded, and no webhook was ever received."]
        assert long_ago[0].startswith("Stripe: no webhook was received since ")
        assert run("payments", "check").code == 0

    def test_what_waits_for_a_person_is_recalled(self, run):
        StrayPayment.objects.create(
            means="stripe", provider_reference="cs_1", mode="sandbox", amount_cents=1000, currency="CAD"
        )

        done = run("payments", "check")
        books = run("check")

        sentence = "payment cs_1 at stripe: 1000 cents CAD that no order explains: look into it"
        assert (done.code, done.lines[0]) == (0, sentence)
        assert (books.code, books.lines[0]) == (0, sentence)


@pytest.fixture
def pay_for(sandbox):
    def pay_for(means="stripe", seats=1):
        order = an_order(an_owner(), (a_session(), seats))
        page = payments.start(order, means, by=order.placed_by)
        (sandbox.pay_stripe if means == "stripe" else sandbox.approve_paypal)(page)
        return payments.settle(order.payments.get())

    return pay_for


class TestReconcile:
    @pytest.mark.parametrize("command", [["reconcile"], ["payments", "reconcile"]])
    def test_what_was_paid_since_the_backup_is_settled(self, run, sandbox, command):
        order = an_order(an_owner(), (a_session(), 1))
        sandbox.pay_stripe(payments.start(order, "stripe", by=order.placed_by))

        done = run(*command, "--since", f"{clock.now() - timedelta(hours=1):%Y-%m-%dT%H:%M:%S+00:00}")

        assert (done.code, Order.objects.get().is_paid) == (0, True)
        assert [line for line in done.lines if line.startswith(f"order {order}: payment cs_test_")]

    def test_what_nobody_knows_is_told_and_the_command_says_so_by_its_code(self, run, pay_for):
        payment = pay_for()
        Payment.objects.update(
            provider_reference="gone", charge_reference="", uuid="00000000-0000-4000-8000-000000000000"
        )

        done = run("reconcile", "--since", f"{clock.now() - timedelta(days=1):%Y-%m-%d}")

        assert done.code == 1
        assert [line for line in done.lines if "unknown to our database" in line and payment.provider_reference in line]

    def test_a_service_that_does_not_answer(self, run, settings):
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"

        done = run("reconcile", "--since", "2026-11-01")

        assert (done.code, done.lines[-1].startswith("A payment service could not be asked")) == (1, True)


class TestReport:
    @pytest.fixture(autouse=True)
    def november(self, pay_for, sandbox):
        stripe, paypal = pay_for("stripe", 2), pay_for("paypal", 1)
        sandbox.refund(stripe.charge_reference, 10000)
        for payment in (stripe, paypal):
            fees.read(payment)
        BalanceEntry.objects.update(made_at=datetime(2026, 11, 15, tzinfo=UTC), available_on=None)

    def test_every_means_has_its_line_in_the_language_of_the_reader(self, run):
        french = run("payments", "report", "--month", "2026-11", "--language", "fr")
        english = run("payments", "report", "--month", "2026-11", "--language", "en")

        assert (french.code, english.code) == (0, 0)
        card, paypal = (line.split("  ") for line in english.lines[3:5])
        assert (card[0], paypal[0]) == ("Credit card", "PayPal")
        assert "$287.44" in english.lines[3]
        assert "−$100.00" in english.lines[3]
        assert "$143.72" in english.lines[4]
        assert "287,44\u00a0$" in french.lines[3]
        assert len({len(line) for line in english.lines[2:5]}) == 1, "columns are aligned"

    def test_what_is_printed_adds_up(self, run):
        line = run("payments", "report", "--month", "2026-11", "--language", "en").lines[3]

        amounts = [cents(amount) for amount in re.findall(r"−?\$[\d,.]+", line)]
        assert sum(amounts[:4]) == amounts[4]

    def test_another_month_is_empty_and_says_so(self, run):
        done = run("payments", "report", "--month", "2026-10", "--language", "en")

        assert "The services wrote nothing for this month." in done.lines

    def test_what_is_missing_is_said(self, run):
        Payment.objects.update(settled_at=datetime(2026, 11, 20, tzinfo=UTC))
        BalanceEntry.objects.filter(payment__means="paypal").delete()
        BalanceEntry.objects.update(available_on=(clock.now() + timedelta(days=3)).date())
        Payment.objects.get(means="stripe").disputes.create(
            provider_reference="du_1", status="lost", amount_cents=1234, closed_at=datetime(2026, 11, 21, tzinfo=UTC)
        )

        said = "\n".join(run("payments", "report", "--month", "2026-11", "--language", "en").lines)

        assert "Payments that a service has not written in its books yet: 1." in said
        assert "Credit card: $" in said
        assert "still to be paid out to you." in said
        assert "still owed by the buyers: $12.34." in said

    @pytest.mark.parametrize(("typed", "wrong"), [("2026-13", "month"), ("novembre", "month")])
    def test_what_is_no_month_is_kindly_refused(self, run, capsys, typed, wrong):
        with pytest.raises(SystemExit):
            main(["payments", "report", "--month", typed])

        assert f"“{typed}” is not a {wrong}" in capsys.readouterr().err


def cents(amount):
    return int(re.sub(r"[^\d]", "", amount)) * (-1 if amount.startswith("−") else 1)


@pytest.mark.django_db(transaction=True)
def test_webhooks_made_by_setup_are_believed(run, restart, sandbox, settings, live_server):
    """The whole way: set up, the services tell, the shop believes what their new webhooks signed."""
    settings.SITE_URL = live_server.url
    run("payments", "setup")
    restart()

    sandbox.pay_stripe(started("stripe"))
    sandbox.approve_paypal(started("paypal"))

    sandbox.wait_for(lambda: set(ProviderEvent.objects.values_list("means", flat=True)) == {"stripe", "paypal"})
    sandbox.reset()  # nothing more is announced to the test that follows


def started(means):
    order = an_order(an_owner(), (a_session(), 1))
    return payments.start(order, means, by=order.placed_by)
