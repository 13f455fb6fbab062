"""The people who act for the establishment, as its owner sees them: invite, change a role, remove, give one’s place."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from pupitre.actions import invitations, members
from pupitre.models import Invitation, Membership, Right, Role, User
from pupitre.queries.members import members_of, who_can_succeed
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop.accounts import reader_language
from pupitre.shop.doors import for_establishment, password_just_given
from pupitre.shop.forms import Form
from pupitre.shop.forms.members import HeirForm, InvitationForm, RoleForm
from pupitre.shop.landing import first_page

MEMBERS_PER_PAGE = 25


@for_establishment(Right.MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Who acts for the establishment, who is invited, and the way to invite one more."""
    own = request.user.establishment
    form = InvitationForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        email, role = form.cleaned_data["email"], form.cleaned_data["role"]
        if role == Role.OWNER:
            password_just_given(request)
        with refusals_shown_on(form, "email"):
            invitations.invite(own, email, role, by=request.user, language=reader_language())
            messages.success(request, _("The invitation was sent to {email}.").format(email=email))
            return redirect("shop:members")
    context = {
        "form": form,
        "page_obj": Paginator(members_of(own), MEMBERS_PER_PAGE).get_page(request.GET.get("page")),
        "invited": Invitation.objects.pending().filter(establishment=own).select_related("invited_by"),
    }
    return render(request, "shop/members.html", context, status=422 if form.errors else 200)


@for_establishment(Right.MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def member(request: HttpRequest, number: int) -> HttpResponse:
    """One person: what they may do, since when. Whatever makes or unmakes an owner asks for the password again."""
    held = _own_member(request, number)
    form = RoleForm(request.POST if request.method == "POST" else None, initial={"role": held.role})
    if form.is_valid():
        role = form.cleaned_data["role"]
        if Role.OWNER in (role, held.role) and role != held.role:
            password_just_given(request)
        with refusals_shown_on(form):
            changed = members.change_role(held, role, by=request.user)
            messages.success(request, _("Saved. New role: {role}.").format(role=changed.get_role_display()))
            return redirect("shop:members" if held.user_id != request.user.pk else first_page(changed))
    return _member_page(request, held, form)


@for_establishment(Right.MANAGE)
@require_POST
def removal(request: HttpRequest, number: int) -> HttpResponse:
    """Put an end to what someone does for the establishment."""
    held = _own_member(request, number)
    if held.role == Role.OWNER:
        password_just_given(request)
    refused = Form({})
    with refusals_shown_on(refused):
        members.remove(held, by=request.user)
        done = _("No longer acts for the establishment: {name}.")
        messages.success(request, done.format(name=held.user.name))
        return redirect("shop:members")
    return _member_page(request, held, RoleForm(initial={"role": held.role}), refused=refused)


@for_establishment(Right.MANAGE)
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: HttpRequest) -> HttpResponse:
    """Give one’s place of owner to a member, or to someone invited, once they accept."""
    own = request.user.establishment
    form = HeirForm(
        request.POST if request.method == "POST" else None,
        candidates=who_can_succeed(own),
        initial={"heir": request.GET.get("personne")},
    )
    if form.is_valid():
        password_just_given(request)
        with refusals_shown_on(form):
            return _given(request, form)
    return render(request, "shop/transfer.html", {"form": form}, status=422 if form.errors else 200)


def _given(request: HttpRequest, form: HeirForm) -> HttpResponse:
    if form.chosen:
        heir = members.transfer(form.chosen, by=request.user)
        messages.success(request, _("Done. The new owner is: {name}.").format(name=heir.user.name))
        return redirect(first_page(User.objects.get(pk=request.user.pk).membership))
    email = form.cleaned_data["email"]
    own, language = request.user.establishment, reader_language()
    invitations.invite(own, email, Role.OWNER, by=request.user, language=language, succeeds=True)
    messages.success(request, _("The invitation was sent to {email}.").format(email=email))
    return redirect("shop:members")


@for_establishment(Right.MANAGE)
@require_POST
def resending(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Send an invitation again, for seven more days."""
    asked = _own_invitation(request, uuid)
    try:
        invitations.send_again(asked, by=request.user, language=reader_language())
        messages.success(request, _("The invitation was sent to {email}.").format(email=asked.email))
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("shop:members")


@for_establishment(Right.MANAGE)
@require_POST
def revocation(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take an invitation back."""
    asked = _own_invitation(request, uuid)
    try:
        invitations.revoke(asked, by=request.user)
        messages.success(request, _("The invitation is cancelled: {email}.").format(email=asked.email))
    except Refused as refusal:
        messages.warning(request, str(refusal))
    return redirect("shop:members")


def _own_member(request: HttpRequest, number: int) -> Membership:
    own = Membership.objects.filter(establishment=request.user.establishment)
    return get_object_or_404(own.select_related("user", "establishment"), pk=number)


def _own_invitation(request: HttpRequest, uuid: UUID) -> Invitation:
    own = Invitation.objects.filter(establishment=request.user.establishment)
    return get_object_or_404(own.select_related("establishment"), uuid=uuid)


def _member_page(
    request: HttpRequest, held: Membership, role_form: RoleForm, *, refused: Form | None = None
) -> HttpResponse:
    form = refused or role_form
    context = {
        "member": held,
        "role_form": role_form,
        "form": form,
        "is_oneself": held.user_id == request.user.pk,
        "can_succeed": held.role != Role.OWNER and held.user.is_active,
    }
    return render(request, "shop/member.html", context, status=422 if form.errors else 200)
