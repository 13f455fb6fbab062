"""What the payment services wrote in our accounts: refunds, fees, disputes, attempts. Read from both, in our words."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from pupitre.gateways import Bill, DisputeNotice, Gateway, Movement, Notice, RefundNotice, paypal, stripe
from tests.gateways.conftest import a_bill

PAID = 327_68


@dataclass
class Service:
    """A gateway, and the hands of its buyers."""

    gateway: Gateway
    pay: Callable[[str], object]

    def opened(self, bill: Bill) -> str:
        return self.gateway.start(self.gateway.request(bill), key=f"pay_{bill.payment}").reference

    def paid(self, bill: Bill) -> Notice:
        started = self.gateway.start(self.gateway.request(bill), key=f"pay_{bill.payment}")
        self.pay(started.url)
        return self.gateway.capture(started.reference, key=f"cap_{bill.payment}")

    def refund(self, notice: Notice, cents: int, name: str) -> RefundNotice:
        return self.gateway.refund(
            notice.charge_reference, payment=notice.payment, refund=name, cents=cents, currency="CAD", key=f"ref_{name}"
        )


@pytest.fixture
def of_stripe(stripe_gateway, sandbox) -> Service:
    return Service(stripe_gateway, sandbox.pay_stripe)


@pytest.fixture
def of_paypal(paypal_gateway, sandbox) -> Service:
    return Service(paypal_gateway, sandbox.approve_paypal)


@pytest.fixture(params=["stripe", "paypal"])
def service(request) -> Service:
    return request.getfixturevalue(f"of_{request.param}")


@pytest.fixture
def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


# --- refunds ---------------------------------------------------------------------------------------------------------


def test_refunds_made_by_us_and_at_the_service_are_told_apart(service, sandbox, bill):
    notice = service.paid(bill)

    ours = service.refund(notice, 100_00, "r1")
    by_hand = sandbox.refund(notice.reference, 27_68)
    found = service.gateway.refunds_of(notice.reference, notice.charge_reference)

    assert sorted(found, key=lambda refund: -refund.amount_cents) == [
        RefundNotice(ours.reference, "succeeded", "", 100_00, "CAD", refund="r1"),
        RefundNotice(by_hand, "succeeded", "", 27_68, "CAD", refund=""),
    ]
    assert service.gateway.read_refund(ours.reference) == ours


def test_an_attempt_that_nobody_paid_has_neither_refunds_nor_movements(service, bill):
    reference = service.opened(bill)

    assert service.gateway.refunds_of(reference, "") == []
    assert service.gateway.movements_of(reference, "") == []


# --- fees ------------------------------------------------------------------------------------------------------------


def test_the_fee_of_a_payment_is_read_with_what_is_left_of_it(service, bill):
    notice = service.paid(bill)

    [charge] = service.gateway.movements_of(notice.reference, notice.charge_reference)

    assert (charge.kind, charge.gross_cents, charge.currency) == ("charge", PAID, "CAD")
    assert 0 < charge.fee_cents < 20_00
    assert charge.net_cents == PAID - charge.fee_cents


def test_refunds_leave_the_balance_with_their_share_of_the_fee(service, sandbox, bill):
    notice = service.paid(bill)
    service.refund(notice, 100_00, "r1")
    sandbox.refund(notice.reference, 27_68)

    movements = service.gateway.movements_of(notice.reference, notice.charge_reference)

    assert sorted((one.kind, one.gross_cents) for one in movements) == [
        ("charge", PAID),
        ("refund", -100_00),
        ("refund", -27_68),
    ]
    assert all(one.net_cents == one.gross_cents - one.fee_cents for one in movements)
    assert len({one.reference for one in movements}) == 3


def test_stripe_may_write_the_fee_later(of_stripe, sandbox, bill):
    sandbox.config(fee_later=60)
    notice = of_stripe.paid(bill)

    before = of_stripe.gateway.movements_of(notice.reference, notice.charge_reference)
    sandbox.advance(61)
    after = of_stripe.gateway.movements_of(notice.reference, notice.charge_reference)

    assert before == []
    assert [(one.kind, one.gross_cents) for one in after] == [("charge", PAID)]
    assert after[0].available_on


def test_a_refund_that_fails_at_stripe_comes_back(of_stripe, sandbox, bill):
    notice = of_stripe.paid(bill)
    refund = of_stripe.refund(notice, 100_00, "r1")
    sandbox.fail_refund(refund.reference)

    movements = of_stripe.gateway.movements_of(notice.reference, notice.charge_reference)
    [told] = of_stripe.gateway.refunds_of(notice.reference, notice.charge_reference)

    assert told.status == "failed"
    assert [(one.kind, one.gross_cents) for one in movements] == [
        ("charge", PAID),
        ("refund", -100_00),
        ("refund", 100_00),
    ]


def test_a_payment_under_review_at_paypal_has_no_fee_yet(paypal_gateway, sandbox, bill):
    started = paypal_gateway.start(paypal_gateway.request(bill), key="pay_1")
    sandbox.approve_paypal(started.url, "pending")
    notice = paypal_gateway.capture(started.reference, key="cap_1")

    before = paypal_gateway.movements_of(notice.reference, notice.charge_reference)
    sandbox.settle_capture(notice.charge_reference)
    after = paypal_gateway.movements_of(notice.reference, notice.charge_reference)

    assert before == []
    assert [(one.kind, one.reference, one.gross_cents) for one in after] == [("charge", notice.charge_reference, PAID)]


def test_a_refund_under_way_at_paypal_has_not_left_yet(paypal_gateway, of_paypal, sandbox, bill):
    started = paypal_gateway.start(paypal_gateway.request(bill), key="pay_1")
    sandbox.approve_paypal(started.url, "refund-pending")
    notice = paypal_gateway.capture(started.reference, key="cap_1")
    refund = of_paypal.refund(notice, 100_00, "r1")

    before = paypal_gateway.movements_of(notice.reference, notice.charge_reference)
    sandbox.finish_refund(refund.reference)
    after = paypal_gateway.movements_of(notice.reference, notice.charge_reference)

    assert refund.status == "pending"
    assert [one.kind for one in before] == ["charge"]
    assert [(one.kind, one.gross_cents) for one in after] == [("charge", PAID), ("refund", -100_00)]


# --- disputes --------------------------------------------------------------------------------------------------------


def test_a_dispute_names_its_payment_and_the_last_moment_to_answer(service, sandbox, bill, an_hour_ago):
    notice = service.paid(bill)
    reference = sandbox.dispute(notice.reference)

    dispute = service.gateway.read_dispute(reference)

    assert dispute.due_at > datetime.now(UTC)
    assert dispute == DisputeNotice(
        reference=reference,
        charge_reference=notice.charge_reference,
        payment=bill.payment,
        status="open",
        reason=dispute.reason,
        amount_cents=PAID,
        currency="CAD",
        due_at=dispute.due_at,
        live=False,
    )
    assert dispute.reason.lower() in {"fraudulent", "unauthorised"}
    assert list(service.gateway.disputes_since(an_hour_ago)) == [dispute]
    assert list(service.gateway.disputes_since(datetime.now(UTC) + timedelta(hours=1))) == []


@pytest.mark.parametrize("end", ["won", "lost"])
def test_a_dispute_takes_the_money_and_gives_it_back_when_it_is_won(service, sandbox, bill, end):
    notice = service.paid(bill)
    reference = sandbox.dispute(notice.reference)

    taken = disputed(service, notice)
    (sandbox.win if end == "won" else sandbox.lose)(reference)
    decided = service.gateway.read_dispute(reference)
    left = disputed(service, notice)

    assert sum(one.gross_cents for one in taken) == -PAID
    assert sum(one.gross_cents for one in left) == (0 if end == "won" else -PAID)
    assert all(one.net_cents == one.gross_cents - one.fee_cents for one in left)
    assert (decided.status, decided.due_at) == (end, None)


def disputed(service: Service, notice: Notice) -> list[Movement]:
    movements = service.gateway.movements_of(notice.reference, notice.charge_reference)
    return [one for one in movements if one.kind == "dispute"]


def test_the_webhook_of_a_dispute_names_it_and_what_is_disputed(service, sandbox, listener, bill):
    notice = service.paid(bill)
    reference = sandbox.dispute(notice.reference)

    kind = "charge.dispute.created" if service.gateway.key == "stripe" else "CUSTOMER.DISPUTE.CREATED"
    [webhook] = listener.wait(kind, reference)
    event = service.gateway.verify(webhook.headers, webhook.body)

    assert (event.dispute, event.charge_reference) == (reference, notice.charge_reference)


# --- after a restored backup -----------------------------------------------------------------------------------------


def test_every_attempt_is_found_again_with_its_order(of_stripe, settings, an_hour_ago):
    bills = [a_bill(), a_bill()]
    notices = [of_stripe.paid(bills[0]), of_stripe.gateway.read(of_stripe.opened(bills[1]))]

    found = list(of_stripe.gateway.attempts_since(an_hour_ago))

    assert sorted(found, key=lambda one: one.standing) == sorted(notices, key=lambda one: one.standing)
    assert {one.site for one in found} == {settings.SITE_URL}
    assert {one.order_number for one in found} == {bill.order_number for bill in bills}
    assert list(of_stripe.gateway.attempts_since(datetime.now(UTC) + timedelta(hours=1))) == []


def test_more_attempts_than_a_page_holds_are_all_found(of_stripe, an_hour_ago, monkeypatch):
    monkeypatch.setattr("pupitre.gateways.stripe.PAGE", 2)
    references = {of_stripe.opened(a_bill()) for _ in range(5)}

    assert {one.reference for one in of_stripe.gateway.attempts_since(an_hour_ago)} == references


def test_paypal_finds_the_attempts_that_a_buyer_agreed_to_each_read_once(of_paypal, calls, an_hour_ago, monkeypatch):
    monkeypatch.setattr("pupitre.gateways.paypal.EVENTS_PAGE", 1)
    bills = [a_bill(), a_bill()]
    notices = [of_paypal.paid(bill) for bill in bills]
    calls.clear()

    found = list(of_paypal.gateway.attempts_since(an_hour_ago))

    assert sorted(found, key=lambda one: one.reference) == sorted(notices, key=lambda one: one.reference)
    assert {one.order_number for one in found} == {bill.order_number for bill in bills}
    assert len([call for call in calls if "/orders/" in call.path]) == 2


# --- missed webhooks -------------------------------------------------------------------------------------------------


def test_webhooks_that_never_arrived_are_found_again(service, sandbox, listener, bill, an_hour_ago):
    sandbox.config(webhook_delay="never")
    notice = service.paid(bill)

    missed = list(service.gateway.events_since(an_hour_ago))

    assert listener.received == []
    assert {event.payment for event in missed} == {bill.payment}
    assert notice.reference in {event.reference for event in missed}
    assert list(service.gateway.events_since(datetime.now(UTC) + timedelta(hours=1))) == []


def test_an_event_asked_for_says_the_same_as_the_webhook(service, listener, bill, an_hour_ago):
    service.paid(bill)
    kind = "checkout.session.completed" if service.gateway.key == "stripe" else "PAYMENT.CAPTURE.COMPLETED"
    [webhook] = listener.wait(kind, bill.payment)

    received = service.gateway.verify(webhook.headers, webhook.body)
    [asked] = [event for event in service.gateway.events_since(an_hour_ago) if event.kind == kind]

    assert replace(asked, body="") == received
    assert f'"{received.id}"' in asked.body


# --- subscriptions, and a look at the account ------------------------------------------------------------------------


def test_webhooks_are_asked_for_at_an_address_and_no_more(service, listener, bill):
    url = f"{listener.url}/paiements/{service.gateway.key}/avis/"

    subscription = service.gateway.subscribe(url)
    known = service.gateway.subscriptions()
    service.gateway.unsubscribe(subscription.id)

    assert subscription.url == url
    assert len(subscription.kinds) > 10
    assert known == [replace(subscription, secret="")]
    assert service.gateway.subscriptions() == []


def test_the_secret_that_stripe_tells_once_opens_its_webhooks(of_stripe, settings, listener, bill):
    subscription = of_stripe.gateway.subscribe(f"{listener.url}/paiements/stripe/avis/")
    of_stripe.paid(bill)
    [webhook] = listener.wait("checkout.session.completed", bill.payment)

    settings.STRIPE_WEBHOOK_SECRETS = [subscription.secret]
    event = stripe.from_settings(settings, record=lambda call: None).verify(webhook.headers, webhook.body)

    assert event.payment == bill.payment
    assert subscription.version == "2026-10-28.endive"


def test_a_webhook_of_a_new_subscription_at_paypal_is_signed_for_it(of_paypal, settings, listener, bill):
    subscription = of_paypal.gateway.subscribe(f"{listener.url}/paiements/paypal/avis/")
    of_paypal.paid(bill)
    [webhook] = listener.wait("PAYMENT.CAPTURE.COMPLETED", bill.payment)

    settings.PAYPAL_WEBHOOK_ID = f"{settings.PAYPAL_WEBHOOK_ID}, {subscription.id}"
    event = paypal.from_settings(settings, record=lambda call: None).verify(webhook.headers, webhook.body)

    assert event.payment == bill.payment


def test_a_look_shows_whose_keys_these_are_and_what_time_it_is_there(service, sandbox):
    sandbox.advance(3600)

    look = service.gateway.look()

    assert look.live is False
    assert look.account
    assert timedelta(minutes=59) < look.clock - datetime.now(UTC) < timedelta(minutes=61)
