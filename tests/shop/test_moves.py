"""The pages where seats go to another session: choose, read what will happen, then do it once."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from pupitre import clock
from pupitre.actions import payment_links, payments, seats
from pupitre.models import (
    Assignment,
    CourseSession,
    CreditNote,
    Deed,
    Membership,
    Order,
    OrderLine,
    Provider,
    Role,
    Seat,
    SeatMove,
)
from pupitre.queries import books
from tests.counting import questions
from tests.world import a_course, a_paid_order, a_person, a_session, an_attempt, an_owner, says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def course():
    return a_course(allows_moves=True)


@pytest.fixture
def session(course):
    return a_session(course)


@pytest.fixture
def later(course):
    return a_session(course, starts_at=clock.now() + timedelta(days=40), venue="Salle du port")


def bought(owner, session, count=1) -> list[Seat]:
    order = a_paid_order(owner, (session, count))
    return list(Seat.objects.filter(line__order=order).order_by("pk"))


@pytest.fixture
def seat(owner, session):
    return bought(owner, session)[0]


@pytest.fixture
def holder(owner, seat):
    return seats.assign(seat, a_person(owner), by=owner)


def page_of(seat: Seat) -> str:
    return reverse("shop:seat_move", args=[seat.code])


def hidden(html: str) -> dict[str, list[str]]:
    """What the page that asks for a confirmation sends again."""
    sent: dict[str, list[str]] = {"confirmed": ["1"]}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html):
        if name != "csrfmiddlewaretoken":
            sent.setdefault(name, []).append(value)
    return sent


class TestOneSeat:
    def test_the_seat_page_leads_there_where_the_provider_allows_it(self, client, seat, course):
        assert page_of(seat) in client.get(seat.get_absolute_url()).content.decode()

        course.allows_moves = False
        course.save()
        assert page_of(seat) not in client.get(seat.get_absolute_url()).content.decode()

    def test_the_other_sessions_are_offered_with_their_difference(self, client, course, seat, later):
        a_session(course, price_cents=10000)
        a_session(course, price_cents=20000)

        html = client.get(page_of(seat)).content.decode()

        assert "Salle du port" in html
        assert "Même prix" in html
        assert "−25,00\u00a0$ par place, taxes en sus" in html
        assert "+75,00\u00a0$ par place, taxes en sus" in html

    def test_read_then_confirmed_it_moves_once(self, client, seat, holder, session, later):
        check = client.post(page_of(seat), {"places": [seat.code], "session": later.code}).content.decode()
        assert "Les codes d’accès restent les mêmes." in check
        assert holder.participant.email in check
        assert Seat.objects.get().session == session

        for _ in range(2):
            answer = client.post(page_of(seat), hidden(check))
            assert answer.headers["Location"] == seat.get_absolute_url()

        assert Seat.objects.get().session == later
        assert SeatMove.objects.count() == 1
        shown = client.get(seat.get_absolute_url()).content.decode()
        assert "1 place est déplacée." in shown
        assert holder.access_code in shown
        assert "Déplacée vers une autre session" in shown

    def test_a_cheaper_session_shows_what_is_given_back(self, client, course, seat):
        cheaper = a_session(course, price_cents=10000)
        check = client.post(page_of(seat), {"places": [seat.code], "session": cheaper.code}).content.decode()
        assert "28,74\u00a0$" in check

        client.post(page_of(seat), hidden(check))

        assert CreditNote.objects.get().total_cents == 2874
        assert "NC-000001" in client.get(seat.get_absolute_url()).content.decode()
        assert books.disagreements() == []

    def test_another_amount_than_the_one_shown_is_shown_again(self, client, course, seat):
        cheaper = a_session(course, price_cents=10000)
        check = client.post(page_of(seat), {"places": [seat.code], "session": cheaper.code}).content.decode()
        CourseSession.objects.filter(pk=cheaper.pk).update(price_cents=9000)

        answer = client.post(page_of(seat), hidden(check))

        assert answer.status_code == 422
        assert "40,24\u00a0$" in answer.content.decode()
        assert not SeatMove.objects.exists()

    def test_someone_who_took_the_seat_meanwhile_is_shown_first(self, client, owner, seat, later):
        check = client.post(page_of(seat), {"places": [seat.code], "session": later.code}).content.decode()
        newcomer = seats.assign(seat, a_person(owner, "Nouvelle"), by=owner)

        answer = client.post(page_of(seat), hidden(check))

        assert answer.status_code == 422
        assert newcomer.participant.name in answer.content.decode()
        assert not SeatMove.objects.exists()

    @pytest.mark.parametrize(
        "sent",
        [
            {},
            {"session": "PLUSLA"},
            {"session": "x" * 5000},
            {"session": "<script>", "places": "'; --", "confirmed": "1", "total": "nan", "leaving": "0"},
        ],
    )
    def test_nonsense_is_refused_kindly(self, client, seat, later, sent):
        answer = client.post(page_of(seat), sent)

        assert answer.status_code == 422
        assert not SeatMove.objects.exists()

    def test_it_says_why_nothing_can_move(self, client, seat, holder, session, later):
        with clock.stopped_at(session.starts_at - timedelta(hours=2)):
            html = client.get(page_of(seat)).content.decode()

        assert "Le délai de remplacement est passé" in html
        assert "Formations du Fleuve" in html

    def test_the_seat_of_another_establishment_is_not_found(self, client, owner, course, later):
        (foreign,) = bought(an_owner(), a_session(course))

        assert client.get(page_of(foreign)).status_code == 404
        assert client.get(reverse("shop:swap", args=[foreign.code])).status_code == 404


class TestSeveralSeats:
    def test_those_that_are_ticked_move_together(self, client, owner, session, later):
        first, second, third = bought(owner, session, 3)
        seats.assign(first, a_person(owner), by=owner)
        page = reverse("shop:session_move", args=[session.code])
        assert page in client.get(reverse("shop:purchase", args=[session.code])).content.decode()

        check = client.post(page, {"places": [first.code, second.code], "session": later.code}).content.decode()
        answer = client.post(page, hidden(check))

        assert answer.headers["Location"] == reverse("shop:purchase", args=[later.code])
        assert set(Seat.objects.filter(session=later)) == {first, second}
        assert Seat.objects.get(session=session) == third
        assert books.disagreements() == []

    def test_all_of_them_even_with_the_form_sent_twice(self, client, owner, session, later):
        chosen = [seat.code for seat in bought(owner, session, 2)]
        page = reverse("shop:session_move", args=[session.code])
        check = client.post(page, {"places": chosen, "session": later.code}).content.decode()

        for _ in range(2):
            answer = client.post(page, hidden(check))
            assert answer.headers["Location"] == reverse("shop:purchase", args=[later.code])

        assert SeatMove.objects.count() == 2

    def test_what_was_ticked_is_kept_when_no_session_was(self, client, owner, session, later):
        (seat,) = bought(owner, session)

        answer = client.post(reverse("shop:session_move", args=[session.code]), {"places": [seat.code]})

        assert answer.status_code == 422
        assert f'id="place-{seat.code}" checked' in answer.content.decode()

    def test_three_seats_take_as_many_questions_as_one(self, client, owner, course, later):
        def count(seats_count: int) -> int:
            session = a_session(course)
            for seat in bought(owner, session, seats_count):
                seats.assign(seat, a_person(owner), by=owner)
            with questions() as asked:
                client.get(reverse("shop:session_move", args=[session.code]))
            return len(asked)

        assert count(1) == count(3)


class TestADearerSession:
    @pytest.fixture
    def dearer(self, course):
        return a_session(course, price_cents=15000, capacity=5)

    @pytest.fixture
    def check(self, client, seat, holder, dearer) -> str:
        return client.post(page_of(seat), {"places": [seat.code], "session": dearer.code}).content.decode()

    @pytest.fixture
    def order(self, client, seat, check) -> Order:
        client.post(page_of(seat), hidden(check))
        return SeatMove.objects.get().order

    def test_what_there_is_to_pay_is_read_first(self, check, dearer):
        assert "Différence de prix pour passer à cette session" in check
        assert "À payer\u00a0: 28,74\u00a0$, taxes comprises." in check
        assert "Passer au paiement" in check
        assert not SeatMove.objects.exists()

    def test_confirmed_it_leads_to_the_order_of_the_difference_even_twice(self, client, seat, check, session):
        for _ in range(2):
            answer = client.post(page_of(seat), hidden(check))
            assert answer.headers["Location"] == SeatMove.objects.get().order.get_absolute_url()

        page = client.get(answer.headers["Location"]).content.decode()
        assert "28,74\u00a0$" in page
        assert 'value="stripe"' in page
        assert 'value="paypal"' in page
        assert "Annuler le déplacement" in page
        assert "Modifier le nombre de places" not in page
        assert Seat.objects.get().session == session

    def test_another_amount_than_the_one_shown_is_shown_again(self, client, seat, check, dearer):
        CourseSession.objects.filter(pk=dearer.pk).update(price_cents=16000)

        answer = client.post(page_of(seat), hidden(check))

        assert answer.status_code == 422
        assert "40,24\u00a0$" in answer.content.decode()
        assert not SeatMove.objects.exists()

    def test_the_seat_page_says_that_it_waits_and_leads_to_the_order(self, client, seat, order):
        html = client.get(seat.get_absolute_url()).content.decode()

        assert "Un déplacement attend son paiement" in html
        assert order.get_absolute_url() in html
        assert page_of(seat) not in html
        assert "attend son paiement" in client.get(page_of(seat)).content.decode()

    def test_cancelled_the_seat_stays(self, client, seat, order, session):
        answer = client.post(reverse("shop:order_change", args=[order.reference]))

        assert answer.headers["Location"] == reverse("shop:purchase", args=[session.code])
        assert "Le déplacement est annulé" in client.get(answer.headers["Location"]).content.decode()
        assert page_of(seat) in client.get(seat.get_absolute_url()).content.decode()

    def test_paid_the_thanks_say_that_the_seats_are_there(self, client, owner, seat, holder, order, dearer):
        payment = an_attempt(order)
        payments.apply(payment, says(payment))

        html = client.get(reverse("shop:thanks", args=[order.reference])).content.decode()
        assert "Les places sont dans leur nouvelle session, et les codes restent les mêmes." in html
        assert "Toutes les places sont assignées." not in html
        assert reverse("shop:purchase", args=[dearer.code]) in html
        assert reverse("shop:refund", args=[order.reference]) not in html
        assert holder.access_code in client.get(seat.get_absolute_url()).content.decode()
        for page in ("receipt", "invoice"):
            assert client.get(reverse(f"shop:{page}", args=[order.reference])).status_code == 200
        assert books.disagreements() == []

    def test_not_paid_in_time_it_says_what_can_still_be_done(self, client, owner, seat, order, session):
        with clock.stopped_at(order.hold_until + timedelta(minutes=1)):
            payments.expire(order)
        page = client.get(order.get_absolute_url()).content.decode()
        assert "Le déplacement n’a pas été payé à temps" in page
        assert 'value="stripe"' in page

        seats.release(seat, by=owner)
        with clock.stopped_at(session.starts_at + timedelta(hours=1)):
            page = client.get(order.get_absolute_url()).content.decode()
        assert "Ce déplacement ne peut plus se faire" in page
        assert 'value="stripe"' not in page
        assert reverse("shop:order_restart", args=[order.reference]) not in page
        restart = client.post(reverse("shop:order_restart", args=[order.reference]))
        assert restart.headers["Location"] == order.get_absolute_url()

    def test_paid_too_late_it_says_so_before(self, client, seat, order, session):
        CourseSession.objects.filter(pk=session.pk).update(cancelled_at=clock.now())

        answer = client.post(reverse("shop:order_payment", args=[order.reference]), {"means": "stripe"})

        assert answer.status_code == 422
        assert "Ce déplacement ne peut plus se faire" in answer.content.decode()
        assert not order.payments.exists()

    def test_the_supplement_is_given_back_by_the_provider(self, client, seat, order):
        Provider.objects.update(owners_can_refund=True)
        OrderLine.objects.update(refund_steps=[[24, 100]])
        payment = an_attempt(order)
        payments.apply(payment, says(payment))

        of_seats = client.get(reverse("shop:refund", args=[seat.line.order.reference])).content.decode()
        of_supplement = client.get(reverse("shop:refund", args=[order.reference])).content.decode()

        assert "remboursement du supplément" in of_seats
        assert "écrivez à l’organisme" in of_supplement

    def test_whoever_pays_for_others_reads_what_it_is(self, client, owner, order):
        link = payment_links.give(order, by=owner)

        html = Client().get(link.get_absolute_url()).content.decode()

        assert "Différence de prix pour passer à cette session" in html
        assert "28,74\u00a0$" in html

    def test_the_order_of_another_establishment_is_not_found(self, order):
        other = Client()
        other.force_login(an_owner())

        assert other.get(order.get_absolute_url()).status_code == 404


class TestAnExchange:
    @pytest.fixture
    def other(self, owner, later):
        return seats.assign(bought(owner, later)[0], a_person(owner, "Marie"), by=owner)

    def test_read_then_confirmed_it_is_done_once(self, client, seat, holder, other, session, later):
        page = reverse("shop:swap", args=[seat.code])
        assert other.participant.name in client.get(page).content.decode()
        check = client.post(page, {"other": other.seat.code}).content.decode()
        assert "rien n’est remboursé" in check

        for _ in range(2):
            assert client.post(page, hidden(check)).headers["Location"] == seat.get_absolute_url()

        assert Assignment.objects.get(pk=holder.pk).session == later
        assert Assignment.objects.get(pk=other.pk).session == session
        assert Deed.objects.filter(verb="seat.swapped").count() == 2
        assert "L’échange est fait." in client.get(seat.get_absolute_url()).content.decode()

    def test_someone_replaced_meanwhile_is_shown_first(self, client, owner, seat, holder, other, session):
        page = reverse("shop:swap", args=[seat.code])
        check = client.post(page, {"other": other.seat.code}).content.decode()
        seats.replace(other.seat, a_person(owner, "Nouvelle"), by=owner)

        answer = client.post(page, hidden(check))

        assert "Nouvelle" in answer.content.decode()
        assert Assignment.objects.get(pk=holder.pk).session == session

    @pytest.mark.parametrize("sent", [{"other": ""}, {"other": "PERSONNE", "confirmed": "1"}])
    def test_nobody_chosen(self, client, seat, holder, other, sent):
        assert client.post(reverse("shop:swap", args=[seat.code]), sent).status_code == 422

    def test_whoever_may_only_assign_exchanges_and_moves_nothing(self, client, owner, seat, holder, other):
        Membership.objects.filter(user=owner).update(role=Role.ASSIGNER)

        assert client.get(reverse("shop:swap", args=[seat.code])).status_code == 200
        assert client.get(page_of(seat)).status_code == 403

    def test_where_nobody_can_exchange_the_reasons_are_all_there_is(self, client, seat, holder, other, later):
        CourseSession.objects.filter(pk=later.pk).update(price_cents=later.unit_price_cents + 100)

        page = client.get(reverse("shop:swap", args=[seat.code])).content.decode()

        assert other.participant.name in page
        assert "n’ont pas le même prix" in page
        assert "La page suivante dit ce qui se passera" not in page

    def test_a_free_seat_has_nobody_to_exchange(self, client, seat):
        assert client.get(reverse("shop:swap", args=[seat.code])).headers["Location"] == seat.get_absolute_url()
