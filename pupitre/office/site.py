"""The back office as a whole: whom it lets in, and what is written at its top."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _

from pupitre.models import Provider


class Office(AdminSite):
    """Opens to the provider's own people, who sign in at the same door as everyone."""

    index_title = _("Back office")

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
