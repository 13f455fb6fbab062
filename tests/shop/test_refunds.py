"""Pages where owners give seats back: they choose, read what it comes to, confirm, and see the credit note."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.translation import gettext

from pupitre import clock
from pupitre.actions import refunds, returns, seats
from pupitre.gateways import RefundNotice
from pupitre.models import CourseSession, CreditNote, Dispute, Provider, Refund, Seat
from pupitre.queries.refunds import propose_all, propose_seats
from tests.counting import questions
from tests.world import a_course, a_paid_order, a_person, a_provider, a_session, an_owner

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def provider():
    return a_provider(refund_steps=[[168, 100], [24, 50]], owners_can_refund=True)


@pytest.fixture
def owner():
    return an_owner()


@pytest.fixture
def session():
    return a_session(a_course(price_cents=12995))


@pytest.fixture
def order(owner, session):
    return a_paid_order(owner, (session, 3))


@pytest.fixture
def client(client, owner):
    client.force_login(owner)
    return client


def places(order) -> list[Seat]:
    return list(Seat.objects.filter(line__order=order).with_holders().order_by("pk"))


def address(order) -> str:
    return reverse("shop:refund", args=[order.reference])


def ticked(html: str) -> list[str]:
    return re.findall(r'name="places" value="(\w+)" id="[^"]+" checked', html)


def hidden(html: str) -> dict[str, list[str]]:
    """What the page that asks for a confirmation sends again."""
    found: dict[str, list[str]] = {"confirmed": ["1"]}
    for name, value in re.findall(r'<input type="hidden" name="(places|leaving|total)" value="([^"]*)"', html):
        found.setdefault(name, []).append(value)
    return found


class TestChoosing:
    def test_every_seat_in_force_is_offered_with_its_holder(self, client, order, owner):
        seats.assign(places(order)[0], a_person(owner, "Benoît", "Roy"), by=owner)

        html = client.get(address(order)).content.decode()

        assert html.count('type="checkbox" name="places"') == 3
        assert "Benoît Roy" in html
        assert ticked(html) == []

    def test_the_seat_one_comes_from_is_ticked(self, client, order):
        seat = places(order)[1]

        html = client.get(address(order), {"place": seat.code}).content.decode()

        assert ticked(html) == [seat.code]

    def test_a_seat_that_cannot_go_back_says_why(self, client, order, owner):
        a_provider(refund_steps=[[1, 100]], owners_can_refund=True)
        session = a_session(starts_at=clock.now() + timedelta(hours=20))
        late = a_paid_order(owner, (session, 2))
        seats.assign(places(late)[0], a_person(owner), by=owner)

        html = client.get(address(late)).content.decode()

        assert len(re.findall(r'name="places"[^>]*disabled', html)) == 1
        assert str(returns.offers_to_owner(late, Provider.current())[0].refusal) in html

    def test_nothing_chosen_is_said_beside_the_boxes(self, client, order):
        response = client.post(address(order))

        assert response.status_code == 422
        assert 'href="#id_places"' in response.content.decode()

    def test_where_owners_cannot_refund_they_are_told_whom_to_ask(self, client, order, provider):
        a_provider(owners_can_refund=False)

        html = client.get(address(order)).content.decode()

        assert provider.email in html
        assert 'name="places"' not in html

    def test_a_contested_payment_freezes_the_page(self, client, order):
        Dispute.objects.create(payment=order.payment, provider_reference="dp_1", amount_cents=1)

        html = client.get(address(order)).content.decode()

        assert str(returns.PaymentDisputed()) in html
        assert 'name="places"' not in html

    def test_the_orders_of_others_are_not_found(self, client, session):
        stranger = a_paid_order(an_owner(), (session, 1))

        assert client.get(address(stranger)).status_code == 404
        assert client.post(address(stranger), {"places": places(stranger)[0].code}).status_code == 404

    def test_as_many_questions_for_twelve_seats_as_for_three(self, client, owner, order):
        larger = a_paid_order(owner, (a_session(), 12))

        def count(order) -> int:
            with questions() as asked:
                client.get(address(order))
            return len(asked)

        assert count(larger) == count(order) <= 15


class TestReading:
    def test_the_amount_each_tax_and_the_codes_that_stop_working(self, client, order, owner):
        held = places(order)[0]
        assignment = seats.assign(held, a_person(owner, "Benoît", "Roy", email="benoit@exemple.ca"), by=owner)

        html = client.post(address(order), {"places": [held.code]}).content.decode()

        for shown in (
            "129,95\xa0$",
            "6,49\xa0$",
            "12,96\xa0$",
            "149,40\xa0$",
            assignment.access_code,
            "benoit@exemple.ca",
        ):
            assert shown in html, shown
        assert "Visa •••• 4242" in html
        assert hidden(html) == {
            "confirmed": ["1"],
            "places": [held.code],
            "leaving": [str(assignment.uuid)],
            "total": ["14940"],
        }

    def test_what_remains_is_priced_again_and_the_page_says_so(self, client, owner):
        session = a_session(a_course(price_cents=18500, volume_tiers=[[3, 15]]))
        order = a_paid_order(owner, (session, 4))

        html = client.post(address(order), {"places": [places(order)[0].code]}).content.decode()

        assert "171,12\xa0$" in html  # on average, with four seats
        assert "174,75\xa0$" not in html
        assert "175,75\xa0$" in html  # with three

    def test_reading_changes_nothing(self, client, order):
        client.post(address(order), {"places": [places(order)[0].code]})

        assert Seat.objects.filter(cancelled_at=None).count() == 3
        assert CreditNote.objects.count() == 0


class TestConfirming:
    @pytest.fixture
    def confirmation(self, client, order):
        """What the page that asks for a confirmation would send, for the first seat."""
        return hidden(client.post(address(order), {"places": [places(order)[0].code]}).content.decode())

    def test_the_result_names_the_credit_note(self, client, order, confirmation, session):
        response = client.post(address(order), confirmation, follow=True)

        credit_note = CreditNote.objects.get()
        html = response.content.decode()
        assert response.redirect_chain[-1][0] == reverse(
            "shop:refund_result", args=[order.reference, credit_note.serial]
        )
        assert credit_note.number in html
        assert "149,40\xa0$" in html
        assert CourseSession.objects.get(pk=session.pk).taken == 2

    def test_sent_twice_it_is_done_once(self, client, order, confirmation):
        first = client.post(address(order), confirmation)
        second = client.post(address(order), confirmation)

        assert first.headers["Location"] == second.headers["Location"]
        assert (CreditNote.objects.count(), Refund.objects.count()) == (1, 1)

    def test_another_amount_is_shown_before_it_is_done(self, client, order, owner, confirmation):
        """Someone else gave a seat back meanwhile: this one comes to a cent more."""
        other = places(order)[2]
        agreed = propose_seats(order, [other]).total_cents
        returns.give_back_seats(order, [other], agreed_total_cents=agreed, by=owner)

        response = client.post(address(order), confirmation)

        html = response.content.decode()
        assert response.status_code == 422
        assert hidden(html)["total"] == [str(propose_seats(order, [places(order)[0]]).total_cents)]
        assert 'role="alert"' in html
        assert client.post(address(order), hidden(html)).status_code == 302

    def test_another_holder_is_shown_before_losing_the_seat(self, client, order, owner):
        held = places(order)[0]
        seats.assign(held, a_person(owner), by=owner)
        page = client.post(address(order), {"places": [held.code]}).content.decode()
        newcomer = seats.replace(held, a_person(owner, "Marie", "Côté"), by=owner)

        response = client.post(address(order), hidden(page))

        html = response.content.decode()
        assert (response.status_code, newcomer.access_code in html) == (422, True)
        assert hidden(html)["leaving"] == [str(newcomer.uuid)]
        assert CreditNote.objects.count() == 0

    def test_too_late_is_said_where_the_seats_are_chosen(self, client, order, confirmation, session):
        with clock.stopped_at(session.starts_at - timedelta(hours=1)):
            response = client.post(address(order), confirmation)

        assert response.status_code == 422
        assert "disabled" in response.content.decode()
        assert CreditNote.objects.count() == 0

    @pytest.mark.parametrize("total", ["", "abc", "1e9", "-5", "²", "9" * 40])
    def test_an_amount_that_makes_no_sense_is_shown_again(self, client, order, confirmation, total):
        response = client.post(address(order), confirmation | {"total": total})

        assert response.status_code == 422
        assert CreditNote.objects.count() == 0

    def test_a_name_of_a_registration_that_makes_no_sense_is_left_out(self, client, order, confirmation):
        response = client.post(address(order), confirmation | {"leaving": ["not-a-uuid"]})

        assert response.status_code == 302

    def test_without_permission_nothing_is_done(self, client, order, confirmation):
        a_provider(owners_can_refund=False)

        assert client.post(address(order), confirmation).status_code == 422
        assert CreditNote.objects.count() == 0


class TestTheResult:
    @pytest.fixture
    def credit_note(self, order, owner):
        seat = places(order)[0]
        return returns.give_back_seats(order, [seat], percent=100, agreed_total_cents=14940, by=owner)

    def page(self, client, credit_note) -> str:
        return client.get(
            reverse("shop:refund_result", args=[credit_note.order.reference, credit_note.serial])
        ).content.decode()

    def test_the_way_the_money_goes(self, client, credit_note):
        assert "Visa •••• 4242" in self.page(client, credit_note)

        refunds.note(Refund.objects.get(), RefundNotice("re_1", "succeeded"))
        arrived = self.page(client, credit_note)
        refunds.note(Refund.objects.get(), RefundNotice("re_1", "failed", "expired_or_canceled_card"))
        failed = self.page(client, credit_note)

        assert len({arrived, failed}) == 2
        assert "expired_or_canceled_card" not in failed

    def test_that_of_others_is_not_found(self, client, session):
        stranger = an_owner()
        other = a_paid_order(stranger, (session, 1))
        agreed = propose_seats(other, places(other)).total_cents
        note = returns.give_back_seats(other, places(other), agreed_total_cents=agreed, by=stranger)

        assert client.get(reverse("shop:refund_result", args=[other.reference, note.serial])).status_code == 404

    def test_a_credit_note_of_another_order_is_not_found(self, client, owner, credit_note, session):
        other = a_paid_order(owner, (session, 1))

        assert client.get(reverse("shop:refund_result", args=[other.reference, credit_note.serial])).status_code == 404

    def test_the_page_of_the_seat_says_it_was_given_back(self, client, order, credit_note):
        html = client.get(reverse("shop:seat", args=[places(order)[0].code])).content.decode()

        assert credit_note.number in html
        assert reverse("shop:assignment", args=[places(order)[0].session.code]) not in html


class TestTheWayThere:
    def links(self, client, page: str, *args) -> bool:
        return "/remboursement/" in client.get(reverse(page, args=args)).content.decode()

    def test_from_the_order_the_invoices_and_the_seat(self, client, order):
        assert self.links(client, "shop:thanks", order.reference)
        assert self.links(client, "shop:documents")
        assert self.links(client, "shop:seat", places(order)[0].code)

    def test_an_order_given_back_whole_does_not_ask_for_names(self, client, order, owner):
        agreed = propose_all(order).total_cents
        returns.give_back_everything(order, agreed_total_cents=agreed, by=owner)

        html = client.get(reverse("shop:thanks", args=[order.reference])).content.decode()

        assert gettext("Every seat of this order has been given back.") in html
        assert gettext("All seats are assigned.") not in html

    def test_nowhere_when_owners_cannot_refund(self, client, order):
        a_provider(owners_can_refund=False)

        assert not self.links(client, "shop:thanks", order.reference)
        assert not self.links(client, "shop:documents")
        assert not self.links(client, "shop:seat", places(order)[0].code)

    def test_the_policy_is_told_before_buying(self, client, session):
        html = client.get(reverse("shop:course", args=[session.course.slug])).content.decode()

        assert "100\xa0%" in html
        assert "50\xa0%" in html
