import re

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.core.context import request_context
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from pupitre.actions import seats
from pupitre.browsing import SessionStore
from pupitre.mail import delivery
from pupitre.models import Cart, Deed, Establishment, Job, Letter, Participant, User
from pupitre.shop.forms.accounts import SignUpForm
from tests import world
from tests.world import PASSWORD, a_seat, an_owner

pytestmark = pytest.mark.django_db

SIGN_IN, SIGN_UP, FORGOTTEN = "/connexion/", "/inscription/", "/mot-de-passe/oubli/"
CHECK_EMAIL = "/courriel/confirmation/"
PROFILE = {
    "establishment": "Clinique du Fleuve",
    "first_name": "Marie",
    "last_name": "Côté",
    "email": "marie@exemple.ca",
    "password1": "une autre phrase facile",
}


@pytest.fixture(autouse=True)
def _world():
    world.a_provider()
    cache.clear()


@pytest.fixture
def owner():
    return world.an_owner(email="luce@exemple.ca")


@pytest.fixture
def other_client():
    """Another browser."""
    return Client()


def in_words(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def sign_up(client, **facts):
    return client.post(SIGN_UP, PROFILE | facts)


def sign_in(client, email="luce@exemple.ca", password=PASSWORD, **more):
    return client.post(SIGN_IN, {"login": email, "password": password} | more)


def put_in_cart(client, quantity=3):
    """What the course page does for a visitor nobody knows yet."""
    cart = Cart.objects.create()
    world.carts.put(cart, world.a_session(), quantity)
    session = client.session
    session["cart"] = cart.pk
    session.save()
    return cart


def link_in(letter):
    """The link of a letter, as its reader would open it."""
    with override(letter.language):
        return re.search(r"http://127.0.0.1:8000(/\S+)", delivery.compose(letter).body)[1]


def quantities(user):
    return [line.quantity for line in user.cart.lines.all()]


# --- opening a profile ---------------------------------------------------------------------------------------------
def test_an_establishment_opens_a_profile_confirms_its_address_and_finds_its_cart(client):
    put_in_cart(client)

    answer = sign_up(client)

    assert (answer.status_code, answer["Location"]) == (302, CHECK_EMAIL)
    user = User.objects.get()
    assert (user.name, user.language, user.establishment.name) == ("Marie Côté", "fr-ca", "Clinique du Fleuve")
    assert quantities(user) == [3]
    letter = Letter.objects.get()
    assert (letter.kind, letter.to_email, letter.language) == ("verify_address", "marie@exemple.ca", "fr-ca")
    assert Job.objects.filter(kind="letter.post").count() == 1

    link = link_in(letter)
    assert client.get(link).status_code == 200
    assert not EmailAddress.objects.get().verified  # opening a link changes nothing

    answer = client.post(link)

    assert answer["Location"] == "/commande/verification/"
    assert EmailAddress.objects.get().verified
    assert int(client.session["_auth_user_id"]) == user.pk
    assert quantities(User.objects.get()) == [3]
    assert Cart.objects.count() == 1


def test_the_link_opened_on_another_device_finds_the_cart_too(client, other_client):
    put_in_cart(client)
    sign_up(client)
    link = link_in(Letter.objects.get())

    assert other_client.post(link)["Location"] == SIGN_IN
    answer = sign_in(other_client, "marie@exemple.ca", PROFILE["password1"])

    assert answer["Location"] == "/commande/verification/"
    assert quantities(User.objects.get()) == [3]


def test_a_known_address_gets_a_letter_and_the_page_tells_nothing(client, other_client, owner):
    put_in_cart(client)
    put_in_cart(other_client)

    known = sign_up(client, email=owner.email)
    new = sign_up(other_client)

    assert (known.status_code, known["Location"]) == (new.status_code, new["Location"])
    pages = [
        in_words(browser.get(CHECK_EMAIL)).replace(email, "…")
        for browser, email in ((client, owner.email), (other_client, "marie@exemple.ca"))
    ]
    assert pages[0] == pages[1]
    assert list(Letter.objects.order_by("pk").values_list("kind", "to_email")) == [
        ("address_known", owner.email),
        ("verify_address", "marie@exemple.ca"),
    ]
    assert check_password(PASSWORD, User.objects.get(pk=owner.pk).password)


def test_asking_again_for_the_link_says_the_same_to_known_and_unknown(client, other_client, owner):
    sign_up(client, email=owner.email)
    sign_up(other_client)

    answers = [in_words(browser.post(CHECK_EMAIL, follow=True)) for browser in (client, other_client)]

    assert answers[0].replace(owner.email, "…") == answers[1].replace("marie@exemple.ca", "…")
    assert Letter.objects.count() == 2

    cache.clear()
    answers = [in_words(browser.post(CHECK_EMAIL, follow=True)) for browser in (client, other_client)]

    assert answers[0].replace(owner.email, "…") == answers[1].replace("marie@exemple.ca", "…")
    assert Letter.objects.count() == 4


def test_the_same_form_sent_twice_opens_one_profile(client, other_client):
    assert sign_up(client)["Location"] == sign_up(other_client)["Location"] == CHECK_EMAIL

    assert User.objects.count() == Establishment.objects.count() == 1


def test_of_two_forms_sent_at_once_the_second_is_answered_as_if_the_address_was_known(rf):
    request = rf.post(SIGN_UP, PROFILE)
    request.user, request.session = AnonymousUser(), SessionStore()
    with request_context(request):
        form = SignUpForm(PROFILE)
        assert form.is_valid()
        world.an_owner(email=PROFILE["email"])  # the first form arrives meanwhile

        user, answer = form.try_save(request)

    assert (user, answer["Location"]) == (None, CHECK_EMAIL)
    assert User.objects.count() == 1
    assert Letter.objects.get().kind == "address_known"


def test_a_link_used_twice_says_so_kindly(client, other_client):
    sign_up(client)
    link = link_in(Letter.objects.get())
    client.post(link)

    for answer in (other_client.get(link), other_client.post(link)):
        assert answer.status_code == 410
        assert SIGN_IN in answer.content.decode()


def test_an_english_visitor_is_written_to_in_english(client):
    answer = client.post(f"/en{SIGN_UP}", PROFILE)

    assert answer["Location"] == f"/en{CHECK_EMAIL}"
    assert User.objects.get().language == "en"
    letter = Letter.objects.get()
    assert link_in(letter).startswith(f"/en{CHECK_EMAIL}")
    assert "Confirm your address within 72 hours." in delivery.compose(letter).body


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("email", "marie@exemple.ca\r\nBcc: voleur@exemple.ca"),
        ("email", f"{'m' * 288}@exemple.ca"),
        ("email", "marie"),
        ("email", ""),
        ("establishment", ""),
        ("establishment", "É" * 161),
        ("first_name", "\x00"),
        ("password1", "court"),
        ("password1", "telechargement"),
        ("password1", "marie@exemple.ca"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_kept(client, field, typed):
    answer = sign_up(client, **{field: typed})

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "Clinique du Fleuve" in answer.content.decode() or field == "establishment"
    assert PROFILE["password1"] not in answer.content.decode()
    assert User.objects.count() == Letter.objects.count() == 0


def test_a_weak_password_is_refused_in_our_words(client):
    answers = [
        client.post(f"/en{SIGN_UP}", PROFILE | {"password1": password}).context["form"].errors["password1"]
        for password in ("trop court", "telechargement", "marie@exemple.ca")
    ]

    assert answers == [
        ["This password is too short: it needs at least 12 characters."],
        ["This password is too common. Choose a phrase that only you would think of."],
        ["This password is too close to your name or your email address. Choose another one."],
    ]


def test_a_name_on_two_lines_is_kept_on_one(client):
    sign_up(client, first_name="Marie\nBcc: voleur@exemple.ca", establishment="Clinique \r\n du Fleuve")

    assert User.objects.get().first_name == "Marie Bcc: voleur@exemple.ca"
    assert Establishment.objects.get().name == "Clinique du Fleuve"


# --- signing in ----------------------------------------------------------------------------------------------------
def test_signing_in_brings_the_cart_and_gives_a_new_session(client, owner):
    put_in_cart(client, 2)
    before = client.session.session_key

    answer = sign_in(client)

    assert (answer.status_code, answer["Location"]) == (302, "/commande/verification/")
    assert ["Luce" in str(message) for message in get_messages(answer.wsgi_request)] == [True]
    assert client.session.session_key != before
    assert quantities(owner) == [2]
    assert list(Cart.objects.values_list("user", flat=True)) == [owner.pk]
    assert "cart" not in client.session


def test_with_nothing_to_buy_one_comes_to_what_was_bought(client, owner):
    assert sign_in(client)["Location"] == "/mes-achats/"


def test_the_address_is_read_whatever_its_case_and_spaces(client, owner):
    assert sign_in(client, "  Luce@Exemple.CA ")["Location"] == "/mes-achats/"


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/equipe/", "/equipe/"),
        ("https://voleur.example/", "/mes-achats/"),
        ("//voleur.example/", "/mes-achats/"),
        ("/\\voleur.example/", "/mes-achats/"),
        ("http://localhost/ailleurs", "/mes-achats/"),
        ("javascript:alert(1)", "/mes-achats/"),
    ],
)
def test_next_stays_on_this_site(client, owner, wanted, given):
    assert sign_in(client, next=wanted)["Location"] == given


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, owner):
    answers = [sign_in(client, password="pas la bonne phrase"), sign_in(client, "inconnue@exemple.ca")]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert (
        len({in_words(answer).replace("inconnue@exemple.ca", "").replace(owner.email, "") for answer in answers}) == 1
    )
    assert 'value="luce@exemple.ca"' in answers[0].content.decode()
    assert PASSWORD not in answers[1].content.decode()


