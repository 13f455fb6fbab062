"""Money that came in and went out, and what the payment services said of it. Only read."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from pupitre.models import Payment, ProviderCall, ProviderEvent, Refund
from pupitre.office.admin.columns import OnlyRead, amount_of, column


@admin.register(Payment)
class PaymentAdmin(OnlyRead, admin.ModelAdmin):
    list_display = (
        "order_number",
        "means",
        "amount",
        "status",
        column("disposition", _("what became of it")),
        column("paid_with", _("paid with")),
        column("created_at", _("started at")),
        column("settled_at", _("settled at")),
    )
    list_filter = ("status", "disposition", "means", "mode")
    list_select_related = ("order",)
    search_fields = ("order__reference", "provider_reference", "charge_reference", "uuid")
    fields = (
        ("order", "means", "attempt", "mode"),
        ("amount", "status", "disposition"),
        ("uuid", "provider_reference", "charge_reference"),
        ("paid_with", "failure_code"),
        ("created_at", "settled_at", "checks"),
    )
    readonly_fields = ("amount", "uuid")
    amount = amount_of("amount_cents", _("amount"))

    @admin.display(description=_("order"), ordering="order__reference")
    def order_number(self, payment: Payment) -> str:
        return payment.order.number


@admin.register(Refund)
class RefundAdmin(OnlyRead, admin.ModelAdmin):
    list_display = (
        "order_number",
        "amount",
        column("reason", _("reason")),
        "status",
        column("requested_at", _("requested at")),
        column("settled_at", _("settled at")),
    )
    list_filter = ("status", "reason")
    list_select_related = ("payment__order",)
    search_fields = ("payment__order__reference", "provider_reference", "uuid")
    fields = (
        ("payment", "amount", "reason", "status"),
        ("uuid", "provider_reference", "failure_code"),
        ("requested_by", "requested_at", "settled_at"),
    )
    readonly_fields = ("amount", "uuid")
    amount = amount_of("amount_cents", _("amount"))

    @admin.display(description=_("order"), ordering="payment__order__reference")
    def order_number(self, refund: Refund) -> str:
        return refund.payment.order.number


@admin.register(ProviderEvent)
class ProviderEventAdmin(OnlyRead, admin.ModelAdmin):
    list_display = (
        column("kind", _("kind")),
        column("means", _("payment method")),
        column("received_at", _("received at")),
        column("handled_at", _("handled at")),
        column("outcome", _("outcome")),
    )
    list_filter = ("means", "mode", "outcome")
    search_fields = ("event_id", "kind", "payment_uuid", "reference")


@admin.register(ProviderCall)
class ProviderCallAdmin(OnlyRead, admin.ModelAdmin):
    list_display = (
        "__str__",
        column("means", _("payment method")),
        column("milliseconds", _("milliseconds")),
        column("at", _("when")),
    )
    list_filter = ("means", "status")
    search_fields = ("path", "key", "request_id")
