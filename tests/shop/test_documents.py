"""Orders and invoices: the documents of the establishment, and nobody else's."""

import pytest
from django.urls import reverse
from django.utils import translation

from pupitre.actions import documents, orders
from pupitre.models import CreditNote, Deed, Edition, Establishment, Membership, Order, Role
from tests.counting import questions
from tests.documents.reading import opened, said, text_of
from tests.world import a_course, a_paid_order, a_provider, a_session, an_order, an_owner

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Clinique neuve",
    "street": "12, rue Neuve",
    "city": "Gatineau",
    "province": "QC",
    "postal_code": "j8x1a2",
    "reminders": "on",
}


@pytest.fixture(autouse=True)
def provider(db):
    return a_provider()


@pytest.fixture
def owner(client, provider):
    owner = an_owner()
    client.force_login(owner)
    return owner


@pytest.fixture
def paid(owner):
    return a_paid_order(owner, (a_session(), 2))


def credited(order, net, gst, qst):
    first, second = order.taxes.all()
    return documents.issue_credit_note(
        order,
        lines=[(order.lines.get(), 0, net)],
        taxes=[(first, gst), (second, qst)],
        reason=CreditNote.Reason.AMOUNT,
        by=None,
    )


def read(response):
    assert (response.status_code, response["Content-Type"]) == (200, "application/pdf")
    return " ".join(text_of(page) for page in opened(response.content).pages)


def address(name, *args, language="fr-ca"):
    with translation.override(language):
        return reverse(f"shop:{name}", args=args)


class TestTheList:
    def test_shows_each_order_where_it_stands(self, client, owner):
        in_part = a_paid_order(owner, (a_session(), 2))
        credited(in_part, 1000, 50, 100)
        in_full = a_paid_order(owner, (a_session(), 1))
        credited(in_full, 12500, 625, 1247)
        a_paid_order(owner, (a_session(), 1))
        free = an_order(owner, (a_session(a_course(price_cents=0)), 1))
        orders.deliver_free(free)
        for status in (Order.Status.EXPIRED, Order.Status.CANCELLED):
            order = an_order(owner, (a_session(), 1))
            Order.objects.filter(pk=order.pk).update(status=status, cart=None)
            owner.cart.lines.all().delete()
        an_order(owner, (a_session(), 1))

        rows = client.get(reverse("shop:documents")).context["rows"]

        assert [row.standing.value for row in rows] == [
            "awaiting_payment",
            "cancelled",
            "expired",
            "paid",
            "paid",
            "refunded",
            "partly_refunded",
        ]

    def test_leads_to_the_documents_of_each(self, client, paid):
        note = credited(paid, 1000, 50, 100)

        page = client.get(reverse("shop:documents")).content.decode()

        for link in (
            address("invoice", paid.reference),
            address("credit_note", paid.reference, note.serial),
            address("receipt", paid.reference),
            address("invoice_address", paid.reference),
        ):
            assert f'href="{link}"' in page

    def test_in_english_leads_to_the_french_copies_too(self, client, paid):
        note = credited(paid, 1000, 50, 100)

        page = client.get(address("documents", language="en")).content.decode()

        for language in ("fr-ca", "en"):
            assert f'href="{address("invoice", paid.reference, language=language)}"' in page
            assert f'href="{address("credit_note", paid.reference, note.serial, language=language)}"' in page

    def test_asks_the_same_number_of_questions_with_one_order_and_with_three(self, client, paid, owner):
        page = reverse("shop:documents")
        client.get(page)
        with questions() as one:
            client.get(page)
        for _ in range(2):
            credited(a_paid_order(owner, (a_session(), 1)), 100, 5, 10)

        with questions() as three:
            client.get(page)

        assert len(one) == len(three) <= 10, str(three)

    def test_is_empty_kindly(self, client, owner):
        assert client.get(reverse("shop:documents")).status_code == 200

    def test_comes_by_pages(self, client, owner):
        session = a_session(capacity=100)
        for _ in range(26):
            a_paid_order(owner, (session, 1))

        first, second = (client.get(reverse("shop:documents"), {"page": page}).context["rows"] for page in (1, 2))

        assert (len(first), len(second)) == (25, 1)

    def test_shows_nothing_of_another_establishment(self, client, owner):
        a_paid_order(an_owner("Clinique voisine"), (a_session(), 1))

        assert client.get(reverse("shop:documents")).context["rows"] == []


