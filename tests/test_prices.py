"""Prices before taxes: a total never drops when a seat is added, and no cent is lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pupitre import prices

TIERS = [[10, 15], [20, 25]]
cents = st.integers(0, 500_000)
quantities = st.integers(0, 60)


@st.composite
def tiers(draw):
    """Any tiers the back office accepts: later and later seats, percentages that never go down."""
    firsts = sorted(draw(st.sets(st.integers(2, 50), max_size=4)))
    percents = sorted(draw(st.lists(st.integers(1, 100), min_size=len(firsts), max_size=len(firsts))))
    return [[first, percent] for first, percent in zip(firsts, percents, strict=True)]


@pytest.mark.parametrize(
    ("quantity", "total"),
    [(0, 0), (1, 10000), (9, 90000), (10, 98500), (19, 175000), (20, 182500), (25, 220000)],
)
def test_each_tier_is_for_its_own_seats(quantity, total):
    assert prices.seats_price(10000, quantity, TIERS) == total


def test_tiers_may_come_in_any_order():
    assert prices.seats_price(10000, 25, TIERS[::-1]) == prices.seats_price(10000, 25, TIERS)


def test_without_tiers_every_seat_costs_the_same():
    assert prices.seats_price(18500, 12, []) == 222000


def test_half_a_cent_of_rebate_goes_to_the_buyer():
    assert prices.percent_of(10, 25) == 3
    assert prices.percent_of(10, 24) == 2


@given(cents, quantities, tiers())
def test_a_total_never_drops_when_a_seat_is_added(unit, quantity, tiers):
    assert prices.seats_price(unit, quantity, tiers) <= prices.seats_price(unit, quantity + 1, tiers)


@given(cents, quantities, tiers())
def test_the_seats_one_by_one_add_up_to_their_total(unit, quantity, tiers):
    one_by_one = sum(prices.seat_price(unit, rank, tiers) for rank in range(1, quantity + 1))

    assert one_by_one == prices.seats_price(unit, quantity, tiers)
    assert 0 <= one_by_one <= unit * quantity


@given(st.lists(cents, min_size=1, max_size=12), st.data())
def test_a_share_out_adds_up_and_nobody_gets_more_than_their_weight(weights, data):
    amount = data.draw(st.integers(0, sum(weights)))

    shares = prices.spread(amount, weights)

    assert sum(shares) == amount
    assert all(0 <= share <= weight for share, weight in zip(shares, weights, strict=True))


@given(st.lists(st.integers(1, 500_000), min_size=1, max_size=12), st.data())
def test_a_share_is_within_a_cent_of_its_proportion(weights, data):
    amount = data.draw(st.integers(0, sum(weights)))

    for share, weight in zip(prices.spread(amount, weights), weights, strict=True):
        assert abs(share * sum(weights) - amount * weight) < sum(weights)


def test_nothing_is_shared_among_nothing():
    assert prices.spread(0, []) == []
    assert prices.spread(100, [0, 0]) == [0, 0]


@pytest.mark.parametrize(
    ("quantity", "most", "told"),
    [
        (1, 20, (8, 8500)),
        (8, 20, (1, 8500)),
        (9, 20, (0, 8500)),
        (10, 20, (9, 7500)),
        (9, 9, None),
        (19, 19, None),
        (20, 99, None),
    ],
)
def test_the_next_tier_is_told_when_it_can_be_reached(quantity, most, told):
    tier = prices.next_tier(10000, quantity, TIERS, most=most)

    assert (tier and (tier.seats_before, tier.seat_cents)) == told


def test_a_tier_that_changes_no_cent_is_not_told():
    assert prices.next_tier(1, 1, [[2, 10]], most=10) is None


def test_a_member_price_is_paid_when_it_is_lower():
    assert prices.buyer_price(12500, None) == 12500
    assert prices.buyer_price(12500, 11000) == 11000
    assert prices.buyer_price(9900, 11000) == 9900
    assert prices.buyer_price(12500, 0) == 0
