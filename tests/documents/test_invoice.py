"""Invoices, as a buyer and an auditor read them."""

import re

import pytest

from pupitre import formats
from pupitre.actions import documents
from pupitre.documents import invoice
from pupitre.documents.typesetting import PACKAGE
from pupitre.models import OrderLine, PromoCode, Provider, TermsVersion

from .reading import flat, opened, said, tags_of, text_of

LANGUAGES = ["fr-ca", "en"]


def words_of(order, language="en") -> str:
    """The invoice of an order, as it is read."""
    return " ".join(pages_of(order, language))


def pages_of(order, language="en") -> list[str]:
    issued = documents.issue_invoice(order)
    return [text_of(page) for page in opened(invoice.draw(issued.latest_edition.facts, language)).pages]


def money(cents: int, language: str) -> str:
    return flat(formats.money(cents, language))


def discounted(order, **discounts):
    """The same order, its line sold for less."""
    line = order.lines.get()
    before = line.quantity * discounts.get("unit_price_cents", line.unit_price_cents)
    taken_off = discounts.get("volume_discount_cents", 0) + discounts.get("promo_discount_cents", 0)
    OrderLine.objects.filter(pk=line.pk).update(net_cents=before - taken_off, **discounts)
    order.net_cents = before - taken_off
    order.save(update_fields=["net_cents"])
    return order


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("price_cents", [5000, 14500, 250000], ids=["under 100", "100 to 499.99", "500 and more"])
def test_says_all_that_the_tax_authorities_ask_for_whatever_the_amount(an_order, a_session, language, price_cents):
    order = an_order((a_session(price_cents=price_cents), 1), purchase_order_number="BC-2026-114")

    words = words_of(order, language)

    date = {"fr-ca": "20 novembre 2026", "en": "November 20, 2026"}[language]
    rates = {"fr-ca": ("5 %", "9,975 %"), "en": ("5%", "9.975%")}[language]
    gst, qst = order.taxes.all()
    for expected in (
        "Centre de formation de l’Érable",
        "725, rue Exemple, bureau 5",
        "inscriptions@erable.example",
        f"{said('Invoice number', language)} F-000001",
        f"{said('Date', language)} {day_of_issue(order, language)}",
        f"{said('Order number', language)} {order.number}",
        f"{said('Purchase order number', language)} BC-2026-114",
        said("Billed to", language),
        "Clinique des Ormes 10, rue Principale Gatineau (Québec) J8X 1A1",
        said("Payment terms: paid in full on {date}, by credit card", language, date=date),
        "Visa •••• 4242",
        {"fr-ca": "Secourisme en milieu de travail", "en": "Workplace first aid"}[language],
        {"fr-ca": "jeudi 26 novembre 2026, de 9 h à 16 h", "en": "Thursday, November 26, 2026"}[language],
        "Salle des Érables, 725, rue Exemple, Gatineau",
        f"1 {money(price_cents, language)} {money(price_cents, language)}",
        f"{said('Subtotal', language)} {money(price_cents, language)}",
        f"{said('GST ({rate})', language, rate=rates[0])} {money(gst.amount_cents, language)}",
        f"{said('QST ({rate})', language, rate=rates[1])} {money(qst.amount_cents, language)}",
        f"{said('Total', language)} {money(order.total_cents, language)}",
        said("All amounts are in Canadian dollars.", language),
        said("GST number: {number}", language, number="123456789 RT0001"),
        said("QST number: {number}", language, number="1234567890 TQ0001"),
        "0012345",
    ):
        assert expected in words


def day_of_issue(order, language: str) -> str:
    """The day the invoice was issued, which is the day the test runs."""
    return flat(formats.plain_day(order.invoice.issued_at, language, "America/Toronto"))


@pytest.mark.parametrize(("language", "lang"), [("fr-ca", "fr-CA"), ("en", "en-CA")])
def test_is_tagged_titled_and_in_a_language(an_order, language, lang):
    issued = documents.issue_invoice(an_order())

    reader = opened(invoice.draw(issued.latest_edition.facts, language))

    root, tags = reader.trailer["/Root"], tags_of(reader)
    assert root["/Lang"] == lang
    assert root["/MarkInfo"]["/Marked"].value is True
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert flat(reader.metadata.title) == said("Invoice {number}", language, number="F-000001")
    assert [tag for tag in tags if tag.startswith("/H")] == ["/H1", "/H2", "/H2"]
    assert (tags.count("/Table"), tags.count("/TH"), tags.count("/TD")) == (1, 4, 4)


