"""A second step when signing in, the browsers signed in, and what one may know of oneself."""

import base64
import hashlib
import hmac
import json
import re
import struct
import time
from uuid import uuid4

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from pupitre.actions import claim_links, devices, invitations, seats
from pupitre.models import Letter, Membership, Participant, Role, SeatClaim
from tests.counting import questions
from tests.world import PASSWORD, a_person, a_seat, a_session, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def owner():
    return an_owner()


def signs_in(client: Client, owner, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": owner.email, "password": password})


@pytest.fixture
def client(owner):
    """A browser that has just signed in, and whose owner has typed the password again, as these pages ask."""
    client = Client()
    assert signs_in(client, owner).status_code == 302
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD}).status_code == 302
    return client


def shown_secret(client: Client) -> str:
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    return re.search(r'<code translate="no">([A-Z2-7]+)</code>', page)[1]


def code_of(secret: str, *, steps_away: int = 0) -> str:
    """What the application on a phone shows, now or so many half-minutes away: RFC 6238, as any of them computes it."""
    counter = struct.pack(">Q", int(time.time()) // 30 + steps_away)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.fixture
def secret(client):
    """An application set up by the owner."""
    secret = shown_secret(client)
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    return secret


class TestAnApplication:
    def test_is_set_up_with_its_first_code_and_gives_recovery_codes(
        self, client, owner, django_capture_on_commit_callbacks
    ):
        code = code_of(shown_secret(client))

        with django_capture_on_commit_callbacks(execute=True):
            response = client.post(reverse("mfa_activate_totp"), {"code": f" {code[:3]} {code[3:]} "})

        assert response["Location"] == reverse("mfa_view_recovery_codes")
        assert len(re.findall(r"<li><code", client.get(response["Location"]).content.decode())) == 10
        assert Letter.objects.get(kind="two_steps_set_up").to_email == owner.email

    def test_is_not_set_up_with_a_wrong_code(self, client):
        shown_secret(client)

        response = client.post(reverse("mfa_activate_totp"), {"code": "000000"})

        assert response.status_code == 422
        assert "Ce code n’est pas valide" in response.content.decode()
        assert not Authenticator.objects.exists()

    def test_asks_for_its_code_after_the_password(self, secret, owner):
        phone = Client()

        response = signs_in(phone, owner)

        assert response["Location"] == reverse("mfa_authenticate")
        assert phone.get(reverse("shop:purchases")).status_code == 302
        assert phone.post(response["Location"], {"code": "123456"}).status_code == 422
        # The code that set it up was used; the next one is another.
        assert phone.post(response["Location"], {"code": code_of(secret, steps_away=1)}).status_code == 302
        assert phone.get(reverse("shop:purchases")).status_code == 200

    def test_is_replaced_by_a_recovery_code_once(self, client, secret, owner):
        page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
        recovery = re.search(r"<li><code translate=\"no\">([^<]+)</code>", page)[1]
        phone, stolen = Client(), Client()

        signs_in(phone, owner)
        assert phone.post(reverse("mfa_authenticate"), {"code": recovery}).status_code == 302

        signs_in(stolen, owner)
        assert stolen.post(reverse("mfa_authenticate"), {"code": recovery}).status_code == 422

    @pytest.mark.parametrize("right", ["a code", "a recovery code"])
    def test_cannot_be_guessed_for_long(self, client, secret, owner, right):
        page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
        recovery = re.search(r"<li><code translate=\"no\">([^<]+)</code>", page)[1]
        thief = Client()
        signs_in(thief, owner)

        guesses = [thief.post(reverse("mfa_authenticate"), {"code": f"{n:06}"}).status_code for n in range(5)]
        given = {"a code": code_of(secret, steps_away=1), "a recovery code": recovery}[right]
        last = thief.post(reverse("mfa_authenticate"), {"code": given})

        assert guesses == [422] * 5
        assert last.status_code == 429
        assert "Trop de tentatives. Réessayez dans 5 minutes." in last.content.decode()
        assert "_auth_user_id" not in thief.session
        assert signs_in(Client(), owner).status_code == 302  # the password itself is counted apart

    def test_cannot_be_guessed_for_long_by_whoever_found_a_browser_open(self, client, secret):
        for number in range(5):
            client.post(reverse("mfa_reauthenticate"), {"code": f"{number:06}"})

        last = client.post(reverse("mfa_reauthenticate"), {"code": code_of(secret, steps_away=1)})

        assert last.status_code == 429
        assert "Trop de tentatives. Réessayez dans 5 minutes." in last.content.decode()

    def test_keeps_its_secret_from_whoever_steals_the_database(self, secret):
        kept = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))

        assert secret not in kept

    def test_is_given_up_by_its_owner_who_is_told(self, client, secret):
        client.post(reverse("mfa_deactivate_totp"))

        assert not Authenticator.objects.exists()
        assert Letter.objects.filter(kind="two_steps_removed").count() == 1

    def test_asks_for_the_password_again_when_it_was_long_ago(self, client, secret, monkeypatch):
        now = time.time()
        monkeypatch.setattr("time.time", lambda: now + 3600)

        response = client.get(reverse("mfa_deactivate_totp"))

        assert response.status_code == 302
        assert "/connexion/" in response["Location"]
        assert "Utiliser un code" in client.get(reverse("account_reauthenticate")).content.decode()


