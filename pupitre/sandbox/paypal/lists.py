"""PayPal's lists: newest first, between two moments, by pages that name the next one in their links."""

from datetime import datetime
from urllib.parse import urlencode

from pupitre.sandbox.paypal.objects import link
from pupitre.sandbox.paypal.refusals import not_conforming
from pupitre.sandbox.state import Document

MOST = 10**6


def page(path: str, query: Document, found: list[Document], *, size: str) -> tuple[list[Document], list[Document]]:
    """One page of what was found, and the links to put beside it."""
    length = _number(query.get("page_size", size), "page_size")
    begins = _number(query.get("next_page_token", "0"), "next_page_token")
    links = [link("self", "GET", path)]
    if len(found) > begins + length:
        following = urlencode(query | {"next_page_token": begins + length})
        links.append(link("next", "GET", f"{path}?{following}"))
    return found[begins : begins + length], links


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST):
        raise not_conforming(f"/{name}")
    return int(text)


def is_between(made: str, query: Document) -> bool:
    begins, ends = query.get("start_time", made), query.get("end_time", made)
    return _moment(begins, "start_time") <= _moment(made, "create_time") <= _moment(ends, "end_time")


def _moment(text: str, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise not_conforming(f"/{name}") from error
    if moment.tzinfo is None:
        raise not_conforming(f"/{name}")
    return moment
