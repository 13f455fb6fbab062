"""What waits for a person: another amount than asked for, and money that nobody knows."""

import pytest

from pupitre import worker
from pupitre.actions import payments, reviews
from pupitre.models import CourseSession, Job, Letter, Order, Payment, Refund, Seat, StrayPayment
from pupitre.queries import books
from tests.world import a_session, an_attempt, an_order, an_owner, says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

Disposition = Payment.Disposition


@pytest.fixture
def session():
    return a_session()


@pytest.fixture
def order(session):
    return an_order(an_owner(), (session, 2))


@pytest.fixture
def staff():
    return an_owner()


def paid_wrongly(order, **facts):
    payment = an_attempt(order)
    return payments.apply(payment, says(payment, **{"amount_cents": payment.amount_cents - 100} | facts))


def taken(session):
    return CourseSession.objects.get(pk=session.pk).taken


def deeds_of(order):
    return list(order.deeds.values_list("verb", flat=True))


def test_what_really_came_in_is_kept_and_the_provider_is_told(order, session):
    payment = paid_wrongly(order)

    assert payment.disposition == Disposition.REVIEW
    assert (payment.received_cents, payment.received_currency) == (payment.amount_cents - 100, "CAD")
    assert Letter.objects.get().kind == "payment_to_review"
    assert taken(session) == 2


def test_accepted_the_order_is_delivered(order, session, staff):
    payment = paid_wrongly(order)

    payment = reviews.accept(payment, by=staff, note="One dollar: not worth a call")

    order.refresh_from_db()
    assert order.is_paid
    assert (payment.disposition, payment.received_cents) == (Disposition.APPLIED, order.total_cents - 100)
    assert (Seat.objects.count(), taken(session)) == (2, 2)
    assert deeds_of(order)[-1] == "payment.accepted"
    assert order.deeds.last().facts["note"] == "One dollar: not worth a call"
    assert books.disagreements() == []


def test_given_back_all_that_came_in_goes_back_and_the_seats_are_free(order, session, staff):
    payment = paid_wrongly(order, amount_cents=order.total_cents + 500)

    reviews.give_back(payment, by=staff, note="They paid twice")

    order.refresh_from_db()
    assert order.status == Order.Status.CANCELLED
    assert order.deeds.get(verb="payment.given_back").facts["note"] == "They paid twice"
    assert [(refund.payment, refund.amount_cents) for refund in Refund.objects.all()] == [
        (payment, order.total_cents + 500)
    ]
    assert Job.objects.filter(kind="refund.send").count() == 1
    assert (Seat.objects.count(), taken(session)) == (0, 0)
    assert "payment.given_back" in deeds_of(order)
    assert books.disagreements() == []


def test_given_back_while_someone_else_is_paying_the_order_goes_on(order, session, staff):
    payment = paid_wrongly(order)
    an_attempt(order, means="paypal")

    reviews.give_back(payment, by=staff)

    order.refresh_from_db()
    assert order.is_awaiting_payment
    assert taken(session) == 2


def test_a_decision_is_taken_once(order, staff):
    payment = paid_wrongly(order)
    reviews.accept(payment, by=staff, note="")

    with pytest.raises(reviews.NotInReview):
        reviews.give_back(payment, by=staff)
    with pytest.raises(reviews.NotInReview):
        reviews.accept(payment, by=staff, note="")

    assert not Refund.objects.exists()


def test_an_order_paid_meanwhile_cannot_be_delivered_twice(order, staff):
    payment = paid_wrongly(order)
    second = an_attempt(order, means="paypal")
    payments.apply(second, says(second))

    with pytest.raises(reviews.CannotBeDelivered):
        reviews.accept(payment, by=staff, note="")
    reviews.give_back(payment, by=staff)

    assert (Seat.objects.count(), Order.objects.get().is_paid) == (2, True)
    assert books.disagreements() == []


def test_another_currency_cannot_be_accepted_and_goes_back_as_it_came(order, staff):
    payment = paid_wrongly(order, amount_cents=20000, currency="USD")

    with pytest.raises(reviews.PaidInAnotherCurrency) as refusal:
        reviews.accept(payment, by=staff, note="")
    payment = reviews.give_back(payment, by=staff)

    assert "USD" in str(refusal.value)
    assert (payment.amount_cents, payment.currency) == (20000, "USD")


def test_money_that_goes_back_really_goes_back(sandbox, order, pay, staff):
    Order.objects.update(total_cents=order.total_cents + 1)  # begun before the total changed, and paid all the same
    page = payments.start(order, "stripe", by=order.placed_by)
    Order.objects.update(total_cents=order.total_cents)
    sandbox.pay_stripe(page)
    payment = payments.settle(order.payments.get())
    assert payment.disposition == Disposition.REVIEW

    reviews.give_back(payment, by=staff)
    worker.work_until_idle()

    assert Refund.objects.get().status == Refund.Status.SUCCEEDED


class TestAPaymentNobodyKnows:
    @pytest.fixture
    def stray(self):
        return StrayPayment.objects.create(
            means="stripe", provider_reference="cs_1", mode="sandbox", amount_cents=1000, currency="CAD"
        )

    def test_what_was_done_about_it_is_written_down(self, stray, staff):
        stray = reviews.resolve(stray, by=staff, resolution=" Given back at Stripe ")

        assert (stray.resolution, stray.resolved_by, stray.resolved_at is not None) == (
            "Given back at Stripe",
            staff,
            True,
        )
        assert not StrayPayment.objects.unresolved().exists()

    def test_it_is_not_put_away_without_a_word_nor_twice(self, stray, staff):
        with pytest.raises(reviews.ResolutionMissing):
            reviews.resolve(stray, by=staff, resolution="  ")
        reviews.resolve(stray, by=staff, resolution="Given back")

        with pytest.raises(reviews.NotInReview):
            reviews.resolve(stray, by=staff, resolution="Again")
