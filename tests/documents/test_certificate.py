"""Certificates of attendance and the training register, read as their readers do."""

import io

import pytest
from python_calamine import CalamineWorkbook

from pupitre import clock
from pupitre.actions import attendance
from pupitre.documents import certificate, register
from pupitre.models import Attendance, Certificate
from pupitre.queries.register import Register
from tests.documents.reading import opened, tags_of, text_of


@pytest.fixture
def a_certificate(a_registration, a_session, a_course, owner):
    """A function: the certificate of someone who was present on November 26, 2026."""

    def build(first_name="Marie-Ève", last_name="Gagnon-Łuczak", *, course=None, **facts):
        session = a_session(course or a_course(certificate_months=36))
        assignment = a_registration(first_name, last_name, session=session, **facts)
        with clock.stopped_at(session.ends_at):
            attendance.note(session, {assignment.pk: Attendance.PRESENT}, by=owner)
        return Certificate.objects.get(assignment=assignment)

    return build


def test_the_certificate_says_who_what_when_how_long_by_whom_and_under_which_number(a_certificate):
    given = a_certificate()

    [page] = opened(certificate.draw(given, "fr-ca")).pages

    for expected in (
        "Attestation de participation",
        "Marie-Ève Gagnon-Łuczak",
        "Secourisme en milieu de travail",
        "jeudi 26 novembre 2026, de 9 h à 16 h",
        "Durée : 16 heures",
        "Salle des Érables",
        "Noémie Tremblay",
        "Clinique des Ormes",
        given.number,
        "26 novembre 2029",
        "Délivrée le 26 novembre 2026",
        "Centre de formation de l’Érable",
        "numéro d’agrément : 0012345",
    ):
        assert expected in text_of(page)
    assert "http" not in text_of(page)


def test_the_english_certificate_is_english_tagged_and_titled(a_certificate):
    reader = opened(certificate.draw(a_certificate(), "en"))

    assert reader.trailer["/Root"]["/Lang"] == "en-CA"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in reader.trailer["/Root"]["/Metadata"].get_data()
    assert [tag for tag in tags_of(reader) if tag.startswith("/H")] == ["/H1", "/H2", "/H3"]
    for expected in ("Certificate of attendance", "Workplace first aid", "Duration: 16 hours", "Valid until"):
        assert expected in text_of(reader.pages[0])


def test_a_long_name_and_a_long_title_stay_on_one_page(a_certificate, a_course):
    course = a_course(title_fr="Gestion intégrée des risques " * 4, gives_certificate=True)
    given = a_certificate("Marie-Soleil-Élisabeth Anne", "Charbonneau-Létourneau des Rosiers " * 2, course=course)

    assert len(opened(certificate.draw(given, "fr-ca")).pages) == 1


def test_the_certificate_of_a_trial_says_that_it_has_no_value(a_certificate):
    assert "Sans valeur" in text_of(opened(certificate.draw(a_certificate(mode="test"), "fr-ca")).pages[0])
    assert "Sans valeur" not in text_of(opened(certificate.draw(a_certificate("Luc"), "fr-ca")).pages[0])


def test_a_certificate_that_was_withdrawn_is_not_drawn(a_certificate):
    given = a_certificate()
    given.withdrawn_at = clock.now()

    with pytest.raises(certificate.CertificateWithdrawn):
        certificate.draw(given, "fr-ca")


@pytest.fixture
def a_register(a_certificate):
    given = [a_certificate(), a_certificate("Luc", "Abel")]
    establishment = given[0].assignment.seat.establishment
    with clock.stopped_at(given[0].issued_at):
        yield Register(establishment, 2026), given


def test_the_register_lies_down_tagged_with_its_rows_and_its_totals(a_register):
    asked, given = a_register

    reader = opened(register.draw(asked, "fr-ca"))

    [page] = reader.pages
    assert (page.mediabox.width, page.mediabox.height) == (792, 612)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in reader.trailer["/Root"]["/Metadata"].get_data()
    assert {"/H1", "/H2", "/Table", "/TH", "/TD"} <= set(tags_of(reader))
    for expected in (
        *("Registre de formation", "Clinique des Ormes", "Année 2026", "numéro d’agrément : 0012345"),
        *("Marie-Ève Gagnon-Łuczak", "Luc Abel", "26 nov. 2026", "Gatineau", "Présent", "Noémie Tremblay"),
        *(given[0].number, given[1].number, "jusqu’au 2029-11-26"),
        "Personnes : 2. Inscriptions : 2. Heures suivies : 32.",
    ):
        assert expected in text_of(page)


def test_an_empty_register_says_so_with_its_headings(establishment, provider):
    words = text_of(opened(register.draw(Register(establishment, 2026), "en")).pages[0])

    assert "People: 0. Registrations: 0. Hours followed: 0." in words


def test_the_workbook_holds_a_row_for_each_registration_and_nothing_is_a_formula(a_register):
    asked, given = a_register
    person = given[1].assignment.participant
    person.department = "=1+1"
    person.save()

    workbook = CalamineWorkbook.from_filelike(io.BytesIO(register.workbook(asked, "fr-ca")))

    headings, first, second = workbook.get_sheet_by_index(0).to_python()
    assert headings[:4] == ["Nom", "Prénom", "Service", "Cours"]
    assert dict(zip(headings, first, strict=True)) == {
        "Nom": "Abel",
        "Prénom": "Luc",
        "Service": "=1+1",
        "Cours": "Secourisme en milieu de travail",
        "Du": "2026-11-26",
        "Au": "2026-11-26",
        "Heures de formation": 16,
        "Heures suivies": 16,
        "Lieu ou mode": "Gatineau",
        "Formation donnée par": "Noémie Tremblay",
        "Organisme de formation": "Centre de formation de l’Érable",
        "Numéro d’agrément": "0012345",
        "Présence": "Présent",
        "Numéro d’attestation": given[1].number,
        "Expire le": "2029-11-26",
    }
    assert second[0] == "Gagnon-Łuczak"
