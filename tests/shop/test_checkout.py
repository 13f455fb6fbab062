"""From the review to the payment page, and back: the four faces of an order, through the real sandbox."""

import pytest
from django.db import connection
from django.urls import reverse

from pupitre import clock
from pupitre.actions import payments
from pupitre.models import CartLine, Course, CourseSession, Letter, Order, Payment, Seat
from pupitre.queries import books
from tests.world import a_cart, a_course, a_paid_order, a_session, an_attempt, an_order, an_owner, says

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("provider")]


@pytest.fixture
def session():
    return a_session(capacity=10)


def pay(client, net_cents, means="stripe"):
    return client.post(reverse("shop:review"), {"means": means, "net_cents": net_cents})


def test_the_review_asks_who_is_buying_and_keeps_the_way_back(client):
    response = client.get(reverse("shop:review"))

    assert response.status_code == 302
    assert response["Location"] == f"{reverse('account_login')}?next={reverse('shop:review')}"


def test_an_empty_cart_goes_back_to_the_cart(client, owner):
    assert client.get(reverse("shop:review"))["Location"] == reverse("shop:cart")


def test_the_review_promises_no_replacement_once_its_time_has_passed(client, owner, session):
    a_cart(owner, (session, 1))
    assert "Remplacement possible avant le" in client.get(reverse("shop:review")).content.decode()

    with clock.stopped_at(session.replacements_close_at):
        page = client.get(reverse("shop:review")).content.decode()

    assert "Remplacement possible avant le" not in page
    assert "Le délai de remplacement est déjà passé" in page


def test_paying_by_card_holds_the_seats_and_leads_to_the_payment_page(client, owner, session, sandbox):
    a_cart(owner, (session, 3))

    response = pay(client, 37500)

    order = Order.objects.get()
    session.refresh_from_db()
    assert response.status_code == 302
    assert response["Location"].startswith(f"{sandbox.url}/c/pay/")
    assert (order.status, order.total_cents, session.taken) == (Order.Status.AWAITING_PAYMENT, 43116, 3)
    assert not Seat.objects.exists()


def test_someone_else_pays_holds_the_seats_and_leads_to_where_the_link_is_made(client, owner, session):
    a_cart(owner, (session, 3))

    response = pay(client, 37500, means="someone_else")

    order = Order.objects.get()
    session.refresh_from_db()
    assert response["Location"] == reverse("shop:order", args=[order.reference])
    assert (order.status, session.taken, Payment.objects.count()) == (Order.Status.AWAITING_PAYMENT, 3, 0)
    assert reverse("shop:payment_link", args=[order.reference]) in client.get(response["Location"]).content.decode()


@pytest.mark.parametrize("means", ["stripe", "paypal"])
def test_the_return_page_delivers_before_any_webhook(client, owner, session, sandbox, means):
    a_cart(owner, (session, 3))
    page = pay(client, 37500, means)["Location"]

    back = sandbox.pay_stripe(page) if means == "stripe" else sandbox.approve_paypal(page)
    response = client.get(back.removeprefix("http://testserver"), follow=True)

    order = Order.objects.get()
    assert response.redirect_chain[-1][0] == reverse("shop:thanks", args=[order.reference])
    assert response.context["sessions"] == [{"session": session, "free": 3, "links": []}]
    assert (order.status, Seat.objects.count(), CartLine.objects.count()) == (Order.Status.PAID, 3, 0)
    assert list(Letter.objects.values_list("kind", "to_email")) == [("order_paid", owner.email)]
    assert books.disagreements() == []


def test_a_declined_card_then_another_one(client, owner, session, sandbox):
    a_cart(owner, (session, 1))
    page = pay(client, 12500)["Location"]
    sandbox.pay_stripe(page, card="4000000000000002")
    order = Order.objects.get()

    response = client.get(reverse("shop:order", args=[order.reference]))
    assert response.context["face"] == "declined"

    again = client.post(reverse("shop:order_payment", args=[order.reference]), {"means": "stripe"})
    assert again["Location"] == page, "the attempt that can still be paid is taken up again"
    sandbox.pay_stripe(page)
    client.get(reverse("shop:order", args=[order.reference]))
    order.refresh_from_db()
    assert order.is_paid


