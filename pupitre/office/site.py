"""The back office as a whole: whom it lets in, and what is written at its top."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from pupitre.models import Provider
from pupitre.office import to_do
from pupitre.queries.personal import has_two_steps

SECOND_STEP_FIRST = _(
    "The back office opens to those who sign in with two steps: it holds the payments and the people of every "
    "establishment. Add a passkey or set up an application, then come back."
)


class Office(AdminSite):
    """Opens to the provider's own people, who sign in at the same door as everyone."""

    index_title = _("Back office")
    index_template = "office/index.html"

    def get_urls(self) -> list[URLPattern]:
        """Pages of ours, beside those that Django makes of the models."""
        from pupitre.office.views import cases, reports  # they look this site up

        ours = [
            ("a-regler/", cases.cases, "cases"),
            ("a-regler/paiements/<int:pk>/", cases.review, "review"),
            ("a-regler/notes-de-credit/<int:pk>/", cases.owed_on_credit_note, "owed_on_credit_note"),
            ("a-regler/contestations/<int:pk>/", cases.claim, "claim"),
            ("a-regler/surplus/<int:pk>/", cases.owed_surplus, "owed_surplus"),
            ("rapport/", reports.report, "report"),
            ("rapport/<str:month>-totaux.csv", reports.totals, "report_totals"),
            ("rapport/<str:month>-mouvements.csv", reports.movements, "report_movements"),
        ]
        pages = [path(address, self.admin_view(view), name=name) for address, view, name in ours]
        return [*pages, *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return super().index(request, {"to_do": to_do.everything()} | (extra_context or {}))

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """The back office speaks the language of whoever works there: its addresses have none. It opens once they have
        a second step, which it leads them to.
        """

        @wraps(view)
        def in_own_language(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if self.has_permission(request):
                translation.activate(request.user.language)
                if settings.OFFICE_TWO_STEPS and not has_two_steps(request.user):
                    messages.warning(request, SECOND_STEP_FIRST)
                    return redirect("mfa_index")
            return view(request, *args, **kwargs)

        return super().admin_view(in_own_language, cacheable)

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    @method_decorator(secure_admin_login)
    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        if not self.has_permission(request):
            # Signed in, and not expected here: signing in once more would not help.
            raise PermissionDenied
        return super().login(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        return redirect("account_change_password")

    def each_context(self, request: HttpRequest) -> dict:
        header = f"{Provider.current().name} · {self.index_title}"
        if settings.PAYMENT_MODE != "live":
            header = f"{header} · {_('Trial: no payment is real.')}"
        return super().each_context(request) | {"site_header": header, "site_title": header}
