"""Writing the terms of sale in the back office: a draft, its preview, its publication, and no change after that."""

import pytest
from django.urls import reverse

from pupitre.models import Provider, TermsVersion, User

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

LIST = reverse("admin:pupitre_termsversion_changelist")


@pytest.fixture(autouse=True)
def staff(client):
    user = User.objects.create_superuser("gestion@exemple.ca", "un mot de passe assez long")
    client.force_login(user)
    return user


def write(client, text_fr="Les places sont payées d’avance.", text_en="Seats are paid in advance."):
    client.post(reverse("admin:pupitre_termsversion_add"), {"text_fr": text_fr, "text_en": text_en})
    return TermsVersion.objects.first()


def publish(client, *versions):
    chosen = {"action": "publish", "_selected_action": [version.pk for version in versions]}
    return client.post(LIST, chosen, follow=True)


def page(version):
    return reverse("admin:pupitre_termsversion_change", args=[version.pk])


def test_a_version_is_written_previewed_and_published(client, staff):
    version = write(client)
    assert (version.number, version.published_at) == (1, None)
    preview = reverse("shop:terms_version", args=[1])
    assert f'href="{preview}"' in client.get(page(version)).content.decode()
    assert client.get(preview).status_code == 200

    publish(client, version)

    assert Provider.current().terms == version
    assert "icon-yes" in client.get(LIST).content.decode()


def test_a_draft_can_be_changed_and_a_published_version_cannot(client):
    version = write(client)
    client.post(page(version), {"text_fr": "Autre chose.", "text_en": ""})
    version.refresh_from_db()
    assert version.text_fr == "Autre chose."

    publish(client, version)

    assert client.post(page(version), {"text_fr": "Encore autre chose.", "text_en": ""}).status_code == 403
    assert (
        client.post(reverse("admin:pupitre_termsversion_delete", args=[version.pk]), {"post": "yes"}).status_code == 403
    )
    version.refresh_from_db()
    assert version.text_fr == "Autre chose."


def test_one_version_is_published_at_a_time_and_never_an_older_one(client):
    first, second = write(client), write(client)

    publish(client, first, second)
    assert Provider.current().terms is None
    publish(client, second)
    publish(client, first)
    publish(client, second)

    assert Provider.current().terms == second
    assert list(TermsVersion.objects.filter(published_at=None)) == [first]
