"""The waiting list: from « Complet » on the page of a course to an offer that is paid."""

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from pupitre.actions import payments, terms, waitlist
from pupitre.models import CartLine, CourseSession, Establishment, Membership, Order, Role, Seat, WaitlistEntry
from tests.counting import questions
from tests.world import a_cart, a_paid_order, a_session, an_order, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

NBSP = "\u00a0"


@pytest.fixture
def full(owner):
    """A session of two seats, both held by someone else’s unpaid order."""
    return held_by_others(a_session(capacity=2), 2)


@pytest.fixture
def nearly_full(owner):
    """Ten seats, of which four are left."""
    return held_by_others(a_session(capacity=10), 6)


def held_by_others(session, quantity):
    an_order(an_owner("Résidence du Lac"), (session, quantity))
    session.refresh_from_db()
    return session


def waits(owner, session, quantity=1, *, together=False):
    return waitlist.ask(session, owner.establishment, quantity, together=together, by=owner)


def is_offered(session):
    """What others held comes back, and the worker offers it."""
    order = Order.objects.exclude(offer__isnull=False).filter(lines__session=session).awaiting_payment().get()
    payments.cancel(order, by=order.placed_by)
    waitlist.make_offers(session.pk)
    return Order.objects.get(offer__isnull=False)


def asking(session):
    return reverse("shop:waitlist_session", args=[session.code])


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


class TestAsking:
    def test_the_page_of_a_course_leads_to_the_list_of_a_full_session(self, client, full):
        page = client.get(full.course.get_absolute_url()).content.decode()

        assert f'href="{asking(full)}"' in page

    def test_a_stranger_signs_in_first_and_keeps_the_number(self, client, full):
        client.logout()

        response = client.post(f"{asking(full)}?places=2", {"quantity": 2, "way": "together"})

        assert response["Location"] == f"{reverse('account_login')}?next={asking(full)}%3Fplaces%3D2"
        assert not WaitlistEntry.objects.exists()

    def test_the_number_of_the_address_is_in_the_form(self, client, full):
        assert 'value="2"' in client.get(f"{asking(full)}?places=2").content.decode()

    @pytest.mark.parametrize("places", ["", "-3", "abc", "0", "99999999", "٣"])
    def test_a_number_that_makes_no_sense_is_left_out(self, client, full, places):
        assert client.get(asking(full), {"places": places}).context["form"]["quantity"].value() == 1

    @pytest.mark.parametrize(("way", "together"), [("as_they_come", False), ("together", True)])
    def test_an_establishment_asks(self, client, owner, full, way, together):
        response = client.post(asking(full), {"quantity": 2, "way": way, "left": 0})

        assert response["Location"] == reverse("shop:waitlist")
        assert said(response) == ["Votre établissement attend 2 places."]
        entry = WaitlistEntry.objects.get()
        assert (entry.establishment, entry.quantity, entry.together) == (owner.establishment, 2, together)

    def test_the_same_form_twice_asks_once(self, client, full):
        for _ in range(2):
            assert client.post(asking(full), {"quantity": 2, "way": "together"}).status_code == 302

        assert WaitlistEntry.objects.count() == 1

    @pytest.mark.parametrize("quantity", ["", "0", "-1", "deux", "99999999999999999999"])
    def test_a_wrong_number_is_kindly_refused(self, client, full, quantity):
        response = client.post(asking(full), {"quantity": quantity, "way": "together"})

        assert response.status_code == 422
        assert not WaitlistEntry.objects.exists()

    def test_a_number_larger_than_the_session_is_refused_and_kept(self, client, full):
        response = client.post(asking(full), {"quantity": 3, "way": "together"})

        assert response.status_code == 422
        assert "Cette session compte 2 places en tout. Réduisez le nombre." in response.content.decode()
        assert 'value="3"' in response.content.decode()

    def test_what_can_be_bought_is_not_waited_for(self, client, nearly_full):
        response = client.post(asking(nearly_full), {"quantity": 4, "way": "together"})

        assert response.status_code == 422
        assert "vous pouvez les acheter maintenant" in response.content.decode()

    def test_who_waits_already_is_told_so(self, client, owner, full):
        waits(owner, full, 2)

        page = client.get(asking(full)).content.decode()

        assert "Votre établissement attend 2 places de cette session." in page
        assert "<form" not in page.split("<main")[1].split("</main>")[0]

    def test_what_is_still_waited_for_is_shown_and_not_what_is_offered_already(self, client, owner, full):
        waits(owner, full, 2)
        is_offered(full)

        page = client.get(asking(full)).content.decode()

        assert "Tout ce que votre établissement attendait dans cette session est retenu pour lui." in page
        assert "Votre établissement attend" not in page

    def test_a_session_that_is_closed_has_no_list(self, client, full):
        CourseSession.objects.update(cancelled_at=full.starts_at)

        page = client.get(asking(full)).content.decode()

        assert "Les inscriptions à cette session sont terminées." in page

    def test_a_session_nobody_sees_is_not_found(self, client, full):
        full.course.published_at = None
        full.course.save()

        assert client.get(asking(full)).status_code == 404

    def test_whoever_may_not_buy_may_not_wait(self, client, owner, full):
        Membership.objects.update(role=Role.ASSIGNER)

        assert client.post(asking(full), {"quantity": 1, "way": "as_they_come"}).status_code == 403
        assert client.get(reverse("shop:waitlist")).status_code == 403