@pytest.mark.parametrize("email", ["luce@exemple.ca\nBcc: x@exemple.ca", f"{'l' * 300}@exemple.ca", "\x00", ""])
def test_what_is_no_address_is_refused_kindly(client, owner, email):
    for answer in (sign_in(client, email), client.post(FORGOTTEN, {"email": email})):
        assert answer.status_code == 422
        assert answer.context["form"].errors


@pytest.mark.parametrize("email", ["luce@exemple.ca", "inconnue@exemple.ca"])
def test_after_five_wrong_passwords_one_waits_and_the_form_stays(client, owner, email):
    for _ in range(5):
        assert sign_in(client, email, "pas la bonne phrase").status_code == 422

    answer = sign_in(client, email)

    assert answer.status_code == 429
    assert f'value="{email}"' in answer.content.decode()
    assert "_auth_user_id" not in client.session
    [reason] = answer.context["form"].non_field_errors()
    assert "5" in reason


def test_a_new_password_can_be_tried_at_once_after_many_wrong_ones(client, owner):
    for _ in range(5):
        sign_in(client, password="pas la bonne phrase")
    client.post(FORGOTTEN, {"email": owner.email})
    page = client.get(link_in(Letter.objects.get()), follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "encore une autre phrase"})

    assert sign_in(client, password="encore une autre phrase")["Location"] == "/mes-achats/"


