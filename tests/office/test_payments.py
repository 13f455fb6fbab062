"""What the provider sees of money that does not add up, and writes down about it."""

import pytest
from django.urls import reverse

from pupitre.models import StrayPayment
from tests.world import a_provider, an_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    a_provider()
    staff = an_owner(is_staff=True, is_superuser=True)
    client.force_login(staff)
    return staff


@pytest.fixture
def stray():
    return StrayPayment.objects.create(
        means="stripe", provider_reference="cs_1", mode="sandbox", amount_cents=123456, currency="CAD"
    )


def page_of(stray):
    return reverse("admin:pupitre_straypayment_change", args=[stray.pk])


def test_what_was_done_about_a_payment_nobody_knows_is_written_down_once(client, staff, stray):
    page = client.get(page_of(stray)).content.decode()
    answer = client.post(page_of(stray), {"resolution": "Remboursé chez Stripe"})

    stray.refresh_from_db()
    assert "1\u202f234,56\u00a0$" in page or "1\u00a0234,56\u00a0$" in page
    assert answer.status_code == 302
    assert (stray.resolution, stray.resolved_by) == ("Remboursé chez Stripe", staff)
    assert 'name="resolution"' not in client.get(page_of(stray)).content.decode()


def test_nothing_written_is_kindly_refused(client, staff, stray):
    answer = client.post(page_of(stray), {"resolution": ""})

    assert answer.status_code == 200
    assert 'name="resolution"' in answer.content.decode()
    assert StrayPayment.objects.unresolved().exists()
