"""Who waits for places. Only read: those who wait change their entries, and the worker makes the offers."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from pupitre.models import WaitlistEntry
from pupitre.office.admin.columns import OnlyRead, column

WAITING = Coalesce(
    Subquery(
        WaitlistEntry.objects.in_force()
        .filter(session=OuterRef("pk"))
        .order_by()
        .values("session")
        .annotate(n=Count("pk"))
        .values("n")
    ),
    0,
    output_field=IntegerField(),
)


class InForceFilter(admin.SimpleListFilter):
    title = _("status")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("waiting", _("Waiting")), ("ended", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "waiting":
            return queryset.in_force()
        in_force = WaitlistEntry.objects.in_force().values("pk")
        return queryset.exclude(pk__in=in_force) if self.value() == "ended" else queryset


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(OnlyRead, admin.ModelAdmin):
    list_display = (
        "establishment",
        "session",
        "quantity",
        "together",
        "remaining",
        column("asked_at", _("waiting since")),
        "offers",
        "standing",
    )
    list_filter = (InForceFilter, "session__course__category")
    search_fields = ("establishment__name", "session__course__title_fr", "session__code")
    fields = (
        ("establishment", "session", "asked_by"),
        ("quantity", "together", "remaining"),
        ("asked_at", "left_at", "lapsed_at", "fulfilled_at"),
        "offers",
    )
    readonly_fields = ("offers",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .select_related("establishment", "session__course")
            .prefetch_related("offers__order")
        )

    @admin.display(description=_("offers"))
    def offers(self, entry: WaitlistEntry) -> str:
        return ", ".join(f"{offer.order.number} ({offer.order.get_status_display()})" for offer in entry.offers.all())

    @admin.display(description=_("status"))
    def standing(self, entry: WaitlistEntry) -> Any:
        if entry.fulfilled_at:
            return _("Served")
        if entry.lapsed_at:
            return _("Let an offer pass")
        if entry.left_at:
            return _("Left")
        if not entry.session.accepts_assignments:
            return _("Ended")
        return _("Waiting") if entry.remaining else _("Offered")
