"""Who buys, and who attends."""

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from pupitre.models import Certificate, Establishment, Membership, Participant, User
from pupitre.office.admin.columns import Kept, OnlyRead, column


@admin.register(User)
class UserAdmin(Kept, admin.ModelAdmin):
    """Accounts are opened by signing up; here they are let into the back office, or shut out."""

    list_display = ("email", "name", "language", "is_active", "is_superuser", "date_joined")
    list_filter = ("is_active", "is_superuser", "language")
    search_fields = ("email", "first_name", "last_name")
    ordering = ("email",)
    fields = ("email", "first_name", "last_name", "language", "is_active", "is_superuser", "date_joined", "last_login")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, user: User | None = None) -> tuple[str, ...]:
        always = ("email", "date_joined", "last_login")
        return (*always, "is_active", "is_superuser") if user == request.user else always

    def save_model(self, request: HttpRequest, user: User, form: ModelForm, change: bool) -> None:
        user.is_staff = user.is_superuser
        super().save_model(request, user, form, change)


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user",)


@admin.register(Establishment)
class EstablishmentAdmin(Kept, admin.ModelAdmin):
    list_display = ("name", "city", "province", column("created_at", _("since")))
    list_filter = ("province",)
    search_fields = ("name", "city", "users__email")
    inlines = (MembershipInline,)


@admin.register(Participant)
class ParticipantAdmin(OnlyRead, admin.ModelAdmin):
    list_display = ("__str__", "email", "language", "establishment", column("archived_at", _("archived")))
    list_filter = ("language", ("archived_at", admin.EmptyFieldListFilter))
    list_select_related = ("establishment",)
    search_fields = ("first_name", "last_name", "email", "establishment__name")
    fields = (
        "first_name",
        "last_name",
        "email",
        "language",
        "department",
        "establishment",
        "user",
        "created_at",
        "archived_at",
        "merged_into",
    )


@admin.register(Certificate)
class CertificateAdmin(OnlyRead, admin.ModelAdmin):
    """Looked up by the number that someone reads on paper."""

    list_display = (
        column("number", _("certificate number")),
        "name",
        "course",
        column("issued_at", _("issued at")),
        column("expires_on", _("expires on")),
        column("withdrawn_at", _("withdrawn at")),
    )
    list_filter = (("withdrawn_at", admin.EmptyFieldListFilter),)
    list_select_related = ("assignment__session__course", "assignment__participant")
    search_fields = ("number", "name", "assignment__seat__establishment__name")
    fields = ("number", "name", "assignment", "issued_at", "expires_on", "withdrawn_at")
    ordering = ("-pk",)

    @admin.display(description=_("course"), ordering="assignment__session__course__title_fr")
    def course(self, certificate: Certificate) -> str:
        return str(certificate.assignment.session)
