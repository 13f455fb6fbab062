"""An establishment whose owner is gone: the provider invites another one, in the sight of everyone who acts for it."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pupitre.actions import invitations
from pupitre.models import Establishment, Invitation, Role
from pupitre.office.forms.owners import OwnerChoice
from pupitre.office.pages import language, page
from pupitre.queries.members import members_of, who_can_succeed
from pupitre.refusals import refusals_shown_on


@require_http_methods(["GET", "HEAD", "POST"])
def nomination(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a member or type an address, say why; nothing changes before the person invited accepts."""
    establishment = get_object_or_404(Establishment, pk=pk)
    form = OwnerChoice(request.POST if request.method == "POST" else None, candidates=who_can_succeed(establishment))
    if form.is_valid():
        with refusals_shown_on(form):
            asked = invitations.nominate_owner(
                establishment, form.address, reason=form.cleaned_data["note"], by=request.user, language=language()
            )
            done = _("The invitation was sent to {email}. Everyone who acts for the establishment is told.")
            messages.success(request, done.format(email=asked.email))
            return redirect("admin:pupitre_establishment_change", pk)
    return page(
        request,
        "nomination.html",
        _("Name an owner: {name}").format(name=establishment.name),
        establishment=establishment,
        form=form,
        owners=members_of(establishment).filter(role=Role.OWNER),
        waiting=Invitation.objects.pending().filter(establishment=establishment, role=Role.OWNER),
        zone=settings.TIME_ZONE,
        status=422 if form.errors else 200,
    )
