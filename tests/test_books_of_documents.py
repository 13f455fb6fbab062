"""What the auditor says of documents that do not agree with the money, with their numbers or with themselves."""

import pytest

from pupitre.actions import documents
from pupitre.models import (
    CreditNote,
    CreditNoteLine,
    CreditNoteTax,
    Edition,
    Invoice,
    IssuedCopy,
    Job,
    NumberSeries,
    Order,
)
from pupitre.queries.issued import disagreements
from tests.world import a_paid_order, a_provider, a_session, an_order, an_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(db):
    a_provider()
    return a_paid_order(an_owner(), (a_session(), 2))


@pytest.fixture
def note(order):
    """One seat of two, taken back."""
    gst, qst = order.taxes.all()
    return documents.issue_credit_note(
        order,
        lines=[(order.lines.get(), 1, 12500)],
        taxes=[(gst, 625), (qst, 1247)],
        reason=CreditNote.Reason.SEATS,
        by=None,
    )


def found():
    return list(disagreements())


def test_nothing_to_say_of_an_invoice_a_credit_note_and_their_copies(order, note):
    for document in (order.invoice, note):
        documents.draw_copies(document.latest_edition)

    assert found() == []


def test_a_paid_order_without_an_invoice(order):
    Edition.objects.all().delete()
    Invoice.objects.all().delete()

    assert found() == [
        f"order {order}: paid, and it has no invoice",
        "invoice numbers, sandbox: 0 documents, the last number is 0, the series says 1",
    ]


def test_an_invoice_that_is_on_its_way_is_waited_for(order):
    Edition.objects.all().delete()
    Invoice.objects.all().delete()
    NumberSeries.objects.all().delete()
    Job.objects.ask("invoice.issue", order.reference, order=order.pk)

    assert found() == []


def test_an_invoice_of_an_order_that_is_not_paid(order):
    Order.objects.update(status=Order.Status.CANCELLED, paid_at=None)

    assert found() == [f"invoice DEMO-F-000001: its order {order} is not paid"]


def test_an_invoice_of_another_amount_than_its_order(order):
    Order.objects.update(total_cents=order.total_cents + 1)

    assert found() == [f"invoice DEMO-F-000001: {order.total_cents} cents, its order says {order.total_cents + 1}"]


def test_a_number_that_was_skipped(order):
    other = an_order(an_owner(), (a_session(), 1))
    Order.objects.filter(pk=other.pk).update(status=Order.Status.PAID, paid_at=other.placed_at)
    amounts = {"net_cents": other.net_cents, "total_cents": other.total_cents}
    Invoice.objects.create(order=other, mode="sandbox", serial=3, **amounts)

    assert found() == [
        "invoice numbers, sandbox: 2 documents, the last number is 3, the series says 1",
        "DEMO-F-000003: nothing says what it holds",
    ]


def test_a_series_that_says_another_number(order, note):
    NumberSeries.objects.filter(kind="credit_note").update(last=2)

    assert found() == ["credit_note numbers, sandbox: 1 documents, the last number is 1, the series says 2"]


def test_credit_notes_of_more_than_there_was(order, note):
    second = _a_note_outside_the_rules(order, net=12501, total=14376)
    CreditNoteLine.objects.create(credit_note=second, line=order.lines.get(), seat_count=2, net_cents=12501)
    CreditNoteTax.objects.create(credit_note=second, tax=order.taxes.get(code="gst"), amount_cents=628)
    CreditNoteTax.objects.create(credit_note=second, tax=order.taxes.get(code="qst"), amount_cents=1247)

    assert found() == [
        f"order {order}: 3 seats and 25001 cents credited of a line of 25000",
        f"order {order}: 1253 cents credited of a tax of 1250",
        f"order {order}: 28748 cents credited of 28744",
    ]


def test_a_credit_note_that_does_not_add_up(order):
    note = _a_note_outside_the_rules(order, net=1000, total=1150)
    CreditNoteLine.objects.create(credit_note=note, line=order.lines.get(), net_cents=1000)
    CreditNoteTax.objects.create(credit_note=note, tax=order.taxes.get(code="gst"), amount_cents=50)

    assert found() == ["credit note DEMO-NC-000001: 1150 cents, not 1000 and 50 of taxes"]


def test_a_credit_note_of_another_order(order):
    other = a_paid_order(an_owner(), (a_session(), 2))
    note = _a_note_outside_the_rules(order, net=1000, total=1000)
    CreditNoteLine.objects.create(credit_note=note, line=other.lines.get(), net_cents=1000)

    assert found() == ["credit note DEMO-NC-000001: it credits a line of another order"]


def test_words_that_are_no_longer_those_of_the_document(order):
    said = order.invoice.latest_edition.facts | {"total_cents": 1}
    Edition.objects.create(invoice=order.invoice, rank=2, facts=said, fingerprint="0" * 64)

    assert found() == [
        "DEMO-F-000001 (2): its content is no longer what was issued",
        "DEMO-F-000001 (2): it speaks of DEMO-F-000001 and of 1 cents",
    ]


def test_a_copy_that_is_no_longer_the_file_that_was_issued(order):
    IssuedCopy.objects.create(edition=Edition.objects.get(), language="en", pdf=b"%PDF-1.7", fingerprint="0" * 64)

    assert found() == ["DEMO-F-000001 (1): its copy in en is no longer the file that was issued"]


def _a_note_outside_the_rules(order, net, total):
    """A credit note as no action of ours writes it, with its number and its words."""
    documents._next_number("credit_note", "sandbox")
    serial = NumberSeries.objects.get(kind="credit_note").last
    note = CreditNote.objects.create(
        order=order, mode="sandbox", serial=serial, reason="amount", net_cents=net, total_cents=total
    )
    documents._freeze(note, {"number": note.number, "total_cents": total}, rank=1, by=None)
    return note