@pytest.mark.parametrize("language", LANGUAGES)
def test_shows_every_rebate_before_the_taxes_and_what_it_saves(an_order, a_session, language):
    """Twelve seats listed at 185 $, 170 $ for members, then a tier and a code."""
    promo = PromoCode.objects.create(code="RENTREE", percent=10)
    order = discounted(
        an_order((a_session(price_cents=17000), 12), promo=promo),
        list_price_cents=18500,
        volume_discount_cents=5100,
        promo_discount_cents=19890,
    )

    words = words_of(order, language)

    for expected in (
        said("Member price, instead of {price}", language, price=money(18500, language)),
        f"{said('Volume discount', language)} {money(-5100, language)}",
        f"{said('Discount ({code})', language, code='RENTREE')} {money(-19890, language)}",
        f"12 {money(17000, language)} {money(179010, language)}",
        f"{said('Subtotal', language)} {money(179010, language)}",
        said("You save {amount} before taxes.", language, amount=money(42990, language)),
    ):
        assert expected in words
    assert words.index(said("Volume discount", language)) < words.index(said("Subtotal", language))


def test_without_rebate_says_nothing_of_savings(an_order):
    words = words_of(an_order())

    assert [word for word in ("You save", "iscount", "Member price") if word in words] == []


def test_tells_exempt_lines_from_taxable_ones(an_order, a_session, a_course):
    """Case 5 of the worked amounts: 250 $ taxable, 400 $ exempt."""
    exempt = a_course(title_fr="Francisation", tax_class="exempt", tax_reason="Cours de langue seconde")
    order = an_order((a_session(price_cents=25000), 1), (a_session(exempt, price_cents=20000), 2))

    words = words_of(order)

    assert "Tax exempt (Cours de langue seconde)" in words
    assert "Subtotal $650.00 GST (5%) $12.50 QST (9.975%) $24.94 Total $687.44" in words
    assert said("Tax exempt", "fr-ca") == "Exonéré de taxes"


def test_tells_zero_rated_lines(an_order, a_session, a_course):
    zero_rated = a_course(tax_class="zero_rated", tax_reason="Acheteur à l’étranger")

    words = words_of(an_order((a_session(zero_rated), 1)))

    assert "Zero-rated (Acheteur à l’étranger)" in words
    assert "Subtotal $145.00 Total $145.00" in words


@pytest.mark.parametrize(
    ("province", "city", "expected"),
    [
        ("ON", "Ottawa", "Subtotal $885.00 HST (13%) $115.05 Total $1,000.05"),
        ("NS", "Halifax", "Subtotal $885.00 HST (14%) $123.90 Total $1,008.90"),
        ("AB", "Calgary", "Subtotal $885.00 GST (5%) $44.25 Total $929.25"),
    ],
)
def test_bears_the_taxes_of_where_the_session_is(an_order, a_session, province, city, expected):
    there = a_session(province=province, city=city, price_cents=29500)

    words = words_of(an_order((there, 3)))

    assert expected in words
    assert "Taxes of" not in words, "one place needs no explanation"


def test_says_which_taxes_are_of_which_province_when_there_are_several(an_order, a_session):
    ontario = a_session(city="Ottawa", province="ON", postal_code="K1A 0B1")
    order = an_order((a_session(), 1), (ontario, 1))
    order.lines.filter(tax_place="ON").update(tax_place_reason="buyer_address")

    words = words_of(order)

    assert "GST (5%), Québec $7.25 QST (9.975%), Québec $14.46 HST (13%), Ontario $18.85" in words
    assert "Taxes of Québec: where the session takes place" in words
    assert "Taxes of Ontario: the buyer’s address" in words


