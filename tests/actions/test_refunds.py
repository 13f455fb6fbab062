"""Money that goes back: once, whatever crashes; owed again when it fails; found when it was given back elsewhere."""

from datetime import timedelta

import pytest

from pupitre import clock, gateways
from pupitre.actions import payments, refunds, returns
from pupitre.gateways import RefundNotice
from pupitre.models import CourseSession, CreditNote, Dispute, Job, Letter, Order, Payment, Refund, Seat
from pupitre.queries import books, debts
from pupitre.queries.refunds import propose_seats, remaining
from pupitre.refusals import Refused
from tests.world import a_course, a_paid_order, a_session, an_order

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

MEANS = pytest.mark.parametrize("means", ["stripe", "paypal"])
Status = Refund.Status
SLOW = {"stripe": {"card": "4000000000007726"}, "paypal": {"account": "refund-pending"}}


@pytest.fixture
def session():
    return a_session(a_course(price_cents=12995), capacity=10)


@pytest.fixture
def paid(sandbox, owner, session):
    """An order of three seats, really paid at a service: `paid()`, `paid("paypal")`, `paid(card=…)`."""

    def pay(means="stripe", **choices) -> Order:
        order = an_order(owner, (session, 3))
        page = payments.start(order, means, by=owner)
        (sandbox.pay_stripe if means == "stripe" else sandbox.approve_paypal)(page, **choices)
        payments.settle(order.payments.get())
        order = Order.objects.get(pk=order.pk)
        assert order.is_paid
        return order

    return pay


@pytest.fixture
def given_back(paid, owner):
    """The refund of one seat of such an order, not sent yet."""

    def give_back(means="stripe", **choices) -> Refund:
        order = paid(means, **choices)
        seat = Seat.objects.filter(line__order=order).first()
        total = propose_seats(order, [seat], percent=100).total_cents
        returns.give_back_seats(order, [seat], percent=100, agreed_total_cents=total, by=owner)
        return Refund.objects.get()

    return give_back


@pytest.fixture
def surplus(sandbox, owner, session):
    """The refund of a payment that came when the seats were gone."""

    def make(means="stripe", **choices) -> Refund:
        order = an_order(owner, (session, 1))
        page = payments.start(order, means, by=owner)
        (sandbox.pay_stripe if means == "stripe" else sandbox.approve_paypal)(page, **choices)
        payment = order.payments.get()
        if means == "paypal":
            gateways.connect("paypal").capture(payment.provider_reference, key=payment.capture_key)
        Order.objects.filter(pk=order.pk).update(status=Order.Status.EXPIRED)
        CourseSession.objects.filter(pk=session.pk).update(taken=0, cancelled_at=clock.now())
        payments.settle(payment)
        return Refund.objects.get()

    return make


def at_the_service(payment) -> list[RefundNotice]:
    return gateways.connect(payment.means).refunds_of(payment.provider_reference, payment.charge_reference)


def fails(refund, code="expired_or_canceled_card"):
    refunds.note(refund, RefundNotice(refund.provider_reference or "re_1", "failed", code))


def refused_as(deed) -> str:
    with pytest.raises(Refused) as refusal:
        deed()
    return refusal.value.code