def test_a_payment_that_was_interrupted_keeps_the_order_and_takes_the_other_means(client, owner, session, sandbox):
    a_cart(owner, (session, 1))
    page = pay(client, 12500)["Location"]
    back = sandbox.cancel_stripe(page).removeprefix("http://testserver")

    response = client.get(back)
    assert response.context["face"] == "interrupted"

    order = Order.objects.get()
    other = client.post(reverse("shop:order_payment", args=[order.reference]), {"means": "paypal"})
    client.get(sandbox.approve_paypal(other["Location"]).removeprefix("http://testserver"))
    assert sorted(Payment.objects.values_list("means", "status")) == [("paypal", "succeeded"), ("stripe", "closed")]
    order.refresh_from_db()
    assert order.is_paid


def test_a_paypal_review_says_to_wait_and_never_to_pay_again(client, owner, session, sandbox):
    a_cart(owner, (session, 1))
    page = pay(client, 12500, "paypal")["Location"]
    back = sandbox.approve_paypal(page, account="pending").removeprefix("http://testserver")

    response = client.get(back)
    order = Order.objects.get()
    assert response.context["face"] == "pending"

    refused = client.post(reverse("shop:order_payment", args=[order.reference]), {"means": "stripe"})
    assert refused.status_code == 422
    assert str(payments.PaymentUnderWay()) in refused.content.decode()

    sandbox.settle_capture(Payment.objects.get().charge_reference)
    client.get(reverse("shop:order", args=[order.reference]))
    order.refresh_from_db()
    assert order.is_paid


def test_a_service_that_does_not_answer_keeps_the_order_and_says_so(client, owner, session, sandbox):
    a_cart(owner, (session, 1))
    sandbox.config(api_error=True)

    response = pay(client, 12500, "paypal")

    order = Order.objects.get()
    assert response["Location"] == reverse("shop:order", args=[order.reference])
    sandbox.config(api_error=False)
    retried = client.post(reverse("shop:order_payment", args=[order.reference]), {"means": "paypal"})
    assert retried["Location"].startswith(sandbox.url)


def test_a_return_while_the_service_does_not_answer_may_be_paid_and_says_to_wait(client, owner, session, sandbox):
    a_cart(owner, (session, 1))
    back = sandbox.approve_paypal(pay(client, 12500, "paypal")["Location"]).removeprefix("http://testserver")
    sandbox.config(api_error=True)

    response = client.get(back)

    assert response.context["face"] == "pending"
    sandbox.config(api_error=False)
    assert client.get(back).status_code == 302


def test_a_second_click_finds_the_first_order(client, owner, session, sandbox):
    a_cart(owner, (session, 2))

    first, second = pay(client, 25000), pay(client, 25000)

    session.refresh_from_db()
    assert first["Location"] == second["Location"]
    assert (Order.objects.count(), Payment.objects.count(), session.taken) == (1, 1, 2)


def test_a_cart_changed_after_a_first_try_replaces_the_order(client, owner, session, sandbox):
    a_cart(owner, (session, 2))
    pay(client, 25000)
    a_cart(owner, (session, 3))

    pay(client, 37500)

    session.refresh_from_db()
    assert sorted(Order.objects.values_list("status", flat=True)) == ["awaiting_payment", "cancelled"]
    assert session.taken == 3


def test_changing_the_number_from_the_order_gives_the_seats_back(client, owner, session, sandbox):
    a_cart(owner, (session, 2))
    pay(client, 25000)
    order = Order.objects.get()

    response = client.post(reverse("shop:order_change", args=[order.reference]))

    session.refresh_from_db()
    assert response["Location"] == reverse("shop:cart")
    assert (session.taken, CartLine.objects.get().quantity) == (0, 2)


