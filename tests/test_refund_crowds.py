"""Many people giving money back at once: never a cent twice, never a seat twice, and nobody meets an error."""

import pytest

from pupitre.actions import disputes, orders, payments, refunds, returns, seats
from pupitre.gateways import DisputeNotice, RefundNotice, connect
from pupitre.models import CourseSession, CreditNote, Dispute, Letter, Order, Refund, Seat
from pupitre.queries import books, debts
from pupitre.queries.refunds import propose_all, propose_seats, remaining
from tests.crowd import all_at_once, refusals
from tests.world import a_cart, a_course, a_paid_order, a_person, a_provider, a_session, an_order, an_owner, net_of

pytestmark = pytest.mark.django_db(transaction=True)

SAYING_NO = {"amount_changed", "more_than_remains", "nothing_to_give_back", "seat_already_given_back"}


@pytest.fixture(autouse=True)
def provider():
    return a_provider(refund_steps=[[24, 100]], owners_can_refund=True)


@pytest.fixture
def session():
    return a_session(a_course(price_cents=12995), capacity=20)


@pytest.fixture
def order(owner, session):
    return a_paid_order(owner, (session, 5))


def giving_back(order, chosen, by):
    """The deed of giving these seats back, for what it comes to now."""
    agreed = propose_seats(order, chosen, percent=100).total_cents
    return lambda: returns.give_back_seats(order, chosen, percent=100, agreed_total_cents=agreed, by=by)


def given_back() -> int:
    return sum(Refund.objects.values_list("amount_cents", flat=True))


class TestSeats:
    def test_the_same_seat_five_times(self, order, owner, session):
        seat = Seat.objects.first()

        outcomes = all_at_once([giving_back(order, [seat], owner)] * 5)

        assert refusals(outcomes) == ["seat_already_given_back"] * 4
        assert (CreditNote.objects.count(), Refund.objects.count()) == (1, 1)
        assert Letter.objects.filter(kind="refunded").count() == 1
        assert CourseSession.objects.get(pk=session.pk).taken == 4
        assert books.disagreements() == []

    def test_each_seat_of_an_order_by_someone_else(self, order, owner):
        """The third one comes to a cent less than the others: whoever saw another amount is told, and tries again."""
        deeds = [giving_back(order, [seat], owner) for seat in Seat.objects.order_by("pk")]

        outcomes = all_at_once(deeds)

        assert set(refusals(outcomes)) <= {"amount_changed"}
        assert given_back() + remaining(order).total_cents == order.total_cents
        assert books.disagreements() == []

    def test_seats_amounts_and_everything_together(self, order, owner):
        chosen = list(Seat.objects.order_by("pk"))
        everything, left = propose_all(order).total_cents, remaining(order).total_cents

        outcomes = all_at_once(
            [
                giving_back(order, chosen[:2], owner),
                giving_back(order, chosen[1:3], owner),
                lambda: returns.give_back_amount(order, 30000, agreed_left_cents=left, by=owner),
                lambda: returns.give_back_amount(order, 50000, agreed_left_cents=left, by=owner),
                lambda: returns.give_back_everything(order, agreed_total_cents=everything, by=owner),
                lambda: returns.give_back_by_owner(order, [chosen[4]], agreed_total_cents=14941, by=owner),
            ]
        )

        assert set(refusals(outcomes)) <= SAYING_NO
        assert 0 < given_back() <= order.total_cents
        assert books.disagreements() == []

    def test_two_orders_of_one_session_and_buyers_who_wait_for_places(self, owner, session):
        sold = [a_paid_order(an_owner(), (session, 10)) for _ in range(2)]
        deeds = [giving_back(order, list(order.lines.get().seats.all())[:3], owner) for order in sold]

        def buyer():
            buyer = an_owner()
            CourseSession.objects.filter(pk=session.pk).update(capacity=21)
            cart = a_cart(buyer, (session, 1))
            CourseSession.objects.filter(pk=session.pk).update(capacity=20)
            establishment, net = buyer.establishment, net_of(cart, buyer.establishment)
            return lambda: orders.place(cart, establishment, by=buyer, language="fr-ca", agreed_net_cents=net)

        all_at_once([*deeds, *[buyer() for _ in range(6)]])

        assert CourseSession.objects.get(pk=session.pk).taken <= 20
        assert books.disagreements() == []