def test_of_a_provider_that_collects_no_tax_says_so(an_order):
    Provider.objects.update(gst_number="", qst_number="", accreditation_number="")
    order = an_order()
    order.taxes.all().delete()
    order.total_cents = order.net_cents
    order.save(update_fields=["total_cents"])

    words = words_of(order)

    assert "Supplier not registered for GST or QST: no tax collected" in words
    assert [word for word in ("GST number", "QST number", "accreditation") if word in words] == []
    assert "Subtotal $435.00 Total $435.00" in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_nothing_to_pay(an_order, a_session, language):
    order = an_order((a_session(price_cents=0), 4))
    order.payments.all().delete()

    words = words_of(order, language)

    assert said("Payment terms: nothing to pay", language) in words
    assert f"{said('Total', language)} {money(0, language)}" in words


@pytest.mark.parametrize("mode", ["sandbox", "test"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_of_no_money_says_that_it_has_no_value(an_order, mode, language):
    words = words_of(an_order(mode=mode), language)

    assert said("Without value: made with a test payment, no money was taken.", language) in words
    assert said("no value", language).upper() in words
    assert f"{said('Invoice number', language)} DEMO-F-000001" in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_corrected_says_which_copy_it_replaces(an_order, owner, language):
    issued = documents.issue_invoice(an_order())
    corrected = documents.reissue(issued, "Clinique neuve\n1, rue Neuve", by=owner)

    words = " ".join(text_of(page) for page in opened(invoice.draw(corrected.facts, language)).pages)

    date = flat(formats.plain_day(issued.issued_at, language, "America/Toronto"))
    assert said("Corrected copy {n}, replaces the copy of {date}", language, n=1, date=date) in words
    assert "Clinique neuve 1, rue Neuve" in words
    assert "Clinique des Ormes" not in words


def test_of_two_hundred_lines_takes_pages_and_adds_up(an_order, a_session, a_course):
    course = a_course(title_fr="Prévention des infections et contrôle des risques biologiques en soins de longue durée")
    bought = [(a_session(course, price_cents=100 + number), 1) for number in range(200)]
    order = an_order(*bought)

    pages = pages_of(order, "fr-ca")

    amounts = [money(session.unit_price_cents, "fr-ca") for session, _quantity in bought]
    assert len(pages) > 10
    assert [amount for amount in amounts if amount not in " ".join(pages)] == []
    assert all(said("Page {n} of {total}", "fr-ca", n=n, total=len(pages)) in page for n, page in enumerate(pages, 1))
    assert f"{said('Total', 'fr-ca')} {money(order.total_cents, 'fr-ca')}" in pages[-1]


@pytest.mark.parametrize(
    "typed",
    [
        '#read("/etc/passwd") $x$ *gras* <script>alert(1)</script> \\ "quoted"',
        "شركة التدريب",
        "A" * 160,
        "Zoë & Fils — « l’Atelier » №5",
        "東京",
    ],
    ids=["markup", "arabic", "very long", "marks", "no font"],
)
def test_prints_what_was_typed_and_never_runs_it(an_order, typed):
    order = an_order(bill_to=f"{typed}\n1, rue Neuve", purchase_order_number=typed[:40])

    pages = pages_of(order, "fr-ca")

    assert len(pages) >= 1
    if typed.isascii():
        assert typed.replace(" ", "") in "".join(pages).replace(" ", "")


def test_says_in_each_language_that_it_exists_in_the_other(an_order):
    words = words_of(an_order(), "en")

    assert "Ce document existe aussi en français" in words


@pytest.mark.once
def test_the_two_rates_are_never_added_up():
    """One rate for both taxes rounds otherwise than each of them: nothing of ours shows or uses it."""
    sources = [file for kind in ("py", "html", "typ", "txt", "po") for file in PACKAGE.rglob(f"*.{kind}")]

    found = [file.name for file in sources if re.search(r"14[.,]97|\b9[.,]97(?!5)|0?\.14975", file.read_text())]

    assert (found, len(sources) > 200) == ([], True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_the_terms_of_sale_that_were_agreed_to(an_order, language):
    terms = TermsVersion.objects.create(number=3, text_fr="1. Le prix est payé d’avance.")

    named = said("Terms of sale, version {n}", language, n=3)
    assert named in words_of(an_order(terms=terms), language)
    assert named not in words_of(an_order(), language)
