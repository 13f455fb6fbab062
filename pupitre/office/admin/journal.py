"""What happened, and what waits: deeds, letters, work."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from pupitre.actions import jobs
from pupitre.models import Deed, Job, Letter
from pupitre.office.admin.columns import OnlyRead, column


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
