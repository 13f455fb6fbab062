"""What those who wait are written: noted, offered, about to end, ended."""

import pytest
from django.utils import translation

from pupitre import clock
from pupitre.actions import payments, waitlist
from pupitre.mail import delivery, letters, writing
from pupitre.models import Letter, Membership, Order, Role
from tests.world import a_session, an_order, an_owner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

NBSP = "\u00a0"


@pytest.fixture
def session():
    return a_session(capacity=2)


@pytest.fixture
def order(session):
    """Two places, offered to who waited for them."""
    held = an_order(an_owner(), (session, 2))
    session.refresh_from_db()
    owner = an_owner()
    waitlist.ask(session, owner.establishment, 2, together=True, by=owner)
    payments.cancel(held, by=held.placed_by)
    waitlist.make_offers(session.pk)
    return Order.objects.get(offer__isnull=False)


def words(kind, language="fr-ca"):
    with translation.override(language):
        return writing.write(Letter.objects.get(kind=kind))


def test_one_says_that_the_establishment_waits(order):
    said = words("waitlist_joined")

    assert said.subject.startswith(f"Liste d’attente{NBSP}: «{NBSP}Secourisme en milieu de travail{NBSP}», ")
    assert said.paragraphs == [
        "Bonjour. Votre établissement est sur la liste d’attente de cette session, pour 2 places.",
        "Toutes ces places vous seront offertes ensemble, dès qu’il y en aura assez de libres.",
    ]
    assert said.page.url("fr-ca").endswith("/liste-attente/")


def test_the_offer_says_until_when_and_leads_to_the_order(order):
    said = words("seats_offered")

    assert said.subject.startswith("2 places se sont libérées")
    assert said.paragraphs[0].startswith("Bonjour. Les 2 places sont retenues pour vous jusqu’au ")
    assert said.button == "Réserver"
    assert said.page.url("fr-ca").endswith(order.get_absolute_url())
    assert f"287,44{NBSP}$" in [value for _label, value in said.facts]


def test_in_english_too(order):
    said = words("seats_offered", "en")

    assert said.subject.startswith("2 seats have opened up: “Workplace first aid”")
    assert said.paragraphs[0].startswith("Hello. The 2 seats are held for you until ")


@pytest.mark.parametrize("language", ["fr-ca", "en"])
def test_every_letter_is_composed(order, language):
    letters.offer_ending(order)
    letters.offer_lapsed(order)
    Letter.objects.update(language=language)

    for kind in ("waitlist_joined", "seats_offered", "offer_ending", "offer_lapsed"):
        letter = Letter.objects.get(kind=kind)
        message = delivery.compose(letter)
        assert message.subject.startswith("[DEMO] ")
        assert "{" not in message.body


def test_an_offer_that_is_over_is_not_posted(order):
    letter = Letter.objects.get(kind="seats_offered")
    assert delivery.is_still_true(letter)

    with clock.stopped_at(order.offer.expires_at):
        assert not delivery.is_still_true(Letter.objects.get(pk=letter.pk))
    payments.cancel(order, by=order.placed_by)
    assert not delivery.is_still_true(Letter.objects.get(pk=letter.pk))


def test_nobody_who_may_no_longer_buy_is_written_to(order):
    Membership.objects.filter(user=order.placed_by).update(role=Role.ASSIGNER)

    assert not delivery.is_still_true(Letter.objects.get(kind="seats_offered"))


def test_the_end_is_not_told_to_who_paid_meanwhile(order):
    letters.offer_lapsed(order)
    letter = Letter.objects.get(kind="offer_lapsed")
    assert delivery.is_still_true(letter)

    Order.objects.filter(pk=order.pk).update(status=Order.Status.PAID, paid_at=clock.now())

    assert not delivery.is_still_true(Letter.objects.get(pk=letter.pk))
