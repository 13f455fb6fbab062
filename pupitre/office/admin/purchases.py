"""What was bought: orders, seats, and who holds them. Only read: actions write it."""

import re
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pupitre.models import Assignment, Establishment, Order, Seat
from pupitre.office import overview
from pupitre.office.admin.columns import OnlyRead, amount_of, column
from pupitre.office.views import documents, refunds
from pupitre.queries.documents import standing_of


@admin.register(Order)
class OrderAdmin(OnlyRead, admin.ModelAdmin):
    list_display = ("number", "establishment", "placed_by", "standing", "means", "total", "placed_at", "paid_at")
    list_filter = ("status", "mode", "placed_at")
    list_select_related = ("establishment", "placed_by")
    search_fields = ("reference", "establishment__name", "placed_by__email")
    change_form_template = "office/order.html"
    fields = (
        ("number", "status"),
        ("establishment", "placed_by", "language"),
        ("bill_to", "purchase_order_number"),
        ("net", "total"),
        ("placed_at", "hold_until", "paid_at"),
        ("terms", "french_terms_given_at", "english_terms_chosen_at"),
    )
    readonly_fields = ("number", "net", "total")
    net = amount_of("net_cents", _("subtotal"))
    total = amount_of("total_cents", _("total"))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).prefetch_related("payments", "credit_notes")

    def get_urls(self) -> list[URLPattern]:
        """The deeds on an order, and its documents, each at an address of its own."""
        ours = [
            ("<int:pk>/remboursement/", refunds.refund, "order_refund"),
            ("<int:pk>/remboursement/<int:serial>/", refunds.result, "order_refund_result"),
            ("<int:pk>/correction/", documents.correction, "order_correction"),
            ("<int:pk>/facture-<str:language>.pdf", documents.invoice, "order_invoice"),
            ("<int:pk>/note-de-credit-<int:serial>-<str:language>.pdf", documents.credit_note, "order_credit_note"),
        ]
        pages = [path(address, self.admin_site.admin_view(view), name=name) for address, view, name in ours]
        return [*pages, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        if order := kwargs.get("obj"):
            context["overview"] = overview.of(order)
            context["zone"] = settings.TIME_ZONE
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description=_("order number"), ordering="reference")
    def number(self, order: Order) -> str:
        return order.number

    @admin.display(description=_("status"), ordering="status")
    def standing(self, order: Order) -> Any:
        return standing_of(order).label

    @admin.display(description=_("payment method"))
    def means(self, order: Order) -> str:
        return order.payment.get_means_display() if order.payment else ""

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return super().get_search_results(request, queryset, re.sub(r"(?i)\b(DEMO|PU)-", "", search_term))


class AssignmentInline(OnlyRead, admin.TabularInline):
    model = Assignment
    fields = ("participant", "assigned_at", "assigned_by", "opened_at", "attendance", "released_at", "released_by")


@admin.register(Seat)
class SeatAdmin(OnlyRead, admin.ModelAdmin):
    list_display = ("code", "session", "establishment", "order", "holder", "state")
    list_filter = ("session__course__category", ("cancelled_at", admin.EmptyFieldListFilter))
    search_fields = (
        "code",
        "establishment__name",
        "line__order__reference",
        "session__course__title_fr",
        "assignments__participant__last_name",
    )
    inlines = (AssignmentInline,)
    fields = ("code", "session", "establishment", "order", "position", "cancelled_at")
    readonly_fields = ("code", "order")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_holders().select_related("establishment")

    @admin.display(description=_("order"))
    def order(self, seat: Seat) -> str:
        return seat.line.order.number

    @admin.display(description=_("registered person"))
    def holder(self, seat: Seat) -> str | None:
        return seat.assignment.participant.name if seat.assignment else None

    @admin.display(description=_("status"))
    def state(self, seat: Seat) -> Any:
        return STATES[seat.state]


STATES = {
    "free": _("To assign"),
    "released": _("Available again"),
    "assigned": _("Assigned"),
    "queued": _("Email being sent"),
    "sent": _("Email sent"),
    "bounced": _("Email not delivered"),
    "opened": _("Access opened"),
    "present": _("Present"),
    "absent": _("Absent"),
    "completed": _("Completed"),
    "unused": _("Not used"),
    "cancelled": _("Cancelled"),
    "refunded": pgettext_lazy("seat", "Refunded"),
}


@admin.register(Assignment)
class AssignmentAdmin(OnlyRead, admin.ModelAdmin):
    """Registrations. Their access codes are for their holders, and stay out of here."""

    list_display = (
        "participant",
        "session",
        "establishment",
        column("assigned_at", _("assigned at")),
        column("opened_at", _("opened at")),
        column("released_at", _("released at")),
    )
    list_filter = (("released_at", admin.EmptyFieldListFilter), ("opened_at", admin.EmptyFieldListFilter))
    list_select_related = ("participant", "session__course", "seat__establishment")
    search_fields = (
        "participant__first_name",
        "participant__last_name",
        "participant__email",
        "seat__establishment__name",
        "session__course__title_fr",
    )
    fields = (
        ("participant", "seat", "session"),
        ("assigned_at", "assigned_by"),
        ("opened_at", "certificate_name"),
        ("attendance", "noted_at", "noted_by"),
        ("released_at", "released_by"),
    )

    @admin.display(description=_("establishment"), ordering="seat__establishment__name")
    def establishment(self, assignment: Assignment) -> Establishment:
        return assignment.seat.establishment
