"""Someone takes a seat through a link: who they are, what they learn, who approves, and who is told."""

from datetime import timedelta
from uuid import uuid4

import pytest

from pupitre import clock, worker
from pupitre.actions import claim_links, claim_places, people, seat_claims, seats
from pupitre.actions.people import Newcomer
from pupitre.actions.throttles import TooManyAttempts
from pupitre.mail import delivery, writing
from pupitre.models import Assignment, ClaimLink, Deed, Job, Letter, Membership, Participant, Role, SeatClaim
from pupitre.queries import books
from tests.counting import questions
from tests.world import a_person, a_session, an_owner, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]
ELISE = Newcomer("Élise", "Bouchard", "elise@exemple.ca")
LUC = Newcomer("Luc", "Bélanger")
HERE = "203.0.113.9"


@pytest.fixture
def session():
    return a_session()


@pytest.fixture
def six_seats(owner, session):
    return seats_bought(owner, session, 6)


@pytest.fixture
def make(owner, session, six_seats):
    """`make(needs_approval=True)`: a link with its limits."""
    return lambda **limits: claim_links.make(session, owner.establishment, by=owner, **limits)


def takes(link, person=ELISE, **how):
    link = ClaimLink.objects.select_related("establishment", "session__course", "order").get(pk=link.pk)
    return seat_claims.ask(link, person, **{"address": HERE, "batch": uuid4()} | how)


def letters(*kinds):
    wanted = kinds or ("registration_confirmed", "claim_refused", "claims_waiting")
    return list(Letter.objects.filter(kind__in=wanted).values_list("kind", "to_email"))


def names(owner):
    return sorted(person.name for person in Participant.objects.of(owner.establishment))


class TestTakingASeat:
    def test_a_person_gets_a_seat_a_code_and_a_letter(self, make, owner):
        claim = takes(make())

        assert claim.assignment.participant.name == "Élise Bouchard"
        assert claim.assignment.assigned_by is None
        assert claim.assignment.was_claimed
        assert letters() == [("registration_confirmed", "elise@exemple.ca")]
        assert [(deed.verb, deed.by) for deed in Deed.objects.filter(seat=claim.assignment.seat)] == [
            ("seat.claimed", None)
        ]
        assert books.disagreements() == []

    def test_the_letter_says_where_the_name_comes_from(self, make):
        takes(make())

        words = writing.write(Letter.objects.get(kind="registration_confirmed"))

        assert "par un lien de cet établissement" in " ".join(words.notes)

    def test_someone_without_an_address_gets_the_seat_and_no_letter(self, make):
        assert takes(make(), LUC).assignment.in_force
        assert letters() == []

    def test_the_same_form_twice_is_one_seat(self, make):
        link, form = make(places=1), uuid4()

        once = takes(link, batch=form)
        again = takes(link, batch=form)

        assert once == again
        assert Assignment.objects.count() == 1

    def test_the_five_hundred_and_first_finds_nothing(self, make):
        link = make(places=1)
        takes(link)

        with pytest.raises(claim_places.LinkFull):
            takes(link, LUC)
        assert (Assignment.objects.count(), SeatClaim.objects.count()) == (1, 1)

    def test_it_costs_the_same_for_any_number_of_seats(self, owner, make, session):
        link = make()
        with questions() as few:
            takes(link, LUC)
        seats_bought(owner, session, 10)
        with questions() as many:
            takes(link, Newcomer("Ana", "Roy"))

        assert len(few) == len(many) <= 22, str(many)