def test_the_challenge_of_a_passkey_is_asked_for_by_the_page_only():
    page = Client().get(reverse("mfa_login_webauthn"))
    asked = Client().get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})

    assert page["Location"] == reverse("account_login")
    assert asked.json()["publicKey"]["challenge"]
    assert "no-store" in asked["Cache-Control"]


@pytest.mark.parametrize("credential", ["", "not json", "{}", "[]", '{"id": "x", "response": {}}'])
def test_nonsense_instead_of_a_passkey_signs_nobody_in(credential):
    visitor = Client()
    visitor.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})

    response = visitor.post(reverse("mfa_login_webauthn"), {"credential": credential})

    assert response.status_code in (302, 400)
    assert "_auth_user_id" not in visitor.session


class TestDevices:
    def test_each_browser_signed_in_is_shown_and_can_be_signed_out(self, client, owner):
        phone = Client(headers={"user-agent": "Mozilla/5.0 (iPhone) Safari/604.1"})
        signs_in(phone, owner)

        page = client.get(reverse("account_devices")).content.decode()
        device = re.search(r'name="device" value="(\w+)"', page)[1]
        client.post(reverse("account_devices"), {"device": device})

        assert "Safari, iPhone" in page
        assert phone.get(reverse("shop:account")).status_code == 302
        assert client.get(reverse("shop:account")).status_code == 200

    def test_all_the_others_at_once(self, client, owner):
        others = [Client(), Client()]
        for other in others:
            signs_in(other, owner)

        client.post(reverse("account_devices"))

        assert [other.get(reverse("shop:account")).status_code for other in others] == [302, 302]
        assert client.get(reverse("shop:account")).status_code == 200

    @pytest.mark.parametrize("how", ["changed", "reset"])
    def test_a_new_password_leaves_no_other_browser_in_the_list(self, client, owner, how):
        for other in (Client(), Client()):
            signs_in(other, owner)

        new = "une tout autre phrase facile"
        if how == "changed":
            typed = {"oldpassword": PASSWORD, "password1": new, "password2": new}
            assert client.post(reverse("account_change_password"), typed).status_code == 302
        else:
            owner.refresh_from_db()  # a link stands until the next sign-in
            uid, key = user_pk_to_url_str(owner), default_token_generator.make_token(owner)
            visitor = Client()
            address = visitor.get(reverse("account_reset_password_from_key", args=[uid, key]))["Location"]
            assert visitor.post(address, {"password1": new, "password2": new}).status_code == 302

        assert len(devices.signed_in(owner)) == (1 if how == "changed" else 0)
        assert client.get(reverse("shop:account")).status_code == (200 if how == "changed" else 302)

    def test_nobody_signs_out_someone_else(self, client):
        stranger, theirs = an_owner("Ailleurs"), Client()
        signs_in(theirs, stranger)
        [device] = devices.signed_in(stranger)

        client.post(reverse("account_devices"), {"device": device.number})

        assert theirs.get(reverse("shop:account")).status_code == 200

    def test_three_devices_cost_what_one_does(self, client, owner):
        with questions() as one:
            client.get(reverse("account_devices"))
        for other in (Client(), Client()):
            signs_in(other, owner)

        with questions() as three:
            client.get(reverse("account_devices"))

        assert len(one) == len(three) <= 7, str(three)


