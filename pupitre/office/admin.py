"""The back office: courses and sessions are made here; everything else can be looked up, and is changed elsewhere.

What was bought, paid and assigned is only read: actions write it, with their letters and their line in the journal.
"""

import re
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, Field, Model, Q, QuerySet, URLField
from django.forms import BaseInlineFormSet, ModelForm
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from pupitre import clock, formats
from pupitre.actions import catalogue, jobs
from pupitre.models import (
    Assignment,
    Category,
    Course,
    CourseSession,
    Deed,
    Establishment,
    Job,
    Letter,
    Membership,
    Order,
    OrderLine,
    OrderTax,
    Participant,
    Payment,
    Provider,
    ProviderCall,
    ProviderEvent,
    Refund,
    Seat,
    User,
)
from pupitre.office import fields
from pupitre.office.forms import MOMENTS, CourseForm, SessionForm


def column(field: str, title: Any) -> Callable[[Model], Any]:
    """A column of a list under a title of its own."""

    @admin.display(description=title, ordering=field)
    def value(row: Model) -> Any:
        return getattr(row, field)

    value.__name__ = field
    return value


def amount_of(field: str, title: Any) -> staticmethod:
    """An amount kept in cents, read in dollars: an attribute of the class that shows it."""

    @admin.display(description=title, ordering=field)
    def value(row: Model) -> str:
        return _money(getattr(row, field))

    return staticmethod(value)


class OnlyRead:
    """Can be looked up, and nothing more."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class Kept:
    """Can be changed, never deleted."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


# --- what is sold --------------------------------------------------------------------------------------------------
@admin.register(Provider)
class ProviderAdmin(Kept, admin.ModelAdmin):
    list_display = ("name", "city", "phone", "email")
    fieldsets = (
        (None, {"fields": ("name", "privacy_officer")}),
        (_("Address"), {"fields": ("street", "city", "province", "postal_code", "phone", "email")}),
        (_("Numbers printed on invoices"), {"fields": ("gst_number", "qst_number", "accreditation_number")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return not Provider.objects.exists()


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ("name_fr", "name_en", "hue")
    search_fields = ("name_fr", "name_en")
    prepopulated_fields = {"slug": ("name_fr",)}
    fields = ("name_fr", "name_en", "slug", "hue")


class SessionFields:
    """Sessions are typed in local time and saved one field at a time: `taken` moves while someone types."""

    form = SessionForm

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in MOMENTS:
            return db_field.formfield(form_class=fields.WallClock)
        if db_field.name == "timezone":
            return fields.TimeZone(label=capfirst(db_field.verbose_name), initial=db_field.default)
        return _price_in_dollars(db_field) or super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]


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


@admin.register(Course)
class CourseAdmin(admin.ModelAdmin):
    form = CourseForm
    inlines = (SessionInline,)
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
            {"fields": ("category", "slug", "training_hours", "gives_certificate", "replacement_hours")},
        ),
        (_("Price"), {"fields": ("price_cents", "tax_class", "tax_reason")}),
        (_("Picture"), {"fields": ("picture", "picture_alt_fr", "picture_alt_en")}),
        (
            _("Publication"),
            {"fields": ("published_at",), "description": _("Until this date, or without one, nobody sees the course.")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        coming = Q(sessions__starts_at__gt=clock.now(), sessions__cancelled_at=None)
        return super().get_queryset(request).annotate(coming=Count("sessions", filter=coming))

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        return _price_in_dollars(db_field) or super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseInlineFormSet, change: bool) -> None:
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
    list_display = ("course_title", "dates", "place", "language", "seats", "standing")
    list_filter = (WhenFilter, "delivery", "language", "course__category", "city")
    list_select_related = ("course",)
    search_fields = ("course__title_fr", "course__title_en", "city", "venue", "instructor", "code")
    autocomplete_fields = ("course",)
    formfield_overrides = {URLField: {"assume_scheme": "https"}}
    readonly_fields = ("code", "taken", "revision", "cancelled_at")
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
        (_("Status"), {"fields": ("code", "taken", "revision", "cancelled_at")}),
    )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> CourseSession | None:
        session = super().get_object(request, object_id, from_field)
        if session is None or request.method != "POST":
            return session
        # Nobody buys while a smaller capacity is being compared with the seats taken.
        return CourseSession.objects.for_change().select_related("course").get(pk=session.pk)

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
        when = formats.session_time(session.starts_at, session.ends_at, _language(), session.timezone)
        return f"{when} ({formats.zone_name(session.timezone, _language())})"

    @admin.display(description=_("place"), ordering="city")
    def place(self, session: CourseSession) -> str:
        return str(session.get_delivery_display()) if session.is_online else session.city

    @admin.display(description=_("seats taken"), ordering="taken")
    def seats(self, session: CourseSession) -> str:
        return f"{session.taken} / {session.capacity}"

    @admin.display(description=_("status"))
    def standing(self, session: CourseSession) -> Any:
        if session.is_cancelled:
            return _("Cancelled")
        if session.has_started:
            return _("Over") if session.is_over else _("Under way")
        if not session.is_on_sale:
            return _("Sales closed")
        return _("Full") if session.is_full else _("On sale")


def _price_in_dollars(db_field: Field) -> fields.Dollars | None:
    if db_field.name != "price_cents":
        return None
    return fields.Dollars(required=not db_field.blank, help_text=db_field.help_text)


# --- who buys ------------------------------------------------------------------------------------------------------
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
    fields = ("first_name", "last_name", "email", "language", "establishment", "user", "created_at", "archived_at")


# --- what was bought -----------------------------------------------------------------------------------------------
class OrderLineInline(OnlyRead, admin.TabularInline):
    model = OrderLine
    fields = ("session", "quantity", "unit_price", "amount", "tax_class", "tax_place")
    readonly_fields = ("unit_price", "amount")
    unit_price = amount_of("unit_price_cents", _("unit price"))
    amount = amount_of("net_cents", _("amount"))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("session__course")


class OrderTaxInline(OnlyRead, admin.TabularInline):
    model = OrderTax
    fields = ("code", "place", "rate", "base", "amount")
    readonly_fields = ("base", "amount")
    base = amount_of("base_cents", _("taxable amount"))
    amount = amount_of("amount_cents", _("amount"))


class PaymentInline(OnlyRead, admin.TabularInline):
    model = Payment
    show_change_link = True
    fields = ("means", "attempt", "amount", "status", "disposition", "paid_with", "failure_code", "settled_at")
    readonly_fields = ("amount",)
    amount = amount_of("amount_cents", _("amount"))


@admin.register(Order)
class OrderAdmin(OnlyRead, admin.ModelAdmin):
    list_display = ("number", "establishment", "placed_by", "status", "total", "placed_at", "paid_at")
    list_filter = ("status", "mode", "placed_at")
    list_select_related = ("establishment", "placed_by")
    search_fields = ("reference", "establishment__name", "placed_by__email")
    inlines = (OrderLineInline, OrderTaxInline, PaymentInline)
    fields = (
        ("number", "status"),
        ("establishment", "placed_by", "language"),
        "bill_to",
        ("net", "total"),
        ("placed_at", "hold_until", "paid_at"),
    )
    readonly_fields = ("number", "net", "total")
    net = amount_of("net_cents", _("subtotal"))
    total = amount_of("total_cents", _("total"))

    @admin.display(description=_("order number"), ordering="reference")
    def number(self, order: Order) -> str:
        return order.number

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return super().get_search_results(request, queryset, re.sub(r"(?i)\b(DEMO|PU)-", "", search_term))


class AssignmentInline(OnlyRead, admin.TabularInline):
    model = Assignment
    fields = ("participant", "assigned_at", "assigned_by", "opened_at", "released_at", "released_by")


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
    "completed": _("Completed"),
    "unused": _("Not used"),
    "cancelled": _("Cancelled"),
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
        ("released_at", "released_by"),
    )

    @admin.display(description=_("establishment"), ordering="seat__establishment__name")
    def establishment(self, assignment: Assignment) -> Establishment:
        return assignment.seat.establishment


