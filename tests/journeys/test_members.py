"""An owner invites a colleague, who opens a profile from the letter and assigns a seat; and chooses for whom to act."""

from uuid import uuid4

import pytest

from tests.journeys.looking import faults
from tests.journeys.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

COURSE = "simdut-produits-dangereux"


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["", "without-javascript"])
def test_a_colleague_is_invited_opens_a_profile_and_assigns_a_seat(options, owner, new_page, picture):
    address = f"invitee-{uuid4().hex[:8]}@exemple.ca"
    owner.buys(COURSE, 1)
    owner.go("/etablissement/personnes/")
    owner.type("Email address", address)
    owner.page.get_by_role("radio", name=owner.said("Delegate: assign only")).check()
    owner.press("Send the invitation")
    owner.sees("Pending invitations")

    colleague = Visitor(new_page(**options))
    colleague.opens_letter(address, about="Invitation")
    colleague.click("main a[href*='/invitation/']")
    colleague.arrives_at("Invitation")
    picture(colleague.page, "members/1-invitation")
    colleague.type("First name", "Ana")
    colleague.type("Last name", "Roy")
    colleague.type("Password", "une phrase longue et facile")
    colleague.press("Create my profile and accept")

    colleague.arrives_at("My purchases")
    picture(colleague.page, "members/2-first-page")
    colleague.go("/mes-achats/?etat=a-assigner")
    colleague.click("main td.act a[href*='/assignation/']")
    colleague.assigns_to_someone()

    owner.go("/etablissement/personnes/")
    owner.click("main tbody tr:has-text('Ana Roy') a")
    owner.press("Remove")
    owner.sees("No longer acts for the establishment: {name}.", name="Ana Roy")


def test_the_pages_of_an_invitation_can_be_used_by_everyone(owner, new_page, picture):
    address = f"invitee-{uuid4().hex[:8]}@exemple.ca"
    owner.go("/etablissement/personnes/")
    owner.type("Email address", address)
    owner.page.get_by_role("radio", name=owner.said("Delegate: receipts only")).check()
    owner.press("Send the invitation")
    owner.sees("Pending invitations")
    owner.opens_letter(address, about="Invitation")
    owner.click("main a[href*='/invitation/']")

    stranger, seen = Visitor(new_page()), {}
    for visitor, face in ((owner, "another"), (stranger, "newcomer")):
        visitor.page.goto(owner.page.url)
        visitor.arrives_at("Invitation")
        picture(visitor.page, f"members/{face}")
        seen.update({(face, *way): problems for way, problems in faults(visitor.page).items()})
    assert seen == {}
