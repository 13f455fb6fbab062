"""A buyer contests a payment at the bank: what we know of it comes from the service, and nobody loses a seat."""

from datetime import timedelta

import pytest

from pupitre import clock, gateways
from pupitre.actions import disputes, events, fees
from pupitre.gateways import DisputeNotice
from pupitre.mail import delivery
from pupitre.mail.writing import write
from pupitre.models import Dispute, Job, Letter, ProviderEvent, Refund, Seat
from pupitre.queries import books
from pupitre.queries.claims import claim_cents
from tests.world import a_paid_order, a_session, an_order, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

MEANS = ["stripe", "paypal"]


@pytest.fixture
def order():
    return an_order(an_owner(), (a_session(), 2))


def news_of(means):
    """Everything that a service has told so far, received and handled here."""
    for event in gateways.connect(means).events_since(clock.now() - timedelta(hours=1)):
        events.handle(events.receive(means, event, event.body))


def deeds_of(order):
    return [verb for verb in order.deeds.values_list("verb", flat=True) if verb.startswith("dispute.")]


@pytest.mark.parametrize("means", MEANS)
def test_a_dispute_freezes_refunds_and_tells_the_provider_when_to_answer(sandbox, order, pay, means):
    payment = pay(order, means)

    reference = sandbox.dispute(payment.charge_reference)
    news_of(means)

    dispute = Dispute.objects.get()
    assert (dispute.payment, dispute.provider_reference, dispute.status) == (payment, reference, "open")
    assert dispute.amount_cents == payment.amount_cents
    assert dispute.answer_by > clock.now() + timedelta(days=5)
    assert disputes.freezes_refunds(order)
    assert deeds_of(order) == ["dispute.opened"]
    assert Letter.objects.get(kind="dispute_opened").to_email == "info@exemple.ca"
    assert Seat.objects.filter(cancelled_at=None).count() == 2, "registrations stay as they are"
    assert books.disagreements() == []


@pytest.mark.parametrize("means", MEANS)
@pytest.mark.parametrize(("verdict", "frozen"), [("win", False), ("lose", True)])
def test_a_dispute_ends(sandbox, order, pay, means, verdict, frozen):
    payment = pay(order, means)
    reference = sandbox.dispute(payment.charge_reference)
    news_of(means)

    getattr(sandbox, verdict)(reference)
    news_of(means)

    ended = "won" if verdict == "win" else "lost"
    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.closed_at is not None) == (ended, True)
    assert disputes.freezes_refunds(order) is frozen
    assert deeds_of(order) == ["dispute.opened", f"dispute.{ended}"]
    assert sorted(Letter.objects.exclude(kind="order_paid").values_list("kind", flat=True)) == [
        "dispute_closed",
        "dispute_opened",
    ]
    assert Seat.objects.filter(cancelled_at=None).count() == 2
    assert books.disagreements() == []


def test_a_dispute_that_the_provider_ends_by_giving_all_back_at_paypal_takes_the_money_once(sandbox, order, pay):
    payment = pay(order, "paypal")
    sandbox.dispute(payment.charge_reference)
    news_of("paypal")

    sandbox.refund(payment.charge_reference)
    news_of("paypal")
    fees.read(payment)

    dispute = Dispute.objects.get()
    assert (dispute.status, dispute.amount_cents) == ("lost", 0)
    assert claim_cents(order) == 0
    assert order.credit_notes.get().total_cents == order.total_cents
    letter = write(Letter.objects.get(kind="dispute_closed"))
    assert "vous avez remboursé ce paiement en entier" in " ".join(letter.paragraphs)
    assert books.disagreements() == []


def test_the_same_news_twice_is_told_once(sandbox, order, pay):
    payment = pay(order)
    reference = sandbox.dispute(payment.charge_reference)

    for _ in range(3):
        disputes.ask_about(payment, reference)

    assert (Dispute.objects.count(), Letter.objects.filter(kind="dispute_opened").count()) == (1, 1)
    assert deeds_of(order) == ["dispute.opened"]


def test_a_dispute_opened_again_is_told_again():
    order = a_paid_order(an_owner(), (a_session(), 1))
    payment = order.payments.get()

    for minute, status in enumerate(["open", "won", "open", "lost"]):
        with clock.stopped_at(clock.now() + timedelta(minutes=minute)):
            disputes.note(payment, said(payment, status))

    assert deeds_of(order) == ["dispute.opened", "dispute.won", "dispute.opened", "dispute.lost"]
    assert Letter.objects.filter(kind__startswith="dispute_").count() == 4
    assert Dispute.objects.get().closed_at is not None


