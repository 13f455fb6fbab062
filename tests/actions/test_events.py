"""Webhooks that come, that come late, and that never come."""

from datetime import timedelta

import pytest

from pupitre import clock, worker
from pupitre.actions import events, payments, sweeping
from pupitre.gateways import Event
from pupitre.models import BalanceEntry, Dispute, Job, Order, Payment, ProviderEvent, Refund
from pupitre.queries import books
from tests.world import a_session, an_order, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

MEANS = ["stripe", "paypal"]


@pytest.fixture
def order():
    return an_order(an_owner(), (a_session(), 2))


def an_event(**facts):
    return Event(**{"id": "evt_1", "kind": "checkout.session.completed", "live": False} | facts)


def go_and_pay(sandbox, order, means):
    """The buyer pays, closes the browser, and no webhook comes."""
    page = payments.start(order, means, by=order.placed_by)
    (sandbox.pay_stripe if means == "stripe" else sandbox.approve_paypal)(page)


def an_hour_ago():
    return clock.now() - timedelta(hours=1)


@pytest.mark.parametrize("means", MEANS)
def test_webhooks_that_never_came_are_found_by_asking_and_handled(sandbox, order, means):
    go_and_pay(sandbox, order, means)

    found = events.find_missed(means, an_hour_ago())
    again = events.find_missed(means, an_hour_ago())
    worker.work_until_idle()

    assert (found > 0, again) == (True, 0)
    assert set(ProviderEvent.objects.values_list("was_missed", "outcome")) == {(True, "settled")}
    assert all(event.body for event in ProviderEvent.objects.all())
    assert Order.objects.get().is_paid


def test_a_webhook_that_was_only_late_is_no_longer_called_missed(sandbox, order):
    events.receive("stripe", an_event(), "{}", was_missed=True)

    events.receive("stripe", an_event(), "{}")

    assert ProviderEvent.objects.get().was_missed is False
    assert Job.objects.filter(kind="event.handle").count() == 1


def test_a_webhook_about_a_payment_still_being_written_waits_for_it(sandbox, order, pay):
    payment = pay(order)
    reference = payment.provider_reference
    Payment.objects.update(provider_reference="")

    kept = events.receive("stripe", an_event(reference=reference), "{}")
    first = events.handle(kept)
    Payment.objects.update(provider_reference=reference)

    assert first is not None
    assert events.handle(kept) is None
    assert ProviderEvent.objects.get().outcome == "settled"


@pytest.mark.parametrize("means", MEANS)
def test_a_refund_made_at_the_service_is_learned_from_its_webhook(sandbox, order, pay, means):
    payment = pay(order, means)
    sandbox.refund(payment.charge_reference, 1000)

    events.find_missed(means, an_hour_ago())
    for event in ProviderEvent.objects.all():
        events.handle(event)

    assert [(refund.amount_cents, refund.origin) for refund in Refund.objects.all()] == [(1000, "dashboard")]


def test_what_old_webhooks_said_is_forgotten_and_that_they_came_is_kept():
    events.receive("stripe", an_event(id="evt_old"), "an old body")
    ProviderEvent.objects.update(received_at=clock.now() - timedelta(days=91))
    events.receive("stripe", an_event(id="evt_new"), "a new body")

    worker.tidy()

    assert dict(ProviderEvent.objects.values_list("event_id", "body")) == {"evt_old": "", "evt_new": "a new body"}


class TestTheNightlySweep:
    def test_it_is_asked_for_once_a_night_whatever_the_number_of_workers(self, sandbox):
        for _ in range(3):
            sweeping.ask_for_tonight()

        jobs = Job.objects.filter(kind="payments.sweep")
        assert sorted(job.facts["means"] for job in jobs) == ["paypal", "stripe"]
        assert {job.due_at > clock.now() for job in jobs} == {True}

    def test_the_night_after_has_one_of_its_own(self, sandbox):
        for days in range(3):
            with clock.stopped_at(clock.now() + timedelta(days=days)):
                sweeping.ask_for_tonight()

        assert Job.objects.filter(key__startswith="payments.sweep:stripe:").count() == 3

    def test_no_service_is_asked_where_none_is_set_up(self, settings):
        settings.STRIPE_SECRET_KEY = settings.PAYPAL_CLIENT_ID = ""

        sweeping.ask_for_tonight()

        assert not Job.objects.exists()

    @pytest.mark.parametrize("means", MEANS)
    def test_it_finds_everything_nobody_told_us_of(self, sandbox, pay, means):
        paid = pay(an_order(an_owner(), (a_session(), 1)), means)
        sandbox.dispute(paid.charge_reference)
        forgotten = an_order(an_owner(), (a_session(), 1))
        go_and_pay(sandbox, forgotten, means)
        Payment.objects.update(created_at=clock.now() - timedelta(hours=5))

        sweeping.sweep(means)

        assert Payment.objects.get(order=forgotten).status == Payment.Status.SUCCEEDED
        assert Dispute.objects.get().payment == paid
        assert set(BalanceEntry.objects.filter(kind="charge").values_list("payment", flat=True)) == set(
            Payment.objects.values_list("pk", flat=True)
        )
        assert ProviderEvent.objects.filter(was_missed=True).exists()
        assert books.disagreements() == []

    def test_one_attempt_that_the_service_refuses_to_speak_of_does_not_hide_the_others(self, sandbox):
        strange = an_order(an_owner(), (a_session(), 1))
        payments.start(strange, "stripe", by=strange.placed_by)
        Payment.objects.update(provider_reference="cs_test_of_another_account")
        paid = an_order(an_owner(), (a_session(), 1))
        go_and_pay(sandbox, paid, "stripe")
        Payment.objects.update(created_at=clock.now() - timedelta(hours=5))

        sweeping.sweep("stripe")

        assert Order.objects.get(pk=paid.pk).is_paid

    def test_it_looks_back_to_the_last_one_and_no_further_than_the_services_remember(self):
        def last_sweep_due(ago):
            Job.objects.all().delete()
            Job.objects.ask("payments.sweep", "stripe:2026-01-01", due_at=clock.now() - ago, means="stripe")
            Job.objects.update(done_at=clock.now())
            return round((clock.now() - sweeping._last_sweep("stripe")) / timedelta(days=1))

        assert [last_sweep_due(timedelta(days=days)) for days in (1, 10, 60)] == [1, 10, 28]
