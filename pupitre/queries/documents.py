"""What an establishment ordered, how each order stands, and the documents that go with it."""

from typing import NamedTuple

from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pupitre.models import Establishment, Order

ORDERS_PER_PAGE = 25


class Standing(models.TextChoices):
    """Where an order stands, as its buyer says it: what was credited counts too."""

    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    PAID = "paid", _("Paid")
    PARTLY_REFUNDED = "partly_refunded", _("Partly refunded")
    REFUNDED = "refunded", pgettext_lazy("order", "Refunded")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", pgettext_lazy("order", "Cancelled")


class OrderRow(NamedTuple):
    """One row of « Orders and invoices »."""

    order: Order
    standing: Standing


def orders_of(establishment: Establishment) -> QuerySet[Order]:
    """Every order of the establishment, the latest first, with its documents."""
    return Order.objects.bought_by(establishment).select_related("invoice").prefetch_related("credit_notes")


def standing_of(order: Order) -> Standing:
    credited_cents = sum(note.total_cents for note in order.credit_notes.all())
    if not order.is_paid or not credited_cents:
        return Standing(order.status)
    return Standing.REFUNDED if credited_cents == order.total_cents else Standing.PARTLY_REFUNDED
