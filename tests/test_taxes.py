"""Sales taxes, to the cent: the worked amounts that the provider's accountant would check."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pupitre import clock, taxes
from pupitre.actions import pricing
from pupitre.models import Provider, TaxClass
from tests.world import a_cart, a_course, a_provider, a_session, an_order, an_owner

TODAY = date(2026, 11, 23)
PROVINCES = ["AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"]

# Place, lines of (seats, price of one in cents), and what each tax comes to.
WORKED = {
    "Revenu Québec’s own example": ("QC", [(1, 10000)], {"gst": 500, "qst": 998}, 11498),
    "three seats are taxed together, not one by one": ("QC", [(3, 4999)], {"gst": 750, "qst": 1496}, 17243),
    "half a cent goes up": ("QC", [(1, 30000)], {"gst": 1500, "qst": 2993}, 34493),
    "Ontario": ("ON", [(3, 29500)], {"hst": 11505}, 100005),
    "five seats are taxed together": ("QC", [(5, 12995)], {"gst": 3249, "qst": 6481}, 74705),
    "Alberta has no tax of its own": ("AB", [(1, 34900)], {"gst": 1745}, 36645),
    "three lines are taxed together": ("QC", [(1, 1995), (1, 2495), (1, 3495)], {"gst": 399, "qst": 797}, 9181),
    "half a cent of GST goes up": ("QC", [(1, 1010)], {"gst": 51, "qst": 101}, 1162),
    "where floating point would lose a cent": ("QC", [(1, 150000)], {"gst": 7500, "qst": 14963}, 172463),
    "a discount comes off before taxes": ("QC", [(1, 12 * 18500 - 22200)], {"gst": 9990, "qst": 19930}, 229720),
    "twenty-five seats": ("QC", [(25, 123456)], {"gst": 154320, "qst": 307868}, 3548588),
    "New Brunswick": ("NB", [(7, 7999)], {"hst": 8399}, 64392),
    "nothing costs nothing": ("QC", [(4, 0)], {"gst": 0, "qst": 0}, 0),
}


@pytest.mark.parametrize(("place", "lines", "amounts", "total"), WORKED.values(), ids=WORKED)
def test_worked_amounts(place, lines, amounts, total):
    net = sum(seats * cents for seats, cents in lines)

    due = taxes.taxes_on([(place, seats * cents) for seats, cents in lines], TODAY)

    assert {tax.code: tax.amount_cents for tax in due} == amounts
    assert net + sum(amounts.values()) == total


def test_nova_scotia_went_from_fifteen_to_fourteen_percent_on_the_first_of_april_2025():
    before = taxes.taxes_on([("NS", 2 * 14995)], date(2025, 3, 31))
    since = taxes.taxes_on([("NS", 2 * 14995)], date(2025, 4, 1))

    assert [(tax.rate, tax.amount_cents) for tax in before] == [(Decimal("0.15"), 4499)]
    assert [(tax.rate, tax.amount_cents) for tax in since] == [(Decimal("0.14"), 4199)]


def test_gst_and_qst_bear_on_the_same_net_amount():
    assert [(tax.code, tax.base_cents) for tax in taxes.taxes_on([("QC", 30000)], TODAY)] == [
        ("gst", 30000),
        ("qst", 30000),
    ]


lines_of_an_order = st.lists(st.tuples(st.sampled_from(PROVINCES), st.integers(0, 10_000_000)), min_size=1, max_size=12)


@settings(deadline=None)
@given(lines_of_an_order, st.randoms())
def test_the_order_of_the_lines_changes_nothing(lines, chance):
    mixed = lines[:]
    chance.shuffle(mixed)

    def due(lines):
        return sorted((tax.place, tax.code, tax.base_cents, tax.amount_cents) for tax in taxes.taxes_on(lines, TODAY))

    assert due(mixed) == due(lines)


@settings(deadline=None)
@given(lines_of_an_order)
def test_every_province_has_a_tax_and_none_is_off_by_more_than_half_a_cent(lines):
    due = taxes.taxes_on(lines, TODAY)

    assert {tax.place for tax in due} == {place for place, _cents in lines}
    assert all(-Decimal("0.5") <= tax.base_cents * tax.rate - tax.amount_cents < Decimal("0.5") for tax in due)


@settings(deadline=None)
@given(st.integers(0, 2_000_000_00))
def test_half_a_cent_or_more_goes_up(cents):
    exact = cents * Decimal("0.09975")

    assert taxes.rounded(exact) == (cents * 9975 + 50_000) // 100_000


def test_credit_notes_take_taxes_back_by_difference():
    """Five seats at 129.95, given back one by one. Taxed one by one they would give back a cent too much of the GST
    and a cent too little of the QST.
    """
    net, gst, qst = 5 * 12995, 3249, 6481
    notes = []

    for _ in range(5):
        net -= 12995
        of_gst = taxes.given_back(gst, net, Decimal("0.05"))
        of_qst = taxes.given_back(qst, net, Decimal("0.09975"))
        gst, qst = gst - of_gst, qst - of_qst
        notes.append((of_gst, of_qst, 12995 + of_gst + of_qst))

    assert notes == [
        (650, 1296, 14941),
        (650, 1296, 14941),
        (649, 1296, 14940),
        (650, 1297, 14942),
        (650, 1296, 14941),
    ]
    assert (net, gst, qst, sum(total for *_taxes, total in notes)) == (0, 0, 0, 74705)


@settings(deadline=None)
@given(st.integers(0, 10_000_000), st.lists(st.integers(0, 10_000_000), max_size=10), st.sampled_from(taxes.RATES))
def test_whatever_is_given_back_the_rest_bears_its_own_tax(net, parts, rate):
    """After each credit note, what is left of the tax is the tax on what is left of the price."""
    left = taxes.rounded(net * rate.rate)

    for part in parts:
        net -= min(part, net)
        left -= taxes.given_back(left, net, rate.rate)
        assert left == taxes.rounded(net * rate.rate)


@pytest.mark.django_db
class TestTheTaxesOfAnOrder:
    @pytest.fixture(autouse=True)
    def provider(self):
        return a_provider()

    def test_exempt_courses_bear_no_tax(self):
        owner = an_owner()
        taxable = a_session(a_course(price_cents=25000))
        exempt = a_session(a_course(price_cents=20000, tax_class=TaxClass.EXEMPT, tax_reason="Annexe V, partie III"))

        order = an_order(owner, (taxable, 1), (exempt, 2))

        assert order.net_cents == 65000
        assert [(tax.code, tax.base_cents, tax.amount_cents) for tax in order.taxes.all()] == [
            ("gst", 25000, 1250),
            ("qst", 25000, 2494),
        ]
        assert order.total_cents == 68744

    def test_a_course_given_in_person_bears_the_taxes_of_its_venue(self):
        order = an_order(an_owner(), (a_session(a_course(price_cents=29500), city="Ottawa", province="ON"), 3))

        assert order.total_cents == 100005
        assert [(line.tax_place, line.tax_place_reason) for line in order.lines.all()] == [("ON", "venue")]

    def test_a_course_given_online_bears_the_taxes_of_the_buyer(self):
        owner = an_owner()
        owner.establishment.province = "AB"
        owner.establishment.save()

        order = an_order(owner, (a_session(a_course(price_cents=34900), delivery="online", city="", province=""), 1))

        assert order.total_cents == 36645
        assert [(line.tax_place, line.tax_place_reason) for line in order.lines.all()] == [("AB", "buyer_address")]

    def test_venues_in_two_provinces_give_each_its_tax(self):
        here, there = a_session(), a_session(city="Ottawa", province="ON")

        order = an_order(an_owner(), (here, 1), (there, 1))

        assert {(tax.place, tax.code): tax.amount_cents for tax in order.taxes.all()} == {
            ("QC", "gst"): 625,
            ("QC", "qst"): 1247,
            ("ON", "hst"): 1625,
        }

    def test_a_provider_who_is_not_registered_collects_no_tax(self):
        a_provider(gst_number="", qst_number="")

        order = an_order(an_owner(), (a_session(), 2))

        assert (order.net_cents, order.total_cents, list(order.taxes.all())) == (25000, 25000, [])

    def test_a_provider_registered_for_the_gst_only_collects_no_qst(self):
        a_provider(qst_number="")

        order = an_order(an_owner(), (a_session(), 2))

        assert [(tax.code, tax.amount_cents) for tax in order.taxes.all()] == [("gst", 1250)]

    def test_the_day_of_a_tax_is_the_day_here_not_in_greenwich(self):
        late_evening = datetime(2025, 3, 31, 22, 30, tzinfo=ZoneInfo("America/Toronto")).astimezone(UTC)

        with clock.stopped_at(late_evening):
            owner = an_owner()
            session = a_session(a_course(price_cents=14995), city="Halifax", province="NS")
            wishes = a_cart(owner, (session, 2)).lines.priced_for(owner.establishment)
            due = pricing.quote(wishes, owner.establishment, Provider.current())

        assert [(tax.rate, tax.amount_cents) for tax in due.taxes] == [(Decimal("0.15"), 4499)]
