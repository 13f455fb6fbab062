"""The page of an order: how it stands, its documents, and everything that happened to it."""

import pytest
from django.urls import reverse

from pupitre import worker
from pupitre.actions import documents, orders, payment_links, payments, refunds, returns
from pupitre.gateways import RefundNotice
from pupitre.models import Deed, Dispute, Edition, Seat
from pupitre.queries.refunds import propose_seats
from tests.counting import questions
from tests.office.pages import text
from tests.world import a_course, a_paid_order, a_session, an_attempt, an_order, says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]


def page_of(order) -> str:
    return reverse("admin:pupitre_order_change", args=[order.pk])


def give_back_a_seat(order, by, *, status="succeeded"):
    seat = Seat.objects.filter(line__order=order, cancelled_at=None).first()
    agreed = propose_seats(order, [seat]).total_cents
    note = returns.give_back_seats(order, [seat], agreed_total_cents=agreed, by=by, note="Malade")
    refund = note.refunds.get()
    refunds.note(refund, RefundNotice(f"re_{refund.pk}", status, "" if status == "succeeded" else "expired_card"))
    return refund


def test_what_happened_is_told_in_its_order(client, owner, operator):
    order = an_order(owner, (a_session(a_course(price_cents=12995)), 3))
    link = payment_links.give(order, by=owner, email="comptes@exemple.ca")
    payment = an_attempt(order, link=link)
    payments.apply(payment, says(payment))
    order.refresh_from_db()
    refund = give_back_a_seat(order, operator)
    documents.hand_out(order.invoice, "fr-ca", by=owner)
    Dispute.objects.create(payment=payment, provider_reference="dp_42", amount_cents=100, reason="fraudulent")

    said = text(client.get(page_of(order)))

    told = [
        *("comptes@exemple.ca", "Visa •••• 4242", order.invoice.number, refund.credit_note.number, "Malade"),
        *(refund.provider_reference, "dp_42", "fraudulent", "298,83 $"),
    ]
    assert [fact for fact in told if fact not in said] == []


def test_a_disputed_order_cannot_be_refunded_and_says_until_when_to_answer(client, order):
    refund = reverse("admin:order_refund", args=[order.pk])
    assert refund in client.get(page_of(order)).content.decode()
    Dispute.objects.create(
        payment=order.payment, provider_reference="dp_42", amount_cents=100, answer_by="2030-06-03T16:00Z"
    )

    page = client.get(page_of(order))

    assert refund not in page.content.decode()
    assert "3 juin 2030, à 12 h" in text(page)


def test_money_still_owed_leads_to_both_ways_out(client, order, operator):
    failed = give_back_a_seat(order, operator, status="failed")

    html = client.get(page_of(order)).content.decode()

    assert reverse("admin:owed_on_credit_note", args=[failed.credit_note_id]) in html


def test_documents_are_handed_out_and_that_is_written_down(client, order, operator):
    note = give_back_a_seat(order, operator).credit_note
    order = type(order).objects.get(pk=order.pk)

    for name, args, language in (
        ("order_invoice", [order.pk, "fr"], "fr-ca"),
        ("order_invoice", [order.pk, "en"], "en"),
        ("order_credit_note", [order.pk, note.serial, "fr"], "fr-ca"),
    ):
        answer = client.get(reverse(f"admin:{name}", args=args))
        assert answer.content.startswith(b"%PDF-")
        assert Deed.objects.filter(verb="document.downloaded").last().facts["language"] == language
    assert Deed.objects.filter(verb="document.downloaded", by=operator).count() == 3
    assert client.get(reverse("admin:order_invoice", args=[order.pk, "de"])).status_code == 404
    assert client.get(reverse("admin:order_credit_note", args=[order.pk, 99, "fr"])).status_code == 404


def test_corrected_copies_go_to_the_address_that_is_typed(client, order, operator):
    give_back_a_seat(order, operator)
    address = reverse("admin:order_correction", args=[order.pk])
    assert "Clinique des Érables" in text(client.get(address))

    refused = client.post(address, {"bill_to": "  "})
    answer = client.post(address, {"bill_to": " Clinique neuve \r\n\r\n1, rue Neuve\r\n"})

    assert refused.status_code == 422
    assert answer.url == page_of(order)
    corrected = Edition.objects.filter(rank=2)
    assert [edition.facts["bill_to"] for edition in corrected] == [["Clinique neuve", "1, rue Neuve"]] * 2
    assert {edition.issued_by for edition in corrected} == {operator}


def test_an_order_without_an_invoice_has_none_to_correct(client, owner):
    order = an_order(owner, (a_session(), 1))

    assert client.get(page_of(order)).status_code == 200
    assert client.get(reverse("admin:order_correction", args=[order.pk])).status_code == 404
    assert client.get(reverse("admin:order_invoice", args=[order.pk, "fr"])).status_code == 404


def test_an_order_with_nothing_to_pay(client, owner):
    free = an_order(owner, (a_session(a_course(price_cents=0)), 1))
    orders.deliver_free(free)

    assert client.get(page_of(free)).status_code == 200


def test_the_page_asks_no_more_when_more_happened(client, owner, operator):
    def asked_after(refunds: int) -> int:
        order = a_paid_order(owner, (a_session(), 5))
        for _time in range(refunds):
            give_back_a_seat(order, operator)
        worker.work_until_idle()
        with questions() as asked:
            client.get(page_of(order))
        return len(asked)

    asked_after(1)
    assert asked_after(3) == asked_after(1)
