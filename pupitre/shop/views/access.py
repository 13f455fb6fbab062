"""The participant's pages: no password, the access code is the key. Opening a link changes nothing."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pupitre import formats
from pupitre.actions import seats
from pupitre.actions.throttles import TooManyAttempts
from pupitre.documents import calendar
from pupitre.documents import confirmation as confirmation_sheet
from pupitre.downloads import calendar as calendar_file
from pupitre.downloads import pdf
from pupitre.models import Assignment
from pupitre.refusals import Refused
from pupitre.shop.addresses import client_address
from pupitre.shop.doors import confidential
from pupitre.shop.forms.access import CertificateName, CodeForm
from pupitre.shop.views.register import certificate_file
from pupitre.shop.views.seats import file_name

MOST_OPENED = 50


@require_http_methods(["GET", "HEAD", "POST"])
@confidential
def access(request: HttpRequest) -> HttpResponse:
    """« I have an access code »: one field."""
    form = CodeForm(request.POST or None)
    if form.is_valid():
        try:
            assignment = seats.find_by_code(form.cleaned_data["code"], address=client_address(request))
        except Refused as refusal:
            return _refused(request, form, refusal)
        return redirect("shop:access_code", assignment.access_code)
    return render(request, "shop/access.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@confidential
def confirmation(request: HttpRequest, code: str) -> HttpResponse:
    """« Is this you? »: the course opens when the person says so, not when their mail program follows the link."""
    try:
        assignment = seats.find_by_code(code, address=client_address(request))
    except Refused as refusal:
        return _refused(request, CodeForm({"code": code[:100]}), refusal)

    name = assignment.name_to_certify
    form = CertificateName(request.POST if request.method == "POST" else None, initial={"name": name})
    if form.is_valid():
        try:
            seats.open_course(assignment, certificate_name=form.cleaned_data["name"])
        except Refused as refusal:
            return _refused(request, CodeForm({"code": code[:100]}), refusal)
        _remember(request, assignment)
        return redirect("shop:my_course", assignment.uuid)

    context = {"assignment": assignment, "session": assignment.session, "form": form}
    return render(request, "shop/access_confirmation.html", context, status=422 if form.errors else 200)


@require_safe
@confidential
def my_course(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """When, where, what to bring, the way in."""
    opened = _opened(request, uuid)
    if opened is None:
        return _ask_for_code(request)
    if not opened.in_force:
        return render(request, "shop/my_course_ended.html", {"refusal": seats.CodeReplaced()}, status=410)
    context = {
        "assignment": opened,
        "session": opened.session,
        "google_link": calendar.google_link(opened.session),
        "outlook_link": calendar.outlook_link(opened.session),
    }
    return render(request, "shop/my_course.html", context)


@require_safe
@confidential
def my_calendar(request: HttpRequest, uuid: UUID) -> HttpResponse:
    opened = _opened(request, uuid)
    if opened is None or not opened.in_force:
        return redirect("shop:my_course", uuid)
    day = formats.compact_day(opened.session.starts_at, opened.session.timezone)
    name = f"{slugify(opened.session.course.title, allow_unicode=True)}-{day}.ics"
    return calendar_file(calendar.entry(opened, get_language() or "fr-ca"), name)


@require_safe
@confidential
def my_confirmation(request: HttpRequest, uuid: UUID) -> HttpResponse:
    opened = _opened(request, uuid)
    if opened is None or not opened.in_force:
        return redirect("shop:my_course", uuid)
    sheet = confirmation_sheet.draw(opened, get_language() or "fr-ca")
    return pdf(sheet, file_name(opened.session, opened.participant.name))


@require_safe
@confidential
def my_certificate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    opened = _opened(request, uuid)
    if opened is None or not opened.in_force or opened.valid_certificate is None:
        return redirect("shop:my_course", uuid)
    return certificate_file(opened)


def _refused(request: HttpRequest, form: CodeForm, refusal: Refused) -> HttpResponse:
    """The code opens nothing: say why, with what was typed still in the field."""
    form.add_error("code", str(refusal))
    response = render(request, "shop/access.html", {"form": form}, status=422)
    if isinstance(refusal, TooManyAttempts):
        response.status_code = 429
        response["Retry-After"] = str(refusal.facts["n"] * 60)
    return response


def _remember(request: HttpRequest, assignment: Assignment) -> None:
    """Let this browser come back to the course. Its session gets a new name, in case someone else had given it one."""
    request.session.cycle_key()
    opened = [uuid for uuid in request.session.get("opened", []) if uuid != str(assignment.uuid)]
    request.session["opened"] = [*opened, str(assignment.uuid)][-MOST_OPENED:]


def _opened(request: HttpRequest, uuid: UUID) -> Assignment | None:
    """A registration that this browser opened with its code."""
    if str(uuid) not in request.session.get("opened", []):
        return None
    known = Assignment.objects.select_related(
        "participant", "session__course__category", "seat__line__order", "seat__establishment", "certificate"
    )
    return known.filter(uuid=uuid).first()


def _ask_for_code(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("Enter your access code to see your course."))
    return redirect("shop:access")
