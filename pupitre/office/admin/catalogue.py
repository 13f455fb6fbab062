"""What is sold: the provider, its courses and their sessions."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Field, Q, QuerySet, URLField
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pupitre import clock, formats
from pupitre.actions import catalogue
from pupitre.models import Category, Course, CourseSession, MemberPrice, Provider
from pupitre.office import fields
from pupitre.office.admin.columns import Kept, OurFields, amount_of
from pupitre.office.admin.waitlist import WAITING
from pupitre.office.forms.catalogue import MOMENTS, CourseForm, SessionForm
from pupitre.office.pages import language
from pupitre.office.views import attendance


@admin.register(Provider)
class ProviderAdmin(OurFields, Kept, admin.ModelAdmin):
    list_display = ("name", "city", "phone", "email")
    fieldsets = (
        (None, {"fields": ("name", "privacy_officer")}),
        (_("Address"), {"fields": ("street", "city", "province", "postal_code", "phone", "email")}),
        (_("Numbers printed on invoices"), {"fields": ("gst_number", "qst_number", "accreditation_number")}),
        (_("Refunds"), {"fields": ("refund_steps", "owners_can_refund")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Provider.objects.exists()

    def save_model(self, request: HttpRequest, obj: Provider, form: ModelForm, change: bool) -> None:
        # Only what was typed: a version of the terms may be published while someone types here.
        obj.save(update_fields=form.changed_data if change else None)
        for doubt in obj.doubts:
            messages.warning(request, doubt)


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name_fr", "name_en", "hue")
    search_fields = ("name_fr", "name_en")
    prepopulated_fields = {"slug": ("name_fr",)}
    fields = ("name_fr", "name_en", "slug", "hue")


class SessionFields(OurFields):
    """Sessions are typed in local time and saved one field at a time: `taken` moves while someone types."""

    form = SessionForm

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in MOMENTS:
            return db_field.formfield(form_class=fields.WallClock)
        if db_field.name == "timezone":
            return fields.TimeZone(label=capfirst(db_field.verbose_name), initial=db_field.default)
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class SessionInline(SessionFields, admin.StackedInline):
    """The sessions to come of a course, in short. Each has a page of its own for the rest."""

    model = CourseSession
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = _("sessions to come")
    fields = (
        ("timezone", "starts_at", "ends_at"),
        ("delivery", "venue", "city", "province"),
        ("language", "instructor", "capacity", "price_cents"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        coming = super().get_queryset(request).filter(ends_at__gt=clock.now(), cancelled_at=None)
        return coming.for_change() if request.method == "POST" else coming


class MemberPriceInline(OurFields, admin.TabularInline):
    """What the seats of the course cost the members of each group."""

    model = MemberPrice
    extra = 0
    autocomplete_fields = ("group",)


@admin.register(Course)
class CourseAdmin(OurFields, admin.ModelAdmin):
    form = CourseForm
    inlines = (MemberPriceInline, SessionInline)
    price = amount_of("price_cents", _("price"))
    list_display = ("__str__", "category", "price", "tax_class", "sessions_to_come", "is_published")
    list_filter = ("category", "tax_class")
    list_select_related = ("category",)
    search_fields = ("title_fr", "title_en", "summary_fr")
    prepopulated_fields = {"slug": ("title_fr",)}
    save_on_top = True
    fieldsets = (
        (_("French"), {"fields": ("title_fr", "summary_fr", "programme_fr", "audience_fr")}),
        (_("English"), {"fields": ("title_en", "summary_en", "programme_en", "audience_en")}),
        (
            _("Course"),
            {
                "fields": (
                    "category",
                    "slug",
                    "training_hours",
                    "gives_certificate",
                    "certificate_months",
                    "replacement_hours",
                )
            },
        ),
        (_("Price"), {"fields": ("price_cents", "volume_tiers", "tax_class", "tax_reason")}),
        (_("Refunds"), {"fields": ("refund_steps", "allows_moves")}),
        (_("Picture"), {"fields": ("picture", "picture_alt_fr", "picture_alt_en")}),
        (
            _("Publication"),
            {"fields": ("published_at",), "description": _("Until this date, or without one, nobody sees the course.")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        coming = Q(sessions__starts_at__gt=clock.now(), sessions__cancelled_at=None)
        return super().get_queryset(request).annotate(coming=Count("sessions", filter=coming))

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseInlineFormSet, change: bool) -> None:
        if formset.model is not CourseSession:
            super().save_formset(request, form, formset, change)
            return
        for row in formset.forms:
            if row.has_changed() and row.instance.pk:
                catalogue.change(row.instance, row.changed_data, by=request.user)
            elif row.has_changed():
                catalogue.schedule(row.instance, by=request.user)
        formset.new_objects, formset.changed_objects, formset.deleted_objects = [], [], []

    @admin.display(description=_("sessions to come"), ordering="coming")
    def sessions_to_come(self, course: Course) -> int:
        return course.coming

    @admin.display(description=_("published"), boolean=True, ordering="published_at")
    def is_published(self, course: Course) -> bool:
        return course.published_at is not None and course.published_at <= clock.now()


class WhenFilter(admin.SimpleListFilter):
    title = _("when")
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("coming", _("To come")), ("past", _("Past or under way"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "coming":
            return queryset.filter(starts_at__gt=clock.now())
        return queryset.filter(starts_at__lte=clock.now()) if self.value() == "past" else queryset


@admin.register(CourseSession)
class CourseSessionAdmin(SessionFields, admin.ModelAdmin):
    change_form_template = "office/session.html"
    list_display = ("course_title", "dates", "place", "language", "seats", "waiting", "standing")
    list_filter = (WhenFilter, "delivery", "language", "course__category", "city")
    list_select_related = ("course",)
    search_fields = ("course__title_fr", "course__title_en", "city", "venue", "instructor", "code")
    autocomplete_fields = ("course",)
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    readonly_fields = ("code", "taken", "waiting", "promised", "revision", "cancelled_at")
    save_on_top = True
    fieldsets = (
        (None, {"fields": ("course", "language", "instructor")}),
        (
            _("Dates"),
            {
                "fields": ("timezone", "starts_at", "ends_at", "sales_close_at"),
                "description": _(
                    "Times are those of this time zone. When the session moves, everyone registered is told."
                ),
            },
        ),
        (_("Seats and price"), {"fields": ("capacity", "price_cents")}),
        (
            _("Place"),
            {"fields": ("delivery", "venue", "street", "city", "province", "postal_code", "online_url")},
        ),
        (_("To bring"), {"fields": ("to_bring_fr", "to_bring_en")}),
        (_("Status"), {"fields": ("code", "taken", "waiting", "promised", "revision", "cancelled_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(waiting=WAITING)

    def get_urls(self) -> list[URLPattern]:
        """Who was there, at an address of its own."""
        page = self.admin_site.admin_view(attendance.attendance)
        return [path("<int:pk>/presences/", page, name="attendance"), *super().get_urls()]

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> CourseSession | None:
        session = super().get_object(request, object_id, from_field)
        if session is None or request.method != "POST":
            return session
        # Nobody buys while a smaller capacity is being compared with the seats taken.
        return self.get_queryset(request).for_change().select_related("course").get(pk=session.pk)

    def save_model(self, request: HttpRequest, session: CourseSession, form: ModelForm, change: bool) -> None:
        if change:
            catalogue.change(session, form.changed_data, by=request.user)
        else:
            catalogue.schedule(session, by=request.user)

    @admin.display(description=_("course"), ordering="course__title_fr")
    def course_title(self, session: CourseSession) -> str:
        return session.course.title

    @admin.display(description=_("dates"), ordering="starts_at")
    def dates(self, session: CourseSession) -> str:
        when = formats.session_time(session.starts_at, session.ends_at, language(), session.timezone)
        return f"{when} ({formats.zone_name(session.timezone, language())})"

    @admin.display(description=_("place"), ordering="city")
    def place(self, session: CourseSession) -> str:
        return str(session.get_delivery_display()) if session.is_online else session.city

    @admin.display(description=_("seats taken"), ordering="taken")
    def seats(self, session: CourseSession) -> str:
        return f"{session.taken} / {session.capacity}"

    @admin.display(description=pgettext_lazy("establishments", "waiting"), ordering="waiting")
    def waiting(self, session: CourseSession) -> Any:
        """How many establishments wait, and the way to them."""
        if not getattr(session, "waiting", 0):  # a session being written has nobody yet
            return None
        asked = urlencode({"session": session.pk, "standing": "waiting"})
        queue = f"{reverse('admin:pupitre_waitlistentry_changelist')}?{asked}"
        return format_html('<a href="{}">{}</a>', queue, session.waiting)

    @admin.display(description=_("status"))
    def standing(self, session: CourseSession) -> Any:
        if session.is_cancelled:
            return _("Cancelled")
        if session.has_started:
            return _("Over") if session.is_over else _("Under way")
        if not session.is_on_sale:
            return _("Sales closed")
        return _("Full") if session.is_full else _("On sale")
