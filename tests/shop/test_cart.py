"""The cart: a wish that can always be changed."""

import pytest
from django.urls import reverse

from pupitre.models import Cart, CartLine, CourseSession
from tests.world import PASSWORD, a_cart, a_session, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def session():
    return a_session(capacity=10)


def choose(client, session, quantity=3):
    client.post(session.course.get_absolute_url(), {"session": session.code, "quantity": quantity})


def quantities() -> list[int]:
    return list(CartLine.objects.values_list("quantity", flat=True))


def test_an_empty_cart_leads_to_the_courses(client):
    response = client.get(reverse("shop:cart"))

    assert response.status_code == 200
    assert not Cart.objects.exists()


def test_the_number_is_set_not_added(client, session):
    choose(client, session, 3)

    client.post(reverse("shop:cart_line", args=[session.code]), {"quantity": "5"})
    client.post(reverse("shop:cart_line", args=[session.code]), {"quantity": "5"})

    assert quantities() == [5]


def test_the_totals_show_both_taxes_on_the_net_price(client, session):
    choose(client, session, 3)

    context = client.get(reverse("shop:cart")).context

    assert context["due"].net_cents == 37500
    assert [(tax.code, tax.amount_cents) for tax in context["due"].taxes] == [("gst", 1875), ("qst", 3741)]
    assert context["due"].total_cents == 43116


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "1e9", "11", "beaucoup", "", "\x00"])
def test_a_wrong_number_changes_nothing_and_is_kept_as_typed(client, session, typed):
    choose(client, session, 3)

    response = client.post(reverse("shop:cart_line", args=[session.code]), {"quantity": typed})

    assert response.status_code == 422
    assert quantities() == [3]
    assert response.context["due"].lines[0].wish.form["quantity"].value() == typed
    assert response.context["due"].lines[0].wish.form.errors


def test_a_session_that_filled_or_closed_is_marked_and_can_be_removed(client, session):
    choose(client, session, 3)
    CourseSession.objects.filter(pk=session.pk).update(taken=8)
    assert client.get(reverse("shop:cart")).context["due"].lines[0].wish.problem == "too_many"
    CourseSession.objects.filter(pk=session.pk).update(taken=10)
    assert client.get(reverse("shop:cart")).context["due"].lines[0].wish.problem == "full"
    CourseSession.objects.filter(pk=session.pk).update(sales_close_at=session.starts_at.replace(year=2020))

    response = client.get(reverse("shop:cart"))
    assert response.context["due"].lines[0].wish.problem == "closed"
    assert not response.context["can_continue"]

    client.post(reverse("shop:cart_removal", args=[session.code]))
    assert quantities() == []


def test_what_was_removed_can_be_put_back(client, session):
    choose(client, session, 4)

    page = client.post(reverse("shop:cart_removal", args=[session.code]), follow=True)
    assert page.context["removed"] == [session.code, 4]

    client.post(reverse("shop:cart_line", args=[session.code]), {"quantity": "4", "put_back": ""})
    assert quantities() == [4]


def test_a_change_that_arrives_after_the_removal_brings_nothing_back(client, session):
    choose(client, session, 4)
    client.post(reverse("shop:cart_removal", args=[session.code]))

    page = client.post(reverse("shop:cart_line", args=[session.code]), {"quantity": "6"}, follow=True)

    assert quantities() == []
    assert page.context["removed"] == [session.code, 6]
    assert "Remettre dans le panier" in page.content.decode()


def test_a_price_that_changed_is_said(client, session):
    choose(client, session)
    CourseSession.objects.filter(pk=session.pk).update(price_cents=15000)

    response = client.get(reverse("shop:cart"))

    assert response.context["due"].lines[0].wish.price_has_changed
    assert "150,00" in response.content.decode()


def test_the_cart_follows_its_owner_through_sign_in(client, session):
    owner = an_owner()
    other = a_session()
    a_cart(owner, (other, 1))
    choose(client, session, 2)

    client.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})

    assert sorted(owner.cart.lines.values_list("session", "quantity")) == sorted([(session.pk, 2), (other.pk, 1)])
    assert Cart.objects.count() == 1


def test_a_cart_of_someone_else_is_out_of_reach(client, session):
    a_cart(an_owner(), (session, 2))

    client.post(reverse("shop:cart_removal", args=[session.code]))

    assert quantities() == [2]


def test_an_unknown_session_is_not_found(client):
    assert client.post(reverse("shop:cart_line", args=["NOSUCH"]), {"quantity": "1"}).status_code == 404


def test_htmx_gets_the_same_page_and_hears_the_new_total(client, session):
    choose(client, session, 1)

    response = client.post(
        reverse("shop:cart_line", args=[session.code]), {"quantity": "3"}, headers={"HX-Request": "true"}
    )

    assert response.status_code == 200
    assert response.context["announced"]
    assert "HX-Request" in response["Vary"]