def test_a_dispute_of_another_mode_is_refused():
    order = a_paid_order(an_owner(), (a_session(), 1))

    disputes.note(order.payments.get(), said(order.payments.get(), "open", live=True))

    assert not Dispute.objects.exists()


@pytest.mark.parametrize("means", MEANS)
def test_the_nightly_sweep_finds_disputes_nobody_told_us_of(sandbox, order, pay, means):
    payment = pay(order, means)
    reference = sandbox.dispute(payment.charge_reference)

    disputes.sweep(means, clock.now() - timedelta(days=1))
    opened = Dispute.objects.get().status
    sandbox.lose(reference)
    disputes.sweep(means, clock.now() + timedelta(days=1))

    assert (opened, Dispute.objects.get().status) == ("open", "lost")


@pytest.mark.parametrize("means", MEANS)
def test_what_a_dispute_costs_is_read_a_little_later(sandbox, order, pay, means):
    payment = pay(order, means)
    reference = sandbox.dispute(payment.charge_reference)

    disputes.ask_about(payment, reference)

    job = Job.objects.get(kind="fees.read")
    assert (job.facts["payment"], job.due_at > clock.now()) == (payment.pk, True)


def test_the_letters_name_the_order_the_amount_and_the_date(sandbox, order, pay, settings):
    payment = pay(order)
    reference = sandbox.dispute(payment.charge_reference)
    disputes.ask_about(payment, reference)
    sandbox.win(reference)
    disputes.ask_about(payment, reference)

    opened, closed = (delivery.compose(Letter.objects.get(kind=f"dispute_{deed}")) for deed in ("opened", "closed"))

    for message in (opened, closed):
        assert order.number in message.subject
        assert "287,44\u00a0$" in message.body
        assert f"{settings.SITE_URL}/admin/pupitre/order/{payment.order_id}/change/" in message.body


def test_a_webhook_about_a_dispute_of_someone_else_is_set_aside(sandbox, order, pay):
    pay(order)
    event = gateways.Event(
        id="evt_1", kind="charge.dispute.created", live=False, dispute="du_1", charge_reference="pi_x"
    )

    kept = events.receive("stripe", event, "{}")
    with clock.stopped_at(clock.now() + timedelta(hours=2)):
        events.handle(kept)

    assert ProviderEvent.objects.get().outcome == "foreign"
    assert not Dispute.objects.exists()


class TestGivingUpAClaim:
    @pytest.fixture
    def lost(self):
        payment = a_paid_order(an_owner(), (a_session(), 2)).payments.get()
        disputes.note(payment, said(payment, "lost"))
        return Dispute.objects.get()

    def test_what_the_bank_took_is_taken_back_from_the_invoice_and_nobody_loses_a_seat(self, lost):
        owner = an_owner()

        note = disputes.give_up_claim(lost, by=owner, note="Entendu avec la clinique")

        assert (note.reason, note.total_cents) == ("dispute", lost.amount_cents)
        assert not Refund.objects.exists(), "no money moves: the bank gave it back"
        assert Seat.objects.filter(cancelled_at=None).count() == 2
        assert note.order.deeds.filter(verb="dispute.given_up", by=owner).count() == 1
        assert "287,44\u00a0$" in delivery.compose(Letter.objects.get(kind="refunded")).body
        assert books.disagreements() == []

    def test_it_is_done_once(self, lost):
        disputes.give_up_claim(lost, by=an_owner())

        with pytest.raises(disputes.NothingLost):
            disputes.give_up_claim(lost, by=an_owner())

    def test_a_dispute_that_is_open_or_won_takes_nothing(self):
        payment = a_paid_order(an_owner(), (a_session(), 2)).payments.get()

        for status in ("open", "won"):
            disputes.note(payment, said(payment, status))
            with pytest.raises(disputes.NothingLost):
                disputes.give_up_claim(Dispute.objects.get(), by=an_owner())


def said(payment, status, **facts):
    told = {
        "reference": "du_1",
        "charge_reference": payment.charge_reference,
        "payment": str(payment.uuid),
        "status": status,
        "reason": "fraudulent",
        "amount_cents": payment.amount_cents,
        "currency": "CAD",
        "due_at": None,
        "live": False,
    }
    return DisputeNotice(**told | facts)
