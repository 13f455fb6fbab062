import re

import pytest
import segno

from pupitre.documents import confirmation, squares
from pupitre.refusals import Refused

from .reading import flat, fonts_of, opened, said, tags_of, text_of

NAMES = [
    'Robert"); DROP TABLE--',
    '#read("/etc/passwd")',
    "<script>alert(1)</script>",
    r"\u{41} \ $x^2$ *gras* _it_ `code` @ref ~",
    '"quotes" \'single\' and {"json": [1]}',
    "Nguyễn Œuvrard-Łuczak Šćepanović",
    "Ελένη Παπαδοπούλου",
    "Наталія Ковальчук",
]


@pytest.fixture(autouse=True)
def site(settings):
    settings.SITE_URL = "https://formation.example"


def words_of(pdf: bytes) -> str:
    [page] = opened(pdf).pages
    return text_of(page)


def test_one_letter_page_says_who_what_when_where_and_what_to_bring(a_registration):
    assignment = a_registration()

    words = words_of(confirmation.draw(assignment, "fr-ca"))

    for expected in (
        "Centre de formation de l’Érable",
        said("Registration confirmation", "fr-ca"),
        "Secourisme en milieu de travail",
        "jeudi 26 novembre 2026, de 9 h à 16 h (heure de l’Est)",
        "Marie-Ève Gagnon-Łuczak",
        "Clinique des Ormes",
        "Salle des Érables 725, rue Exemple Gatineau (Québec) J8X 4C2",
        "Vêtements confortables et pièce d’identité",
        "Noémie Tremblay",
        assignment.access_code,
        f"formation.example/acces/{assignment.access_code}/",
        "mercredi 25 novembre 2026, à 9 h",
        "inscriptions@erable.example",
        "819 555-0142",
        assignment.seat.line.order.number,
    ):
        assert expected in words


def test_the_code_is_spelled_to_be_dictated(a_registration):
    assignment = a_registration()

    words = words_of(confirmation.draw(assignment, "en"))

    spelled = re.search(r"Letter by letter: (.*?) Scan", words)[1]
    assert spelled.replace(", ", "").replace(" – ", "-") == assignment.access_code


def test_the_english_document_is_english_and_opens_the_english_page(a_registration):
    assignment = a_registration()

    words = words_of(confirmation.draw(assignment, "en"))

    for expected in (
        "Registration confirmation",
        "Workplace first aid",
        "Thursday, November 26, 2026, 9:00 a.m. to 4:00 p.m. (Eastern Time)",
        "Comfortable clothes and identification",
        "Wednesday, November 25, 2026, at 9:00 a.m.",
        f"formation.example/en/acces/{assignment.access_code}/",
        "819-555-0142",
    ):
        assert expected in words


@pytest.mark.parametrize(("language", "lang"), [("fr-ca", "fr-CA"), ("en", "en-CA")])
def test_the_document_is_tagged_titled_and_in_a_language(a_registration, language, lang):
    assignment = a_registration()

    reader = opened(confirmation.draw(assignment, language))

    root = reader.trailer["/Root"]
    assert root["/Lang"] == lang
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert flat(reader.metadata.title) == said(
        "Registration confirmation: {name}", language, name=assignment.participant
    )
    assert reader.metadata.author == "Centre de formation de l’Érable"
    assert [tag for tag in tags_of(reader) if tag.startswith("/H") or tag == "/Figure"] == [
        "/H1",
        "/H2",
        "/H2",
        "/Figure",
    ]
    [page] = reader.pages
    assert (page.mediabox.width, page.mediabox.height) == (612, 792)


def test_the_other_language_is_one_click_away(a_registration):
    assignment = a_registration()

    [page] = opened(confirmation.draw(assignment, "en")).pages

    links = [note.get_object()["/A"]["/URI"] for note in page["/Annots"]]
    french = f"https://formation.example/acces/{assignment.access_code}/"
    english = f"https://formation.example/en/acces/{assignment.access_code}/"
    assert links == [english, "mailto:inscriptions@erable.example", french]


def test_the_square_holds_the_link(a_registration):
    assignment = a_registration()

    [page] = opened(confirmation.draw(assignment, "fr-ca")).pages

    [square] = [picture.image.convert("L") for picture in page.images]
    link = f"https://formation.example/acces/{assignment.access_code}/"
    rows = segno.make(link, micro=False, error="m", mask=0).matrix_iter(scale=squares.SCALE, border=0)
    assert square.tobytes() == bytes(0 if dark else 255 for row in rows for dark in row)


