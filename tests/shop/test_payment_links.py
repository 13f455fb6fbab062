"""The owner gives the bill to someone else, who pays it without an account; and orders that waited say what is left."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext

from pupitre import clock, codes
from pupitre.actions import payment_links, payments
from pupitre.models import CourseSession, Letter, Order, Payment, PaymentLink
from tests.counting import questions
from tests.world import a_course, a_session, an_attempt, an_order, an_owner, says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def session():
    return a_session(capacity=10)


@pytest.fixture
def order(owner, session):
    return an_order(owner, (session, 3))


@pytest.fixture
def link(order, owner):
    return payment_links.give(order, by=owner)


@pytest.fixture
def payer():
    return Client()


def address(name, order):
    return reverse(f"shop:{name}", args=[order.reference])


def here(url):
    return url.removeprefix("http://testserver")


def expire(order):
    with clock.stopped_at(order.hold_until + timedelta(seconds=1)):
        payments.expire(order)


def face(client, link):
    return client.get(link.get_absolute_url()).context["face"]


class TestTheOwnersSide:
    def test_a_link_is_created_shown_and_withdrawn(self, client, order, settings):
        client.post(address("payment_link", order), {"email": ""})
        link = PaymentLink.objects.get()
        shown = client.get(address("order", order)).content.decode()
        assert f"{settings.SITE_URL}{link.get_absolute_url()}</code>" in shown

        client.post(address("payment_link_removal", order))

        link.refresh_from_db()
        assert link.revoked_at is not None
        assert link.word not in client.get(address("order", order)).content.decode()

    def test_it_can_be_sent_at_once(self, client, order):
        response = client.post(address("payment_link", order), {"email": "comptes@exemple.ca"}, follow=True)

        assert "comptes@exemple.ca" in response.content.decode()
        assert list(Letter.objects.values_list("kind", "to_email")) == [("payment_requested", "comptes@exemple.ca")]

    def test_an_address_that_is_none_is_refused_and_kept(self, client, order):
        response = client.post(address("payment_link", order), {"email": "comptes@"})

        assert response.status_code == 422
        assert 'value="comptes@"' in response.content.decode()
        assert not PaymentLink.objects.exists()

    def test_orders_of_another_establishment_are_not_found(self, client, owner, session):
        order = an_order(an_owner("Garage du Coin"), (session, 1))
        payment_links.give(order, by=order.placed_by)

        for name in ("payment_link", "payment_link_removal", "order_restart"):
            assert client.post(address(name, order)).status_code == 404
        assert PaymentLink.objects.get().revoked_at is None

    def test_an_order_that_costs_nothing_needs_nobody_to_pay(self, client, owner):
        free = an_order(owner, (a_session(a_course(price_cents=0)), 1))

        assert address("payment_link", free) not in client.get(address("order", free)).content.decode()
        assert client.post(address("payment_link", free)).status_code == 422


class TestThePayersSide:
    def test_the_bill_and_nothing_else(self, payer, link, order, owner):
        page = payer.get(link.get_absolute_url())

        text = page.content.decode()
        assert page.context["face"] == "unpaid"
        for said in (order.number, "Clinique des Érables", "Gatineau", "Secourisme", "431,16", "123456789 RT0001"):
            assert said in text
        for private in (owner.email, owner.last_name, reverse("shop:purchases"), reverse("shop:cart")):
            assert private not in text

    def test_its_address_is_never_stored_indexed_or_passed_on(self, payer, link):
        response = payer.get(link.get_absolute_url())

        assert response["Cache-Control"] == "private, no-store"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "csrftoken" in response.cookies
        assert "sessionid" not in response.cookies

    def test_opening_it_changes_nothing(self, payer, link):
        with questions() as asked:
            payer.get(link.get_absolute_url())

        assert [sql for sql in asked.asked if sql.startswith(("INSERT", "UPDATE", "DELETE"))] == []

    @pytest.mark.parametrize("means", ["stripe", "paypal"])
    def test_paying_leads_to_the_service_and_back_to_the_thanks(self, payer, link, order, sandbox, means):
        page = payer.post(link.get_absolute_url(), {"means": means, "email": "comptes@exemple.ca"})["Location"]
        back = sandbox.pay_stripe(page) if means == "stripe" else sandbox.approve_paypal(page)

        response = payer.get(here(back), follow=True)

        assert response.redirect_chain[-1][0] == f"{link.get_absolute_url()}?retour"
        assert response.context["face"] == "paid"
        order.refresh_from_db()
        assert order.is_paid
        for name in ("payer_receipt", "payer_invoice"):
            document = payer.get(reverse(f"shop:{name}", args=[link.word]))
            assert document.content.startswith(b"%PDF-")

    def test_documents_wait_for_the_payment(self, payer, link):
        for name in ("payer_receipt", "payer_invoice"):
            assert payer.get(reverse(f"shop:{name}", args=[link.word]))["Location"] == link.get_absolute_url()

    def test_a_payment_that_was_stopped_keeps_the_bill(self, payer, link, sandbox):
        page = payer.post(link.get_absolute_url(), {"means": "stripe"})["Location"]

        response = payer.get(here(sandbox.cancel_stripe(page)), follow=True)

        assert response.context["face"] == "interrupted"

    def test_a_declined_card_is_said_and_another_can_be_tried(self, payer, link, sandbox):
        page = payer.post(link.get_absolute_url(), {"means": "stripe"})["Location"]
        sandbox.pay_stripe(page, card="4000000000000002")

        assert face(payer, link) == "declined"

    def test_a_payment_that_nobody_knows_the_end_of_is_never_called_failed(self, payer, link, sandbox):
        page = payer.post(link.get_absolute_url(), {"means": "paypal"})["Location"]
        sandbox.approve_paypal(page, account="pending")

        response = payer.get(link.get_absolute_url())
        assert response.context["face"] == "pending"
        assert "data-hx-get" in response.content.decode()
        assert payer.post(link.get_absolute_url(), {"means": "stripe"}).status_code == 422

        sandbox.config(api_error=True)
        assert face(payer, link) == "pending"

    def test_a_browser_that_forgot_everything_is_shown_no_bill(self, link, payer, sandbox):
        page = payer.post(link.get_absolute_url(), {"means": "stripe"})["Location"]
        back = sandbox.pay_stripe(page)

        response = Client().get(here(back))

        assert response.status_code == 200
        assert link.word not in response.content.decode()
        assert link.order.number not in response.content.decode()

    def test_the_owner_sees_it_paid(self, client, payer, link, order):
        payment = an_attempt(order, link=link)
        payments.apply(payment, says(payment))

        assert client.get(address("order", order))["Location"] == address("thanks", order)
        assert face(payer, link) == "paid"

    def test_an_order_taken_back_has_nothing_to_pay(self, payer, link, order, owner):
        payments.cancel(order, by=owner)

        assert face(payer, link) == "cancelled"
        assert payer.post(link.get_absolute_url(), {"means": "stripe"}).status_code == 422
        assert not Payment.objects.exists()

    def test_seats_that_are_gone_are_said_to_the_payer(self, payer, link, order, session):
        expire(order)
        assert face(payer, link) == "expired"

        CourseSession.objects.filter(pk=session.pk).update(taken=8)

        page = payer.get(link.get_absolute_url())
        assert page.context["face"] == "short"
        assert 'name="means"' not in page.content.decode()
        assert payer.post(link.get_absolute_url(), {"means": "stripe"}).status_code == 422

    @pytest.mark.parametrize(("change", "status"), [("unknown", 404), ("withdrawn", 410), ("expired", 410)])
    def test_a_link_that_does_not_work_says_so_kindly(self, payer, link, owner, change, status):
        where = link.get_absolute_url()
        if change == "unknown":
            where = reverse("shop:payer", args=["z" * codes.SECRET_WORD_LENGTH])
        elif change == "withdrawn":
            payment_links.revoke(link, by=owner)
        else:
            PaymentLink.objects.update(expires_at=clock.now())

        response = payer.get(where)

        assert response.status_code == status
        assert gettext("This payment link does not work") in response.content.decode()
        assert "Clinique" not in response.content.decode()
        assert payer.post(where, {"means": "stripe"}).status_code == status

    def test_guessing_is_stopped(self, payer, link):
        for _guess in range(payment_links.WRONG_LINKS):
            payer.get(reverse("shop:payer", args=["nothing"]))

        response = payer.get(link.get_absolute_url())

        assert response.status_code == 429
        assert int(response["Retry-After"]) > 0

    def test_a_form_tampered_with_pays_nothing(self, payer, link):
        for typed in ({}, {"means": "cash"}, {"means": "stripe", "email": "comptes@"}):
            assert payer.post(link.get_absolute_url(), typed).status_code == 422
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_number_of_questions_does_not_depend_on_the_number_of_sessions(self, payer, owner, count):
        order = an_order(owner, *((a_session(), 2) for _ in range(count)))
        link = payment_links.give(order, by=owner)

        with questions() as asked:
            payer.get(link.get_absolute_url())

        assert len(asked) <= 10, str(asked)


class TestAnOrderThatWaited:
    def page(self, client, order):
        return client.get(address("order", order))

    def test_while_seats_are_left_it_is_paid_as_it_is(self, client, order, sandbox):
        expire(order)
        assert self.page(client, order).context["face"] == "expired"

        response = client.post(address("order_payment", order), {"means": "paypal"})

        assert response["Location"].startswith(sandbox.url)

    def test_it_says_what_is_left_and_starts_over_with_that(self, client, order, owner, session):
        expire(order)
        CourseSession.objects.filter(pk=session.pk).update(taken=8)
        page = self.page(client, order)
        assert page.context["face"] == "short"
        assert re.search(r"\b2\b[^<]*\b3\b", page.content.decode())
        assert 'name="means"' not in page.content.decode()

        response = client.post(address("order_restart", order))

        assert response["Location"] == reverse("shop:cart")
        assert list(owner.cart.lines.values_list("session", "quantity")) == [(session.pk, 2)]

    @pytest.mark.parametrize("field", ["starts_at", "sales_close_at", "cancelled_at"])
    def test_once_a_session_is_over_it_leads_to_the_catalogue(self, client, order, session, field):
        expire(order)
        CourseSession.objects.filter(pk=session.pk).update(**{field: clock.now()})

        page = self.page(client, order)
        assert page.context["face"] == "over"
        assert 'name="means"' not in page.content.decode()
        assert client.post(address("order_payment", order), {"means": "stripe"}).status_code == 422
        assert client.post(address("order_restart", order))["Location"] == reverse("shop:catalogue")

    def test_an_order_that_still_holds_its_seats_is_not_started_over(self, client, order):
        assert client.post(address("order_restart", order))["Location"] == address("order", order)

    def test_money_that_a_person_looks_at_is_never_asked_for_twice(self, client, order):
        late = an_attempt(order, status=Payment.Status.CLOSED)
        expire(order)
        payments.apply(late, says(late, amount_cents=1))

        assert self.page(client, order).context["face"] == "pending"
        refused = client.post(address("order_payment", order), {"means": "stripe"})
        assert (refused.status_code, Payment.objects.count()) == (422, 1)

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_number_of_questions_does_not_depend_on_the_number_of_sessions(self, client, owner, count):
        order = an_order(owner, *((a_session(capacity=3), 2) for _ in range(count)))
        expire(order)
        CourseSession.objects.update(taken=2)
        payment_links.PaymentLink.objects.all().delete()

        with questions() as asked:
            client.get(address("order", order))

        assert len(asked) <= 13, str(asked)
        assert Order.objects.get().status == Order.Status.EXPIRED
