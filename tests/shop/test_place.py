"""Whoever follows the link takes a seat in their own name: what they see, what they never see, what cannot go wrong."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext

from pupitre import clock, codes
from pupitre.actions import claim_links, seat_claims, seats
from pupitre.models import Assignment, ClaimLink, CourseSession, Letter, Participant, SeatClaim
from tests.counting import questions
from tests.world import a_person, a_session, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]
ELISE = {"first_name": "Élise", "last_name": "Bouchard", "email": "elise@exemple.ca"}
LUC = {"first_name": "Luc", "last_name": "Bélanger", "email": ""}


@pytest.fixture
def owner():
    return an_owner()


@pytest.fixture
def session():
    return a_session()


@pytest.fixture
def make(owner, session):
    seats_bought(owner, session, 6)
    return lambda **limits: claim_links.make(session, owner.establishment, by=owner, **limits)


@pytest.fixture
def link(make):
    return make()


@pytest.fixture
def visitor():
    return Client()


def ask(visitor, link, typed=ELISE, **how):
    return visitor.post(link.get_absolute_url(), {"batch": str(uuid4())} | typed | how)


def after(visitor, link, typed=ELISE, **how):
    """The page that comes after the button."""
    response = ask(visitor, link, typed, **how)
    assert response.status_code == 302
    return visitor.get(response["Location"])


class TestTheForm:
    def test_it_says_what_when_who_pays_and_how_many_are_left(self, visitor, link, owner):
        a_person(owner, "Benoît", "Roy")

        text = visitor.get(link.get_absolute_url()).content.decode()

        for said in ("Secourisme en milieu de travail", "Clinique des Érables", "Il reste 6 places."):
            assert said in text
        for private in ("Benoît", owner.email, owner.last_name, reverse("shop:purchases"), reverse("shop:cart")):
            assert private not in text

    def test_opening_it_takes_nothing(self, visitor, link):
        with questions() as asked:
            response = visitor.get(link.get_absolute_url())
            visitor.head(link.get_absolute_url())

        assert [sql for sql in asked.asked if sql.startswith(("INSERT", "UPDATE", "DELETE"))] == []
        assert len(asked) <= 2 * 6, str(asked)
        assert response["Cache-Control"] == "private, no-store"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "sessionid" not in response.cookies

    @pytest.mark.parametrize(
        ("typed", "field"),
        [
            ({"first_name": ""}, "first_name"),
            ({"last_name": "   "}, "last_name"),
            ({"last_name": "\u202e\u200f\u0000"}, "last_name"),
            ({"first_name": "É" * 300}, "first_name"),
            ({"email": "elise@"}, "email"),
            ({"email": "x" * 300 + "@exemple.ca"}, "email"),
            ({"email": "elise@exemple.ca\r\nBcc: tous@exemple.ca"}, "email"),
        ],
    )
    def test_what_cannot_be_is_said_and_what_was_typed_is_kept(self, visitor, link, typed, field):
        response = ask(visitor, link, ELISE | typed)

        assert response.status_code == 422
        assert list(response.context["form"].errors) == [field]
        assert 'value="Bouchard"' in response.content.decode() or field == "last_name"
        assert not SeatClaim.objects.exists()

    def test_a_hostile_name_is_printed_as_it_is_without_its_invisible_marks(self, visitor, link):
        typed = {"first_name": "<script>alert(1)</script>", "last_name": "\u202eyoR {name} %s", "email": ""}

        page = after(visitor, link, typed)

        assert "&lt;script&gt;" in page.content.decode()
        assert "<script>alert" not in page.content.decode()
        assert Participant.objects.get().last_name == "yoR {name} %s"

    def test_a_form_without_its_hidden_name_still_works(self, visitor, link):
        for batch in ("", "pas un uuid"):
            assert ask(visitor, link, LUC | {"last_name": f"B{batch}"}, batch=batch).status_code == 302
        assert Assignment.objects.count() == 2


class TestAfterTheButton:
    def test_the_seat_is_reserved_and_the_code_is_there_to_keep(self, visitor, link):
        page = after(visitor, link)

        assignment = Assignment.objects.get()
        text = page.content.decode()
        assert page.context["face"] == "reserved"
        assert assignment.access_code in text
        assert "elise@exemple.ca" in text
        sheet = visitor.get(page.request["PATH_INFO"] + "confirmation.pdf")
        assert sheet.content.startswith(b"%PDF-")
        assert page["Cache-Control"] == "private, no-store"

    def test_nobody_else_sees_it_even_with_its_address(self, visitor, link):
        page = after(visitor, link)
        where = page.request["PATH_INFO"]

        for other in (Client(), Client()):
            assert other.get(where)["Location"] == link.get_absolute_url()
            assert other.get(where + "confirmation.pdf")["Location"] == where

    def test_sent_again_reloaded_or_from_another_tab_it_is_one_seat(self, visitor, link):
        form = str(uuid4())

        first = ask(visitor, link, batch=form)
        again = ask(visitor, link, batch=form)
        tab = ask(visitor, link)
        without_address = [ask(visitor, link, LUC)["Location"] for _ in range(2)]

        assert first["Location"] == again["Location"] == tab["Location"]
        assert without_address[0] == without_address[1]
        assert Assignment.objects.count() == 2

    def test_two_colleagues_on_one_telephone_take_two_seats_even_by_going_back(self, visitor, link):
        form = str(uuid4())

        ask(visitor, link, batch=form)
        ask(visitor, link, LUC, batch=form)

        assert Assignment.objects.count() == 2
        shown = visitor.get(link.get_absolute_url()).content.decode()
        assert "Élise Bouchard" in shown
        assert "Élise Bouchard" not in Client().get(link.get_absolute_url()).content.decode()

    def test_in_english_the_letter_is_in_english(self, visitor, link):
        page = visitor.post("/en" + link.get_absolute_url(), ELISE)

        assert page["Location"].startswith("/en/place/")
        assert Letter.objects.get(kind="registration_confirmed").language == "en"

    def test_a_seat_taken_back_says_so(self, visitor, link, owner):
        page = after(visitor, link)
        seats.release(Assignment.objects.get().seat, by=owner)

        shown = visitor.get(page.request["PATH_INFO"])

        assert shown.context["face"] == "ended"
        assert Assignment.objects.get().access_code not in shown.content.decode()
        assert visitor.get(page.request["PATH_INFO"] + "confirmation.pdf").status_code == 302
        assert after(visitor, link).context["face"] == "reserved"


class TestWhoeverHasASeatAlready:
    def test_a_stranger_who_types_the_name_of_a_colleague_learns_no_code(self, visitor, link, owner):
        elise = a_person(owner, "Élise", "Bouchard", email="elise@exemple.ca")
        with clock.stopped_at(clock.now() - timedelta(hours=1)):
            (held,) = seats.assign_several(link.session, owner.establishment, [elise], by=owner)

        page = after(visitor, link)

        assert page.context["face"] == "sent"
        assert held.access_code not in page.content.decode()
        assert Letter.objects.filter(kind="registration_confirmed").count() == 2
        assert after(visitor, link).context["face"] == "sent"
        assert Letter.objects.filter(kind="registration_confirmed").count() == 2

    def test_with_a_domain_it_looks_exactly_like_a_new_seat(self, make, owner):
        link = make(email_domain="exemple.ca")
        elise = a_person(owner, "Élise", "Bouchard", email="elise@exemple.ca")
        seats.assign_several(link.session, owner.establishment, [elise], by=owner)

        known, newcomer = after(Client(), link), after(Client(), link, LUC | {"email": "luc@exemple.ca"})

        def words(page):
            shown = page.content.decode().replace(page.request["PATH_INFO"], "")
            return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", shown)

        assert words(known) == words(newcomer)

    def test_a_name_without_address_is_asked_for_one(self, visitor, link):
        ask(Client(), link, LUC)

        response = ask(visitor, link, LUC)

        assert response.status_code == 422
        assert 'value="Bélanger"' in response.content.decode()
        assert ask(visitor, link, LUC | {"email": "luc@exemple.ca"}).status_code == 302


class TestAnEmailDomain:
    @pytest.fixture
    def link(self, make):
        return make(email_domain="ecole.qc.ca")

    def test_the_code_only_goes_to_the_address(self, visitor, link):
        page = after(visitor, link, ELISE | {"email": "elise@ecole.qc.ca"})

        assert page.context["face"] == "sent"
        assert Assignment.objects.get().access_code not in page.content.decode()
        assert list(Letter.objects.filter(kind="registration_confirmed").values_list("to_email", flat=True)) == [
            "elise@ecole.qc.ca"
        ]
        sheet = visitor.get(page.request["PATH_INFO"] + "confirmation.pdf")
        assert sheet["Location"] == page.request["PATH_INFO"]

    @pytest.mark.parametrize(
        "email", ["", "elise@ecole.qc.ca.evil.com", "elise@eleves.ecole.qc.ca", "elise@exemple.ca"]
    )
    def test_another_address_is_refused_beside_its_field(self, visitor, link, email):
        response = ask(visitor, link, ELISE | {"email": email})

        assert response.status_code == 422
        assert list(response.context["form"].errors) == ["email"]
        assert not SeatClaim.objects.exists()


class TestApproval:
    @pytest.fixture
    def link(self, make):
        return make(needs_approval=True)

    def test_the_page_waits_then_tells_the_answer(self, visitor, link, owner):
        page = after(visitor, link)
        assert page.context["face"] == "waiting"
        assert not Assignment.objects.exists()

        seat_claims.approve(link, SeatClaim.objects.all(), by=owner)

        assert visitor.get(page.request["PATH_INFO"]).context["face"] == "reserved"

    def test_a_no_is_told_too(self, visitor, link, owner):
        page = after(visitor, link)

        claim_links.refuse(link, list(SeatClaim.objects.all()), by=owner)

        assert visitor.get(page.request["PATH_INFO"]).context["face"] == "refused"
        assert after(visitor, link).context["face"] == "waiting"

    @pytest.mark.parametrize("happens", ["started", "cancelled"])
    @pytest.mark.parametrize("has_a_seat", [True, False])
    def test_nobody_waits_any_longer_once_the_session_has_started_or_is_cancelled(
        self, visitor, link, owner, happens, has_a_seat
    ):
        if has_a_seat:
            elise = a_person(owner, "Élise", "Bouchard", email="elise@exemple.ca")
            seats.assign_several(link.session, owner.establishment, [elise], by=owner)
        page = after(visitor, link)
        assert page.context["face"] == "waiting"

        gone = {"started": {"starts_at": clock.now()}, "cancelled": {"cancelled_at": clock.now()}}
        CourseSession.objects.update(**gone[happens])

        assert visitor.get(page.request["PATH_INFO"]).context["face"] == "refused"


class TestALinkThatGivesNothing:
    @pytest.mark.parametrize(
        ("change", "status"),
        [("unknown", 404), ("revoked", 410), ("expired", 410), ("full", 410), ("started", 410), ("cancelled", 410)],
    )
    def test_it_says_so_kindly_and_nothing_about_anyone(self, visitor, make, owner, change, status):
        link = make(places=1)
        where = link.get_absolute_url()
        if change == "unknown":
            where = reverse("shop:place", args=["z" * codes.SECRET_WORD_LENGTH])
        elif change == "revoked":
            claim_links.revoke(link, by=owner)
        elif change == "expired":
            ClaimLink.objects.update(expires_at=clock.now())
        elif change == "full":
            ask(Client(), link)
        elif change == "started":
            CourseSession.objects.update(starts_at=clock.now() - timedelta(minutes=1))
        else:
            CourseSession.objects.update(cancelled_at=clock.now())

        response = visitor.get(where)

        text = response.content.decode()
        assert response.status_code == status
        assert gettext("This link gives no seat") in text
        assert "votre établissement" in text
        assert "Élise" not in text
        assert "Clinique" not in text
        assert visitor.post(where, LUC).status_code == status
        assert visitor.post(where, {}).status_code in (status, 422)
        assert not Participant.objects.filter(first_name="Luc").exists()

    def test_whoever_took_the_last_seat_finds_it_again(self, visitor, make):
        link = make(places=1)
        page = after(visitor, link)

        assert page.request["PATH_INFO"] in visitor.get(link.get_absolute_url()).content.decode()
        assert ask(visitor, link)["Location"] == page.request["PATH_INFO"]

    def test_guessing_and_hammering_are_stopped(self, visitor, link, monkeypatch):
        monkeypatch.setattr(seat_claims, "CLAIMS_PER_ADDRESS", 1)
        ask(visitor, link)
        response = ask(visitor, link, LUC)
        assert response.status_code == 429
        assert int(response["Retry-After"]) > 0
        assert "Trop de tentatives" in response.content.decode()
        assert 'value="Bélanger"' in response.content.decode()

        for _guess in range(claim_links.WRONG_LINKS):
            visitor.get(reverse("shop:place", args=["nothing"]))
        assert visitor.get(link.get_absolute_url()).status_code == 429

    def test_a_queue_that_is_full_says_so_and_what_was_typed_is_kept(self, visitor, make, monkeypatch):
        link = make(needs_approval=True)
        monkeypatch.setattr(seat_claims, "MOST_WAITING", 1)
        ask(visitor, link)

        response = ask(Client(), link, LUC)

        assert response.status_code == 422
        assert "Trop de demandes attendent" in response.content.decode()
        assert 'value="Bélanger"' in response.content.decode()
