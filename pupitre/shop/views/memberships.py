"""One’s own establishments: act for another one, add one, leave one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pupitre.actions import members, people
from pupitre.models import Establishment, Role, User
from pupitre.refusals import refusals_shown_on
from pupitre.shop.doors import for_establishment, password_just_given
from pupitre.shop.forms import Form
from pupitre.shop.forms.members import NewEstablishmentForm
from pupitre.shop.landing import first_page


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def establishments(request: HttpRequest) -> HttpResponse:
    """Every establishment this person acts for. A button chooses the one that all pages are about."""
    if request.method != "POST":
        return render(request, "shop/establishments.html")
    wanted = request.POST.get("establishment", "")
    membership = next((held for held in request.user.held_memberships if str(held.establishment_id) == wanted), None)
    if membership is None:
        messages.warning(request, _("You do not act for this establishment."))
        return redirect("shop:establishments")
    members.choose(membership)
    messages.success(request, _("You now act for: {name}.").format(name=membership.establishment.name))
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else first_page(membership))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def newcomer(request: HttpRequest) -> HttpResponse:
    """Open another establishment, and act for it at once."""
    form = NewEstablishmentForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_shown_on(form):
            opened = people.open_another_establishment(request.user, form.cleaned_data["name"])
            messages.success(request, _("You now act for: {name}.").format(name=opened.name))
            return redirect("shop:establishment")
    return render(request, "shop/new_establishment.html", {"form": form}, status=422 if form.errors else 200)


@for_establishment()
@require_http_methods(["GET", "HEAD", "POST"])
def departure(request: HttpRequest) -> HttpResponse:
    """Leave the establishment one acts for. An owner gives their password again."""
    left: Establishment = request.user.establishment
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        if request.user.membership.role == Role.OWNER:
            password_just_given(request)
        with refusals_shown_on(form):
            members.leave(left, by=request.user)
            messages.success(request, _("You no longer act for: {name}.").format(name=left.name))
            return redirect(first_page(User.objects.get(pk=request.user.pk).membership))
    return render(request, "shop/departure.html", {"form": form}, status=422 if form.errors else 200)
