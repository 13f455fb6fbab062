"""The owner posts a link in the staff room: how many seats it gives, of which order, until when, how it is revoked."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from pupitre import clock, codes
from pupitre.actions import catalogue, claim_links, claim_places, moves, seat_claims, seats
from pupitre.actions.people import Newcomer
from pupitre.actions.throttles import TooManyAttempts
from pupitre.models import Assignment, ClaimLink, CourseSession, Deed, Letter, Seat, SeatClaim
from pupitre.queries import books
from pupitre.queries.claim_links import seats_left
from pupitre.worker import tidy
from tests.world import a_course, a_paid_order, a_person, a_session, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]
ELISE = Newcomer("Élise", "Bouchard", "elise@exemple.ca")
LUC = Newcomer("Luc", "Bélanger")


@pytest.fixture
def session():
    return a_session()


@pytest.fixture
def six_seats(owner, session):
    return seats_bought(owner, session, 6)


@pytest.fixture
def link(owner, session, six_seats):
    return claim_links.make(session, owner.establishment, by=owner)


def fresh(link):
    return ClaimLink.objects.select_related("establishment", "session__course", "order").get(pk=link.pk)


def takes(link, person=ELISE):
    return seat_claims.ask(fresh(link), person, address="203.0.113.9", batch=uuid4())


def letters():
    kinds = ("registration_confirmed", "seat_taken_away", "claim_refused", "claims_waiting")
    return list(Letter.objects.filter(kind__in=kinds).values_list("kind", "to_email"))


class TestMaking:
    def test_a_link_gives_every_free_seat_until_the_session_starts(self, owner, session, six_seats):
        seats.assign(six_seats[0], a_person(owner), by=owner)

        link = claim_links.make(session, owner.establishment, by=owner)

        assert (link.places, link.taken, seats_left(link)) == (5, 0, 5)
        assert link.closes_at == session.starts_at
        assert claim_links.follow(link.word, address="::1") == link
        assert list(Deed.objects.filter(verb="claim_link.made").values_list("session", "by")) == [
            (session.pk, owner.pk)
        ]

    def test_the_database_never_holds_its_word(self, link):
        assert len(link.word) == codes.SECRET_WORD_LENGTH
        assert link.word not in str(ClaimLink.objects.values().get())

    def test_the_same_form_twice_makes_one_link(self, owner, session, six_seats):
        form = uuid4()

        once = claim_links.make(session, owner.establishment, by=owner, batch=form)
        again = claim_links.make(session, owner.establishment, by=owner, batch=form)

        assert once == again == ClaimLink.objects.get()

    @pytest.mark.parametrize("places", [0, -3, 7, 10**9])
    def test_it_never_promises_more_seats_than_there_are(self, owner, session, six_seats, places):
        with pytest.raises(claim_links.TooManyPlaces, match="6"):
            claim_links.make(session, owner.establishment, by=owner, places=places)

    def test_a_session_without_a_free_seat_has_nothing_to_share(self, owner, session):
        with pytest.raises(seats.NoSeatLeft):
            claim_links.make(session, owner.establishment, by=owner)

    def test_a_session_that_started_or_is_cancelled_neither(self, owner, session, six_seats):
        with clock.stopped_at(session.starts_at), pytest.raises(seats.SessionStarted):
            claim_links.make(session, owner.establishment, by=owner)
        session.cancelled_at = clock.now()
        with pytest.raises(seats.SessionCancelled):
            claim_links.make(session, owner.establishment, by=owner)

    def test_it_ends_with_a_day_of_the_clocks_of_the_session_and_never_after_its_start(self, owner):
        # 9 h in Toronto.
        session = a_session(starts_at=datetime(2026, 12, 10, 14, 0, tzinfo=UTC))
        with clock.stopped_at(datetime(2026, 12, 1, 3, 0, tzinfo=UTC)):  # the evening of November 30 there
            seats_bought(owner, session, 1)

            def ends(day):
                return claim_links.make(session, owner.establishment, by=owner, expires_on=day).closes_at

            assert ends(date(2026, 11, 30)) == datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
            assert ends(date(2026, 12, 5)) == datetime(2026, 12, 6, 5, 0, tzinfo=UTC)
            assert ends(date(2026, 12, 10)) == session.starts_at
            with pytest.raises(claim_links.EndsInThePast):
                ends(date(2026, 11, 29))
            for late in (date(2026, 12, 11), date(9999, 12, 31)):
                with pytest.raises(claim_links.EndsAfterTheStart, match=r"10\sdécembre\s2026"):
                    ends(late)

    def test_a_session_that_comes_earlier_closes_it_earlier(self, link, owner, session):
        earlier = session.starts_at - timedelta(days=3)

        catalogue.move(session, earlier, earlier + timedelta(hours=7), by=owner)

        assert fresh(link).closes_at == earlier

    @pytest.mark.parametrize("typed", ["ecole.qc.ca", " @Ecole.QC.ca ", "direction@ecole.qc.ca", "ecole.qc.ca."])
    def test_a_domain_is_understood_however_it_is_typed(self, owner, session, six_seats, typed):
        assert (
            claim_links.make(session, owner.establishment, by=owner, email_domain=typed).email_domain == "ecole.qc.ca"
        )

    @pytest.mark.parametrize(
        "typed", ["école", "a b.ca", "<script>", "ecole..ca", "@", "x" * 250, "-.ca", "ecole.qc.ca/"]
    )
    def test_what_is_no_domain_is_refused(self, owner, session, six_seats, typed):
        with pytest.raises(claim_links.NotADomain):
            claim_links.make(session, owner.establishment, by=owner, email_domain=typed)

    def test_a_link_of_one_order_gives_its_seats_only(self, owner, session):
        first = a_paid_order(owner, (session, 2))
        second = a_paid_order(owner, (session, 2), (a_session(), 1))

        link = claim_links.make(session, owner.establishment, by=owner, order=second)
        takes(link)
        takes(link, LUC)

        assert link.places == 2
        assert {a.seat.line.order for a in Assignment.objects.all()} == {second}
        assert Seat.objects.filter(line__order=first).available().count() == 2
        with pytest.raises(claim_places.LinkFull):
            takes(link, Newcomer("Ana", "Roy"))

    def test_making_them_without_end_is_stopped(self, owner, session, six_seats):
        for _ in range(claim_links.LINKS):
            claim_links.make(session, owner.establishment, by=owner)

        with pytest.raises(TooManyAttempts):
            claim_links.make(session, owner.establishment, by=owner)


class TestFollowing:
    def test_a_wrong_word_opens_nothing_and_guessing_is_stopped(self, link):
        for _guess in range(claim_links.WRONG_LINKS):
            with pytest.raises(claim_links.LinkUnknown):
                claim_links.follow("a" * codes.SECRET_WORD_LENGTH, address="203.0.113.9")
        with pytest.raises(TooManyAttempts):
            claim_links.follow(link.word, address="203.0.113.9")
        assert claim_links.follow(link.word, address="198.51.100.4") == link

    def test_a_link_that_gives_nothing_says_why(self, owner, session, six_seats):
        def why(link, at=None):
            with clock.stopped_at(at or clock.now()):
                refusal = claim_places.refusal(fresh(link))
            return refusal.code if refusal else ""

        tomorrow = (clock.now() + timedelta(days=1)).date()
        link = claim_links.make(session, owner.establishment, by=owner, places=1, expires_on=tomorrow)
        assert why(link) == ""
        assert why(link, clock.now() + timedelta(days=3)) == "claim_link_expired"
        assert why(link, session.starts_at) == "claim_link_too_late"
        takes(link)
        assert why(link) == "claim_link_full"
        CourseSession.objects.update(cancelled_at=clock.now())
        assert why(link) == "claim_link_of_cancelled_session"
        claim_links.revoke(link, by=owner)
        assert why(link) == "claim_link_revoked"

    def test_it_never_gives_more_than_what_the_owner_left(self, link, owner, session):
        crowd = [a_person(owner, f"Personne {n}") for n in range(4)]
        seats.assign_several(session, owner.establishment, crowd, by=owner)

        assert seats_left(fresh(link)) == 2
        takes(link)
        takes(link, LUC)
        with pytest.raises(claim_places.LinkFull):
            takes(link, Newcomer("Ana", "Roy"))


class TestRevoking:
    def test_it_stops_working_and_those_who_took_a_seat_keep_it(self, link, owner):
        claim = takes(link)

        assert claim_links.revoke(link, by=owner) == 0
        claim_links.revoke(link, by=owner)

        assert claim.assignment.in_force
        with pytest.raises(claim_places.LinkRevoked):
            takes(link, LUC)
        assert Deed.objects.filter(verb="claim_link.revoked").count() == 1

    def test_its_seats_can_come_back_with_it_and_their_holders_are_told(self, link, owner, six_seats):
        takes(link), takes(link, LUC)
        kept = seats.assign(six_seats[5], a_person(owner), by=owner)

        assert claim_links.revoke(link, by=owner, takes_seats_back=True) == 2

        assert list(Assignment.objects.in_force()) == [kept]
        assert ("seat_taken_away", "elise@exemple.ca") in letters()
        assert fresh(link).taken == 0
        assert books.disagreements() == []

    def test_a_seat_moved_to_another_session_since_stays_with_its_holder(self, owner):
        course = a_course(allows_moves=True)
        session, earlier = a_session(course), a_session(course, starts_at=clock.now() + timedelta(days=5))
        seats_bought(owner, session, 2)
        link = claim_links.make(session, owner.establishment, by=owner)
        takes(link)
        moved = takes(link, LUC).assignment
        moves.move([Seat.objects.with_holders().get(pk=moved.seat_id)], earlier, agreed_total_cents=0, by=owner)

        with clock.stopped_at(earlier.ends_at):
            assert claim_links.revoke(fresh(link), by=owner, takes_seats_back=True) == 1

        assert list(Assignment.objects.in_force()) == [moved]

    def test_seats_can_come_back_later_than_the_link(self, link, owner):
        takes(link)
        claim_links.revoke(link, by=owner)

        assert claim_links.revoke(fresh(link), by=owner, takes_seats_back=True) == 1
        assert claim_links.revoke(fresh(link), by=owner, takes_seats_back=True) == 0

    def test_after_the_deadline_nothing_is_done_by_halves(self, link, owner, session):
        takes(link)

        with clock.stopped_at(session.replacements_close_at), pytest.raises(seats.TooLateToReplace):
            claim_links.revoke(link, by=owner, takes_seats_back=True)

        assert fresh(link).revoked_at is None
        assert Assignment.objects.in_force().count() == 1

    def test_whoever_waits_is_told_no(self, owner, session, six_seats):
        link = claim_links.make(session, owner.establishment, by=owner, needs_approval=True)
        takes(link), takes(link, LUC)

        claim_links.revoke(link, by=owner)

        assert SeatClaim.objects.filter(refused_at=None).count() == 0
        assert letters() == [("claim_refused", "elise@exemple.ca")]

    @pytest.mark.parametrize("happens", ["started", "cancelled"])
    def test_whoever_still_waits_when_nobody_can_say_yes_any_more_is_told_no(self, owner, session, six_seats, happens):
        link = claim_links.make(session, owner.establishment, by=owner, needs_approval=True)
        takes(link), takes(link, LUC)
        tidy()
        assert SeatClaim.objects.waiting().count() == 2

        gone = {"started": {"starts_at": clock.now()}, "cancelled": {"cancelled_at": clock.now()}}
        CourseSession.objects.update(**gone[happens])
        tidy()
        tidy()

        assert list(SeatClaim.objects.exclude(refused_at=None).values_list("decided_by", flat=True)) == [None, None]
        assert letters() == [("claim_refused", "elise@exemple.ca")]
        assert Deed.objects.filter(verb="claim.refused", by=None).count() == 2

    @pytest.mark.parametrize("deed", ["release", "replace"])
    def test_a_seat_taken_back_can_be_taken_again_through_the_link(self, link, owner, deed):
        seat = takes(link).assignment.seat
        assert fresh(link).taken == 1

        if deed == "release":
            seats.release(seat, by=owner)
        else:
            seats.replace(seat, a_person(owner), by=owner)

        assert fresh(link).taken == 0
        assert seats_left(fresh(link)) == (6 if deed == "release" else 5)
        assert Deed.objects.filter(verb="claim.taken_back").count() == 1
        assert books.disagreements() == []


class TestTheLastLine:
    @pytest.mark.parametrize(
        "wrong", [{"taken": 7}, {"taken": -1}, {"places": 0}], ids=["more than promised", "less than none", "nothing"]
    )
    def test_the_database_refuses_a_link_that_gives_more_than_it_may(self, link, wrong):
        with pytest.raises(IntegrityError), transaction.atomic():
            ClaimLink.objects.filter(pk=link.pk).update(**wrong)

    def test_the_database_refuses_two_answers_and_a_yes_without_a_seat(self, link):
        claim = takes(link)

        for wrong in ({"refused_at": clock.now()}, {"assignment": None}, {"accepted_at": None}):
            with pytest.raises(IntegrityError), transaction.atomic():
                SeatClaim.objects.filter(pk=claim.pk).update(**wrong)

    def test_the_auditor_sees_a_link_counted_wrong(self, link):
        takes(link)
        ClaimLink.objects.update(taken=F("taken") + 1)

        assert books.disagreements() == [f"link {link.code}: 2 seats taken, 1 held through it"]