def test_too_many_wrong_passwords_from_one_place_are_stopped_whatever_the_addresses(client, owner, monkeypatch):
    monkeypatch.setattr("pupitre.shop.accounts.WRONG_PASSWORDS_PER_PLACE", 2)
    sign_in(client, "une@exemple.ca")
    sign_in(client, "deux@exemple.ca")

    assert sign_in(client).status_code == 429
    assert client.post(SIGN_IN, {"login": owner.email, "password": PASSWORD}, REMOTE_ADDR="10.0.0.9").status_code == 302


def test_too_many_forms_from_one_place_get_a_kind_page(client, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"signup": "2/5m/ip"}

    for number in range(3):
        # The forwarded address counts only behind our own proxies.
        answer = client.post(SIGN_UP, {}, headers={"X-Forwarded-For": f"10.0.0.{number}"})

    assert answer.status_code == 429
    assert FORGOTTEN in answer.content.decode()


def test_signing_in_asks_the_database_little(client, owner, django_assert_max_num_queries):
    world.a_cart(owner, (world.a_session(), 2))

    with django_assert_max_num_queries(21):  # one of them asks whether there is a second step
        sign_in(client)


def test_an_address_not_confirmed_yet_gets_another_link_instead_of_coming_in(client, other_client):
    sign_up(client)
    cache.clear()

    answer = sign_in(other_client, "marie@exemple.ca", PROFILE["password1"])

    assert answer["Location"] == CHECK_EMAIL
    assert "_auth_user_id" not in other_client.session
    assert Letter.objects.filter(kind="verify_address").count() == 2


