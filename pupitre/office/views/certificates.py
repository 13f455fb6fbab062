"""A certificate of attendance that bears a misspelt name: it is issued again, under the same number."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pupitre.actions import attendance
from pupitre.models import Certificate
from pupitre.office.forms.certificates import CertificateName
from pupitre.office.pages import page
from pupitre.refusals import refusals_shown_on


@require_http_methods(["GET", "HEAD", "POST"])
def certificate_name(request: HttpRequest, pk: int) -> HttpResponse:
    """Proposes the name that the list has today."""
    certificate = get_object_or_404(Certificate.objects.select_related("assignment__participant"), pk=pk)
    proposed = {"name": certificate.assignment.name_to_certify}
    form = CertificateName(request.POST if request.method == "POST" else None, initial=proposed)
    if form.is_valid():
        with refusals_shown_on(form):
            issued = attendance.reissue(certificate, form.cleaned_data["name"], by=request.user)
            messages.success(request, _("The certificate is now in this name: {name}.").format(name=issued.name))
            return redirect("admin:pupitre_certificate_change", pk)
    title = _("Correct the name on a certificate")
    status = 422 if form.errors else 200
    return page(request, "certificate_name.html", title, certificate=certificate, form=form, status=status)