class TestSending:
    @MEANS
    def test_the_money_goes_back(self, given_back, means):
        refund = given_back(means)

        refunds.send(refund)

        assert refund.status == Status.SUCCEEDED
        assert [(notice.amount_cents, notice.refund) for notice in at_the_service(refund.payment)] == [
            (14940, str(refund.uuid))
        ]
        assert books.disagreements() == []

    @MEANS
    def test_once_when_the_answer_was_lost(self, given_back, sandbox, means):
        refund = given_back(means)
        refunds.send(refund)
        Refund.objects.update(status=Status.REQUESTED, provider_reference="", settled_at=None)

        refunds.send(Refund.objects.get())

        assert len(at_the_service(refund.payment)) == 1
        assert Refund.objects.get().status == Status.SUCCEEDED

    def test_once_even_when_the_service_has_forgotten_the_key(self, given_back, sandbox):
        """Stripe forgets keys after a day: an old request is looked for before it is repeated."""
        refund = given_back()
        refunds.send(refund)
        Refund.objects.update(
            status=Status.REQUESTED, provider_reference="", requested_at=clock.now() - timedelta(days=2)
        )
        sent = len(
            [call for call in sandbox.log()["calls"] if call["path"] == "/v1/refunds" and call["method"] == "POST"]
        )

        refunds.send(Refund.objects.get())

        after = [call for call in sandbox.log()["calls"] if call["path"] == "/v1/refunds" and call["method"] == "POST"]
        assert len(after) == sent
        assert Refund.objects.get().status == Status.SUCCEEDED

    def test_several_seats_are_several_refunds_under_keys_of_their_own(self, paid, owner):
        order = paid()
        for seat in Seat.objects.filter(line__order=order):
            total = propose_seats(order, [seat], percent=100).total_cents
            returns.give_back_seats(order, [seat], percent=100, agreed_total_cents=total, by=owner)

        for refund in Refund.objects.all():
            refunds.send(refund)

        assert sum(notice.amount_cents for notice in at_the_service(order.payment)) == order.total_cents
        assert books.disagreements() == []

    @MEANS
    def test_one_that_waits_is_asked_about_until_it_is_decided(self, given_back, sandbox, means):
        refund = given_back(
            means, **{"card": "4000000000007726"} if means == "stripe" else {"account": "refund-pending"}
        )

        assert refunds.send(refund) == pytest.approx(clock.now() + refunds.PAUSE, abs=timedelta(seconds=30))
        assert refund.status == Status.SUBMITTED
        sandbox.finish_refund(refund.provider_reference)
        assert refunds.send(refund) is None

        assert refund.status == Status.SUCCEEDED

    def test_a_payment_still_being_decided_is_refunded_later(self, sandbox, owner, session):
        order = an_order(owner, (session, 3))
        sandbox.approve_paypal(payments.start(order, "paypal", by=owner), account="pending")
        payment = payments.settle(order.payments.get())
        refund = Refund.objects.create(payment=payment, amount_cents=100, reason="elsewhere")

        assert refunds.send(refund) is not None
        assert refund.status == Status.REQUESTED
        sandbox.settle_capture(payment.charge_reference)
        assert refunds.send(refund) is None

        assert refund.status == Status.SUCCEEDED

    def test_what_the_service_refuses_is_to_be_given_back_by_hand(self, given_back, sandbox):
        refund = given_back()
        sandbox.refund(refund.payment.charge_reference)

        refunds.send(refund)

        assert (refund.status, refund.failure_code) == (Status.FAILED, "charge_already_refunded")
        assert Letter.objects.filter(kind="refund_failed").count() == 1

    @MEANS
    def test_a_payment_made_on_another_account_is_to_be_given_back_by_hand(self, given_back, means):
        refund = given_back(means)
        Payment.objects.update(charge_reference="pi_unknown", provider_reference="cs_unknown")

        assert refunds.send(Refund.objects.get(pk=refund.pk)) is None

        assert Refund.objects.get().status == Status.FAILED

    @MEANS
    def test_wrong_keys_put_it_off(self, given_back, settings, means):
        refund = given_back(means)
        settings.STRIPE_SECRET_KEY = settings.PAYPAL_CLIENT_SECRET = "sk_test_another"

        with pytest.raises(gateways.Misconfigured):
            refunds.send(refund)

        assert Refund.objects.get().status == Status.REQUESTED

    def test_while_the_buyer_contests_the_payment_it_waits(self, given_back):
        refund = given_back()
        dispute = Dispute.objects.create(payment=refund.payment, provider_reference="dp_1", amount_cents=1)

        assert refunds.send(refund) is not None
        assert at_the_service(refund.payment) == []
        Dispute.objects.filter(pk=dispute.pk).update(status="won", closed_at=clock.now())
        refunds.send(refund)

        assert refund.status == Status.SUCCEEDED

    def test_what_the_bank_gave_back_is_not_given_back_twice(self, given_back):
        refund = given_back()
        Dispute.objects.create(
            payment=refund.payment, provider_reference="dp_1", amount_cents=1, status="lost", closed_at=clock.now()
        )

        refunds.send(refund)

        assert (refund.status, refund.failure_code, at_the_service(refund.payment)) == (Status.CANCELED, "disputed", [])