# --- money ---------------------------------------------------------------------------------------------------------
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


# --- what happened -------------------------------------------------------------------------------------------------
@admin.register(Deed)
class DeedAdmin(OnlyRead, admin.ModelAdmin):
    about = ("by", "establishment", "order", "session", "participant")
    list_display = (
        column("at", _("when")),
        column("verb", _("deed")),
        column("by", _("by")),
        "establishment",
        "order",
        "session",
        "participant",
    )
    list_filter = ("verb", "at")
    list_select_related = ("by", "establishment", "order", "session__course", "participant")
    search_fields = ("verb", "by__email", "establishment__name", "order__reference", "participant__last_name")
    ordering = ("-at", "-pk")


@admin.register(Letter)
class LetterAdmin(OnlyRead, admin.ModelAdmin):
    list_display = (
        column("kind", _("letter")),
        column("to_email", _("to")),
        "establishment",
        "state",
        column("queued_at", _("queued at")),
        column("sent_at", _("sent at")),
        column("last_error", _("answer of the mail server")),
    )
    list_filter = ("state", "kind", "language")
    list_select_related = ("establishment",)
    search_fields = ("to_email", "to_name", "establishment__name", "order__reference")
    ordering = ("-pk",)


class ProgressFilter(admin.SimpleListFilter):
    title = _("progress")
    parameter_name = "progress"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("waiting", _("Waiting")), ("failed", _("Given up")), ("done", _("Done"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "waiting":
            return queryset.unfinished()
        if self.value() == "failed":
            return queryset.filter(failed_at__isnull=False)
        return queryset.filter(done_at__isnull=False) if self.value() == "done" else queryset


@admin.register(Job)
class JobAdmin(OnlyRead, admin.ModelAdmin):
    list_display = (
        column("key", _("work")),
        column("due_at", _("due at")),
        column("attempts", _("attempts")),
        column("done_at", _("done at")),
        column("failed_at", _("given up at")),
        column("last_error", _("last trouble")),
    )
    list_filter = (ProgressFilter, "kind")
    search_fields = ("key",)
    ordering = ("-due_at", "-pk")
    actions = ("try_again",)

    @admin.action(description=_("Try again now"))
    def try_again(self, request: HttpRequest, chosen: QuerySet) -> None:
        count = jobs.try_again(chosen, by=request.user)
        done = ngettext("{n} piece of work is due now.", "{n} pieces of work are due now.", count)
        self.message_user(request, done.format(n=count), messages.SUCCESS if count else messages.WARNING)


def _money(cents: int) -> str:
    return formats.money(cents, _language())


def _language() -> str:
    return get_language() or "fr-ca"
