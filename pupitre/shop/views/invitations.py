"""The page of an invitation: who invites, for which establishment, in which role; then yes."""

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pupitre.actions import invitations, members
from pupitre.actions.throttles import TooManyAttempts
from pupitre.models import Invitation, Membership, User
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop.accounts import reader_language
from pupitre.shop.addresses import client_address
from pupitre.shop.doors import confidential
from pupitre.shop.forms import Form
from pupitre.shop.forms.members import InvitedProfileForm
from pupitre.shop.landing import first_page


@require_http_methods(["GET", "HEAD", "POST"])
@confidential
def invitation(request: HttpRequest, word: str) -> HttpResponse:
    """Opening it changes nothing; a button does. Only the holder of the address that was invited can press it."""
    try:
        asked = invitations.follow(word, address=client_address(request))
        if joined := _joined_by(asked, request):
            return redirect(first_page(joined))
        invitations.check_open(asked)
        holder = User.objects.filter(email=asked.email).first()
        if holder is not None and not holder.is_active:
            raise members.ProfileClosed
        if request.user.is_authenticated:
            return _asked_of_user(request, asked)
        return _asked_of_holder(request, asked) if holder else _asked_of_newcomer(request, asked)
    except Refused as refusal:
        return _refused(request, refusal)


def _asked_of_user(request: HttpRequest, asked: Invitation) -> HttpResponse:
    """Someone is signed in: the person invited, or somebody else."""
    if request.user.email != asked.email:
        return _page(request, asked, face="another", masked=invitations.masked(asked.email))
    if request.method != "POST":
        return _page(request, asked, face="accept")
    return _welcomed(request, invitations.accept(asked, by=request.user))


def _asked_of_holder(request: HttpRequest, asked: Invitation) -> HttpResponse:
    """The address has a profile: its holder signs in, and comes back."""
    return _page(request, asked, face="sign_in")


def _asked_of_newcomer(request: HttpRequest, asked: Invitation) -> HttpResponse:
    """The address has no profile yet: it is opened here, without an establishment of its own."""
    form = InvitedProfileForm(request.POST if request.method == "POST" else None, address=asked.email)
    if form.is_valid():
        with refusals_shown_on(form):
            membership = invitations.accept_with_new_profile(
                asked,
                password_hash=form.password_hash,
                first_name=form.cleaned_data["first_name"],
                last_name=form.cleaned_data["last_name"],
                language=reader_language(),
            )
            _welcomed(request, membership)
            return perform_login(request, membership.user, redirect_url=first_page(membership))
    return _page(request, asked, face="newcomer", form=form)


def _joined_by(asked: Invitation, request: HttpRequest) -> Membership | None:
    """What the person invited already is for the establishment, when they follow their link once more."""
    if not request.user.is_authenticated or asked.accepted_by_id != request.user.pk:
        return None
    return request.user.memberships.filter(establishment=asked.establishment).first()


def _welcomed(request: HttpRequest, membership: Membership) -> HttpResponse:
    messages.success(request, _("You now act for: {name}.").format(name=membership.establishment.name))
    return redirect(first_page(membership))


def _page(
    request: HttpRequest, asked: Invitation, *, face: str, form: Form | None = None, masked: str = ""
) -> HttpResponse:
    context = {"invitation": asked, "face": face, "form": form, "masked": masked}
    return render(request, "shop/invitation.html", context, status=422 if form and form.errors else 200)


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    statuses = {invitations.InvitationUnknown: 404, members.ProfileClosed: 403, TooManyAttempts: 429}
    status = statuses.get(type(refusal), 410)
    response = render(request, "shop/invitation_refused.html", {"refusal": refusal}, status=status)
    if isinstance(refusal, TooManyAttempts):
        response["Retry-After"] = str(refusal.facts["n"] * 60)
    return response