def test_only_our_letters_are_used_for_french_and_english(a_registration):
    reader = opened(confirmation.draw(a_registration("Zoë œ", "Łuczak – « l’Été » • −"), "fr-ca"))

    assert fonts_of(reader) == {
        "PublicSans-Regular",
        "PublicSans-SemiBold",
        "PublicSans-Bold",
        "JetBrainsMono-SemiBold",
    }


@pytest.mark.parametrize("name", NAMES)
def test_whatever_a_person_is_called_is_printed_and_nothing_else(a_registration, name):
    words = words_of(confirmation.draw(a_registration("", name), "fr-ca"))

    assert flat(name) in words
    assert "root:" not in words


def test_a_name_in_arabic_is_drawn_with_letters_that_join(a_registration):
    reader = opened(confirmation.draw(a_registration("محمد", "العربي"), "fr-ca"))

    assert "NotoSansArabic-Bold" in fonts_of(reader)
    assert b"<pdfuaid:part>1</pdfuaid:part>" in reader.trailer["/Root"]["/Metadata"].get_data()


@pytest.mark.parametrize("name", ["Jo\ue000e", "A\x07B", "\u200b\u200e", "😀", "𝼀"])
def test_a_letter_that_no_font_has_does_not_keep_the_document_from_being_drawn(a_registration, name):
    reader = opened(confirmation.draw(a_registration(name, "Roy"), "fr-ca"))

    assert "Roy" in text_of(reader.pages[0])
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"].value is True


def test_a_person_with_everything_too_long_still_gets_one_page(a_registration, a_session, a_course, establishment):
    establishment.name = ("Établissement " + "très long " * 16)[:160]
    establishment.save()
    course = a_course(title_fr=("Prévention des infections et contrôle des risques " * 3)[:120])
    session = a_session(
        course,
        delivery="hybrid",
        venue=("Pavillon " * 14)[:120],
        street=("1234, boulevard Exemple " * 5)[:120],
        to_bring_fr="Chaussures fermées, " * 12,
        instructor=("Marie-Christine de la Durantaye " * 4)[:120],
    )
    assignment = a_registration("Wolfe" * 16, "Schlegel" * 10, session=session, mode="sandbox")

    words = words_of(confirmation.draw(assignment, "fr-ca"))

    assert assignment.access_code in words
    assert said("Online", "fr-ca") not in words.split("Pavillon")[0]
    assert "Schlegel" * 10 in words.replace(" ", "")


def test_an_online_course_says_so_and_how_to_join(a_registration, a_session):
    session = a_session(delivery="online", venue="", street="", city="", online_url="https://visio.example/secret")

    words = words_of(confirmation.draw(a_registration(session=session), "en"))

    assert "Where Online" in words
    assert "the button appears 15 minutes before the start" in words
    assert "visio.example" not in words


def test_a_registration_of_a_demonstration_has_no_value_and_says_so(a_registration):
    sentence = "Without value: made with a test payment, no money was taken."

    assert sentence in words_of(confirmation.draw(a_registration(mode="sandbox"), "en"))
    assert sentence not in words_of(confirmation.draw(a_registration(mode="live"), "en"))


def test_two_hundred_confirmations_are_one_document_of_less_than_a_megabyte(a_registration, django_assert_num_queries):
    assignments = [a_registration(f"Prénom{number}", "Gagnon") for number in range(200)]

    with django_assert_num_queries(1):
        pdf = confirmation.draw_many(assignments, "fr-ca")

    reader = opened(pdf)
    pages = [text_of(page) for page in reader.pages]
    assert len(pdf) < 1_000_000
    assert [assignment.access_code in page for assignment, page in zip(assignments, pages, strict=True)] == [True] * 200
    assert f"Prénom{199} Gagnon" in pages[199]
    assert flat(reader.metadata.title) == said("Registration confirmations", "fr-ca")


def test_the_same_registration_gives_the_same_bytes(a_registration):
    assignment = a_registration()

    assert confirmation.draw(assignment, "fr-ca") == confirmation.draw(assignment, "fr-ca")


def test_there_is_nothing_to_print_when_nobody_is_registered(provider):
    with pytest.raises(Refused):
        confirmation.draw_many([], "fr-ca")
