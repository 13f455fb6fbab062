"""Stripe's lists: newest first, by pages that begin after, or end before, an object already seen."""

from pupitre.sandbox.state import Document, state
from pupitre.sandbox.stripe.objects import DEEPEST, Refusal, shown


def listed(kind: str, url: str, asked: Document, *filters: str) -> Document:
    """The objects of a kind whose fields equal what was asked for."""
    equal = {name: asked[name] for name in filters if name in asked}
    return page(url, asked, state.all(kind, **equal), expand=_inside(asked.get("expand", [])))


def _inside(paths: list[str]) -> list[str]:
    for path in paths:
        if not path.startswith("data.") or path.count(".") > DEEPEST:
            raise Refusal(f"This property cannot be expanded ({path}).", param="expand[0]")
    return [path.removeprefix("data.") for path in paths]


def page(url: str, asked: Document, found: list[Document], *, expand: list[str] | None = None) -> Document:
    limit = asked.get("limit", 10)
    if not 1 <= limit <= 100:
        raise Refusal("This value must be between 1 and 100.", param="limit")
    found = [thing for thing in found if _is_within(thing["created"], asked.get("created", {}))]
    if "starting_after" in asked:
        found = found[_place(asked["starting_after"], found) + 1 :]
    if "ending_before" in asked:
        found = found[: _place(asked["ending_before"], found)]
        more, found = len(found) > limit, found[-limit:]
    else:
        more, found = len(found) > limit, found[:limit]
    return {"object": "list", "url": url, "has_more": more, "data": [shown(thing, expand) for thing in found]}


def _is_within(moment: int, bounds: Document) -> bool:
    return bounds.get("gte", moment) <= moment <= bounds.get("lte", moment) and bounds.get(
        "gt", moment - 1
    ) < moment < bounds.get("lt", moment + 1)


def _place(name: str, found: list[Document]) -> int:
    for place, thing in enumerate(found):
        if thing["id"] == name:
            return place
    raise Refusal(f"No such object: '{name}'", code="resource_missing", param="starting_after")
