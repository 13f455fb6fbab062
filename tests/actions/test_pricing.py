"""What a cart costs: member price, then volume tiers, then a promo code, then taxes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pupitre.actions import carts, pricing
from pupitre.models import CartLine, Course, CourseSession, MemberPrice, OrderLine, PromoCode, Provider, TaxClass
from pupitre.prices import Rebates
from tests.world import a_cart, a_course, a_paid_order, a_promo, a_session, an_order, an_owner, members

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

TIERS = [[10, 15], [20, 25]]


def quote(cart, establishment=None, promo=None):
    wishes = cart.lines.priced_for(establishment)
    return pricing.quote(list(wishes), establishment, Provider.current(), promo)


def a_priced_session(price_cents=10000, **facts):
    return a_session(a_course(price_cents=price_cents, **facts), capacity=100)


class TestVolume:
    def test_only_the_seats_of_a_tier_cost_less(self, owner):
        due = quote(a_cart(owner, (a_priced_session(volume_tiers=TIERS), 12)))

        assert due.rebates == Rebates(list_cents=120000, member_cents=0, volume_cents=4500, promo_cents=0)
        assert due.net_cents == 115500

    def test_seats_of_different_sessions_are_not_added_together(self, owner):
        """A tier is reached in one session: its seats are those that are cheaper to give together."""
        course = a_course(price_cents=10000, volume_tiers=TIERS)

        due = quote(a_cart(owner, (a_session(course), 6), (a_session(course), 6)))

        assert due.rebates.saving_cents == 0


class TestMembers:
    def test_members_pay_their_price_and_others_do_not(self, owner):
        session = a_priced_session(12500)
        MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=11000)
        cart = a_cart(owner, (session, 3))

        member, stranger, visitor = (
            quote(cart, buyer) for buyer in (owner.establishment, an_owner().establishment, None)
        )

        assert (member.net_cents, member.rebates.member_cents) == (33000, 4500)
        assert (stranger.net_cents, visitor.net_cents) == (37500, 37500)

    def test_the_best_price_of_several_groups(self, owner):
        session = a_priced_session(12500)
        for price in (11000, 10500, 12000):
            MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=price)

        assert quote(a_cart(owner, (session, 1)), owner.establishment).net_cents == 10500

    def test_a_session_that_costs_less_than_the_member_price(self, owner):
        session = a_priced_session(12500)
        CourseSession.objects.update(price_cents=9900)
        MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=11000)

        due = quote(a_cart(owner, (session, 1)), owner.establishment)

        assert (due.net_cents, due.rebates.member_cents) == (9900, 0)

    def test_tiers_come_after_the_member_price(self, owner):
        session = a_priced_session(10000, volume_tiers=TIERS)
        MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=8000)

        due = quote(a_cart(owner, (session, 10)), owner.establishment)

        assert due.rebates == Rebates(list_cents=100000, member_cents=20000, volume_cents=1200, promo_cents=0)
        assert due.net_cents == 78800


class TestPromoCodes:
    def test_a_percentage_of_what_is_left_after_the_other_rebates(self, owner):
        """The fourth case of the tax table: 12 × 185.00 less 10 %."""
        due = quote(a_cart(owner, (a_priced_session(18500), 12)), promo=a_promo(percent=10))

        assert (due.rebates.promo_cents, due.net_cents) == (22200, 199800)
        assert [tax.amount_cents for tax in due.taxes] == [9990, 19930]
        assert due.total_cents == 229720

    def test_all_three_together(self, owner):
        session = a_priced_session(10000, volume_tiers=TIERS)
        MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=8000)

        due = quote(a_cart(owner, (session, 10)), owner.establishment, a_promo(percent=50))

        assert due.rebates == Rebates(list_cents=100000, member_cents=20000, volume_cents=1200, promo_cents=39400)
        assert due.net_cents == 39400

    def test_an_amount_is_shared_among_the_lines(self, owner):
        cart = a_cart(owner, (a_priced_session(10000), 1), (a_priced_session(5000), 1), (a_priced_session(1), 1))

        due = quote(cart, promo=a_promo(amount_cents=1000))

        assert sorted(line.promo_discount_cents for line in due.lines) == [0, 333, 667]

    def test_an_amount_larger_than_the_cart_leaves_nothing_to_pay(self, owner):
        due = quote(a_cart(owner, (a_priced_session(10000), 2)), promo=a_promo(amount_cents=99999))

        assert (due.net_cents, due.total_cents, due.is_free) == (0, 0, True)

    def test_free_seats_are_the_cheapest(self, owner):
        cart = a_cart(owner, (a_priced_session(10000), 2), (a_priced_session(4000), 1))

        due = quote(cart, promo=a_promo(free_seats=2))

        assert sorted(line.promo_discount_cents for line in due.lines) == [4000, 10000]
        assert due.net_cents == 10000

    def test_free_seats_are_first_those_that_the_tiers_made_cheaper(self, owner):
        due = quote(a_cart(owner, (a_priced_session(10000, volume_tiers=TIERS), 11)), promo=a_promo(free_seats=3))

        assert due.rebates.promo_cents == 8500 + 8500 + 10000

    def test_more_free_seats_than_seats(self, owner):
        assert quote(a_cart(owner, (a_priced_session(), 2)), promo=a_promo(free_seats=5)).net_cents == 0

    @pytest.mark.parametrize("rebate", [{"percent": 100}, {"amount_cents": 50000}, {"free_seats": 9}])
    def test_a_code_for_one_course_leaves_the_others_alone(self, owner, rebate):
        mine, other = a_priced_session(10000), a_priced_session(3000)
        promo = a_promo(**rebate)
        promo.courses.add(mine.course)

        due = quote(a_cart(owner, (mine, 2), (other, 2)), promo=promo)

        assert {line.session: line.net_cents for line in due.lines} == {mine: 0, other: 6000}

    def test_a_discount_lowers_the_taxes_of_the_lines_it_was_taken_from(self, owner):
        exempt = a_priced_session(20000, tax_class=TaxClass.EXEMPT, tax_reason="Formation exonérée")
        cart = a_cart(owner, (a_priced_session(20000), 1), (exempt, 1))

        due = quote(cart, promo=a_promo(amount_cents=10000))

        assert [tax.base_cents for tax in due.taxes] == [15000, 15000]


class TestOrders:
    def test_an_order_keeps_the_rebates_of_its_day(self, owner):
        session = a_priced_session(10000, volume_tiers=TIERS)
        MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=8000)
        cart = a_cart(owner, (session, 10))
        cart.promo = a_promo(percent=50)
        cart.save()

        order = an_order(owner)
        Course.objects.update(price_cents=1, volume_tiers=[])
        MemberPrice.objects.all().delete()

        line = order.lines.get()
        assert (line.list_price_cents, line.unit_price_cents, line.quantity) == (10000, 8000, 10)
        assert (line.volume_discount_cents, line.promo_discount_cents, line.net_cents) == (1200, 39400, 39400)
        assert order.rebates == Rebates(list_cents=100000, member_cents=20000, volume_cents=1200, promo_cents=39400)
        assert line.volume_tiers == TIERS

    def test_what_remains_of_a_line_is_counted_with_its_tiers(self, owner):
        order = a_paid_order(owner, (a_priced_session(10000, volume_tiers=TIERS), 12))

        line = order.lines.get()

        assert [line.net_of(quantity) for quantity in (12, 11, 10, 9, 1, 0)] == [
            *(115500, 107000, 98500, 90000, 10000, 0),
        ]

    def test_a_promo_code_keeps_its_proportion_in_what_remains(self, owner):
        cart = a_cart(owner, (a_priced_session(10000), 3))
        cart.promo = a_promo(percent=10)
        cart.save()

        line = an_order(owner).lines.get()

        assert [line.net_of(quantity) for quantity in (3, 2, 1, 0)] == [27000, 18000, 9000, 0]


# --- whatever is in the cart ---------------------------------------------------------------------------------------
prices = st.integers(100, 50000)
tiers = st.sampled_from([[], [[2, 10]], TIERS, [[3, 33], [4, 34], [5, 99]], [[2, 100]]])
rebates = st.one_of(
    st.builds(lambda percent: {"percent": percent}, st.integers(1, 100)),
    st.builds(lambda cents: {"amount_cents": cents}, st.integers(1, 100_000)),
    st.builds(lambda seats: {"free_seats": seats}, st.integers(1, 8)),
)
lines = st.lists(st.tuples(prices, tiers, st.integers(1, 12), st.booleans()), min_size=1, max_size=4)


def in_a_cart(lines):
    """Lines as the database would give them, without one."""
    return [
        CartLine(
            session=CourseSession(
                pk=n,
                province="QC",
                course=Course(
                    pk=n, price_cents=price, volume_tiers=tiers, tax_class="taxable" if is_taxed else "exempt"
                ),
            ),
            quantity=quantity,
        )
        for n, (price, tiers, quantity, is_taxed) in enumerate(lines)
    ]


def priced(lines, rebate):
    promo = PromoCode(**rebate)
    promo.course_ids = set()
    return pricing.quote(in_a_cart(lines), None, Provider(gst_number="1", qst_number="1"), promo)


@given(lines, rebates)
def test_every_cent_of_a_rebate_is_on_a_line_and_no_line_is_below_zero(lines, rebate):
    due = priced(lines, rebate)

    assert due.rebates.list_cents - due.rebates.saving_cents == due.net_cents
    assert all(0 <= line.net_cents <= line.list_cents for line in due.lines)
    assert all(0 <= line.promo_discount_cents <= line.wish.before_promo_cents for line in due.lines)
    if percent := rebate.get("percent"):
        before = due.net_cents + due.rebates.promo_cents
        assert abs(100 * due.rebates.promo_cents - percent * before) <= 50


@given(lines, rebates, st.data())
def test_a_total_never_drops_when_a_seat_is_added_whatever_the_rebates(lines, rebate, data):
    which = data.draw(st.integers(0, len(lines) - 1))
    more = [
        (price, tiers, quantity + (n == which), is_taxed) for n, (price, tiers, quantity, is_taxed) in enumerate(lines)
    ]

    before, after = priced(lines, rebate), priced(more, rebate)

    assert before.net_cents <= after.net_cents
    # Two cents: a share of the rebate may cross from an exempt line to a taxed one by its rounding.
    assert before.total_cents <= after.total_cents + 2


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None)
@given(st.integers(1, 30), st.integers(1, 100), st.integers(1, 200))
def test_the_order_of_the_lines_does_not_change_the_total(owner, quantity, percent, dollars):
    one_way = [(100 * dollars, TIERS, quantity, True), (3333, [], 7, True), (4999, [], 1, False)]

    due, other = priced(one_way, {"percent": percent}), priced(one_way[::-1], {"percent": percent})

    assert due.net_cents == other.net_cents


def test_a_line_of_an_order_answers_like_a_line_of_a_cart(owner):
    """The page of the cart and the page of the order are drawn by the same templates."""
    session = a_priced_session(volume_tiers=TIERS)
    due = quote(a_cart(owner, (session, 12)))
    line = an_order(owner).lines.get()

    names = ("quantity", "list_cents", "list_price_cents", "unit_price_cents", "member_discount_cents")
    names += ("volume_discount_cents", "promo_discount_cents", "net_cents", "session")
    assert [getattr(line, name) for name in names] == [getattr(due.lines[0], name) for name in names]
    assert isinstance(line, OrderLine)


def test_putting_back_the_same_number_keeps_the_price(owner):
    session = a_priced_session(volume_tiers=TIERS)
    cart = a_cart(owner, (session, 12))
    before = quote(cart).net_cents

    carts.put(cart, session, 13)
    carts.put(cart, session, 12)

    assert quote(cart).net_cents == before
