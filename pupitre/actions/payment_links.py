"""What can be done with a payment link: give it, revoke it, follow it, pay through it.

Its owner sends it to whoever pays the bills. It shows the bill of one order and the two ways to pay it, without an
account; nothing else of the shop opens with it.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from pupitre import clock, codes, gateways, journal
from pupitre.actions import payments, terms, throttles
from pupitre.mail import letters
from pupitre.models import Order, Payment, PaymentLink, User
from pupitre.refusals import Refused

log = logging.getLogger(__name__)

DAYS = 14
MOST_DAYS = 60
WRONG_LINKS = 30  # that one address may follow in a while: words are too long to be guessed, this spares the database
A_WHILE = timedelta(minutes=15)
LETTERS = 10  # that one establishment may have sent in an hour: we write to people who asked us nothing
AN_HOUR = timedelta(hours=1)


class LinkUnknown(Refused):
    code = "payment_link_unknown"
    message = _("This payment link does not exist. Check that you copied all of it.")


class LinkExpired(Refused):
    code = "payment_link_expired"
    message = _("This payment link has expired. Ask the person who sent it to you for a new one.")


class NothingToPay(Refused):
    code = "nothing_to_pay"
    message = _("This order can no longer be paid.")


@transaction.atomic
def give(order: Order, *, by: User, email: str = "", days: int = DAYS) -> PaymentLink:
    """Let someone else pay an order, for so many days. It replaces the link given before; with an address, it is sent
    there. Refuses an order that is paid, that nobody can pay any more, or whose buyer agreed to no terms yet, and too
    many letters.
    """
    order = _locked(order)
    if order.is_paid:
        raise payments.AlreadyPaid
    if order.is_free or order.status == Order.Status.CANCELLED or not order.can_be_paid:
        raise NothingToPay
    terms.check_agreed(order)
    if email:
        _count_a_letter(order)
    _revoke_current(order, by=by)
    link = PaymentLink(order=order, email=email.strip().lower(), created_by=by, created_at=clock.now())
    link.fingerprint = codes.payment_word_fingerprint(link.word)
    link.expires_at = link.created_at + timedelta(days=max(1, min(days, MOST_DAYS)))
    link.save()
    journal.record("payment_link.created", by=by, establishment=order.establishment, order=order)
    if link.email:
        letters.payment_requested(link)
    return link


def revoke(link: PaymentLink, *, by: User) -> None:
    """Take a link back. A payment begun through it is stopped, unless its money is being taken already."""
    with transaction.atomic():
        order = _locked(link.order)
        if not _revoke_current(order, by=by):
            return
    for attempt in link.payments.filter(status__in=Payment.LIVE_STATUSES):
        try:
            payments.close(attempt)
        except gateways.GatewayError as trouble:
            log.warning("payment %s could not be closed: %s", attempt.uuid, trouble.code)


def in_force(order: Order) -> PaymentLink | None:
    """The link that pays this order, even one that has expired: its owner sees until when it worked."""
    return order.payment_links.filter(revoked_at=None).first()


def follow(word: str, *, address: str) -> PaymentLink:
    """The link that this word opens. Refuses one that is not known, taken back or expired, and too many tries.

    It is looked up by a keyed hash: neither an answer nor the time it takes says how near a guess was.
    """
    throttles.refuse_if_exhausted("payment-link", address, limit=WRONG_LINKS)
    known = PaymentLink.objects.select_related("order__establishment")
    link = known.filter(fingerprint=codes.payment_word_fingerprint(word)).first()
    if link is None:
        throttles.note("payment-link", address, window=A_WHILE)
        raise LinkUnknown
    if link.revoked_at is not None:
        raise payments.LinkWithdrawn
    if not link.is_open:
        raise LinkExpired
    return link


def pay(link: PaymentLink, means: str, *, email: str = "") -> str:
    """Open the way to pay by this means, and give the address of the payment page. Whoever pays may say where the
    receipt goes, when the owner did not.
    """
    if email and not link.email:
        link.email = email.strip().lower()
        link.save(update_fields=["email"])
    return payments.start(link.order, means, by=None, link=link)


def _count_a_letter(order: Order) -> None:
    establishment = str(order.establishment_id)
    throttles.refuse_if_exhausted("payment-letter", establishment, limit=LETTERS)
    throttles.note("payment-letter", establishment, window=AN_HOUR)


def _locked(order: Order) -> Order:
    known = Order.objects.select_related("establishment").prefetch_related("lines__session")
    return known.select_for_update(of=("self",)).get(pk=order.pk)


def _revoke_current(order: Order, *, by: User) -> bool:
    """Whether there was a link in force. The order is locked."""
    if not PaymentLink.objects.filter(order=order, revoked_at=None).update(revoked_at=clock.now()):
        return False
    journal.record("payment_link.revoked", by=by, establishment=order.establishment, order=order)
    return True
