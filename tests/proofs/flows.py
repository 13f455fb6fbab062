"""What people and jobs do, each ready to be interrupted anywhere, and what must come of it all the same.

A flow is three things: what came before, the deed during which the process dies, and how the order may stand in the
end when nobody comes back. When somebody does, the order ends paid, whoever it is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pupitre import clock, worker
from pupitre.actions import checkout, events, orders, payments, returns, seats
from pupitre.gateways import Event, Standing
from pupitre.models import CourseSession, Order, Payment, Refund, Seat, User
from pupitre.queries import books
from pupitre.queries.refunds import propose_seats
from pupitre.refusals import Refused
from tests.payment_sandbox import PaymentSandbox
from tests.world import a_cart, a_person, a_provider, a_session, an_order, an_owner, net_of, says

CARD, PAYPAL = "stripe", "paypal"
NOTHING, PAID, EXPIRED, CANCELLED = "nothing", "paid", "expired", "cancelled"
SEATS, CAPACITY = 2, 5
# How long the worker waits after the death before it looks again, and again: past every lease and every check, the
# end of the page, and the longest hold.
PAUSES = [timedelta(minutes=minutes) for minutes in (2, 5, 15, 60, 240)]


def the_town() -> None:
    """Who there is before anything happens: a provider, a session, an owner with a cart, and a rival."""
    a_provider()
    session = a_session(capacity=CAPACITY)
    a_cart(an_owner(email="directrice@exemple.ca"), (session, SEATS))
    an_owner("Clinique du Lac", email="rivale@exemple.ca")


class Play:
    """One purchase, in the words of those who take part in it."""

    def __init__(self, sandbox: PaymentSandbox) -> None:
        self.sandbox = sandbox
        self.passed = timedelta()

    @property
    def owner(self) -> User:
        return User.objects.get(email="directrice@exemple.ca")

    @property
    def session(self) -> CourseSession:
        return CourseSession.objects.get()

    @property
    def order(self) -> Order:
        return Order.objects.get(placed_by=self.owner)

    @property
    def seat(self) -> Seat:
        return Seat.objects.earliest("pk")

    @property
    def payment(self) -> Payment:
        return Payment.objects.latest("pk")

    # --- the buyer ---------------------------------------------------------------------------------------------------

    def orders(self, means: str) -> str:
        """Press the button under the cart: the address of the payment page."""
        owner = self.owner
        establishment = owner.establishment
        agreed = net_of(owner.cart, establishment)
        _order, page = checkout.check_out(
            owner.cart, establishment, means, by=owner, language="fr-ca", agreed_net_cents=agreed
        )
        return page

    def changes_means(self, means: str) -> str:
        return payments.start(self.order, means, by=self.owner)

    def pays(self, page: str) -> None:
        if "/c/pay/" in page:
            self.sandbox.pay_stripe(page)
        else:
            self.sandbox.approve_paypal(page)

    def tries_again(self, means: str) -> None:
        """Come back after the accident: press the button again and, if there is something to pay, pay it."""
        try:
            page = self.orders(means) if not Order.objects.exists() else self.changes_means(means)
        except Refused:
            return  # already paid, or being confirmed: there is nothing to do but wait
        self.pays(page)
        payments.settle(self.payment)

    # --- the others --------------------------------------------------------------------------------------------------

    def is_told(self) -> None:
        """A notice comes from the payment service, and the worker handles it."""
        payment = self.payment
        event = Event(id=f"evt_{payment.pk}", kind="payment", live=False, payment=str(payment.uuid))
        events.receive(payment.means, event, "{}")
        self.works()

    def works(self) -> None:
        worker.work_until_idle()

    def gives_a_seat_back(self) -> None:
        """The office gives back the seat, its holder is told, and the worker sends the money."""
        agreed = propose_seats(self.order, [self.seat], percent=100).total_cents
        with suppress(Refused):  # it was given back before the accident
            returns.give_back_seats(self.order, [self.seat], agreed_total_cents=agreed, by=self.owner, percent=100)
        self.works()

    def comes_too_late(self) -> None:
        """Paid, but this database was told that nobody could, and the seats went to somebody else."""
        self.pays(self.orders(CARD))
        payments.apply(self.payment, says(self.payment, Standing.CLOSED))
        self.hold_ends()
        with self.moment():
            payments.expire(self.order)
            an_order(User.objects.get(email="rivale@exemple.ca"), (self.session, CAPACITY))

    def hold_ends(self) -> None:
        self.waits(self.order.hold_until - clock.now() + timedelta(seconds=1))

    # --- the time ----------------------------------------------------------------------------------------------------

    def waits(self, time: timedelta) -> None:
        """Time passes, here and at the services."""
        self.passed += time
        self.sandbox.advance(time.total_seconds())

    @contextmanager
    def moment(self) -> Iterator[None]:
        with clock.stopped_at(timezone.now() + self.passed):
            yield

    def the_day_goes_on(self) -> None:
        """No notice comes and nobody does anything: the worker looks when it must."""
        for pause in PAUSES:
            self.waits(pause)
            with self.moment():
                self.works()

    # --- how it ends -------------------------------------------------------------------------------------------------

    def troubles(self, allowed: tuple[str, ...]) -> list[str]:
        """What is wrong in the end: the books, the money, what is still undecided, or an end nobody wanted."""
        with self.moment():
            found = books.disagreements()
        if (kept := self.money_kept()) != (told := self.money_told()):
            found.append(f"the services hold {kept} cents for us, the books say {told}")
        found += [
            f"payment {payment.pk} is {payment.status} for ever" for payment in Payment.objects.all() if payment.is_live
        ]
        if (end := self.end()) not in allowed:
            found.append(f"the order ended as {end}")
        return found

    def end(self) -> str:
        order = Order.objects.filter(placed_by=self.owner).first()
        return order.status if order else NOTHING

    def money_told(self) -> int:
        """What we hold, by our own rows."""
        received = sum(payment.amount_cents for payment in Payment.objects.filter(status=Payment.Status.SUCCEEDED))
        given_back = Refund.objects.filter(status=Refund.Status.SUCCEEDED)
        return received - sum(refund.amount_cents for refund in given_back)

    def money_kept(self) -> int:
        """What the services hold for us, by their own word."""
        with httpx.Client(base_url=self.sandbox.url, trust_env=False) as service:
            key = {"Authorization": f"Bearer {settings.STRIPE_SECRET_KEY}"}
            lines = service.get("/v1/balance_transactions", params={"limit": 100}, headers=key).json()["data"]
            cards = sum(line["amount"] for line in lines)
            granted = service.post(
                "/v1/oauth2/token",
                auth=(settings.PAYPAL_CLIENT_ID, settings.PAYPAL_CLIENT_SECRET),
                data={"grant_type": "client_credentials"},
            ).json()
            key = {"Authorization": f"Bearer {granted['access_token']}"}
            orders = [
                service.get(f"/v2/checkout/orders/{payment.provider_reference}", headers=key).json()
                for payment in Payment.objects.filter(means=PAYPAL).exclude(provider_reference="")
            ]
        return cards + sum(_kept_by_paypal(order) for order in orders)


def _kept_by_paypal(order: dict) -> int:
    movements = order["purchase_units"][0].get("payments", {})
    taken = [one for one in movements.get("captures", []) if one["status"] != "DECLINED"]
    return sum(map(_cents, taken)) - sum(map(_cents, movements.get("refunds", [])))


def _cents(movement: dict) -> int:
    return round(float(movement["amount"]["value"]) * 100)


@dataclass(frozen=True)
class Flow:
    name: str
    deed: Callable[[Play], object]
    ends: tuple[str, ...]
    before: Callable[[Play], object] = lambda play: None
    comes_back: dict[str, Callable[[Play], object]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


BY_CARD = {"the buyer tries again by card": lambda play: play.tries_again(CARD)}
BY_PAYPAL = {"the buyer tries again by PayPal": lambda play: play.tries_again(PAYPAL)}
OFFICE = {"the office asks again": lambda play: play.gives_a_seat_back()}


def _paid_page(means: str) -> Callable[[Play], None]:
    return lambda play: play.pays(play.orders(means))


def _hold_over(means: str, *, paid: bool) -> Callable[[Play], None]:
    def before(play: Play) -> None:
        page = play.orders(means)
        if paid:
            play.pays(page)
        play.hold_ends()

    return before


def _bought(means: str) -> Callable[[Play], None]:
    def before(play: Play) -> None:
        play.pays(play.orders(means))
        play.is_told()
        seats.assign(play.seat, a_person(play.owner), by=play.owner)

    return before


FLOWS = [
    Flow("order by card", lambda play: play.orders(CARD), (NOTHING, EXPIRED), comes_back=BY_CARD),
    Flow("order by PayPal", lambda play: play.orders(PAYPAL), (NOTHING, EXPIRED), comes_back=BY_PAYPAL),
    Flow(
        "settle a card payment",
        lambda play: payments.settle(play.payment),
        (PAID,),
        before=_paid_page(CARD),
        comes_back=BY_PAYPAL,
    ),
    Flow(
        "settle a PayPal payment",
        lambda play: payments.settle(play.payment),
        (PAID,),
        before=_paid_page(PAYPAL),
        comes_back=BY_CARD,
    ),
    Flow("a notice of a card payment", Play.is_told, (PAID,), before=_paid_page(CARD)),
    Flow("a notice of a PayPal payment", Play.is_told, (PAID,), before=_paid_page(PAYPAL)),
    Flow(
        "card, then PayPal",
        lambda play: play.changes_means(PAYPAL),
        (EXPIRED,),
        before=lambda play: play.orders(CARD),
        comes_back=BY_CARD | BY_PAYPAL,
    ),
    Flow(
        "PayPal, then card",
        lambda play: play.changes_means(CARD),
        (EXPIRED,),
        before=lambda play: play.orders(PAYPAL),
        comes_back=BY_CARD,
    ),
    Flow("the hold ends, unpaid", Play.works, (EXPIRED,), before=_hold_over(CARD, paid=False)),
    Flow("the hold ends, agreed at PayPal", Play.works, (PAID, EXPIRED), before=_hold_over(PAYPAL, paid=True)),
    Flow("the hold ends, paid by card", Play.works, (PAID,), before=_hold_over(CARD, paid=True)),
    Flow(
        "take the order back",
        lambda play: payments.cancel(play.order, by=play.owner),
        (CANCELLED, EXPIRED),
        before=lambda play: play.orders(CARD),
    ),
    Flow("refund a payment that came too late", Play.is_told, (EXPIRED,), before=Play.comes_too_late),
    Flow("give a seat back to a card", Play.gives_a_seat_back, (PAID,), before=_bought(CARD), comes_back=OFFICE),
    Flow("give a seat back to PayPal", Play.gives_a_seat_back, (PAID,), before=_bought(PAYPAL), comes_back=OFFICE),
]


def _in_two_transactions(play: Play) -> None:
    """What `payments.apply` would be if payment and order did not change together."""
    payment, order = play.payment, play.order
    payment.status, payment.disposition = Payment.Status.SUCCEEDED, Payment.Disposition.APPLIED
    payment.save()
    with transaction.atomic():
        orders.fulfil(order)


# These are wrong, and must be seen to be.
WRONG = [Flow("settled in two transactions", _in_two_transactions, (PAID,), before=_paid_page(CARD))]
