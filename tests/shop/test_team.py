"""The establishment's list: who can be given a seat."""

import pytest
from django.urls import reverse

from pupitre.actions import merging, people, seats
from pupitre.actions.people import Newcomer
from pupitre.models import Participant
from tests.counting import questions
from tests.world import a_person, a_seat, a_session, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]
SOMEONE = {"first_name": "Élise", "last_name": "Bouchard", "email": "elise@exemple.ca", "language": "fr-ca"}


def names(client, **filters) -> list[str]:
    return [person.name for person in client.get(reverse("shop:team"), filters).context["page_obj"]]


def page_of(person) -> str:
    return reverse("shop:person", args=[person.code])


def archives(person) -> str:
    return reverse("shop:archiving", args=[person.code])


def test_the_list_begins_empty_and_says_what_for(client, owner):
    response = client.get(reverse("shop:team"))

    assert response.status_code == 200
    assert reverse("shop:newcomer") in response.content.decode()


def test_people_are_listed_by_name_and_found_by_name_or_address(client, owner):
    a_person(owner, "Luc", "Zénon", email="luc@exemple.ca")
    a_person(owner, "Ana", "Abel", email="ana@ailleurs.ca")
    a_person(an_owner("École du Boisé"), "Personne", "D’autre")

    assert names(client) == ["Ana Abel", "Luc Zénon"]
    assert names(client, q="zénon") == ["Luc Zénon"]
    assert names(client, q="ailleurs") == ["Ana Abel"]
    assert names(client, q="personne") == []
    assert names(client, q="\x00") == ["Ana Abel", "Luc Zénon"]


def test_a_person_is_added(client, owner):
    refused = client.post(reverse("shop:newcomer"), SOMEONE | {"last_name": ""})
    assert refused.status_code == 422
    assert 'value="Élise"' in refused.content.decode()

    response = client.post(reverse("shop:newcomer"), SOMEONE)

    assert response.url == page_of(Participant.objects.get())


def test_the_same_person_is_not_added_twice(client, owner):
    for _time in range(2):
        client.post(reverse("shop:newcomer"), SOMEONE)

    assert Participant.objects.count() == 1


def test_an_address_known_under_another_name_is_asked_about(client, owner):
    known = a_person(owner, "Marie", "Côté", email=SOMEONE["email"])

    assert client.post(reverse("shop:newcomer"), SOMEONE).status_code == 422
    assert client.post(reverse("shop:newcomer"), SOMEONE | {"same_email": known.code}).url == page_of(known)
    client.post(reverse("shop:newcomer"), SOMEONE | {"same_email": "another"})
    assert Participant.objects.count() == 2


def test_a_person_is_corrected_and_their_registrations_shown(client, owner):
    seat, benoit = a_seat(owner), a_person(owner)
    seats.assign(seat, benoit, by=owner)
    assert seat.get_absolute_url() in client.get(page_of(benoit)).content.decode()

    assert client.post(page_of(benoit), SOMEONE | {"email": "x"}).status_code == 422
    client.post(page_of(benoit), SOMEONE)

    benoit.refresh_from_db()
    assert (benoit.name, benoit.email) == ("Élise Bouchard", "elise@exemple.ca")


def test_a_person_leaves_the_list_and_comes_back(client, owner):
    benoit = a_person(owner)

    client.post(archives(benoit))
    assert (names(client), names(client, archives=1)) == ([], ["Benoît Roy"])

    client.post(archives(benoit), {"restore": "1"})
    assert (names(client), names(client, archives=1)) == (["Benoît Roy"], [])


def test_someone_with_a_seat_to_come_is_not_archived(client, owner):
    benoit = a_person(owner)
    seats.assign(a_seat(owner), benoit, by=owner)

    response = client.post(archives(benoit))

    assert response.status_code == 422
    assert names(client) == ["Benoît Roy"]


def test_a_page_left_open_on_a_record_merged_meanwhile_leads_to_the_one_kept(client, owner):
    kept, other = a_person(owner), a_person(owner, "Benoit", email="")
    merging.merge(kept, other, people.Newcomer("Benoît", "Roy", kept.email), by=owner)

    answer = client.post(page_of(other), {"first_name": "Luc", "last_name": "Roy", "email": "", "language": "fr-ca"})

    assert answer.status_code == 422
    assert "a été fusionnée" in answer.content.decode()
    assert page_of(kept) in answer.content.decode()


def test_the_people_of_others_are_not_found(client, owner):
    stranger = a_person(an_owner("École du Boisé"))

    assert client.get(page_of(stranger)).status_code == 404
    assert client.post(archives(stranger)).status_code == 404
    assert client.get(archives(stranger)).status_code == 405
    client.logout()
    assert client.get(page_of(stranger)).url == f"/connexion/?next={page_of(stranger)}"


def test_the_list_asks_as_many_questions_for_one_as_for_three(client, owner):
    session, asked_for = a_session(), []
    seats_bought(owner, session, 4)
    for number in (1, 2):
        for index in range(number):
            person = people.add(owner.establishment, Newcomer(f"P{number}{index}", "Roy"), by=owner)
            seats.assign_several(session, owner.establishment, [person], by=owner)
        with questions() as asked:
            client.get(reverse("shop:team"))
        asked_for.append(len(asked))

    assert asked_for[0] == asked_for[1], asked
    assert [person.coming for person in client.get(reverse("shop:team")).context["page_obj"]] == [1, 1, 1]
