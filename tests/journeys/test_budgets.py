"""What a task costs: pages, clicks, fields to fill; and what a page costs: requests and kilobytes. UX.md, 11."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from tests.journeys.visitor import Visitor
from tests.world import lines_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KB = 1024


def cost(visitor: Visitor) -> dict[str, int]:
    visitor.page.wait_for_load_state()
    return {"pages": visitor.pages_seen, "clicks": visitor.clicks, "fields": visitor.fields_typed}


def presses_at_last(visitor: Visitor, name: str, **most: int) -> None:
    """The button that ends the task, which is one more click; the page that answers is no longer part of it."""
    visitor.clicks += 1
    assert cost(visitor) == most
    visitor.press(name)


# --- tasks -----------------------------------------------------------------------------------------------------------
def test_a_known_owner_buys_three_seats(page):
    owner = Visitor(page)
    owner.puts_in_cart("prevenir-le-harcelement-au-travail", 3)
    owner.follow("Continue")
    owner.sees("Already have a profile? Continue here")
    owner.signs_in()
    owner.arrives_at("Review your order")

    presses_at_last(owner, "Pay by card", pages=4, clicks=5, fields=3)
    page.wait_for_url("**/c/pay/**")
    _gives_up(owner)


def test_a_new_owner_buys_three_seats(page):
    """One page and one click more than hoped for: opening the link of a letter changes nothing, a button does."""
    owner = Visitor(page)
    owner.puts_in_cart("prevenir-le-harcelement-au-travail", 3)
    owner.follow("Continue")
    owner.follow("Create an owner profile")
    owner.arrives_at("Create an owner profile")
    owner.signs_up("École des Remous", "ecole@exemple.ca")
    with _not_counted(owner):
        owner.opens_letter("ecole@exemple.ca")
    owner.click("main a[href*='/courriel/confirmation/']")
    owner.press("Confirm my address")
    owner.arrives_at("Review your order")

    presses_at_last(owner, "Pay by card", pages=7, clicks=8, fields=6)
    page.wait_for_url("**/c/pay/**")
    _gives_up(owner)


@pytest.fixture(params=[True, False], ids=["", "without-javascript"])
def any_owner(request, new_page, owner_signed_in) -> Visitor:
    return Visitor(new_page(storage_state=owner_signed_in, java_script_enabled=request.param))


def test_a_known_person_is_assigned_from_my_purchases(any_owner):
    owner = any_owner
    owner.go("/mes-achats/")
    owner.follow("Assign")
    owner.arrives_at("Who is this seat for?")
    owner.chooses_someone()

    presses_at_last(owner, "Assign", pages=2, clicks=3, fields=0)
    owner.page.locator("main code").wait_for()


@pytest.mark.parametrize(
    ("has_script", "course"),
    [
        pytest.param(True, "l-intelligence-artificielle-au-travail", id="with JavaScript"),
        pytest.param(False, "prevenir-le-harcelement-au-travail", id="without"),
    ],
)
def test_thirty_people_are_assigned_from_a_spreadsheet(new_page, owner_signed_in, has_script, course):
    owner = Visitor(new_page(storage_state=owner_signed_in, java_script_enabled=has_script))
    owner.buys(course, 30)
    session = owner.page.locator("main a[href*='/assignation/']").first.get_attribute("href").partition("?")[0]
    cells = lines_of(30).replace(", ", "\t")
    if not has_script:  # other people, of other families, at other addresses
        cells = cells.replace("Gagnon", "Bélanger").replace("@ecole.ca", "@clinique.ca")
    owner.start_counting()

    owner.go("/mes-achats/?etat=a-assigner")
    owner.click(f"main a[href^='{session}']")
    owner.arrives_at("Who is this seat for?")
    owner.type("Name and email address, one person per line", cells)
    owner.press("See the preview")
    owner.arrives_at("Preview of the list")
    owner.clicks += 1

    assert cost(owner) == {"pages": 3, "clicks": 3, "fields": 1}
    owner.page.locator("main button.main").click()
    owner.page.get_by_role("heading", level=1, name="30 places assignées").wait_for()
    assert owner.page.locator("main code").count() == 25


def test_the_owner_takes_a_seat_after_paying(owner):
    owner.buys("l-intelligence-artificielle-au-travail", 2)
    owner.start_counting()
    owner.page.reload()

    presses_at_last(owner, "This is my own registration", pages=1, clicks=1, fields=0)
    owner.sees("Done: this seat is in your name.")


def test_a_person_is_replaced_by_a_known_one(any_owner):
    owner = any_owner
    owner.go("/mes-achats/")
    owner.follow("Replace")
    owner.arrives_at("Replace the registered person")
    newcomer = owner.chooses_someone()
    owner.press("Continue")
    owner.sees("What will happen")

    presses_at_last(owner, "Replace", pages=3, clicks=4, fields=0)
    owner.arrives_at("Access code: %(name)s", name=newcomer)


def test_a_participant_opens_the_course_from_the_letter(owner, new_page):
    owner.buys("secourisme-adapte-a-la-petite-enfance", 1)
    owner.follow("Assign a seat")
    owner.type("Email address", "lise.courriel@exemple.ca")
    owner.assigns_to_newcomer("Lise", "Courriel")

    participant = Visitor(new_page())
    participant.opens_letter("lise.courriel@exemple.ca")
    participant.start_counting()
    participant.click("main a[href*='/acces/']")
    participant.press("Yes, open my course")
    participant.link("Calendar file (.ics)").wait_for()

    assert cost(participant) == {"pages": 2, "clicks": 2, "fields": 0}


def _gives_up(owner: Visitor) -> None:
    """Leave the payment page, and nothing in the cart, for those who come after."""
    owner.page.locator("form a").first.click()
    owner.press("Change the number of seats")
    owner.arrives_at("Cart")
    owner.press("Remove")
    owner.sees("Your cart is empty")


@contextmanager
def _not_counted(visitor: Visitor) -> Iterator[None]:
    before = cost(visitor)
    yield
    visitor.pages_seen, visitor.clicks, visitor.fields_typed = before.values()


# --- weights ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Fetched:
    """One answer that came over the network, as it was sent: compressed."""

    kind: str  # Document, Stylesheet, Script, Font, Image, Other (the icon of the tab)
    address: str
    size: int


class Wire:
    """What passes between the browser and the shop."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.network = page.context.new_cdp_session(page)
        self.network.send("Network.enable")
        self.network.on("Network.responseReceived", self._note_answer)
        self.network.on("Network.requestServedFromCache", lambda event: self.kept.add(event["requestId"]))
        self.network.on("Network.loadingFinished", self._note_size)
        self.forget()

    def forget(self) -> None:
        self.answers: dict[str, tuple[str, str]] = {}
        self.kept: set[str] = set()
        self.sizes: dict[str, int] = {}

    def visit(self, path: str) -> list[Fetched]:
        """Everything fetched to show a page; what the browser already had is not fetched."""
        self.forget()
        self.page.goto(path, wait_until="networkidle")
        return [
            Fetched(kind, address, self.sizes[request])
            for request, (kind, address) in self.answers.items()
            if request not in self.kept and request in self.sizes
        ]

    def _note_answer(self, event: dict) -> None:
        answer = event["response"]
        if answer["url"].startswith("http") and not answer.get("fromDiskCache"):
            self.answers[event["requestId"]] = (event["type"], answer["url"])

    def _note_size(self, event: dict) -> None:
        self.sizes[event["requestId"]] = event["encodedDataLength"]


