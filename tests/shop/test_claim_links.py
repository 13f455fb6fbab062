"""The owner's pages of a link to take a seat: make it, show it, answer those who ask, revoke it."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse

from pupitre import clock
from pupitre.actions import claim_links, moves, seat_claims, seats
from pupitre.actions.people import Newcomer
from pupitre.models import Assignment, ClaimLink, Membership, Role, Seat, SeatClaim
from tests.counting import questions
from tests.documents.reading import opened, text_of
from tests.world import a_course, a_paid_order, a_person, a_session, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def session():
    return a_session()


@pytest.fixture
def link(owner, session):
    seats_bought(owner, session, 6)
    return claim_links.make(session, owner.establishment, by=owner)


def takes(link, *names):
    link = ClaimLink.objects.select_related("establishment", "session__course", "order").get(pk=link.pk)
    asked = [Newcomer(name, "Roy", f"{name.lower()}@exemple.ca") for name in names]
    return [seat_claims.ask(link, person, address="203.0.113.9") for person in asked]


def new(session):
    return reverse("shop:claim_link_new", args=[session.code])


def page(name, link):
    return reverse(f"shop:{name}", args=[link.code])


class TestMaking:
    def test_one_click_on_the_page_of_the_session_makes_a_link_that_works(self, client, owner, session):
        seats_bought(owner, session, 6)
        shown = client.get(reverse("shop:purchase", args=[session.code])).content.decode()
        assert new(session) in shown

        response = client.post(new(session), {"batch": str(uuid4())}, follow=True)

        link = ClaimLink.objects.get()
        assert link.places == 6
        assert response.redirect_chain[-1][0] == page("claim_link", link)
        assert f"{link.get_absolute_url()}</code>" in response.content.decode()

    def test_the_thanks_of_an_order_share_its_own_seats(self, client, owner, session):
        seats_bought(owner, session, 2)
        order = a_paid_order(owner, (session, 3))
        shown = client.get(reverse("shop:thanks", args=[order.reference])).content.decode()
        assert f'name="order" value="{order.reference}"' in shown

        client.post(new(session), {"batch": str(uuid4()), "order": order.reference})

        assert list(ClaimLink.objects.values_list("order", "places")) == [(order.pk, 3)]

    def test_the_form_sent_twice_makes_one_link(self, client, owner, session):
        seats_bought(owner, session, 2)
        form = {"batch": str(uuid4())}

        first, second = client.post(new(session), form), client.post(new(session), form)

        assert first["Location"] == second["Location"] == page("claim_link", ClaimLink.objects.get())

    @pytest.mark.parametrize(
        ("field", "typed"),
        [
            ("places", "0"),
            ("places", "7"),
            ("places", "beaucoup"),
            ("places", "9" * 40),
            ("expires_on", "2001-01-01"),
            ("expires_on", "9999-12-31"),
            ("expires_on", "hier"),
            ("email_domain", "pas un domaine"),
            ("email_domain", "x" * 400),
        ],
    )
    def test_a_limit_that_makes_no_sense_is_said_beside_it_and_kept(self, client, owner, session, field, typed):
        seats_bought(owner, session, 6)

        response = client.post(new(session), {"batch": str(uuid4()), field: typed})

        assert response.status_code == 422
        assert list(response.context["form"].errors) == [field]
        assert f'value="{typed}"' in response.content.decode()
        assert not ClaimLink.objects.exists()

    def test_an_order_that_is_not_theirs_not_paid_or_of_another_session_is_not_found(self, client, owner, session):
        seats_bought(owner, session, 2)
        others = a_paid_order(an_owner("Garage du Coin"), (session, 1))
        elsewhere = a_paid_order(owner, (a_session(), 1))

        for reference in (others.reference, elsewhere.reference, "RIEN", "\x00", "R" * 5000):
            assert client.post(new(session), {"order": reference}).status_code == 404
        assert not ClaimLink.objects.exists()

    def test_when_every_seat_is_assigned_there_is_nothing_to_make(self, client, owner, session):
        (seat,) = seats_bought(owner, session, 1)
        seats.assign(seat, a_person(owner), by=owner)

        assert client.get(new(session)).status_code == 200
        assert client.post(new(session), {"batch": str(uuid4())}).status_code == 422
        assert new(session) not in client.get(reverse("shop:purchase", args=[session.code])).content.decode()


class TestShowing:
    def test_the_page_has_the_link_its_square_and_who_took_a_seat(self, client, link, settings):
        takes(link, "Ana", "Benoît")

        response = client.get(page("claim_link", link))

        text = response.content.decode()
        assert f"{settings.SITE_URL}{link.get_absolute_url()}" in text
        assert 'src="data:image/svg+xml' in text
        assert "2 places prises sur 6, 4 restantes" in " ".join(text.split()).replace("</p>", "")
        assert "Ana Roy" in text
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response["Cache-Control"] == "private, no-store"

    def test_its_count_is_asked_for_again_for_ten_minutes(self, client, link):
        assert "?n=1" in client.get(page("claim_link", link)).content.decode()
        assert "data-hx-get" not in client.get(page("claim_link", link) + "?n=60").content.decode()
        assert client.get(page("claim_link", link) + "?n=99999999999999999999").status_code == 200

    @pytest.mark.parametrize(("language", "prefix"), [("fr-ca", ""), ("en", "/en")])
    def test_the_poster_says_what_when_where_and_how(self, client, link, session, language, prefix):
        address = f"{prefix}{link.get_absolute_url()}"

        response = client.get(prefix + page("claim_poster", link))

        (sheet,) = opened(response.content).pages
        words = text_of(sheet)
        title = session.course.title_en if language == "en" else session.course.title_fr
        for expected in (title, "Clinique des Érables", "Centre communautaire", address):
            assert expected in words
        assert ("Take a seat" if language == "en" else "Prenez une place") in words

    def test_a_name_of_three_hundred_letters_keeps_the_poster_on_one_page(self, client, link):
        link.session.venue = "W" * 120
        link.session.save()
        link.establishment.name = "Résidence " * 15
        link.establishment.save()

        assert len(opened(client.get(page("claim_poster", link)).content).pages) == 1

    def test_the_poster_of_a_link_that_is_over_is_not_printed(self, client, link, owner):
        claim_links.revoke(link, by=owner)

        assert client.get(page("claim_poster", link))["Location"] == page("claim_link", link)
        assert link.word not in client.get(page("claim_link", link)).content.decode()

    def test_a_crowd_is_cut_in_pages(self, client, owner):
        session = a_session(capacity=40)
        seats_bought(owner, session, 30)
        link = claim_links.make(session, owner.establishment, by=owner)
        takes(link, *[f"P{n}" for n in range(30)])

        assert len(client.get(page("claim_link", link)).context["page_obj"]) == 25
        assert len(client.get(page("claim_link", link) + "?page=2").context["page_obj"]) == 5

    def test_the_seat_says_how_it_was_taken(self, client, link):
        (claim,) = takes(link, "Ana")

        history = client.get(claim.assignment.seat.get_absolute_url()).content.decode()

        assert "Prise par un lien le" in history

    def test_the_number_of_questions_does_not_depend_on_the_number_of_people(self, client, owner, session):
        seats_bought(owner, session, 12)
        link = claim_links.make(session, owner.establishment, by=owner, needs_approval=True)
        counts = []
        for names in (("Ana", "Bob"), ("Chantal", "Denis", "Élise", "Fatou", "Guy", "Hugo")):
            waiting = takes(link, *names)
            seat_claims.approve(link, waiting[::2], by=owner)
            client.get(page("claim_link", link))
            with questions() as asked:
                client.get(page("claim_link", link))
            counts.append(len(asked))

        assert counts[0] == counts[1] <= 10

    def test_the_page_of_the_session_costs_one_question_more(self, client, link):
        address = reverse("shop:purchase", args=[link.session.code])
        client.get(address)
        with questions() as one:
            client.get(address)
        for _ in range(2):
            claim_links.make(link.session, link.establishment, by=link.made_by)
        with questions() as three:
            client.get(address)

        assert len(one) == len(three), str(three)


class TestAnswering:
    @pytest.fixture
    def link(self, owner, session):
        seats_bought(owner, session, 2)
        return claim_links.make(session, owner.establishment, by=owner, needs_approval=True)

    def answer(self, client, link, answer, claim=None, **how):
        typed = {"answer": answer} | ({"claim": str(claim.uuid)} if claim else {})
        return client.post(page("claim_answers", link), typed, **how)

    def test_yes_no_and_yes_to_all(self, client, link):
        ana, benoit, _chantal = takes(link, "Ana", "Benoît", "Chantal")

        shown = client.get(page("claim_link", link)).content.decode()
        assert "Ana Roy" in shown
        self.answer(client, link, "refuse", ana)
        self.answer(client, link, "approve", benoit)
        self.answer(client, link, "approve_all")

        assert {a.participant.first_name for a in Assignment.objects.all()} == {"Benoît", "Chantal"}
        assert SeatClaim.objects.get(pk=ana.pk).refused_at

    def test_too_many_for_the_seats_left_is_said_and_nothing_is_done(self, client, link):
        takes(link, "Ana", "Benoît", "Chantal")

        response = self.answer(client, link, "approve_all")

        assert response.status_code == 422
        assert not Assignment.objects.exists()

    @pytest.mark.parametrize("answer", ["approve", "refuse"])
    def test_an_answer_twice_is_one_answer(self, client, link, answer):
        (ana,) = takes(link, "Ana")

        assert self.answer(client, link, answer, ana).status_code == 302
        assert self.answer(client, link, answer, ana).status_code == 422

    @pytest.mark.parametrize(
        "typed", [{}, {"answer": "peut-être"}, {"answer": "approve", "claim": "x"}, {"answer": "approve"}]
    )
    def test_a_form_tampered_with_does_nothing(self, client, link, typed):
        takes(link, "Ana")

        assert client.post(page("claim_answers", link), typed).status_code == 422
        assert not Assignment.objects.exists()

    def test_a_request_of_another_link_is_not_answered_here(self, client, link):
        other_owner, other_session = an_owner("École du Boisé"), a_session()
        seats_bought(other_owner, other_session, 1)
        other = claim_links.make(other_session, other_owner.establishment, by=other_owner, needs_approval=True)
        (claim,) = takes(other, "Ana")

        assert self.answer(client, link, "approve", claim).status_code == 422
        assert not Assignment.objects.exists()


class TestRevoking:
    def test_the_page_says_what_will_happen_and_changes_nothing(self, client, link):
        takes(link, "Ana")

        response = client.get(page("claim_link_removal", link))

        assert (response.context["holding"], response.context["waiting"]) == (1, 0)
        assert ClaimLink.objects.get().revoked_at is None

    def test_the_page_counts_as_taken_back_those_who_are_still_in_the_session(self, client, owner):
        course = a_course(allows_moves=True)
        session, other = a_session(course), a_session(course)
        seats_bought(owner, session, 2)
        link = claim_links.make(session, owner.establishment, by=owner)
        ana, _benoit = takes(link, "Ana", "Benoît")
        seat = Seat.objects.with_holders().get(pk=ana.assignment.seat_id)
        moves.move([seat], other, agreed_total_cents=0, by=owner)

        response = client.get(page("claim_link_removal", link))

        assert (response.context["holding"], response.context["taken_back"]) == (2, 1)
        assert "Retirer aussi la place prise par ce lien" in response.content.decode()

    def test_the_page_promises_a_letter_to_those_who_left_an_address(self, client, owner):
        session = a_session()
        seats_bought(owner, session, 2)
        link = claim_links.make(session, owner.establishment, by=owner, needs_approval=True)
        takes(link, "Ana")

        text = client.get(page("claim_link_removal", link)).content.decode()

        assert "si la personne a laissé une adresse, elle en est avisée par courriel" in text

    @pytest.mark.parametrize(("typed", "left"), [({}, 2), ({"takes_seats_back": "on"}, 0)])
    def test_the_link_goes_and_its_seats_with_it_if_so_wished(self, client, link, typed, left):
        takes(link, "Ana", "Benoît")

        client.post(page("claim_link_removal", link), typed)

        assert ClaimLink.objects.get().revoked_at
        assert Assignment.objects.in_force().count() == left
        assert client.get(page("claim_link", link)).status_code == 200

    def test_one_seat_is_taken_back_from_the_page_that_releases_it(self, client, link):
        ana, _benoit = takes(link, "Ana", "Benoît")
        release = reverse("shop:release", args=[ana.assignment.seat.code])
        assert release in client.get(page("claim_link", link)).content.decode()

        client.post(release, {"leaving": str(ana.assignment.uuid)})

        assert ClaimLink.objects.get().taken == 1

    def test_after_the_deadline_the_link_can_still_go(self, client, link, session):
        takes(link, "Ana")

        with clock.stopped_at(session.replacements_close_at + timedelta(minutes=1)):
            refused = client.post(page("claim_link_removal", link), {"takes_seats_back": "on"})
            assert refused.status_code == 422
            assert ClaimLink.objects.get().revoked_at is None
            client.post(page("claim_link_removal", link))

        assert ClaimLink.objects.get().revoked_at


class TestWhoMayComeIn:
    NAMES = ("claim_link", "claim_poster", "claim_answers", "claim_link_removal")

    def test_links_of_another_establishment_are_not_found(self, client, link):
        client.force_login(an_owner("Garage du Coin"))

        for name in self.NAMES:
            method = client.post if name == "claim_answers" else client.get
            assert method(page(name, link)).status_code == 404
        assert client.post(page("claim_link_removal", link)).status_code == 404
        assert client.get(new(link.session)).status_code == 404
        assert ClaimLink.objects.get().revoked_at is None

    def test_strangers_are_asked_who_they_are(self, client, link):
        client.logout()

        for name in self.NAMES:
            assert "/connexion/" in client.post(page(name, link))["Location"]

    @pytest.mark.parametrize(("role", "status"), [(Role.ASSIGNER, 200), (Role.DELEGATE, 200), (Role.ACCOUNTANT, 403)])
    def test_those_who_may_assign_may_share(self, client, link, owner, role, status):
        Membership.objects.filter(user=owner).update(role=role)

        assert client.get(page("claim_link", link)).status_code == status
