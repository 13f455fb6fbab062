"""The people who act for an establishment: invited by a letter, let in by its link, and told what they may do."""

import re
import time
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from pupitre import clock, codes
from pupitre.actions import invitations, people, seats
from pupitre.mail import delivery
from pupitre.models import Establishment, Invitation, Letter, Membership, Participant, Role, User
from tests.counting import questions
from tests.world import (
    PASSWORD,
    a_cart,
    a_member,
    a_paid_order,
    a_person,
    a_session,
    a_staff_member,
    an_owner,
    net_of,
    seats_bought,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]

ADDRESS = "adjointe@exemple.ca"
MEMBERS, TRANSFER, MINE = "/etablissement/personnes/", "/etablissement/cession/", "/compte/etablissements/"
PROFILE = {"first_name": "Ana", "last_name": "Roy", "password": "une autre phrase facile"}


@pytest.fixture
def stranger():
    return Client()


@pytest.fixture
def invitation(owner):
    return invitations.invite(owner.establishment, ADDRESS, Role.ASSIGNER, by=owner)


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def sure(client):
    """Someone who just gave their password again."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def words(response):
    """What a page says, on one line, with ordinary spaces."""
    return plain(re.sub(r"<[^>]+>", " ", response.content.decode().replace("<wbr>", "")))


def plain(sentence):
    return " ".join(str(sentence).split())


def held(user, establishment):
    return Membership.objects.get(user=user, establishment=establishment)


def page_of(user, establishment):
    return f"{MEMBERS}{held(user, establishment).pk}/"


def link_in(letter):
    """The link of a letter, as its reader would open it."""
    with override(letter.language):
        return re.search(r"http://127.0.0.1:8000(/\S+)", delivery.compose(letter).body)[1]


def invitation_letter():
    return Letter.objects.filter(kind="delegate_invited").latest("pk")


class TestJourney:
    def test_from_the_invitation_to_a_seat_assigned(self, client, owner, stranger):
        session = a_session()
        [seat] = seats_bought(owner, session)
        person = a_person(owner)

        client.post(MEMBERS, {"email": " Adjointe@Exemple.ca ", "role": "assigner"})
        address = link_in(invitation_letter())
        page = words(stranger.get(address))
        assert owner.name in page
        assert owner.establishment.name in page
        assert plain(Role.ASSIGNER.label) in page

        came = stranger.post(address, PROFILE, follow=True)
        assert came.redirect_chain == [("/mes-achats/", 302)]
        given = stranger.post(f"/mes-achats/{session.code}/assignation/", {"way": "list", "people": person.code})

        assert given.status_code == 302
        assert seat.assignments.get().assigned_by.email == ADDRESS
        assert Establishment.objects.count() == 1

    def test_a_form_with_a_mistake_keeps_what_was_typed_but_the_password(self, invitation, stranger):
        address = invitation.get_absolute_url()

        refused = stranger.post(address, PROFILE | {"password": "adjointe@exemple.ca"})

        assert refused.status_code == 422
        assert 'value="Ana"' in refused.content.decode()
        assert 'value="adjointe@exemple.ca"' in refused.content.decode()
        assert not User.objects.filter(email=ADDRESS).exists()

    def test_the_address_of_the_new_profile_cannot_be_changed(self, invitation, stranger):
        stranger.post(invitation.get_absolute_url(), PROFILE | {"email": "voleur@exemple.ca"})

        assert User.objects.filter(email=ADDRESS).exists()
        assert not User.objects.filter(email="voleur@exemple.ca").exists()

    def test_someone_who_has_a_profile_signs_in_and_comes_back(self, owner, invitation, stranger):
        known = an_owner("Garderie", email=ADDRESS)
        address = invitation.get_absolute_url()

        page = stranger.get(address).content.decode()
        sign_in = re.search(r'href="(/connexion/\?next=[^"]+)"', page)[1]
        assert stranger.post(address, PROFILE).status_code == 200
        back = stranger.post(sign_in, {"login": ADDRESS, "password": PASSWORD})
        assert back["Location"] == address
        stranger.post(address)

        assert held(known, owner.establishment).role == Role.ASSIGNER
        assert User.objects.get(pk=known.pk).establishment == owner.establishment

    def test_opening_it_changes_nothing(self, invitation, stranger):
        for _mail_scanner in range(2):
            stranger.get(invitation.get_absolute_url())

        invitation.refresh_from_db()
        assert invitation.is_open

    def test_somebody_else_learns_little_and_is_offered_to_sign_out(self, client, owner, invitation):
        address = invitation.get_absolute_url()

        page = client.get(address)
        client.post(address)

        assert "a•••@exemple.ca" in words(page)
        assert ADDRESS not in page.content.decode()
        assert Membership.objects.count() == 1
        assert client.post("/deconnexion/", {"next": address})["Location"] == address

    def test_accepted_already_it_leads_its_holder_on_and_nobody_else(self, owner, invitation, stranger):
        address = invitation.get_absolute_url()
        stranger.post(address, PROFILE)

        assert stranger.get(address)["Location"] == "/mes-achats/"
        assert stranger.post(address)["Location"] == "/mes-achats/"
        assert Client().get(address).status_code == 410

    def test_one_that_cannot_be_used_says_what_to_do(self, owner, invitation, stranger):
        address = invitation.get_absolute_url()

        with clock.stopped_at(invitation.expires_at):
            late = stranger.get(address)
        invitations.revoke(invitation, by=owner)
        revoked = stranger.post(address, PROFILE)
        unknown = stranger.get(reverse("shop:invitation", args=["z" * codes.SECRET_WORD_LENGTH]))

        assert [late.status_code, revoked.status_code, unknown.status_code] == [410, 410, 404]
        assert str(invitations.InvitationExpired()) in words(late)
        assert str(invitations.InvitationRevoked()) in words(revoked)
        assert late["Cache-Control"] == "private, no-store"

    def test_a_closed_profile_is_refused(self, invitation, stranger):
        an_owner("Garderie", email=ADDRESS, is_active=False)

        assert stranger.get(invitation.get_absolute_url()).status_code == 403

    def test_one_who_tries_too_many_words_waits(self, stranger):
        for _guess in range(invitations.WRONG_WORDS):
            stranger.get(reverse("shop:invitation", args=["z" * codes.SECRET_WORD_LENGTH]))

        stopped = stranger.get(reverse("shop:invitation", args=["z" * codes.SECRET_WORD_LENGTH]))
        assert stopped.status_code == 429
        assert int(stopped["Retry-After"]) > 0


class TestPeople:
    def test_the_page_lists_members_and_invitations_in_as_many_questions(self, client, owner, invitation):
        client.get(MEMBERS)
        with questions() as few:
            page = words(client.get(MEMBERS))
        for number in range(3):
            a_member(owner, Role.DELEGATE, last_name=f"Numéro {number}")
            invitations.invite(owner.establishment, f"a{number}@exemple.ca", Role.OWNER, by=owner)
        with questions() as many:
            full = words(client.get(MEMBERS))

        assert len(few) == len(many) <= 8, str(many)
        assert owner.name in page
        assert ADDRESS in page
        assert all(f"Numéro {number}" in full for number in range(3))

    @pytest.mark.parametrize(
        "typed",
        [
            {},
            {"email": "pas une adresse", "role": "delegate"},
            {"email": "a@exemple.ca", "role": "king"},
            {"role": "x" * 9999},
        ],
    )
    def test_a_wrong_form_is_kept_and_explained(self, client, owner, typed):
        refused = client.post(MEMBERS, typed)

        assert refused.status_code == 422
        assert not Invitation.objects.exists()
        assert typed.get("email", "") in refused.content.decode()

    def test_a_member_cannot_be_invited_again(self, client, owner):
        refused = client.post(MEMBERS, {"email": owner.email, "role": "delegate"})

        assert refused.status_code == 422
        assert plain(invitations.AlreadyAMember(email=owner.email)) in words(refused)

    def test_an_invitation_is_sent_again_or_cancelled(self, client, owner, invitation):
        again = f"/etablissement/invitations/{invitation.uuid}/renvoi/"
        early = client.post(again, follow=True)
        with clock.stopped_at(clock.now() + timedelta(minutes=6)):
            client.post(again)
        client.post(f"/etablissement/invitations/{invitation.uuid}/annulation/")

        invitation.refresh_from_db()
        assert str(invitations.SentAMomentAgo()) in words(early)
        assert Letter.objects.filter(kind="delegate_invited").count() == 2
        assert invitation.revoked_at is not None

    def test_a_role_is_changed_and_shuts_doors_at_once(self, client, owner):
        delegate = a_member(owner, Role.DELEGATE)
        theirs = signed_in(delegate)
        assert theirs.get("/recus/").status_code == 200

        client.post(page_of(delegate, owner.establishment), {"role": "assigner"})

        assert theirs.get("/recus/").status_code == 403
        assert theirs.get("/mes-achats/").status_code == 200
        client.post(f"{page_of(delegate, owner.establishment)}retrait/")
        assert theirs.get("/mes-achats/").status_code == 403

    def test_the_last_owner_is_told_why_nothing_changed(self, client, owner):
        sure(client)
        own = page_of(owner, owner.establishment)

        answers = [
            client.post(own, {"role": "delegate"}),
            client.post(f"{own}retrait/"),
            client.post("/etablissement/depart/"),
        ]

        for answer in answers:
            assert answer.status_code == 422
            assert gettext("An establishment always has an owner. Name another one first.") in words(answer)
        assert held(owner, owner.establishment).role == Role.OWNER

    def test_anyone_leaves_by_themselves(self, owner):
        accountant = a_member(owner, Role.ACCOUNTANT)

        left = signed_in(accountant).post("/etablissement/depart/")

        assert left["Location"] == MINE
        assert not accountant.memberships.exists()


class TestPasswordAgain:
    """Whatever makes or unmakes an owner asks for the password; the form then goes on by itself."""

    def test_before_a_place_of_owner_is_given(self, client, owner):
        heir = a_member(owner, Role.DELEGATE)
        form = {"heir": held(heir, owner.establishment).pk}

        asked = client.post(TRANSFER, form)
        assert asked["Location"].startswith(reverse("account_reauthenticate"))
        assert held(owner, owner.establishment).role == Role.OWNER
        wrong = client.post(asked["Location"], {"password": "autre chose", "next": TRANSFER})
        assert wrong.status_code == 422
        done = client.post(asked["Location"], {"password": PASSWORD, "next": TRANSFER})

        assert done["Location"] == "/mes-achats/"
        assert held(heir, owner.establishment).role == Role.OWNER
        assert held(owner, owner.establishment).role == Role.DELEGATE

    @pytest.mark.parametrize("deed", ["invites an owner", "names an owner", "demotes an owner", "removes an owner"])
    def test_before_any_other_change_of_owner(self, client, owner, deed):
        partner, delegate = a_member(owner, Role.OWNER), a_member(owner, Role.DELEGATE)
        address, form = {
            "invites an owner": (MEMBERS, {"email": ADDRESS, "role": "owner"}),
            "names an owner": (page_of(delegate, owner.establishment), {"role": "owner"}),
            "demotes an owner": (page_of(partner, owner.establishment), {"role": "delegate"}),
            "removes an owner": (f"{page_of(partner, owner.establishment)}retrait/", {}),
        }[deed]
        before = list(Membership.objects.order_by("pk").values_list("user", "role"))

        assert client.post(address, form)["Location"].startswith(reverse("account_reauthenticate"))
        assert list(Membership.objects.order_by("pk").values_list("user", "role")) == before
        assert not Invitation.objects.exists()

        assert sure(client).post(address, form)["Location"] == MEMBERS
        after = list(Membership.objects.order_by("pk").values_list("user", "role"))
        assert after != before or Invitation.objects.get().role == Role.OWNER

    def test_before_an_owner_leaves(self, client, owner):
        a_member(owner, Role.OWNER)

        assert client.post("/etablissement/depart/")["Location"].startswith(reverse("account_reauthenticate"))
        assert owner.memberships.exists()

        assert sure(client).post("/etablissement/depart/")["Location"] == MINE
        assert not owner.memberships.exists()

    def test_not_when_it_was_given_a_moment_ago_to_sign_in(self, owner, monkeypatch):
        form = {"email": ADDRESS, "role": "owner"}
        browser, now = Client(), time.time()
        browser.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
        monkeypatch.setattr("time.time", lambda: now + 3600)
        assert browser.post(MEMBERS, form)["Location"].startswith(reverse("account_reauthenticate"))
        monkeypatch.setattr("time.time", lambda: now + 60)

        assert browser.post(MEMBERS, form)["Location"] == MEMBERS

    def test_an_ordinary_change_does_not(self, client, owner):
        delegate = a_member(owner, Role.DELEGATE)

        assert client.post(page_of(delegate, owner.establishment), {"role": "accountant"})["Location"] == MEMBERS

    @pytest.mark.parametrize(
        "form", [{}, {"heir": "9999"}, {"email": "x"}, {"heir": "{heir}", "email": "a@exemple.ca"}]
    )
    def test_a_wrong_heir_is_refused_before_the_password_is_asked(self, client, owner, form):
        heir = held(a_member(owner, Role.DELEGATE), owner.establishment).pk

        refused = client.post(TRANSFER, {name: value.format(heir=heir) for name, value in form.items()})

        assert refused.status_code == 422

    def test_someone_who_is_no_member_can_be_invited_to_succeed(self, client, owner):
        sure(client).post(TRANSFER, {"email": ADDRESS})

        assert Invitation.objects.get().succeeds == owner


class TestSeveralEstablishments:
    @pytest.fixture
    def second(self, owner):
        return people.open_establishment(owner, "Garderie du Quai")

    def test_a_button_chooses_the_one_that_every_page_is_about(self, client, owner, second):
        assert gettext("Change establishment") in words(client.get("/"))

        moved = client.post(MINE, {"establishment": second.pk})

        assert moved["Location"] == "/mes-achats/"
        assert f'class="menu__name">{second.name}' in client.get("/").content.decode()

    @pytest.mark.parametrize("wanted", ["", "0", "999999", "²", "' OR 1=1", "9" * 400])
    def test_not_one_of_someone_else(self, client, owner, wanted):
        an_owner("Ailleurs")
        ailleurs = Establishment.objects.get(name="Ailleurs")

        for choice in (wanted, ailleurs.pk):
            assert client.post(MINE, {"establishment": choice})["Location"] == MINE
        assert User.objects.get(pk=owner.pk).establishment == owner.establishment

    def test_it_leads_to_no_other_site(self, client, owner, second):
        moved = client.post(MINE, {"establishment": second.pk, "next": "https://ailleurs.example/"})

        assert moved["Location"] == "/mes-achats/"

    def test_the_page_asks_as_much_for_one_as_for_many(self, client, owner):
        client.get(MINE)
        with questions() as few:
            client.get(MINE)
        for number in range(3):
            people.open_establishment(owner, f"Garderie {number}")
        with questions() as many:
            page = words(client.get(MINE))

        assert len(few) == len(many), str(many)
        assert all(f"Garderie {number}" in page for number in range(3))

    def test_one_can_be_added_and_the_same_form_twice_adds_one(self, client, owner):
        added = client.post(f"{MINE}nouveau/", {"name": "  Garderie   du Quai "})
        again = client.post(f"{MINE}nouveau/", {"name": "garderie du quai"})

        assert added["Location"] == "/etablissement/"
        assert again.status_code == 422
        assert User.objects.get(pk=owner.pk).establishment.name == "Garderie du Quai"
        assert owner.memberships.count() == 2

    def test_a_tab_left_open_never_acts_for_another(self, client, owner, second):
        first = owner.establishment
        a_cart(owner, (session := a_session(), 1))
        a_paid_order(owner, (session, 2))
        a_cart(owner, (session, 1))
        client.post(MINE, {"establishment": second.pk})
        stale = {"acting_for": first.pk}

        for address, form in {
            "/commande/verification/": {"means": "stripe", "net_cents": net_of(owner.cart)},
            "/etablissement/": {"name": "Autre nom"},
            MEMBERS: {"email": ADDRESS, "role": "delegate"},
            "/equipe/nouvelle-personne/": {"first_name": "Léo", "last_name": "Roy", "language": "fr-ca"},
            f"/mes-achats/{session.code}/inscription-personnelle/": {},
            f"/mes-achats/{session.code}/assignation/": {"way": "new", "first_name": "Léo", "last_name": "Roy"},
            reverse("shop:claim_link_new", args=[session.code]): {},
            reverse("shop:waitlist_session", args=[session.code]): {"quantity": "30", "way": "together"},
            "/etablissement/depart/": {},
        }.items():
            refused = client.post(address, stale | form)
            assert refused.status_code == 409, address
            assert f"{second.name}" in words(refused)
            assert f'name="next" value="{address}"' in refused.content.decode()

        assert not second.orders.exists()
        assert not Participant.objects.filter(establishment=second).exists()
        assert not Invitation.objects.exists()
        assert owner.memberships.count() == 2

    @pytest.mark.parametrize(
        ("read_at", "back"),
        [("http://testserver/equipe/", "http://testserver/equipe/"), ("https://ailleurs.ca/", "/equipe/selection/")],
    )
    def test_a_deed_without_a_page_leads_back_to_where_it_was_asked(self, client, owner, second, read_at, back):
        stale = {"acting_for": owner.establishment.pk}
        client.post(MINE, {"establishment": second.pk})

        refused = client.post(reverse("shop:people_selection"), stale, headers={"referer": read_at})

        assert f'name="next" value="{back}"' in refused.content.decode()

    def test_a_page_about_another_of_ones_establishments_says_which_one_and_nothing_of_it(self, client, owner):
        own, other = owner.establishment, an_owner("École des Pins")
        Membership.objects.create(establishment=other.establishment, user=owner, role=Role.DELEGATE)
        session = a_session()
        seat = seats_bought(other, session, 2)[0]
        person = a_person(other, "Violette")
        seats.assign(seat, person, by=other)
        order = seat.line.order

        for address in (
            f"/places/{seat.code}/",
            f"/commande/{order.reference}/",
            f"/commande/{order.reference}/recu.pdf",
            f"/mes-achats/{session.code}/",
            f"/equipe/{person.code}/",
            f"/mes-achats/?acting_for={other.establishment.pk}",
        ):
            page = client.get(address)
            assert "École des Pins" in words(page), address
            assert "Violette" not in words(page)
            assert f'name="next" value="{address}"' in page.content.decode()

            followed = client.post(MINE, {"establishment": other.establishment.pk, "next": address}, follow=True)
            assert (followed.status_code, followed.redirect_chain[0]) == (200, (address, 302))
            client.post(MINE, {"establishment": own.pk})

    def test_what_belongs_to_none_of_ones_establishments_is_not_found(self, client, owner):
        Membership.objects.create(establishment=an_owner("Autre").establishment, user=owner, role=Role.DELEGATE)
        stranger = an_owner("Étrangère")
        seat = seats_bought(stranger, a_session(), 1)[0]

        assert client.get(f"/places/{seat.code}/").status_code == 404
        assert "Étrangère" not in words(client.get(f"/mes-achats/?acting_for={stranger.establishment.pk}"))

    def test_a_form_sent_to_another_of_ones_establishments_is_not_found(self, client, owner):
        other = an_owner("École des Pins")
        Membership.objects.create(establishment=other.establishment, user=owner, role=Role.DELEGATE)
        seat = seats_bought(other, a_session(), 1)[0]

        assert client.post(f"/places/{seat.code}/deplacement/").status_code == 404

    def test_what_its_role_there_does_not_open_is_not_found(self, client, owner):
        other = an_owner("École des Pins")
        Membership.objects.create(establishment=other.establishment, user=owner, role=Role.ASSIGNER)
        seat = seats_bought(other, a_session(), 1)[0]

        assert client.get(f"/commande/{seat.line.order.reference}/").status_code == 404

    @pytest.mark.parametrize("value", ["", "0", "²", "x" * 9999])
    def test_a_form_for_nothing_known_does_nothing(self, client, owner, value):
        assert client.post("/etablissement/depart/", {"acting_for": value}).status_code == 409

    def test_every_form_that_needs_it_says_for_which_establishment_it_is(self, client, owner):
        session = a_session()
        seats_bought(owner, session, 2)
        a_cart(owner, (a_session(), 1))
        mark = f'name="acting_for" value="{owner.establishment.pk}"'

        for address, times in {
            "/commande/verification/": 1,
            "/etablissement/": 1,
            MEMBERS: 1,
            TRANSFER: 1,
            "/etablissement/depart/": 1,
            "/equipe/nouvelle-personne/": 1,
            f"/mes-achats/{session.code}/assignation/": 3,
        }.items():
            assert client.get(address).content.decode().count(mark) == times, address


class TestPagesByRole:
    """Nobody is shown a way to what their role does not open."""

    @pytest.mark.parametrize("role", Role)
    def test_no_link_of_a_page_leads_to_a_closed_door(self, owner, role):
        session = a_session()
        order = a_paid_order(owner, (session, 2))
        seat = order.lines.get().seats.first()
        client = signed_in(owner if role == Role.OWNER else a_member(owner, role))
        pages = ["/", "/panier/", "/compte/", MINE, "/mes-achats/", "/equipe/", "/recus/", f"/places/{seat.code}/"]
        pages += [f"/mes-achats/{session.code}/", f"/mes-achats/{session.code}/assignation/"]
        pages += [f"/commande/{order.reference}/merci/", f"/cours/{session.course.slug}/"]
        shown = {page: client.get(page) for page in pages}

        closed = []
        for page, answer in shown.items():
            if answer.status_code == 200:
                links = set(re.findall(r'href="(/[^"#]*)"', answer.content.decode()))
                links = {link for link in links if not link.startswith(("/static/", "/en/", "/admin/"))}
                closed += [(page, link) for link in links if client.get(link).status_code == 403]
        assert closed == []

    def test_a_cart_that_cannot_be_paid_says_so(self, owner):
        assigner = a_member(owner, Role.ASSIGNER)
        a_cart(assigner, (session := a_session(), 1))
        client = signed_in(assigner)
        sentence = gettext(
            "This profile cannot buy for the establishment. Use the owner profile or ask for delegate access."
        )

        assert sentence in words(client.get("/panier/"))
        assert sentence in words(client.get(f"/cours/{session.course.slug}/"))
        review = client.get("/commande/verification/")
        assert review.status_code == 403
        assert sentence in words(review)

    @pytest.mark.parametrize(
        ("role", "page"),
        [(Role.DELEGATE, "/mes-achats/"), (Role.ASSIGNER, "/mes-achats/"), (Role.ACCOUNTANT, "/recus/")],
    )
    def test_one_arrives_where_one_can_work(self, owner, role, page):
        member = a_member(owner, role)

        arrived = Client().post("/connexion/", {"login": member.email, "password": PASSWORD})

        assert arrived["Location"] == page

    def test_the_provider_s_staff_arrive_in_the_back_office(self):
        arrived = Client().post("/connexion/", {"login": a_staff_member().email, "password": PASSWORD})

        assert arrived["Location"] == "/admin/"
