"""Reading the pages of the back office."""

import re
from html import unescape


def text(answer) -> str:
    """What the page says, on one line, with ordinary spaces."""
    inside = re.search(r'<div id="content" .*<footer', answer.content.decode(), re.DOTALL)
    assert inside, "not a page of the back office"
    return plain(unescape(re.sub(r"<[^>]+>", " ", inside[0])))


def plain(sentence: object) -> str:
    """A sentence with ordinary spaces."""
    return " ".join(str(sentence).split())


def hidden(answer) -> dict[str, list[str]]:
    """What the last form of the page sends by itself."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode()):
        if name != "csrfmiddlewaretoken":
            found.setdefault(name, []).append(unescape(value))
    return found