class TestTooMany:
    """More seats asked for than are left: two ways to wait, and the number that was typed."""

    def test_on_the_page_of_a_course(self, client, nearly_full):
        course = nearly_full.course.get_absolute_url()

        response = client.post(course, {"session": nearly_full.code, "quantity": 6})

        page = response.content.decode()
        assert response.status_code == 422
        assert 'value="6"' in page
        assert "Prendre les 4 places et attendre les 2 autres" in page
        assert "Attendre 6 places ensemble" in page

    def test_in_the_cart(self, client, owner, nearly_full):
        a_cart(owner, (nearly_full, 2))

        response = client.post(reverse("shop:cart_line", args=[nearly_full.code]), {"quantity": 5})

        page = response.content.decode()
        assert response.status_code == 422
        assert 'value="5"' in page
        assert "Prendre les 4 places et attendre l’autre" in page

    def test_a_number_larger_than_the_session_is_only_refused(self, client, nearly_full):
        response = client.post(nearly_full.course.get_absolute_url(), {"session": nearly_full.code, "quantity": 11})

        assert "ensemble" not in response.content.decode()

    def test_the_line_of_a_session_that_is_full_now_leads_to_its_list(self, client, owner):
        session = a_session(capacity=2)
        a_cart(owner, (session, 2))
        held_by_others(session, 2)

        assert f'href="{asking(session)}?places=2"' in client.get(reverse("shop:cart")).content.decode()

    def test_taking_what_is_left_and_waiting_for_the_rest(self, client, owner, nearly_full):
        response = client.post(asking(nearly_full), {"quantity": 6, "way": "take", "left": 4})

        assert response["Location"] == reverse("shop:cart")
        assert said(response) == ["4 places sont dans votre panier. Votre établissement attend 2 places."]
        assert owner.cart.lines.get().quantity == 4
        assert WaitlistEntry.objects.get().quantity == 2

    def test_waiting_together_takes_the_line_out_of_the_cart(self, client, owner, nearly_full):
        a_cart(owner, (nearly_full, 2))

        client.post(asking(nearly_full), {"quantity": 6, "way": "together", "left": 4})

        assert not CartLine.objects.filter(cart__user=owner).exists()
        assert WaitlistEntry.objects.get().together

    def test_what_is_left_has_changed_meanwhile(self, client, owner, nearly_full):
        held_by_others(nearly_full, 1)

        response = client.post(asking(nearly_full), {"quantity": 6, "way": "take", "left": 4})

        assert response.status_code == 422
        assert "Le nombre de places qui restent a changé" in response.content.decode()
        assert not WaitlistEntry.objects.exists()
        assert not CartLine.objects.filter(cart__user=owner).exists()

    @pytest.mark.parametrize("left", ["", "0", "-1", "6", "abc", None])
    def test_a_form_that_does_not_say_how_many_were_left(self, client, owner, nearly_full, left):
        typed = {"quantity": 6, "way": "take"} | ({} if left is None else {"left": left})

        assert client.post(asking(nearly_full), typed).status_code == 422
        assert not WaitlistEntry.objects.exists()

    def test_the_last_seats_went_meanwhile(self, client, nearly_full):
        held_by_others(nearly_full, 4)

        response = client.post(asking(nearly_full), {"quantity": 6, "way": "take", "left": 4})

        assert response.status_code == 422
        assert "Le nombre de places qui restent a changé" in response.content.decode()


