"""`make guide`: walk the eight steps in a browser and draw the pictures of the guide again.

Each picture is a part of a real page of a new demonstration; its call-outs are placed from where the elements are.
"""

import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import django
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
README_PICTURE = ROOT / "docs" / "images" / "shop.png"

WIDTH = 1000  # of the window, in CSS pixels
HEIGHT = 1080
SCALE = 1.5
LARGEST = 60 * 1024
COLOURS = (256, 128, 64, 48)
MARGIN = 24  # around what is shown
MARK = 17  # radius of a call-out, as the guide draws it

COURSES = {"fr": "gerer-une-equipe-pour-la-premiere-fois", "en": "donner-une-retroaction-utile"}


@dataclass
class Album:
    """The pictures of the guide in one language."""

    folder: Path
    shots: dict[str, dict] = field(default_factory=dict)

    def take(self, page, step: str, top, bottom, *called_out) -> None:
        """A picture of the page, from the top of one element to the bottom of others, and where its call-outs go."""
        page.mouse.move(0, 0)
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
        frame = _frame(page, top, bottom)
        drawn = page.screenshot(clip=frame, full_page=True, animations="disabled")
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{step}.webp").write_bytes(_compressed(drawn))
        marks = [_mark(element, frame) for element in called_out]
        self.shots[step] = {"width": frame["width"], "height": frame["height"], "marks": marks}

    def close(self) -> None:
        (self.folder / "shots.json").write_text(json.dumps(self.shots, indent=2) + "\n")


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        print("The pictures are taken with Chromium, and there is none on this machine.", file=sys.stderr)
        return 1
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    with _a_browser_in_a_new_shop(chromium) as (browser, address):
        for language in COURSES:
            _walk(browser, address, language)
        _draw_for_the_readme(browser, address)
    return 0


@contextlib.contextmanager
def _a_browser_in_a_new_shop(chromium: str) -> Iterator[tuple]:
    from playwright.sync_api import sync_playwright

    from tests.conftest import CHROMIUM_FLAGS
    from tests.shop_processes import running_shop

    with (
        tempfile.TemporaryDirectory(prefix="pupitre-guide-") as folder,
        running_shop(Path(folder)) as shop,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser, shop.addresses.shop
        browser.close()


def _new_page(browser, address: str, **options):
    context = browser.new_context(
        base_url=address, timezone_id="America/Toronto", color_scheme="light", reduced_motion="reduce", **options
    )
    return context.new_page()


def _walk(browser, address: str, language: str) -> None:
    from pupitre.guide import PICTURES
    from pupitre.running import OWNER, PASSWORD
    from tests.journeys.visitor import Visitor

    page = _new_page(browser, address, viewport={"width": WIDTH, "height": HEIGHT}, device_scale_factor=SCALE)
    owner = Visitor(page, {"fr": "fr-ca", "en": "en"}[language])
    album = Album(PICTURES / language)
    title = page.get_by_role("heading", level=1)

    owner.puts_in_cart(COURSES[language], 3)
    quantity, update, onward = owner.field("Number of seats"), owner.button("Update"), owner.link("Continue")
    album.take(page, "cart", title, page.locator("main .card"), quantity, update, onward)

    owner.follow("Continue")
    card = owner.card("Already have a profile? Continue here")
    owner.type("Establishment email address", OWNER)
    owner.type("Password", PASSWORD)
    email, password = owner.field("Establishment email address"), owner.field("Password")
    album.take(page, "sign-in", title, card, email, password, owner.button("Continue"))

    owner.press("Continue")
    owner.arrives_at("Review your order")
    page.reload()  # the greeting has been read
    change, pay = owner.link("Change"), owner.button("Pay by card")
    album.take(page, "review", title, page.locator("main .cols"), change, pay)

    owner.accepts_terms()
    owner.press("Pay by card")
    owner.pays_with_card()
    owner.arrives_at("Thank you! Your order is paid")
    order = re.search(r"DEMO-\w+", page.get_by_role("main").inner_text())[0]
    assign, own = owner.link("Assign a seat"), owner.button("This is my own registration")
    album.take(page, "thanks", title, owner.link("Assign later"), assign, own)

    owner.press("This is my own registration")
    owner.follow("Assign another seat")
    owner.arrives_at("Who is this seat for?")
    someone = owner.chooses_someone()
    people, newcomer = page.locator("#people .choice:has(:checked)"), owner.card("New person")
    album.take(page, "assign", title, owner.button("Assign"), people, newcomer, owner.button("Assign"))

    owner.press("Assign")
    owner.arrives_at("Access code: %(name)s", name=someone)
    seat = page.url
    page.reload()
    sheet, another = owner.link("Download the registration confirmation (PDF)"), owner.link("Assign another seat")
    album.take(page, "code", title, another, page.locator("main .ticket code"), sheet, another)

    owner.go(f"/mes-achats/?q={order}")
    rows = page.locator("main .group").first
    album.take(page, "purchases", title, rows, owner.link("Assign"), owner.link("Replace"))

    page.goto(seat)
    owner.follow("Release the seat")
    owner.press("Release the seat")
    owner.arrives_at("The seat is available again")
    again = owner.link("Assign this seat")
    album.take(page, "released", title, page.locator("main .cols"), again)

    album.close()
    page.context.close()


def _draw_for_the_readme(browser, address: str) -> None:
    from tests.journeys.visitor import Visitor

    page = _new_page(browser, address, viewport={"width": 1280, "height": 1120})
    Visitor(page).go("/")
    page.wait_for_load_state("networkidle")
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    _in_few_colours(page.screenshot(animations="disabled"), 256).quantize(256).save(README_PICTURE, optimize=True)
    page.context.close()


def _frame(page, top, bottom) -> dict[str, int]:
    """The part of the page between elements, as wide as the window, in whole pixels."""
    boxes = [element.bounding_box() for element in bottom.all()]
    above = max(0, round(top.bounding_box()["y"]) - MARGIN)
    below = round(max(box["y"] + box["height"] for box in boxes)) + MARGIN
    return {"x": 0, "y": above, "width": WIDTH, "height": below - above}


def _mark(element, frame: dict[str, int]) -> list[int]:
    """On the left edge of an element, where it hides no word; on its first line when it is tall."""
    box = element.bounding_box()
    room = element.evaluate("it => parseFloat(getComputedStyle(it).paddingLeft)")
    x = box["x"] - (MARK * 0.6 if room > MARK / 2 else MARK * 1.3)
    y = box["y"] + min(box["height"] / 2, 2 * MARK)
    return [max(MARK + 2, round(x)), round(y) - frame["y"]]


def _compressed(drawn: bytes) -> bytes:
    """The picture as the guide serves it: sharp letters, and as many colours as stay light."""
    for colours in COLOURS:
        kept = BytesIO()
        _in_few_colours(drawn, colours).save(kept, "WEBP", lossless=True, quality=80, method=4)
        if kept.tell() <= LARGEST:
            break
    return kept.getvalue()


def _in_few_colours(drawn: bytes, colours: int) -> Image.Image:
    picture = Image.open(BytesIO(drawn)).convert("RGB")
    return picture.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")


if __name__ == "__main__":
    sys.exit(main())
