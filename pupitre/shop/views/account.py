"""The user’s own page: name and language, how they sign in, where they are signed in, what they are written about."""

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_http_methods, require_safe

from pupitre import downloads
from pupitre.actions import devices as signed_in_devices
from pupitre.actions import people
from pupitre.queries.personal import everything_about, has_two_steps
from pupitre.shop.doors import confidential
from pupitre.shop.forms.accounts import ProfileForm, ReminderChoice


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
    context = {
        "form": form,
        "reminders": ReminderChoice(user=request.user),
        "two_steps": has_two_steps(request.user),
        "devices": len(signed_in_devices.signed_in(request.user)),
    }
    return render(request, "shop/account.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["POST"])
def reminders(request: HttpRequest) -> HttpResponse:
    """For which establishments one is reminded of free seats."""
    form = ReminderChoice(request.POST, user=request.user)
    if form.is_valid():
        people.choose_reminders(request.user, form.cleaned_data["establishments"])
        messages.success(request, _("Saved."))
    return redirect("shop:account")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def devices(request: HttpRequest) -> HttpResponse:
    """Where one is signed in, and signing out from afar: the device that is named, or all the others."""
    key = request.session.session_key
    if request.method == "POST":
        ended = signed_in_devices.sign_out(request.user, key=key, number=request.POST.get("device", ""))
        done = ngettext("{n} device is signed out.", "{n} devices are signed out.", ended)
        messages.success(request, done.format(n=ended))
        return redirect("account_devices")
    context = {"devices": signed_in_devices.signed_in(request.user, key=key), "here": settings.TIME_ZONE}
    return render(request, "shop/devices.html", context)


@login_required
@require_safe
@reauthentication_required
@confidential
def my_data(request: HttpRequest) -> HttpResponse:
    """Everything the shop knows about whoever asks, in one file."""
    return downloads.json(everything_about(request.user), _("my-information.json"))
