import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from pupitre import clock, worker
from pupitre.actions import catalogue, people, seats
from pupitre.mail import delivery
from pupitre.models import Job, Letter
from tests import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    world.a_provider()
    return world.an_owner()


@pytest.fixture
def seat(owner):
    seat = world.a_seat(owner)
    Letter.objects.all().delete()
    Job.objects.filter(kind="letter.post").delete()
    return seat


@pytest.fixture
def benoit(owner):
    return world.a_person(owner)


@pytest.fixture
def assignment(seat, benoit, owner):
    return seats.assign(seat, benoit, by=owner)


def the_letter(kind="registration_confirmed"):
    return Letter.objects.filter(kind=kind).latest("pk")


def text_of(message):
    return message.get_body(("plain",)).get_content()


def html_of(message):
    return message.get_body(("html",)).get_content()


def what_is_enclosed(message):
    return [(part.get_content_type(), part.get_filename()) for part in message.iter_attachments()]


# --- what becomes of a letter --------------------------------------------------------------------------------------
def test_a_letter_that_was_taken_is_sent_and_says_when(post_office, assignment):
    delivery.post(the_letter().pk)

    letter = the_letter()
    assert (letter.state, letter.last_error) == ("sent", "")
    assert letter.sent_at is not None
    assert len(post_office.letters) == 1


def test_a_letter_posted_twice_goes_out_once(post_office, assignment):
    delivery.post(the_letter().pk)
    delivery.post(the_letter().pk)

    assert len(post_office.letters) == 1


def test_an_address_refused_for_good_is_shown_and_not_tried_again(post_office, assignment, benoit):
    post_office.mood = f"550 5.1.1 <{benoit.email}> does not live here"

    delivery.post(the_letter().pk)

    assert (the_letter().state, the_letter().last_error) == ("bounced", "550 5.1.1")
    assert assignment.delivery_state == "bounced"


def test_a_letter_refused_for_good_is_shown_too(post_office, assignment):
    post_office.data_mood = "554 no"

    delivery.post(the_letter().pk)

    assert (the_letter().state, the_letter().last_error) == ("bounced", "554")


@pytest.mark.parametrize(
    ("mood", "data_mood", "said"),
    [
        ("451 4.3.0 later", "250 OK", "451 4.3.0"),
        ("250 OK", "452 no room", "452"),
        ("drop", "250 OK", "SMTPServerDisconnected"),
        ("250 OK", "drop", "SMTPServerDisconnected"),
        ("hang", "250 OK", "SMTPServerDisconnected"),
    ],
)
def test_temporary_trouble_leaves_the_letter_queued_for_another_try(post_office, assignment, mood, data_mood, said):
    post_office.mood, post_office.data_mood = mood, data_mood

    with pytest.raises(delivery.NotPosted, match=f"^{re.escape(said)}$"):
        delivery.post(the_letter().pk)

    assert (the_letter().state, the_letter().last_error) == ("queued", said)
    post_office.mood = post_office.data_mood = "250 OK"
    delivery.post(the_letter().pk)
    assert (the_letter().state, the_letter().last_error) == ("sent", "")


def test_a_closed_post_office_is_temporary_trouble(post_office, assignment):
    post_office.close()

    with pytest.raises(delivery.NotPosted, match="ConnectionRefusedError"):
        delivery.post(the_letter().pk)

    assert the_letter().state == "queued"


def test_our_own_address_refused_is_ours_to_repair_not_the_readers_fault(post_office, assignment, settings):
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = "wrong"  # the server offers no sign-in

    with pytest.raises(delivery.NotPosted):
        delivery.post(the_letter().pk)

    assert the_letter().state == "queued"


def test_after_three_days_of_trouble_a_letter_has_failed(post_office, assignment):
    post_office.mood = "451 later"
    Letter.objects.update(queued_at=clock.now() - timedelta(days=3, minutes=1))

    delivery.post(the_letter().pk)

    assert (the_letter().state, the_letter().last_error) == ("failed", "451")


def test_a_letter_that_waited_long_for_a_worker_still_goes_out(post_office, assignment):
    Letter.objects.update(queued_at=clock.now() - timedelta(days=4))

    delivery.post(the_letter().pk)

    assert the_letter().state == "sent"


