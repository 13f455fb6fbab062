"""The database was restored from a backup: the services know what it has forgotten."""

from datetime import timedelta

import pytest

from pupitre import clock, worker
from pupitre.actions import payments, reconciliation
from pupitre.models import (
    BalanceEntry,
    Deed,
    Dispute,
    Job,
    Letter,
    Order,
    Payment,
    ProviderCall,
    ProviderEvent,
    Refund,
    StrayPayment,
)
from pupitre.queries import books
from tests.world import a_session, an_order, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

MEANS = ["stripe", "paypal"]


@pytest.fixture
def order():
    return an_order(an_owner(), (a_session(), 2))


def start_and_pay(sandbox, order, means):
    page = payments.start(order, means, by=order.placed_by)
    (sandbox.pay_stripe if means == "stripe" else sandbox.approve_paypal)(page)
    return order.payments.get()


def forget(order):
    """As if the backup dated from before the order was paid for."""
    Job.objects.all().delete()
    ProviderCall.objects.all().delete()
    Letter.objects.filter(order=order).delete()
    Deed.objects.filter(order=order, verb="payment.started").delete()
    Payment.objects.filter(order=order).delete()


def reconcile():
    return reconciliation.reconcile(clock.now() - timedelta(hours=1))


@pytest.mark.parametrize("means", MEANS)
def test_a_payment_we_know_is_settled(sandbox, order, means):
    payment = start_and_pay(sandbox, order, means)

    findings = reconcile()
    worker.work_until_idle()

    assert (findings.settled, findings.strays) == ([payment], [])
    assert Order.objects.get().is_paid
    assert ProviderEvent.objects.exists()
    assert BalanceEntry.objects.get().payment == payment
    assert books.disagreements() == []


@pytest.mark.parametrize("means", MEANS)
def test_a_payment_restored_without_its_reference_is_named_again(sandbox, order, means):
    payment = start_and_pay(sandbox, order, means)
    reference = payment.provider_reference
    Payment.objects.update(provider_reference="", url="", status="created")

    reconcile()

    payment.refresh_from_db()
    assert (payment.provider_reference, payment.status == "succeeded") == (reference, means == "stripe")


@pytest.mark.parametrize("means", MEANS)
def test_refunds_and_disputes_come_with_it(sandbox, order, pay, means):
    payment = pay(order, means)
    sandbox.refund(payment.charge_reference, 1000)
    sandbox.dispute(payment.charge_reference)

    reconcile()

    assert [(refund.payment, refund.amount_cents) for refund in Refund.objects.all()] == [(payment, 1000)]
    assert Dispute.objects.get().payment == payment


@pytest.mark.parametrize("means", MEANS)
def test_money_nobody_knows_waits_for_a_person(sandbox, order, pay, means):
    payment = pay(order, means)
    restored = an_order(an_owner(), (a_session(), 1))
    Payment.objects.filter(pk=payment.pk).update(
        provider_reference="restored", charge_reference="", uuid=restored_uuid()
    )

    found = reconcile().strays
    again = reconcile().strays

    [stray] = StrayPayment.objects.all()
    assert (found, again) == ([stray], [])
    assert (stray.means, stray.provider_reference) == (means, payment.provider_reference)
    assert (stray.amount_cents, stray.order_number, stray.resolved_at) == (payment.amount_cents, order.number, None)
    assert Letter.objects.filter(kind="stray_payment").count() == 1
    assert Deed.objects.filter(verb="payment.stray").count() == 1
    assert restored.is_awaiting_payment


def test_an_open_page_nobody_knows_is_closed_so_that_nobody_pays_for_nothing(sandbox, order):
    page = payments.start(order, "stripe", by=order.placed_by)
    forget(order)

    findings = reconcile()

    assert len(findings.closed) == 1
    assert sandbox.pay_stripe(page) == ""
    assert not StrayPayment.objects.exists()


def test_what_another_shop_of_the_same_account_sold_is_none_of_our_business(sandbox, order, pay, settings):
    pay(order)
    Payment.objects.update(uuid=restored_uuid(), provider_reference="restored", charge_reference="")
    settings.SITE_URL = "https://another.example"

    assert reconcile().strays == []


def test_doing_it_again_changes_nothing(sandbox, order, pay):
    pay(order)
    reconcile()
    before = books_of()

    findings = reconcile()

    assert (findings.settled, findings.strays, findings.missed_events) == ([], [], 0)
    assert books_of() == before


def books_of():
    return [
        list(model.objects.order_by("pk").values())
        for model in (Payment, Refund, Dispute, ProviderEvent, StrayPayment, Letter)
    ]


def restored_uuid():
    return "00000000-0000-4000-8000-000000000000"
