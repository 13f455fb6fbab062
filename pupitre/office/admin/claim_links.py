"""The links through which people take seats by themselves. Only read: they belong to the establishment they are of."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pupitre.models import ClaimLink, SeatClaim
from pupitre.office.admin.columns import OnlyRead, column


class SeatClaimInline(OnlyRead, admin.TabularInline):
    model = SeatClaim
    fields = ("name", "email", "asked_at", "accepted_at", "refused_at", "decided_by", "assignment")
    readonly_fields = ("name",)

    @admin.display(description=gettext_lazy("name"))
    def name(self, claim: SeatClaim) -> str:
        return claim.name

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("decided_by", "assignment__participant")


@admin.register(ClaimLink)
class ClaimLinkAdmin(OnlyRead, admin.ModelAdmin):
    """Its secret is not shown here: whoever has it takes a seat."""

    list_display = ("establishment", "counter", "standing", "session", column("made_at", gettext_lazy("made at")))
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "needs_approval")
    list_select_related = ("establishment", "session__course")
    search_fields = ("code", "establishment__name", "session__course__title_fr", "session__code")
    fields = (
        ("establishment", "session", "order"),
        ("code", "counter", "standing"),
        ("email_domain", "needs_approval", "expires_at"),
        ("made_by", "made_at", "revoked_at"),
    )
    readonly_fields = ("code", "counter", "standing")
    ordering = ("-pk",)
    inlines = (SeatClaimInline,)
    view_on_site = False  # its page in the shop is the secret

    @admin.display(description=gettext_lazy("seats taken"), ordering="taken")
    def counter(self, link: ClaimLink) -> str:
        return _("{taken} of {places}").format(taken=link.taken, places=link.places)

    @admin.display(description=gettext_lazy("status"))
    def standing(self, link: ClaimLink) -> str:
        if link.revoked_at:
            return pgettext("link", "Revoked")
        if not link.is_open:
            return pgettext("link", "Ended")
        return pgettext("link", "Open") if link.taken < link.places else pgettext("link", "All taken")
