"""The second step of the provider’s own people: asked for before the back office opens, taken away when it is lost."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from pupitre import checks
from pupitre.models import Course, Deed, Letter
from tests.world import an_owner

pytestmark = pytest.mark.django_db

PAGES = [
    reverse("admin:index"),
    reverse("admin:pupitre_course_add"),
    reverse("admin:cases"),
    reverse("admin:report"),
    reverse("admin:autocomplete"),
    reverse("admin:pupitre_secondstep_changelist"),
]


def a_step(user, kind=Authenticator.Type.TOTP):
    return Authenticator.objects.create(user=user, type=kind, data={})


class TestTheDoor:
    @pytest.fixture(autouse=True)
    def two_steps(self, settings):
        settings.OFFICE_TWO_STEPS = True

    @pytest.mark.parametrize("page", PAGES)
    def test_whoever_has_no_second_step_is_led_to_set_one_up(self, client, operator, page):
        for answer in (client.get(page), client.post(page)):
            assert answer["Location"] == reverse("mfa_index")
        shown = " ".join(client.get(reverse("mfa_index")).content.decode().split())
        assert "L’administration s’ouvre à qui se connecte en deux étapes" in shown

    def test_recovery_codes_are_no_step_by_themselves(self, client, operator):
        a_step(operator, Authenticator.Type.RECOVERY_CODES)

        assert client.get(reverse("admin:index"))["Location"] == reverse("mfa_index")

    def test_nothing_is_done_there_meanwhile(self, client, operator):
        client.post(reverse("admin:pupitre_course_add"), {"title_fr": "Grimper"})

        assert not Course.objects.exists()

    @pytest.mark.parametrize("kind", [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN])
    def test_it_opens_to_those_who_have_one(self, client, operator, kind):
        a_step(operator, kind)

        assert client.get(reverse("admin:index")).status_code == 200

    def test_others_stay_outside_with_or_without(self, owner):
        a_step(owner)
        client = Client()
        client.force_login(owner)

        assert client.get(reverse("admin:index"), follow=True).status_code == 403


@pytest.mark.parametrize(
    ("mode", "is_asked_for", "refused"), [("live", False, 1), ("live", True, 0), ("test", False, 0)]
)
def test_a_shop_that_takes_money_does_not_start_without_asking_for_it(settings, mode, is_asked_for, refused):
    settings.PAYMENT_MODE, settings.OFFICE_TWO_STEPS = mode, is_asked_for

    problems = [problem.msg for problem in checks.live_shop_is_closed_to_eavesdroppers()]

    assert sum("PUPITRE_OFFICE_TWO_STEPS" in problem for problem in problems) == refused


@pytest.mark.parametrize("how", ["one by one", "several at once"])
def test_taking_a_second_step_away_takes_all_of_it_and_its_owner_is_told(client, operator, owner, how):
    step, _codes = a_step(owner), a_step(owner, Authenticator.Type.RECOVERY_CODES)
    kept = a_step(operator)
    listed = reverse("admin:pupitre_secondstep_changelist")
    address, form = {
        "one by one": (reverse("admin:pupitre_secondstep_delete", args=[step.pk]), {"post": "yes"}),
        "several at once": (
            listed,
            {"action": "delete_selected", "_selected_action": [step.pk, _codes.pk], "post": "yes"},
        ),
    }[how]

    client.post(address, form)

    assert list(Authenticator.objects.all()) == [kept]
    letter = Letter.objects.get()
    assert (letter.kind, letter.to_email) == ("two_steps_removed", owner.email)
    deed = Deed.objects.get(verb="profile.second_steps_removed")
    assert (deed.by, deed.facts) == (operator, {"profile": owner.pk})


def test_somebody_elses_is_not_touched(client, operator, owner):
    step, other = a_step(owner), a_step(an_owner("Ailleurs"))

    client.post(reverse("admin:pupitre_secondstep_delete", args=[step.pk]), {"post": "yes"})

    assert list(Authenticator.objects.all()) == [other]