def test_a_price_that_changed_must_be_agreed_to_again(client, owner, session, sandbox):
    a_cart(owner, (session, 1))
    Course.objects.update(price_cents=20000)

    response = pay(client, 12500)

    assert response.status_code == 422
    assert "125,00" in response.content.decode()
    assert "200,00" in response.content.decode()
    assert not Order.objects.exists()
    assert pay(client, 20000).status_code == 302


def test_seats_gone_in_the_meantime_are_said_and_nothing_is_charged(client, owner, session, sandbox):
    a_cart(owner, (session, 3))
    CourseSession.objects.update(taken=8)

    response = pay(client, 37500)

    assert response.status_code == 422
    assert not Order.objects.exists()


@pytest.mark.parametrize("typed", [{"means": "cash"}, {"means": ""}, {"net_cents": "-1"}, {"net_cents": "abc"}, {}])
def test_a_form_tampered_with_pays_nothing(client, owner, session, typed):
    a_cart(owner, (session, 1))

    response = client.post(reverse("shop:review"), {"means": "stripe", "net_cents": "12500"} | typed if typed else {})

    assert response.status_code == 422
    assert not Order.objects.exists()


def test_a_course_that_costs_nothing_needs_no_payment(client, owner):
    session = a_session(a_course(price_cents=0))
    a_cart(owner, (session, 2))

    response = pay(client, 0)

    order = Order.objects.get()
    assert response["Location"] == reverse("shop:thanks", args=[order.reference])
    assert (order.status, Seat.objects.count(), Payment.objects.count()) == (Order.Status.PAID, 2, 0)


def test_orders_of_another_establishment_are_not_found(client, owner, session):
    stranger = an_owner("Garage du Coin")
    paid, waiting = a_paid_order(stranger, (session, 1)), an_order(stranger, (a_session(), 1))

    for order in (paid, waiting):
        for name in ("order", "thanks", "receipt"):
            assert client.get(reverse(f"shop:{name}", args=[order.reference])).status_code == 404
        for name in ("order_payment", "order_change"):
            address = reverse(f"shop:{name}", args=[order.reference])
            assert client.post(address, {"means": "stripe"}).status_code == 404


def test_the_receipt_is_a_pdf_to_keep(client, owner, session):
    order = a_paid_order(owner, (session, 2))

    response = client.get(reverse("shop:receipt", args=[order.reference]))

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF-")
    assert order.number in response["Content-Disposition"]


def test_only_pages_that_lead_to_a_payment_let_their_forms_go_there(client, owner, session, sandbox):
    a_cart(owner, (session, 1))

    review = client.get(reverse("shop:review"))["Content-Security-Policy"]
    catalogue = client.get(reverse("shop:catalogue"))["Content-Security-Policy"]

    assert f"form-action 'self' {sandbox.url};" in review
    assert "form-action 'self';" in catalogue
    assert "unsafe" not in review + catalogue


def test_pay_pressed_in_a_second_window_finds_the_order_paid(client, owner, session):
    order = a_paid_order(owner, (session, 1))

    response = client.post(reverse("shop:order_payment", args=[order.reference]), {"means": "stripe"})

    assert response.status_code == 302
    assert response["Location"] == reverse("shop:thanks", args=[order.reference])


def test_an_order_paid_while_its_page_is_being_read_never_says_that_it_is_not(client, owner, session):
    order = an_order(owner, (session, 1))
    payment = an_attempt(order)
    told = []

    def the_webhook_is_faster(execute, sql, params, many, context):
        if 'FROM "pupitre_payment"' in sql and not told:
            told.append(sql)
            payments.apply(payment, says(payment))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(the_webhook_is_faster):
        response = client.get(reverse("shop:order", args=[order.reference]))

    assert told
    assert response["Location"] == reverse("shop:thanks", args=[order.reference])
