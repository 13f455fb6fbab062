"""What waits for a person: seen on the front page, settled on a page of its own."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pupitre import clock
from pupitre.actions import payments, refunds, returns, reviews
from pupitre.gateways import RefundNotice
from pupitre.models import CourseSession, CreditNote, Deed, Dispute, Job, Letter, Order, Payment, Refund, StrayPayment
from pupitre.office import to_do
from pupitre.queries import debts
from pupitre.queries.refunds import propose_seats
from tests.counting import questions
from tests.office.pages import plain, text
from tests.world import a_paid_order, a_session, an_attempt, an_order, an_owner, says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]

CASES = "/admin/a-regler/"


def paid_wrongly() -> Payment:
    """A payment of one dollar less than asked for."""
    payment = an_attempt(an_order(an_owner(), (a_session(), 1)))
    return payments.apply(payment, says(payment, amount_cents=payment.amount_cents - 100))


def a_failed_refund(owner) -> Refund:
    order = a_paid_order(owner, (a_session(), 1))
    seats = [seat for line in order.lines.all() for seat in line.seats.all()]
    agreed = propose_seats(order, seats).total_cents
    note = returns.give_back_seats(order, seats, agreed_total_cents=agreed, by=owner)
    refund = note.refunds.get()
    refunds.note(refund, RefundNotice(f"re_{refund.pk}", "failed", "lost_or_stolen_card"))
    return refund


def a_failed_surplus(owner) -> Refund:
    payment = reviews.give_back(paid_wrongly(), by=owner)
    refund = payment.refunds.get()
    refunds.note(refund, RefundNotice(f"re_{refund.pk}", "failed", "lost_or_stolen_card"))
    return refund


def a_dispute(owner) -> Dispute:
    payment = a_paid_order(owner, (a_session(), 1)).payment
    return Dispute.objects.create(
        payment=payment,
        provider_reference=f"dp_{payment.pk}",
        amount_cents=payment.amount_cents,
        answer_by=clock.now() + timedelta(days=7),
    )


def one_of_each(owner) -> None:
    paid_wrongly()
    a_failed_refund(owner)
    a_failed_surplus(owner)
    dispute = a_dispute(owner)
    StrayPayment.objects.create(
        means="stripe", provider_reference=f"cs_{dispute.pk}", mode="sandbox", amount_cents=100, currency="CAD"
    )
    Job.objects.create(key=f"a:{dispute.pk}", kind="letter.post", failed_at=clock.now())
    Letter.objects.create(key=f"b:{dispute.pk}", kind="order_paid", to_email="x@exemple.ca", state="bounced")


class TestTheList:
    def test_everything_is_counted_on_the_front_page(self, client, owner):
        one_of_each(owner)

        page = client.get("/admin/")

        assert [one.count for one in page.context["to_do"]] == [1, 1, 2, 1, 1, 1]
        for one in page.context["to_do"]:
            assert one.address.replace("&", "&amp;") in page.content.decode()
            assert client.get(one.address).status_code == 200

    def test_letters_that_came_back_long_ago_are_no_news(self, owner):
        Letter.objects.create(
            key="a", kind="order_paid", to_email="x@exemple.ca", state="bounced",
            queued_at=clock.now() - timedelta(days=31),
        )  # fmt: skip

        assert to_do.everything() == []

    def test_nothing_to_do_is_said(self, client):
        assert client.get("/admin/").context["to_do"] == []
        assert client.get(CASES).status_code == 200

    def test_every_case_has_its_way_out(self, client, owner):
        one_of_each(owner)

        html = client.get(CASES).content.decode()

        ways_out = [
            reverse("admin:review", args=[Payment.objects.get(disposition="review").pk]),
            reverse("admin:pupitre_straypayment_change", args=[StrayPayment.objects.get().pk]),
            reverse("admin:owed_on_credit_note", args=[Refund.objects.exclude(credit_note=None).get().credit_note_id]),
            reverse("admin:owed_surplus", args=[Refund.objects.get(credit_note=None).payment_id]),
            "/_sandbox/",
        ]
        assert [way for way in ways_out if way not in html] == []

    @pytest.mark.parametrize("address", ["/admin/", CASES])
    def test_three_of_each_ask_no_more_than_one(self, client, owner, address):
        def asked() -> int:
            client.get(address)
            with questions() as asked:
                client.get(address)
            return len(asked)

        one_of_each(owner)
        once = asked()
        for _time in range(2):
            one_of_each(owner)

        assert asked() == once


class TestAReview:
    def address(self, payment) -> str:
        return reverse("admin:review", args=[payment.pk])

    def test_accepted_the_order_is_delivered(self, client, owner, operator):
        payment = paid_wrongly()

        answer = client.post(self.address(payment), {"decision": "accept", "note": "Un dollar"})

        assert answer.url == CASES
        assert Order.objects.get(payments=payment).is_paid
        deed = Deed.objects.get(verb="payment.accepted")
        assert (deed.by, deed.facts["note"]) == (operator, "Un dollar")

    def test_given_back(self, client, owner):
        payment = paid_wrongly()

        client.post(self.address(payment), {"decision": "give_back", "note": "Mauvais compte"})

        assert Refund.objects.get().amount_cents == payment.received_cents
        assert Deed.objects.get(verb="payment.given_back").facts["note"] == "Mauvais compte"

    def test_sent_twice_it_is_decided_once(self, client, owner):
        payment = paid_wrongly()

        client.post(self.address(payment), {"decision": "give_back", "note": "Mauvais compte"})
        page = client.post(self.address(payment), {"decision": "accept", "note": "Un dollar"})

        assert plain(reviews.NotInReview()) in text(page)
        assert Refund.objects.count() == 1
        assert client.get(self.address(payment)).status_code == 200

    def test_a_reason_is_asked_for(self, client, owner):
        payment = paid_wrongly()

        page = client.post(self.address(payment), {"decision": "accept", "note": " "})

        assert list(page.context["form"].errors) == ["note"]
        assert not Order.objects.get().is_paid

    def test_what_can_no_longer_be_delivered_says_so_and_keeps_the_note(self, client, owner):
        payment = paid_wrongly()
        Order.objects.update(status="expired")
        CourseSession.objects.update(taken=0, cancelled_at=clock.now())

        page = client.post(self.address(payment), {"decision": "accept", "note": "Un dollar"})

        assert page.status_code == 422
        assert plain(reviews.CannotBeDelivered()) in text(page)
        assert 'value="Un dollar"' in page.content.decode()

    @pytest.mark.parametrize("sent", [{}, {"decision": "keep", "note": "x"}])
    def test_without_a_decision_nothing_happens(self, client, owner, sent):
        payment = paid_wrongly()

        assert client.post(self.address(payment), sent).status_code == 200
        assert Payment.objects.get().disposition == "review"


class TestADebt:
    @pytest.fixture(params=[a_failed_refund, a_failed_surplus])
    def failed(self, request, owner) -> Refund:
        return request.param(owner)

    @pytest.fixture
    def address(self, failed) -> str:
        if failed.credit_note:
            return reverse("admin:owed_on_credit_note", args=[failed.credit_note_id])
        return reverse("admin:owed_surplus", args=[failed.payment_id])

    def test_says_what_was_tried(self, client, failed, address):
        assert "lost_or_stolen_card" in text(client.get(address))

    def test_is_tried_again_once(self, client, failed, address, operator):
        first, second = (client.post(address, {"way": "again"}) for _time in range(2))

        assert first.status_code == 302
        assert plain(refunds.NothingOwed()) in text(second)
        again = Refund.objects.exclude(pk=failed.pk).get()
        assert (again.amount_cents, again.status, again.requested_by) == (failed.amount_cents, "requested", operator)

    def test_is_given_back_by_other_means_with_a_word(self, client, failed, address):
        assert client.post(address, {"way": "by_hand", "note": ""}).status_code == 422
        assert Refund.objects.count() == 1

        answer = client.post(address, {"way": "by_hand", "note": "Virement du 3 décembre"})

        assert answer.status_code == 302
        assert Refund.objects.exclude(pk=failed.pk).get().origin == "hand"
        assert Deed.objects.get(verb="refund.by_hand").facts["note"] == "Virement du 3 décembre"
        assert debts.open_debts() == []

    def test_waits_while_the_bank_decides(self, client, failed, address):
        Dispute.objects.create(payment=failed.payment, provider_reference="dp_1", amount_cents=1)

        page = client.post(address, {"way": "again"})

        assert page.status_code == 422
        assert plain(refunds.PaymentDisputed()) in text(page)

    def test_neither_way_changes_nothing(self, client, address):
        assert client.post(address, {"way": "neither"}).status_code == 200
        assert Refund.objects.count() == 1


def test_cases_that_do_not_exist_are_not_found(client, owner):
    payment = a_paid_order(owner, (a_session(), 1)).payment

    for address in ("paiements/999/", "notes-de-credit/999/", f"surplus/{payment.pk}/"):
        assert client.get(CASES + address).status_code == 404


def test_the_back_office_speaks_the_language_of_whoever_works_there(client, operator):
    assert '<html lang="fr-ca"' in client.get(CASES).content.decode()

    type(operator).objects.update(language="en")

    page = client.get(CASES)
    assert '<html lang="en"' in page.content.decode()
    assert "Money still owed" in text(page)


def test_a_colleague_without_rights_is_kept_out(client, owner):
    client.force_login(an_owner(is_staff=True))

    assert client.get(CASES, follow=True).status_code == 403


class TestAClaim:
    @pytest.fixture
    def lost(self, owner) -> Dispute:
        dispute = a_dispute(owner)
        dispute.status, dispute.closed_at = Dispute.Status.LOST, clock.now()
        dispute.save()
        return dispute

    def test_is_given_up_once_with_a_word(self, client, lost):
        address = reverse("admin:claim", args=[lost.pk])
        order = reverse("admin:pupitre_order_change", args=[lost.payment.order_id])
        assert address in client.get(order).content.decode()
        assert client.post(address, {"note": ""}).status_code == 422

        answer = client.post(address, {"note": "Entendu avec la clinique"})
        again = client.post(address, {"note": "Entendu avec la clinique"})

        assert answer.url == order
        assert again.status_code == 422
        note = CreditNote.objects.get()
        assert (note.total_cents, note.note, note.reason) == (lost.amount_cents, "Entendu avec la clinique", "dispute")
        assert address not in client.get(order).content.decode()

    def test_of_a_dispute_that_is_open_is_not_found(self, client, owner):
        assert client.get(reverse("admin:claim", args=[a_dispute(owner).pk])).status_code == 404