@pytest.mark.django_db(transaction=True)
def test_the_worker_tries_again_after_a_pause_and_no_transaction_is_open_meanwhile(post_office, monkeypatch):
    world.a_provider()
    owner = world.an_owner()
    seats.assign(world.a_seat(owner), world.a_person(owner), by=owner)
    Job.objects.exclude(kind="letter.post").update(done_at=timezone.now())
    open_transactions = []
    monkeypatch.setattr(
        "django.core.mail.message.EmailMessage.send",
        _noting(open_transactions, delivery.Message.send),
    )

    post_office.mood = "451 later"
    worker.work_until_idle()
    assert set(Letter.objects.values_list("state", flat=True)) == {"queued"}
    assert set(Job.objects.filter(kind="letter.post").values_list("last_error", flat=True)) == {"NotPosted"}

    post_office.mood = "250 OK"
    with clock.stopped_at(clock.now() + timedelta(minutes=1)):
        worker.work_until_idle()

    assert set(Letter.objects.values_list("state", flat=True)) == {"sent"}
    assert open_transactions == [False] * 4


def _noting(seen, send):
    def noted(message, *args, **kwargs):
        seen.append(connection.in_atomic_block)
        return send(message, *args, **kwargs)

    return noted


def test_what_a_server_says_of_someone_reaches_neither_rows_nor_logs(post_office, assignment, benoit, caplog):
    post_office.mood = f"451 <{benoit.email}> is away"

    worker.work_until_idle()

    assert caplog.text != ""
    assert benoit.email not in caplog.text
    assert benoit.email not in "".join(Job.objects.values_list("last_error", flat=True))
    assert benoit.email not in the_letter().last_error


# --- what is no longer true ----------------------------------------------------------------------------------------
def test_a_confirmation_is_withdrawn_when_the_seat_was_given_back_before_it_left(post_office, seat, assignment, owner):
    seats.release(seat, by=owner)

    for letter in Letter.objects.order_by("pk"):
        delivery.post(letter.pk)

    assert list(Letter.objects.order_by("pk").values_list("kind", "state")) == [
        ("registration_confirmed", "withdrawn"),
        ("seat_taken_away", "withdrawn"),
    ]
    assert post_office.letters == []


def test_someone_who_was_told_of_their_seat_is_told_when_it_is_taken_away(post_office, seat, assignment, owner):
    delivery.post(the_letter().pk)
    seats.release(seat, by=owner)
    delivery.post(the_letter("seat_taken_away").pk)

    assert [message["Subject"] for message in post_office.letters][1].startswith("[DEMO] ")
    assert what_is_enclosed(post_office.letters[1]) == [("text/calendar", "session.ics")]
    assert "METHOD:CANCEL" in _calendar_of(post_office.letters[1])
    assert assignment.access_code not in text_of(post_office.letters[1])


def test_a_code_never_goes_to_an_address_that_was_corrected_meanwhile(post_office, assignment, benoit, owner):
    wrong = the_letter()
    people.correct(benoit, people.Newcomer("Benoît", "Roy", "benoit.roy@exemple.ca"), by=owner)

    for letter in Letter.objects.order_by("pk"):
        delivery.post(letter.pk)

    wrong.refresh_from_db()
    assert wrong.state == "withdrawn"
    assert [envelope.rcpt_tos for envelope, _message in post_office.received] == [["benoit.roy@exemple.ca"]]


def test_no_code_leaves_when_the_address_was_taken_off(post_office, assignment, benoit, owner):
    people.correct(benoit, people.Newcomer("Benoît", "Roy", ""), by=owner)

    delivery.post(the_letter().pk)

    assert the_letter().state == "withdrawn"


# --- what it says --------------------------------------------------------------------------------------------------
def test_the_confirmation_carries_the_code_the_link_the_sheet_and_the_calendar_entry(
    post_office, assignment, benoit, settings
):
    delivery.post(the_letter().pk)

    [message] = post_office.letters
    session, code = assignment.session, assignment.access_code
    link = f"{settings.SITE_URL}/acces/{code}/"
    for body in (text_of(message), html_of(message)):
        assert code in body
        assert link in body
        assert f"{settings.SITE_URL}/en/acces/{code}/" in body
        assert session.course.title in body
        assert "heure de l’Est" in body
        assert "Centre communautaire, 12, rue de l’Église, Montréal" in body
        assert "Direction générale" in body
    assert '<html lang="fr-CA">' in html_of(message)
    assert what_is_enclosed(message) == [("application/pdf", "confirmation.pdf"), ("text/calendar", "session.ics")]
    assert "METHOD:REQUEST" in _calendar_of(message)


def test_a_letter_says_who_writes_and_that_a_machine_does(post_office, assignment, benoit):
    delivery.post(the_letter().pk)

    [message] = post_office.letters
    assert message["From"] == "Formations du Fleuve <inscriptions@exemple.ca>"
    assert message["To"] == f"Benoît Roy <{benoit.email}>"
    assert message["Reply-To"] == "Formations du Fleuve <info@exemple.ca>"
    assert message["Content-Language"] == "fr-CA"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"] == the_letter().message_id


