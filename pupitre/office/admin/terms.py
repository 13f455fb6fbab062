"""The terms of sale: a version is written, looked at on its page, then published, and never changes again."""

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pupitre.actions import terms
from pupitre.models import Provider, TermsVersion
from pupitre.office.admin.columns import Kept
from pupitre.refusals import Refused


@admin.register(TermsVersion)
class TermsVersionAdmin(Kept, admin.ModelAdmin):
    list_display = ("__str__", "written_at", "published_at", "is_in_force")
    fields = ("number", "text_fr", "text_en", "written_at", "published_at")
    readonly_fields = ("number", "written_at", "published_at")
    actions = ("publish",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(in_force=Exists(Provider.objects.filter(terms=OuterRef("pk"))))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return Provider.objects.exists() and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: TermsVersion | None = None) -> bool:
        return not (obj and obj.is_published) and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: TermsVersion, form: ModelForm, change: bool) -> None:
        try:
            if change:
                terms.rewrite(obj, obj.text_fr, obj.text_en, by=request.user)
            else:
                written = terms.write(obj.text_fr, obj.text_en, by=request.user)
                obj.pk, obj.number = written.pk, written.number
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)

    def view_on_site(self, version: TermsVersion) -> str:
        """The preview: as buyers will read it. Before it is published, only the provider's people see it."""
        return reverse("shop:terms_version", args=[version.number])

    @admin.action(description=_("Publish this version"))
    def publish(self, request: HttpRequest, chosen: QuerySet) -> None:
        if chosen.count() != 1:
            self.message_user(request, _("Choose one version to publish."), messages.WARNING)
            return
        try:
            version = terms.publish(chosen.get(), by=request.user)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.WARNING)
            return
        done = _("Version {n} is in force. Orders placed before keep their version.")
        self.message_user(request, done.format(n=version.number), messages.SUCCESS)

    @admin.display(description=_("in force"), boolean=True)
    def is_in_force(self, version: TermsVersion) -> bool:
        return version.in_force
