"""Who buys, and who attends."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from pupitre.actions import second_steps
from pupitre.models import Certificate, Establishment, Invitation, Membership, Participant, SecondStep, User
from pupitre.office.admin.columns import Kept, OnlyRead, column
from pupitre.office.views import certificates, owners


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


class MembershipInline(OnlyRead, admin.TabularInline):
    """Who acts for the establishment. Its owners say who does; where there is none any more, one is invited."""

    model = Membership
    fields = ("user", "role", "joined_at")
    readonly_fields = ("joined_at",)


@admin.register(Establishment)
class EstablishmentAdmin(Kept, admin.ModelAdmin):
    list_display = ("name", "city", "province", column("created_at", _("since")))
    list_filter = ("province",)
    search_fields = ("name", "city", "users__email")
    inlines = (MembershipInline,)
    change_form_template = "office/establishment.html"

    def get_urls(self) -> list[URLPattern]:
        """What can be done for an establishment, at an address of its own."""
        view = self.admin_site.admin_view(owners.nomination)
        return [path("<int:pk>/proprietaire/", view, name="establishment_nomination"), *super().get_urls()]


@admin.register(Invitation)
class InvitationAdmin(OnlyRead, admin.ModelAdmin):
    """Invitations to act for an establishment. Their links are for their readers, and stay out of here."""

    list_display = (
        column("email", _("email address")),
        "establishment",
        "role",
        column("invited_at", _("invited at")),
        column("expires_at", _("expires at")),
        column("accepted_at", _("accepted at")),
        column("revoked_at", _("revoked at")),
    )
    list_filter = ("role", "is_by_provider")
    list_select_related = ("establishment",)
    search_fields = ("email", "establishment__name")
    fields = (
        ("establishment", "email", "role"),
        ("invited_by", "is_by_provider", "succeeds"),
        ("invited_at", "sent_at", "expires_at"),
        ("accepted_at", "accepted_by", "revoked_at"),
    )


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
    change_form_template = "office/certificate.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(certificates.certificate_name)
        return [path("<int:pk>/nom/", view, name="certificate_name"), *super().get_urls()]

    @admin.display(description=_("course"), ordering="assignment__session__course__title_fr")
    def course(self, certificate: Certificate) -> str:
        return str(certificate.assignment.session)


@admin.register(SecondStep)
class SecondStepAdmin(OnlyRead, admin.ModelAdmin):
    """Who signs in with a second step. Taking one away lets in someone who has lost their phone and their codes: all
    that this person had goes with it.
    """

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    fields = readonly_fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.is_superuser

    def delete_model(self, request: HttpRequest, step: SecondStep) -> None:
        second_steps.remove(step.user, by=request.user)

    def delete_queryset(self, request: HttpRequest, steps: QuerySet[SecondStep]) -> None:
        for user in User.objects.filter(pk__in=steps.values("user")):
            second_steps.remove(user, by=request.user)
