"""Keeping the list: departments and groups for several people at once, records merged, the register handed over."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from pupitre import clock
from pupitre.actions import attendance, groups, seats
from pupitre.models import Attendance, Participant, PeopleGroup, Role
from tests.counting import questions
from tests.world import a_course, a_person, a_provider, a_seat, a_session, an_owner, seats_bought

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def provider():
    return a_provider(accreditation_number="0012345")


def names(client, **filters) -> list[str]:
    return [person.name for person in client.get(reverse("shop:team"), filters).context["page_obj"]]


def does(client, deed, *chosen, **typed):
    return client.post(
        reverse("shop:people_selection"),
        {"deed": deed, "people": [person.code for person in chosen]} | typed,
        follow=True,
    )


def present_at(owner, *chosen, **course):
    """A session of four days ago, that these people took part in."""
    then = clock.now() - timedelta(days=4)
    with clock.stopped_at(then - timedelta(days=3)):
        session = a_session(a_course(**course), starts_at=then)
        seats_bought(owner, session, len(chosen))
        made = seats.assign_several(session, owner.establishment, list(chosen), by=owner)
    with clock.stopped_at(session.ends_at):
        attendance.note(session, {each.pk: Attendance.PRESENT for each in made}, by=owner)
    return made


class TestSelection:
    def test_several_people_change_department_and_are_filtered_by_it(self, client, owner):
        benoit, marie, _ana = a_person(owner), a_person(owner, "Marie", "Côté"), a_person(owner, "Ana", "Abel")

        answer = does(client, "department", benoit, marie, department=" Cuisine ", filters="q=o")

        assert answer.redirect_chain == [("/equipe/?q=o", 302)]
        assert names(client, service="Cuisine") == ["Marie Côté", "Benoît Roy"]
        assert names(client, q="cuisine") == ["Marie Côté", "Benoît Roy"]
        assert names(client, service="Nulle part") == ["Ana Abel", "Marie Côté", "Benoît Roy"]

    def test_several_people_join_and_leave_a_group(self, client, owner):
        benoit, marie = a_person(owner), a_person(owner, "Marie", "Côté")
        night = groups.make(owner.establishment, "Équipe de nuit", by=owner)

        does(client, "join", benoit, marie, group=night.code)
        does(client, "leave", marie, group=night.code)

        assert names(client, groupe=night.code) == names(client, q="nuit") == ["Benoît Roy"]
        assert "Équipe de nuit (1)" in client.get(reverse("shop:team")).content.decode()

    def test_several_people_are_archived(self, client, owner):
        benoit = a_person(owner)

        does(client, "archive", benoit)

        assert (names(client), names(client, archives=1)) == ([], ["Benoît Roy"])

    def test_the_archives_are_filtered_by_the_departments_found_there(self, client, owner):
        kitchen, _hall = a_person(owner, department="Cuisine"), a_person(owner, "Marie", department="Salle")
        does(client, "archive", kitchen)

        assert "Cuisine (1)" not in client.get(reverse("shop:team")).content.decode()
        assert names(client, archives=1, service="Cuisine") == ["Benoît Roy"]
        assert names(client, archives=1, service="Salle") == ["Benoît Roy"]  # nobody there is of that department

    def test_what_is_missing_is_said_and_what_was_typed_is_kept(self, client, owner):
        benoit = a_person(owner)
        night = groups.make(owner.establishment, "Équipe de nuit", by=owner)
        seats.assign(a_seat(owner), benoit, by=owner)

        for deed, chosen, typed in (
            ("department", [], {"department": "Cuisine"}),
            ("join", [benoit], {}),
            ("join", [benoit], {"group": "nulle-part"}),
            ("archive", [benoit], {}),
            ("vendre", [benoit], {}),
            ("department", [benoit], {"department": "x" * 90}),
        ):
            answer = does(client, deed, *chosen, **typed)
            assert answer.status_code == 422, deed
            assert "errsum" in answer.content.decode()
        assert 'value="Cuisine"' in does(client, "department", department="Cuisine").content.decode()
        assert f'value="{benoit.code}"' in answer.content.decode()
        assert "checked" in answer.content.decode()
        assert (names(client), night.people.count()) == (["Benoît Roy"], 0)

    def test_the_people_and_the_groups_of_others_are_refused(self, client, owner):
        stranger = an_owner("École du Boisé")
        theirs = groups.make(stranger.establishment, "Équipe de nuit", by=stranger)

        assert does(client, "archive", a_person(stranger)).status_code == 422
        assert does(client, "join", a_person(owner), group=theirs.code).status_code == 422
        assert client.get(reverse("shop:group", args=[theirs.code])).status_code == 404
        assert client.post(reverse("shop:group_removal", args=[theirs.code])).status_code == 404
        assert client.get(reverse("shop:people_selection")).status_code == 405

    def test_the_list_with_groups_asks_as_many_questions_for_three_as_for_one(self, client, owner):
        night, asked_for = groups.make(owner.establishment, "Équipe de nuit", by=owner), []
        for number in (1, 2):
            added = [a_person(owner, f"P{number}{n}", department=f"Service {number}{n}") for n in range(number)]
            groups.add(night, added, by=owner)
            with questions() as asked:
                client.get(reverse("shop:team"))
            asked_for.append(len(asked))
        assert asked_for[0] == asked_for[1] <= 11


class TestGroups:
    def test_a_group_is_made_renamed_and_done_away_with(self, client, owner):
        client.post(reverse("shop:groups"), {"name": "Équipe de nuit"})
        group = PeopleGroup.objects.get()
        page = reverse("shop:group", args=[group.code])

        client.post(page, {"name": "Quart de nuit"})
        assert "Quart de nuit" in client.get(reverse("shop:groups")).content.decode()

        client.post(reverse("shop:group_removal", args=[group.code]))
        assert PeopleGroup.objects.count() == 0
        assert client.post(reverse("shop:group_removal", args=[group.code])).status_code == 404

    def test_a_name_already_taken_or_missing_is_refused(self, client, owner):
        groups.make(owner.establishment, "Équipe de nuit", by=owner)
        other = groups.make(owner.establishment, "Cuisine", by=owner)

        refused = client.post(reverse("shop:groups"), {"name": "equipe de NUIT"})
        assert refused.status_code == 422
        assert 'value="equipe de NUIT"' in refused.content.decode()
        assert client.post(reverse("shop:groups"), {"name": " "}).status_code == 422
        refused = client.post(reverse("shop:group", args=[other.code]), {"name": "Équipe de nuit"})
        assert refused.status_code == 422
        assert "<h1>Cuisine</h1>" in refused.content.decode()


class TestDuplicates:
    def test_two_records_become_one_with_the_fields_that_were_chosen(self, client, owner):
        kept, other = a_person(owner, email="a@exemple.ca"), a_person(owner, "Benoit", email="b@exemple.ca")
        (assignment,) = present_at(owner, other)
        page = reverse("shop:merge", args=[kept.code, other.code])
        assert page in client.get(reverse("shop:duplicates")).content.decode()
        assert "Secourisme" in client.get(page).content.decode()

        answer = client.post(page, {"kept": kept.code, "first_name": kept.code, "email": other.code})

        assert answer.url == reverse("shop:person", args=[kept.code])
        kept.refresh_from_db()
        assert (kept.name, kept.email) == ("Benoît Roy", "b@exemple.ca")
        assert assignment.certificate.number in client.get(answer.url).content.decode()
        assert client.post(page, {"kept": kept.code}).url == answer.url
        gone = client.get(reverse("shop:person", args=[other.code])).content.decode()
        assert answer.url in gone
        assert 'name="restore"' not in gone

    def test_two_people_of_one_name_are_told_apart(self, client, owner):
        one, two = a_person(owner), a_person(owner)
        compared = client.get(reverse("shop:merge", args=[one.code, two.code])).content.decode()
        apart = reverse("shop:namesakes", args=[one.code, two.code])
        assert f'action="{apart}"' in compared

        answer = client.post(apart, follow=True)

        assert answer.redirect_chain[0][0] == reverse("shop:duplicates")
        page = answer.content.decode()
        assert "Noté\u00a0: Benoît Roy et Benoît Roy sont deux personnes." in page
        assert "Aucune fiche ne ressemble" in page

    def test_a_choice_that_was_not_made_is_asked_for(self, client, owner):
        one, two = a_person(owner), a_person(owner)
        page = reverse("shop:merge", args=[one.code, two.code])

        assert client.post(page, {"kept": "quelqu-un"}).status_code == 422
        assert client.post(page, {"kept": one.code, "email": "x"}).status_code == 422
        assert Participant.objects.current().count() == 2

    def test_two_seats_in_one_session_are_refused_in_words(self, client, owner):
        one, two = a_person(owner), a_person(owner, email="")
        present_at(owner, one, two)

        answer = client.post(reverse("shop:merge", args=[one.code, two.code]), {"kept": two.code, "email": one.code})

        assert answer.status_code == 422
        assert "Les deux fiches occupent une place" in answer.content.decode()

    def test_the_other_record_is_looked_for(self, client, owner):
        one, two = a_person(owner), a_person(owner, "Ben", "Roi")
        page = reverse("shop:other_record", args=[one.code])

        merge = reverse("shop:merge", args=[one.code, two.code])
        assert merge not in client.get(page).content.decode()
        assert merge in client.get(page, {"q": "roi"}).content.decode()

    def test_the_records_of_others_are_not_found(self, client, owner):
        own, stranger = a_person(owner), a_person(an_owner("École du Boisé"))

        assert client.get(reverse("shop:merge", args=[own.code, stranger.code])).status_code == 404
        assert client.get(reverse("shop:other_record", args=[stranger.code])).status_code == 404


class TestRegister:
    def test_the_year_is_one_click_away_on_paper_and_in_a_spreadsheet(self, client, owner):
        (assignment,) = present_at(owner, a_person(owner))

        year = (clock.now() - timedelta(days=4)).year
        page = client.get(reverse("shop:register"), {"annee": year}).content.decode()
        sheets = client.get(reverse("shop:register_pdf"), {"annee": year})
        workbook = client.get(reverse("shop:register_workbook"), {"annee": year})

        assert assignment.certificate.number in page
        assert "Heures suivies\xa0: 7." in page
        assert sheets.content.startswith(b"%PDF")
        assert f"registre-de-formation-clinique-des-%C3%A9rables-{year}.pdf" in sheets["Content-Disposition"]
        [_headings, row] = (
            CalamineWorkbook.from_filelike(io.BytesIO(workbook.content)).get_sheet_by_index(0).to_python()
        )
        assert row[:2] == ["Roy", "Benoît"]

    def test_one_that_is_too_long_to_print_at_once_is_printed_by_the_year(self, client, owner, monkeypatch):
        present_at(owner, a_person(owner), a_person(owner, "Marie", "Côté"))
        printed, query = reverse("shop:register_pdf"), {"annee": "toutes"}
        assert client.get(printed, query).status_code == 200
        monkeypatch.setattr("pupitre.documents.register.PRINTED_AT_MOST", 1)

        answer = client.get(printed, query, follow=True)

        assert answer.redirect_chain == [(f"{reverse('shop:register')}?annee=toutes", 302)]
        page = answer.content.decode()
        assert "Choisissez une année, ou prenez le fichier Excel" in page
        assert f'href="{printed}' not in page
        assert f'href="{reverse("shop:register_workbook")}?annee=toutes"' in page

    def test_one_person_a_name_or_a_year_without_anything(self, client, owner):
        benoit, ana = a_person(owner), a_person(owner, "Ana", "Abel")
        present_at(owner, benoit, ana)

        def listed(**asked) -> list[str]:
            answer = client.get(reverse("shop:register"), asked)
            return [entry.participant.first_name for entry in answer.context["page_obj"]]

        assert listed(annee="toutes") == ["Ana", "Benoît"]
        assert listed(personne=ana.code) == ["Ana"]
        assert listed(annee="toutes", q="roy") == ["Benoît"]
        assert listed(annee="1999") == listed(annee="n’importe quoi") == ["Ana", "Benoît"]
        assert client.get(reverse("shop:register"), {"personne": "personne"}).status_code == 404
        stranger = a_person(an_owner("École du Boisé"))
        assert client.get(reverse("shop:register_pdf"), {"personne": stranger.code}).status_code == 404

    def test_the_page_asks_as_many_questions_for_three_rows_as_for_one(self, client, owner):
        asked_for = []
        for number in (1, 2):
            present_at(owner, *(a_person(owner) for _ in range(number)))
            with questions() as asked:
                client.get(reverse("shop:register"), {"annee": "toutes"})
            asked_for.append(len(asked))
        assert asked_for[0] == asked_for[1]

    def test_it_is_for_those_who_assign(self, client, owner):
        owner.memberships.update(role=Role.ACCOUNTANT)

        for name in ("register", "register_pdf", "register_workbook", "groups", "duplicates"):
            assert client.get(reverse(f"shop:{name}")).status_code == 403


class TestCertificates:
    def test_the_owner_and_the_participant_download_it(self, client, owner):
        (assignment,) = present_at(owner, a_person(owner))
        file = reverse("shop:certificate", args=[assignment.seat.code])
        mine = reverse("shop:my_certificate", args=[assignment.uuid])

        assert file in client.get(reverse("shop:seat", args=[assignment.seat.code])).content.decode()
        assert client.get(file).content.startswith(b"%PDF")

        client.logout()
        assert client.get(mine).url == reverse("shop:my_course", args=[assignment.uuid])
        client.post(reverse("shop:access_code", args=[assignment.access_code]), {"name": "Benoît Roy"})
        assert mine in client.get(reverse("shop:my_course", args=[assignment.uuid])).content.decode()
        assert client.get(mine).content.startswith(b"%PDF")

    def test_none_for_strangers_nor_once_withdrawn(self, client, owner):
        stranger = an_owner("École du Boisé")
        (theirs,) = present_at(stranger, a_person(stranger))
        (own,) = present_at(owner, a_person(owner))
        with clock.stopped_at(own.session.ends_at):
            attendance.note(own.session, {own.pk: Attendance.ABSENT}, by=owner)

        for code in (theirs.seat.code, own.seat.code, "nulle-part"):
            assert client.get(reverse("shop:certificate", args=[code])).status_code == 404
        assert client.get(reverse("shop:my_certificate", args=[uuid4()])).status_code == 302


def test_whoever_needs_the_course_is_first_to_choose_from_with_the_reason(client, owner):
    course = a_course(certificate_months=2, published_at=clock.now() - timedelta(days=90))
    served = a_person(owner, "Ana", "Abel", department="Cuisine")
    then = clock.now() - timedelta(days=40)
    with clock.stopped_at(then - timedelta(days=2)):
        past = a_session(course, starts_at=then)
        seats_bought(owner, past, 1)
        made = seats.assign_several(past, owner.establishment, [served], by=owner)
    with clock.stopped_at(past.ends_at):
        attendance.note(past, {made[0].pk: Attendance.PRESENT}, by=owner)
    a_person(owner, "Aaron", "Aaaa")
    session = a_session(course)
    seats_bought(owner, session, 1)

    answer = client.get(reverse("shop:assignment", args=[session.code]))

    assert [person.name for person in answer.context["choice"].shown] == ["Ana Abel", "Aaron Aaaa"]
    html = answer.content.decode()
    assert "Attestation à renouveler avant le" in html
    assert "N’a jamais suivi ce cours" in html
    assert "· Cuisine" in html
