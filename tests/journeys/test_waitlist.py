"""A session is full: someone waits, someone else gives seats back, and the letter leads to the seats."""

import pytest
from playwright.sync_api import expect

from tests.journeys.looking import faults
from tests.journeys.visitor import LAST, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "francais-langue-seconde-au-travail"
ROOM = 12  # in its last session, which nobody else buys
FIRST = 0  # its session where nine seats of twelve are left
NEIGHBOUR, WAITING = "residence.du.marais@exemple.ca", "garderie.des.saules@exemple.ca"


def test_seats_given_back_go_to_who_waited(a_new_owner, picture):
    neighbour = a_new_owner("Résidence du Marais", NEIGHBOUR)
    neighbour.buys(COURSE, ROOM)
    order = neighbour.page.url
    waiting = a_new_owner("Garderie des Saules", WAITING)

    waiting.go(f"/cours/{COURSE}/")
    waiting.page.get_by_role("main").get_by_role("link", name=waiting.said("Waiting list")).nth(LAST).click()
    waiting.arrives_at("Waiting list")
    assert faults(waiting.page) == {}
    picture(waiting.page, "waitlist/1-ask")
    waiting.type("Number of seats", "2")
    waiting.page.get_by_label(waiting.said("Wait for all of them together")).check()
    waiting.press("Join the waiting list")
    waiting.sees("Position in the queue")
    assert faults(waiting.page) == {}
    picture(waiting.page, "waitlist/2-waiting")

    neighbour.page.goto(order.replace("/merci/", "/remboursement/"))
    places = neighbour.page.locator("input[name=places]:enabled")
    places.nth(0).check()
    places.nth(1).check()
    neighbour.press("Continue")
    neighbour.press("Give the seats back")

    waiting.opens_letter(WAITING, about="se sont libérées")
    waiting.click("main a[href*='/commande/']")
    waiting.arrives_at("What you waited for is held for you")
    assert faults(waiting.page) == {}
    picture(waiting.page, "waitlist/3-offer")
    waiting.accepts_terms()
    waiting.press("Pay by card")
    waiting.pays_with_card()

    waiting.arrives_at("Thank you! Your order is paid")
    waiting.go("/mes-achats/")
    expect(waiting.page.get_by_role("main").locator("tbody tr")).to_have_count(2)


def test_more_than_are_left_can_be_waited_for_without_javascript(new_page, owner_signed_in):
    """In the cart: take what is left and wait for the rest."""
    owner = Visitor(new_page(storage_state=owner_signed_in, java_script_enabled=False))
    owner.puts_in_cart(COURSE, 1, session=FIRST)
    owner.type("Number of seats", "11")
    owner.press("Update")

    owner.page.locator("button[value=take]").click()

    owner.sees("9 places sont dans votre panier. Votre établissement attend 2 places.")
    owner.press("Remove")
    owner.go("/liste-attente/")
    owner.page.locator("form[action$='/retrait/'] button", has_text="Français langue seconde").click()
    owner.sees("Your establishment has left this waiting list.")
