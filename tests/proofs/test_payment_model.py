"""The rules of payment, proved by looking everywhere; `python -m tests.proofs` looks further and tells the stories."""

import pytest

from pupitre.actions import payments
from tests.proofs.cases import DESIGN, HOLDS, REFUNDS, WITHOUT, Case
from tests.proofs.payment_model import RULES, Payments

pytestmark = pytest.mark.once


@pytest.mark.parametrize("case", DESIGN, ids=str)
def test_whatever_happens_money_and_seats_agree_and_nobody_who_paid_is_refunded(case: Case):
    finding = case.explored()

    assert finding.complete
    assert finding.wrong == "", finding.told()


@pytest.mark.parametrize("case", [case for case in WITHOUT if case.expected not in (HOLDS, REFUNDS)], ids=str)
def test_without_the_rule_there_is_a_story_that_ends_badly(case: Case):
    finding = case.explored(refunds_are_wrong=False)

    assert finding.wrong == case.expected, finding.told()
    assert len(finding.road) > 3


@pytest.mark.parametrize("case", [case for case in WITHOUT if case.expected == REFUNDS], ids=str)
def test_without_the_rule_only_refunds_save_the_books(case: Case):
    assert case.explored().wrong == REFUNDS

    finding = case.explored(refunds_are_wrong=False)
    assert finding.complete
    assert finding.wrong == "", finding.told()


@pytest.mark.parametrize("case", [case for case in WITHOUT if case.expected == HOLDS], ids=str)
def test_without_the_rule_the_others_still_hold(case: Case):
    finding = case.explored()

    assert finding.complete
    assert finding.wrong == "", finding.told()


def test_every_rule_is_taken_away_once():
    assert {rule for case in WITHOUT for rule in case.without} == set(RULES)


@pytest.mark.parametrize(
    "name",
    [
        *("start", "settle", "apply", "close", "expire", "cancel"),
        *("_attempt", "_reopened", "_new_attempt", "_open_page", "_commit_seats", "_capture", "_receive", "_withdraw"),
    ],
)
def test_the_model_has_a_counterpart_of_each_function(name: str):
    assert callable(getattr(payments, name))
    assert callable(getattr(Payments, name, None) or getattr(Payments, f"_{name}"))
