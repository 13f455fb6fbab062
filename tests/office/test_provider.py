"""The provider’s own page in the back office."""

import pytest
from django.urls import reverse

from pupitre.models import Provider
from tests.counting import questions
from tests.world import a_provider, an_owner

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    staff = an_owner("Le bureau", is_staff=True, is_superuser=True)
    client.force_login(staff)
    return staff


def saved(client, **typed):
    """What is said after the page of the provider is saved."""
    provider = a_provider()
    fields = list(client.get(_page()).context["adminform"].form.fields)
    facts = {name: getattr(provider, name) or "" for name in fields}
    response = client.post(_page(), facts | typed, follow=True)
    assert response.status_code == 200
    return [(message.level_tag, str(message)) for message in response.context["messages"]]


def _page():
    return reverse("admin:pupitre_provider_change", args=[1])


@pytest.mark.parametrize("gst", ["123456789 RT0001", "123456789RT0001", ""])
def test_usual_registration_numbers_raise_no_doubt(client, staff, gst):
    said = saved(client, gst_number=gst, qst_number="1234567890 TQ0001")

    assert [level for level, _sentence in said] == ["success"]


def test_odd_registration_numbers_are_kept_and_doubted(client, staff):
    said = saved(client, gst_number="12345", qst_number="1234567890 RT0001")

    assert [level for level, _sentence in said] == ["warning", "warning", "success"]
    assert (Provider.current().gst_number, Provider.current().qst_number) == ("12345", "1234567890 RT0001")
    assert any("12345" in sentence and "123456789 RT0001" in sentence for _level, sentence in said)


def test_only_what_was_typed_is_written(client, staff):
    """Terms of sale may be published while someone types here: they must not come back to what they were."""
    with questions() as asked:
        saved(client, phone="418 555-0199")

    [written] = [question for question in asked.asked if question.startswith('UPDATE "pupitre_provider" SET "phone"')]
    assert "terms_id" not in written
    assert Provider.current().phone == "418 555-0199"