class TestWhatTheServiceSays:
    def test_a_success_that_fails_later_is_owed_again_and_the_provider_told(self, given_back):
        refund = given_back()
        refunds.send(refund)

        fails(refund)
        fails(refund)

        assert [(debt.credit_note, debt.owed_cents) for debt in debts.open_debts()] == [(refund.credit_note, 14940)]
        assert Letter.objects.get(kind="refund_failed").to_email == "info@exemple.ca"
        assert refund.payment.order.deeds.filter(verb="refund.failed").count() == 1
        assert len(books.disagreements()) == 1

    def test_news_that_comes_late_changes_nothing(self, given_back):
        refund = given_back()
        refunds.send(refund)

        refunds.note(refund, RefundNotice(refund.provider_reference, "pending"))
        assert refund.status == Status.SUCCEEDED
        fails(refund)
        refunds.note(refund, RefundNotice(refund.provider_reference, "succeeded"))

        assert refund.status == Status.FAILED

    def test_the_service_is_asked_about_those_that_failed(self, given_back, sandbox):
        refund = given_back(card="4000000000005126")
        refunds.send(refund)
        sandbox.fail_refund(refund.provider_reference)

        refunds.import_refunds(refund.payment)

        refund.refresh_from_db()
        assert refund.status == Status.FAILED


class TestDebts:
    def test_tried_again_under_another_key(self, given_back, owner):
        refund = given_back()
        fails(refund)

        again = refunds.try_again(debts.debt_of(refund), by=owner)
        refunds.send(again)

        assert (again.status, again.credit_note, again.key != refund.key) == (
            Status.SUCCEEDED,
            refund.credit_note,
            True,
        )
        assert debts.open_debts() == []
        assert books.disagreements() == []

    def test_a_surplus_too(self, surplus, owner):
        refund = surplus()
        fails(refund)

        refunds.send(refunds.try_again(debts.debt_of(refund), by=owner))

        assert debts.open_debts() == []
        assert books.disagreements() == []

    def test_given_back_by_other_means(self, given_back, owner):
        refund = given_back()
        fails(refund)

        paid = refunds.record_by_hand(debts.debt_of(refund), by=owner, note="Chèque 12")

        assert (paid.origin, paid.status, paid.amount_cents) == ("hand", Status.SUCCEEDED, 14940)
        assert refund.payment.order.deeds.get(verb="refund.by_hand").facts["note"] == "Chèque 12"
        assert (debts.open_debts(), books.disagreements()) == ([], [])

    def test_only_once(self, given_back, owner):
        refund = given_back()
        fails(refund)
        debt = debts.debt_of(refund)
        refunds.try_again(debt, by=owner)

        assert refused_as(lambda: refunds.try_again(debt, by=owner)) == "nothing_owed"
        assert refused_as(lambda: refunds.record_by_hand(debt, by=owner, note="")) == "nothing_owed"

    def test_not_while_the_buyer_contests_the_payment(self, given_back, owner):
        refund = given_back()
        fails(refund)
        Dispute.objects.create(payment=refund.payment, provider_reference="dp_1", amount_cents=1)

        assert refused_as(lambda: refunds.try_again(debts.debt_of(refund), by=owner)) == "payment_disputed"


