"""A passkey, with a key that Chromium plays: made in the profile, then enough to sign in."""

from urllib.parse import urlsplit

import pytest

from pupitre.running import Demonstration
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def by_name(shop: Demonstration, new_page, complaints) -> Visitor:
    """A visitor who reaches the shop by a name: passkeys do not know addresses made of numbers."""
    home = f"http://localhost:{urlsplit(shop.addresses.shop).port}"
    complaints.homes.add(urlsplit(home).netloc)
    visitor = Visitor(new_page(base_url=home))
    devtools = visitor.page.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    return visitor


def test_a_passkey_is_made_signs_in_alone_and_is_removed(by_name):
    owner, email, password = by_name, "cle@exemple.ca", "une phrase longue et facile"
    owner.go("/inscription/")
    owner.signs_up("Atelier du Quai", email)
    owner.opens_confirmation(email)
    owner.press("Confirm my address")
    owner.go("/connexion/")
    owner.signs_in(email, password)
    owner.arrives_at("My purchases")

    owner.go("/compte/deux-etapes/cles/nouvelle/")
    owner.type("Password", password)
    owner.press("Continue")
    owner.press("Make the passkey")
    owner.arrives_at("Recovery codes")
    owner.page.context.clear_cookies()
    owner.go("/connexion/")
    owner.press("Sign in with a passkey")
    owner.arrives_at("My purchases")

    owner.go("/compte/deux-etapes/")
    owner.follow("Remove")
    owner.arrives_at("Enter your password again")
    owner.follow("Use a passkey")
    owner.press("Use a passkey")
    owner.arrives_at("Remove a passkey")
    owner.press("Remove")
    owner.arrives_at("Two-step sign-in")
    assert owner.page.locator("main").get_by_text(owner.said("Remove")).count() == 0