class TestTheList:
    def test_it_says_what_is_waited_for_and_the_position(self, client, owner, full):
        waits(an_owner("Bistro Chez Nous"), full)
        waits(owner, full, 2, together=True)

        page = client.get(reverse("shop:waitlist")).content.decode()

        assert "2 places (toutes ensemble)" in page
        assert "<dd>2</dd>" in page
        assert "Bistro" not in page

    def test_it_is_empty_at_first(self, client, owner):
        assert "Votre établissement n’attend aucune place" in client.get(reverse("shop:waitlist")).content.decode()

    def test_changing_the_number(self, client, owner, full):
        waits(owner, full, 1)

        response = client.post(reverse("shop:waitlist_number", args=[full.code]), {"quantity": 2})

        assert response["Location"] == reverse("shop:waitlist")
        assert WaitlistEntry.objects.get().remaining == 2

    @pytest.mark.parametrize("quantity", ["", "0", "x", "3"])
    def test_a_wrong_number_is_refused_and_kept(self, client, owner, full, quantity):
        waits(owner, full, 1)

        response = client.post(reverse("shop:waitlist_number", args=[full.code]), {"quantity": quantity})

        assert response.status_code == 422
        assert response.context["form"]["quantity"].value() == quantity
        assert WaitlistEntry.objects.get().remaining == 1

    def test_leaving(self, client, owner, full):
        waits(owner, full, 1)

        for _ in range(2):
            response = client.post(reverse("shop:waitlist_leaving", args=[full.code]))
            assert response["Location"] == reverse("shop:waitlist")

        assert not WaitlistEntry.objects.in_force().exists()

    @pytest.mark.parametrize("deed", ["waitlist_number", "waitlist_leaving"])
    def test_what_others_wait_for_is_not_found(self, client, owner, full, deed):
        waits(an_owner(), full)

        assert client.post(reverse(f"shop:{deed}", args=[full.code]), {"quantity": 2}).status_code == 404
        assert client.get(reverse(f"shop:{deed}", args=[full.code])).status_code == 405

    def test_a_session_cancelled_is_shown_as_ended(self, client, owner, full):
        waits(owner, full)
        CourseSession.objects.update(cancelled_at=full.starts_at)

        page = client.get(reverse("shop:waitlist")).content.decode()

        assert "Terminées" in page
        assert "Cette session est annulée." in page

    def test_it_costs_as_much_with_three_rows_as_with_one(self, client, owner, full):
        waits(owner, full)
        client.get(reverse("shop:waitlist"))
        with questions() as one:
            client.get(reverse("shop:waitlist"))
        for _ in range(2):
            waits(owner, held_by_others(a_session(capacity=1), 1))
            other = held_by_others(a_session(capacity=1), 1)
            waits(owner, other)
            order = Order.objects.filter(lines__session=other).get()
            payments.cancel(order, by=order.placed_by)
            waitlist.make_offers(other.pk)

        with questions() as three:
            client.get(reverse("shop:waitlist"))

        assert len(one) == len(three) <= 10, str(three)


