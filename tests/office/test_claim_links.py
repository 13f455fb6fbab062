"""The provider looks up the links of an establishment, to answer whoever calls about theirs."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from pupitre import clock
from pupitre.actions import claim_links, seat_claims
from pupitre.actions.people import Newcomer
from tests.counting import questions
from tests.world import a_session, seats_bought

pytestmark = pytest.mark.django_db

LINKS = reverse("admin:pupitre_claimlink_changelist")


@pytest.fixture
def make(owner):
    session = a_session()
    seats_bought(owner, session, 6)
    return lambda **limits: claim_links.make(session, owner.establishment, by=owner, **limits)


def asks(link, first_name: str):
    return seat_claims.ask(link, Newcomer(first_name, "Bouchard"), address="192.0.2.1")


def page_of(client, link) -> str:
    return client.get(reverse("admin:pupitre_claimlink_change", args=[link.pk])).content.decode()


def test_the_list_says_whose_link_it_is_and_how_many_seats_it_gave(client, operator, make):
    asks(make(places=3), "Élise")

    page = client.get(LINKS).content.decode()

    assert "Clinique des Érables" in page
    assert '<td class="field-counter">1 sur 3</td>' in page
    assert '<td class="field-standing">Ouvert</td>' in page


def test_a_link_that_gives_no_seat_says_why(client, operator, make):
    claim_links.revoke(make(), by=operator)
    asks(make(places=1), "Élise")
    ending = make(expires_on=clock.now().date() + timedelta(days=2))

    with clock.stopped_at(ending.expires_at):
        page = client.get(LINKS).content.decode()

    standings = re.findall(r'<td class="field-standing">(.*?)</td>', page)
    assert standings == ["Terminé", "Complet", "Révoqué"]


def test_its_page_says_who_asked_and_what_became_of_it(client, operator, make):
    taken, asked = make(), make(needs_approval=True)
    asks(taken, "Élise")
    asks(asked, "Luc")

    assert ("Élise" in page_of(client, taken), "Luc" in page_of(client, taken)) == (True, False)
    assert "Luc" in page_of(client, asked)


def test_the_secret_of_a_link_is_on_none_of_its_pages(client, operator, make):
    link = make()

    pages = client.get(LINKS).content.decode() + page_of(client, link)

    assert link.word not in pages
    assert "Voir sur le site" not in pages
    assert link.fingerprint not in pages


def test_it_is_only_read(client, operator, make):
    page = reverse("admin:pupitre_claimlink_change", args=[make().pk])

    assert client.post(page, {"places": 100}).status_code == 403


def test_the_list_and_a_page_ask_as_much_for_three_as_for_one(client, operator, make):
    counted = []
    client.get(LINKS)  # what Django remembers of its own tables, it asks once
    page_of(client, make(places=1))
    for first_names in (["Élise"], ["Luc", "Ana"]):
        link = make(places=2)
        for first_name in first_names:
            asks(link, first_name)
        with questions() as asked:
            client.get(LINKS)
            page_of(client, link)
        counted.append(len(asked))
    assert counted[0] == counted[1]
