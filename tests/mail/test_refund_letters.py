"""What the provider reads when money did not go back, or went back without them."""

import pytest
from django.utils import translation

from pupitre.actions import refunds, returns
from pupitre.gateways import RefundNotice
from pupitre.mail import letters, writing
from pupitre.models import Letter, Refund
from tests.world import a_paid_order, a_session, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def order():
    return a_paid_order(an_owner(), (a_session(), 1))


def words(kind: str) -> str:
    with translation.override("en"):
        letter = writing.write(Letter.objects.get(kind=kind))
        return "\n".join([letter.subject, *letter.paragraphs, *(f"{label}: {value}" for label, value in letter.facts)])


def given_back(order, **facts) -> Refund:
    return Refund.objects.create(
        **{"payment": order.payment, "amount_cents": 1234, "reason": "elsewhere", "origin": "dashboard"} | facts
    )


def test_a_refund_that_failed_says_how_much_is_owed_again_to_whom_and_why(order):
    returns.give_back_everything(order, agreed_total_cents=order.total_cents, by=order.placed_by)

    refunds.note(Refund.objects.get(), RefundNotice("re_1", "failed", "expired_or_canceled_card"))

    told = words("refund_failed")
    assert "A refund of $143.72 did not go through: this money is owed again to Clinique des Érables." in told
    assert "expired_or_canceled_card" in told


def test_one_given_up_after_a_dispute_says_that_the_bank_decided(order):
    returns.give_back_everything(order, agreed_total_cents=order.total_cents, by=order.placed_by)

    refunds.note(Refund.objects.get(), RefundNotice("", "canceled", Refund.DISPUTED))

    assert "the bank decided for the buyer" in words("refund_failed")


def test_one_made_elsewhere_names_its_credit_note_or_says_that_there_is_none(order):
    credit_note = returns.give_back_amount(order, 1234, agreed_left_cents=order.total_cents, by=order.placed_by)
    letters.refund_found(given_back(order, credit_note=credit_note, provider_reference="re_1"))

    assert credit_note.number in words("refund_found")
    assert "re_1" in words("refund_found")


def test_one_that_nothing_explains_asks_someone_to_look(order):
    letters.refund_found(given_back(order, provider_reference="re_2"))

    assert "Please check it." in words("refund_found")
