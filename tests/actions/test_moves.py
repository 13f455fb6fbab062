"""Seats that go to another session of their course: place, holder, code, calendar, and money to the cent."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import catalogue, moves, orders, payments, returns, seats
from pupitre.documents import calendar
from pupitre.models import (
    Assignment,
    CourseSession,
    CreditNote,
    Dispute,
    Letter,
    MemberPrice,
    OrderLine,
    Payment,
    Refund,
    Seat,
    SeatMove,
)
from pupitre.queries import books, refunds
from pupitre.refusals import Refused
from tests.counting import questions
from tests.world import (
    a_cart,
    a_course,
    a_paid_order,
    a_person,
    a_promo,
    a_provider,
    a_session,
    an_attempt,
    an_order,
    an_owner,
    members,
    says,
)

pytestmark = pytest.mark.django_db

POLICY = [[168, 100], [24, 50]]


@pytest.fixture(autouse=True)
def provider():
    return a_provider(refund_steps=POLICY, owners_can_refund=True)


@pytest.fixture(autouse=True)
def _the_books_agree():
    yield
    assert books.disagreements() == []


@pytest.fixture
def course():
    return a_course(price_cents=12995, allows_moves=True)


@pytest.fixture
def session(course):
    return a_session(course, capacity=10)


@pytest.fixture
def later(course):
    return a_session(course, capacity=10, starts_at=clock.now() + timedelta(days=40))


@pytest.fixture
def order(owner, session):
    return a_paid_order(owner, (session, 5))


def seats_of(order, count=None):
    return list(Seat.objects.filter(line__order=order).with_holders().select_related("establishment").order_by("pk"))[
        :count
    ]


def move(chosen, target, by, *, total=0, leaving=None):
    return moves.move(chosen, target, agreed_total_cents=total, by=by, leaving=leaving)


def plan(owner, session, target) -> moves.Plan:
    """What moving all the seats of a session comes to, as the page shows it."""
    own = list(moves.seats_in_force(owner.establishment).filter(session=session))
    return moves.plan_of(own, next(choice.session for choice in moves.destinations(own) if choice.session == target))


def later_of(own, target) -> CourseSession:
    """A session at the price of whoever bought these seats."""
    return moves.with_buyer_price(CourseSession.objects.filter(pk=target.pk), own[0].establishment).get()


def held(order, owner, **person) -> Assignment:
    return seats.assign(seats_of(order, 1)[0], a_person(owner, **person), by=owner)


def taken(session):
    return CourseSession.objects.get(pk=session.pk).taken


def refused_as(deed) -> str:
    with pytest.raises(Refused) as refusal:
        deed()
    return refusal.value.code


class TestAtTheSamePrice:
    def test_the_seats_and_their_places_move_and_nothing_is_paid(self, order, owner, session, later):
        assert move(seats_of(order, 2), later, owner) == []

        assert [seat.session for seat in seats_of(order)] == [later] * 2 + [session] * 3
        assert (taken(session), taken(later)) == (3, 2)
        assert [seat.line.session for seat in seats_of(order)] == [session] * 5
        assert not CreditNote.objects.exists()

    def test_the_holder_keeps_the_code_and_gets_one_letter(self, order, owner, later):
        holder = held(order, owner)
        code = holder.access_code

        move(seats_of(order, 1), later, owner)

        holder = Assignment.objects.get(pk=holder.pk)
        assert (holder.session, holder.access_code, holder.in_force) == (later, code, True)
        assert seats.find_by_code(code, address="192.0.2.1").session == later
        assert Letter.objects.filter(kind="registration_moved", assignment=holder).count() == 1
        assert not Letter.objects.filter(kind="seat_taken_away").exists()

    def test_the_calendar_entry_moves_however_often_the_former_session_had(self, order, owner, session, later):
        holder = held(order, owner)
        CourseSession.objects.filter(pk=session.pk).update(revision=7)
        assert b"SEQUENCE:7" in calendar.entry(Assignment.objects.get(pk=holder.pk), "fr-ca")

        move(seats_of(order, 1), later, owner)
        assert b"SEQUENCE:8" in calendar.entry(Assignment.objects.get(pk=holder.pk), "fr-ca")

        move(seats_of(order, 1), session, owner)
        assert b"SEQUENCE:17" in calendar.entry(Assignment.objects.get(pk=holder.pk), "fr-ca")

    def test_its_new_session_can_be_rescheduled_whatever_the_former_one_went_through(
        self, order, owner, session, later
    ):
        held(order, owner)
        for rescheduled in (session, session, session, later):
            if rescheduled == later:
                move(seats_of(order, 1), later, owner)
            rescheduled.refresh_from_db()
            hour = timedelta(hours=1)
            catalogue.move(rescheduled, rescheduled.starts_at + hour, rescheduled.ends_at + hour, by=owner)

        assert Letter.objects.filter(kind="session_moved").count() == 4

    def test_it_is_written_in_the_journal(self, order, owner, session, later):
        holder = held(order, owner)

        move(seats_of(order, 1), later, owner)

        deed = holder.seat.deeds.get(verb="seat.moved")
        assert (deed.by, deed.order, deed.session, deed.participant) == (owner, order, later, holder.participant)
        assert deed.facts == {"from": session.starts_at.isoformat(), "to": later.starts_at.isoformat()}
        assert SeatMove.objects.get().from_session == session

    def test_a_form_sent_twice_moves_once(self, order, owner, later):
        chosen = seats_of(order, 2)
        move(chosen, later, owner)

        assert move(chosen, later, owner) == []
        assert SeatMove.objects.count() == 2

    def test_a_seat_moved_can_be_assigned_replaced_and_released_there(self, order, owner, later):
        move(seats_of(order, 1), later, owner)
        seat = seats_of(order, 1)[0]

        first = seats.assign(seat, a_person(owner), by=owner)
        seats.replace(seat, a_person(owner), by=owner)
        seats.release(seat, by=owner)

        assert first.session == later

    def test_former_holders_stay_in_the_session_they_left(self, order, owner, session, later):
        former = held(order, owner)
        seats.release(former.seat, by=owner)

        move(seats_of(order, 1), later, owner)

        assert Assignment.objects.get(pk=former.pk).session == session

    def test_a_member_pays_the_same_price_everywhere(self, owner, course, later):
        MemberPrice.objects.create(course=course, group=members(owner), price_cents=9900)
        order = a_paid_order(owner, (a_session(course), 1))

        assert move(seats_of(order), later, owner) == []

    def test_fifty_seats_take_as_many_questions_as_five(self, owner, course):
        def count(seats_count: int) -> int:
            session, other = a_session(course, capacity=60), a_session(course, capacity=60, price_cents=12000)
            order = a_paid_order(owner, (session, seats_count))
            seats.assign_several(session, owner.establishment, [a_person(owner) for _ in range(seats_count)], by=owner)
            chosen = seats_of(order)
            total = plan(owner, session, other).total_cents
            with questions() as asked:
                move(chosen, other, owner, total=total)
            return len(asked)

        assert count(50) == count(5)


class TestToACheaperSession:
    @pytest.fixture
    def cheaper(self, course):
        return a_session(course, price_cents=10000)

    def test_the_difference_is_credited_with_its_taxes_to_the_cent(self, order, owner, session, cheaper):
        """5 × 129.95 was 649.75, GST 32.49, QST 64.81. Without 2 × 29.95: 589.85, GST 29.49, QST 58.84."""
        (credit_note,) = move(seats_of(order, 2), cheaper, owner, total=-(5990 + 300 + 597))

        assert (credit_note.reason, credit_note.net_cents, credit_note.total_cents) == ("move", 5990, 6887)
        assert [(line.seat_count, line.net_cents) for line in credit_note.lines.all()] == [(0, 5990)]
        assert [(tax.tax.code, tax.amount_cents) for tax in credit_note.taxes.all()] == [("gst", 300), ("qst", 597)]
        refund = Refund.objects.get()
        assert (refund.amount_cents, refund.payment, refund.credit_note) == (6887, order.payment, credit_note)
        assert (taken(session), taken(cheaper)) == (3, 2)
        assert Letter.objects.get(kind="refunded").credit_note == credit_note
        parts = [part for move in SeatMove.objects.all() for part in move.credits.all()]
        assert [(part.line, part.cents) for part in parts] == [(credit_note.lines.get(), 2995)] * 2

    def test_another_amount_than_agreed(self, order, owner, cheaper):
        assert refused_as(lambda: move(seats_of(order, 1), cheaper, owner)) == "amount_changed"
        assert not SeatMove.objects.exists()

    def test_a_promo_code_keeps_its_proportion(self, owner, session, cheaper):
        """Ten percent off 129.95 and off 100.00: 29.95 less is 26.96 less, rounded once a seat."""
        a_cart(owner).promo = promo = a_promo()
        cart = a_cart(owner, (session, 2))
        cart.promo = promo
        cart.save()
        order = a_paid_order(owner)

        (credit_note,) = move(seats_of(order, 1), cheaper, owner, total=-3100)

        assert (order.net_cents, credit_note.net_cents) == (23391, 2696)

    def test_volume_tiers_keep_their_proportion(self, owner, course, cheaper):
        """4 × 100.00, half price from the third seat: three quarters were paid, so 20.00 less is 15.00 less."""
        tiered = a_course(price_cents=10000, allows_moves=True, volume_tiers=[[3, 50]])
        bought, other = a_session(tiered), a_session(tiered, price_cents=8000)
        order = a_paid_order(owner, (bought, 4))

        (credit_note,) = move(seats_of(order, 1), other, owner, total=-1725)

        assert credit_note.net_cents == 1500

    def test_seats_of_two_orders_are_credited_each_on_its_own(self, order, owner, session, cheaper):
        other = a_paid_order(owner, (session, 1))

        notes = move([*seats_of(order, 1), *seats_of(other)], cheaper, owner, total=-(3443 + 3443))

        assert [note.order for note in notes] == [order, other]
        assert [note.net_cents for note in notes] == [2995, 2995]

    def test_seats_bought_at_two_prices_are_moved_separately(self, order, owner, session, cheaper):
        CourseSession.objects.filter(pk=session.pk).update(price_cents=12000)
        session.refresh_from_db()
        other = a_paid_order(owner, (session, 1))

        assert refused_as(lambda: move([*seats_of(order, 1), *seats_of(other)], cheaper, owner)) == "prices_differ"

    def test_a_seat_that_cost_nothing_gives_nothing_back(self, owner, session, cheaper):
        cart = a_cart(owner, (session, 1))
        cart.promo = a_promo(percent=100)
        cart.save()
        order = an_order(owner)
        orders.deliver_free(order)

        assert move(seats_of(order), cheaper, owner) == []

    def test_given_back_afterwards_it_is_worth_what_is_left_of_it(self, order, owner, cheaper):
        """129.95 less the 29.95 given back: nobody earns by moving."""
        move(seats_of(order, 1), cheaper, owner, total=-3443)
        agreed = refunds.propose_seats(order, seats_of(order, 1))

        credit_note = returns.give_back_seats(
            order, seats_of(order, 1), agreed_total_cents=agreed.total_cents, by=owner
        )

        assert credit_note.net_cents == 10000
        assert refunds.remaining(order).net_cents == 4 * 12995
        assert taken(cheaper) == 0

    def test_everything_given_back_afterwards_comes_to_what_was_paid(self, order, owner, cheaper):
        move(seats_of(order, 2), cheaper, owner, total=-6887)
        left = refunds.remaining(order).total_cents

        returns.give_back_everything(order, agreed_total_cents=left, by=owner)

        assert sum(note.total_cents for note in CreditNote.objects.all()) == order.total_cents
        assert (taken(cheaper), taken(order.lines.get().session)) == (0, 0)

    def test_no_more_than_what_is_left_of_the_line(self, order, owner, cheaper):
        left = refunds.remaining(order).total_cents
        returns.give_back_amount(order, left - 1000, agreed_left_cents=left, by=owner)

        assert refused_as(lambda: move(seats_of(order, 1), cheaper, owner, total=-3443)) == "more_than_remains"


class TestThePolicyAfterAMove:
    def test_the_date_that_was_bought_counts(self, order, owner, session, later):
        move(seats_of(order, 1), later, owner)

        with clock.stopped_at(session.starts_at - timedelta(hours=30)):
            assert refunds.percent_of_seat(seats_of(order, 1)[0]) == 50
        with clock.stopped_at(session.starts_at + timedelta(hours=1)):
            assert refunds.percent_of_seat(seats_of(order, 1)[0]) == 0

    def test_the_date_it_moved_to_counts_when_it_is_nearer(self, order, owner, course, session):
        near = a_session(course, starts_at=clock.now() + timedelta(days=3))
        move(seats_of(order, 1), near, owner)

        assert [refunds.percent_of_seat(seat) for seat in seats_of(order, 2)] == [50, 100]

    def test_all_of_it_when_the_session_it_is_in_is_cancelled(self, order, owner, session, later):
        move(seats_of(order, 1), later, owner)
        CourseSession.objects.filter(pk=later.pk).update(cancelled_at=clock.now())

        with clock.stopped_at(session.starts_at - timedelta(hours=30)):
            proposal = refunds.propose_seats(order, seats_of(order, 2))

        assert [share.net_cents for share in proposal.lines] == [12995 + 6498]
        assert proposal.percent == 75

    def test_not_when_the_session_it_left_is(self, order, owner, session, later):
        move(seats_of(order, 1), later, owner)
        CourseSession.objects.filter(pk=session.pk).update(cancelled_at=clock.now())

        with clock.stopped_at(session.starts_at - timedelta(hours=30)):
            assert [refunds.percent_of_seat(seat) for seat in seats_of(order, 2)] == [50, 100]


class TestRefusals:
    def test_where_the_provider_does_not_let_owners_move(self, order, owner, course, later):
        course.allows_moves = False
        course.save()

        assert refused_as(lambda: move(seats_of(order, 1), later, owner)) == "moves_not_allowed"

    @pytest.mark.parametrize(("hours", "code"), [(24.1, None), (24, "too_late_to_replace"), (0, "moves_closed")])
    def test_a_held_seat_as_long_as_its_holder_could_be_replaced(self, order, owner, session, later, hours, code):
        held(order, owner)

        with clock.stopped_at(session.starts_at - timedelta(hours=hours)):
            offer = moves.offers(owner.establishment, session)[0]

        assert (offer.refusal.code if offer.refusal else None) == code

    def test_a_free_seat_until_the_session_starts(self, order, owner, session, later):
        with clock.stopped_at(session.starts_at - timedelta(minutes=1)):
            assert move(seats_of(order, 1), later, owner) == []

    def test_another_course(self, order, owner):
        other = a_session(a_course(price_cents=12995, allows_moves=True))

        assert refused_as(lambda: move(seats_of(order, 1), other, owner)) == "session_not_on_sale"

    @pytest.mark.parametrize(
        "facts",
        [
            {"cancelled_at": clock.now()},
            {"sales_close_at": clock.now() - timedelta(hours=1)},
            {"starts_at": clock.now() - timedelta(hours=1)},
        ],
    )
    def test_a_session_that_is_not_on_sale(self, order, owner, later, facts):
        CourseSession.objects.filter(pk=later.pk).update(**facts)
        later.refresh_from_db()

        assert refused_as(lambda: move(seats_of(order, 1), later, owner)) == "session_not_on_sale"

    def test_a_session_without_enough_room(self, order, owner, later):
        a_paid_order(an_owner(), (later, 9))

        assert refused_as(lambda: move(seats_of(order, 2), later, owner)) == "no_room"
        assert move(seats_of(order, 1), later, owner) == []

    def test_a_session_that_was_cancelled_is_for_the_provider(self, order, owner, session, later):
        CourseSession.objects.filter(pk=session.pk).update(cancelled_at=clock.now())

        assert refused_as(lambda: move(seats_of(order, 1), later, owner)) == "session_cancelled"

    def test_someone_who_has_a_seat_there_already(self, order, owner, later):
        holder = held(order, owner)
        there = a_paid_order(owner, (later, 1))
        seats.assign(seats_of(there)[0], holder.participant, by=owner)

        assert refused_as(lambda: move(seats_of(order, 1), later, owner)) == "holder_already_there"

    def test_someone_the_user_was_not_shown(self, order, owner, later):
        held(order, owner)

        assert refused_as(lambda: move(seats_of(order, 1), later, owner, leaving=[])) == "holder_changed"

    def test_a_seat_given_back(self, order, owner, later):
        chosen = seats_of(order, 1)
        agreed = refunds.propose_seats(order, chosen).total_cents
        returns.give_back_seats(order, chosen, agreed_total_cents=agreed, by=owner)

        assert refused_as(lambda: move(chosen, later, owner)) == "seat_already_given_back"

    def test_a_seat_that_went_elsewhere_since_the_page_was_shown(self, order, owner, course, later):
        chosen = seats_of(order, 1)
        move(seats_of(order, 1), later, owner)

        assert refused_as(lambda: move(chosen, a_session(course), owner)) == "seat_elsewhere"

    def test_a_page_of_a_seat_that_left_gives_it_to_nobody(self, order, owner, later):
        (stale,) = seats_of(order, 1)
        move(seats_of(order, 1), later, owner)

        assert refused_as(lambda: seats.assign(stale, a_person(owner), by=owner)) == "seat_elsewhere"

    def test_taxes_of_another_province(self, order, owner, course):
        ontario = a_session(course, city="Ottawa", province="ON")

        assert refused_as(lambda: move(seats_of(order, 1), ontario, owner)) == "taxes_differ"

    def test_a_session_where_the_taxes_of_one_seat_only_differ_can_be_chosen_for_the_others(
        self, order, owner, course, session, later
    ):
        other = a_paid_order(owner, (session, 1))
        OrderLine.objects.filter(order=other).update(tax_place="ON")
        own = list(moves.seats_in_force(owner.establishment).filter(session=session))

        assert [choice.refusal for choice in moves.destinations(own)] == [None]
        assert refused_as(lambda: moves.checked_plan(own, later_of(own, later))) == "taxes_differ"
        assert moves.checked_plan(own[:1], later_of(own, later)).total_cents == 0

    def test_a_payment_that_the_buyer_contests(self, order, owner, later):
        Dispute.objects.create(payment=order.payment, provider_reference="dp_1", status="open", amount_cents=100)

        assert refused_as(lambda: move(seats_of(order, 1), later, owner)) == "payment_disputed"

    def test_a_payment_under_review(self, order, owner, later):
        late = an_attempt(order, means="paypal", status=Payment.Status.CLOSED)
        payments.apply(late, says(late, amount_cents=1))

        assert refused_as(lambda: move(seats_of(order, 1), later, owner)) == "payment_under_review"

    def test_the_page_says_why_a_session_cannot_be_chosen(self, order, owner, course, session, later):
        full = a_session(course, capacity=1)
        a_paid_order(an_owner(), (full, 1))
        dearer = a_session(course, price_cents=15000)
        own = list(moves.seats_in_force(owner.establishment).filter(session=session))

        shown = {choice.session: choice for choice in moves.destinations(own)}

        assert shown.keys() == {full, dearer, later}
        assert {choice.session.pk: choice.refusal.code if choice.refusal else "" for choice in shown.values()} == {
            full.pk: "no_room",
            dearer.pk: "",
            later.pk: "",
        }
        assert (shown[dearer].each_cents, shown[later].each_cents) == (2005, 0)
