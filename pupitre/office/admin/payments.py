"""Money that came in and went out, and what the payment services said of it. Only read, but for what a person did about
a payment that nobody knows.
"""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from pupitre.actions import reviews
from pupitre.models import BalanceEntry, Dispute, Payment, ProviderCall, ProviderEvent, Refund, StrayPayment
from pupitre.office.admin.columns import OnlyRead, amount_of, column
from pupitre.office.pages import money


class OfAPayment:
    """What belongs to a payment is found by the number of its order."""

    list_select_related = ("payment__order",)

    @admin.display(description=_("order"), ordering="payment__order__reference")
    def order_number(self, row: Refund | Dispute | BalanceEntry) -> str:
        return row.payment.order.number


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
        ("amount", "received", "received_currency"),
        ("status", "disposition"),
        ("uuid", "provider_reference", "charge_reference"),
        ("paid_with", "failure_code"),
        ("created_at", "settled_at", "checks"),
    )
    readonly_fields = ("amount", "received", "uuid")
    amount = amount_of("amount_cents", _("amount"))

    @admin.display(description=_("amount received"))
    def received(self, payment: Payment) -> str:
        return "" if payment.received_cents is None else money(payment.received_cents)

    @admin.display(description=_("order"), ordering="order__reference")
    def order_number(self, payment: Payment) -> str:
        return payment.order.number


@admin.register(Refund)
class RefundAdmin(OfAPayment, OnlyRead, admin.ModelAdmin):
    list_display = (
        "order_number",
        "amount",
        column("reason", _("reason")),
        "status",
        column("requested_at", _("requested at")),
        column("settled_at", _("settled at")),
    )
    list_filter = ("status", "reason")
    search_fields = ("payment__order__reference", "provider_reference", "uuid")
    fields = (
        ("payment", "amount", "reason", "status"),
        ("uuid", "provider_reference", "failure_code"),
        ("requested_by", "requested_at", "settled_at"),
    )
    readonly_fields = ("amount", "uuid")
    amount = amount_of("amount_cents", _("amount"))


@admin.register(Dispute)
class DisputeAdmin(OfAPayment, OnlyRead, admin.ModelAdmin):
    list_display = (
        "order_number",
        "amount",
        "status",
        column("reason", _("reason")),
        column("answer_by", _("answer before")),
        column("opened_at", _("opened at")),
        column("closed_at", _("closed at")),
    )
    list_filter = ("status",)
    search_fields = ("payment__order__reference", "provider_reference")
    fields = (
        ("payment", "amount", "status", "reason"),
        ("provider_reference", "answer_by"),
        ("opened_at", "closed_at"),
    )
    readonly_fields = ("amount",)
    amount = amount_of("amount_cents", _("amount"))


@admin.register(BalanceEntry)
class BalanceEntryAdmin(OfAPayment, OnlyRead, admin.ModelAdmin):
    list_display = ("order_number", "kind", "gross", "fee", "net", column("made_at", _("when")), "available_on")
    list_filter = ("kind", "payment__means")
    search_fields = ("payment__order__reference", "provider_reference")
    date_hierarchy = "made_at"
    fields = (
        ("payment", "kind"),
        ("gross", "fee", "net", "currency"),
        ("made_at", "available_on"),
        ("provider_reference", "read_at"),
    )
    readonly_fields = ("gross", "fee", "net")
    gross = amount_of("gross_cents", _("gross"))
    fee = amount_of("fee_cents", _("fees"))
    net = amount_of("net_cents", _("net"))


@admin.register(StrayPayment)
class StrayPaymentAdmin(OnlyRead, admin.ModelAdmin):
    """A person writes here what was done about it; that closes the case."""

    list_display = (
        "__str__",
        "amount",
        column("order_number", _("order")),
        column("seen_at", _("seen at")),
        column("resolved_at", _("resolved at")),
        column("resolution", _("what was done about it")),
    )
    list_filter = (("resolved_at", admin.EmptyFieldListFilter), "means")
    search_fields = ("provider_reference", "charge_reference", "order_number", "resolution")
    fields = (
        ("means", "amount", "currency", "mode"),
        ("order_number", "paid_with"),
        ("provider_reference", "charge_reference", "seen_at"),
        "resolution",
        ("resolved_by", "resolved_at"),
    )
    amount = amount_of("amount_cents", _("amount"))

    def get_readonly_fields(self, request: HttpRequest, stray: StrayPayment | None = None) -> list[str]:
        names = [name for row in self.fields for name in ([row] if isinstance(row, str) else row)]
        return [name for name in names if name != "resolution"]

    def has_change_permission(self, request: HttpRequest, stray: StrayPayment | None = None) -> bool:
        return stray is not None and stray.resolved_at is None

    def get_form(self, request: HttpRequest, obj: StrayPayment | None = None, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, **kwargs)
        if "resolution" in form.base_fields:
            form.base_fields["resolution"].required = True
        return form

    def save_model(self, request: HttpRequest, stray: StrayPayment, form: ModelForm, change: bool) -> None:
        reviews.resolve(stray, by=request.user, resolution=form.cleaned_data["resolution"])


@admin.register(ProviderEvent)
class ProviderEventAdmin(OnlyRead, admin.ModelAdmin):
    list_display = (
        column("kind", _("kind")),
        column("means", _("payment method")),
        column("received_at", _("received at")),
        column("handled_at", _("handled at")),
        column("outcome", _("outcome")),
        "was_missed",
    )
    list_filter = ("means", "mode", "outcome", "was_missed")
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
