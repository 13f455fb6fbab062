"""The terms of sale on the pages: French first, English by express choice, and what was typed is kept."""

import re

import pytest
from django.urls import reverse
from django.utils import translation

from pupitre.actions import terms
from pupitre.models import Order
from tests.counting import questions
from tests.world import a_cart, a_session

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

FRENCH, ENGLISH = "Les places sont payées d’avance.", "Seats are paid in advance."


@pytest.fixture
def version(owner):
    return terms.publish(terms.write(FRENCH, ENGLISH, by=owner), by=owner)


@pytest.fixture
def cart(owner):
    return a_cart(owner, (a_session(capacity=10), 1))


def at(name, *args, language="fr-ca"):
    with translation.override(language):
        return reverse(name, args=args)


def note_on(page):
    return re.search(r'name="terms_note" value="([^"]+)"', page.content.decode())[1]


def pay(client, *, language="fr-ca", **typed):
    return client.post(at("shop:review", language=language), {"means": "stripe", "net_cents": 12500} | typed)


class TestTheirPage:
    def test_it_shows_the_version_in_force_and_the_footer_leads_there(self, client, version):
        page = client.get(at("shop:terms")).content.decode()

        assert FRENCH in page
        assert ENGLISH not in page
        assert f'href="{at("shop:terms")}"' in client.get(at("shop:catalogue")).content.decode()

    def test_in_english_it_says_that_french_comes_first(self, client, version):
        page = client.get(at("shop:terms", language="en")).content.decode()

        assert ENGLISH in page
        assert "These terms exist in French first." in page
        assert f'href="{at("shop:terms")}" hreflang="fr-CA"' in page

    def test_terms_that_exist_in_french_only_are_shown_in_french(self, client, owner):
        terms.publish(terms.write(FRENCH, by=owner), by=owner)

        page = client.get(at("shop:terms", language="en")).content.decode()

        assert re.search(rf'lang="fr-CA"><p>{FRENCH}', page)
        assert "These terms exist in French only." in page

    def test_older_versions_stay_where_orders_lead_to(self, client, owner, version):
        terms.publish(terms.write("Autre chose.", by=owner), by=owner)

        assert FRENCH in client.get(at("shop:terms_version", 1)).content.decode()
        assert "Autre chose." in client.get(at("shop:terms")).content.decode()
        assert at("shop:terms_version", 1) in client.get(at("shop:terms")).content.decode()

    def test_a_draft_is_for_the_people_of_the_provider(self, client, owner):
        terms.write(FRENCH, by=owner)

        assert client.get(at("shop:terms_version", 1)).status_code == 404
        owner.is_staff = True
        owner.save()
        assert client.get(at("shop:terms_version", 1)).status_code == 200

    def test_without_terms_there_is_no_page(self, client):
        assert client.get(at("shop:terms")).status_code == 404
        assert at("shop:terms") not in client.get(at("shop:catalogue")).content.decode()


class TestOrdering:
    def test_without_terms_nothing_is_asked(self, client, cart, sandbox):
        assert "terms_note" not in client.get(at("shop:review")).content.decode()
        assert pay(client)["Location"].startswith(sandbox.url)

    def test_in_french_paying_is_accepting_and_the_text_is_on_the_page(self, client, cart, version, sandbox):
        page = client.get(at("shop:review"))
        assert FRENCH in page.content.decode()
        assert "chooses_english" not in page.content.decode()

        assert pay(client, terms_note=note_on(page))["Location"].startswith(sandbox.url)

        order = Order.objects.get()
        assert order.terms == version
        assert order.french_terms_given_at <= order.placed_at

    def test_in_english_french_is_given_first_and_english_is_chosen(self, client, cart, version, sandbox):
        page = client.get(at("shop:review", language="en"))
        text = page.content.decode()
        assert text.index(FRENCH) < text.index(ENGLISH)
        assert 'lang="fr-CA"' in text

        refused = pay(client, language="en", terms_note=note_on(page))
        assert refused.status_code == 422
        assert "Accept the terms of sale to continue." in refused.content.decode()
        assert not Order.objects.exists()

        chosen = pay(client, language="en", terms_note=note_on(page), chooses_english="on")
        assert chosen["Location"].startswith(sandbox.url)
        order = Order.objects.get()
        assert order.french_terms_given_at < order.english_terms_chosen_at

    def test_a_box_that_was_ticked_stays_ticked_when_something_else_is_refused(self, client, cart, version):
        page = client.get(at("shop:review", language="en"))

        refused = pay(client, language="en", terms_note=note_on(page), chooses_english="on", means="")

        assert refused.status_code == 422
        assert re.search(r"<input[^>]+name=\"chooses_english\"[^>]+checked", refused.content.decode())

    def test_a_page_without_our_note_is_refused(self, client, cart, version):
        for forged in ({}, {"terms_note": "nonsense"}):
            assert pay(client, **forged).status_code == 422
        assert not Order.objects.exists()

    def test_terms_published_meanwhile_are_shown_and_asked_again(self, client, owner, cart, version, sandbox):
        page = client.get(at("shop:review"))
        terms.publish(terms.write("Autre chose.", by=owner), by=owner)

        refused = pay(client, terms_note=note_on(page), purchase_order_number="BC-9")
        assert refused.status_code == 422
        assert "Autre chose." in refused.content.decode()
        assert 'value="BC-9"' in refused.content.decode()

        assert pay(client, terms_note=note_on(refused)).status_code == 302

    def test_opening_the_review_writes_nothing(self, client, cart, version):
        with questions() as asked:
            client.get(at("shop:review"))

        assert [sql for sql in asked.asked if sql.startswith(("INSERT", "UPDATE", "DELETE"))] == []


class TestThePurchaseOrderNumber:
    def test_it_is_optional_kept_and_shown(self, client, cart, sandbox):
        pay(client, purchase_order_number="  BC-2026-118  ")

        order = Order.objects.get()
        assert order.purchase_order_number == "BC-2026-118"
        assert "BC-2026-118" in client.get(order.get_absolute_url()).content.decode()

    def test_a_second_try_with_another_number_takes_the_new_one(self, client, cart, sandbox):
        pay(client, purchase_order_number="BC-1")
        pay(client, purchase_order_number="BC-2")

        assert Order.objects.get().purchase_order_number == "BC-2"

    def test_one_that_is_too_long_is_refused_and_kept_in_the_field(self, client, cart):
        refused = pay(client, purchase_order_number="B" * 41)

        assert refused.status_code == 422
        assert f'value="{"B" * 41}"' in refused.content.decode()
        assert not Order.objects.exists()
