"""Letters that bring an invoice or a credit note: the copy that was issued, to the byte."""

import pytest

from pupitre.actions import documents
from pupitre.mail import delivery, letters
from pupitre.models import CreditNote, IssuedCopy, Letter, Order, Refund, User
from tests import world

pytestmark = pytest.mark.django_db
Reason = CreditNote.Reason


@pytest.fixture
def owner(db):
    world.a_provider()
    return world.an_owner()


@pytest.fixture
def order(owner):
    return world.a_paid_order(owner, (world.a_session(), 2))


def a_note(order, reason=Reason.SEATS):
    gst, qst = order.taxes.all()
    return documents.issue_credit_note(
        order,
        lines=[(order.lines.get(), 1, 12500)],
        taxes=[(gst, 625), (qst, 1247)],
        reason=reason,
        by=None,
    )


def posted(post_office, kind):
    delivery.post(Letter.objects.get(kind=kind).pk)
    return post_office.letters[-1]


def enclosed(message):
    return {part.get_filename(): part.get_content() for part in message.iter_attachments()}


def test_the_letter_of_a_paid_order_brings_its_invoice(post_office, order):
    message = posted(post_office, "order_paid")

    [copy] = IssuedCopy.objects.all()
    assert copy.language == "fr-ca"
    assert bytes(copy.pdf) in enclosed(message).values()
    assert f"/recus/{order.reference}/facture.pdf" in message.get_body(("plain",)).get_content()


def test_the_invoice_is_in_the_language_of_the_order(post_office, owner):
    order = world.an_order(owner, (world.a_session(), 2))
    Order.objects.update(language="en")
    payment = world.an_attempt(order)
    world.payments.apply(payment, world.says(payment))

    posted(post_office, "order_paid")

    assert [copy.language for copy in IssuedCopy.objects.all()] == ["en"]


def test_the_letter_of_a_refund_brings_its_credit_note(post_office, owner, order):
    note = a_note(order)

    letters.refunded(note)

    message = posted(post_office, "refunded")
    text = message.get_body(("plain",)).get_content()
    assert note.number in message["Subject"]
    assert "143,72\u00a0$" in message["Subject"]
    assert message["To"].endswith(f"<{owner.email}>")
    for amount in ("125,00\u00a0$", "6,25\u00a0$", "12,47\u00a0$", "143,72\u00a0$"):
        assert amount in text
    assert f"/recus/{order.reference}/note-de-credit-{note.serial}.pdf" in text
    [copy] = IssuedCopy.objects.filter(edition__credit_note=note)
    assert list(enclosed(message).values()) == [bytes(copy.pdf)]


def test_it_says_by_which_way_the_money_comes_back(post_office, order):
    User.objects.update(language="en")
    note = a_note(order, Reason.DISPUTE)
    letters.refunded(note)

    text = posted(post_office, "refunded").get_body(("plain",)).get_content()

    assert "Your bank gave the amount of $143.72 back to you." in text


def test_money_given_back_by_hand_is_not_said_to_come_by_card(post_office, order):
    User.objects.update(language="en")
    note = a_note(order)
    facts = {"origin": Refund.Origin.HAND, "status": "succeeded", "settled_at": note.issued_at}
    Refund.objects.create(
        payment=order.payments.get(), credit_note=note, amount_cents=note.total_cents, reason="credit_note", **facts
    )
    letters.refunded(note)

    text = posted(post_office, "refunded").get_body(("plain",)).get_content()

    assert "is returned to you by other means" in text
