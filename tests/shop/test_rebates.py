"""Rebates on the buyer’s way: told before they are asked for, taken off before taxes, and never in the way."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pupitre import clock
from pupitre.actions import payments, promotions
from pupitre.mail import writing
from pupitre.models import Cart, Course, Letter, MemberPrice, Order, Payment, PromoCode, Seat
from tests.world import (
    PASSWORD,
    a_cart,
    a_course,
    a_paid_order,
    a_promo,
    a_session,
    an_order,
    an_owner,
    members,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

NBSP = "\u00a0"
TIERS = [[10, 15], [20, 25]]


@pytest.fixture
def session():
    return a_session(capacity=50)


def money(text):
    return text.replace(" ", NBSP)


def page(client, name, *args):
    return client.get(reverse(f"shop:{name}", args=args))


def text_of(response):
    return response.content.decode()


def apply(client, code, **headers):
    return client.post(reverse("shop:promo"), {"code": code}, **headers)


def choose(client, session, quantity=3):
    client.post(session.course.get_absolute_url(), {"session": session.code, "quantity": quantity})


def confirm(client, net_cents, **typed):
    return client.post(reverse("shop:review"), {"net_cents": net_cents} | typed)


class TestTheCart:
    def test_a_code_is_applied_and_removed_without_javascript(self, client, session):
        choose(client, session, 12)
        a_promo(code="BIENVENUE", percent=10)

        applied = apply(client, " bienvenue ")

        assert applied.status_code == 302
        shown = text_of(page(client, "cart"))
        assert money("−150,00 $") in shown
        assert money("1 500,00 $") in shown
        assert "BIENVENUE" in shown

        client.post(reverse("shop:promo_removal"))
        shown = text_of(page(client, "cart"))
        assert "BIENVENUE" not in shown
        assert 'name="code"' in shown

    def test_htmx_gets_the_same_page_and_hears_the_new_subtotal(self, client, session):
        choose(client, session, 2)
        a_promo(code="MOITIE", percent=50)

        answer = apply(client, "MOITIE", headers={"HX-Request": "true"})

        assert answer.status_code == 200
        assert answer.context["due"].net_cents == 12500
        assert money("125,00 $") in answer.context["announced"]

    @pytest.mark.parametrize("typed", ["RIEN", "", "x" * 61, "\x00", "<b>"])
    def test_a_wrong_code_is_kindly_refused_and_kept_as_typed(self, client, session, typed):
        choose(client, session)

        answer = apply(client, typed)

        assert answer.status_code == 422
        assert answer.context["promo_form"].errors
        assert answer.context["promo_form"]["code"].value() == typed
        assert answer.context["due"].net_cents == 37500

    def test_guessing_is_slow(self, client, session):
        choose(client, session)
        for n in range(promotions.GUESSES_PER_ADDRESS):
            apply(client, f"ESSAI{n}")

        answer = apply(client, "ESSAI")

        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0

    def test_a_code_before_any_course_is_kindly_refused(self, client):
        a_promo(code="BIENVENUE")

        assert apply(client, "BIENVENUE").status_code == 422

    def test_a_code_that_stopped_being_valid_is_said_and_takes_nothing_off(self, client, owner, session):
        promo = a_promo(code="BIENVENUE", percent=50)
        promotions.put(a_cart(owner, (session, 2)), "BIENVENUE", owner.establishment)
        PromoCode.objects.update(ends_at=clock.now())

        answer = page(client, "cart")

        assert isinstance(answer.context["due"].promo_refusal, promotions.PromoCodeEnded)
        assert answer.context["due"].net_cents == 25000
        assert str(answer.context["due"].promo_refusal) in text_of(answer)
        assert answer.context["can_continue"], "it never blocks"
        assert Cart.objects.get().promo == promo, "the buyer decides to remove it"

    def test_the_lines_of_the_totals_add_up(self, client, owner):
        session = a_session(a_course(price_cents=10000, volume_tiers=TIERS), capacity=50)
        MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=8000)
        promo = a_promo(code="BIENVENUE", percent=50)
        promotions.put(a_cart(owner, (session, 10)), promo.code, owner.establishment)

        shown = text_of(page(client, "cart"))

        totals = shown[shown.index('class="tot"') : shown.index('class="saving"')]
        for amount in ("1 000,00 $", "−200,00 $", "−12,00 $", "−394,00 $", "394,00 $", "453,00 $"):
            assert money(amount) in totals, amount
        assert money("606,00 $") in shown, "the saving"

    def test_a_cart_without_rebates_shows_none(self, client, owner, session):
        a_cart(owner, (session, 2))

        shown = text_of(page(client, "cart"))

        assert 'class="saving"' not in shown
        assert "<s>" not in shown

    @pytest.mark.parametrize(("quantity", "before"), [(8, 1), (9, 0), (1, 8)])
    def test_the_next_tier_is_told_beside_the_number_of_seats(self, client, owner, quantity, before):
        session = a_session(a_course(price_cents=10000, volume_tiers=TIERS), capacity=50)
        a_cart(owner, (session, quantity))

        answer = page(client, "cart")

        tier = answer.context["due"].lines[0].wish.next_tier
        assert (tier.seats_before, tier.seat_cents) == (before, 8500)
        assert money("85,00 $") in text_of(answer)

    def test_a_tier_that_the_session_has_no_room_for_is_not_told(self, client, owner):
        a_cart(owner, (a_session(a_course(volume_tiers=TIERS), capacity=9), 8))

        assert page(client, "cart").context["due"].lines[0].wish.next_tier is None


class TestPricesShown:
    def test_members_see_their_price_beside_the_price_for_everyone(self, client, owner, session):
        MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=11000)

        for address in (
            session.course.get_absolute_url(),
            reverse("shop:catalogue"),
        ):
            shown = text_of(client.get(address))
            assert money("110,00 $") in shown
            assert f"{money('125,00 $')}</s>" in shown

    def test_others_do_not(self, client, session):
        MemberPrice.objects.create(course=session.course, group=members(an_owner()), price_cents=11000)
        client.force_login(an_owner())

        for address in (session.course.get_absolute_url(), reverse("shop:catalogue")):
            shown = text_of(client.get(address))
            assert money("110,00 $") not in shown
            assert "<s>" not in shown

    def test_the_member_price_comes_with_sign_in(self, client, session):
        owner = an_owner()
        MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=11000)
        choose(client, session, 2)

        client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})

        assert page(client, "cart").context["due"].net_cents == 22000

    def test_a_course_says_its_volume_tiers(self, client):
        a_session(a_course(volume_tiers=TIERS))

        shown = text_of(client.get(Course.objects.get().get_absolute_url()))

        assert f"15{NBSP}%" in shown
        assert f"25{NBSP}%" in shown

    def test_a_session_that_has_its_own_price_says_it(self, client):
        course = a_course(price_cents=12500)
        a_session(course)
        a_session(course, price_cents=9900)

        shown = text_of(client.get(course.get_absolute_url()))

        assert shown.count(money("99,00 $")) == 1


class TestReviewAndOrder:
    def test_the_review_asks_for_the_net_the_cart_showed(self, client, owner, session, sandbox):
        promotions.put(a_cart(owner, (session, 2)), a_promo(percent=10).code, owner.establishment)

        review = page(client, "review")
        paying = confirm(client, review.context["due"].net_cents, means="stripe")

        assert review.context["due"].net_cents == 22500
        assert paying.status_code == 302
        order = Order.objects.get()
        assert (order.net_cents, order.total_cents) == (22500, 25869)

    @pytest.mark.parametrize("means", ["stripe", "paypal"])
    def test_the_payment_page_shows_what_is_really_paid(self, client, owner, sandbox, means):
        """Twelve seats with three of them cheaper: no whole price per seat, so one item of twelve."""
        session = a_session(a_course(price_cents=9999, volume_tiers=TIERS), capacity=50)
        a_cart(owner, (session, 12), (a_session(), 2))
        promotions.put(owner.cart, a_promo(percent=10).code, owner.establishment)

        address = confirm(client, page(client, "review").context["due"].net_cents, means=means)["Location"]

        order, payment = Order.objects.get(), Payment.objects.get()
        assert address == payment.url, "the service accepted that the items add up"
        asked = payment.request_body
        if means == "stripe":
            items = [(item["quantity"], item["price_data"]["unit_amount"]) for item in asked["line_items"]]
            assert sum(quantity * cents for quantity, cents in items) == order.total_cents
            names = [item["price_data"]["product_data"]["name"] for item in asked["line_items"]]
        else:
            names = [item["name"] for item in asked["purchase_units"][0]["items"]]
        assert names[0].startswith("12 × ")
        assert not names[1].startswith("2 × "), "two seats at 112.50 each are still two seats"

    def test_a_code_used_up_in_the_meantime_is_said_and_nothing_is_lost(self, client, owner, session, sandbox):
        promo = a_promo(percent=50, most_uses=1)
        promotions.put(a_cart(owner, (session, 2)), promo.code, owner.establishment)
        agreed = page(client, "review").context["due"].net_cents
        other = an_owner()
        promotions.put(a_cart(other, (session, 1)), promo.code, other.establishment)
        an_order(other)

        refused = confirm(client, agreed, means="stripe")

        assert refused.status_code == 422
        assert refused.context["due"].net_cents == 25000
        assert str(promotions.PromoCodeUsedUp()) in text_of(refused)
        assert not Order.objects.filter(establishment=owner.establishment).exists()
        assert confirm(client, 25000, means="stripe").status_code == 302, "and the buyer goes on without it"

    def test_an_unpaid_order_shows_its_rebates(self, client, owner, session):
        promotions.put(a_cart(owner, (session, 2)), a_promo(code="DIX", percent=10).code, owner.establishment)
        order = an_order(owner)

        shown = text_of(page(client, "order", order.reference))

        assert "(DIX)" in shown
        assert money("−25,00 $") in shown

    def test_an_order_whose_code_is_lost_says_so_and_leads_to_the_cart(self, client, owner, session):
        promo = a_promo(percent=50, most_uses=1)
        promotions.put(a_cart(owner, (session, 2)), promo.code, owner.establishment)
        order = an_order(owner)
        with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
            payments.expire(order)
        other = an_owner()
        promotions.put(a_cart(other, (session, 1)), promo.code, other.establishment)
        an_order(other)

        refused = client.post(reverse("shop:order_payment", args=[order.reference]), {"means": "stripe"})

        assert refused.status_code == 422
        assert str(promotions.PromoCodeLost()) in text_of(refused)

    def test_the_letter_shows_what_was_taken_off(self, owner, session):
        promotions.put(a_cart(owner, (session, 2)), a_promo(code="DIX", percent=10).code, owner.establishment)
        order = a_paid_order(owner)

        facts = dict(writing.write(Letter.objects.get(order=order, kind="order_paid")).facts)

        amounts = list(facts.values())
        assert amounts[-5:] == [money(a) for a in ("−25,00 $", "225,00 $", "11,25 $", "22,44 $", "258,69 $")]

    def test_a_letter_without_rebates_shows_none(self, owner, session):
        order = a_paid_order(owner, (session, 2))

        facts = writing.write(Letter.objects.get(order=order, kind="order_paid")).facts

        assert not any("−" in value for _label, value in facts)


class TestNothingToPay:
    @pytest.fixture
    def free_cart(self, owner, session):
        promotions.put(a_cart(owner, (session, 2)), a_promo(percent=100).code, owner.establishment)

    def test_one_button_confirms_the_order(self, client, owner, free_cart):
        shown = text_of(page(client, "review"))

        assert 'name="means"' not in shown

        answer = confirm(client, 0)

        order = Order.objects.get()
        assert answer["Location"] == reverse("shop:thanks", args=[order.reference])
        assert (order.is_paid, Seat.objects.count(), Payment.objects.count()) == (True, 2, 0)
        assert page(client, "thanks", order.reference).status_code == 200

    def test_one_left_behind_is_confirmed_from_its_own_page(self, client, owner, free_cart):
        order = an_order(owner)
        assert 'name="means"' not in text_of(page(client, "order", order.reference))

        answer = client.post(reverse("shop:order_payment", args=[order.reference]))

        assert answer["Location"] == reverse("shop:thanks", args=[order.reference])
        assert Seat.objects.count() == 2

    def test_saying_that_it_is_free_does_not_make_it_so(self, client, owner, session):
        a_cart(owner, (session, 2))

        assert confirm(client, 0).status_code == 422
        assert not Order.objects.exists()

    def test_an_amount_without_a_way_to_pay_it_is_refused(self, client, owner, session):
        a_cart(owner, (session, 2))

        assert confirm(client, 25000).status_code == 422
        assert not Order.objects.exists()
