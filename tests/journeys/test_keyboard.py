"""A purchase and an assignment without a mouse: Tab, Space, Enter, and one always sees where one is."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pupitre.running import OWNER, PASSWORD, STAFF
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOST_TABS = 150
# The outline is drawn on what is focused, or on the card that holds it.
OUTLINE = """() => {
    const focused = document.activeElement;
    const drawnOn = [focused, focused.closest(".choice, .course")].filter(Boolean);
    return drawnOn.some(it => it.matches(":focus-visible, :has(:focus-visible)")
        && getComputedStyle(it).outlineStyle !== "none"
        && parseFloat(getComputedStyle(it).outlineWidth) >= 2);
}"""
IN_SIGHT = """() => {
    const box = document.activeElement.getBoundingClientRect();
    const centre = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return !centre || document.activeElement.contains(centre) || centre.contains(document.activeElement);
}"""


class Keyboard:
    """Two hands on a keyboard."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def tab_to(self, is_there: Callable[[], bool]) -> None:
        """Press Tab until one is there; every stop on the way is seen."""
        for _stop in range(MOST_TABS):
            if is_there():
                return
            self.page.keyboard.press("Tab")
            if self.page.evaluate("document.activeElement !== document.body"):
                focused = self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
                assert self.page.evaluate(OUTLINE), f"nothing shows that this is focused: {focused}"
                assert self.page.evaluate(IN_SIGHT), f"something hides it: {focused}"
        raise AssertionError("Tab never leads there")

    def tab_into(self, selector: str) -> None:
        there = self.page.locator(selector)
        self.tab_to(lambda: there.evaluate_all("found => found.includes(document.activeElement)"))

    def press(self, name: str, key: str = "Enter") -> None:
        """Go to the button or link that begins so, and press it."""
        self.tab_to(lambda: self._says().startswith(name))
        self.page.keyboard.press(key)

    def type(self, selector: str, text: str) -> None:
        self.tab_into(selector)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def _says(self) -> str:
        said = self.page.evaluate("document.activeElement.matches('a, button') ? document.activeElement.innerText : ''")
        return " ".join(said.split())


def test_a_purchase_and_an_assignment_with_the_keyboard_alone(page):
    owner, keyboard = Visitor(page), Keyboard(page)

    owner.go("/")
    keyboard.press("Secourisme en milieu de travail")
    owner.arrives_at("Secourisme en milieu de travail")
    keyboard.tab_into("input[name=session]")
    page.keyboard.press("ArrowDown")
    keyboard.type("input[name=quantity]", "2")
    keyboard.press(owner.said("Add to cart"))
    owner.arrives_at("Cart")
    keyboard.press(owner.said("Continue"))
    owner.sees("Already have a profile? Continue here")
    keyboard.type("#id_login", OWNER)
    keyboard.type("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    owner.arrives_at("Review your order")
    keyboard.press(owner.said("Pay by card"), key="Space")
    page.wait_for_url("**/c/pay/**")
    page.keyboard.press("Tab")
    _pay(page)
    owner.arrives_at("Thank you! Your order is paid")

    keyboard.press(owner.said("Assign a seat"))
    owner.arrives_at("Who is this seat for?")
    keyboard.tab_into("input[name=people]")
    page.keyboard.press("Space")
    keyboard.press(owner.said("Assign"), key="Space")
    page.locator("main code").wait_for()
    keyboard.press(owner.said("Assign another seat"))
    owner.arrives_at("Who is this seat for?")
    keyboard.type("#id_first_name", "Rosalie")
    keyboard.type("#id_last_name", "Clavier")
    page.keyboard.press("Enter")
    owner.arrives_at("Access code: %(name)s", name="Rosalie Clavier")


def _pay(page: Page) -> None:
    """The payment service's own page: not ours to judge, but it takes a keyboard too."""
    page.get_by_role("link", name="4242 4242 4242 4242").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/c/pay/*card=*")
    page.locator("form button[type=submit]").first.focus()
    page.keyboard.press("Enter")


def test_the_first_stop_of_a_page_skips_to_its_content(page):
    page.goto("/")
    page.keyboard.press("Tab")

    skip = page.get_by_role("link", name="Aller au contenu")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_a_refused_form_begins_with_what_is_wrong_and_leads_to_the_field(page):
    visitor, keyboard = Visitor(page), Keyboard(page)
    visitor.go("/connexion/")
    visitor.signs_in(STAFF, "")

    expect(page.get_by_role("alert")).to_be_focused()
    assert page.title().startswith(visitor.said("Error:"))
    keyboard.tab_to(lambda: page.evaluate("document.activeElement.matches('.errsum a')"))
    page.keyboard.press("Enter")

    expect(page.locator("#id_password")).to_be_focused()
    assert page.locator("#id_password").get_attribute("aria-invalid") == "true"
    expect(page.locator("#id_login")).to_have_value(STAFF)


def test_the_menu_of_the_profile_opens_and_closes_with_the_keyboard(owner):
    page, keyboard = owner.page, Keyboard(owner.page)
    owner.go("/equipe/")
    keyboard.tab_into("details.menu summary")

    page.keyboard.press("Enter")
    expect(page.locator("details.menu")).to_have_attribute("open", "")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('details.menu a')")
    page.keyboard.press("Escape")

    expect(page.locator("details.menu")).not_to_have_attribute("open", "")
    expect(page.locator("details.menu summary")).to_be_focused()