def test_a_suspended_profile_does_not_come_in(client, owner):
    User.objects.update(is_active=False)

    answer = sign_in(client)

    assert answer["Location"] == reverse("account_inactive")
    assert client.get(answer["Location"]).status_code == 200
    assert "_auth_user_id" not in client.session


def test_signing_out_is_asked_for_and_done_by_its_button(client, owner):
    client.force_login(owner)

    assert client.get("/deconnexion/").status_code == 200
    assert "_auth_user_id" in client.session
    assert client.post("/deconnexion/")["Location"] == "/"
    assert "_auth_user_id" not in client.session


# --- passwords -----------------------------------------------------------------------------------------------------
def test_a_forgotten_password_is_replaced_by_the_link_of_a_letter(client, other_client, owner):
    other_client.force_login(owner)
    client.post(FORGOTTEN, {"email": "LUCE@exemple.ca"})
    letter = Letter.objects.get()
    assert letter.kind == "reset_password"

    page = client.get(link_in(letter), follow=True)
    answer = client.post(page.request["PATH_INFO"], {"password1": "encore une autre phrase"})

    assert answer["Location"] == f"{FORGOTTEN}fait/"
    assert client.get(answer["Location"]).status_code == 200
    assert sign_in(client, password="encore une autre phrase")["Location"] == "/mes-achats/"
    assert other_client.get("/compte/").status_code == 302  # the other browsers were signed out
    assert list(Letter.objects.order_by("pk").values_list("kind", flat=True)) == ["reset_password", "password_changed"]


def test_a_reset_link_works_once(client, owner):
    client.post(FORGOTTEN, {"email": owner.email})
    link = link_in(Letter.objects.get())
    page = client.get(link, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "encore une autre phrase"})

    assert client.get(link, follow=True).status_code == 410


def test_forgetting_the_password_of_an_unknown_address_gets_the_same_answer_and_no_letter(client, owner):
    known, unknown = (client.post(FORGOTTEN, {"email": email}, follow=True) for email in (owner.email, "x@exemple.ca"))

    assert known.redirect_chain == unknown.redirect_chain
    assert in_words(known) == in_words(unknown)
    assert list(Letter.objects.values_list("to_email", flat=True)) == [owner.email]


def test_an_address_still_to_be_confirmed_opens_no_reset(client, owner):
    EmailAddress.objects.create(user=owner, email="faute@exemple.ca")

    client.post(FORGOTTEN, {"email": "faute@exemple.ca"})

    assert Letter.objects.count() == 0


def test_asking_for_too_many_resets_gets_a_kind_page(client, owner):
    answers = [client.post(FORGOTTEN, {"email": owner.email}).status_code for _ in range(4)]

    assert answers == [302, 302, 302, 429]


def test_a_password_is_changed_by_who_knows_it(client, owner):
    client.force_login(owner)
    page = "/compte/mot-de-passe/"
    assert client.get(page).status_code == 200

    wrong = client.post(page, {"oldpassword": "pas la bonne", "password1": "encore une autre phrase"})
    answer = client.post(page, {"oldpassword": PASSWORD, "password1": "encore une autre phrase"})

    assert (wrong.status_code, answer["Location"]) == (422, "/compte/")
    assert client.get("/compte/").status_code == 200
    assert list(Letter.objects.values_list("kind", "to_email")) == [("password_changed", owner.email)]


