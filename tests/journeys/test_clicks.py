"""Impatient fingers: two clicks for one, back, reload, and pages left open for too long. Each thing is done once."""

import re
import sqlite3
from contextlib import closing

import pytest
from playwright.sync_api import expect

from pupitre.running import Demonstration
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "prevenir-le-harcelement-au-travail"  # with room for everyone here


@pytest.fixture
def books(shop: Demonstration):
    """`books("select count(*) from …")`: one number read in the shop's database."""

    def books(question: str) -> int:
        with closing(sqlite3.connect(f"file:{shop.data_dir / 'pupitre.sqlite3'}?mode=ro", uri=True)) as database:
            return database.execute(question).fetchone()[0]

    return books


ORDERS = "select count(*) from pupitre_order"
SEATS = "select count(*) from pupitre_seat"
TAKEN = "select sum(amount_cents) from pupitre_payment where status = 'succeeded'"
DUE = "select sum(total_cents) from pupitre_order where status = 'paid'"
ASSIGNMENTS = "select count(*) from pupitre_assignment"
IN_FORCE = "select count(*) from pupitre_assignment where released_at is null"
PEOPLE = "select count(*) from pupitre_participant"
LETTERS = "select count(*) from pupitre_letter"


def double_click(visitor: Visitor, name: str) -> None:
    visitor.button(name).dblclick()


def test_two_clicks_on_add_to_cart_put_the_seats_once(owner):
    owner.go(f"/cours/{COURSE}/")
    owner.chooses_session()
    owner.type("Number of seats", "2")

    double_click(owner, "Add to cart")

    owner.arrives_at("Cart")
    assert owner.field("Number of seats").input_value() == "2"
    double_click(owner, "Update")
    owner.arrives_at("Cart")
    assert owner.field("Number of seats").input_value() == "2"
    double_click(owner, "Remove")
    owner.sees("Your cart is empty")


@pytest.mark.parametrize(("means", "page"), [("Pay by card", "/c/pay/"), ("Pay with PayPal", "/checkoutnow")])
def test_two_clicks_on_pay_place_one_order_and_take_the_money_once(means, page, owner, books):
    orders, seats, not_due = books(ORDERS), books(SEATS), books(TAKEN) - books(DUE)
    owner.puts_in_cart(COURSE, 1)
    owner.follow("Continue")
    owner.arrives_at("Review your order")

    double_click(owner, means)

    expect(owner.page).to_have_url(re.compile(page))  # the second click gave up the page that the first one asked for
    if means == "Pay by card":
        owner.pays_with_card()
    else:
        owner.pays_with_paypal()
    owner.arrives_at("Thank you! Your order is paid")
    assert (books(ORDERS), books(SEATS)) == (orders + 1, seats + 1)
    assert books(TAKEN) - books(DUE) == not_due


def test_back_and_reload_after_paying_charge_nothing_more(owner, books):
    page = owner.page
    owner.buys(COURSE, 1)
    paid = books(ORDERS), books(SEATS), books(TAKEN)

    page.reload()
    owner.arrives_at("Thank you! Your order is paid")
    for _page in range(3):  # the payment page, the review, the cart
        page.go_back()
        page.reload()
    owner.go("/commande/verification/")

    owner.sees("Your cart is empty")
    assert (books(ORDERS), books(SEATS), books(TAKEN)) == paid


def test_two_clicks_on_one_s_own_registration_take_one_seat(owner, books):
    owner.buys("hygiene-et-salubrite-gestion-d-un-etablissement", 2)
    assigned = books(ASSIGNMENTS)

    double_click(owner, "This is my own registration")

    owner.sees("Access code")
    assert books(ASSIGNMENTS) == assigned + 1


def test_two_clicks_on_assign_give_one_seat_and_write_one_letter(owner, books):
    owner.buys(COURSE, 2)
    owner.follow("Assign a seat")
    before = books(ASSIGNMENTS), books(LETTERS)
    name = owner.chooses_someone()

    double_click(owner, "Assign")

    owner.arrives_at("Access code: %(name)s", name=name)
    once = before[0] + 1, before[1] + 1
    assert (books(ASSIGNMENTS), books(LETTERS)) == once
    owner.page.go_back()
    owner.page.go_forward()
    owner.page.reload()
    owner.arrives_at("Access code: %(name)s", name=name)
    assert (books(ASSIGNMENTS), books(LETTERS)) == once


