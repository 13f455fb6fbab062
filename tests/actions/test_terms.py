"""Terms of sale: numbered versions that never change once published, agreed to in French first."""

from datetime import timedelta

import pytest
from django.core import signing
from django.utils import timezone

from pupitre import clock
from pupitre.actions import checkout, orders, terms
from pupitre.models import Deed, Order, Provider, TermsVersion
from tests.world import a_cart, a_session, an_owner, net_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def cart(owner):
    return a_cart(owner, (a_session(), 2))


@pytest.fixture
def version(owner):
    return terms.publish(
        terms.write("Les places sont payées d’avance.", "Seats are paid in advance.", by=owner), by=owner
    )


def agreed(version, owner, *, chooses_english=False):
    note = terms.note_of(version, owner)
    return terms.agreement(version, note, by=owner, chooses_english=chooses_english)


def place(cart, owner, agreement=None, *, language="fr-ca", number=""):
    return orders.place(
        cart,
        owner.establishment,
        by=owner,
        language=language,
        agreed_net_cents=net_of(cart),
        purchase_order_number=number,
        agreement=agreement,
    )


class TestPublishing:
    def test_versions_are_numbered_and_the_last_one_published_is_in_force(self, owner):
        first, second = terms.write("Un.", by=owner), terms.write("Deux.", by=owner)

        terms.publish(first, by=owner)
        assert Provider.current().terms == first
        terms.publish(second, by=owner)

        assert Provider.current().terms == second
        assert [version.number for version in TermsVersion.objects.all()] == [2, 1]
        assert list(Deed.objects.filter(verb__startswith="terms.").values_list("verb", "facts__version")) == [
            ("terms.written", 1),
            ("terms.written", 2),
            ("terms.published", 1),
            ("terms.published", 2),
        ]

    def test_a_draft_can_be_rewritten(self, owner):
        draft = terms.write("Un.", by=owner)

        terms.rewrite(draft, "Deux.", "Two.", by=owner)

        draft.refresh_from_db()
        assert (draft.text_fr, draft.text_en, draft.published_at) == ("Deux.", "Two.", None)

    def test_a_published_version_never_changes(self, owner, version):
        with pytest.raises(terms.TermsArePublished):
            terms.rewrite(version, "Autre chose.", "", by=owner)
        with pytest.raises(terms.TermsArePublished):
            terms.publish(version, by=owner)

        version.refresh_from_db()
        assert version.text_fr == "Les places sont payées d’avance."

    def test_an_older_draft_does_not_come_back_over_a_newer_version(self, owner):
        older, newer = terms.write("Un.", by=owner), terms.write("Deux.", by=owner)
        terms.publish(newer, by=owner)

        with pytest.raises(terms.NewerTermsPublished):
            terms.publish(older, by=owner)

        assert Provider.current().terms == newer


class TestAgreeing:
    def test_without_terms_nothing_is_asked(self, cart, owner):
        order = place(cart, owner)

        assert (order.terms, order.french_terms_given_at, order.english_terms_chosen_at) == (None, None, None)

    def test_an_order_keeps_the_version_and_the_moment_it_was_given_in_french(self, cart, owner, version):
        shown_at = timezone.now() - timedelta(minutes=3)
        with clock.stopped_at(shown_at):
            note = terms.note_of(version, owner)

        order = place(cart, owner, terms.agreement(version, note, by=owner))

        order.refresh_from_db()
        assert (order.terms, order.french_terms_given_at) == (version, shown_at)
        assert order.english_terms_chosen_at is None

    def test_english_is_chosen_expressly_after_french_was_given(self, cart, owner, version):
        order = place(cart, owner, agreed(version, owner, chooses_english=True), language="en")

        order.refresh_from_db()
        assert order.terms == version
        assert order.french_terms_given_at <= order.english_terms_chosen_at

    @pytest.mark.parametrize("language", ["fr-ca", "en"])
    def test_terms_that_were_not_agreed_to_are_asked_for(self, cart, owner, version, language):
        with pytest.raises(terms.TermsNotAccepted):
            place(cart, owner, language=language)

        assert not Order.objects.exists()

    def test_an_order_in_english_that_does_not_choose_english_is_refused(self, cart, owner, version):
        with pytest.raises(terms.TermsNotAccepted):
            place(cart, owner, agreed(version, owner), language="en")

    def test_terms_that_exist_in_french_only_bind_in_french(self, cart, owner):
        french = terms.publish(terms.write("Les places sont payées d’avance.", by=owner), by=owner)

        order = place(cart, owner, agreed(french, owner), language="en")

        assert (order.terms, order.english_terms_chosen_at) == (french, None)

    def test_terms_published_since_the_page_was_shown_are_agreed_to_again(self, cart, owner, version):
        agreement = agreed(version, owner)
        newer = terms.publish(terms.write("Deux.", by=owner), by=owner)

        with pytest.raises(terms.TermsChanged):
            place(cart, owner, agreement)
        with pytest.raises(terms.TermsChanged):
            terms.agreement(newer, terms.note_of(version, owner), by=owner)

    def test_a_note_that_we_did_not_sign_for_this_person_proves_nothing(self, owner, version):
        forged = ["", "nonsense", signing.dumps([version.pk, owner.pk, 0], salt="other")]

        for note in [*forged, terms.note_of(version, an_owner())]:
            with pytest.raises(terms.TermsNotAccepted):
                terms.agreement(version, note, by=owner)


class TestTryingAgain:
    def test_a_second_try_takes_the_new_purchase_order_number(self, cart, owner):
        first = place(cart, owner, number="BC-1")
        second = place(cart, owner, number="BC-2")

        assert second == first
        assert Order.objects.get().purchase_order_number == "BC-2"

    def test_a_second_try_agrees_to_the_terms_published_meanwhile(self, cart, owner, version):
        place(cart, owner, agreed(version, owner))
        newer = terms.publish(terms.write("Deux.", by=owner), by=owner)

        place(cart, owner, agreed(newer, owner))

        assert Order.objects.get().terms == newer

    def test_the_number_goes_through_the_check_out(self, owner):
        free = a_cart(owner, (a_session(price_cents=0), 1))

        order, _page = checkout.check_out(
            free,
            owner.establishment,
            "stripe",
            by=owner,
            language="fr-ca",
            agreed_net_cents=0,
            purchase_order_number="BC-7",
        )

        assert order.purchase_order_number == "BC-7"
