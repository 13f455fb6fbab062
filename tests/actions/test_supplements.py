"""Seats that go to a dearer session: the difference is ordered, held and paid to the cent; only then do they move."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from pupitre import clock
from pupitre.actions import moves, orders, payments, returns, seats, swaps
from pupitre.gateways import Standing
from pupitre.mail.writing import write
from pupitre.models import (
    Assignment,
    CourseSession,
    CreditNote,
    Dispute,
    Invoice,
    Letter,
    MoveCredit,
    Order,
    Payment,
    Refund,
    Seat,
    SeatMove,
    TermsVersion,
)
from pupitre.queries import books, refunds
from pupitre.queries.moves import seats_in_force
from pupitre.refusals import Refused
from tests.world import a_course, a_paid_order, a_person, a_provider, a_session, an_attempt, an_owner, says

pytestmark = pytest.mark.django_db

ONE, TWO = 2874, 5749  # 25.00, GST 1.25, QST 2.49; twice 25.00, GST 2.50, QST 4.99


@pytest.fixture(autouse=True)
def provider():
    return a_provider(refund_steps=[[24, 100]], owners_can_refund=True)


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
def dearer(course):
    return a_session(course, capacity=3, price_cents=15495, starts_at=clock.now() + timedelta(days=40))


@pytest.fixture
def bought(owner, session):
    return a_paid_order(owner, (session, 3))


def seats_of(order, count=None) -> list[Seat]:
    return list(seats_in_force(order.establishment).filter(line__order=order))[:count]


def asks(chosen, target, by, total=ONE, **facts) -> Order:
    return moves.order_supplement(chosen, target, agreed_total_cents=total, by=by, language="fr-ca", **facts)


def pays(order, **facts) -> Payment:
    payment = an_attempt(order)
    return payments.apply(payment, says(payment, **facts))


def expires(order) -> None:
    with clock.stopped_at(order.hold_until + timedelta(minutes=1)):
        payments.expire(order)


def taken(session) -> int:
    return CourseSession.objects.get(pk=session.pk).taken


def where(order) -> list[CourseSession]:
    return [seat.session for seat in seats_of(order)]


def refused_as(deed) -> str:
    with pytest.raises(Refused) as refusal:
        deed()
    return refusal.value.code


class TestAsked:
    def test_the_difference_is_ordered_with_its_taxes_to_the_cent(self, owner, bought, session, dearer):
        order = asks(seats_of(bought, 2), dearer, owner, TWO)

        line = order.lines.get()
        assert (line.session, line.quantity, line.list_price_cents, line.unit_price_cents) == (dearer, 2, 2500, 2500)
        assert (order.net_cents, order.total_cents, order.is_awaiting_payment) == (5000, TWO, True)
        assert [(tax.code, tax.amount_cents) for tax in order.taxes.all()] == [("gst", 250), ("qst", 499)]
        assert line.volume_tiers == []
        assert (taken(session), taken(dearer)) == (3, 2)
        assert where(bought) == [session] * 3
        assert not Letter.objects.filter(kind="registration_moved").exists()

    def test_the_same_form_twice_asks_once(self, owner, bought, dearer):
        chosen = seats_of(bought, 1)

        assert asks(chosen, dearer, owner) == asks(chosen, dearer, owner)
        assert (SeatMove.objects.count(), taken(dearer)) == (1, 1)

    def test_another_amount_than_agreed(self, owner, bought, dearer):
        assert refused_as(lambda: asks(seats_of(bought, 1), dearer, owner, ONE - 1)) == "amount_changed"
        assert (Order.objects.count(), taken(dearer)) == (1, 0)

    def test_not_for_a_session_at_the_same_price_nor_the_other_way_round(self, owner, course, bought, dearer):
        same = a_session(course)

        assert refused_as(lambda: asks(seats_of(bought, 1), same, owner, 0)) == "amount_changed"
        no = refused_as(lambda: moves.move(seats_of(bought, 1), dearer, agreed_total_cents=ONE, by=owner))
        assert no == "amount_changed"

    def test_what_a_tier_or_a_promo_took_off_keeps_its_proportion(self, owner, course):
        """Four at 100.00, half price from the third: three quarters were paid, so 20.00 more is 15.00 more."""
        tiered = a_course(price_cents=10000, allows_moves=True, volume_tiers=[[3, 50]])
        order = a_paid_order(owner, (a_session(tiered), 4))
        other = a_session(tiered, price_cents=12000)

        supplement = asks(seats_of(order), other, owner, 6899)

        assert (supplement.net_cents, supplement.lines.get().volume_discount_cents) == (6000, 0)

    def test_no_more_seats_than_there_is_room_for(self, owner, bought, dearer):
        a_paid_order(an_owner(), (dearer, 2))

        assert refused_as(lambda: asks(seats_of(bought, 2), dearer, owner, TWO)) == "no_room"
        assert not SeatMove.objects.exists()

    def test_under_the_terms_and_the_number_of_the_purchase(self, owner, bought, dearer):
        version = TermsVersion.objects.create(number=1, text_fr="Conditions", published_at=clock.now())
        Order.objects.filter(pk=bought.pk).update(
            terms=version, french_terms_given_at=clock.now(), purchase_order_number="BC-12"
        )

        order = asks(seats_of(bought, 1), dearer, owner)

        assert (order.terms, order.purchase_order_number) == (version, "BC-12")

    def test_a_seat_waits_for_one_move(self, owner, bought, session, dearer):
        order = asks(seats_of(bought, 1), dearer, owner)
        (seat,) = seats_of(bought, 1)

        with pytest.raises(IntegrityError), transaction.atomic():
            SeatMove.objects.create(
                seat=seat,
                from_session=session,
                to_session=dearer,
                difference_cents=1,
                order=order,
                asked_by=owner,
            )


class TestWhileItIsAwaited:
    @pytest.fixture(autouse=True)
    def supplement(self, owner, bought, dearer):
        return asks(seats_of(bought, 1), dearer, owner)

    def test_it_is_assigned_replaced_and_released_as_usual(self, owner, bought, session):
        (seat,) = seats_of(bought, 1)

        first = seats.assign(seat, a_person(owner), by=owner)
        seats.replace(seat, a_person(owner), by=owner)
        seats.release(seat, by=owner)

        assert first.session == session

    def test_it_neither_moves_nor_goes_back(self, owner, course, bought, provider):
        (seat,) = seats_of(bought, 1)
        elsewhere = a_session(course)
        agreed = refunds.propose_seats(bought, [seat]).total_cents

        assert refused_as(lambda: moves.move([seat], elsewhere, agreed_total_cents=0, by=owner)) == "move_pending"
        assert (
            refused_as(lambda: returns.give_back_by_owner(bought, [seat], agreed_total_cents=agreed, by=owner))
            == "move_pending"
        )
        everything = refunds.propose_all(bought).total_cents
        assert (
            refused_as(lambda: returns.give_back_everything(bought, agreed_total_cents=everything, by=owner))
            == "move_pending"
        )
        refusals = [offer.refusal for offer in returns.offers_to_owner(bought, provider)]
        assert [no.code if no else None for no in refusals] == ["move_pending", None, None]

    def test_it_is_not_exchanged(self, owner, course, bought):
        (seat,) = seats_of(bought, 1)
        (other,) = seats_of(a_paid_order(owner, (a_session(course), 1)))
        holders = [seats.assign(each, a_person(owner), by=owner) for each in (seat, other)]

        assert (
            refused_as(
                lambda: swaps.swap(
                    seat,
                    other,
                    by=owner,
                    leaving=(holders[0].uuid, holders[1].uuid),
                    from_session=seat.session.code,
                )
            )
            == "move_pending"
        )

    def test_cancelled_everything_is_as_before(self, owner, bought, session, dearer, supplement):
        payments.cancel(supplement, by=owner)

        assert (where(bought), taken(dearer)) == ([session] * 3, 0)
        assert seats_of(bought, 1)[0].pending_move is None
        agreed = refunds.propose_seats(bought, seats_of(bought, 1)).total_cents
        assert returns.give_back_seats(bought, seats_of(bought, 1), agreed_total_cents=agreed, by=owner)

    def test_a_declined_payment_moves_nothing(self, bought, session, supplement):
        pays(supplement, standing=Standing.CLOSED, failure_code="card_declined")

        assert where(bought) == [session] * 3
        assert seats_of(bought, 1)[0].pending_move is not None


class TestPaid:
    def test_the_seats_move_with_their_holders_who_are_told(self, owner, bought, session, dearer):
        holder = seats.assign(seats_of(bought, 1)[0], a_person(owner), by=owner)
        order = asks(seats_of(bought, 2), dearer, owner, TWO)

        pays(order)

        assert where(bought) == [dearer, dearer, session]
        assert (taken(session), taken(dearer)) == (1, 2)
        assert Assignment.objects.get(pk=holder.pk).session == dearer
        assert seats.find_by_code(holder.access_code, address="192.0.2.1").session == dearer
        assert Letter.objects.filter(kind="registration_moved", assignment=holder).count() == 1
        assert Seat.objects.count() == 3

    def test_it_has_its_invoice_and_a_letter_that_speaks_of_no_seat_to_assign(self, owner, bought, dearer):
        order = asks(seats_of(bought, 1), dearer, owner)
        pays(order)

        invoice = Invoice.objects.get(order=order)
        assert (invoice.net_cents, invoice.total_cents) == (2500, ONE)
        assert [line["pays_a_move"] for line in invoice.latest_edition.facts["lines"]] == [True]
        words = write(Letter.objects.get(kind="order_paid", order=order))
        assert "dans leur nouvelle session" in " ".join(words.paragraphs)
        assert words.page.args == (dearer.code,)

    def test_said_twice_it_moves_once(self, owner, bought, dearer):
        order = asks(seats_of(bought, 1), dearer, owner)
        payment = an_attempt(order)

        for _ in range(2):
            payments.apply(payment, says(payment))

        assert SeatMove.objects.done().count() == 1
        assert taken(dearer) == 1

    def test_what_was_paid_counts_when_it_moves_again(self, owner, course, bought, session, dearer):
        """129.95, then 25.00 more: 154.95 elsewhere costs nothing, and going back gives the 25.00 back, as paid."""
        order = asks(seats_of(bought, 1), dearer, owner)
        pays(order)
        as_dear = a_session(course, price_cents=15495)

        assert moves.move(seats_of(bought, 1), as_dear, agreed_total_cents=0, by=owner) == []
        (note,) = moves.move(seats_of(bought, 1), session, agreed_total_cents=-ONE, by=owner)

        assert (note.order, note.net_cents, note.total_cents) == (order, 2500, ONE)
        assert Refund.objects.get(credit_note=note).payment == order.payment

    def test_given_back_it_is_worth_its_line_and_the_provider_gives_the_supplement_back(
        self, owner, bought, dearer, provider
    ):
        order = asks(seats_of(bought, 1), dearer, owner)
        pays(order)
        order.refresh_from_db()
        agreed = refunds.propose_seats(bought, seats_of(bought, 1)).total_cents
        note = returns.give_back_by_owner(bought, seats_of(bought, 1), agreed_total_cents=agreed, by=owner)
        no = returns.owners_refusal(order, provider)
        assert (note.net_cents, no.code if no else None) == (12995, "owners_cannot_refund")

        returns.give_back_amount(order, 1000, agreed_left_cents=ONE, by=owner)
        returns.give_back_everything(order, agreed_total_cents=ONE - 1000, by=owner)

        assert sum(each.total_cents for each in CreditNote.objects.filter(order=order)) == ONE
        assert taken(dearer) == 0


class TestGoingBack:
    """What was paid for a seat goes back, the latest paid first; never more than what is left of it."""

    @pytest.fixture
    def one(self, owner, course):
        """One seat at 129.95."""
        return a_paid_order(owner, (a_session(course, capacity=10), 1))

    @pytest.fixture
    def supplement(self, owner, one, dearer):
        order = asks(seats_of(one), dearer, owner)
        pays(order)
        return Order.objects.get(pk=order.pk)

    def back_to(self, target, order, by, total):
        return moves.move(seats_of(order), target, agreed_total_cents=total, by=by)

    def test_there_back_and_given_back_nothing_stays_with_the_provider(self, owner, session, one, supplement):
        self.back_to(session, one, owner, -ONE)
        agreed = refunds.propose_seats(one, seats_of(one)).total_cents
        returns.give_back_by_owner(one, seats_of(one), agreed_total_cents=agreed, by=owner)

        assert agreed == one.total_cents
        assert sum(note.total_cents for note in CreditNote.objects.all()) == one.total_cents + ONE

    def test_a_seat_that_never_moved_keeps_its_worth(self, owner, bought, session, dearer):
        pays(asks(seats_of(bought, 1), dearer, owner))
        moves.move(seats_of(bought, 1), session, agreed_total_cents=-ONE, by=owner)

        assert refunds.propose_seats(bought, seats_of(bought)[1:2]).net_cents == 12995

    def test_more_than_its_line_was_worth(self, owner, course, one, session):
        far_dearer = a_session(course, price_cents=42995, starts_at=clock.now() + timedelta(days=40))
        supplement = asks(seats_of(one), far_dearer, owner, 34493)
        pays(supplement)

        (note,) = self.back_to(session, one, owner, -34493)

        assert (note.order, note.net_cents) == (supplement, 30000)

    def test_to_a_session_cheaper_than_the_first_both_orders_give_back(self, owner, course, one, supplement):
        cheaper = a_session(course, price_cents=10000)

        notes = self.back_to(cheaper, one, owner, -(ONE + 3443))

        assert [(note.order, note.net_cents) for note in notes] == [(one, 2995), (supplement, 2500)]
        assert refunds.propose_seats(one, seats_of(one)).net_cents == 10000

    def test_what_the_provider_gave_back_already_is_not_given_back_again(self, owner, session, one, supplement):
        returns.give_back_everything(supplement, agreed_total_cents=ONE, by=owner)

        assert refused_as(lambda: self.back_to(session, one, owner, -ONE)) == "amount_changed"
        assert self.back_to(session, one, owner, 0) == []

    def test_what_was_given_back_of_a_supplement_was_of_all_its_seats(self, owner, bought, session, dearer):
        """25.00 each for three seats: one goes back, then 25.00 go back of the others, 12.50 of each."""
        order = asks(seats_of(bought), dearer, owner, 8623)
        pays(order)
        moves.move(seats_of(bought, 1), session, agreed_total_cents=-ONE, by=owner)
        left = refunds.remaining(order).total_cents
        returns.give_back_amount(order, left // 2, agreed_left_cents=left, by=owner)

        assert [seat.settled_cents for seat in seats_of(bought)] == [0, 1250, 1250]

    def test_through_several_dearer_sessions_the_latest_paid_comes_first(self, owner, course, one, dearer, supplement):
        dearest = a_session(course, price_cents=17995, starts_at=clock.now() + timedelta(days=50))
        latest = asks(seats_of(one), dearest, owner)
        pays(latest)
        between = a_session(course, price_cents=14995, starts_at=clock.now() + timedelta(days=30))

        notes = self.back_to(between, one, owner, -(ONE + 574))

        assert [(note.order, note.net_cents) for note in notes] == [(supplement, 500), (latest, 2500)]

    @pytest.mark.parametrize("contested", [0, 1])
    def test_not_while_the_buyer_contests_either_payment(self, owner, session, one, supplement, contested):
        paid = (one, supplement)[contested].payment
        Dispute.objects.create(payment=paid, provider_reference="dp_1", status="open", amount_cents=100)

        assert refused_as(lambda: self.back_to(session, one, owner, -ONE)) == "payment_disputed"


class TestNotPaidInTime:
    @pytest.fixture
    def supplement(self, owner, bought, dearer):
        order = asks(seats_of(bought, 1), dearer, owner)
        expires(order)
        order.refresh_from_db()
        return order

    def test_its_places_go_back_and_nothing_moves(self, bought, session, dearer, supplement):
        assert supplement.status == Order.Status.EXPIRED
        assert (where(bought), taken(dearer)) == ([session] * 3, 0)
        assert seats_of(bought, 1)[0].pending_move is None

    def test_paid_later_it_takes_the_places_again_and_moves(self, bought, session, dearer, supplement):
        pays(supplement)

        assert where(bought) == [dearer, session, session]
        assert (taken(session), taken(dearer)) == (2, 1)

    def test_without_room_the_money_goes_back_and_the_buyer_is_told(self, bought, session, dearer, supplement):
        a_paid_order(an_owner(), (dearer, 3))

        payment = pays(supplement)

        assert payment.disposition == Payment.Disposition.SURPLUS
        assert Refund.objects.get(payment=payment).amount_cents == ONE
        assert where(bought) == [session] * 3
        words = write(Letter.objects.get(kind="seats_stay", order=supplement))
        assert "votre paiement vous est rendu" in words.subject

    def test_once_the_seat_was_given_back(self, owner, bought, dearer, supplement):
        agreed = refunds.propose_seats(bought, seats_of(bought, 1)).total_cents
        returns.give_back_seats(bought, seats_of(bought, 1), agreed_total_cents=agreed, by=owner)

        payment = pays(supplement)

        assert payment.disposition == Payment.Disposition.SURPLUS
        assert Refund.objects.get(payment=payment).amount_cents == ONE
        assert taken(dearer) == 0

    def test_once_the_seat_went_elsewhere_it_is_refused_before_anything_is_paid(
        self, owner, course, bought, supplement
    ):
        moves.move(seats_of(bought, 1), a_session(course), agreed_total_cents=0, by=owner)

        assert refused_as(lambda: payments.start(supplement, "stripe", by=owner)) == "seats_stay"
        assert not supplement.payments.exists()

    def test_once_it_was_asked_again(self, owner, bought, dearer, supplement):
        other = asks(seats_of(bought, 1), dearer, owner)

        assert pays(supplement).disposition == Payment.Disposition.SURPLUS
        pays(other)
        assert (where(bought)[0], taken(dearer)) == (dearer, 1)


class TestPaidTooLate:
    """Its places are held, and its seats can no longer move: the money goes back at once, and so do the places."""

    @pytest.fixture
    def supplement(self, owner, bought, dearer):
        return asks(seats_of(bought, 1), dearer, owner)

    def _goes_back(self, supplement, bought, session, dearer):
        payment = pays(supplement)
        supplement.refresh_from_db()
        assert payment.disposition == Payment.Disposition.SURPLUS
        assert Refund.objects.get(payment=payment).amount_cents == ONE
        assert supplement.status == Order.Status.EXPIRED
        assert (where(bought), taken(dearer)) == ([session] * 3, len(Assignment.objects.filter(session=dearer)))

    def test_its_session_is_cancelled(self, bought, session, dearer, supplement):
        CourseSession.objects.filter(pk=session.pk).update(cancelled_at=clock.now())

        self._goes_back(supplement, bought, session, dearer)

    def test_its_session_has_started(self, bought, session, dearer, supplement):
        with clock.stopped_at(session.starts_at + timedelta(minutes=1)):
            self._goes_back(supplement, bought, session, dearer)

    def test_the_other_session_is_cancelled(self, bought, session, dearer, supplement):
        CourseSession.objects.filter(pk=dearer.pk).update(cancelled_at=clock.now())

        self._goes_back(supplement, bought, session, dearer)

    def test_its_holder_has_a_seat_there(self, owner, bought, session, dearer, supplement):
        person = a_person(owner)
        (there,) = seats_of(a_paid_order(owner, (dearer, 1)))
        seats.assign(seats_of(bought, 1)[0], person, by=owner)
        seats.assign(there, person, by=owner)

        assert refused_as(lambda: payments.start(supplement, "stripe", by=owner)) == "seats_stay"
        self._goes_back(supplement, bought, session, dearer)


class TestTheBooks:
    @pytest.fixture(autouse=True)
    def _the_books_agree(self):
        """Nothing more to check: each of these contradicts itself on purpose."""

    def test_paid_and_not_done(self, owner, bought, dearer):
        order = asks(seats_of(bought, 1), dearer, owner)
        pays(order)
        SeatMove.objects.update(done_at=None)

        assert any(f"order {order} is paid, and it is not done" in said for said in books.disagreements())

    def test_done_and_not_paid(self, owner, bought, dearer):
        order = asks(seats_of(bought, 1), dearer, owner)
        SeatMove.objects.update(done_at=clock.now())

        assert any(f"done, and order {order} is not paid" in said for said in books.disagreements())

    def test_awaited_in_vain(self, owner, bought, dearer):
        order = asks(seats_of(bought, 1), dearer, owner)
        orders.let_go(order, Order.Status.EXPIRED, by=None)
        SeatMove.objects.update(given_up_at=None)

        assert any(f"awaits order {order}, which is expired" in said for said in books.disagreements())

    def test_another_amount_than_its_moves(self, owner, bought, dearer):
        order = asks(seats_of(bought, 1), dearer, owner)
        SeatMove.objects.update(difference_cents=2400)

        assert any(f"order {order}: 2500 cents, its 1 moves say 2400" in said for said in books.disagreements())

    def test_a_cheaper_move_never_credited(self, owner, bought, session, dearer):
        pays(asks(seats_of(bought, 1), dearer, owner))
        (note,) = moves.move(seats_of(bought, 1), session, agreed_total_cents=-ONE, by=owner)
        MoveCredit.objects.all().delete()

        said = books.disagreements()
        assert any("2500 cents to give back, 0 credited" in each for each in said)
        assert any(f"credit note {note}: 2500 cents, its moves say 0" in each for each in said)

    def test_more_given_back_than_was_paid(self, owner, bought, session, dearer):
        pays(asks(seats_of(bought, 1), dearer, owner))
        moves.move(seats_of(bought, 1), session, agreed_total_cents=-ONE, by=owner)
        MoveCredit.objects.update(cents=15496)

        (seat,) = seats_of(bought, 1)
        assert any(f"seat {seat}: its moves gave back 15496 cents" in each for each in books.disagreements())

    def test_credited_by_an_order_that_paid_nothing_for_the_seat(self, owner, bought, course, session):
        cheaper = a_session(course, price_cents=10000)
        moves.move(seats_of(bought, 1), cheaper, agreed_total_cents=-3443, by=owner)
        other = a_paid_order(owner, (session, 1))
        note = returns.give_back_amount(other, 100, agreed_left_cents=other.total_cents, by=owner)
        MoveCredit.objects.update(line=note.lines.get())

        assert any("credited by a line that paid nothing" in each for each in books.disagreements())
