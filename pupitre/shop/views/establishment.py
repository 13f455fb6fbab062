"""The establishment: its name, and the address its invoices are sent to."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pupitre.actions import people
from pupitre.models import Right
from pupitre.refusals import refusals_shown_on
from pupitre.shop.doors import for_establishment
from pupitre.shop.forms.establishment import EstablishmentForm


@for_establishment(Right.MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def establishment(request: HttpRequest) -> HttpResponse:
    own = request.user.establishment
    known = {field: getattr(own, field) for field in EstablishmentForm.base_fields}
    form = EstablishmentForm(request.POST if request.method == "POST" else None, initial=known)
    if form.is_valid():
        with refusals_shown_on(form):
            people.correct_establishment(own, form.cleaned_data, by=request.user)
            messages.success(request, _("Saved."))
            return redirect("shop:establishment")
    return render(request, "shop/establishment.html", {"form": form}, status=422 if form.errors else 200)
