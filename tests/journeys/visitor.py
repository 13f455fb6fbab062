"""A person in front of the shop, in French or in English, with or without JavaScript."""

import re

from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Locator, Page, expect

from pupitre.running import OWNER, PASSWORD

LAST = -1  # of the sessions that a course offers
PATIENCE = 60  # how many times one looks for a letter
A_MOMENT = 250  # milliseconds between two looks


class Visitor:
    """Reads the page in their language and presses what it says."""

    def __init__(self, page: Page, language: str = "fr-ca") -> None:
        self.page = page
        self.language = language
        self.prefix = "/en" if language == "en" else ""
        self.start_counting()
        page.on("domcontentloaded", lambda _page: self._count_page())

    # --- read --------------------------------------------------------------------------------------------------------
    def said(self, sentence: str, **facts: object) -> str:
        """A sentence of the shop as this person reads it."""
        with translation.override(self.language):
            translated = gettext(sentence)
        return translated % facts if "%(" in sentence else translated.format(**facts)

    def sees(self, sentence: str, **facts: object) -> None:
        """Fail unless the sentence is on the page."""
        self.page.get_by_text(self.said(sentence, **facts)).first.wait_for()

    def arrives_at(self, title: str, **facts: object) -> None:
        """Wait for the page of that title."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(self.said(title, **facts))

    @property
    def title(self) -> str:
        return self.page.get_by_role("heading", level=1).inner_text()

    def card(self, title: str) -> Locator:
        """The part of the page under a title of its own."""
        return self.page.get_by_role("region", name=self._beginning(title)).first

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=self._beginning(name)).first

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("main").get_by_role("link", name=self._beginning(name)).first

    def field(self, label: str) -> Locator:
        """The field of that label, which may say that it is optional."""
        return self.page.get_by_label(re.compile(rf"^\s*{self._words(label)}\s*(\(.*\))?\s*$")).first

    @property
    def code(self) -> str:
        """The access code that the page shows."""
        return self.page.get_by_role("main").locator("code").first.inner_text()

    # --- act ---------------------------------------------------------------------------------------------------------
    def go(self, path: str) -> None:
        self.page.goto(f"{self.prefix}{path}")

    def press(self, name: str) -> None:
        self._click(self.button(name))

    def follow(self, name: str) -> None:
        self._click(self.link(name))

    def click(self, selector: str) -> None:
        self._click(self.page.locator(selector).first)

    def type(self, label: str, text: str) -> None:
        self.fields_typed += 1
        self.field(label).fill(text)

    # --- buy ---------------------------------------------------------------------------------------------------------
    def puts_in_cart(self, course: str, seats: int, *, session: int = LAST) -> None:
        """From the page of a course to the cart."""
        if f"/cours/{course}/" not in self.page.url:
            self.go(f"/cours/{course}/")
        self.chooses_session(session)
        self.type("Number of seats", str(seats))
        self.press("Add to cart")
        self.arrives_at("Cart")

    def chooses_session(self, which: int = LAST) -> None:
        self.clicks += 1
        self.page.locator("input[name=session]:enabled").nth(which).check()

    def signs_in(self, email: str = OWNER, password: str = PASSWORD) -> None:
        self.type("Establishment email address", email)
        self.type("Password", password)
        self.press("Continue")

    def signs_up(self, establishment: str, email: str) -> None:
        """Open a profile; its address is still to be confirmed."""
        self.type("Establishment name", establishment)
        self.type("Owner’s first name", "Ginette")
        self.type("Owner’s last name", "Tessier")
        self.type("Establishment email address", email)
        self.type("Password", "une phrase longue et facile")
        self.press("Create profile")
        self.arrives_at("Check your email")

    def opens_confirmation(self, email: str) -> None:
        """Follow the link of the letter that asks whether the address is right."""
        self.opens_letter(email)
        self.click("main a[href*='/courriel/confirmation/']")
        self.button("Confirm my address").wait_for()

    def accepts_terms(self) -> None:
        """In French, paying is accepting; English is chosen expressly."""
        if self.language == "en":
            self.click("input[name=chooses_english]")

    def pays_with_card(self, number: str = "4242 4242 4242 4242") -> None:
        """On the payment page: take a test card, press the button."""
        self.page.wait_for_url("**/c/pay/**")
        if not self.page.input_value("input[name=email]"):
            self.page.fill("input[name=email]", "achats@exemple.ca")
        self.page.fill("input[name=number]", number)
        self.page.fill("input[name=expiry]", "12/34")
        self.page.fill("input[name=cvc]", "123")
        self.page.locator("form button[type=submit]").first.click()

    def pays_with_paypal(self, account: str = "pays") -> None:
        """On the other one: take an account that does what its name says."""
        self.page.wait_for_url("**/checkoutnow**")
        self.page.locator(f"button[value={account}]").click()

    def buys(self, course: str, seats: int, *, session: int = LAST) -> None:
        """A whole purchase by someone who is signed in, up to the thanks."""
        self.puts_in_cart(course, seats, session=session)
        self.follow("Continue")
        self.accepts_terms()
        self.press("Pay by card")
        self.pays_with_card()
        self.arrives_at("Thank you! Your order is paid")

    # --- give the seats ----------------------------------------------------------------------------------------------
    def chooses_someone(self) -> str:
        """The first person of the list who may take the seat. Gives their name."""
        person = self.card("Choose from the list").locator("input[name=people]:enabled").first
        self.clicks += 1
        person.check()
        name = person.locator("xpath=ancestor::label").locator(".choice__text")
        return name.evaluate("text => text.firstChild.textContent.trim()")

    def assigns_to_someone(self) -> str:
        name = self.chooses_someone()
        self.press("Assign")
        self.arrives_at("Access code: %(name)s", name=name)
        return name

    def assigns_to_newcomer(self, first_name: str, last_name: str) -> None:
        self.type("First name", first_name)
        self.type("Last name", last_name)
        self.press("Add and assign")
        self.arrives_at("Access code: %(name)s", name=f"{first_name} {last_name}")

    def opens_letter(self, address: str, *, about: str = "") -> None:
        """In the demonstration's post: the newest letter to an address whose subject holds those words."""
        letter = self.page.locator("main tr", has_text=address).filter(has_text=about).get_by_role("link").first
        for _look in range(PATIENCE):
            self.page.goto("/_courriels/")
            if letter.count():
                break
            self.page.wait_for_timeout(A_MOMENT)
        letter.click()
        self.page.wait_for_url("**/_courriels/*/")

    # --- count -------------------------------------------------------------------------------------------------------
    def start_counting(self) -> None:
        self.pages_seen = self.clicks = self.fields_typed = 0

    def _click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def _count_page(self) -> None:
        self.pages_seen += 1

    def _beginning(self, words: str) -> re.Pattern[str]:
        """A name that begins so: what follows is for those who hear the page, and names the row."""
        return re.compile(rf"^\s*{self._words(words)}(?!\w)")

    def _words(self, sentence: str) -> str:
        """The sentence as a pattern: the spaces of a page are not always those of the sentence."""
        return r"\s+".join(re.escape(word) for word in self.said(sentence).split())
