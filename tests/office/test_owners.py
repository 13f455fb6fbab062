"""An establishment whose owner is gone: the provider invites another one, and everyone learns it."""

import pytest
from django.test import Client
from django.urls import reverse

from pupitre.actions import invitations
from pupitre.models import Deed, Invitation, Letter, Membership, Role
from tests.office.pages import text
from tests.world import a_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("operator")]

REASON = "La direction est partie; demande écrite reçue le 24 novembre."


@pytest.fixture
def establishment(owner):
    return owner.establishment


@pytest.fixture
def address(establishment):
    return reverse("admin:establishment_nomination", args=[establishment.pk])


def test_the_page_of_the_establishment_leads_there_and_shows_who_owns_it(client, owner, establishment, address):
    page = client.get(reverse("admin:pupitre_establishment_change", args=[establishment.pk]))
    assert address in page.content.decode()

    assert owner.email in text(client.get(address))


def test_someone_is_invited_with_a_reason_and_nobody_is_left_in_the_dark(
    client, operator, owner, establishment, address
):
    delegate = a_member(owner, Role.DELEGATE)

    done = client.post(address, {"email": "Nouvelle@Exemple.ca", "note": REASON}, follow=True)

    asked = Invitation.objects.get()
    assert (asked.email, asked.role, asked.is_by_provider) == ("nouvelle@exemple.ca", Role.OWNER, True)
    assert "nouvelle@exemple.ca" in done.content.decode()
    deed = Deed.objects.get(verb="owner.nominated")
    assert (deed.by, deed.establishment, deed.facts["reason"]) == (operator, establishment, REASON)
    told = set(Letter.objects.filter(kind="owner_nominated").values_list("to_email", flat=True))
    assert told == {owner.email, delegate.email}
    assert set(establishment.memberships.filter(role=Role.OWNER).values_list("user", flat=True)) == {owner.pk}
    assert "nouvelle@exemple.ca" in text(client.get(address))


def test_a_member_is_chosen_and_becomes_owner_on_acceptance(client, owner, establishment, address):
    delegate = a_member(owner, Role.DELEGATE)

    client.post(address, {"member": delegate.email, "note": REASON})
    held = Membership.objects.get(user=delegate)
    assert held.role == Role.DELEGATE
    invitations.accept(Invitation.objects.get(), by=delegate)

    held.refresh_from_db()
    assert held.role == Role.OWNER


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"note": REASON},
        {"email": "nouvelle@exemple.ca"},
        {"email": "nouvelle@exemple.ca", "note": "   "},
        {"email": "nouvelle", "note": REASON},
        {"member": "personne@exemple.ca", "note": REASON},
        {"email": "nouvelle@exemple.ca", "note": "x" * 241},
    ],
)
def test_without_a_person_or_a_reason_nothing_happens(client, owner, address, typed):
    a_member(owner, Role.DELEGATE)

    refused = client.post(address, typed)

    assert refused.status_code == 422
    assert not Invitation.objects.exists()


def test_an_owner_is_not_named_again(client, owner, address):
    refused = client.post(address, {"email": owner.email, "note": REASON})

    assert refused.status_code == 422
    assert not Invitation.objects.exists()


def test_the_list_of_members_is_only_read_there(client, owner, establishment):
    page = client.get(reverse("admin:pupitre_establishment_change", args=[establishment.pk])).content.decode()

    assert owner.email in page
    assert "memberships-0-role" not in page


@pytest.mark.parametrize("who", ["stranger", "owner"])
def test_nobody_else_comes_in(owner, address, who):
    client = Client()
    if who == "owner":
        client.force_login(owner)

    answer = client.post(address, {"email": "nouvelle@exemple.ca", "note": REASON})

    assert answer["Location"].startswith("/admin/login/")
    assert not Invitation.objects.exists()
