"""A person in front of the shop, in French or in English, with or without JavaScript."""

from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Locator, Page

from pupitre.running import OWNER, PASSWORD


class Visitor:
    """Reads the page in their language and presses what it says."""

    def __init__(self, page: Page, language: str = "fr-ca") -> None:
        self.page = page
        self.language = language
        self.prefix = "/en" if language == "en" else ""
        self.pages_seen = 0
        self.clicks = 0
        self.fields_typed = 0
        page.on("framenavigated", lambda frame: self._count_page(frame))

    def said(self, sentence: str, **facts: object) -> str:
        """A sentence of the shop as this person reads it."""
        with translation.override(self.language):
            return gettext(sentence).format(**facts)

    def go(self, path: str) -> None:
        self.page.goto(f"{self.prefix}{path}")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=self.said(name)).first

    def link(self, name: str) -> Locator:
        return self.page.locator("main").get_by_role("link", name=self.said(name)).first

    def press(self, name: str) -> None:
        self._click(self.button(name))

    def follow(self, name: str) -> None:
        self._click(self.link(name))

    def click(self, selector: str) -> None:
        self._click(self.page.locator(selector).first)

    def tick(self, name: str) -> None:
        """Tick the box of a person."""
        self.clicks += 1
        self.page.get_by_label(name).first.check()

    def type(self, label: str, text: str) -> None:
        self.fields_typed += 1
        self.page.get_by_label(self.said(label)).first.fill(text)

    def sees(self, sentence: str, **facts: object) -> None:
        """Fail unless the sentence is on the page."""
        self.page.get_by_text(self.said(sentence, **facts)).first.wait_for()

    @property
    def title(self) -> str:
        return self.page.locator("h1").inner_text()

    def signs_in(self, email: str = OWNER, password: str = PASSWORD) -> None:
        self.type("Establishment email address", email)
        self.type("Password", password)
        self.press("Continue")

    def pays_with_card(self, number: str = "4242 4242 4242 4242") -> None:
        """On the payment page: take a test card, press the button."""
        self.page.wait_for_url("**/c/pay/**")
        self.page.fill("input[name=number]", number)
        self.page.fill("input[name=expiry]", "12/34")
        self.page.fill("input[name=cvc]", "123")
        self.page.locator("form button[type=submit]").first.click()

    def pays_with_paypal(self, account: str = "pays") -> None:
        self.page.wait_for_url("**/checkoutnow**")
        self.page.locator(f"button[value={account}]").click()

    def start_counting(self) -> None:
        self.pages_seen = self.clicks = self.fields_typed = 0

    def _click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def _count_page(self, frame) -> None:
        if frame == self.page.main_frame:
            self.pages_seen += 1
