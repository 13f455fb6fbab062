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
    owner.page.wait_for_url(lambda address: "/connexion/" not in address)
    signed_in = context.storage_state()
    context.close()
    return signed_in


@pytest.fixture
def owner(new_page: Callable, owner_signed_in: dict) -> Visitor:
    """The owner, signed in, in French."""
    return Visitor(new_page(storage_state=owner_signed_in))


@pytest.fixture
def a_new_owner(new_page: Callable) -> Callable[[str, str], Visitor]:
    """`a_new_owner("Garderie du Coteau", "garderie@exemple.ca")`: someone who has just opened a profile."""

    def a_new_owner(establishment: str, email: str) -> Visitor:
        owner = Visitor(new_page())
        owner.go("/inscription/")
        owner.signs_up(establishment, email)
        owner.opens_confirmation(email)
        owner.press("Confirm my address")
        owner.arrives_at("My purchases")
        return owner

    return a_new_owner


@pytest.fixture(autouse=True)
def _nothing_breaks(shop: Demonstration) -> Iterator[None]:
    """Whatever is pressed, and however often, no process writes down that something went wrong."""
    logs = [shop.logs / f"{part}.log" for part in ("web", "worker")]
    before = {log: _length(log) for log in logs}
    yield
    written = {log.stem: log.read_text(errors="replace")[before[log] :] for log in logs if log.exists()}
    assert {part: text for part, text in written.items() if "Traceback" in text} == {}


def _length(log: Path) -> int:
    return len(log.read_text(errors="replace")) if log.exists() else 0
