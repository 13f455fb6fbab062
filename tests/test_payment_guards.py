"""The eight guards between play money and real money: one class each, in the order of the design."""

from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse

from pupitre import checks, gateways, starting
from pupitre.__main__ import main
from pupitre.actions import disputes, events, payments
from pupitre.documents import receipt
from pupitre.gateways import DisputeNotice, Event
from pupitre.gateways.safety import PAYPAL_HOSTS
from pupitre.mail import delivery
from pupitre.models import Dispute, Letter, Order, ProviderEvent
from pupitre.sandbox import NEEDED, reasons_not_to_start
from tests import world
from tests.documents.reading import opened, text_of
from tests.gateways.conftest import Listener
from tests.gateways.test_settings import settings as settings_of
from tests.test_wheel import ROOT, _built

pytestmark = pytest.mark.django_db

KEYS = dict.fromkeys(NEEDED, "sandbox")


@pytest.fixture(autouse=True)
def provider():
    return world.a_provider()


@pytest.fixture
def order():
    return world.a_paid_order(world.an_owner(), (world.a_session(), 1))


def refusals():
    return [message.msg for message in checks.real_orders_stay_in_live_mode(databases=["default"])]


class TestGuard1TheSandboxIsAProcessOfItsOwnThatListensToThisMachine:
    def test_it_answers_no_other_host_name(self, sandbox):
        assert sandbox.browser.get("/_sandbox/", headers={"Host": "rebound.example"}).status_code == 421

    def test_others_come_in_only_when_it_is_said_and_with_a_password(self):
        assert reasons_not_to_start(KEYS, "127.0.0.1") == []
        assert reasons_not_to_start(KEYS, "0.0.0.0", remote=True) != []
        assert reasons_not_to_start(KEYS | {"PUPITRE_SANDBOX_PASSWORD": "x"}, "0.0.0.0") != []
        assert reasons_not_to_start(KEYS | {"PUPITRE_SANDBOX_PASSWORD": "x"}, "0.0.0.0", remote=True) == []

    def test_it_has_no_page_in_the_shop(self, client):
        assert client.get("/_sandbox/").status_code == 404


class TestGuard2TheSandboxNeverMeetsRealMoney:
    @pytest.mark.parametrize(
        "environment",
        [{"PUPITRE_PAYMENT_MODE": "live"}, {"ANY_NAME": "sk_live_1"}, {"PUPITRE_STRIPE_SECRET_KEY": "rk_live_1"}],
    )
    def test_it_does_not_start_beside_it(self, environment):
        assert reasons_not_to_start(KEYS | environment, "127.0.0.1") != []


class TestGuard3AModeGoesWithItsOwnAddressesAndKeys:
    @pytest.mark.parametrize("mode", ["live", "test"])
    @pytest.mark.parametrize(
        "wrong",
        [
            {"STRIPE_API_BASE": "http://127.0.0.1:8001"},
            {"PAYPAL_API_BASE": "http://127.0.0.1:8001"},
            {"STRIPE_SECRET_KEY": "sk_sandbox_1"},
            {"PAYPAL_CLIENT_ID": ""},
        ],
    )
    def test_otherwise_nothing_starts(self, mode, wrong):
        assert gateways.problems(settings_of(mode)) == []
        assert gateways.problems(settings_of(mode, **wrong)) != []

    @pytest.mark.parametrize("command", [["web", "--port", "0"], ["worker"], ["check"], ["payments", "check"]])
    def test_no_command_starts_either(self, settings, capsys, command):
        settings.PAYMENT_MODE = "live"

        assert main(command) == 1
        assert "PUPITRE_STRIPE_SECRET_KEY is empty." in capsys.readouterr().err


class TestGuard4ModesNeverMix:
    def test_the_mode_is_written_on_orders_payments_and_events(self, order):
        event = events.receive("stripe", Event(id="evt_1", kind="k", live=False), "{}")

        assert {order.mode, order.payments.get().mode, event.mode} == {"sandbox"}

    @pytest.mark.parametrize(
        ("mode", "live", "written"), [("sandbox", True, "live"), ("test", True, "live"), ("live", False, "test")]
    )
    def test_an_event_of_another_mode_is_kept_and_refused(self, settings, mode, live, written):
        settings.PAYMENT_MODE = mode

        kept = events.receive("stripe", Event(id="evt_1", kind="k", live=live), "{}")

        assert (kept.mode, kept.outcome) == (written, "other_mode")
        assert Letter.objects.get().kind == "notice_of_another_mode"

    def test_a_payment_and_a_dispute_of_another_mode_are_refused(self, order):
        waiting = world.an_attempt(world.an_order(world.an_owner(), (world.a_session(), 1)))
        dispute = DisputeNotice("du_1", "", "", "open", "fraudulent", 1, "CAD", None, live=True)

        payments.apply(waiting, world.says(waiting, live=True))
        disputes.note(order.payments.get(), dispute)

        assert Order.objects.filter(status=Order.Status.PAID).count() == 1
        assert not Dispute.objects.exists()

    @pytest.mark.parametrize("mode", ["test", "sandbox"])
    def test_a_database_of_real_orders_opens_in_live_mode_only(self, order, settings, mode):
        settings.PAYMENT_MODE = mode
        assert refusals() == []

        Order.objects.update(mode="live")

        [sentence] = refusals()
        assert sentence.startswith("This database holds orders paid with real money")
        settings.PAYMENT_MODE = "live"
        assert refusals() == []

    @pytest.mark.parametrize(
        "command",
        [["web", "--port", "0"], ["worker"], ["check"], ["payments", "report"], ["reconcile", "--since", "2026-11-01"]],
    )
    def test_the_server_the_worker_and_the_commands_say_so_and_stop(self, order, capsys, command):
        Order.objects.update(mode="live")

        assert main(command) == 1
        assert "Set PUPITRE_PAYMENT_MODE to live." in capsys.readouterr().err

    def test_a_demonstration_may_become_a_shop(self, order, settings):
        settings.PAYMENT_MODE = "live"

        assert refusals() == []

    def test_an_empty_database_is_no_obstacle(self, settings):
        assert starting.what_is_wrong() == []