class TestReminders:
    def test_are_chosen_for_each_establishment(self, client, owner):
        other = an_owner("Garderie du Coteau").establishment
        second = Membership.objects.create(user=owner, establishment=other)

        client.post(reverse("shop:reminders"), {"establishments": [second.pk]})

        assert dict(owner.memberships.values_list("establishment__name", "gets_reminders")) == {
            "Clinique des Érables": False,
            "Garderie du Coteau": True,
        }

    def test_of_other_people_are_out_of_reach(self, client):
        foreign = an_owner("Ailleurs").memberships.get()
        Membership.objects.filter(pk=foreign.pk).update(gets_reminders=False)

        client.post(reverse("shop:reminders"), {"establishments": [foreign.pk, "x"]})

        foreign.refresh_from_db()
        assert foreign.gets_reminders is False


class TestMyInformation:
    def test_is_one_file_about_oneself_without_codes_or_other_people(self, client, owner):
        a_person(owner, "Benoît", "Roy")
        seat = a_seat(owner)
        oneself = Participant.objects.create(
            establishment=owner.establishment, user=owner, first_name="Luce", last_name="Gagnon", email=owner.email
        )
        assignment = seats.assign(seat, oneself, by=owner)

        response = client.get(reverse("account_data"))

        known = response.json()
        assert response["Content-Disposition"].endswith('filename="mes-renseignements.json"')
        assert known["profile"]["email"] == owner.email
        assert [registration["course"] for registration in known["registrations"]] == [seat.session.course.title]
        assert assignment.access_code not in response.content.decode()
        assert "Benoît" not in response.content.decode()

    def test_leaves_out_nothing_that_is_kept(self, client, owner, secret):
        Authenticator.objects.create(user=owner, type=Authenticator.Type.WEBAUTHN, data={"name": "Clé de Luce"})
        neighbour, session = an_owner("Garderie du Quai"), a_session()
        invitations.invite(neighbour.establishment, owner.email, Role.ASSIGNER, by=neighbour)
        invitations.invite(owner.establishment, "adjointe@exemple.ca", Role.DELEGATE, by=owner)
        seats_bought(owner, session, 2)
        registration = seats.assign_to_oneself(session, owner.establishment, by=owner)
        link = claim_links.make(session, owner.establishment, by=owner)
        asked = {"first_name": "Luce", "last_name": "Gagnon", "language": "fr-ca"}
        SeatClaim.objects.create(link=link, batch=uuid4(), email=owner.email, **asked)
        SeatClaim.objects.create(link=link, batch=uuid4(), email="autre@exemple.ca", **asked)

        response = client.get(reverse("account_data"))

        known = response.json()
        assert [device["address"] for device in known["devices"]] == ["127.0.0.1"]
        assert [step["name"] for step in known["second_steps"] if step["kind"] == "webauthn"] == ["Clé de Luce"]
        assert [each["establishment"] for each in known["invitations_received"]] == ["Garderie du Quai"]
        assert [each["role"] for each in known["invitations_sent"]] == ["delegate"]
        assert [each["course"] for each in known["seats_asked_for"]] == [session.course.title]
        assert "registration_confirmed" in [letter["kind"] for letter in known["letters"]]
        for private in (registration.access_code, secret, link.word, "adjointe@exemple.ca", "autre@exemple.ca"):
            assert private not in response.content.decode()

    def test_is_for_those_who_signed_in_only(self):
        assert Client().get(reverse("account_data")).status_code == 302
