"""Prices before taxes, in cents: volume tiers, shares of a discount, and what seats given back were worth."""

from collections.abc import Sequence
from itertools import pairwise

# From which seat on, and how many percent less: [[10, 15], [20, 25]] takes 15 % off the 10th to the 19th seat.
Tiers = Sequence[Sequence[int]]


def percent_of(cents: int, percent: int) -> int:
    """So many percent of an amount; half a cent goes up."""
    return (cents * percent + 50) // 100


def seat_price(unit_cents: int, rank: int, tiers: Tiers) -> int:
    """Price of the seat of this rank (the first is 1). Graduated: a tier changes the price of its own seats only, so
    that a total never drops when a seat is added.
    """
    percent = next((percent for first, percent in sorted(tiers, reverse=True) if rank >= first), 0)
    return unit_cents - percent_of(unit_cents, percent)


def seats_price(unit_cents: int, quantity: int, tiers: Tiers) -> int:
    """Price of so many seats, their tiers taken into account."""
    bounds = sorted({1, *(first for first, _percent in tiers if first <= quantity), quantity + 1})
    return sum((after - first) * seat_price(unit_cents, first, tiers) for first, after in pairwise(bounds))


def spread(cents: int, weights: Sequence[int]) -> list[int]:
    """Share an amount in proportion to these weights, to the cent: the largest remainders get the cents left over.

    No share is larger than its weight while the amount is not larger than their sum.
    """
    total = sum(weights)
    if not total:
        return [0] * len(weights)
    shares = [cents * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda n: (-(cents * weights[n] % total), n))
    for n in by_remainder[: cents - sum(shares)]:
        shares[n] += 1
    return shares