class TestGuard5PlayMoneyLooksLikePlayMoney:
    def test_every_page_says_so(self, order, client):
        client.force_login(order.placed_by)

        for address in (
            reverse("shop:catalogue"),
            reverse("shop:purchases"),
            reverse("account_login"),
            "/no-such-page/",
        ):
            page = Client() if address == reverse("account_login") else client
            assert 'class="demo"' in page.get(address).content.decode(), address

    def test_the_back_office_says_so(self, client):
        client.force_login(world.an_owner(is_staff=True, is_superuser=True))

        assert "aucun paiement n’est réel" in client.get(reverse("admin:index")).content.decode()

    def test_order_numbers_papers_and_subjects_say_so(self, order):
        [page] = opened(receipt.draw(order, "fr-ca")).pages
        letter = delivery.compose(Letter.objects.get(kind="order_paid"))

        assert order.number.startswith("DEMO-")
        assert "sans valeur" in text_of(page).lower()
        assert letter.subject.startswith("[DEMO] ")

    @pytest.mark.parametrize(
        ("allowed", "state"),
        [
            ([], "held"),
            (["quelqu-un@ailleurs.example"], "held"),
            (["@ailleurs.example"], "held"),
            (["@exemple.ca"], "sent"),
            (["@EXEMPLE.ca"], "sent"),
            (["*"], "sent"),
        ],
    )
    def test_strangers_get_no_letter(self, order, settings, mailoutbox, allowed, state):
        settings.EMAIL_ALLOWED = allowed

        delivery.post(Letter.objects.get(kind="order_paid").pk)

        assert Letter.objects.get(kind="order_paid").state == state
        assert len(mailoutbox) == (state == "sent")

    def test_where_money_is_real_everyone_gets_theirs(self, order, settings, mailoutbox):
        settings.PAYMENT_MODE, settings.EMAIL_ALLOWED = "live", []

        delivery.post(Letter.objects.get(kind="order_paid").pk)

        assert len(mailoutbox) == 1


class TestGuard6TheSecretsOfTheSandboxAreItsOwn:
    @pytest.mark.parametrize("name", ["PUPITRE_STRIPE_WEBHOOK_SECRETS", "PUPITRE_PAYPAL_WEBHOOK_ID"])
    def test_it_signs_with_no_secret_of_a_shop(self, name):
        [reason] = reasons_not_to_start(KEYS | {name: "whsec_of_a_shop"}, "127.0.0.1")

        assert name in reason

    def test_no_shop_of_real_money_starts_with_one_of_its_secrets(self):
        assert gateways.problems(settings_of("live", STRIPE_WEBHOOK_SECRETS=["whsec_sandbox1"])) != []

    @pytest.mark.parametrize(("means", "name"), [("stripe", "STRIPE_WEBHOOK_SECRETS"), ("paypal", "PAYPAL_WEBHOOK_ID")])
    def test_without_a_secret_nobody_answers(self, client, settings, means, name):
        setattr(settings, name, "" if means == "paypal" else [])

        answer = client.post(reverse("payment_notice", args=[means]), "{}", content_type="application/json")

        assert answer.status_code == 404
        assert not ProviderEvent.objects.exists()


class TestGuard7CertificatesComeFromTheHostsOfTheirMode:
    """That no other certificate is even fetched is shown in tests/gateways/test_paypal_signature.py."""

    def test_each_mode_has_hosts_of_its_own(self):
        live, test = (set(PAYPAL_HOSTS[mode]) for mode in ("live", "test"))

        assert live.isdisjoint(test)
        assert all(host.endswith(".paypal.com") for host in live | test)

    @pytest.mark.parametrize("mode", ["live", "test"])
    def test_what_the_sandbox_signs_is_believed_in_its_own_mode_only(self, sandbox, settings, mode):
        order = world.an_order(world.an_owner(), (world.a_session(), 1))
        shop = Listener()
        sandbox.config(webhook_urls={"paypal": shop.url})
        sandbox.approve_paypal(payments.start(order, "paypal", by=order.placed_by))
        sandbox.wait_for(lambda: shop.received)
        shop.close()
        told = shop.received[0]

        assert gateways.connect("paypal").verify(told.headers, told.body).live is False
        settings.PAYMENT_MODE = mode
        with pytest.raises(gateways.BadSignature):
            gateways.connect("paypal").verify(told.headers, told.body)


class TestGuard8TheSandboxIsNotInstalledByDefault:
    @pytest.mark.slow
    @pytest.mark.once
    def test_the_package_does_not_hold_it(self, tmp_path):
        """That it then runs as an extra is shown in tests/test_wheel.py."""
        names = ZipFile(_built(ROOT, tmp_path)).namelist()

        assert "pupitre/gateways/stripe.py" in names
        assert [name for name in names if name.startswith("pupitre/sandbox")] == []
