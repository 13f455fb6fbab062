"""The user’s own page: name and language, and the ways to a new password or address."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods

from pupitre.actions import people
from pupitre.shop.forms.accounts import ProfileForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    told = {field: getattr(request.user, field) for field in ProfileForm.base_fields}
    form = ProfileForm(request.POST or None, initial=told)
    if form.is_valid():
        user = people.introduce(request.user, **form.cleaned_data)
        with override(user.language):
            messages.success(request, _("Your profile is up to date."))
            return redirect("shop:account")
    return render(request, "shop/account.html", {"form": form}, status=422 if form.errors else 200)
