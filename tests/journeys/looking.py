"""Looking at a page as everyone does: wide, on a phone, in the dark, with letters twice as large."""

from collections.abc import Iterator

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

WIDE, PHONE, SMALLEST = 1280, 360, 320
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
WHAT_AXE_FINDS = """async rules => (await axe.run(document, rules)).violations.map(
    fault => `${fault.id}: ${fault.nodes.slice(0, 3).map(node => node.target.join(" ")).join(" | ")}`)"""
# What sticks out, to say more than “something does”.
WHAT_IS_TOO_WIDE = """() => {
    const root = document.documentElement;
    if (root.scrollWidth <= root.clientWidth) return [];
    const sticksOut = it => it.getBoundingClientRect().right > root.clientWidth;
    return [...document.querySelectorAll("body *")].filter(sticksOut).slice(0, 3)
        .map(it => `${it.tagName.toLowerCase()}.${it.className} sticks out`);
}"""


def faults(page: Page, *, widths: tuple[int, ...] = (WIDE, PHONE, SMALLEST), dark: bool = True) -> dict[str, list[str]]:
    """What would stop someone from reading or using this page, by the way of looking at it. Should be empty."""
    found = {way: problems for way, problems in _looks(page, widths, dark) if problems}
    page.set_viewport_size({"width": WIDE, "height": 800})
    page.emulate_media(color_scheme="light")
    return found


def what_sticks_out(page: Page) -> list[str]:
    """What is wider than the screen: one would have to scroll sideways to read it."""
    return page.evaluate(WHAT_IS_TOO_WIDE)


def _looks(page: Page, widths: tuple[int, ...], dark: bool) -> Iterator[tuple[str, list[str]]]:
    page.evaluate(AXE_SCRIPT)
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        yield f"{width} px", what_sticks_out(page)
        for scheme in _lights(width, dark):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            yield f"{width} px, {scheme}", page.evaluate(WHAT_AXE_FINDS, RULES)
    yield "letters twice as large", _with_large_letters(page)


def _lights(width: int, dark: bool) -> tuple[str, ...]:
    """The lights in which axe looks at that width. The smallest screen is laid out as a phone; the dark has the same
    colours at any width.
    """
    if width == SMALLEST:
        return ()
    return ("light", "dark") if dark and width == WIDE else ("light",)


def _with_large_letters(page: Page) -> list[str]:
    page.set_viewport_size({"width": WIDE, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '212.5%'")
    too_wide = what_sticks_out(page)
    page.evaluate("document.documentElement.style.fontSize = ''")
    return too_wide
