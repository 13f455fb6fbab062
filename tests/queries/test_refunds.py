"""What seats given back are worth, and that all the parts add up to what was paid."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pupitre import clock, prices, taxes
from pupitre.models import Course, CourseSession, CreditNote, Order, OrderLine, OrderTax, Seat, SeatMove
from pupitre.queries import refunds
from pupitre.queries.refunds import LineLeft, Proposal, Remaining, TaxLeft

RATES = {"QC": [("gst", Decimal("0.05")), ("qst", Decimal("0.09975"))], "ON": [("hst", Decimal("0.13"))]}


def a_line(
    pk: int, quantity: int, unit_cents: int, *, tiers=(), promo_cents: int = 0, place: str = "QC", **facts
) -> OrderLine:
    """A line of an order as it was placed, on paper only."""
    before_promo = prices.seats_price(unit_cents, quantity, tiers)
    return OrderLine(
        **{
            "pk": pk,
            "session": CourseSession(course=Course(), starts_at=clock.now() + timedelta(days=30)),
            "quantity": quantity,
            "unit_price_cents": unit_cents,
            "volume_discount_cents": quantity * unit_cents - before_promo,
            "promo_discount_cents": min(promo_cents, before_promo),
            "net_cents": before_promo - min(promo_cents, before_promo),
            "volume_tiers": tiers,
            "refund_steps": [[168, 100], [24, 50]],
            "tax_class": "taxable",
            "tax_place": place,
        }
        | facts
    )


def bought(*lines: OrderLine) -> Remaining:
    """An order just paid: everything remains."""
    bases: dict[str, int] = {}
    for line in lines:
        if line.tax_class == "taxable":
            bases[line.tax_place] = bases.get(line.tax_place, 0) + line.net_cents
    of_taxes = [
        OrderTax(place=place, code=code, rate=rate, base_cents=base, amount_cents=taxes.rounded(base * rate))
        for place, base in sorted(bases.items())
        for code, rate in RATES[place]
    ]
    return Remaining(
        Order(),
        tuple(LineLeft(line, tuple(_a_seat(line, n) for n in range(line.quantity)), line.net_cents) for line in lines),
        tuple(TaxLeft(tax, tax.base_cents, tax.amount_cents) for tax in of_taxes),
    )


def _a_seat(line: OrderLine, number: int) -> Seat:
    """A seat that never moved."""
    seat = Seat(pk=100 * line.pk + number, line=line, session=line.session)
    seat._prefetched_objects_cache = {"moves": SeatMove.objects.none()}
    return seat


def after(left: Remaining, proposal: Proposal) -> Remaining:
    """What remains once a proposal is carried out."""
    gone = {seat.pk for seat in proposal.seats}
    nets = {share.line.pk: share.net_cents for share in proposal.lines}
    given = {(share.tax.place, share.tax.code): share.amount_cents for share in proposal.taxes}
    lines = tuple(
        LineLeft(
            each.line,
            tuple(seat for seat in each.seats if seat.pk not in gone),
            each.net_cents - nets.get(each.line.pk, 0),
        )
        for each in left.lines
    )
    return Remaining(
        left.order,
        lines,
        tuple(
            TaxLeft(
                each.tax,
                sum(
                    line.net_cents
                    for line in lines
                    if line.line.tax_class == "taxable" and line.line.tax_place == each.tax.place
                ),
                each.cents - given.get((each.tax.place, each.tax.code), 0),
            )
            for each in left.taxes
        ),
    )


def amounts(proposal: Proposal) -> dict[str, int]:
    return {share.tax.code: share.amount_cents for share in proposal.taxes}


class TestWhatSeatsAreWorth:
    def test_five_seats_given_back_one_by_one_come_to_what_was_paid(self):
        left = bought(a_line(1, 5, 12995))
        notes = []

        while left.seats:
            proposal = refunds.of_seats(left, left.seats[:1])
            notes.append((proposal.net_cents, *amounts(proposal).values(), proposal.total_cents))
            left = after(left, proposal)

        assert notes == [
            (12995, 650, 1296, 14941),
            (12995, 650, 1296, 14941),
            (12995, 649, 1296, 14940),
            (12995, 650, 1297, 14942),
            (12995, 650, 1296, 14941),
        ]
        assert left.total_cents == 0

    def test_the_seats_that_remain_are_priced_again_without_those_given_back(self):
        left = bought(a_line(1, 12, 18500, tiers=[[10, 15]]))

        proposal = refunds.of_seats(left, left.seats[:4])

        (share,) = proposal.lines
        assert share.net_cents == 3 * 15725 + 18500
        assert (share.seats_before, share.seats_after) == (12, 8)
        assert (share.each_before_cents, share.each_after_cents) == (17806, 18500)
        assert proposal.is_repriced

    def test_without_volume_discount_nothing_is_priced_again(self):
        left = bought(a_line(1, 12, 18500))

        assert refunds.of_seats(left, left.seats[:4]).is_repriced is False

    def test_a_promo_code_keeps_its_proportion(self):
        left = bought(a_line(1, 4, 10000, promo_cents=10000))

        assert refunds.of_seats(left, left.seats[:1]).net_cents == 7500

    def test_seats_of_an_exempt_course_give_no_tax_back(self):
        left = bought(a_line(1, 1, 25000), a_line(2, 2, 20000, tax_class="exempt"))

        assert amounts(refunds.of_seats(left, left.lines[1].seats)) == {}
        assert amounts(refunds.of_seats(left, left.lines[0].seats)) == {"gst": 1250, "qst": 2494}

    def test_each_province_gives_its_own_tax_back(self):
        left = bought(a_line(1, 2, 25000), a_line(2, 2, 10000, place="ON"))

        assert amounts(refunds.of_seats(left, left.lines[1].seats)) == {"hst": 2600}

    def test_half_of_a_seat_is_half_of_its_price_and_of_its_taxes(self):
        left = bought(a_line(1, 2, 20000))

        proposal = refunds.of_seats(left, left.seats[:1], percent=50)

        assert (proposal.net_cents, amounts(proposal), proposal.percent) == (10000, {"gst": 500, "qst": 997}, 50)

    def test_a_seat_never_gives_back_more_than_what_is_left_of_its_line(self):
        left = bought(a_line(1, 2, 10000))
        left = after(left, refunds.of_amount(left, left.total_cents - 5000))

        proposal = refunds.of_seats(left, left.seats)

        assert (proposal.total_cents, after(left, proposal).total_cents) == (5000, 0)


class TestThePolicy:
    @pytest.mark.parametrize(
        ("hours", "percent"), [(1000, 100), (168, 100), (167.99, 50), (24, 50), (23.99, 0), (0, 0), (-5, 0)]
    )
    def test_the_step_with_the_most_hours_still_ahead_decides(self, hours, percent):
        line = a_line(1, 1, 10000)

        at = line.session.starts_at - timedelta(hours=hours)

        assert refunds.percent_of_policy(line, at) == percent

    def test_without_policy_nothing_is_given_back_unless_someone_decides(self):
        left = bought(a_line(1, 1, 10000, refund_steps=[]))

        assert refunds.of_seats(left, left.seats).total_cents == 0
        assert refunds.of_seats(left, left.seats, percent=100).total_cents == 11498

    def test_a_session_that_the_provider_cancelled_is_given_back_whole(self):
        left = bought(a_line(1, 1, 10000, refund_steps=[]))
        left.seats[0].session.cancelled_at = clock.now()

        assert refunds.percent_of_seat(left.seats[0]) == 100

    def test_seats_of_sessions_that_are_not_as_close_have_percentages_of_their_own(self):
        near, far = a_line(1, 1, 10000), a_line(2, 1, 10000)
        near.session.starts_at = clock.now() + timedelta(days=2)
        left = bought(near, far)

        proposal = refunds.of_seats(left, left.seats)

        assert [(share.percent, share.net_cents) for share in proposal.lines] == [(50, 5000), (100, 10000)]
        assert proposal.percent == 75


class TestAnAmount:
    def test_it_is_spread_over_lines_and_taxes_and_takes_no_seat(self):
        left = bought(a_line(1, 1, 10000), a_line(2, 1, 30000))

        proposal = refunds.of_amount(left, 11498)

        assert proposal.reason == CreditNote.Reason.AMOUNT
        assert proposal.total_cents == 11498
        assert [share.net_cents for share in proposal.lines] == [2500, 7500]
        assert amounts(proposal) == {"gst": 500, "qst": 998}
        assert proposal.seats == []

    def test_more_than_what_is_left_is_all_that_is_left(self):
        left = bought(a_line(1, 1, 10000))

        assert refunds.of_amount(left, 10**9).total_cents == 11498


places = st.sampled_from(["QC", "QC", "ON"])
classes = st.sampled_from(["taxable", "taxable", "exempt"])
some_tiers = st.sampled_from([[], [[2, 10]], [[3, 15], [5, 33]], [[2, 100]]])
some_lines = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 200_000), some_tiers, st.integers(0, 50_000), places, classes),
    min_size=1,
    max_size=4,
)
deeds = st.lists(
    st.one_of(
        st.tuples(st.just("seats"), st.sets(st.integers(0, 20), min_size=1, max_size=4), st.integers(0, 100)),
        st.tuples(st.just("amount"), st.integers(1, 100_000)),
    ),
    max_size=8,
)


def order_of(described) -> Remaining:
    return bought(
        *(
            a_line(pk, quantity, unit, tiers=tiers, promo_cents=promo, place=place, tax_class=tax_class)
            for pk, (quantity, unit, tiers, promo, place, tax_class) in enumerate(described, start=1)
        )
    )


def proposed(left: Remaining, deed: tuple) -> Proposal:
    if deed[0] == "amount":
        return refunds.of_amount(left, deed[1])
    everyone = left.seats
    return refunds.of_seats(left, {everyone[n % len(everyone)] for n in deed[1]} if everyone else [], percent=deed[2])


@settings(deadline=None, max_examples=200)
@given(some_lines, deeds)
def test_credit_notes_add_up_to_the_invoice_whatever_was_given_back_before(described, deeds):
    """Seats, amounts and percentages in any order; whatever remains is given back at last, and nothing is left."""
    left = invoice = order_of(described)
    given_back = 0

    for deed in deeds:
        proposal = proposed(left, deed)
        assert all(share.net_cents >= 0 for share in proposal.lines)
        given_back += proposal.total_cents
        left = after(left, proposal)
        assert all(each.net_cents >= 0 for each in left.lines)
        assert all(each.cents >= 0 for each in left.taxes)
        assert given_back + left.total_cents == invoice.total_cents
    last = refunds.of_all(left)
    nothing = after(left, last)

    assert given_back + last.total_cents == invoice.total_cents
    assert (nothing.total_cents, nothing.seats) == (0, [])


@settings(deadline=None, max_examples=100)
@given(some_lines, st.randoms())
def test_the_seats_of_an_order_given_back_one_by_one_in_any_order_come_to_what_was_paid(described, chance):
    left = invoice = order_of(described)
    given_back = 0

    while left.seats:
        proposal = refunds.of_seats(left, [chance.choice(left.seats)], percent=100)
        given_back += proposal.total_cents
        left = after(left, proposal)

    assert (given_back, left.total_cents) == (invoice.total_cents, 0)


@settings(deadline=None, max_examples=100)
@given(some_lines, st.randoms(), st.integers(0, 100))
def test_what_is_given_back_never_depends_on_the_order_of_the_lines(described, chance, percent):
    left = order_of(described)
    mixed = Remaining(left.order, tuple(chance.sample(left.lines, len(left.lines))), left.taxes)
    chosen = [seat for seat in left.seats if chance.random() < 0.5]

    def back(left: Remaining) -> tuple:
        proposal = refunds.of_seats(left, chosen, percent=percent)
        return proposal.total_cents, amounts(proposal)

    assert back(mixed) == back(left)
