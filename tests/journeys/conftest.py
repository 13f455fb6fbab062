"""What every journey stands on: an owner who is signed in already, and a shop that never breaks down meanwhile."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pupitre.running import Demonstration
from tests.journeys.visitor import Visitor


@pytest.fixture(scope="session")
def owner_signed_in(browser, shop: Demonstration) -> dict:
    """The cookies of the owner's browser, to begin a journey signed in."""
    context = browser.new_context(base_url=shop.addresses.shop, locale="fr-CA", timezone_id="America/Toronto")
    owner = Visitor(context.new_page())
    owner.go("/connexion/")
    owner.signs_in()
    owner.arrives_at("My purchases")
    signed_in = context.storage_state()
    context.close()
    return signed_in


@pytest.fixture
def owner(new_page: Callable, owner_signed_in: dict) -> Visitor:
    """The owner, signed in, in French."""
    return Visitor(new_page(storage_state=owner_signed_in))


@pytest.fixture(autouse=True)
def _nothing_breaks(shop: Demonstration) -> Iterator[None]:
    """Whatever is pressed, and however often, no process writes down that something went wrong."""
    logs = [shop.logs / f"{part}.log" for part in ("web", "worker", "sandbox")]
    before = {log: _length(log) for log in logs}
    yield
    written = {log.stem: log.read_text(errors="replace")[before[log] :] for log in logs if log.exists()}
    assert {part: text for part, text in written.items() if "Traceback" in text} == {}


def _length(log: Path) -> int:
    return len(log.read_text(errors="replace")) if log.exists() else 0