class TestAnOffer:
    @pytest.fixture
    def order(self, owner, full):
        waits(owner, full, 2)
        return is_offered(full)

    def test_it_says_until_when_and_how_much(self, client, order):
        page = client.get(order.get_absolute_url()).content.decode()

        assert "Ce que vous attendiez est retenu pour vous" in page
        assert "Vos places sont retenues jusqu’au" in page
        assert "Refuser cette offre" in page

    def test_it_is_told_of_in_my_purchases_and_on_the_list(self, client, order):
        for page in ("purchases", "waitlist"):
            assert f'href="{order.get_absolute_url()}"' in client.get(reverse(f"shop:{page}")).content.decode()

    def test_it_is_paid_as_any_order(self, client, owner, order, sandbox):
        pay = reverse("shop:order_payment", args=[order.reference])

        page = client.post(pay, {"means": "stripe", "net_cents": order.net_cents, "purchase_order_number": "BC-7"})[
            "Location"
        ]
        back = sandbox.pay_stripe(page).removeprefix("http://testserver")

        assert client.get(back)["Location"] == reverse("shop:thanks", args=[order.reference])
        assert Seat.objects.bought_by(owner.establishment).count() == 2
        order.refresh_from_db()
        assert order.purchase_order_number == "BC-7"

    def test_it_is_declined(self, client, owner, order, full):
        response = client.post(reverse("shop:order_change", args=[order.reference]))

        assert response["Location"] == reverse("shop:waitlist")
        assert not WaitlistEntry.objects.in_force().exists()

    def test_the_terms_are_agreed_to_first(self, client, owner, order, sandbox):
        version = terms.publish(terms.write("Les places sont payées d’avance.", by=None), by=None)
        pay = reverse("shop:order_payment", args=[order.reference])
        page = client.get(order.get_absolute_url()).content.decode()
        assert "vous acceptez les conditions de vente" in page

        refused = client.post(pay, {"means": "stripe", "net_cents": order.net_cents})
        assert refused.status_code == 422

        typed = {"means": "stripe", "net_cents": order.net_cents, "terms_note": terms.note_of(version, owner)}
        assert client.post(pay, typed)["Location"].startswith("http")
        order.refresh_from_db()
        assert order.terms == version

    def test_someone_else_can_pay_it_once_the_terms_are_agreed_to(self, client, owner, order):
        version = terms.publish(terms.write("Les places sont payées d’avance.", by=None), by=None)
        link = reverse("shop:payment_link", args=[order.reference])
        assert client.post(link, {"email": "compta@exemple.ca"}).status_code == 422

        typed = {"means": "someone_else", "net_cents": order.net_cents, "terms_note": terms.note_of(version, owner)}
        response = client.post(reverse("shop:order_payment", args=[order.reference]), typed)

        assert response["Location"] == order.get_absolute_url()
        assert client.post(link, {"email": "compta@exemple.ca"}).status_code == 302

    def test_it_is_not_found_by_others(self, client, order):
        client.force_login(an_owner())

        assert client.get(order.get_absolute_url()).status_code == 404

    def test_an_offer_of_nothing_to_pay_is_confirmed(self, client, owner, order):
        Order.objects.update(net_cents=0, total_cents=0)

        response = client.post(reverse("shop:order_payment", args=[order.reference]), {"net_cents": 0})

        assert response["Location"] == reverse("shop:thanks", args=[order.reference])


def test_the_list_is_of_the_establishment_one_acts_for(client, owner, full):
    waits(owner, full)
    other = Establishment.objects.create(name="Deuxième clinique")
    Membership.objects.filter(user=owner).update(chosen_at=None)
    Membership.objects.create(user=owner, establishment=other, chosen_at=full.starts_at)

    assert "n’attend aucune place" in client.get(reverse("shop:waitlist")).content.decode()


def test_the_seats_of_someone_who_never_waited_are_theirs(owner, full):
    """A purchase by the ordinary way has no offer, and its page says nothing of one."""
    order = a_paid_order(an_owner(), (a_session(), 1))

    assert order.open_offer is None
    assert not order.is_from_waitlist
