"""Who was there: everyone registered in a session, whatever their establishment, on one page that a phone can hold."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from pupitre.actions import attendance as presence
from pupitre.models import Attendance, CourseSession
from pupitre.office.forms.attendance import AttendanceForm
from pupitre.office.pages import page
from pupitre.queries.attendance import registered
from pupitre.refusals import Refused


@require_http_methods(["GET", "HEAD", "POST"])
def attendance(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick everyone present, then the exceptions, then save. Locked after a week, unless corrected knowingly."""
    session = get_object_or_404(CourseSession.objects.select_related("course"), pk=pk)
    is_late = "apres-coup" in request.GET
    held = list(registered(session))
    form = AttendanceForm(request.POST or None, registered=held, everyone_present="tous" in request.GET)
    refusal = None
    if form.is_valid():
        try:
            changed = presence.note(session, form.answers, by=request.user, late=is_late)
            done = ngettext("Saved: {n} change.", "Saved: {n} changes.", len(changed))
            messages.success(request, done.format(n=len(changed)))
            return redirect("admin:attendance", pk)
        except Refused as refused:
            refusal = refused
    noted = [each.noted_at for each in held if each.noted_at]
    return page(
        request,
        "attendance.html",
        _("Attendance"),
        status=409 if refusal else 422 if form.errors else 200,
        session=session,
        form=form,
        refusal=refusal,
        present=sum(each.attendance == Attendance.PRESENT for each in held),
        noted_at=max(noted, default=None),
        can_note=session.has_started and not session.is_cancelled and (is_late or not session.attendance_is_locked),
    )
