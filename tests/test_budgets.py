"""What the buying path may ask of the database: so many questions, however many rows there are."""

import pytest
from django.urls import reverse

from pupitre.actions import carts, moves, payments, promotions, seats
from pupitre.models import Cart, MemberPrice, Order, Seat
from pupitre.queries.moves import seats_in_force
from tests.counting import questions
from tests.world import (
    PASSWORD,
    a_cart,
    a_course,
    a_paid_order,
    a_person,
    a_promo,
    a_session,
    an_attempt,
    an_order,
    an_owner,
    members,
    says,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def owner(client):
    owner = an_owner()
    client.force_login(owner)
    return owner


def cost(client, address, expected=200):
    """How many questions a page asks. Asked once before, so that what a process learns once is not counted."""
    client.get(address)
    with questions() as asked:
        assert client.get(address).status_code == expected
    return asked


class TestPages:
    """Each page costs as much with one row as with three."""

    def test_the_catalogue(self, client):
        a_session()
        one = cost(client, reverse("shop:catalogue"))
        for course in (a_course(), a_course()):
            a_session(course)
            a_session(course)

        three = cost(client, reverse("shop:catalogue"))

        assert len(one) == len(three) <= 4, str(three)

    def test_a_course(self, client):
        course = a_course()
        a_session(course)
        one = cost(client, course.get_absolute_url())
        a_session(course)
        a_session(course)

        three = cost(client, course.get_absolute_url())

        assert len(one) == len(three) <= 4, str(three)

    def test_the_cart_of_a_stranger(self, client):
        session = a_session()
        client.post(session.course.get_absolute_url(), {"session": session.code, "quantity": 1})
        one = cost(client, reverse("shop:cart"))
        cart = Cart.objects.get()
        for other in (a_session(), a_session()):
            carts.put(cart, other, 2)

        three = cost(client, reverse("shop:cart"))

        assert len(one) == len(three) <= 10, str(three)

    def test_prices_for_members_cost_no_question_more(self, client, owner):
        """Two are about who asks, and one about their cart."""
        sessions = [a_session(a_course(volume_tiers=[[10, 15]])) for _ in range(3)]
        pages = [reverse("shop:catalogue"), sessions[0].course.get_absolute_url()]
        before = [len(cost(client, page)) for page in pages]
        for session in sessions:
            for _ in range(2):
                MemberPrice.objects.create(course=session.course, group=members(owner), price_cents=9900)

        after = [len(cost(client, page)) for page in pages]

        assert after == before
        assert max(after) <= 4 + 3

    @pytest.mark.parametrize("page", ["cart", "review"])
    def test_a_cart_with_every_rebate(self, client, owner, page):
        group, promo = members(owner), a_promo(most_uses=9, most_uses_each=9)
        promo.establishments.add(owner.establishment)

        def fill(count):
            sessions = [a_session(a_course(volume_tiers=[[10, 15]])) for _ in range(count)]
            for session in sessions:
                MemberPrice.objects.create(course=session.course, group=group, price_cents=9900)
                promo.courses.add(session.course)
            promotions.put(a_cart(owner, *[(session, 12) for session in sessions]), promo.code, owner.establishment)

        fill(1)
        one = cost(client, reverse(f"shop:{page}"))
        fill(2)
        three = cost(client, reverse(f"shop:{page}"))

        assert len(one) == len(three) <= 10, str(three)

    @pytest.mark.parametrize("page", ["cart", "review"])
    def test_the_cart_and_its_review(self, client, owner, page):
        a_cart(owner, (a_session(), 1))
        one = cost(client, reverse(f"shop:{page}"))
        a_cart(owner, (a_session(), 2), (a_session(), 3))

        three = cost(client, reverse(f"shop:{page}"))

        assert len(one) == len(three) <= 10, str(three)

    def test_an_order_to_pay(self, client, owner):
        single = an_order(owner, (a_session(), 1))
        one = cost(client, reverse("shop:order", args=[single.reference]))
        Order.objects.update(cart=None)
        owner.cart.lines.all().delete()
        several = an_order(owner, *[(a_session(), 1) for _ in range(3)])
        for number in range(3):
            an_attempt(several, status="closed", attempt=number)

        three = cost(client, reverse("shop:order", args=[several.reference]))

        assert len(one) == len(three) <= 13, str(three)

    def test_the_thanks(self, client, owner):
        single = a_paid_order(owner, (a_session(), 1))
        one = cost(client, reverse("shop:thanks", args=[single.reference]))
        several = a_paid_order(owner, (a_session(), 2), (a_session(), 3), (a_session(), 4))

        three = cost(client, reverse("shop:thanks", args=[several.reference]))

        assert len(one) == len(three) <= 10, str(three)

    def test_my_purchases(self, client, owner):
        session = a_session()
        a_paid_order(owner, (session, 1))
        seats.assign(Seat.objects.get(), a_person(owner), by=owner)
        one = cost(client, reverse("shop:purchases"))
        for _ in range(2):
            a_paid_order(owner, (a_session(), 2))
        for seat in Seat.objects.available():
            seats.assign(seat, a_person(owner), by=owner)

        three = cost(client, reverse("shop:purchases"))

        assert len(one) == len(three) <= 10, str(three)


class TestDeeds:
    def test_setting_a_number_in_a_cart_with_a_promo_code(self, client, owner):
        session = a_session()
        promotions.put(a_cart(owner, (session, 1)), a_promo(most_uses_each=1).code, owner.establishment)

        with questions() as asked:
            client.post(reverse("shop:cart_line", args=[session.code]), {"quantity": 3}, headers={"HX-Request": "true"})

        assert len(asked) <= 10, str(asked)

    def test_setting_a_number_in_the_cart(self, client, owner):
        session = a_session()
        a_cart(owner, (session, 1), (a_session(), 1), (a_session(), 1))

        with questions() as asked:
            client.post(reverse("shop:cart_line", args=[session.code]), {"quantity": 3}, headers={"HX-Request": "true"})

        assert len(asked) <= 10, str(asked)

    def test_assigning_a_seat(self, client, owner):
        session, person = a_session(), a_person(owner)
        a_paid_order(owner, (session, 3))
        address = reverse("shop:assignment", args=[session.code])
        client.get(address)

        with questions() as asked:
            response = client.post(address, {"way": "list", "people": [person.code]})

        assert response.status_code == 302, response.content.decode()
        assert len(asked) <= 12, str(asked)


def test_a_whole_purchase_of_three_seats_by_a_known_owner(client, sandbox):
    """Nine requests from the catalogue to the thanks, sign-in included."""
    owner, session = an_owner(), a_session()
    course = session.course.get_absolute_url()
    client.get(course)

    with questions() as asked:
        client.get(reverse("shop:catalogue"))
        client.get(course)
        client.post(course, {"session": session.code, "quantity": 3})
        client.get(reverse("shop:cart"))
        review = client.post(
            reverse("account_login") + f"?next={reverse('shop:review')}", {"login": owner.email, "password": PASSWORD}
        )
        client.get(review["Location"])
        page = client.post(reverse("shop:review"), {"means": "stripe", "net_cents": 37500})["Location"]
        back = sandbox.pay_stripe(page).removeprefix("http://testserver")
        thanks = client.get(back)["Location"]
        assert client.get(thanks).status_code == 200

    assert Seat.objects.filter(establishment=owner.establishment).count() == 3
    assert len(asked) <= 100, str(asked)


class TestMoves:
    """Moving seats asks as much for those of one order as for those of three, and whatever was refused."""

    @pytest.fixture
    def course(self):
        return a_course(price_cents=10000, allows_moves=True)

    def _asked_to_move_all(self, client, session, target) -> list:
        """What the page that says what will happen asks the database, of all the seats of a session."""
        codes = list(Seat.objects.filter(session=session).values_list("code", flat=True))
        address, chosen = reverse("shop:session_move", args=[session.code]), {"session": target.code, "places": codes}
        client.post(address, chosen)
        with questions() as asked:
            assert client.post(address, chosen).status_code == 200
        return asked

    def test_the_page_that_says_what_will_happen(self, client, owner, course):
        session, cheaper = a_session(course), a_session(course, price_cents=9000)

        def count(orders: int) -> list:
            while Seat.objects.filter(session=session).count() < orders:
                a_paid_order(owner, (session, 1))
            return self._asked_to_move_all(client, session, cheaper)

        one, three = count(1), count(3)

        assert len(one) == len(three), str(three)

    def test_seats_that_had_moved_before(self, client, owner, course):
        session, dearer = a_session(course), a_session(course, price_cents=11000)

        def count(seats_count: int) -> list:
            while Seat.objects.filter(session=dearer).count() < seats_count:
                bought = a_paid_order(owner, (session, 1))
                own = list(seats_in_force(owner.establishment).filter(line__order=bought))
                order = moves.order_supplement(own, dearer, agreed_total_cents=1150, by=owner, language="fr-ca")
                payment = an_attempt(order)
                payments.apply(payment, says(payment))
            return self._asked_to_move_all(client, dearer, session)

        one, three = count(1), count(3)

        assert len(one) == len(three), str(three)

    def test_sessions_where_nothing_can_go(self, client, owner, course):
        session = a_session(course)
        a_paid_order(owner, (session, 1))
        address = reverse("shop:session_move", args=[session.code])
        a_session(course, province="ON", city="Ottawa")
        one = cost(client, address)
        for _ in range(2):
            a_session(course, province="ON", city="Ottawa")

        assert len(one) == len(cost(client, address))
