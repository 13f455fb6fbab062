"""The owner posts a link in the staff room; colleagues take their seats from their telephones."""

from urllib.parse import urlsplit

import pytest

from tests.journeys.looking import PHONE, faults
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "simdut-produits-dangereux"
TELEPHONE = {"viewport": {"width": PHONE, "height": 640}}


def _link_on(owner: Visitor) -> str:
    """The path of the link that the page shows."""
    owner.arrives_at("Link to take a seat")
    return urlsplit(owner.page.locator("copy-code code").inner_text()).path


def test_someone_takes_a_seat_from_a_telephone_without_javascript(a_new_owner, new_page, picture):
    owner = a_new_owner("École du Vallon", "vallon@exemple.ca")
    owner.buys(COURSE, 2)
    owner.press("Share a link")
    link = _link_on(owner)
    picture(owner.page, "link/1-owner")
    with owner.page.expect_download() as poster:
        owner.follow("Print the poster (PDF)")
    assert poster.value.path().read_bytes().startswith(b"%PDF-")

    ana = Visitor(new_page(java_script_enabled=False, **TELEPHONE))
    ana.go(link)
    ana.arrives_at("Take a seat")
    assert ana.page.get_by_role("navigation").count() == 0
    ana.type("First name", "Ana")
    ana.type("Last name", "Roy")
    ana.press("Take a seat")
    ana.arrives_at("Your seat is reserved")
    picture(ana.page, "link/2-reserved")
    code = ana.code
    with ana.page.expect_download() as sheet:
        ana.follow("Download the registration confirmation (PDF)")
    assert sheet.value.path().read_bytes().startswith(b"%PDF-")

    ana.page.go_back()
    ana.sees("A seat was asked for from this device:")
    ana.type("First name", "Ana")
    ana.type("Last name", "Roy")
    ana.press("Take a seat")
    ana.arrives_at("Your seat is reserved")
    assert ana.code == code

    ana.follow("Go to the course")
    ana.press("Yes, open my course")
    ana.link("Calendar file (.ics)").wait_for()

    owner.page.reload()
    owner.link("Ana Roy").wait_for()


def test_every_face_of_the_link_can_be_used_by_everyone(a_new_owner, new_page, picture, complaints):
    owner = a_new_owner("Résidence des Pins", "pins@exemple.ca")
    taker, seen = Visitor(new_page()), {}

    def looks(who: Visitor, face: str, **how) -> None:
        picture(who.page, f"link/{face}")
        seen.update({(face, *way): problems for way, problems in faults(who.page, **how).items()})

    owner.buys(COURSE, 3)
    owner.follow("Choose its limits")
    owner.arrives_at("Share a link")
    owner.field("I approve each request").check()
    owner.press("Create the link")
    link = _link_on(owner)
    looks(owner, "empty")

    for name in ("Ana", "Benoît"):
        taker.go(link)
        taker.type("First name", name)
        taker.type("Last name", "Roy")
        taker.type("Email address", f"{name[0].lower()}@exemple.ca")
        taker.press("Ask for a seat")
        taker.arrives_at("Your request waits for your establishment")
    looks(taker, "waiting")
    owner.page.reload()
    looks(owner, "to-answer")
    owner.press("Approve")
    owner.sees("Who took a seat")
    looks(owner, "answered")

    owner.press("Refuse")
    taker.page.reload()
    taker.arrives_at("Your request was not accepted")
    looks(taker, "refused")
    taker.page.goto(f"/en{link}")
    looks(taker, "in-english", widths=(PHONE,), dark=False)

    owner.follow("Revoke the link")
    looks(owner, "revocation")
    owner.click("main form:has(input[name=takes_seats_back]) button")
    owner.sees("The link no longer works.")
    looks(owner, "revoked")
    complaints.forgive("status of 410")
    taker.go(link)
    taker.arrives_at("This link gives no seat")
    looks(taker, "gone")
    assert seen == {}
