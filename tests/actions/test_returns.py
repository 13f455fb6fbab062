"""What is given back of a paid order: credit note, money, seats and codes, together or not at all."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import orders, payments, returns, seats
from pupitre.models import (
    Assignment,
    CourseSession,
    CreditNote,
    Dispute,
    Job,
    Letter,
    Payment,
    Provider,
    Refund,
    Seat,
)
from pupitre.queries import books, refunds
from pupitre.refusals import Refused
from tests.counting import questions
from tests.world import a_course, a_paid_order, a_person, a_provider, a_session, an_attempt, an_order, an_owner, says

pytestmark = pytest.mark.django_db

POLICY = [[168, 100], [24, 50]]


@pytest.fixture(autouse=True)
def provider():
    return a_provider(refund_steps=POLICY, owners_can_refund=True)


@pytest.fixture
def session():
    return a_session(a_course(price_cents=12995), capacity=10)


@pytest.fixture
def order(owner, session):
    return a_paid_order(owner, (session, 5))


def seats_of(order, count=None):
    return list(Seat.objects.filter(line__order=order).with_holders().order_by("pk"))[:count]


def give_back(order, chosen, by, **choices):
    total = refunds.propose_seats(order, chosen, percent=choices.get("percent")).total_cents
    return returns.give_back_seats(order, chosen, agreed_total_cents=total, by=by, **choices)


def of_seats(order, chosen, agreed_cents, by):
    return returns.give_back_seats(order, chosen, agreed_total_cents=agreed_cents, by=by)


def amount(order, cents, agreed_left_cents, by):
    return returns.give_back_amount(order, cents, agreed_left_cents=agreed_left_cents, by=by)


def everything(order, agreed_cents, by):
    return returns.give_back_everything(order, agreed_total_cents=agreed_cents, by=by)


def taken(session):
    return CourseSession.objects.get(pk=session.pk).taken


def refused_as(deed) -> str:
    with pytest.raises(Refused) as refusal:
        deed()
    return refusal.value.code


class TestSeats:
    def test_credit_note_refund_and_places_come_together(self, order, owner, session):
        credit_note = give_back(order, seats_of(order, 2), owner)

        assert (credit_note.total_cents, credit_note.net_cents, credit_note.percent) == (29882, 25990, 100)
        assert [(line.seat_count, line.net_cents) for line in credit_note.lines.all()] == [(2, 25990)]
        assert [(tax.tax.code, tax.amount_cents) for tax in credit_note.taxes.all()] == [("gst", 1300), ("qst", 2592)]
        refund = Refund.objects.get()
        assert (refund.amount_cents, refund.credit_note, refund.payment) == (29882, credit_note, order.payment)
        assert Job.objects.filter(kind="refund.send", facts={"refund": refund.pk}).exists()
        assert taken(session) == 3
        assert [seat.credited_by for seat in seats_of(order, 3)] == [*[credit_note.lines.get()] * 2, None]
        assert [seat.state for seat in seats_of(order)] == ["refunded"] * 2 + ["free"] * 3
        assert books.disagreements() == []

    def test_the_holder_is_told_and_the_code_stops_working(self, order, owner):
        seat = seats_of(order, 1)[0]
        assignment = seats.assign(seat, a_person(owner), by=owner)

        give_back(order, seats_of(order, 1), owner)

        assert Letter.objects.filter(kind="seat_taken_away", assignment=assignment).count() == 1
        assert refused_as(lambda: seats.find_by_code(assignment.access_code, address="192.0.2.1")) == "code_replaced"
        assert Assignment.objects.in_force().count() == 0

    def test_the_buyer_gets_the_credit_note(self, order, owner):
        credit_note = give_back(order, seats_of(order, 1), owner)

        letter = Letter.objects.get(kind="refunded")
        assert (letter.credit_note, letter.to_email) == (credit_note, owner.email)

    def test_it_is_written_in_the_journal(self, order, owner):
        give_back(order, seats_of(order, 1), owner)

        deed = seats_of(order, 1)[0].deeds.get(verb="seat.given_back")
        assert (deed.by, deed.order) == (owner, order)

    def test_seats_given_back_can_no_longer_be_assigned(self, order, owner, session):
        seat = seats_of(order, 1)[0]
        give_back(order, [seat], owner)

        assert refused_as(lambda: seats.assign(seat, a_person(owner), by=owner)) == "seat_taken"
        assert seats.assign_several(session, owner.establishment, [a_person(owner)], by=owner)[0].seat != seat

    def test_the_places_can_be_bought_again(self, order, owner, session):
        a_paid_order(an_owner(), (session, 5))
        give_back(order, seats_of(order, 2), owner)

        again = a_paid_order(an_owner(), (session, 2))

        assert (again.is_paid, taken(session)) == (True, 10)
        assert books.disagreements() == []

    def test_one_after_the_other_they_come_to_what_was_paid(self, order, owner):
        notes = [give_back(order, [seat], owner) for seat in seats_of(order)]

        assert [note.total_cents for note in notes] == [14941, 14941, 14940, 14942, 14941]
        assert sum(note.total_cents for note in notes) == order.total_cents
        assert refunds.remaining(order).total_cents == 0
        assert books.disagreements() == []

    def test_a_percentage_may_be_chosen(self, order, owner):
        credit_note = give_back(order, seats_of(order, 1), owner, percent=25)

        assert (credit_note.percent, credit_note.net_cents) == (25, 3249)

    def test_nothing_by_the_policy_cancels_the_seat_all_the_same(self, order, owner, session):
        with clock.stopped_at(session.starts_at - timedelta(hours=1)):
            assert give_back(order, seats_of(order, 1), owner) is None

        assert (CreditNote.objects.count(), Refund.objects.count(), taken(session)) == (0, 0, 4)
        assert seats_of(order, 1)[0].state == "cancelled"
        assert books.disagreements() == []

    def test_a_free_order_gives_its_seats_back_without_money(self, owner):
        session = a_session(a_course(price_cents=0))
        order = an_order(owner, (session, 2))
        orders.deliver_free(order)

        assert give_back(order, seats_of(order, 1), owner) is None

        assert taken(session) == 1
        assert books.disagreements() == []

    def test_a_note_is_printed_on_the_credit_note(self, order, owner):
        assert give_back(order, seats_of(order, 1), owner, note="Maladie").note == "Maladie"

    def test_fifty_seats_take_as_many_questions_as_five(self, owner):
        def count(seats_count: int) -> int:
            session = a_session(capacity=60)
            order = a_paid_order(owner, (session, seats_count))
            seats.assign_several(session, owner.establishment, [a_person(owner) for _ in range(seats_count)], by=owner)
            chosen = seats_of(order)
            total = refunds.propose_seats(order, chosen).total_cents
            with questions() as asked:
                returns.give_back_seats(order, chosen, agreed_total_cents=total, by=owner)
            return len(asked)

        assert count(50) == count(5)


class TestRefusals:
    def test_an_order_that_is_not_paid(self, owner, session):
        order = an_order(owner, (session, 1))

        assert refused_as(lambda: everything(order, 0, owner)) == "order_not_paid"

    def test_a_seat_given_back_already(self, order, owner):
        chosen = seats_of(order, 1)
        give_back(order, chosen, owner)

        assert refused_as(lambda: of_seats(order, chosen, 14941, owner)) == "seat_already_given_back"
        assert CreditNote.objects.count() == 1

    def test_a_seat_of_another_order(self, order, owner, session):
        other = a_paid_order(owner, (session, 1))

        assert refused_as(lambda: of_seats(order, seats_of(other), 0, owner)) == "seat_already_given_back"

    def test_another_amount_than_agreed(self, order, owner):
        assert refused_as(lambda: of_seats(order, seats_of(order, 1), 14942, owner)) == "amount_changed"
        assert seats_of(order, 1)[0].cancelled_at is None

    def test_a_seat_that_changed_hands_since_the_page_was_shown(self, order, owner):
        seat = seats_of(order, 1)[0]
        shown = seats.assign(seat, a_person(owner), by=owner)
        seats.replace(seat, a_person(owner, "Marie"), by=owner)

        assert refused_as(lambda: give_back(order, [seat], owner, leaving=[shown.uuid])) == "holder_changed"

    @pytest.mark.parametrize("status", ["open", "lost"])
    def test_a_payment_that_the_buyer_contests(self, order, owner, status):
        closed_at = None if status == "open" else clock.now()
        Dispute.objects.create(
            payment=order.payment, provider_reference="dp_1", status=status, amount_cents=100, closed_at=closed_at
        )

        assert refused_as(lambda: give_back(order, seats_of(order, 1), owner)) == "payment_disputed"

    def test_a_dispute_that_was_won_is_over(self, order, owner):
        Dispute.objects.create(
            payment=order.payment, provider_reference="dp_1", status="won", amount_cents=100, closed_at=clock.now()
        )

        assert give_back(order, seats_of(order, 1), owner) is not None

    def test_an_order_with_a_payment_under_review(self, order, owner):
        late = an_attempt(order, means="paypal", status=Payment.Status.CLOSED)
        payments.apply(late, says(late, amount_cents=1))

        assert refused_as(lambda: give_back(order, seats_of(order, 1), owner)) == "payment_under_review"

    @pytest.mark.parametrize("percent", [-1, 101])
    def test_a_percentage_that_is_none(self, order, owner, percent):
        assert refused_as(lambda: give_back(order, seats_of(order, 1), owner, percent=percent)) == (
            "percentage_out_of_range"
        )

    def test_no_seat_at_all(self, order, owner):
        assert refused_as(lambda: of_seats(order, [], 0, owner)) == "nothing_to_give_back"


class TestAnAmount:
    def test_it_is_credited_and_the_seats_stay(self, order, owner, session):
        left = refunds.remaining(order).total_cents

        credit_note = returns.give_back_amount(order, 5000, agreed_left_cents=left, by=owner, note="Rabais oublié")

        assert (credit_note.total_cents, credit_note.reason) == (5000, "amount")
        assert (Refund.objects.get().amount_cents, taken(session)) == (5000, 5)
        assert books.disagreements() == []

    def test_a_form_sent_twice_gives_back_once(self, order, owner):
        left = refunds.remaining(order).total_cents
        amount(order, 5000, left, owner)

        assert refused_as(lambda: amount(order, 5000, left, owner)) == "amount_changed"

    @pytest.mark.parametrize(("cents", "code"), [(74706, "more_than_remains"), (0, "nothing_to_give_back")])
    def test_no_more_than_what_is_left_and_no_less_than_a_cent(self, order, owner, cents, code):
        assert refused_as(lambda: amount(order, cents, 74705, owner)) == code


class TestEverything:
    def test_a_seat_that_changed_hands_since_the_page_was_shown(self, order, owner):
        seats.assign(seats_of(order)[0], a_person(owner), by=owner)

        def give_back_everything(leaving):
            return returns.give_back_everything(order, agreed_total_cents=order.total_cents, by=owner, leaving=leaving)

        assert refused_as(lambda: give_back_everything([])) == "holder_changed"
        assert give_back_everything([Assignment.objects.get().uuid]).total_cents == order.total_cents

    def test_the_credit_note_that_was_agreed_to_is_found_again(self, order, owner):
        left = order.total_cents
        first = give_back(order, seats_of(order, 1), owner, percent=100)
        second = give_back(order, seats_of(order)[1:2], owner, percent=100)

        assert refunds.credit_note_after(order, left) == first
        assert refunds.credit_note_after(order, left - first.total_cents) == second
        assert refunds.credit_note_after(order, left - first.total_cents - second.total_cents) is None
        assert refunds.credit_note_after(order, left - 1) is None

    def test_every_seat_and_every_cent_that_is_left(self, order, owner, session):
        give_back(order, seats_of(order, 1), owner, percent=50)
        left = refunds.remaining(order).total_cents

        credit_note = everything(order, left, owner)

        assert credit_note.total_cents == left
        assert sum(Refund.objects.values_list("amount_cents", flat=True)) == order.total_cents
        assert (taken(session), refunds.remaining(order).seats) == (0, [])
        assert books.disagreements() == []

    def test_once(self, order, owner):
        everything(order, order.total_cents, owner)

        assert refused_as(lambda: everything(order, 0, owner)) == "nothing_to_give_back"


class TestOwners:
    def give_back(self, order, chosen, owner):
        total = refunds.propose_seats(order, chosen).total_cents
        return returns.give_back_by_owner(order, chosen, agreed_total_cents=total, by=owner)

    def test_at_the_percentage_of_the_policy_of_the_day_they_bought(self, order, owner, session):
        a_provider(refund_steps=[], owners_can_refund=True)
        with clock.stopped_at(session.starts_at - timedelta(days=2)):
            credit_note = self.give_back(order, seats_of(order, 2), owner)

        assert (credit_note.percent, credit_note.net_cents) == (50, 12995)
        assert books.disagreements() == []

    def test_only_where_the_provider_lets_them(self, order, owner):
        a_provider(owners_can_refund=False)

        assert refused_as(lambda: self.give_back(order, seats_of(order, 1), owner)) == "owners_cannot_refund"

    @pytest.mark.parametrize(("hours", "code"), [(24, None), (23.9, "refund_period_over"), (0, "returns_closed")])
    def test_a_free_seat_until_the_policy_gives_nothing(self, order, owner, session, hours, code):
        with clock.stopped_at(session.starts_at - timedelta(hours=hours)):
            offer = returns.offers_to_owner(order, Provider.current())[0]

        assert (offer.refusal.code if offer.refusal else None) == code

    def test_a_held_seat_as_long_as_its_holder_could_be_replaced(self, owner):
        a_provider(refund_steps=[[1, 100]], owners_can_refund=True)
        session = a_session()
        order = a_paid_order(owner, (session, 2))
        seats.assign(seats_of(order, 1)[0], a_person(owner), by=owner)
        held, free = seats_of(order)

        with clock.stopped_at(session.starts_at - timedelta(hours=23)):
            assert refused_as(lambda: self.give_back(order, [held], owner)) == "too_late_to_replace"
            assert self.give_back(order, [free], owner).percent == 100

    def test_a_session_that_the_provider_cancelled_is_for_the_provider_to_refund(self, order, owner, session):
        CourseSession.objects.update(cancelled_at=clock.now())

        assert refused_as(lambda: self.give_back(order, seats_of(order, 1), owner)) == "session_cancelled"

    def test_a_seat_that_cost_nothing(self, owner):
        free, paid = a_session(a_course(price_cents=0)), a_session()
        order = a_paid_order(owner, (free, 1), (paid, 1))
        seat = Seat.objects.with_holders().get(session=free)

        assert refused_as(lambda: self.give_back(order, [seat], owner)) == "nothing_to_give_back"
