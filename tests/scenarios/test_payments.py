"""What may happen to a payment, row by row: the buyer, the shop, the worker and the services all really run.

Each test is named after what happens; its last lines say what the shop makes of it. `till` is a buyer with three seats
of 125 $ in the cart: 431.16 $ with the taxes.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import gettext

from pupitre.actions import reconciliation, returns
from pupitre.models import CreditNote, Order, Payment, ProviderEvent, Refund
from pupitre.queries.refunds import propose_seats
from tests.scenarios.till import Till

DUE = 43116
BOTH = pytest.mark.parametrize("means", ["stripe", "paypal"])
Status, Disposition = Payment.Status, Payment.Disposition


@BOTH
def test_a_double_click_on_pay_finds_the_same_attempt(till: Till, means):
    first = till.orders(means=means)
    second = till.orders(means=means)
    third = till.presses_pay(means)["Location"]

    assert first == second == third
    assert (Order.objects.count(), Payment.objects.count(), till.taken) == (1, 1, 3)
    till.comes_back(till.pays(first))
    assert till.delivered_once
    assert till.money_kept == DUE


@pytest.mark.parametrize(("first", "second"), [("stripe", "paypal"), ("paypal", "stripe")])
def test_two_windows_two_means_the_first_one_can_no_longer_be_paid(till: Till, first, second):
    left_open = till.orders(means=first)
    chosen = till.another().presses_pay(second)["Location"]

    till.pays(left_open)
    till.comes_back(till.pays(chosen))

    assert till.delivered_once
    assert till.payment.means == second
    assert till.money_kept == DUE


@BOTH
def test_the_browser_is_closed_after_paying_and_the_notice_does_the_rest(till: Till, means):
    till.pays(till.orders(means=means))

    till.is_told("checkout.session.completed" if means == "stripe" else "CHECKOUT.ORDER.APPROVED")
    till.works()

    assert till.delivered_once
    assert till.money_kept == DUE


@BOTH
def test_the_browser_is_closed_and_the_notices_are_lost_then_a_check_does_the_rest(till: Till, means):
    till.sandbox.config(webhook_delay="never")
    till.pays(till.orders(means=means))

    till.waits(minutes=2.5)
    till.works()

    assert ProviderEvent.objects.count() == 0
    assert till.delivered_once


@BOTH
def test_even_the_checks_fail_then_the_end_of_the_hold_finds_the_money(till: Till, means):
    till.sandbox.config(webhook_delay="never")
    till.pays(till.orders(means=means))
    till.sandbox.config(api_error=True)
    till.waits(minutes=34)
    till.works()
    assert till.order.is_awaiting_payment

    till.sandbox.config(api_error=False)
    till.waits(minutes=30)
    till.works()

    assert till.delivered_once
    assert till.money_kept == DUE


def test_the_notice_comes_before_the_buyer(till: Till):
    back = till.pays(till.orders())
    till.is_told("checkout.session.completed")
    till.works()

    page = till.comes_back(back)

    assert "Votre commande est payée" in page
    assert till.delivered_once


def test_the_buyer_comes_before_the_notice(till: Till):
    till.sandbox.config(webhook_delay=1)

    page = till.comes_back(till.pays(till.orders()))
    till.is_told("checkout.session.completed")
    till.works()

    assert "Votre commande est payée" in page
    assert till.delivered_once


@BOTH
def test_the_buyer_comes_back_and_the_service_does_not_know_yet(till: Till, means):
    back = till.pays(till.orders(means=means))
    till.sandbox.config(api_error=True)

    page = till.comes_back(back)

    assert "Nous attendons la confirmation du paiement." in page
    assert "échoué" not in page
    till.sandbox.config(api_error=False)
    assert "Votre commande est payée" in till.comes_back(back)
    assert till.delivered_once


@BOTH
def test_the_buyer_comes_back_and_the_service_says_that_nothing_is_paid_yet(till: Till, means):
    till.orders(means=means)
    address = till.payment.request_body
    back = (
        address["success_url"]
        if means == "stripe"
        else address["payment_source"]["paypal"]["experience_context"]["return_url"]
    )

    page = till.comes_back(back)

    assert "Nous attendons la confirmation du paiement." in page
    assert "data-hx-get" in page
    assert "Payer par carte" in till.comes_back()  # nobody waits for ever: the same attempt can be gone on with


@BOTH
def test_every_notice_comes_three_times_in_any_order(till: Till, means):
    till.sandbox.config(duplicate=3, shuffle=True)

    till.comes_back(till.pays(till.orders(means=means)))
    till.is_told("checkout.session.completed" if means == "stripe" else "CHECKOUT.ORDER.APPROVED")
    till.works()

    assert till.delivered_once


@pytest.mark.parametrize("switch", ["wrong_signature", "old_timestamp"])
def test_notices_that_prove_nothing_are_not_kept(till: Till, switch):
    till.sandbox.config(**{switch: True})
    till.pays(till.orders())
    till.sandbox.wait_for(till.sandbox.deliveries)

    assert ProviderEvent.objects.count() == 0
    till.waits(minutes=2.5)
    till.works()
    assert till.delivered_once


def test_paying_by_card_after_the_hold_is_refused_by_the_service(till: Till):
    page = till.orders()
    till.waits(minutes=40)
    till.works()

    till.pays(page)
    till.works()

    assert (till.order.status, till.taken, till.seats) == ("expired", 0, 0)
    assert (till.money_kept, till.trouble) == (0, [])


def test_agreeing_at_paypal_after_the_hold_takes_no_money(till: Till):
    page = till.orders(means="paypal")
    till.waits(minutes=40)
    till.works()

    shown = till.comes_back(till.pays(page))
    till.works()

    held_again = (
        "Your seats are no longer held. There are enough left for now: "
        "they will be held again when you pay, at the same price."
    )
    assert gettext(held_again) in shown
    assert (till.order.status, till.money_kept, till.trouble) == ("expired", 0, [])


def test_a_declined_card_stays_at_the_service_and_another_one_pays(till: Till):
    page = till.orders()

    assert till.pays(page, "4000000000000002") == ""
    assert till.payment.status == Status.OPEN
    till.comes_back(till.pays(page))

    assert till.delivered_once


def test_a_declined_paypal_account_agrees_again_with_another_one(till: Till):
    page = till.orders(means="paypal")

    declined = till.comes_back(till.pays(page, "declined"))
    till.comes_back(till.pays(till.presses_pay("paypal")["Location"]))

    assert "Rien n’a été débité" in declined or "rien n’a été débité" in declined
    assert till.delivered_once


@pytest.mark.parametrize("wrong", [{"amount_cents": DUE - 1}, {"currency": "USD"}])
def test_an_amount_or_a_currency_that_differs_is_for_a_person_to_see(till: Till, wrong):
    page = till.orders()
    Payment.objects.update(**wrong)

    shown = till.comes_back(till.pays(page))
    till.works()

    assert "Nous attendons la confirmation du paiement." in shown
    assert (till.payment.disposition, till.taken, till.seats) == (Disposition.REVIEW, 3, 0)
    till.waits(hours=3)
    till.works()
    assert till.taken == 3


def test_two_payments_for_one_order_and_the_second_goes_back_whole(till: Till):
    first = till.orders()
    Payment.objects.update(status=Status.CLOSED)  # the shop lost sight of an attempt that can still be paid
    second = till.presses_pay("stripe")["Location"]

    till.comes_back(till.pays(second))
    till.pays(first)
    till.is_told("checkout.session.completed", times=2)
    till.works()

    assert till.delivered_once
    assert list(Payment.objects.values_list("disposition", flat=True)) == [Disposition.SURPLUS, Disposition.APPLIED]
    assert Refund.objects.get().status == Refund.Status.SUCCEEDED
    assert till.money_kept == DUE


@BOTH
def test_several_seats_given_back_are_several_refunds(till: Till, means):
    till.comes_back(till.pays(till.orders(means=means)))
    order = till.order
    seats = list(order.lines.get().seats.all())

    for seat in seats[:2]:
        agreed = propose_seats(order, [seat], percent=100).total_cents
        returns.give_back_seats(order, [seat], percent=100, agreed_total_cents=agreed, by=till.owner)
    till.works()

    assert (CreditNote.objects.count(), Refund.objects.filter(status="succeeded").count()) == (2, 2)
    assert (till.seats, till.taken) == (1, 1)
    assert till.money_kept == DUE - sum(CreditNote.objects.values_list("total_cents", flat=True))
    assert till.trouble == []


@BOTH
def test_the_answer_that_opens_the_page_is_lost_and_asked_again(till: Till, means):
    till.sandbox.config(answer_lost=1)

    page = till.orders(means=means)
    if "/commande/" in page:  # the service did not answer at all: the order's page lets try again
        page = till.presses_pay(means)["Location"]
    till.comes_back(till.pays(page))

    assert till.delivered_once
    assert till.money_kept == DUE


def test_the_answer_to_the_capture_is_lost_and_the_money_is_taken_once(till: Till):
    back = till.pays(till.orders(means="paypal"))
    till.sandbox.config(answer_lost=1)

    till.comes_back(back)
    till.waits(minutes=2.5)
    till.works()

    assert till.delivered_once
    assert till.money_kept == DUE


@BOTH
def test_the_answer_to_a_refund_is_lost_and_the_money_goes_back_once(till: Till, means):
    till.comes_back(till.pays(till.orders(means=means)))
    returns.give_back_everything(till.order, agreed_total_cents=DUE, by=till.owner)
    till.sandbox.config(answer_lost=1)

    till.works()
    till.is_told("charge.refunded" if means == "stripe" else "PAYMENT.CAPTURE.REFUNDED")
    till.waits(hours=2)
    till.works()

    assert Refund.objects.get().status == Refund.Status.SUCCEEDED
    assert (till.money_kept, till.seats, till.taken, till.trouble) == (0, 0, 0, [])


def test_a_notice_about_nothing_we_know_is_tried_for_an_hour_then_set_aside(till: Till):
    till.pays(till.orders())
    till.is_told("checkout.session.completed")
    Payment.objects.update(uuid="00000000-0000-4000-8000-000000000000", provider_reference="cs_forgotten")
    till.works()
    assert not ProviderEvent.objects.exclude(handled_at=None).exists()

    till.waits(minutes=70)
    till.works()

    assert ProviderEvent.objects.get(kind="checkout.session.completed").outcome == "foreign"


def test_a_live_notice_on_a_site_that_is_not_live_is_kept_and_refused(till: Till):
    till.sandbox.config(live=True)
    till.pays(till.orders())
    till.is_told("checkout.session.completed")

    till.works()

    assert ProviderEvent.objects.first().mode == "live"
    assert not till.order.is_paid
    assert till.seats == 0


def test_a_database_restored_from_a_backup_learns_what_happened_since(till: Till):
    till.sandbox.config(webhook_delay="never")
    till.pays(till.orders())
    Payment.objects.update(status=Status.CREATED, provider_reference="", url="")  # as the backup remembers it

    reconciliation.reconcile(timezone.now() - timedelta(hours=1))

    assert till.delivered_once
    assert till.money_kept == DUE
