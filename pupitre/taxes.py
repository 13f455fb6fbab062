"""Sales taxes: dated rates, and amounts to the cent.

Québec adds GST and QST, both on the same net base. Each tax is rounded half up once, on the sum of the lines that bear
it; its amount is never recomputed for one seat. Rates and dates: Revenu Québec and the Canada Revenue Agency.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal


@dataclass(frozen=True)
class Rate:
    """A tax of a province, from a day on."""

    place: str
    code: str
    rate: Decimal
    since: date


@dataclass(frozen=True)
class Tax:
    """One tax on an order, in cents."""

    place: str
    code: str
    rate: Decimal
    base_cents: int
    amount_cents: int


_GST = Decimal("0.05")
RATES = (
    *(Rate(place, "gst", _GST, date(2008, 1, 1)) for place in ("QC", "AB", "BC", "MB", "NT", "NU", "SK", "YT")),
    Rate("QC", "qst", Decimal("0.09975"), date(2013, 1, 1)),
    Rate("ON", "hst", Decimal("0.13"), date(2010, 7, 1)),
    Rate("NS", "hst", Decimal("0.15"), date(2010, 7, 1)),
    Rate("NS", "hst", Decimal("0.14"), date(2025, 4, 1)),
    Rate("NB", "hst", Decimal("0.15"), date(2016, 7, 1)),
    Rate("NL", "hst", Decimal("0.15"), date(2016, 7, 1)),
    Rate("PE", "hst", Decimal("0.15"), date(2016, 10, 1)),
)


def rates_of(place: str, on: date) -> list[Rate]:
    """The taxes of a province on a day: the latest rate of each."""
    in_force = {rate.code: rate for rate in RATES if rate.place == place and rate.since <= on}
    return list(in_force.values())


def taxes_on(bases: Iterable[tuple[str, int]], on: date) -> list[Tax]:
    """The taxes on these net amounts, given as (place, cents) of each taxable line, on a day."""
    by_place: dict[str, int] = {}
    for place, cents in bases:
        by_place[place] = by_place.get(place, 0) + cents
    return [
        Tax(place, rate.code, rate.rate, cents, rounded(cents * rate.rate))
        for place, cents in by_place.items()
        for rate in rates_of(place, on)
    ]


def rounded(cents: Decimal) -> int:
    """Half a cent or more goes up."""
    return int(cents.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def given_back(left_cents: int, base_left_cents: int, rate: Decimal) -> int:
    """What a credit note takes back of a tax: what was left of it, less the tax on the net amount that is left.

    So the rounding of all the credit notes adds up to the rounding of the invoice, whatever their number and order: a
    tax is never computed on the part that is given back.
    """
    return min(max(left_cents - rounded(base_left_cents * rate), 0), left_cents)
