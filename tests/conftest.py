"""What the tests stand on: a database, a running shop, and a browser that complains."""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.utils import translation

from pupitre.models import Provider, User
from pupitre.preparing import compile_translations
from pupitre.running import Demonstration
from tests.payment_sandbox import PaymentSandbox, running_sandbox
from tests.shop_processes import running_shop
from tests.world import a_provider, an_owner

# Chromium as a visitor has it, without what calls home by itself.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # once, before pytest-xdist starts its processes
        compile_translations()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need a running shop share one, in one process; it has a database of its own. What touches no database
    says the same of all.
    """
    for item in items:
        needs_a_shop = "shop" in getattr(item, "fixturenames", [])
        if needs_a_shop:
            item.add_marker(pytest.mark.xdist_group("shop"))
        if needs_a_shop or item.get_closest_marker("django_db") is None:
            item.add_marker(pytest.mark.once)


def pytest_terminal_summary(terminalreporter) -> None:
    """Say how much the tests that count went through: random sequences, deaths, states."""
    counts: Counter[str] = Counter()
    for report in terminalreporter.stats.get("passed", []):
        counts.update({name: value for name, value in report.user_properties if isinstance(value, int)})
    for name, count in counts.items():
        terminalreporter.write_line(f"{count:,} {name}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[_failed] = report.failed
    return report


_failed = pytest.StashKey[bool]()


@pytest.fixture(autouse=True)
def _in_french() -> Iterator[None]:
    """Every test begins in the language of the shop, whatever the one before spoke."""
    with translation.override("fr-ca"):
        yield


@pytest.fixture
def provider() -> Provider:
    return a_provider()


@pytest.fixture
def owner() -> User:
    return an_owner()


@pytest.fixture(scope="session")
def payment_services() -> Iterator[PaymentSandbox]:
    """Both payment services, as the sandbox plays them: a process of its own, asked over HTTP."""
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(payment_services: PaymentSandbox, settings) -> PaymentSandbox:
    """The payment services, with nothing in them yet, and a shop that knows where they are."""
    for name, value in payment_services.settings.items():
        setattr(settings, name, value)
    settings.SITE_URL = "http://testserver"
    payment_services.reset()
    return payment_services


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """The demonstration, as `make run` starts it; shared, so a test leaves it usable."""
    with running_shop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(scope="session")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    from playwright.sync_api import sync_playwright

    # Playwright's own loop runs in this thread, and Django would take our test's queries for those of a coroutine.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


class Complaints:
    """What a browser found wrong while a test walked: errors in the console, and requests to strangers."""

    def __init__(self, *homes: str) -> None:
        self.homes = {urlsplit(home).netloc for home in homes}
        # A form that says no answers 422, and Chromium writes that down as an error.
        self.forgiven = ["status of 422"]
        self.found: list[str] = []

    def listen(self, context) -> None:
        context.on("console", lambda message: message.type == "error" and self._note(f"console: {message.text}"))
        context.on("weberror", lambda error: self._note(f"script: {error.error}"))
        context.on("request", self._note_strangers)

    def forgive(self, words: str) -> None:
        """A test that asks for a missing page expects the browser to say “404”."""
        self.forgiven.append(words)

    def _note_strangers(self, request) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https", "ws", "wss"} and address.netloc not in self.homes:
            self._note(f"request to a stranger: {request.url}")

    def _note(self, complaint: str) -> None:
        self.found.append(complaint)

    @property
    def unforgiven(self) -> list[str]:
        return [complaint for complaint in self.found if not any(words in complaint for words in self.forgiven)]


@pytest.fixture
def complaints(shop: Demonstration) -> Iterator[Complaints]:
    complaints = Complaints(shop.addresses.shop, shop.addresses.sandbox)
    yield complaints
    assert complaints.unforgiven == []


@pytest.fixture
def new_page(
    browser, shop: Demonstration, complaints: Complaints, request: pytest.FixtureRequest
) -> Iterator[Callable]:
    """A visitor with a browser of their own: `new_page()`, or `new_page(java_script_enabled=False, …)`."""
    contexts = []

    def new_page(**options):
        visitor = {"base_url": shop.addresses.shop, "locale": "fr-CA", "timezone_id": "America/Toronto"} | options
        context = browser.new_context(**visitor)
        context.set_default_timeout(15_000)
        complaints.listen(context)
        contexts.append(context)
        return context.new_page()

    yield new_page
    for number, context in enumerate(contexts):
        if request.node.stash.get(_failed, False) and context.pages:
            _picture(context.pages[-1], f"failed-{request.node.name}-{number}")
        context.close()


@pytest.fixture
def page(new_page: Callable):
    return new_page()


@pytest.fixture
def picture() -> Callable[..., None]:
    """`picture(page, "cart")` keeps screenshots/cart.png when pictures are wanted (`make e2e`)."""
    return _picture


def _picture(page, name: str) -> None:
    folder = os.environ.get("PUPITRE_TEST_SCREENSHOTS")
    if folder:
        file = Path(folder) / f"{name.replace('/', '-')}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=file, full_page=True, animations="disabled", caret="initial")