def test_two_clicks_on_a_new_person_make_one_person(owner, books):
    owner.buys(COURSE, 1)
    owner.follow("Assign a seat")
    people, assigned = books(PEOPLE), books(ASSIGNMENTS)
    owner.type("First name", "Rébecca")
    owner.type("Last name", "Doubleclic")

    double_click(owner, "Add and assign")

    owner.arrives_at("Access code: %(name)s", name="Rébecca Doubleclic")
    assert (books(PEOPLE), books(ASSIGNMENTS)) == (people + 1, assigned + 1)


def test_two_clicks_on_the_deeds_of_a_seat_do_each_of_them_once(owner, books):
    """Correct, replace, release."""
    owner.buys(COURSE, 1)
    owner.follow("Assign a seat")
    owner.type("Email address", "rose.clic@exemple.ca")
    owner.assigns_to_newcomer("Rose", "Clic")

    code, letters = owner.code, books(LETTERS)
    owner.follow("Correct")
    owner.type("Last name", "Déclic")
    double_click(owner, "Save")
    owner.arrives_at("Access code: %(name)s", name="Rose Déclic")
    assert (owner.code, books(LETTERS)) == (code, letters)

    assigned, in_force = books(ASSIGNMENTS), books(IN_FORCE)
    owner.follow("Replace")
    newcomer = owner.chooses_someone()
    double_click(owner, "Continue")
    owner.sees("What will happen")
    double_click(owner, "Replace")
    owner.arrives_at("Access code: %(name)s", name=newcomer)
    assert (books(ASSIGNMENTS), books(IN_FORCE)) == (assigned + 1, in_force)

    owner.follow("Release the seat")
    double_click(owner, "Release the seat")
    owner.arrives_at("The seat is available again")
    assert (books(ASSIGNMENTS), books(IN_FORCE)) == (assigned + 1, in_force - 1)


def test_two_clicks_on_resend_write_one_letter(owner, books):
    owner.go("/mes-achats/")
    sent = owner.page.get_by_role("row").filter(has_text=owner.said("Email sent")).first
    sent.get_by_role("rowheader").get_by_role("link").click()
    owner.button("Resend the email").wait_for()
    letters = books(LETTERS)

    double_click(owner, "Resend the email")

    # Either the first answer shows, or the second: it was sent a moment ago.
    owner.page.locator(".flashes, .errsum").first.wait_for()
    owner.page.reload()
    assert books(LETTERS) == letters + 1


@pytest.mark.parametrize("cookies_lost", ["csrftoken", "sessionid"])
def test_a_form_open_for_too_long_changes_nothing_and_says_so(cookies_lost, owner, books, complaints):
    """The browser forgot its cookies meanwhile: the page says what to do, or asks who one is."""
    complaints.forgive("status of 403")
    owner.go("/equipe/nouvelle-personne/")
    people = books(PEOPLE)
    owner.type("First name", "Oubli")
    owner.type("Last name", "Témoin")
    owner.page.context.clear_cookies(name=cookies_lost)

    owner.press("Add")

    if cookies_lost == "csrftoken":
        owner.arrives_at("This page was open for too long")
        owner.follow("Reload the page")
        owner.arrives_at("Add a person")
    else:
        owner.sees("Already have a profile? Continue here")
    assert books(PEOPLE) == people


def test_a_deadline_that_passed_says_whom_to_ask(owner, books, complaints):
    complaints.forgive("status of 409")
    owner.go("/mes-achats/")
    late = owner.page.locator("main td.act a[href^='/places/']:not([href$='/remplacement/'])").first
    seat = late.get_attribute("href")
    in_force = books(IN_FORCE)

    for deed in ("remplacement", "liberation"):
        owner.page.goto(f"{seat}{deed}/")
        owner.arrives_at("Replacement is closed")
        assert owner.page.get_by_role("main").get_by_role("link", name="inscriptions@exemple.ca").is_visible()

    owner.follow("See the seat")
    owner.page.locator("main code").wait_for()
    assert books(IN_FORCE) == in_force
