"""The training register of the establishment, and the certificates of its people."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pupitre import formats
from pupitre.documents import certificate as certificate_sheet
from pupitre.documents import register as register_sheets
from pupitre.downloads import pdf, workbook
from pupitre.models import Assignment, Certificate, Participant, Right
from pupitre.queries.register import Register, this_year
from pupitre.shop.doors import for_establishment
from pupitre.shop.forms.roster import RegisterFilters

ROWS_PER_PAGE = 25


@for_establishment(Right.ASSIGN)
@require_safe
def register(request: HttpRequest) -> HttpResponse:
    """Who followed what in a civil year: the rows, their totals, and the two files."""
    asked, filters = _asked(request)
    language = get_language() or "fr-ca"
    context = {
        "search": filters,
        "register": asked,
        "can_be_printed": register_sheets.can_be_printed(asked),
        "period": register_sheets.period(asked),
        "totals": register_sheets.totals(asked, language),
        "page_obj": Paginator(asked.entries, ROWS_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "shop/register.html", context)


@for_establishment(Right.ASSIGN)
@require_safe
def register_pdf(request: HttpRequest) -> HttpResponse:
    """On paper, unless there are too many rows for the time of a page: by the year, then, or in a spreadsheet."""
    asked, _filters = _asked(request)
    if not register_sheets.can_be_printed(asked):
        return redirect(f"{reverse('shop:register')}?{request.GET.urlencode()}".rstrip("?"))
    return pdf(register_sheets.draw(asked, get_language() or "fr-ca"), f"{_file_name(asked)}.pdf")


@for_establishment(Right.ASSIGN)
@require_safe
def register_workbook(request: HttpRequest) -> HttpResponse:
    asked, _filters = _asked(request)
    return workbook(register_sheets.workbook(asked, get_language() or "fr-ca"), f"{_file_name(asked)}.xlsx")


@for_establishment(Right.ASSIGN)
@require_safe
def certificate(request: HttpRequest, code: str) -> HttpResponse:
    """The certificate of whoever held a seat of the establishment."""
    held = Assignment.objects.in_force().filter(seat__establishment=request.user.establishment)
    return certificate_file(get_object_or_404(held, seat__code=code))


def certificate_file(assignment: Assignment) -> HttpResponse:
    """The certificate of a registration, under a name that can be found again in a folder."""
    everything = Certificate.objects.valid().select_related(
        "assignment__session__course", "assignment__seat__line__order", "assignment__seat__establishment"
    )
    shown = everything.filter(assignment=assignment).first()
    if shown is None:
        raise Http404
    session = shown.assignment.session
    what = slugify(" ".join([_("certificate"), shown.name, session.course.title]), allow_unicode=True)[:120]
    name = f"{what}-{formats.compact_day(session.starts_at, session.timezone)}.pdf"
    return pdf(certificate_sheet.draw(shown, get_language() or "fr-ca"), name)


def _asked(request: HttpRequest) -> tuple[Register, RegisterFilters]:
    """The register of the year in the address, or of one person since the beginning; this year when nothing is said."""
    establishment, person = request.user.establishment, None
    if code := request.GET.get("personne", ""):
        person = get_object_or_404(Participant.objects.of(establishment), code=code)
    typed = request.GET.get("annee", "toutes" if person else str(this_year()))
    years = sorted({this_year(), *Register(establishment).years}, reverse=True)
    filters = RegisterFilters({"q": request.GET.get("q", ""), "annee": typed}, years=years)
    year = int(typed) if typed in {str(known) for known in years} else None
    return Register(establishment, year, filters.text, person), filters


def _file_name(asked: Register) -> str:
    who = asked.person.name if asked.person else asked.establishment.name
    return slugify(" ".join([_("training register"), who, str(asked.year or "")]), allow_unicode=True)[:120]