class TestWhoTheyAre:
    def test_the_same_name_and_address_are_the_person_of_the_list(self, make, owner):
        elise = a_person(owner, "Elise", "BOUCHARD", email="Elise@exemple.ca")

        assert takes(make()).assignment.participant == elise
        elise.refresh_from_db()
        assert elise.name == "Elise BOUCHARD"

    def test_the_same_name_without_any_address_is_the_person_of_the_list(self, make, owner):
        luc = a_person(owner, "Luc", "Bélanger", email="")

        assert takes(make(), LUC).assignment.participant == luc

    @pytest.mark.parametrize(
        ("on_the_list", "typed"),
        [
            ("elise@exemple.ca", ""),
            ("elise@exemple.ca", "autre@exemple.ca"),
            ("", "elise@exemple.ca"),
            ("élise@exemple.ca", "elise@exemple.ca"),
        ],
        ids=["keeps its address", "has another address", "has none", "looks like it"],
    )
    def test_nobody_acts_under_the_record_of_a_colleague_whose_name_they_know(self, make, owner, on_the_list, typed):
        elise = a_person(owner, "Élise", "Bouchard", email=on_the_list)

        claim = takes(make(), Newcomer("Élise", "Bouchard", typed))

        assert claim.assignment.participant != elise
        elise.refresh_from_db()
        assert elise.email == on_the_list

    def test_another_name_at_the_same_address_is_another_person(self, make, owner):
        a_person(owner, "Élise", "Bouchard", email="partage@exemple.ca")

        takes(make(), Newcomer("Luc", "Bélanger", "partage@exemple.ca"))

        assert names(owner) == ["Luc Bélanger", "Élise Bouchard"]

    def test_two_people_of_one_name_and_without_address_cannot_be_told_apart(self, make, owner):
        a_person(owner, "Luc", "Bélanger", email=""), a_person(owner, "Luc", "Bélanger", email="")

        takes(make(), LUC)

        assert names(owner) == ["Luc Bélanger"] * 3

    def test_an_archived_record_is_left_alone(self, make, owner):
        gone = a_person(owner, "Élise", "Bouchard", email="elise@exemple.ca")
        people.archive(gone, by=owner)

        assert takes(make()).assignment.participant != gone

    def test_people_of_another_establishment_are_strangers(self, make, owner):
        other = a_person(an_owner("École du Boisé"), "Élise", "Bouchard", email="elise@exemple.ca")

        assert takes(make()).assignment.participant != other


class TestWhoeverHasASeatAlready:
    @pytest.fixture
    def seated(self, owner, six_seats):
        elise = a_person(owner, "Élise", "Bouchard", email="elise@exemple.ca")
        with clock.stopped_at(clock.now() - timedelta(hours=1)):
            return seats.assign(six_seats[0], elise, by=owner)

    @pytest.mark.parametrize("needs_approval", [False, True])
    def test_gets_the_confirmation_again_and_nothing_is_said(self, make, seated, needs_approval):
        link = make(needs_approval=needs_approval)

        assert takes(link) is None

        assert letters() == [("registration_confirmed", "elise@exemple.ca")] * 2
        assert (SeatClaim.objects.count(), Assignment.objects.count()) == (0, 1)

    def test_at_most_once_in_five_minutes_and_nothing_is_said_either(self, make, seated):
        link = make()

        for _ in range(3):
            assert takes(link) is None

        assert len(letters()) == 2

    def test_a_name_without_address_asks_for_what_tells_two_people_apart(self, make, owner):
        link = make()
        takes(link, LUC)

        with pytest.raises(seat_claims.NameHasASeat):
            takes(link, LUC)
        assert takes(link, Newcomer("Luc", "Bélanger", "luc2@exemple.ca")).assignment.in_force
        assert Assignment.objects.count() == 2


