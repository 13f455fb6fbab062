from datetime import UTC, datetime

import pytest

from pupitre import formats
from pupitre.actions import documents
from pupitre.documents import receipt
from pupitre.models import CreditNote, Provider, Refund
from pupitre.refusals import Refused

from .reading import flat, opened, said, tags_of, text_of


def words_of(pdf: bytes) -> str:
    return " ".join(text_of(page) for page in opened(pdf).pages)


@pytest.mark.parametrize("language", ["fr-ca", "en"])
def test_the_receipt_says_all_that_a_registered_buyer_needs(an_order, a_session, language):
    order = an_order((a_session(), 3))

    words = words_of(receipt.draw(order, language))

    date = {"fr-ca": "20 novembre 2026", "en": "November 20, 2026"}[language]
    course = {"fr-ca": "Secourisme en milieu de travail", "en": "Workplace first aid"}[language]
    rates = {"fr-ca": ("5 %", "9,975 %"), "en": ("5%", "9.975%")}[language]
    for expected in (
        "Centre de formation de l’Érable",
        "725, rue Exemple, bureau 5",
        said("Receipt", language),
        f"{said('Order number', language)} {order.number}",
        f"{said('Payment date', language)} {date}",
        said("Billed to", language),
        "Clinique des Ormes 10, rue Principale Gatineau (Québec) J8X 1A1",
        said("Payment terms: paid in full on {date}, by credit card", language, date=date),
        "Visa •••• 4242",
        said("Payment reference: {reference}", language, reference=f"ch_{order.reference}"),
        course,
        f"3 {money(14500, language)} {money(43500, language)}",
        f"{said('Subtotal', language)} {money(43500, language)}",
        f"{said('GST ({rate})', language, rate=rates[0])} {money(2175, language)}",
        f"{said('QST ({rate})', language, rate=rates[1])} {money(4339, language)}",
        f"{said('Total paid', language)} {money(50014, language)}",
        said("All amounts are in Canadian dollars.", language),
        said("GST number: {number}", language, number="123456789 RT0001"),
        said("QST number: {number}", language, number="1234567890 TQ0001"),
        "0012345",
    ):
        assert expected in words


def money(cents: int, language: str) -> str:
    return flat(formats.money(cents, language))


@pytest.mark.parametrize(("language", "lang"), [("fr-ca", "fr-CA"), ("en", "en-CA")])
def test_the_receipt_is_tagged_titled_and_in_a_language(an_order, language, lang):
    order = an_order()

    reader = opened(receipt.draw(order, language))

    root = reader.trailer["/Root"]
    tags = tags_of(reader)
    assert root["/Lang"] == lang
    assert root["/MarkInfo"]["/Marked"].value is True
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert flat(reader.metadata.title) == said("Receipt: order {number}", language, number=order.number)
    assert [tag for tag in tags if tag.startswith("/H")] == ["/H1", "/H2", "/H2"]
    assert (tags.count("/Table"), tags.count("/TH"), tags.count("/TD")) == (1, 4, 4)
    assert (reader.pages[0].mediabox.width, reader.pages[0].mediabox.height) == (612, 792)


def test_paypal_shows_who_paid(an_order):
    order = an_order(means="paypal", paid_with="payeur@clinique.example")

    words = words_of(receipt.draw(order, "en"))

    assert "Payment terms: paid in full on November 20, 2026, by PayPal payeur@clinique.example" in words


@pytest.mark.parametrize("mode", ["sandbox", "test"])
@pytest.mark.parametrize("language", ["fr-ca", "en"])
def test_a_receipt_of_no_money_says_that_it_has_no_value(an_order, mode, language):
    order = an_order(mode=mode)

    words = words_of(receipt.draw(order, language))

    assert said("Without value: made with a test payment, no money was taken.", language) in words
    assert said("no value", language).upper() in words
    assert f"DEMO-{order.reference}" in words


def test_a_receipt_of_real_money_has_its_value(an_order):
    words = words_of(receipt.draw(an_order(), "en"))

    assert "NO VALUE" not in words
    assert "Without value" not in words


def test_an_untaxed_line_says_why(an_order, a_session, a_course):
    taught = a_course(title_fr="Francisation", tax_class="exempt", tax_reason="Cours de langue seconde")
    order = an_order((a_session(), 1), (a_session(taught), 2))

    words = words_of(receipt.draw(order, "en"))

    assert "Tax exempt (Cours de langue seconde)" in words
    assert "Subtotal $435.00 GST (5%) $7.25 QST (9.975%) $14.46 Total paid $456.71" in words