class TestSeatsThatMove:
    def test_while_the_holder_is_replaced(self, order, owner):
        seat = Seat.objects.first()
        seats.assign(seat, a_person(owner), by=owner)
        newcomer = a_person(owner)

        outcomes = all_at_once(
            [giving_back(order, [seat], owner), lambda: seats.replace(seat, newcomer, by=owner)],
        )

        assert refusals(outcomes) in ([], ["seat_not_assigned"])
        seat.refresh_from_db()
        assert (seat.cancelled_at is None, seat.assignments.in_force().count()) == (False, 0)
        assert books.disagreements() == []

    def test_while_the_holder_that_was_shown_is_replaced(self, order, owner):
        """Whoever gives a seat back does not take it from someone they were not shown."""
        seat = Seat.objects.first()
        shown = seats.assign(seat, a_person(owner), by=owner)
        newcomer, agreed = a_person(owner), propose_seats(order, [seat]).total_cents

        outcomes = all_at_once(
            [
                lambda: returns.give_back_by_owner(
                    order, [seat], agreed_total_cents=agreed, by=owner, leaving=[shown.uuid]
                ),
                lambda: seats.replace(seat, newcomer, by=owner),
            ]
        )

        assert refusals(outcomes) in (["seat_not_assigned"], ["holder_changed"])
        assert books.disagreements() == []

    def test_while_a_free_seat_is_assigned(self, order, owner):
        seat = Seat.objects.first()
        person = a_person(owner)

        outcomes = all_at_once([giving_back(order, [seat], owner), lambda: seats.assign(seat, person, by=owner)])

        assert refusals(outcomes) in ([], ["seat_taken"])
        assert seat.assignments.in_force().count() == 0
        assert books.disagreements() == []


class TestDisputes:
    def test_a_dispute_and_a_refund(self, order, owner):
        payment = order.payment
        notice = DisputeNotice(
            "dp_1", payment.charge_reference, "", "open", "fraudulent", payment.amount_cents, "CAD", None, live=False
        )

        outcomes = all_at_once(
            [giving_back(order, [Seat.objects.first()], owner), lambda: disputes.note(payment, notice)],
        )

        assert Dispute.objects.count() == 1
        assert refusals(outcomes) == ([] if CreditNote.objects.exists() else ["payment_disputed"])
        assert all(refunds.send(refund) is not None for refund in Refund.objects.all()), "it waits for the end of it"


class TestMoney:
    @pytest.fixture
    def paid(self, sandbox, owner, session) -> Order:
        order = an_order(owner, (session, 5))
        sandbox.pay_stripe(payments.start(order, "stripe", by=owner))
        payments.settle(order.payments.get())
        return Order.objects.get(pk=order.pk)

    def test_three_workers_send_the_same_refund(self, paid, owner):
        giving_back(paid, [Seat.objects.first()], owner)()
        refund = Refund.objects.get()

        all_at_once([lambda: refunds.send(Refund.objects.get(pk=refund.pk))] * 3)

        payment = paid.payment
        notices = connect("stripe").refunds_of(payment.provider_reference, payment.charge_reference)
        assert [notice.refund for notice in notices] == [str(refund.uuid)]
        assert Refund.objects.get().status == "succeeded"

    def test_a_refund_made_elsewhere_is_found_by_several_notices_at_once(self, paid, sandbox):
        sandbox.refund(paid.payment.charge_reference, 5000)
        payment = paid.payment

        all_at_once([lambda: refunds.import_refunds(payment)] * 4)

        assert (Refund.objects.count(), CreditNote.objects.count()) == (1, 1)
        assert books.disagreements() == []

    def test_a_refund_made_elsewhere_is_found_while_seats_are_given_back(self, paid, owner, sandbox):
        sandbox.refund(paid.payment.charge_reference, 60000)
        payment = paid.payment

        all_at_once(
            [
                lambda: refunds.import_refunds(payment),
                giving_back(paid, list(Seat.objects.all()[:3]), owner),
                lambda: refunds.import_refunds(payment),
            ]
        )

        assert Refund.objects.filter(origin="dashboard").count() == 1
        assert sum(CreditNote.objects.values_list("total_cents", flat=True)) <= paid.total_cents

    def test_a_debt_paid_in_several_ways_at_once(self, order, owner):
        giving_back(order, [Seat.objects.first()], owner)()
        refund = Refund.objects.get()
        refunds.note(refund, RefundNotice("re_1", "failed", "expired_or_canceled_card"))
        debt = debts.debt_of(refund)

        outcomes = all_at_once(
            [
                lambda: refunds.try_again(debt, by=owner),
                lambda: refunds.record_by_hand(debt, by=owner, note="Chèque 12"),
                lambda: refunds.try_again(debt, by=owner),
            ]
        )

        assert refusals(outcomes) == ["nothing_owed"] * 2
        assert (debts.open_debts(), books.disagreements()) == ([], [])

    def test_a_failure_learnt_twice_at_once_is_told_once(self, order, owner):
        giving_back(order, [Seat.objects.first()], owner)()
        refund = Refund.objects.get()
        failed = RefundNotice("re_1", "failed", "expired_or_canceled_card")

        all_at_once([lambda: refunds.note(Refund.objects.get(pk=refund.pk), failed)] * 4)

        assert Letter.objects.filter(kind="refund_failed").count() == 1
        assert order.deeds.filter(verb="refund.failed").count() == 1