class TestAnEmailDomain:
    @pytest.mark.parametrize("email", ["elise@ecole.qc.ca", "ELISE@Ecole.QC.CA"])
    def test_its_own_addresses_are_welcome(self, make, email):
        link = make(email_domain="ecole.qc.ca")

        assert takes(link, Newcomer("Élise", "Bouchard", email)).assignment.in_force

    @pytest.mark.parametrize(
        "email",
        [
            "",
            "elise@exemple.ca",
            "elise@ecole.qc.ca.evil.com",
            "elise@monecole.qc.ca",
            "elise@eleves.ecole.qc.ca",
            "elise@есоlе.qc.ca",  # in Cyrillic letters
            '"elise@ecole.qc.ca"@evil.com',
            "ecole.qc.ca",
        ],
    )
    def test_any_other_is_refused_and_a_subdomain_is_another_domain(self, make, email):
        link = make(email_domain="ecole.qc.ca")
        if email == "ecole.qc.ca":
            email = "elise@ecole.qc.ca@evil.com"

        with pytest.raises(seat_claims.AnotherDomain, match=r"@ecole\.qc\.ca"):
            takes(link, Newcomer("Élise", "Bouchard", email))
        assert SeatClaim.objects.count() == 0


class TestApproval:
    @pytest.fixture
    def link(self, make):
        return make(needs_approval=True, places=2)

    def test_a_request_waits_and_holds_no_seat(self, link, owner):
        claim = takes(link)

        assert claim.is_waiting
        assert (Assignment.objects.count(), Participant.objects.count(), letters()) == (0, 0, [])

    def test_a_yes_gives_the_seat_and_the_letter(self, link, owner):
        claim = takes(link)

        (accepted,) = seat_claims.approve(link, [claim], by=owner)

        assert accepted.assignment.assigned_by == accepted.decided_by == owner
        assert letters() == [("registration_confirmed", "elise@exemple.ca")]
        with pytest.raises(seat_claims.AlreadyAnswered):
            seat_claims.approve(link, [claim], by=owner)
        assert claim_links.refuse(link, [claim], by=owner) == []

    def test_a_no_is_told_to_those_who_left_an_address(self, link, owner):
        claims = [takes(link), takes(link, LUC)]

        claim_links.refuse(link, claims, by=owner)

        assert letters() == [("claim_refused", "elise@exemple.ca")]
        assert [deed.by for deed in Deed.objects.filter(verb="claim.refused")] == [owner, owner]
        with pytest.raises(seat_claims.AlreadyAnswered):
            seat_claims.approve(link, claims, by=owner)
        words = writing.write(Letter.objects.get(kind="claim_refused"))
        assert "Élise Bouchard" in words.paragraphs[0]

    def test_a_no_to_someone_who_got_a_seat_otherwise_is_not_told(self, link, owner, six_seats):
        claim = takes(link)
        elise = a_person(owner, "Élise", "Bouchard", email="elise@exemple.ca")
        seats.assign(six_seats[0], elise, by=owner)

        with pytest.raises(seat_claims.AlreadyHasASeat, match="Élise"):
            seat_claims.approve(link, [claim], by=owner)
        claim_links.refuse(link, [claim], by=owner)

        assert letters("claim_refused") == []

    def test_all_are_approved_together_or_none(self, link, owner):
        claims = [takes(link, Newcomer(name, "Roy")) for name in ("Ana", "Benoît", "Chantal")]

        with pytest.raises(seat_claims.NotEnoughForAll, match="3"):
            seat_claims.approve(link, claims, by=owner)
        assert Assignment.objects.count() == 0

        seat_claims.approve(link, claims[:2], by=owner)
        assert sorted(a.participant.first_name for a in Assignment.objects.all()) == ["Ana", "Benoît"]
        with pytest.raises(seat_claims.NothingLeftToGive):
            seat_claims.approve(link, claims[2:], by=owner)
        assert books.disagreements() == []

    def test_whoever_asks_from_two_windows_waits_once(self, link):
        assert takes(link) == takes(link)
        assert SeatClaim.objects.count() == 1

    def test_a_request_made_in_time_can_be_approved_after_the_link_has_expired(self, link, owner):
        claim = takes(link)
        ClaimLink.objects.update(expires_at=clock.now() - timedelta(minutes=1))

        assert seat_claims.approve(link, [claim], by=owner)
        with pytest.raises(claim_places.LinkExpired):
            takes(link, LUC)

    def test_a_crowd_that_waits_is_stopped(self, link, monkeypatch):
        monkeypatch.setattr(seat_claims, "MOST_WAITING", 2)
        takes(link), takes(link, LUC)

        with pytest.raises(seat_claims.TooManyWaiting):
            takes(link, Newcomer("Ana", "Roy"))

    def test_approving_costs_the_same_for_one_as_for_three(self, make, owner):
        link = make(needs_approval=True)
        claims = [takes(link, Newcomer(f"Personne {n}", "Roy", f"p{n}@exemple.ca")) for n in range(4)]
        with questions() as one:
            seat_claims.approve(link, claims[:1], by=owner)
        with questions() as three:
            seat_claims.approve(link, claims[1:], by=owner)

        assert len(one) == len(three) <= 20, str(three)


