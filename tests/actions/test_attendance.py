"""Who was there: noted once the session has started, with a certificate for those present."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from pupitre import clock
from pupitre.actions import attendance, people, seats
from pupitre.documents import certificate as certificate_sheet
from pupitre.mail import delivery
from pupitre.models import Assignment, Attendance, Certificate, CourseSession, Deed, Letter, Seat
from tests.counting import questions
from tests.world import a_course, a_person, a_session, seats_bought

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]
PRESENT, ABSENT = Attendance.PRESENT, Attendance.ABSENT


@pytest.fixture
def session():
    return a_session()


@pytest.fixture
def registered(owner, session):
    """Two people of the establishment, registered in the session."""
    seats_bought(owner, session, 2)
    people = [a_person(owner), a_person(owner, "Marie", "Côté")]
    return seats.assign_several(session, owner.establishment, people, by=owner)


def noted(session, answers, owner, *, after=timedelta(), **how) -> list[Assignment]:
    with clock.stopped_at(session.ends_at + after):
        return attendance.note(session, answers, by=owner, **how)


def test_those_present_get_a_certificate_and_a_letter(owner, session, registered):
    benoit, marie = registered

    noted(session, {benoit.pk: PRESENT, marie.pk: ABSENT}, owner)

    certificate = Certificate.objects.get()
    assert (certificate.assignment, certificate.name, certificate.expires_on) == (benoit, "Benoît Roy", None)
    assert len(certificate.number) == 10
    assert Letter.objects.get(kind="certificate_ready").to_email == benoit.participant.email
    states = {seat.assignment.pk: seat.state for seat in Seat.objects.with_holders()}
    assert states == {benoit.pk: "present", marie.pk: "absent"}
    deeds = Deed.objects.filter(verb="attendance.noted")
    assert [deed.facts for deed in deeds] == [
        {"attendance": "present", "before": None},
        {"attendance": "absent", "before": None},
    ]


def test_the_name_is_the_one_the_participant_chose(owner, session, registered):
    seats.open_course(registered[0], certificate_name="Benoît-Joseph Roy")

    noted(session, {registered[0].pk: PRESENT}, owner)

    assert Certificate.objects.get().name == "Benoît-Joseph Roy"


def test_a_course_without_certificates_gives_none(owner):
    session = a_session(a_course(gives_certificate=False))
    seats_bought(owner, session, 1)
    made = seats.assign_several(session, owner.establishment, [a_person(owner)], by=owner)

    noted(session, {made[0].pk: PRESENT}, owner)

    assert (Certificate.objects.count(), Letter.objects.filter(kind="certificate_ready").count()) == (0, 0)


@pytest.mark.parametrize(
    ("ended_on", "months", "expires_on"),
    [
        (datetime(2026, 11, 26, 20, tzinfo=UTC), 36, date(2029, 11, 26)),
        (datetime(2026, 8, 31, 20, tzinfo=UTC), 6, date(2027, 2, 28)),
        (datetime(2026, 12, 31, 20, tzinfo=UTC), 12, date(2027, 12, 31)),
        (datetime(2027, 1, 1, 3, tzinfo=UTC), 12, date(2027, 12, 31)),  # still New Year’s Eve where it was held
    ],
)
def test_a_certificate_expires_so_many_months_after_the_session(ended_on, months, expires_on):
    session = a_session(a_course(certificate_months=months), starts_at=ended_on - timedelta(hours=7))

    assert attendance._expiry(session) == expires_on


def test_absent_after_all_withdraws_the_certificate_and_present_again_brings_the_same_back(owner, session, registered):
    [benoit, _marie] = registered
    noted(session, {benoit.pk: PRESENT}, owner)
    number = Certificate.objects.get().number
    letter = Letter.objects.get(kind="certificate_ready")

    noted(session, {benoit.pk: ABSENT}, owner)
    assert not Certificate.objects.valid().exists()
    letter.refresh_from_db()
    assert not delivery.is_still_true(letter)

    noted(session, {benoit.pk: PRESENT}, owner)
    assert [certificate.number for certificate in Certificate.objects.valid()] == [number]
    assert Letter.objects.filter(kind="certificate_ready").count() == 2


def test_present_again_under_the_name_of_today(owner, session, registered):
    [benoit, _marie] = registered
    seats.open_course(benoit, certificate_name="Benoît Roy")  # as the page proposed it
    noted(session, {benoit.pk: PRESENT}, owner)
    noted(session, {benoit.pk: ABSENT}, owner)
    people.correct(benoit.participant, people.Newcomer("Benoît", "Roi", benoit.participant.email), by=owner)

    noted(session, {benoit.pk: PRESENT}, owner)

    assert Certificate.objects.valid().get().name == "Benoît Roi"


def test_a_certificate_is_issued_again_under_a_corrected_name(owner, session, registered):
    [benoit, _marie] = registered
    noted(session, {benoit.pk: PRESENT}, owner)
    former = Certificate.objects.get()
    before = certificate_sheet.draw(former, "fr-ca")

    for _twice in range(2):
        attendance.reissue(former, "Benoît Roi", by=owner)

    again = Certificate.objects.get()
    assert (again.number, again.name) == (former.number, "Benoît Roi")
    assert certificate_sheet.draw(again, "fr-ca") != before
    deed = Deed.objects.get(verb="certificate.reissued")
    assert (deed.by, deed.participant, deed.facts) == (owner, benoit.participant, {"certificate": again.pk})
    assert Letter.objects.filter(kind="certificate_ready").count() == 2


def test_one_that_was_withdrawn_is_not_issued_again(owner, session, registered):
    [benoit, _marie] = registered
    noted(session, {benoit.pk: PRESENT}, owner)
    noted(session, {benoit.pk: ABSENT}, owner)

    with pytest.raises(attendance.NoCertificate):
        attendance.reissue(Certificate.objects.get(), "Benoît Roi", by=owner)


def test_the_same_page_saved_twice_changes_nothing_more(owner, session, registered):
    answers = {each.pk: PRESENT for each in registered}

    assert len(noted(session, answers, owner)) == 2
    assert noted(session, answers, owner) == []
    assert (Certificate.objects.count(), Letter.objects.filter(kind="certificate_ready").count()) == (2, 2)


def test_a_wrong_click_is_taken_back_as_long_as_no_certificate_was_issued(owner, session, registered):
    benoit, marie = registered
    noted(session, {benoit.pk: PRESENT, marie.pk: ABSENT}, owner)

    [cleared] = noted(session, {marie.pk: None}, owner)

    cleared.refresh_from_db()
    assert (cleared.attendance, cleared.noted_at, cleared.noted_by) == (None, None, None)
    deed = Deed.objects.filter(verb="attendance.noted").last()
    assert (deed.by, deed.facts) == (owner, {"attendance": None, "before": "absent"})
    with pytest.raises(attendance.WasCertified, match="Benoît Roy"):
        noted(session, {benoit.pk: None}, owner)
    noted(session, {benoit.pk: ABSENT}, owner)
    with pytest.raises(attendance.WasCertified):  # it was sent: that it was withdrawn is to be seen
        noted(session, {benoit.pk: None}, owner)


def test_nothing_is_noted_before_the_session_nor_of_a_cancelled_one(owner, session, registered):
    answers = {registered[0].pk: PRESENT}

    with pytest.raises(attendance.SessionNotStarted):
        attendance.note(session, answers, by=owner)
    CourseSession.objects.update(cancelled_at=clock.now())  # while the page was open
    with pytest.raises(attendance.SessionWasCancelled):
        noted(session, answers, owner)
    assert Certificate.objects.count() == 0


def test_a_week_later_only_a_knowing_correction_passes_and_the_journal_tells_so(owner, session, registered):
    answers, week = {registered[0].pk: PRESENT}, timedelta(days=7)
    with pytest.raises(attendance.AttendanceLocked):
        noted(session, answers, owner, after=week)

    noted(session, answers, owner, after=week, late=True)

    assert Deed.objects.get(verb="attendance.noted").facts == {"attendance": "present", "before": None, "late": True}


def test_registrations_of_other_sessions_and_former_holders_are_left_alone(owner, session, registered):
    other = a_session()
    seats_bought(owner, other, 1)
    [elsewhere] = seats.assign_several(other, owner.establishment, [registered[0].participant], by=owner)
    seats.release(Seat.objects.get(pk=registered[1].seat_id), by=owner)

    assert noted(session, {elsewhere.pk: PRESENT, registered[1].pk: PRESENT}, owner) == []


def test_the_database_refuses_a_presence_without_a_moment(registered):
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=registered[0].pk).update(attendance=PRESENT)
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=registered[0].pk).update(noted_at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.filter(pk=registered[0].pk).update(attendance="peut", noted_at=clock.now())


def test_a_full_room_is_noted_in_as_many_questions_as_one_person(owner):
    def cost(number):
        session = a_session(capacity=number)
        seats_bought(owner, session, number)
        people = [a_person(owner) for _ in range(number)]
        made = seats.assign_several(session, owner.establishment, people, by=owner)
        with questions() as asked:
            noted(session, {each.pk: PRESENT for each in made}, owner)
        return len(asked)

    assert cost(1) == cost(3)
