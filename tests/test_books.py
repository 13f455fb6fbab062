"""The auditor: it says nothing of books that agree, and names each row that contradicts another."""

from datetime import UTC, datetime

import pytest
from django.db.models import F

from pupitre import clock
from pupitre.actions import moves, payments, returns, seats
from pupitre.models import (
    Assignment,
    Certificate,
    CourseSession,
    Job,
    Letter,
    MoveCredit,
    Order,
    OrderTax,
    Participant,
    Payment,
    ProviderEvent,
    Refund,
    Seat,
    SeatMove,
)
from pupitre.queries import books
from tests.world import (
    a_course,
    a_paid_order,
    a_person,
    a_seat,
    a_session,
    an_attempt,
    an_order,
    an_owner,
    says,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def session():
    return a_session()


@pytest.fixture
def order(owner, session):
    return a_paid_order(owner, (session, 2))


@pytest.fixture
def assignment(owner, order):
    return seats.assign(Seat.objects.first(), a_person(owner), by=owner)


def test_a_busy_day_leaves_nothing_to_say(owner, session, assignment):
    other = an_owner()
    an_order(other, (session, 3), (a_session(), 1))
    seats.replace(assignment.seat, a_person(owner), by=owner)
    late = an_order(an_owner(), (session, 1))
    payment = an_attempt(late)
    payments.apply(payment, says(payment))
    payments.apply(an_attempt(late), says(an_attempt(late, means="paypal", status=Payment.Status.CLOSED)))

    assert books.disagreements() == []


def test_a_counter_that_counts_too_many(session, order):
    CourseSession.objects.filter(pk=session.pk).update(taken=F("taken") + 1)

    assert books.disagreements() == [f"session {session.code}: 3 seats taken, orders hold 2"]


def test_a_counter_that_counts_too_few(session, order):
    CourseSession.objects.filter(pk=session.pk).update(taken=0)

    assert books.disagreements() == [f"session {session.code}: 0 seats taken, orders hold 2"]


def test_a_seat_too_few(order, session):
    Seat.objects.filter(line__order=order, position=2).delete()

    assert books.disagreements() == [
        f"session {session.code}: 2 seats taken, orders hold 1",
        f"order {order}: 1 seats for 2 bought",
    ]


def test_a_seat_where_no_move_led_it(session, order):
    other, seat = a_session(), Seat.objects.first()
    Seat.objects.filter(pk=seat.pk).update(session=other)

    assert books.disagreements() == [
        f"session {session.code}: 2 seats taken, orders hold 1",
        f"session {other.code}: 0 seats taken, orders hold 1",
        f"seat {seat}: it is not where its moves led it",
    ]


def test_a_move_that_gave_back_more_than_it_was_credited(owner):
    course = a_course(allows_moves=True)
    seat, cheaper = a_seat(owner, a_session(course)), a_session(course, price_cents=10000)
    (note,) = moves.move([seat], cheaper, agreed_total_cents=-2874, by=owner)
    assert books.disagreements() == []

    SeatMove.objects.update(difference_cents=-2501)
    assert books.disagreements() == [f"move {seat.moves.get()}: 2501 cents to give back, 2500 credited"]

    SeatMove.objects.update(difference_cents=-2500)
    MoveCredit.objects.update(cents=2499)
    assert books.disagreements() == [
        f"move {seat.moves.get()}: 2500 cents to give back, 2499 credited",
        f"credit note {note}: 2500 cents, its moves say 2499",
    ]


def test_seats_of_an_order_that_nobody_paid(owner, session):
    order = an_order(owner, (session, 1))
    Seat.objects.create(establishment=owner.establishment, line=order.lines.get(), session=session, position=1)

    assert books.disagreements() == [f"order {order}: 1 seats, and it is not paid"]


def test_a_paid_order_that_received_no_money(order):
    Payment.objects.update(disposition=Payment.Disposition.REVIEW)

    assert books.disagreements() == [f"order {order}: paid, 0 cents received of {order.total_cents}"]


def test_a_paid_order_that_received_another_amount(order):
    Payment.objects.update(amount_cents=1)

    assert books.disagreements() == [f"order {order}: paid, 1 cents received of {order.total_cents}"]


def test_money_received_and_nothing_delivered(owner, session):
    order = an_order(owner, (session, 1))
    an_attempt(order, status=Payment.Status.SUCCEEDED, disposition=Payment.Disposition.APPLIED)

    assert books.disagreements() == [f"order {order}: money received, nothing delivered"]


def test_a_surplus_that_nobody_gives_back(order):
    extra = an_attempt(order, status=Payment.Status.SUCCEEDED, disposition=Payment.Disposition.SURPLUS)

    assert books.disagreements() == [f"payment {extra.uuid}: {extra.amount_cents} cents too many, 0 given back"]


@pytest.mark.parametrize("status", [Refund.Status.FAILED, Refund.Status.CANCELED])
def test_a_surplus_whose_refund_failed(order, status):
    extra = an_attempt(order, status=Payment.Status.SUCCEEDED, disposition=Payment.Disposition.SURPLUS)
    Refund.objects.create(payment=extra, amount_cents=extra.amount_cents, reason="surplus", status=status)

    assert books.disagreements() == [f"payment {extra.uuid}: {extra.amount_cents} cents too many, 0 given back"]


def test_money_given_back_at_the_service_while_we_were_about_to_is_for_the_service_to_refuse(order):
    payment = Payment.objects.get()
    amount, dashboard = payment.amount_cents, Refund.Origin.DASHBOARD
    elsewhere = Refund.objects.create(payment=payment, amount_cents=amount, reason="elsewhere", origin=dashboard)
    about_to = Refund.objects.create(payment=payment, amount_cents=amount, reason="about to")

    for refund in (elsewhere, about_to):
        assert not any("cents given back of" in said for said in books.disagreements())
        Refund.objects.filter(pk=refund.pk).update(status=Refund.Status.SUCCEEDED)

    assert f"payment {payment.uuid}: {2 * amount} cents given back of {amount}" in books.disagreements()


def test_more_given_back_than_was_received(order):
    payment = Payment.objects.get()
    mistakes = [
        Refund.objects.create(payment=payment, amount_cents=payment.amount_cents, reason=reason)
        for reason in ("error", "kindness")
    ]

    assert books.disagreements() == [
        f"payment {payment.uuid}: {2 * payment.amount_cents} cents given back of {payment.amount_cents}",
        *(f"refund {refund.uuid} of order {order}: no credit note goes with it" for refund in mistakes),
    ]


def test_an_order_paid_without_a_letter(order):
    Letter.objects.all().delete()

    assert books.disagreements() == [f"order {order}: 0 letters say it is paid"]


def test_an_order_paid_with_two_letters(order):
    letter = Letter.objects.get(kind="order_paid")
    letter.pk, letter.key = None, "again"
    letter.save()

    assert books.disagreements() == [f"order {order}: 2 letters say it is paid"]


def test_a_registration_in_another_session_than_its_seat(assignment):
    Assignment.objects.update(session=a_session())

    assert books.disagreements() == [f"registration {assignment.uuid}: its seat is in another session"]


def test_a_holder_from_another_establishment(assignment):
    Assignment.objects.update(participant=a_person(an_owner()))

    assert books.disagreements() == [f"registration {assignment.uuid}: its holder is on another establishment’s list"]


def test_a_registration_in_a_cancelled_seat(session, assignment):
    Seat.objects.filter(pk=assignment.seat_id).update(cancelled_at=clock.now())
    CourseSession.objects.filter(pk=session.pk).update(taken=F("taken") - 1)

    assert books.disagreements() == [
        f"registration {assignment.uuid}: its seat is cancelled",
        f"seat {assignment.seat}: cancelled, and nobody gave it back",
    ]


@pytest.fixture
def credit_note(order, owner):
    """One of the two seats, given back."""
    seat = Seat.objects.filter(line__order=order).first()
    return returns.give_back_seats(order, [seat], percent=100, agreed_total_cents=14372, by=owner)


def test_a_credit_note_whose_money_never_went_back(order, credit_note):
    Refund.objects.update(status=Refund.Status.FAILED)

    assert books.disagreements() == [f"debt: 14372 cents of credit note {credit_note} of order {order}"]


def test_a_credit_note_paid_too_well(credit_note):
    Refund.objects.update(amount_cents=14373)

    assert books.disagreements() == [f"credit note {credit_note}: 14373 cents given back of 14372"]


def test_a_seat_credited_that_is_not_counted(credit_note):
    Seat.objects.exclude(credited_by=None).update(credited_by=None)

    assert books.disagreements() == [f"credit note {credit_note}: 0 seats credited, it says 1"]


def test_a_seat_credited_by_the_line_of_another_session(owner, credit_note):
    other = a_paid_order(owner, (a_session(), 1))
    Seat.objects.exclude(credited_by=None).update(line=other.lines.get(), position=2)

    assert f"seat {Seat.objects.exclude(credited_by=None).get()}: credited by another line of its order" in (
        books.disagreements()
    )


def test_an_access_code_that_opens_nothing(assignment):
    Assignment.objects.update(code_fingerprint="0" * 64)

    assert books.disagreements() == [f"registration {assignment.uuid}: its access code does not open it"]


def test_an_order_whose_lines_add_up_to_something_else(order):
    OrderTax.objects.filter(code="gst").update(amount_cents=0)

    assert books.disagreements() == [
        f"order {order}: {order.total_cents} cents, its lines and taxes say {order.total_cents - 1250}"
    ]


def test_a_job_given_up(order):
    job = Job.objects.filter(kind="letter.post").first()
    Job.objects.filter(pk=job.pk).update(failed_at=clock.now(), attempts=80, last_error="OSError")

    assert books.disagreements() == [f"job {job.key}: given up after 80 tries (OSError)"]


def test_a_notice_that_nobody_handles():
    ProviderEvent.objects.create(
        means="stripe", event_id="evt_1", kind="k", mode="sandbox", received_at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    )

    assert books.disagreements() == ["payment notice evt_1: not handled since 2026-11-02 09:30 UTC"]


def test_seats_held_long_after_their_time(owner, session):
    """The worker that should let them go is not running, or the payment service cannot be reached."""
    order = an_order(owner, (session, 1))
    Order.objects.update(hold_until=datetime(2026, 11, 2, 9, 30, tzinfo=UTC))

    assert books.disagreements() == [f"order {order}: its seats should have been let go on 2026-11-02"]


def test_more_money_gone_than_came_in_is_seen(owner, session):
    payment = a_paid_order(owner, (session, 1)).payments.get()
    lines = {"charge": 1000, "refund": -1000, "dispute": -1000}
    for kind, cents in lines.items():
        payment.balance_entries.create(
            kind=kind, provider_reference=kind, gross_cents=cents, fee_cents=0, net_cents=cents
        )

    assert books.disagreements() == [f"payment {payment.uuid}: 1000 cents more went out than came in"]


def test_a_certificate_for_someone_who_was_not_there(assignment):
    certificate = Certificate.objects.create(assignment=assignment, name="Benoît Roy")

    assert books.disagreements() == [f"certificate {certificate.number}: its holder was not present"]


def test_a_registration_left_behind_by_a_merge(owner, assignment):
    kept, other = a_person(owner), assignment.participant
    Participant.objects.filter(pk=other.pk).update(archived_at=clock.now(), merged_into=kept)

    assert books.disagreements() == [f"registration {assignment.pk}: held by a record that was merged, {other.code}"]
