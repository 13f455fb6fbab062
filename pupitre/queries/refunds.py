"""What can still be given back of an order, and what it comes to: seats, an amount, or all that remains.

Nothing is written here. A page shows a proposal; `actions/refunds.py` makes it again under a lock and compares the
totals, so that nobody gives back anything else than what they agreed to.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Sum

from pupitre import clock, prices, taxes
from pupitre.models import CourseSession, CreditNote, Order, OrderLine, OrderTax, Seat, TaxClass
from pupitre.queries.moves import MOVES


@dataclass(frozen=True)
class LineLeft:
    """What is left of a line: its seats in force, and what no credit note has taken back yet."""

    line: OrderLine
    seats: tuple[Seat, ...]
    net_cents: int


@dataclass(frozen=True)
class TaxLeft:
    """What is left of a tax, and of the net amount that bears it."""

    tax: OrderTax
    base_cents: int
    cents: int


@dataclass(frozen=True)
class Remaining:
    """What can still be taken back from an order."""

    order: Order
    lines: tuple[LineLeft, ...]
    taxes: tuple[TaxLeft, ...]

    @property
    def net_cents(self) -> int:
        return sum(left.net_cents for left in self.lines)

    @property
    def total_cents(self) -> int:
        return self.net_cents + sum(left.cents for left in self.taxes)

    @property
    def seats(self) -> list[Seat]:
        return [seat for left in self.lines for seat in left.seats]


@dataclass(frozen=True)
class LineShare:
    """What a proposal takes back from one line."""

    line: OrderLine
    seats: tuple[Seat, ...] = ()
    seats_before: int = 0
    value_cents: int = 0  # what the seats were worth, before the percentage
    percent: int = 100
    net_cents: int = 0

    @property
    def seats_after(self) -> int:
        return self.seats_before - len(self.seats)

    @property
    def each_before_cents(self) -> int:
        """What one seat cost on average before, and after what remains was priced again."""
        return self.line.net_of(self.seats_before) // max(self.seats_before, 1)

    @property
    def each_after_cents(self) -> int:
        return self.line.net_of(self.seats_after) // max(self.seats_after, 1)

    @property
    def is_repriced(self) -> bool:
        """Whether each seat that remains costs more: there are fewer of them for the volume discount."""
        return bool(self.seats) and self.seats_after > 0 and self.each_after_cents > self.each_before_cents


@dataclass(frozen=True)
class TaxShare:
    """What a proposal takes back from one tax."""

    tax: OrderTax
    amount_cents: int


@dataclass(frozen=True)
class Proposal:
    """What would be given back, line by line and tax by tax."""

    order: Order
    reason: CreditNote.Reason
    lines: tuple[LineShare, ...]
    taxes: tuple[TaxShare, ...]

    @property
    def net_cents(self) -> int:
        return sum(share.net_cents for share in self.lines)

    @property
    def total_cents(self) -> int:
        return self.net_cents + sum(share.amount_cents for share in self.taxes)

    @property
    def seats(self) -> list[Seat]:
        return [seat for share in self.lines for seat in share.seats]

    @property
    def percent(self) -> int:
        """The percentage given back of what the seats were worth; of all of them together when lines differ."""
        percents = {share.percent for share in self.lines if share.seats}
        if len(percents) < 2:
            return next(iter(percents), 100)
        value = sum(share.value_cents for share in self.lines)
        return round(100 * self.net_cents / value) if value else 0

    @property
    def is_repriced(self) -> bool:
        return any(share.is_repriced for share in self.lines)


def remaining(order: Order) -> Remaining:
    """What no credit note has taken back yet, in a fixed number of questions."""
    return remaining_of([order])[0]


def remaining_of(orders: Sequence[Order]) -> list[Remaining]:
    """The same of several orders, in as many questions."""
    taken_back = Sum("credited__net_cents", default=0)
    found = OrderLine.objects.filter(order__in=orders).select_related("session__course").annotate(taken_back=taken_back)
    lines = {line.pk: line for line in found.order_by("pk")}
    seats: dict[int, list[Seat]] = defaultdict(list)
    in_force = Seat.objects.filter(line__in=lines, cancelled_at=None).select_related("establishment").with_holders()
    for seat in in_force.prefetch_related(*MOVES):
        seat.line = lines[seat.line_id]
        seats[seat.line_id].append(seat)
    taxes_of: dict[int, list[OrderTax]] = defaultdict(list)
    taken_back = Sum("credited__amount_cents", default=0)
    for tax in OrderTax.objects.filter(order__in=orders).annotate(taken_back=taken_back).order_by("pk"):
        taxes_of[tax.order_id].append(tax)
    return [
        _remaining(
            order,
            [
                LineLeft(line, tuple(seats[line.pk]), line.net_cents - line.taken_back)
                for line in lines.values()
                if line.order_id == order.pk
            ],
            taxes_of[order.pk],
        )
        for order in orders
    ]


def _remaining(order: Order, lines: Sequence[LineLeft], all_taxes: Sequence[OrderTax]) -> Remaining:
    bases: dict[str, int] = defaultdict(int)
    for left in lines:
        if _is_taxed(left.line):
            bases[left.line.tax_place] += left.net_cents
    left_of_taxes = [TaxLeft(tax, bases[tax.place], tax.amount_cents - tax.taken_back) for tax in all_taxes]  # type: ignore[attr-defined]
    return Remaining(order, tuple(lines), tuple(left_of_taxes))


def credit_note_after(order: Order, left_cents: int) -> CreditNote | None:
    """The credit note that was issued when so much was left, if there is one: never two of them."""
    left = order.total_cents
    for credit_note in order.credit_notes.order_by("pk"):
        if left == left_cents:
            return credit_note
        left -= credit_note.total_cents
    return None


def percent_of_seat(seat: Seat, at: datetime | None = None) -> int:
    """The percentage that the policy of the day of the order gives back of a seat now. All of it when the provider
    cancelled the session it is in; otherwise the lower one of the date it was bought for and of the date it has moved
    to: nobody gains days by moving, far away or near.
    """
    if seat.session.is_cancelled:
        return 100
    return min(percent_of_policy(seat.line, at), _percent_before(seat.session, seat.line, at))


def percent_of_policy(line: OrderLine, at: datetime | None = None) -> int:
    """The percentage for the date of the line: the step with the most hours still ahead of it; nothing once no step is
    left.
    """
    return _percent_before(line.session, line, at)


def _percent_before(session: CourseSession, line: OrderLine, at: datetime | None) -> int:
    ahead = session.starts_at - (at or clock.now())
    reached = [(hours, percent) for hours, percent in line.refund_steps if ahead >= timedelta(hours=hours)]
    return max(reached)[1] if reached else 0


def propose_seats(
    order: Order, seats: Collection[Seat], *, percent: int | None = None, at: datetime | None = None
) -> Proposal:
    """Give these seats back, at the percentage of the policy unless another one is chosen for all of them."""
    return of_seats(remaining(order), seats, percent=percent, at=at)


def propose_amount(order: Order, cents: int, reason: CreditNote.Reason = CreditNote.Reason.AMOUNT) -> Proposal:
    """Give an amount back, taxes included. No seat is given back with it."""
    return of_amount(remaining(order), cents, reason)


def propose_all(order: Order) -> Proposal:
    """Give back all that remains: every seat in force, every cent, also what was kept of seats given back before."""
    return of_all(remaining(order))


# --- the arithmetic, without the database ----------------------------------------------------------------------------
def of_seats(
    left: Remaining, seats: Collection[Seat], *, percent: int | None = None, at: datetime | None = None
) -> Proposal:
    """A seat is worth what its line costs with it less what it costs without it: what remains is priced again."""
    chosen = {seat.pk for seat in seats}
    shares = []
    for line_left in left.lines:
        given = tuple(seat for seat in line_left.seats if seat.pk in chosen)
        if given:
            shares.append(_share_of_seats(line_left, given, percent, at))
    return Proposal(left.order, CreditNote.Reason.SEATS, tuple(shares), _taxes_by_difference(left, shares))


def of_amount(left: Remaining, cents: int, reason: CreditNote.Reason = CreditNote.Reason.AMOUNT) -> Proposal:
    """Spread over all that remains, in proportion: lines and taxes alike."""
    weights = [line.net_cents for line in left.lines] + [tax.cents for tax in left.taxes]
    shares = prices.spread(min(cents, left.total_cents), weights)
    of_lines, of_taxes = shares[: len(left.lines)], shares[len(left.lines) :]
    return Proposal(
        left.order,
        reason,
        tuple(LineShare(line.line, net_cents=net) for line, net in zip(left.lines, of_lines, strict=True) if net),
        tuple(TaxShare(tax.tax, part) for tax, part in zip(left.taxes, of_taxes, strict=True) if part),
    )


def of_all(left: Remaining) -> Proposal:
    shares = tuple(
        LineShare(
            line_left.line,
            line_left.seats,
            seats_before=len(line_left.seats),
            value_cents=line_left.net_cents,
            net_cents=line_left.net_cents,
        )
        for line_left in left.lines
        if line_left.seats or line_left.net_cents
    )
    of_taxes = tuple(TaxShare(tax_left.tax, tax_left.cents) for tax_left in left.taxes if tax_left.cents)
    return Proposal(left.order, CreditNote.Reason.SEATS, shares, of_taxes)


def _share_of_seats(left: LineLeft, seats: tuple[Seat, ...], percent: int | None, at: datetime | None) -> LineShare:
    """Seats of a line are in one session, or have moved to others: each at its own percentage, and less what its moves
    took back already.
    """
    before = rest = len(left.seats)
    by_percent: dict[int, list[Seat]] = defaultdict(list)
    for seat in seats:
        by_percent[percent_of_seat(seat, at) if percent is None else percent].append(seat)
    value = net = 0
    for applied, alike in sorted(by_percent.items(), reverse=True):
        worth = left.line.net_of(rest) - left.line.net_of(rest - len(alike))
        worth = max(worth - sum(seat.credited_cents for seat in alike), 0)
        rest -= len(alike)
        value, net = value + worth, net + prices.percent_of(worth, applied)
    return LineShare(
        left.line,
        seats,
        seats_before=before,
        value_cents=value,
        percent=applied if len(by_percent) == 1 else round(100 * net / value) if value else 0,
        net_cents=min(net, left.net_cents),
    )


def of_move(left: Remaining, back: Mapping[int, int]) -> Proposal:
    """Give back what seats cost less in the session they move to, before taxes: so many cents of each line. The seats
    stay in force.
    """
    shares = [
        LineShare(line_left.line, net_cents=back[line_left.line.pk])
        for line_left in left.lines
        if back.get(line_left.line.pk)
    ]
    return Proposal(left.order, CreditNote.Reason.MOVE, tuple(shares), _taxes_by_difference(left, shares))


def _taxes_by_difference(left: Remaining, shares: Iterable[LineShare]) -> tuple[TaxShare, ...]:
    """The tax of what was left, less the tax of what will be left."""
    taken: dict[str, int] = defaultdict(int)
    for share in shares:
        if _is_taxed(share.line):
            taken[share.line.tax_place] += share.net_cents
    back = (
        TaxShare(
            tax_left.tax,
            taxes.given_back(tax_left.cents, tax_left.base_cents - taken[tax_left.tax.place], tax_left.tax.rate),
        )
        for tax_left in left.taxes
        if taken[tax_left.tax.place]
    )
    return tuple(share for share in back if share.amount_cents)


def _is_taxed(line: OrderLine) -> bool:
    return line.tax_class == TaxClass.TAXABLE
