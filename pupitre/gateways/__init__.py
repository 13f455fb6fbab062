"""Payment services, translated into our words.

A gateway turns our bill into the service's request and the service's answers into a `Notice`. It decides nothing and
writes nothing: `actions/payments.py` does. It has no fake twin: demos and tests run this same code against the payment
sandbox, by real HTTP.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from django.conf import settings

from pupitre.gateways.safety import problems as problems


class Standing(StrEnum):
    """Where an attempt to pay stands, according to the payment service."""

    OPEN = "open"  # the buyer can still pay
    APPROVED = "approved"  # the buyer agreed; the money is taken only by `capture`
    PROCESSING = "processing"  # the service is still deciding; the buyer can no longer act
    PAID = "paid"
    CLOSED = "closed"  # nobody can pay it any more


@dataclass(frozen=True)
class Item:
    """One line of the bill: a course, or a tax."""

    name: str
    quantity: int
    unit_cents: int
    is_tax: bool = False


@dataclass(frozen=True)
class Bill:
    """What we ask the payment service to collect. The items add up to `total_cents`."""

    payment: str  # uuid of our payment, comes back in every notice
    order_number: str
    attempt: int
    items: tuple[Item, ...]
    total_cents: int
    language: str  # "fr-ca" or "en"
    customer_email: str  # typed in for the buyer; empty when we do not know who pays
    seller_name: str
    return_url: str
    cancel_url: str
    expires_at: datetime
    currency: str = "CAD"


@dataclass(frozen=True)
class Started:
    """The service's name for the attempt, and the page where the buyer pays."""

    reference: str
    url: str


@dataclass(frozen=True)
class Notice:
    """What a payment service says of one attempt, in our words."""

    reference: str
    payment: str  # the uuid we gave; empty when the service has forgotten the attempt
    standing: Standing
    amount_cents: int
    currency: str
    live: bool
    charge_reference: str = ""  # what a refund names: payment intent or capture
    means: str = ""  # "Visa •••• 4242", or the payer's PayPal address
    failure_code: str = ""  # why the last try of the buyer was refused
    site: str = ""  # the shop that opened the attempt, when the service tells
    order_number: str = ""  # the order it was meant for, when the service tells


@dataclass(frozen=True)
class RefundNotice:
    """What a payment service says of one refund."""

    reference: str
    status: str  # "pending", "succeeded", "failed" or "canceled"
    failure_code: str = ""
    amount_cents: int = 0
    currency: str = ""
    refund: str = ""  # uuid of our refund; empty when it was made at the service's own site


@dataclass(frozen=True)
class Movement:
    """What a payment service wrote in our balance for one attempt. Money that leaves has a negative gross."""

    kind: str  # "charge", "refund" or "dispute"
    reference: str  # the service's own name for this movement
    gross_cents: int
    fee_cents: int
    net_cents: int  # gross less fee
    currency: str  # of our balance, which may not be the one the buyer paid in
    available_on: date | None  # the day the money can be paid out to us, when the service says it
    made_at: datetime | None = None  # when the service wrote it, if it says so


@dataclass(frozen=True)
class DisputeNotice:
    """What a payment service says of a buyer who asked their bank to take the money back."""

    reference: str
    charge_reference: str
    payment: str  # uuid of our payment, when the service says it
    status: str  # "open", "won" or "lost"
    reason: str
    amount_cents: int  # what it takes from us: nothing, once we gave the payment back
    currency: str
    due_at: datetime | None  # the last moment to answer, while an answer is awaited
    live: bool


@dataclass(frozen=True)
class Event:
    """A verified webhook: a trigger to read the attempt again, never a fact in itself."""

    id: str
    kind: str
    live: bool
    payment: str = ""  # our uuid, when the event carries it
    reference: str = ""  # the attempt's reference, when the event carries it
    refund: str = ""  # the uuid of our refund; for one made at PayPal's own site, perhaps that of our payment
    charge_reference: str = ""  # what was refunded or disputed, when the event says it
    dispute: str = ""  # the dispute's reference, when the event is about one
    body: str = ""  # the event as JSON, when it was asked for rather than received


