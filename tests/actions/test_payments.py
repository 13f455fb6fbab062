"""Payments: the service is the truth, our rows are a copy, and seats and money always change together."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pupitre import clock, gateways
from pupitre.actions import events, orders, payments, refunds
from pupitre.gateways import Event, Standing
from pupitre.models import CourseSession, Job, Letter, Order, Payment, ProviderCall, ProviderEvent, Refund, Seat
from pupitre.queries import books
from tests.counting import questions
from tests.world import a_course, a_session, an_attempt, an_order, an_owner, says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

Status, Disposition = Payment.Status, Payment.Disposition


@pytest.fixture
def session():
    return a_session(capacity=10)


@pytest.fixture
def order(owner, session):
    return an_order(owner, (session, 3))


def taken(session):
    return CourseSession.objects.get(pk=session.pk).taken


def standing_of(payment):
    payment.refresh_from_db()
    return payment.status, payment.disposition


def expire(order):
    with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
        again_at = payments.expire(order)
    order.refresh_from_db()
    return again_at


def closed(payment):
    return payments.apply(payment, says(payment, Standing.CLOSED))


class TestWhatTheServiceSays:
    def test_paid_the_seats_the_letter_and_the_order_come_together(self, order, session):
        payment = an_attempt(order)

        payments.apply(payment, says(payment))

        order.refresh_from_db()
        assert order.is_paid
        assert standing_of(payment) == (Status.SUCCEEDED, Disposition.APPLIED)
        assert (payment.paid_with, payment.charge_reference) == ("Visa •••• 4242", f"pi_{payment.uuid.hex}")
        assert (Seat.objects.count(), Letter.objects.count(), taken(session)) == (3, 1, 3)
        assert books.disagreements() == []

    @pytest.mark.parametrize("times", [2, 3])
    def test_paid_said_several_times_delivers_once(self, order, times):
        payment = an_attempt(order)

        for _ in range(times):
            payments.apply(payment, says(payment))

        assert (Seat.objects.count(), Letter.objects.count(), Refund.objects.count()) == (3, 1, 0)
        assert books.disagreements() == []

    def test_news_that_comes_late_takes_nothing_back(self, order):
        payment = an_attempt(order)
        payments.apply(payment, says(payment))

        for late in (Standing.OPEN, Standing.APPROVED, Standing.PROCESSING, Standing.CLOSED):
            payments.apply(payment, says(payment, late))

        order.refresh_from_db()
        assert order.is_paid
        assert standing_of(payment) == (Status.SUCCEEDED, Disposition.APPLIED)

    def test_a_declined_card_leaves_the_attempt_open_and_says_why(self, order, session):
        payment = an_attempt(order)

        payments.apply(payment, says(payment, Standing.OPEN, failure_code="insufficient_funds"))

        assert standing_of(payment) == (Status.OPEN, "")
        assert payment.failure_code == "insufficient_funds"
        assert taken(session) == 3

    def test_processing_keeps_the_seats(self, order, session):
        payment = an_attempt(order)

        payments.apply(payment, says(payment, Standing.PROCESSING))

        assert standing_of(payment) == (Status.PROCESSING, "")
        assert taken(session) == 3
        assert list(Seat.objects.all()) == []

    def test_closed_is_closed_and_the_order_waits_for_another_attempt(self, order, session):
        payment = an_attempt(order)

        closed(payment)

        order.refresh_from_db()
        assert standing_of(payment) == (Status.CLOSED, "")
        assert order.is_awaiting_payment
        assert taken(session) == 3

    @pytest.mark.parametrize("live_mode", ["live", "sandbox"])
    def test_a_notice_of_another_mode_is_refused(self, owner, session, live_mode):
        order = an_order(owner, (session, 1))
        payment = an_attempt(order, mode=live_mode)

        payments.apply(payment, says(payment, live=live_mode != "live"))

        order.refresh_from_db()
        assert standing_of(payment) == (Status.OPEN, "")
        assert order.is_awaiting_payment

    @pytest.mark.parametrize("wrong", [{"amount_cents": 1}, {"amount_cents": 10**9}, {"currency": "USD"}])
    def test_a_wrong_amount_is_reviewed_by_a_person_and_the_seats_stay_held(self, order, session, wrong):
        payment = an_attempt(order)

        payments.apply(payment, says(payment, **wrong))

        order.refresh_from_db()
        assert standing_of(payment) == (Status.SUCCEEDED, Disposition.REVIEW)
        assert (order.status, taken(session)) == (Order.Status.AWAITING_PAYMENT, 3)
        assert (Seat.objects.count(), Refund.objects.count()) == (0, 0)
        assert list(order.deeds.values_list("verb", flat=True)) == ["order.placed", "payment.review"]
        assert expire(order) is not None
        assert taken(session) == 3

    def test_a_second_payment_of_a_paid_order_is_given_back(self, order):
        first = an_attempt(order)
        closed(first)
        second = an_attempt(order, means="paypal")
        payments.apply(second, says(second))

        payments.apply(first, says(first))

        assert standing_of(first) == (Status.SUCCEEDED, Disposition.SURPLUS)
        assert [(refund.payment, refund.amount_cents, refund.reason) for refund in Refund.objects.all()] == [
            (first, first.amount_cents, "surplus")
        ]
        assert Job.objects.filter(kind="refund.send").count() == 1
        assert Seat.objects.count() == 3
        assert books.disagreements() == []

    def test_an_attempt_said_to_be_deciding_does_not_push_aside_the_one_that_replaced_it(self, order):
        first = an_attempt(order)
        closed(first)
        second = an_attempt(order, means="paypal")

        payments.apply(first, says(first, Standing.PROCESSING))

        assert standing_of(first) == (Status.CLOSED, "")
        assert standing_of(second) == (Status.OPEN, "")


class TestMoneyThatComesLate:
    def test_after_the_hold_the_seats_are_taken_again_if_they_are_still_there(self, order, session):
        payment = an_attempt(order)
        closed(payment)
        expire(order)
        assert (order.status, taken(session)) == (Order.Status.EXPIRED, 0)

        payments.apply(payment, says(payment))

        order.refresh_from_db()
        assert order.is_paid
        assert standing_of(payment) == (Status.SUCCEEDED, Disposition.APPLIED)
        assert (Seat.objects.count(), taken(session)) == (3, 3)
        assert books.disagreements() == []

    def test_when_the_seats_are_gone_all_the_money_goes_back(self, owner, order, session):
        payment = an_attempt(order)
        closed(payment)
        expire(order)
        an_order(an_owner(), (session, 8))

        payments.apply(payment, says(payment))

        order.refresh_from_db()
        assert order.status == Order.Status.EXPIRED
        assert standing_of(payment) == (Status.SUCCEEDED, Disposition.SURPLUS)
        assert [(refund.amount_cents, refund.status) for refund in Refund.objects.all()] == [
            (order.total_cents, Refund.Status.REQUESTED)
        ]
        assert (Seat.objects.count(), taken(session)) == (0, 8)
        assert books.disagreements() == []

    def test_of_two_sessions_with_one_full_neither_is_taken_again(self, owner):
        plenty, scarce = a_session(capacity=10), a_session(capacity=2)
        order = an_order(owner, (plenty, 1), (scarce, 1))
        payment = an_attempt(order)
        closed(payment)
        expire(order)
        an_order(an_owner(), (scarce, 2))

        payments.apply(payment, says(payment))

        assert standing_of(payment) == (Status.SUCCEEDED, Disposition.SURPLUS)
        assert (taken(plenty), taken(scarce)) == (0, 2)
        assert books.disagreements() == []


class TestSettlingCostsTheSame:
    @pytest.mark.parametrize("seats", [1, 3, 500])
    def test_whatever_the_number_of_seats(self, owner, seats):
        order = an_order(owner, (a_session(capacity=500), seats))
        payment = an_attempt(order)

        with questions() as asked:
            payments.apply(payment, says(payment))

        assert len(asked) <= 20, str(asked)
        assert Seat.objects.count() == seats

    def test_and_so_does_an_order_that_takes_its_seats_again(self, owner):
        order = an_order(owner, (a_session(), 3), (a_session(), 3), (a_session(), 3))
        payment = an_attempt(order)
        closed(payment)
        expire(order)

        with questions() as asked:
            payments.apply(payment, says(payment))

        assert len(asked) <= 26, str(asked)


class TestWebhooks:
    def an_event(self, **facts):
        return Event(**{"id": f"evt_{uuid4().hex}", "kind": "checkout.session.completed", "live": False} | facts)

    def test_the_same_event_is_kept_once_and_handled_once(self):
        event = self.an_event()

        first = events.receive("stripe", event, "{}")
        second = events.receive("stripe", event, "{}")

        assert first == second
        assert (ProviderEvent.objects.count(), Job.objects.filter(kind="event.handle").count()) == (1, 1)

    def test_the_same_name_given_by_two_services_is_two_events(self):
        event = self.an_event()

        events.receive("stripe", event, "{}")
        events.receive("paypal", event, "{}")

        assert ProviderEvent.objects.count() == 2

    def test_an_event_about_nothing_we_know_is_tried_for_an_hour_then_set_aside(self):
        event = events.receive("stripe", self.an_event(reference="cs_of_someone"), "{}")

        with clock.stopped_at(event.received_at + timedelta(minutes=59)):
            assert events.handle(event) == clock.now() + timedelta(minutes=5)
        with clock.stopped_at(event.received_at + timedelta(minutes=60)):
            assert events.handle(event) is None

        event.refresh_from_db()
        assert event.outcome == "foreign"
        assert event.handled_at is not None

    @pytest.mark.parametrize("name", ["order-1042 of another shop", "x" * 200, "", "8c2f2f9e"])
    def test_the_names_another_site_gives_to_its_payments_do_no_harm(self, name):
        event = events.receive("stripe", self.an_event(payment=name, reference="x" * 255), "{}")

        assert events.handle(event) is not None, "tried again for an hour, as any other"


MEANS = pytest.mark.parametrize("means", ["stripe", "paypal"])


class TestWithTheService:
    """The same rules, with the payment service really asked, over HTTP."""

    def agree(self, sandbox, page, means, **choices):
        (sandbox.pay_stripe if means == "stripe" else sandbox.approve_paypal)(page, **choices)

    @MEANS
    def test_a_payment_from_start_to_seats(self, sandbox, order, owner, means):
        page = payments.start(order, means, by=owner)
        self.agree(sandbox, page, means)

        payment = payments.settle(order.payments.get())

        order.refresh_from_db()
        assert order.is_paid
        assert (payment.status, payment.disposition, payment.amount_cents) == (
            Status.SUCCEEDED,
            Disposition.APPLIED,
            order.total_cents,
        )
        assert Seat.objects.count() == 3
        assert books.disagreements() == []

    @MEANS
    def test_settling_before_the_buyer_acts_changes_nothing(self, sandbox, order, owner, session, means):
        payments.start(order, means, by=owner)

        payment = payments.settle(order.payments.get())

        assert (payment.status, taken(session)) == (Status.OPEN, 3)

    @MEANS
    def test_settling_three_times_delivers_once(self, sandbox, order, owner, means):
        self.agree(sandbox, payments.start(order, means, by=owner), means)

        for _ in range(3):
            payments.settle(order.payments.get())

        assert (Seat.objects.count(), Letter.objects.count()) == (3, 1)
        assert books.disagreements() == []

    @MEANS
    def test_a_second_start_gives_the_same_page(self, sandbox, order, owner, means):
        first = payments.start(order, means, by=owner)

        assert payments.start(order, means, by=owner) == first
        assert order.payments.count() == 1

    def test_changing_the_means_closes_the_other_one_at_the_service(self, sandbox, order, owner):
        by_card = payments.start(order, "stripe", by=owner)

        payments.start(order, "paypal", by=owner)

        assert list(order.payments.values_list("means", "status")) == [("stripe", "closed"), ("paypal", "open")]
        sandbox.pay_stripe(by_card)
        card, _paypal = order.payments.all()
        assert payments.settle(card).status == Status.CLOSED

    def test_an_attempt_already_paid_is_found_when_the_means_is_changed(self, sandbox, order, owner):
        sandbox.pay_stripe(payments.start(order, "stripe", by=owner))

        with pytest.raises(payments.AlreadyPaid):
            payments.start(order, "paypal", by=owner)

        order.refresh_from_db()
        assert order.is_paid
        assert order.payments.count() == 1

    def test_a_paypal_agreement_given_after_another_means_was_chosen_takes_no_money(self, sandbox, order, owner):
        page = payments.start(order, "paypal", by=owner)
        payments.start(order, "stripe", by=owner)

        sandbox.approve_paypal(page)
        first, _second = order.payments.all()
        payments.settle(first)

        assert standing_of(first) == (Status.CLOSED, "")
        assert not [call for call in sandbox.log()["calls"] if call["path"].endswith("/capture")]

    def test_a_paypal_agreement_given_after_the_hold_takes_no_money(self, sandbox, order, owner, session):
        page = payments.start(order, "paypal", by=owner)
        order.refresh_from_db()
        expire(order)

        sandbox.approve_paypal(page)
        payment = payments.settle(order.payments.get())

        order.refresh_from_db()
        assert (payment.status, order.status, taken(session)) == (Status.CLOSED, Order.Status.EXPIRED, 0)

    def test_a_declined_paypal_account_can_be_replaced_by_another_one(self, sandbox, order, owner):
        page = payments.start(order, "paypal", by=owner)
        sandbox.approve_paypal(page, account="declined")
        payment = payments.settle(order.payments.get())
        assert (payment.status, payment.failure_code) == (Status.OPEN, "INSTRUMENT_DECLINED")

        sandbox.approve_paypal(page, account="pays")
        payments.settle(payment)

        order.refresh_from_db()
        assert order.is_paid

    def test_a_capture_refused_for_good_lets_the_buyer_pay_otherwise(self, sandbox, order, owner):
        page = payments.start(order, "paypal", by=owner)
        self.use_up_the_invoice_of(order.payments.get(), sandbox)
        sandbox.approve_paypal(page)

        payment = payments.settle(order.payments.get())

        assert (payment.status, payment.failure_code) == (Status.CLOSED, "DUPLICATE_INVOICE_ID")
        sandbox.pay_stripe(payments.start(order, "stripe", by=owner))
        payments.settle(order.payments.last())
        order.refresh_from_db()
        assert order.is_paid

    def use_up_the_invoice_of(self, payment, sandbox):
        paypal = gateways.connect("paypal")
        started = paypal.start(payment.request_body, key="another key")
        sandbox.approve_paypal(started.url)
        paypal.capture(started.reference, key="yet another key")

    def test_a_paypal_review_holds_the_seats_until_it_is_decided(self, sandbox, order, owner, session):
        sandbox.approve_paypal(payments.start(order, "paypal", by=owner), account="pending")
        payment = payments.settle(order.payments.get())
        assert payment.status == Status.PROCESSING

        assert expire(order) is not None
        assert taken(session) == 3
        with pytest.raises(payments.PaymentUnderWay):
            payments.start(order, "stripe", by=owner)

        sandbox.settle_capture(gateways.connect("paypal").read(payment.provider_reference).charge_reference)
        payments.settle(payment)
        order.refresh_from_db()
        assert order.is_paid

    def test_a_review_that_ends_badly_lets_the_seats_go(self, sandbox, order, owner, session):
        sandbox.approve_paypal(payments.start(order, "paypal", by=owner), account="pending")
        payment = payments.settle(order.payments.get())
        sandbox.settle_capture(gateways.connect("paypal").read(payment.provider_reference).charge_reference, "DECLINED")

        order.refresh_from_db()
        expire(order)

        assert standing_of(payment) == (Status.CLOSED, "")
        assert (order.status, taken(session)) == (Order.Status.EXPIRED, 0)

    def test_an_order_that_paypal_forgot_while_it_was_captured_lets_the_seats_go(self, sandbox, order, owner, session):
        sandbox.approve_paypal(payments.start(order, "paypal", by=owner))
        order.payments.update(status=Status.CAPTURING)
        sandbox.reset()

        order.refresh_from_db()
        expire(order)

        assert (order.payments.get().status, order.status, taken(session)) == (
            Status.CLOSED,
            Order.Status.EXPIRED,
            0,
        )

    @MEANS
    def test_a_service_that_does_not_answer_keeps_the_order_its_seats_and_the_attempt(
        self, sandbox, order, owner, session, means
    ):
        sandbox.config(api_error=True)
        with pytest.raises(payments.ServiceUnavailable):
            payments.start(order, means, by=owner)

        order.refresh_from_db()
        assert (order.status, taken(session)) == (Order.Status.AWAITING_PAYMENT, 3)
        assert list(order.payments.values_list("status", flat=True)) == ["created"]

        sandbox.config(api_error=False)
        page = payments.start(order, means, by=owner)
        assert page.startswith(sandbox.url)
        assert order.payments.count() == 1

    @MEANS
    def test_while_the_service_is_unreachable_the_seats_stay_held(self, sandbox, order, owner, session, means):
        payments.start(order, means, by=owner)
        order.refresh_from_db()
        sandbox.config(api_error=True)

        with pytest.raises(gateways.Unreachable):
            expire(order)
        with pytest.raises(payments.ServiceUnavailable):
            payments.cancel(order, by=owner)

        order.refresh_from_db()
        assert (order.status, taken(session)) == (Order.Status.AWAITING_PAYMENT, 3)

    @MEANS
    def test_an_answer_lost_after_the_page_was_made_finds_the_same_page(self, sandbox, order, owner, means):
        sandbox.config(answer_lost=1)

        page = payments.start(order, means, by=owner)
        self.agree(sandbox, page, means)
        payments.settle(order.payments.get())

        order.refresh_from_db()
        assert order.is_paid

    def test_a_capture_whose_answer_was_lost_takes_the_money_once(self, sandbox, order, owner):
        sandbox.approve_paypal(payments.start(order, "paypal", by=owner))
        sandbox.config(answer_lost=3)
        with pytest.raises(gateways.Unreachable):
            payments.settle(order.payments.get())
        sandbox.config(answer_lost=False)

        payments.settle(order.payments.get())

        order.refresh_from_db()
        assert order.is_paid
        assert (Seat.objects.count(), books.disagreements()) == (3, [])

    def test_an_order_paid_on_the_page_just_before_its_hold_ends_is_delivered(self, sandbox, order, owner, session):
        sandbox.pay_stripe(payments.start(order, "stripe", by=owner))
        order.refresh_from_db()

        assert expire(order) is None

        assert (order.status, taken(session)) == (Order.Status.PAID, 3)

    def test_an_order_expired_at_the_service_can_no_longer_be_paid_there(self, sandbox, order, owner, session):
        page = payments.start(order, "stripe", by=owner)
        order.refresh_from_db()
        expire(order)

        sandbox.pay_stripe(page)
        payments.settle(order.payments.get())

        order.refresh_from_db()
        assert (order.status, taken(session)) == (Order.Status.EXPIRED, 0)

    def test_an_expired_order_can_be_paid_again_while_there_is_room(self, sandbox, order, owner, session):
        payments.start(order, "stripe", by=owner)
        order.refresh_from_db()
        expire(order)

        sandbox.pay_stripe(payments.start(order, "stripe", by=owner))
        payments.settle(order.payments.last())

        order.refresh_from_db()
        assert (order.status, taken(session)) == (Order.Status.PAID, 3)
        assert list(order.payments.values_list("attempt", "status")) == [(1, "closed"), (2, "succeeded")]
        assert books.disagreements() == []

    def test_an_expired_order_whose_seats_are_gone_is_refused_before_any_page(self, sandbox, order, owner, session):
        expire(order)
        an_order(an_owner(), (session, 9))

        with pytest.raises(orders.SeatsGone):
            payments.start(order, "stripe", by=owner)

        assert list(order.payments.all()) == []

    def test_a_cancelled_order_gives_its_seats_back_once_its_page_is_closed(self, sandbox, order, owner, session):
        page = payments.start(order, "stripe", by=owner)

        payments.cancel(order, by=owner)

        order.refresh_from_db()
        assert (order.status, taken(session)) == (Order.Status.CANCELLED, 0)
        sandbox.pay_stripe(page)
        assert payments.settle(order.payments.get()).status == Status.CLOSED

    def test_an_order_just_paid_is_not_cancelled(self, sandbox, order, owner, session):
        sandbox.pay_stripe(payments.start(order, "stripe", by=owner))

        with pytest.raises(payments.AlreadyPaid):
            payments.cancel(order, by=owner)

        assert taken(session) == 3

    def test_an_attempt_nobody_reports_on_is_asked_about_less_and_less_often(self, sandbox, order, owner):
        payments.start(order, "stripe", by=owner)
        payment = order.payments.get()
        now = clock.now()

        with clock.stopped_at(now):
            pauses = [payments.check(payment) - now for _ in range(7)]

        assert [pause / timedelta(minutes=1) for pause in pauses] == [5, 10, 20, 40, 60, 60, 60]

    def test_a_check_finds_the_payment_that_no_webhook_told(self, sandbox, order, owner):
        sandbox.pay_stripe(payments.start(order, "stripe", by=owner))

        assert payments.check(order.payments.get()) is None

        order.refresh_from_db()
        assert order.is_paid

    def test_every_call_to_the_service_is_written_down(self, sandbox, order, owner):
        payments.start(order, "stripe", by=owner)

        calls = ProviderCall.objects.values_list("means", "method", "path", "status")
        assert list(calls) == [("stripe", "POST", "/v1/checkout/sessions", 200)]

    def test_a_webhook_settles_the_payment_it_names(self, sandbox, order, owner):
        sandbox.pay_stripe(payments.start(order, "stripe", by=owner))
        payment = order.payments.get()
        event = Event(id="evt_1", kind="checkout.session.completed", live=False, payment=str(payment.uuid))

        assert events.handle(events.receive("stripe", event, "{}")) is None

        order.refresh_from_db()
        assert order.is_paid
        assert ProviderEvent.objects.get().outcome == "settled"

    def test_a_live_webhook_on_a_test_shop_changes_nothing(self, sandbox, order, owner):
        payments.start(order, "stripe", by=owner)
        payment = order.payments.get()
        event = Event(id="evt_1", kind="checkout.session.completed", live=True, payment=str(payment.uuid))

        events.handle(events.receive("stripe", event, "{}"))

        assert ProviderEvent.objects.get().mode == "live"
        assert standing_of(payment) == (Status.OPEN, "")


class TestRefunds:
    """What was paid for nothing goes back, once."""

    @pytest.fixture
    def surplus(self, sandbox, owner, session):
        def make(means="stripe", **choices):
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

    @MEANS
    def test_the_money_goes_back(self, surplus, means):
        refund = surplus(means)

        refunds.send(refund)

        assert (refund.status, bool(refund.provider_reference)) == (Refund.Status.SUCCEEDED, True)
        assert books.disagreements() == []

    @MEANS
    def test_once_whatever_crashed(self, surplus, sandbox, means):
        refund = surplus(means)
        refunds.send(refund)
        Refund.objects.update(status=Refund.Status.REQUESTED, provider_reference="", settled_at=None)

        refunds.send(Refund.objects.get())

        after = Refund.objects.get()
        assert (after.status, after.provider_reference) == (Refund.Status.SUCCEEDED, refund.provider_reference)

    def test_a_refund_under_way_is_asked_about_until_it_is_decided(self, surplus):
        refund = surplus(card="4000000000007726")

        again_at = refunds.send(refund)

        assert refund.status == Refund.Status.SUBMITTED
        assert again_at is not None
        assert again_at > clock.now()

    def test_a_refund_that_fails_later_is_learnt_and_stays_visible(self, surplus, sandbox):
        refund = surplus(card="4000000000005126")
        refunds.send(refund)
        payment = refund.payment
        sandbox.wait_for(lambda: gateways.connect("stripe").read_refund(refund.provider_reference).status == "failed")

        event = Event(id="evt_9", kind="refund.failed", live=False, charge_reference=payment.charge_reference)
        events.handle(events.receive("stripe", event, "{}"))

        refund.refresh_from_db()
        assert refund.status == Refund.Status.FAILED
        assert books.disagreements() == [f"payment {payment.uuid}: {payment.amount_cents} cents too many, 0 given back"]


def test_a_course_title_in_the_language_of_the_order_is_what_the_service_is_asked_for(sandbox, owner):
    session = a_session(a_course(title_fr="Premiers soins", title_en="First aid"))
    order = an_order(owner, (session, 2))

    payments.start(order, "stripe", by=owner)

    lines = order.payments.get().request_body["line_items"]
    assert [(line["quantity"], line["price_data"]["unit_amount"]) for line in lines] == [
        (2, 12500),
        (1, 1250),
        (1, 2494),
    ]
    assert lines[0]["price_data"]["product_data"]["name"] == "Premiers soins"