class TestTellingTheOwner:
    @pytest.fixture
    def link(self, make):
        return make(needs_approval=True)

    def test_one_letter_for_all_who_asked_in_ten_minutes(self, link, owner):
        takes(link), takes(link, LUC)
        job = Job.objects.get(kind="claims.tell")
        assert job.due_at - clock.now() > timedelta(minutes=9)

        with clock.stopped_at(job.due_at):
            worker.WORK[job.kind](job)
            worker.WORK[job.kind](job)

        assert letters() == [("claims_waiting", owner.email)]
        words = writing.write(Letter.objects.get(kind="claims_waiting"))
        assert "2 personnes demandent une place" in words.paragraphs[0]
        assert words.page.url().endswith(f"/partages/{link.code}/")
        assert link.word not in str(words)

    def test_those_who_ask_afterwards_are_told_of_in_another_letter(self, link, owner):
        takes(link)
        seat_claims.tell(link.pk)
        takes(link, LUC), takes(link, Newcomer("Ana", "Roy"))

        assert Job.objects.filter(kind="claims.tell").count() == 2
        seat_claims.tell(link.pk)
        assert letters() == [("claims_waiting", owner.email)] * 2

    def test_nothing_is_told_of_what_was_answered_meanwhile(self, link, owner):
        claim = takes(link)
        claim_links.refuse(link, [claim], by=owner)

        seat_claims.tell(link.pk)

        assert letters("claims_waiting") == []

    def test_a_letter_that_waited_too_long_is_withdrawn(self, link, owner):
        claim = takes(link)
        seat_claims.tell(link.pk)
        letter = Letter.objects.get(kind="claims_waiting")
        assert delivery.is_still_true(letter)

        seat_claims.approve(link, [claim], by=owner)

        assert not delivery.is_still_true(letter)

    def test_when_its_maker_left_the_owners_are_told(self, make, session, owner):
        assistant = an_owner("Ailleurs")
        Membership.objects.create(establishment=owner.establishment, user=assistant, role=Role.ASSIGNER)
        link = claim_links.make(session, owner.establishment, by=assistant, needs_approval=True)
        takes(link)
        Membership.objects.filter(user=assistant, establishment=owner.establishment).delete()

        seat_claims.tell(link.pk)

        assert letters("claims_waiting") == [("claims_waiting", owner.email)]


class TestALinkSharedByMistake:
    def test_one_network_address_is_stopped_and_the_others_are_not(self, make, monkeypatch):
        monkeypatch.setattr(seat_claims, "CLAIMS_PER_ADDRESS", 2)
        link = make()
        takes(link), takes(link, LUC)

        with pytest.raises(TooManyAttempts):
            takes(link, Newcomer("Ana", "Roy"))
        assert takes(link, Newcomer("Ana", "Roy"), address="198.51.100.4")

    def test_so_is_a_whole_crowd_on_one_link(self, make, monkeypatch):
        monkeypatch.setattr(seat_claims, "CLAIMS_PER_LINK", 2)
        link = make()
        takes(link, address="1"), takes(link, LUC, address="2")

        with pytest.raises(TooManyAttempts):
            takes(link, Newcomer("Ana", "Roy"), address="3")