@dataclass(frozen=True)
class Subscription:
    """An address to which a payment service sends its webhooks."""

    id: str
    url: str
    kinds: tuple[str, ...]
    version: str  # of the service's interface, in which the webhooks are written
    secret: str = ""  # told once, by `subscribe`
    enabled: bool = True  # a service stops sending to an address that refused too often


@dataclass(frozen=True)
class Look:
    """What a payment service answers to our keys: proof that keys, mode and address fit together."""

    live: bool
    account: str  # the account that the keys open, as the service names it
    clock: datetime | None  # the time there, to compare with ours


@dataclass(frozen=True)
class Call:
    """One question put to a payment service: what was asked, and when."""

    method: str
    path: str
    key: str
    status: int  # 0 when no answer came
    milliseconds: int
    request_id: str = ""


class GatewayError(Exception):
    """The payment service did not do what was asked. `code` is the service's own word for why."""

    def __init__(self, message: str, code: str = ""):
        super().__init__(message)
        self.code = code


class Unreachable(GatewayError):
    """No usable answer came: what was asked may or may not have happened. Ask again, with the same key."""


class Declined(GatewayError):
    """The service answered that the buyer must try again or pay otherwise."""


class Misconfigured(GatewayError):
    """Keys, host or version are wrong: someone must repair the installation."""


class BadSignature(GatewayError):
    """A webhook that the service did not sign, or signed too long ago."""


class Gateway(Protocol):
    """A payment service. Every key makes its call repeatable: the same key twice does the thing once."""

    key: str
    kinds: tuple[str, ...]  # of webhooks that we understand
    version: str  # of the service's interface, when its webhooks are written in one

    def request(self, bill: Bill) -> dict[str, Any]:
        """The body that `start` will send: frozen on the payment before the first call, replayed as it is."""

    def start(self, request: dict[str, Any], *, key: str) -> Started: ...

    def read(self, reference: str) -> Notice: ...

    def close(self, reference: str) -> Notice:
        """Make the attempt unpayable, and say how it stands afterwards: it may turn out to be paid."""

    def capture(self, reference: str, *, key: str) -> Notice:
        """Take the money of an approved attempt. Only a service with `Standing.APPROVED` is asked.

        OPEN with a `failure_code`: the buyer must agree again, and the next capture needs a new key, for the old one
        may answer the old refusal again.
        """

    def refund(
        self, charge_reference: str, *, payment: str, refund: str, cents: int, currency: str, key: str
    ) -> RefundNotice: ...

    def read_refund(self, reference: str) -> RefundNotice:
        """A refund may still be pending, and one that succeeded may fail later."""

    def refunds_of(self, reference: str, charge_reference: str) -> list[RefundNotice]:
        """Every refund of an attempt, also those made by hand at the service's own site."""

    def movements_of(self, reference: str, charge_reference: str) -> list[Movement]:
        """What the service wrote in our balance for this attempt, so far. Fees are read here, never computed."""

    def read_dispute(self, reference: str) -> DisputeNotice:
        """How a dispute stands: what is contested, why, and until when we may answer."""

    def disputes_since(self, moment: datetime) -> Iterator[DisputeNotice]:
        """Every dispute opened since then."""

    def attempts_since(self, moment: datetime) -> Iterator[Notice]:
        """Every attempt opened since then, even one that our database has forgotten."""

    def events_since(self, moment: datetime) -> Iterator[Event]:
        """Every webhook sent since then, or tried: those that never arrived are found here, body included."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> Event:
        """Read a webhook, or raise BadSignature."""

    def subscribe(self, url: str) -> Subscription:
        """Ask for the webhooks that we understand to be sent to this address."""

    def subscriptions(self) -> list[Subscription]:
        """Every address to which this account's webhooks are sent, ours and those of other programs."""

    def unsubscribe(self, id: str) -> None:
        """Have no more webhooks sent to this address."""

    def look(self) -> Look:
        """Ask something that costs nothing, to learn whether our keys are good and whose they are."""


def connect(key: str, *, record: Callable[[Call], None] | None = None) -> Gateway:
    """The payment service of this name, as the settings describe it. KeyError when there is none."""
    from pupitre.gateways import paypal, stripe

    gateways: dict[str, Callable[..., Gateway]] = {"stripe": stripe.from_settings, "paypal": paypal.from_settings}
    return gateways[key](settings, record=record or (lambda call: None))
