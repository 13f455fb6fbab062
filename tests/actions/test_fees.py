"""Fees are read where the service wrote them, never computed, and read again changes nothing."""

from datetime import timedelta

import pytest

from pupitre import clock, worker
from pupitre.actions import fees, payments, refunds
from pupitre.models import BalanceEntry, Job
from tests.world import a_paid_order, a_session, an_order, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

MEANS = ["stripe", "paypal"]


@pytest.fixture
def order():
    return an_order(an_owner(), (a_session(), 2))


def entries():
    return list(BalanceEntry.objects.values_list("kind", "gross_cents", "fee_cents", "net_cents"))


@pytest.mark.parametrize("means", MEANS)
def test_the_fee_of_a_payment_is_kept_as_the_service_wrote_it(order, pay, means):
    payment = pay(order, means)

    fees.read(payment)
    fees.read(payment)

    [(kind, gross, fee, net)] = entries()
    assert (kind, gross, net) == ("charge", payment.amount_cents, payment.amount_cents - fee)
    assert fee > 0
    assert BalanceEntry.objects.get().made_at < clock.now()


@pytest.mark.parametrize("means", MEANS)
def test_refunds_and_disputes_have_lines_of_their_own(sandbox, order, pay, means):
    payment = pay(order, means)
    sandbox.refund(payment.charge_reference, 1000)
    refunds.import_refunds(payment)
    sandbox.dispute(payment.charge_reference)

    fees.read(payment)

    grosses = dict(BalanceEntry.objects.exclude(kind="dispute").values_list("kind", "gross_cents"))
    assert grosses == {"charge": payment.amount_cents, "refund": -1000}
    disputed = sum(BalanceEntry.objects.filter(kind="dispute").values_list("gross_cents", flat=True))
    assert disputed <= 0
    assert not fees.lacking().exists()


def test_the_check_of_a_paid_attempt_asks_for_its_fees(order, pay):
    payment = pay(order)

    payments.check(payment)
    payments.check(payment)

    job = Job.objects.get(kind="fees.read")
    assert job.key == f"fees.read:{payment.uuid}:charge"
    with clock.stopped_at(clock.now() + timedelta(minutes=11)):
        worker.WORK["fees.read"](job)
    assert BalanceEntry.objects.get().payment == payment


def test_while_the_service_has_written_nothing_it_is_asked_again_for_two_days(sandbox, order, pay):
    sandbox.config(fee_later=3600)
    payment = pay(order)
    until = clock.now() + fees.GIVEN_UP_AFTER

    first = fees.look(payment, until=until)
    with clock.stopped_at(until + timedelta(minutes=1)):
        last = fees.look(payment, until=until)
    sandbox.advance(3700)
    found = fees.look(payment, until=until)

    assert first > clock.now() + timedelta(minutes=50)
    assert (last, found) == (None, None)
    assert [kind for kind, *_ in entries()] == ["charge"]


@pytest.mark.parametrize("means", MEANS)
def test_the_nightly_sweep_fills_in_what_is_missing(sandbox, order, pay, means):
    payment = pay(order, means)
    assert list(fees.lacking()) == [payment]

    fees.fill_in(means)
    fees.fill_in(means)

    assert len(entries()) == 1
    assert not fees.lacking().exists()


def test_what_is_missing_does_not_count_refunds_given_by_hand():
    order = a_paid_order(an_owner(), (a_session(), 1))
    payment = order.payments.get()
    line = {"gross_cents": 100, "fee_cents": 3, "net_cents": 97}
    payment.balance_entries.create(kind="charge", provider_reference="txn_1", **line)
    payment.refunds.create(amount_cents=50, reason="credit_note", origin="hand", status="succeeded")
    assert not fees.lacking().exists()

    payment.refunds.create(amount_cents=50, reason="credit_note", status="succeeded")

    assert list(fees.lacking()) == [payment]
