"""Rebates: what groups of establishments pay, and promo codes."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pupitre import formats
from pupitre.models import EstablishmentGroup, MemberPrice, PromoCode
from pupitre.office.admin.columns import OurFields, column
from pupitre.office.pages import language, money


class MemberPriceInline(OurFields, admin.TabularInline):
    """What the members of the group pay, course by course."""

    model = MemberPrice
    extra = 0
    autocomplete_fields = ("course",)


@admin.register(EstablishmentGroup)
class EstablishmentGroupAdmin(admin.ModelAdmin):
    list_display = ("__str__", "members")
    search_fields = ("name_fr", "name_en")
    autocomplete_fields = ("establishments",)
    inlines = (MemberPriceInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(members=Count("establishments"))

    @admin.display(description=_("establishments"), ordering="members")
    def members(self, group: EstablishmentGroup) -> int:
        return group.members


@admin.register(PromoCode)
class PromoCodeAdmin(OurFields, admin.ModelAdmin):
    """A code that was used keeps its name and its rebate: orders were agreed to with them."""

    list_display = (
        "code",
        "rebate",
        "orders",
        column("most_uses_each", _("per establishment")),
        column("starts_at", _("valid from")),
        column("ends_at", _("valid until")),
    )
    search_fields = ("code",)
    autocomplete_fields = ("courses", "establishments")
    readonly_fields = ("rebate", "orders")
    limits = (
        _("Limits"),
        {"fields": ("most_uses", "most_uses_each", "starts_at", "ends_at", "courses", "establishments")},
    )

    def get_fieldsets(self, request: HttpRequest, promo: PromoCode | None = None) -> Any:
        if promo and promo.uses.exists():
            return ((None, {"fields": ("code", "rebate", "orders")}), self.limits)
        one_of = {"fields": ("percent", "amount_cents", "free_seats"), "description": _("One of the three.")}
        return ((None, {"fields": ("code",)}), (_("Rebate"), one_of), self.limits)

    def get_readonly_fields(self, request: HttpRequest, promo: PromoCode | None = None) -> tuple[str, ...]:
        return (*self.readonly_fields, "code") if promo and promo.uses.exists() else self.readonly_fields

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> PromoCode | None:
        promo = super().get_object(request, object_id, from_field)
        if promo is None or request.method != "POST":
            return promo
        # Nobody uses the code while its limits are being compared with its uses.
        return PromoCode.objects.select_for_update().get(pk=promo.pk)

    @admin.display(description=_("rebate"))
    def rebate(self, promo: PromoCode) -> str:
        if promo.percent:
            return formats.whole_percent(promo.percent, language())
        if promo.amount_cents:
            return money(promo.amount_cents)
        seats = promo.free_seats or 0
        return ngettext("{n} free seat", "{n} free seats", seats).format(n=formats.number(seats, language()))

    @admin.display(description=_("orders"), ordering="used")
    def orders(self, promo: PromoCode) -> str:
        return str(promo.used) if promo.most_uses is None else f"{promo.used} / {promo.most_uses}"