class TestDownloads:
    @pytest.mark.parametrize("language", ["fr-ca", "en"])
    def test_an_invoice_comes_in_the_language_of_its_address(self, client, paid, language):
        words = read(client.get(address("invoice", paid.reference, language=language)))

        assert said("Invoice number", language) + " DEMO-F-000001" in words

    @pytest.mark.parametrize("language", ["fr-ca", "en"])
    def test_a_credit_note_too(self, client, paid, language):
        note = credited(paid, 1000, 50, 100)

        words = read(client.get(address("credit_note", paid.reference, note.serial, language=language)))

        assert said("Credit note number", language) + " DEMO-NC-000001" in words

    def test_who_took_a_copy_is_kept(self, client, owner, paid):
        client.get(address("invoice", paid.reference))

        deed = Deed.objects.get(verb="document.downloaded")
        assert (deed.by, deed.order, deed.facts["language"]) == (owner, paid, "fr-ca")

    def test_the_thanks_lead_to_the_receipt_and_to_the_invoice(self, client, paid):
        page = client.get(reverse("shop:thanks", args=[paid.reference])).content.decode()

        assert address("receipt", paid.reference) in page
        assert address("invoice", paid.reference) in page

    def test_an_order_that_is_not_paid_has_none(self, client, owner):
        waiting = an_order(owner, (a_session(), 1))

        assert client.get(address("invoice", waiting.reference)).status_code == 404

    def test_documents_of_another_establishment_do_not_exist(self, client, owner):
        other = a_paid_order(an_owner("Clinique voisine"), (a_session(), 1))
        note = credited(other, 1000, 50, 100)

        for link in (
            address("invoice", other.reference),
            address("credit_note", other.reference, note.serial),
            address("receipt", other.reference),
            address("invoice_address", other.reference),
        ):
            assert client.get(link).status_code == 404
        assert client.post(address("invoice_address", other.reference)).status_code == 404
        assert Edition.objects.count() == 2

    def test_a_credit_note_of_another_order_does_not_exist(self, client, owner, paid):
        note = credited(a_paid_order(owner, (a_session(), 1)), 1000, 50, 100)

        assert client.get(address("credit_note", paid.reference, note.serial)).status_code == 404

    def test_a_stranger_signs_in_first(self, client, paid):
        client.logout()

        assert client.get(address("invoice", paid.reference)).status_code == 302


class TestCorrectingTheAddress:
    def test_the_establishment_changes_then_asks_for_corrected_copies(self, client, owner, paid):
        client.post(reverse("shop:establishment"), TYPED)
        shown = client.get(address("invoice_address", paid.reference))
        assert shown.context["on_paper"][0] == "Clinique des Érables"
        assert shown.context["today"] == ["Clinique neuve", "12, rue Neuve", "Gatineau (Québec)  J8X 1A2"]

        response = client.post(address("invoice_address", paid.reference), follow=True)

        assert response.redirect_chain == [(reverse("shop:documents"), 302)]
        words = read(client.get(address("invoice", paid.reference)))
        assert "Clinique neuve 12, rue Neuve Gatineau (Québec) J8X 1A2" in words
        assert "DEMO-F-000001" in words
        assert [edition.rank for edition in Edition.objects.all()] == [1, 2]

    def test_nothing_to_correct_offers_no_button(self, client, paid):
        page = client.get(address("invoice_address", paid.reference)).content.decode()

        assert f'action="{address("invoice_address", paid.reference)}"' not in page
        assert said("Issue a corrected copy", "fr-ca") not in page

    def test_opening_the_page_changes_nothing(self, client, paid):
        client.get(address("invoice_address", paid.reference))

        assert Edition.objects.count() == 1

    def test_is_for_owners(self, client, owner, paid):
        Establishment.objects.update(name="Clinique neuve")
        Membership.objects.update(role=Role.DELEGATE)

        assert client.get(address("invoice_address", paid.reference)).status_code == 403
        assert client.post(address("invoice_address", paid.reference)).status_code == 403
        assert Edition.objects.count() == 1


class TestTheEstablishment:
    def test_is_shown_and_changed(self, client, owner):
        page = reverse("shop:establishment")
        assert client.get(page).context["form"].initial["name"] == "Clinique des Érables"

        response = client.post(page, TYPED)

        assert response.status_code == 302
        changed = Establishment.objects.get()
        assert (changed.name, changed.street, changed.postal_code) == ("Clinique neuve", "12, rue Neuve", "J8X 1A2")
        assert Deed.objects.get(verb="establishment.corrected").facts == {"fields": ["name", "street", "postal_code"]}

    @pytest.mark.parametrize(
        ("field", "typed"),
        [
            ("name", ""),
            ("street", ""),
            ("city", " "),
            ("province", "FR"),
            ("postal_code", "75001"),
            ("postal_code", "D8X 1A2"),
            ("postal_code", "V6B 1A1"),
            ("name", "x" * 161),
        ],
    )
    def test_what_does_not_look_right_is_asked_again(self, client, owner, field, typed):
        response = client.post(reverse("shop:establishment"), TYPED | {field: typed})

        assert response.status_code == 422
        assert list(response.context["form"].errors) == [field]
        assert Establishment.objects.get().name == "Clinique des Érables"

    @pytest.mark.parametrize(
        ("province", "typed"), [("QC", "K1A 0B1"), ("QC", "g1k-3g5"), ("ON", " k1p 5m7 "), ("NU", "X0A0H0")]
    )
    def test_postal_codes_of_the_province_are_understood_however_they_are_typed(self, client, owner, province, typed):
        response = client.post(reverse("shop:establishment"), TYPED | {"province": province, "postal_code": typed})

        assert response.status_code == 302
        assert len(Establishment.objects.get().postal_code) == 7

    def test_is_changed_by_its_owners_only(self, client, owner):
        Membership.objects.update(role=Role.DELEGATE)

        response = client.post(reverse("shop:establishment"), TYPED)

        assert response.status_code == 403
        assert Establishment.objects.get().name == "Clinique des Érables"

    def test_what_was_ordered_keeps_the_former_address(self, client, owner, paid):
        client.post(reverse("shop:establishment"), TYPED)

        paid.refresh_from_db()
        assert paid.bill_to.startswith("Clinique des Érables")
