"""Many people at once: a list is pasted or sent, looked at row by row, then used."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pupitre import formats
from pupitre.actions import lists
from pupitre.documents import confirmation as confirmation_sheet
from pupitre.documents import list_of_codes
from pupitre.downloads import pdf, workbook
from pupitre.models import CourseSession, PeopleList, Right
from pupitre.queries.list_rows import Verdicts
from pupitre.queries.lists import verdicts
from pupitre.queries.lists_used import holders_of, registrations_of
from pupitre.queries.purchases import free_seats
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop.doors import confidential, for_establishment
from pupitre.shop.forms import Form
from pupitre.shop.forms.lists import PeopleListForm, corrections
from pupitre.shop.views.purchases import own_session

ROWS_PER_PAGE = 50
CODES_PER_PAGE = 25


# --- give a list -----------------------------------------------------------------------------------------------------
@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def paste(request: HttpRequest, code: str) -> HttpResponse:
    """People to seat in a session: what was pasted or sent is kept, then shown."""
    return _paste(request, own_session(request, code), lists.MOST_SEATED)


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def roster_paste(request: HttpRequest) -> HttpResponse:
    """People to put on the establishment's list."""
    return _paste(request, None, lists.MOST_ON_THE_LIST)


def _paste(request: HttpRequest, session: CourseSession | None, most_rows: int) -> HttpResponse:
    sent = request.method == "POST"
    form = PeopleListForm(request.POST if sent else None, request.FILES if sent else None, most_rows=most_rows)
    if form.is_valid():
        kept = lists.keep(
            form.table,
            request.user.establishment,
            session=session,
            language="en" if (get_language() or "").startswith("en") else "fr-ca",
            by=request.user,
        )
        return redirect(kept)
    context = {"session": session, "paste": form, "most_rows": most_rows}
    return render(request, "shop/list_paste.html", context, status=422 if form.errors else 200)


@for_establishment(Right.ASSIGN)
@require_safe
def model(request: HttpRequest, code: str = "") -> HttpResponse:
    """A workbook to fill in: the headings, in the language of the reader."""
    return workbook(list_of_codes.model(), f"{slugify(_('model of a list'), allow_unicode=True)}.xlsx")


# --- look at it, correct it, use it -----------------------------------------------------------------------------------
@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
@confidential
def people_list(request: HttpRequest, code: str, list_code: str) -> HttpResponse:
    """A list for a session: its rows until it is used, then the codes it gave."""
    session = own_session(request, code)
    return _list_page(request, session, _own_list(request, session, list_code))


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def roster_list(request: HttpRequest, list_code: str) -> HttpResponse:
    """A list for the establishment: its rows until it is used, then what was added."""
    return _list_page(request, None, _own_list(request, None, list_code))


def _list_page(request: HttpRequest, session: CourseSession | None, shown: PeopleList | None) -> HttpResponse:
    if shown is None:
        return render(
            request, "shop/list_forgotten.html", {"session": session, "most_unused": lists.MOST_UNUSED}, status=404
        )
    form = None
    if request.method == "POST":
        form = Form({})
        with refusals_shown_on(form):
            return _acted(request, shown)
        shown = _own_list(request, session, shown.code) or shown
    if shown.is_used:
        return _result_page(request, shown)
    return _preview_page(request, shown, verdicts(shown), refused=form)


def _acted(request: HttpRequest, shown: PeopleList) -> HttpResponse:
    """Keep what was corrected, then turn the page, or use the list if that is what was asked for and nothing else was
    typed.
    """
    corrected = lists.correct(shown, corrections(request.POST))
    if "page" in request.POST:
        return redirect(f"{request.path}?{urlencode({'page': request.POST['page']})}")
    if "recheck" in request.POST:
        return redirect(request.get_full_path())
    if not corrected.is_used and corrected.rows != shown.rows:
        messages.info(request, _("Your corrections are saved. Check the list, then go on."))
        return redirect(request.get_full_path())
    lists.use(
        corrected,
        agreed=request.POST.get("agreed", ""),
        with_changes="with_changes" in request.POST,
        by=request.user,
    )
    return redirect(corrected)


def _preview_page(request: HttpRequest, shown: PeopleList, found: Verdicts, *, refused: Form | None) -> HttpResponse:
    page = Paginator(found.problems_first, ROWS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "list": shown,
        "session": shown.session,
        "found": found,
        "page_obj": page,
        "wrong_here": [verdict for verdict in page if verdict.is_wrong],
        "form": refused,
    }
    return render(request, "shop/list_preview.html", context, status=422 if refused else 200)


def _result_page(request: HttpRequest, shown: PeopleList) -> HttpResponse:
    context = {"list": shown, "session": shown.session, "outcome": shown.outcome, "rest": _rest(shown)}
    if shown.session is None:
        return render(request, "shop/roster_list_used.html", context)
    page = Paginator(holders_of(shown), CODES_PER_PAGE).get_page(request.GET.get("page"))
    for seat in page:
        seat.line_of_list = shown.lines.get(seat.assignment.participant_id)
    context |= {"page_obj": page, "free": free_seats(shown.establishment, shown.session)}
    return render(request, "shop/list_used.html", context)


# --- what it gave -----------------------------------------------------------------------------------------------------
@for_establishment(Right.ASSIGN)
@require_safe
@confidential
def list_confirmations(request: HttpRequest, code: str, list_code: str) -> HttpResponse:
    """The confirmations of everyone the list seated, in one document."""
    shown = _used_list(request, code, list_code)
    try:
        sheets = confirmation_sheet.draw_many(registrations_of(shown), get_language() or "fr-ca")
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect(shown)
    return pdf(sheets, _file_name(_("confirmations"), shown, "pdf"))


@for_establishment(Right.ASSIGN)
@require_safe
@confidential
def list_codes(request: HttpRequest, code: str, list_code: str) -> HttpResponse:
    """The people the list seated and their codes, in a workbook that can be given back as a list."""
    shown = _used_list(request, code, list_code)
    codes = list_of_codes.draw(holders_of(shown), shown.lines, get_language() or "fr-ca")
    return workbook(codes, _file_name(_("codes"), shown, "xlsx"))


def _used_list(request: HttpRequest, code: str, list_code: str) -> PeopleList:
    used = PeopleList.objects.of(request.user.establishment).exclude(committed_at=None)
    return get_object_or_404(used.select_related("session__course"), session__code=code, code=list_code)


def _own_list(request: HttpRequest, session: CourseSession | None, list_code: str) -> PeopleList | None:
    kept = PeopleList.objects.of(request.user.establishment).kept().select_related("establishment", "session__course")
    return kept.filter(session=session, code=list_code).first()


def _rest(shown: PeopleList) -> PeopleList | None:
    """What is left to correct, while it is kept and nobody has used it."""
    return PeopleList.objects.kept().unused().select_related("session").filter(pk=shown.rest_id).first()


def _file_name(what: str, shown: PeopleList, ending: str) -> str:
    session = shown.session
    title = slugify(f"{what} {session.course.title}", allow_unicode=True)[:120]
    return f"{title}-{formats.compact_day(session.starts_at, session.timezone)}.{ending}"