# --- the profile ---------------------------------------------------------------------------------------------------
def test_a_new_address_counts_once_its_own_letter_was_answered(client, owner):
    client.force_login(owner)
    page = "/compte/courriel/"
    asked = client.post(page, {"email": "nouvelle@exemple.ca", "action_add": ""})
    assert asked["Location"].startswith("/connexion/mot-de-passe/")  # the browser may have been left open
    assert client.post(asked["Location"], {"password": "pas la bonne"}).status_code == 422

    client.post(asked["Location"], {"password": PASSWORD})

    assert User.objects.get().email == "luce@exemple.ca"
    assert "nouvelle@exemple.ca" in client.get(page).content.decode()
    letter = Letter.objects.get()
    assert (letter.kind, letter.to_email) == ("verify_address", "nouvelle@exemple.ca")

    client.post(link_in(letter))

    assert User.objects.get().email == "nouvelle@exemple.ca"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [
        ("nouvelle@exemple.ca", True, True)
    ]
    assert list(Letter.objects.order_by("pk").values_list("kind", "to_email"))[1] == (
        "address_changed",
        "luce@exemple.ca",
    )


def test_ones_own_registrations_follow_a_new_address(client, owner):
    here, elsewhere = owner.establishment, an_owner("Garderie du Quai").establishment
    seat = a_seat(owner)
    seats.assign_to_oneself(seat.session, here, by=owner)
    Participant.objects.create(establishment=elsewhere, user=owner, first_name="L", last_name="G", email="l@garde.ca")
    pending = EmailAddress.objects.create(user=owner, email="nouvelle@exemple.ca")

    client.post(reverse("account_confirm_email", args=[EmailConfirmationHMAC(pending).key]))

    known = dict(Participant.objects.filter(user=owner).values_list("establishment", "email"))
    assert known == {here.pk: "nouvelle@exemple.ca", elsewhere.pk: "l@garde.ca"}
    written = Letter.objects.filter(kind="registration_confirmed").order_by("pk")
    assert [letter.to_email for letter in written] == ["luce@exemple.ca", "nouvelle@exemple.ca"]
    assert Deed.objects.get(verb="participant.corrected").facts == {"fields": ["email"]}


def test_an_address_taken_by_another_profile_meanwhile_is_refused_kindly(client, owner):
    pending = EmailAddress.objects.create(user=owner, email="prise@exemple.ca")
    User.objects.create_user("prise@exemple.ca", PASSWORD)
    client.force_login(owner)
    link = reverse("account_confirm_email", args=[EmailConfirmationHMAC(pending).key])

    answer = client.post(link, follow=True)

    assert answer.status_code == 200
    assert User.objects.get(pk=owner.pk).email == "luce@exemple.ca"
    assert not EmailAddress.objects.get(pk=pending.pk).verified


def test_a_user_says_their_name_and_language(client, owner):
    client.force_login(owner)
    assert client.get("/compte/").status_code == 200

    answer = client.post("/compte/", {"first_name": "Lucie", "last_name": "Gagnon", "language": "en"})

    assert answer["Location"] == "/en/compte/"
    owner.refresh_from_db()
    assert (owner.first_name, owner.language) == ("Lucie", "en")
    assert Deed.objects.get(verb="profile.changed").facts == {"fields": ["first_name", "language"]}
    assert client.post("/compte/", {"first_name": "", "last_name": "G", "language": "de"}).status_code == 422


def test_a_profile_is_closed_to_strangers(client):
    for page in ("/compte/", "/compte/courriel/", "/compte/mot-de-passe/"):
        assert client.get(page)["Location"] == f"{SIGN_IN}?next={page}"


# --- every page ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize(
    "page",
    [SIGN_IN, SIGN_UP, FORGOTTEN, f"{FORGOTTEN}envoye/", f"{FORGOTTEN}fait/", CHECK_EMAIL, "/connexion/suspension/"],
)
def test_every_page_opens_in_both_languages_with_one_title(client, prefix, page):
    answer = client.get(prefix + page)

    assert answer.status_code == 200
    assert answer.content.decode().count("<h1") == 1


def test_no_row_holds_a_secret_link(client, owner):
    client.post(FORGOTTEN, {"email": owner.email})
    sign_up(client)
    secrets = [link_in(letter).rstrip("/").split("/")[-1].split("-", 1)[-1] for letter in Letter.objects.all()]

    assert len(secrets) == 2
    rows = [str(row) for model in (Letter, Job, Deed) for row in model._base_manager.values_list()]
    assert [secret for secret in secrets if any(secret in row for row in rows)] == []
