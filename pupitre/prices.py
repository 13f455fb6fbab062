"""Prices before taxes, in cents: volume tiers, shares of a discount, and what seats given back were worth."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

# From which seat on, and how many percent less: [[10, 15], [20, 25]] takes 15 % off the 10th to the 19th seat.
Tiers = Sequence[list[int]]


@dataclass(frozen=True)
class NextTier:
    """The tier that a few more seats would reach."""

    seats_before: int  # still to take at the price of now, before its first seat
    seat_cents: int


def moved_difference(target_cents: int, unit_cents: int, *, net_cents: int, quantity: int) -> int:
    """What a seat of a line costs more (or less, below zero) in a session at another price. What was paid of the line
    keeps its proportion, whatever rebate made it; of a line that cost nothing, only what is dearer is to be paid.
    """
    before = quantity * unit_cents
    if not net_cents:
        return max(target_cents - unit_cents, 0)
    scaled = (2 * abs(target_cents - unit_cents) * net_cents + before) // (2 * before)  # half a cent goes up
    return scaled if target_cents > unit_cents else -scaled


class PricedSeats(Protocol):
    """A line of a cart or of an order."""

    @property
    def list_cents(self) -> int: ...
    @property
    def member_discount_cents(self) -> int: ...
    @property
    def volume_discount_cents(self) -> int: ...
    @property
    def promo_discount_cents(self) -> int: ...


@dataclass(frozen=True)
class Rebates:
    """What is taken off the price that anyone would pay, and by which rebate."""

    list_cents: int
    member_cents: int
    volume_cents: int
    promo_cents: int

    @classmethod
    def of(cls, lines: Iterable[PricedSeats]) -> "Rebates":
        lines = list(lines)
        return cls(
            list_cents=sum(line.list_cents for line in lines),
            member_cents=sum(line.member_discount_cents for line in lines),
            volume_cents=sum(line.volume_discount_cents for line in lines),
            promo_cents=sum(line.promo_discount_cents for line in lines),
        )

    @property
    def saving_cents(self) -> int:
        return self.member_cents + self.volume_cents + self.promo_cents


def buyer_price(list_cents: int, member_cents: int | None) -> int:
    """The member price where there is one and it is lower."""
    return list_cents if member_cents is None else min(list_cents, member_cents)


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


def next_tier(unit_cents: int, quantity: int, tiers: Tiers, *, most: int) -> NextTier | None:
    """The next tier that makes seats cheaper, when a buyer of so many seats can reach it (`most` seats in all)."""
    price = seat_price(unit_cents, quantity, tiers)
    for first, _percent in sorted(tiers):
        cheaper = seat_price(unit_cents, first, tiers)
        if quantity < first <= most and cheaper < price:
            return NextTier(seats_before=first - 1 - quantity, seat_cents=cheaper)
    return None


def shares_left(cents: int, taken: Mapping[int, int], each_cents: int) -> dict[int, int]:
    """What each of those who paid the same amount together still has of what is left of it, less what they took of it
    already. What nobody took for themselves was taken from all of them; who took more than their share has none left.
    """
    pool, left = cents + sum(taken.values()), dict.fromkeys(taken, 0)
    by_most = sorted(taken, key=lambda one: (-taken[one], one))
    for rank, one in enumerate(by_most):
        share = min(pool // (len(by_most) - rank), each_cents)
        if taken[one] < share:
            return left | {other: share - taken[other] for other in by_most[rank:]}
        pool -= taken[one]
    return left


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
