"""Credit notes: what federal and Québec regulations ask for, on paper."""

import pytest

from pupitre import formats
from pupitre.actions import documents
from pupitre.documents import credit_note
from pupitre.models import CreditNote

from .reading import flat, opened, said, tags_of, text_of

LANGUAGES = ["fr-ca", "en"]
Reason = CreditNote.Reason


@pytest.fixture
def issued(an_order, a_session, owner):
    """A function: one seat of three taken back, or an amount."""

    def build(**facts):
        order = an_order((a_session(), 3), purchase_order_number="BC-2026-114")
        documents.issue_invoice(order)
        gst, qst = order.taxes.all()
        credited = {
            "lines": [(order.lines.get(), 1, 14500)],
            "taxes": [(gst, 725), (qst, 1446)],
            "reason": Reason.SEATS,
            "note": "",
            "by": owner,
        }
        return documents.issue_credit_note(order, **credited | facts)

    return build


def read(note, language):
    return opened(credit_note.draw(note.latest_edition.facts, language))


def words_of(note, language="en"):
    return " ".join(text_of(page) for page in read(note, language).pages)


def money(cents, language):
    return flat(formats.money(cents, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_says_all_that_the_regulations_ask_for(issued, language):
    note = issued(note="Une personne absente", percent=80)

    words = words_of(note, language)

    invoice = note.order.invoice
    date = flat(formats.plain_day(note.issued_at, language, "America/Toronto"))
    rates = {"fr-ca": ("5 %", "9,975 %"), "en": ("5%", "9.975%")}[language]
    for expected in (
        said("Credit note", language),
        "Centre de formation de l’Érable",
        f"{said('Credit note number', language)} NC-000001",
        f"{said('Date', language)} {date}",
        f"{said('Order number', language)} {note.order.number}",
        "BC-2026-114",
        "Clinique des Ormes 10, rue Principale Gatineau (Québec) J8X 1A1",
        said("Refers to invoice {number} of {date}", language, number=invoice.number, date=date),
        said("Seats given back", language),
        said("Given back under the refund policy: {n}%", language, n=80),
        "Une personne absente",
        {"fr-ca": "Secourisme en milieu de travail", "en": "Workplace first aid"}[language],
        f"1 {money(14500, language)}",
        f"{said('Subtotal', language)} {money(14500, language)}",
        f"{said('GST ({rate})', language, rate=rates[0])} {money(725, language)}",
        f"{said('QST ({rate})', language, rate=rates[1])} {money(1446, language)}",
        f"{said('Total refunded', language)} {money(16671, language)}",
        said("GST number: {number}", language, number="123456789 RT0001"),
        said("QST number: {number}", language, number="1234567890 TQ0001"),
    ):
        assert expected in words


def test_in_french_is_called_by_its_name(issued):
    assert "Note de crédit" in words_of(issued(), "fr-ca")


@pytest.mark.parametrize("reason", Reason)
def test_says_why(issued, reason):
    assert str(reason.label) in words_of(issued(reason=reason), "fr-ca")


def test_of_an_amount_names_no_number_of_seats(issued):
    note = issued(reason=Reason.AMOUNT)
    order = note.order
    reduction = documents.issue_credit_note(
        order, lines=[(order.lines.get(), 0, 1000)], taxes=[], reason=Reason.AMOUNT, note="", by=None
    )

    words = words_of(reduction)

    assert "J8X 4C2 $10.00 Subtotal $10.00 Total refunded $10.00" in words


def test_in_full_says_nothing_of_the_policy(issued):
    assert "policy" not in words_of(issued())


def test_is_tagged_and_titled(issued):
    reader = read(issued(), "fr-ca")

    root, tags = reader.trailer["/Root"], tags_of(reader)
    assert root["/Lang"] == "fr-CA"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert flat(reader.metadata.title) == said("Credit note {number}", "fr-ca", number="NC-000001")
    assert (tags.count("/Table"), tags.count("/TH"), tags.count("/TD")) == (1, 3, 3)


def test_the_same_facts_give_the_same_bytes(issued):
    said_once = issued().latest_edition.facts

    assert credit_note.draw(said_once, "en") == credit_note.draw(said_once, "en")