def test_taxes_of_two_provinces_are_told_apart(an_order, a_session):
    ontario = a_session(city="Ottawa", province="ON", postal_code="K1A 0B1")
    order = an_order((a_session(), 1), (ontario, 1))

    words = words_of(receipt.draw(order, "en"))

    assert "GST (5%), Québec $7.25 QST (9.975%), Québec $14.46 HST (13%), Ontario $18.85" in words


def test_a_provider_that_collects_no_tax_says_so(an_order):
    Provider.objects.update(gst_number="", qst_number="", accreditation_number="")

    words = words_of(receipt.draw(an_order(), "en"))

    assert "Supplier not registered for GST or QST: no tax collected" in words
    assert "GST number" not in words
    assert "accreditation" not in words


def test_an_order_with_nothing_to_pay_has_a_receipt_too(an_order, a_session):
    order = an_order((a_session(price_cents=0), 1))
    order.payments.all().delete()

    words = words_of(receipt.draw(order, "en"))

    assert "Payment terms: nothing to pay" in words
    assert "Total paid $0.00" in words


def test_fifty_lines_with_long_names_take_several_pages_and_add_up(an_order, a_session, a_course):
    course = a_course(title_fr="Prévention des infections et contrôle des risques biologiques en soins de longue durée")
    bought = [(a_session(course), number + 1) for number in range(50)]
    order = an_order(*bought, bill_to="Établissement" * 14 + "\nGatineau", paid_with="a" * 200 + "@clinique.example")

    pages = [text_of(page) for page in opened(receipt.draw(order, "fr-ca")).pages]

    amounts = [money(quantity * 14500, "fr-ca") for _session, quantity in bought]
    assert len(pages) > 3
    assert all(said("Unit price", "fr-ca") in page for page in pages[:-1])
    assert all(said("Page {n} of {total}", "fr-ca", n=n, total=len(pages)) in page for n, page in enumerate(pages, 1))
    assert [amount for amount in amounts if amount not in " ".join(pages)] == []
    assert f"{said('Total paid', 'fr-ca')} {money(order.total_cents, 'fr-ca')}" in pages[-1]


def test_what_was_typed_is_printed_and_never_run(an_order):
    order = an_order(bill_to='#read("/etc/passwd")\n<script>alert(1)</script>\n\\ "quoted" $x$ *gras*')

    words = words_of(receipt.draw(order, "fr-ca"))

    assert '#read("/etc/passwd") <script>alert(1)</script> \\ "quoted" $x$ *gras*' in words


def test_the_same_order_gives_the_same_bytes(an_order):
    order = an_order()

    assert receipt.draw(order, "fr-ca") == receipt.draw(order, "fr-ca")


def test_an_order_that_is_not_paid_has_no_receipt(an_order):
    order = an_order(status="awaiting_payment", paid_at=None)

    with pytest.raises(Refused):
        receipt.draw(order, "fr-ca")


@pytest.mark.parametrize("language", ["fr-ca", "en"])
def test_the_receipt_shows_refunds_with_their_date_and_reference_and_what_remains(an_order, a_session, owner, language):
    order = an_order((a_session(), 3))
    documents.issue_invoice(order)
    gst, qst = order.taxes.all()
    note = documents.issue_credit_note(
        order,
        lines=[(order.lines.get(), 1, 14500)],
        taxes=[(gst, 725), (qst, 1446)],
        reason=CreditNote.Reason.SEATS,
        by=owner,
    )
    facts = {"payment": order.payments.get(), "credit_note": note, "reason": "credit_note"}
    day = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
    Refund.objects.create(
        **facts, amount_cents=10000, status="succeeded", provider_reference="re_1", settled_at=day, requested_at=day
    )
    Refund.objects.create(**facts, amount_cents=6671, requested_at=day)
    Refund.objects.create(**facts, amount_cents=5000, status="failed", requested_at=day)

    words = words_of(receipt.draw(order, language))

    date = {"fr-ca": "25 novembre 2026", "en": "November 25, 2026"}[language]
    settled = f"{said('Refund of {date}', language, date=date)}, NC-000001, re_1 {money(-10000, language)}"
    asked = f"{said('Refund asked for on {date}', language, date=date)}, NC-000001 {money(-6671, language)}"
    balance = f"{said('Balance', language)} {money(order.total_cents - 16671, language)}"
    total = f"{said('Total paid', language)} {money(order.total_cents, language)}"
    assert f"{total} {settled} {asked} {balance}" in words


def test_the_receipt_says_what_the_invoice_says(an_order):
    order = an_order()
    documents.issue_invoice(order)
    Provider.objects.update(name="Autre nom")

    assert "Centre de formation de l’Érable" in words_of(receipt.draw(order, "en"))
