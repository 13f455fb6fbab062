"""What a payment service said before something changed, and what is done about it after.

Each of these was found by the model of `tests/proofs`: an answer is read, the world moves on, and only then is the
answer written down.
"""

import pytest

from pupitre.actions import payments
from pupitre.gateways import Standing
from pupitre.models import Payment
from tests.world import a_provider, a_session, an_attempt, an_order, an_owner, says

pytestmark = pytest.mark.django_db

Status = Payment.Status


@pytest.fixture
def payment():
    a_provider()
    return an_attempt(an_order(an_owner(), (a_session(), 2)), means="paypal")


def now(payment):
    return Payment.objects.get(pk=payment.pk)


def test_open_said_before_the_capture_began_does_not_undo_it(payment):
    before_the_buyer_agreed = now(payment)
    payments._commit_seats(payment)

    payments.apply(before_the_buyer_agreed, says(payment, Standing.OPEN))

    assert (now(payment).status, now(payment).captures_declined) == (Status.CAPTURING, 0)


def test_open_said_during_the_capture_means_that_it_was_declined(payment):
    capturing = payments._commit_seats(payment)

    payments.apply(capturing, says(payment, Standing.OPEN))

    assert (now(payment).status, now(payment).captures_declined) == (Status.OPEN, 1)


def test_open_said_twice_declines_once(payment):
    capturing = payments._commit_seats(payment)
    payments.apply(capturing, says(payment, Standing.OPEN))
    payments._commit_seats(now(payment))

    payments.apply(capturing, says(payment, Standing.OPEN))

    assert (now(payment).status, now(payment).captures_declined) == (Status.CAPTURING, 1)


def test_an_agreement_seen_before_a_declined_capture_is_used_up(payment):
    seen_approved = now(payment)
    payments.apply(payments._commit_seats(payment), says(payment, Standing.OPEN))

    assert payments._commit_seats(seen_approved) is None

    assert now(payment).status == Status.OPEN
    assert payments._commit_seats(now(payment)).captures_declined == 1


def test_closing_gives_way_to_a_review_that_began_meanwhile(payment):
    wanted_closed = now(payment)
    payments.apply(payments._commit_seats(payment), says(payment, Standing.PROCESSING))

    payments.apply(wanted_closed, says(payment, Standing.CLOSED), asked_to_close=True)

    assert now(payment).status == Status.PROCESSING


def test_a_review_that_ends_badly_closes_the_attempt(payment):
    payments.apply(payments._commit_seats(payment), says(payment, Standing.PROCESSING))

    payments.apply(now(payment), says(payment, Standing.CLOSED))

    assert now(payment).status == Status.CLOSED