def test_a_letter_tried_twice_keeps_its_name(post_office, assignment):
    post_office.data_mood = "drop"
    with pytest.raises(delivery.NotPosted):
        delivery.post(the_letter().pk)
    first = delivery.compose(the_letter()).message()["Message-ID"]

    assert delivery.compose(the_letter()).message()["Message-ID"] == first


def test_the_subject_says_demo_unless_money_is_real(assignment, settings):
    assert delivery.compose(the_letter()).subject.startswith("[DEMO] ")

    settings.PAYMENT_MODE = "live"

    assert not delivery.compose(the_letter()).subject.startswith("[DEMO] ")


def test_an_english_reader_is_written_to_in_english(post_office, seat, owner, settings):
    seats.assign(seat, world.a_person(owner, language="en"), by=owner)

    delivery.post(the_letter().pk)

    [message] = post_office.letters
    code = seat.assignments.get().access_code
    assert message["Content-Language"] == "en-CA"
    assert "Your registration is confirmed: “Workplace first aid”" in message["Subject"]
    assert "A seat in this course was reserved for you by: Clinique des Érables." in text_of(message)
    assert "Eastern Time" in text_of(message)
    assert f"Lire ce message en français\u00a0: {settings.SITE_URL}/acces/{code}/" in text_of(message)


def test_no_row_of_the_database_holds_a_code(post_office, assignment):
    delivery.post(the_letter().pk)

    code = assignment.access_code
    assert code in text_of(post_office.letters[0])
    assert [model.__name__ for model in apps.get_models() if _holds(model, code)] == []
    assert [model.__name__ for model in apps.get_models() if _holds(model, code.replace("-", ""))] == []


def _holds(model, text):
    return any(text in str(row) for row in model._base_manager.values_list())


@pytest.mark.parametrize("name", ["Benoît\r\nBcc: voleur@exemple.ca", "Benoît\nSubject: gagnez", '"Roy", <a@b.ca>'])
def test_a_name_cannot_begin_another_header(post_office, seat, owner, name):
    person = world.a_person(owner, first_name=name)
    seats.assign(seat, person, by=owner)

    delivery.post(the_letter().pk)

    [(envelope, message)] = post_office.received
    assert envelope.rcpt_tos == [person.email]
    assert message["Bcc"] is None
    assert len(message.get_all("Subject")) == 1
    assert [address.addr_spec for address in message["To"].addresses] == [person.email]


@pytest.mark.parametrize(
    "address", ["a@exemple.ca\nBcc: voleur@exemple.ca", "sans-arobas", "a@exemple.ca, b@exemple.ca"]
)
def test_what_is_not_an_address_is_not_posted(post_office, seat, owner, address):
    seats.assign(seat, world.a_person(owner, email=address), by=owner)

    delivery.post(the_letter().pk)

    assert (the_letter().state, the_letter().last_error) == ("bounced", "invalid address")
    assert post_office.letters == []


def test_markup_in_a_name_stays_text(post_office, seat, owner):
    seats.assign(seat, world.a_person(owner, last_name="<img src=x onerror=alert(1)> & fils"), by=owner)

    delivery.post(the_letter().pk)

    [message] = post_office.letters
    assert "<img" not in html_of(message)
    assert "<img src=x onerror=alert(1)> & fils" in text_of(message)


def test_the_buyer_learns_what_was_paid_and_what_is_left_to_do(post_office, owner, settings):
    order = world.a_paid_order(owner, (world.a_session(), 3))

    delivery.post(the_letter("order_paid").pk)

    [message] = post_office.letters
    text = text_of(message)
    assert order.number in message["Subject"]
    for amount in ("375,00\u00a0$", "18,75\u00a0$", "37,41\u00a0$", "431,16\u00a0$"):
        assert amount in text
    assert f"{settings.SITE_URL}/mes-achats/{order.lines.get().session.code}/assignation/" in text
    assert f"{settings.SITE_URL}/commande/{order.reference}/recu.pdf" in text
    assert what_is_enclosed(message) == [
        ("application/pdf", f"recu-{order.number}.pdf"),
        ("application/pdf", "facture-DEMO-F-000001.pdf"),
    ]


def test_a_moved_session_says_the_new_date_and_the_former_one(post_office, assignment, owner):
    session = assignment.session
    before, after = session.starts_at, session.starts_at + timedelta(days=7)
    delivery.post(the_letter().pk)
    catalogue.move(session, after, after + timedelta(hours=7), by=owner)

    delivery.post(the_letter("session_moved").pk)

    text = text_of(post_office.letters[1])
    day = delivery.formats.day
    assert day(after, "fr-ca", session.timezone) in text
    assert day(before, "fr-ca", session.timezone) in text
    assert "SEQUENCE:1" in _calendar_of(post_office.letters[1])


def _calendar_of(message):
    [entry] = [part for part in message.iter_attachments() if part.get_content_type() == "text/calendar"]
    return entry.get_content()