class TestRefundsMadeElsewhere:
    @MEANS
    def test_they_take_back_that_much_of_the_invoice_and_no_seat(self, paid, sandbox, means, session):
        order = paid(means)
        sandbox.refund(order.payment.charge_reference, 5000)

        refunds.import_refunds(order.payment)
        refunds.import_refunds(order.payment)

        refund, credit_note = Refund.objects.get(), CreditNote.objects.get()
        assert (refund.origin, refund.status, refund.credit_note) == ("dashboard", Status.SUCCEEDED, credit_note)
        assert (credit_note.total_cents, credit_note.reason, credit_note.issued_by) == (5000, "elsewhere", None)
        assert CourseSession.objects.get(pk=session.pk).taken == 3
        assert Letter.objects.filter(kind="refund_found").count() == 1
        assert books.disagreements() == []

    def test_all_of_it(self, paid, sandbox):
        order = paid()
        sandbox.refund(order.payment.charge_reference)

        refunds.import_refunds(order.payment)

        assert remaining(order).total_cents == 0
        assert books.disagreements() == []

    def test_they_pay_what_was_owed_to_the_cent(self, given_back, sandbox):
        refund = given_back()
        fails(refund)
        sandbox.refund(refund.payment.charge_reference, 14940)

        refunds.import_refunds(refund.payment)

        assert CreditNote.objects.get() == Refund.objects.get(origin="dashboard").credit_note
        assert (debts.open_debts(), books.disagreements()) == ([], [])

    def test_they_pay_part_of_what_was_owed_when_nothing_else_is_left(self, paid, sandbox, owner):
        order = paid()
        returns.give_back_everything(order, agreed_total_cents=order.total_cents, by=owner)
        fails(Refund.objects.get())
        sandbox.refund(order.payment.charge_reference, 1000)

        refunds.import_refunds(order.payment)

        assert [debt.owed_cents for debt in debts.open_debts()] == [order.total_cents - 1000]

    def test_one_that_was_faster_than_ours_takes_its_place(self, paid, sandbox, owner):
        """The provider gave the money back at the service's site while our refund of it waited to be sent."""
        order = paid()
        returns.give_back_everything(order, agreed_total_cents=order.total_cents, by=owner)
        sandbox.refund(order.payment.charge_reference)
        refunds.import_refunds(order.payment)

        refunds.send(Refund.objects.get(origin="us"))

        assert sorted(Refund.objects.values_list("origin", "status")) == [("dashboard", "succeeded"), ("us", "failed")]
        assert (debts.open_debts(), books.disagreements()) == ([], [])
        assert Letter.objects.filter(kind="refund_failed").count() == 0

    def test_on_a_payment_made_for_nothing_they_are_its_refund(self, surplus, sandbox):
        refund = surplus()
        fails(refund)
        sandbox.refund(refund.payment.charge_reference)

        refunds.import_refunds(refund.payment)

        assert Refund.objects.get(origin="dashboard").reason == "surplus"
        assert (CreditNote.objects.count(), debts.open_debts(), books.disagreements()) == (0, [], [])

    def test_one_that_failed_moved_no_money(self, paid, sandbox):
        order = paid()
        sandbox.fail_refund(sandbox.refund(order.payment.charge_reference, 5000))

        refunds.import_refunds(order.payment)

        assert Refund.objects.count() == 0

    def test_ours_is_known_by_its_name_even_when_the_answer_never_came(self, given_back, sandbox):
        refund = given_back()
        refunds.send(refund)
        Refund.objects.update(status=Status.REQUESTED, provider_reference="")

        refunds.import_refunds(refund.payment)

        assert [(r.origin, r.status) for r in Refund.objects.all()] == [("us", Status.SUCCEEDED)]


class TestSums:
    def test_never_more_than_the_payment_brought_in(self, owner, session):
        order = a_paid_order(owner, (session, 1))
        payment = order.payment
        Refund.objects.create(
            payment=payment, amount_cents=payment.amount_cents, reason="elsewhere", provider_reference="re_1"
        )

        agreed = order.total_cents
        assert refused_as(lambda: returns.give_back_everything(order, agreed_total_cents=agreed, by=owner)) == (
            "more_than_remains"
        )
        assert (CreditNote.objects.count(), Seat.objects.filter(cancelled_at=None).count()) == (0, 1)

    def test_every_refund_asked_for_is_a_job(self, owner, session):
        order = a_paid_order(owner, (session, 1))
        returns.give_back_everything(order, agreed_total_cents=order.total_cents, by=owner)

        assert Job.objects.filter(kind="refund.send", key=f"refund.send:{Refund.objects.get().uuid}").exists()