def weight(fetched: list[Fetched], *kinds: str) -> float:
    return sum(one.size for one in fetched if not kinds or one.kind in kinds) / KB


@pytest.mark.parametrize("path", ["/", "/cours/secourisme-en-milieu-de-travail/", "/connexion/", "/acces/"])
def test_a_first_visit_is_light_and_a_second_one_lighter(path, page):
    wire = Wire(page)

    first = [one for one in wire.visit(path) if one.kind != "Image"]
    again = [one for one in wire.visit(path) if one.kind != "Image"]

    assert {one.kind for one in first} == {"Document", "Stylesheet", "Script", "Font", "Other"}, first
    assert len(first) <= 6, first
    assert weight(first) <= 70, first
    assert weight(first, "Document") <= 10, first
    assert weight(first, "Stylesheet") <= 12, first
    assert weight(first, "Script") <= 18, first
    assert [one.kind for one in again] == ["Document"], again
    assert weight(again) <= 10, again


def test_the_pages_of_an_owner_are_one_light_request_each(owner):
    wire = Wire(owner.page)
    wire.visit("/compte/")
    owner.go("/mes-achats/")
    seat = owner.page.locator("main tbody th a").first.get_attribute("href")
    session = owner.page.locator("main section h3 a").first.get_attribute("href")
    owner.go("/mes-achats/?etat=a-assigner")
    assignment = owner.page.locator("main td.act a[href*='/assignation/']").first.get_attribute("href")

    for path in ("/mes-achats/", "/equipe/", "/panier/", seat, session, assignment):
        fetched = [one for one in wire.visit(path) if one.kind not in ("Image", "Font")]
        assert [one.kind for one in fetched] == ["Document"], (path, fetched)
        assert weight(fetched) <= 10, (path, fetched)
