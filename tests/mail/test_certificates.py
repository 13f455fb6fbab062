"""The letter that brings the certificate of attendance."""

from datetime import timedelta

import pytest

from pupitre import clock
from pupitre.actions import attendance, people, seats
from pupitre.mail import delivery
from pupitre.models import Attendance, Certificate, Letter
from tests.world import a_course, a_person, a_provider, a_session, an_owner, seats_bought

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db):
    a_provider()
    return an_owner()


def present(owner, person):
    """The letter of someone who took part in a session that ended four days ago."""
    then = clock.now() - timedelta(days=4)
    with clock.stopped_at(then - timedelta(days=3)):
        session = a_session(a_course(), starts_at=then)
        seats_bought(owner, session, 1)
        [held] = seats.assign_several(session, owner.establishment, [person], by=owner)
    with clock.stopped_at(session.ends_at):
        attendance.note(session, {held.pk: Attendance.PRESENT}, by=owner)
    return Letter.objects.get(kind="certificate_ready")


def test_it_brings_the_certificate_and_leads_to_the_course(post_office, owner):
    letter = present(owner, a_person(owner))

    delivery.post(letter.pk)

    message, certificate = post_office.letters[-1], Certificate.objects.get()
    text = message.get_body(("plain",)).get_content()
    assert "Votre attestation est prête" in message["Subject"]
    assert certificate.number in text
    assert f"/acces/{certificate.assignment.access_code}/" in text
    [sheet] = message.iter_attachments()
    assert sheet.get_filename() == "attestation.pdf"
    assert sheet.get_content().startswith(b"%PDF")


def test_it_is_english_for_those_who_read_english(post_office, owner):
    letter = present(owner, a_person(owner, language="en"))

    delivery.post(letter.pk)

    assert "Your certificate is ready" in post_office.letters[-1]["Subject"]


def test_nothing_leaves_for_an_address_that_is_no_longer_theirs(post_office, owner):
    person = a_person(owner)
    letter = present(owner, person)
    people.correct(person, people.Newcomer(person.first_name, person.last_name, "nouvelle@exemple.ca"), by=owner)

    delivery.post(letter.pk)

    letter.refresh_from_db()
    assert letter.state == Letter.State.WITHDRAWN
    assert post_office.letters == []
