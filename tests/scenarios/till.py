"""A buyer at the till: orders, goes to the payment service, comes back or does not; and time that can be moved."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pupitre import clock, gateways, worker
from pupitre.models import CourseSession, Order, Payment, ProviderEvent, Seat, User
from pupitre.queries import books
from tests.payment_sandbox import PaymentSandbox
from tests.world import a_cart, an_owner, net_of

PAYS = {"stripe": "4242424242424242", "paypal": "pays"}


class Till:
    def __init__(self, client: Client, sandbox: PaymentSandbox, session: CourseSession, owner: User | None = None):
        self.client, self.sandbox, self.session = client, sandbox, session
        self.owner = owner or an_owner()
        self.client.force_login(self.owner)
        self.shift = timedelta(0)

    def another(self) -> "Till":
        """The same buyer at another window of the same browser, or of another one."""
        twin = Till(Client(), self.sandbox, self.session, self.owner)
        twin.shift = self.shift
        return twin

    # --- the buyer ---------------------------------------------------------------------------------------------------
    def orders(self, seats: int = 3, means: str = "stripe") -> str:
        """Fill the cart, agree to the price, press a button: the address of the payment page."""
        cart = a_cart(self.owner, (self.session, seats))
        agreed = net_of(cart, self.owner.establishment)
        with self.moment():
            answer = self.client.post(reverse("shop:review"), {"means": means, "net_cents": agreed})
        return answer["Location"]

    def presses_pay(self, means: str = "stripe") -> Any:
        """On the page of the unpaid order."""
        with self.moment():
            return self.client.post(reverse("shop:order_payment", args=[self.order.reference]), {"means": means})

    def pays(self, page: str, with_: str = "") -> str:
        """At the service, with a card number or a PayPal account: where it sends the browser back to."""
        if "/c/pay/" in page:
            return self.sandbox.pay_stripe(page, with_ or PAYS["stripe"])
        return self.sandbox.approve_paypal(page, with_ or PAYS["paypal"])

    def comes_back(self, address: str = "") -> str:
        """Follow the service's way back to the shop: the text of the page reached."""
        path = address.partition("testserver")[2] or reverse("shop:order", args=[self.order.reference])
        with self.moment():
            return self.client.get(path, follow=True).content.decode()

    # --- the time and the worker -------------------------------------------------------------------------------------
    def waits(self, **time: float) -> None:
        """Time passes, here and at the services."""
        self.shift += timedelta(**time)
        self.sandbox.advance(timedelta(**time).total_seconds())

    @contextmanager
    def moment(self) -> Iterator[datetime]:
        """Live at the moment this till has reached."""
        now = timezone.now() + self.shift
        with clock.stopped_at(now):
            yield now

    def works(self) -> int:
        """Do every job that is due by now."""
        with self.moment():
            return worker.work_until_idle()

    def is_told(self, kind: str, times: int = 1) -> None:
        """Wait until the shop has kept that many notices of this kind."""
        self.sandbox.wait_for(lambda: ProviderEvent.objects.filter(kind=kind).count() >= times)

    # --- what became of it -------------------------------------------------------------------------------------------
    @property
    def order(self) -> Order:
        return Order.objects.filter(establishment=self.owner.establishment).latest("pk")

    @property
    def payment(self) -> Payment:
        return Payment.objects.latest("pk")

    @property
    def taken(self) -> int:
        return CourseSession.objects.get(pk=self.session.pk).taken

    @property
    def seats(self) -> int:
        return Seat.objects.filter(cancelled_at=None).count()

    @property
    def delivered_once(self) -> bool:
        """Paid, three seats, one letter, one invoice, and the books agree."""
        order = self.order
        letters = order.letters.filter(kind="order_paid").count()
        return order.is_paid and (self.seats, self.taken, letters) == (3, 3, 1) and self.trouble == []

    @property
    def trouble(self) -> list[str]:
        with self.moment():
            return books.disagreements()

    @property
    def money_kept(self) -> int:
        """What the services hold for us, in cents: what was paid less what went back. Their word, not ours."""
        return sum(
            movement.gross_cents
            for payment in Payment.objects.exclude(provider_reference="")
            for movement in gateways.connect(payment.means).movements_of(
                payment.provider_reference, payment.charge_reference
            )
        )
