"""What came in and went out, month by month, on a page and in files for a spreadsheet."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pupitre import downloads, formats
from pupitre.models.payments import Means
from pupitre.office.pages import language, page
from pupitre.office.spreadsheets import Cell, Cents, csv_of
from pupitre.queries import money

MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])")


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """One month; the current one unless another is chosen."""
    months = money.months()
    chosen = _month(request.GET.get("mois", "")) or months[0]
    of_month = money.month(chosen)
    return page(
        request,
        "report.html",
        _("Money report"),
        report=of_month,
        rows=[(Means(row.means).label, row) for row in of_month.rows],
        to_come=[(Means(means).label, cents) for means, cents in of_month.to_come.items()],
        month=f"{chosen:%Y-%m}",
        month_name=formats.month(chosen, language()),
        months=[(f"{day:%Y-%m}", formats.month(day, language())) for day in dict.fromkeys([*months, chosen])],
    )


@require_safe
def totals(request: HttpRequest, month: str) -> HttpResponse:
    """The table of the page: one row for each service and currency."""
    return _file(_totals(_known(month)), _("money-{month}.csv").format(month=month))


@require_safe
def movements(request: HttpRequest, month: str) -> HttpResponse:
    """Every movement of the month, with its order and its reference."""
    return _file(_movements(_known(month)), _("movements-{month}.csv").format(month=month))


def _month(text: str) -> date | None:
    found = MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def _known(text: str) -> date:
    found = _month(text)
    if found is None:
        raise Http404
    return found


def _file(rows: Iterator[Sequence[Cell]], name: str) -> HttpResponse:
    return downloads.csv(csv_of(rows, language()), name)


def _totals(first_day: date) -> Iterator[Sequence[Cell]]:
    yield _("Month"), _("Service"), _("Currency"), _("Received"), _("Refunds"), _("Disputes"), _("Fees"), _("Net")
    for row in money.month(first_day).rows:
        amounts = (row.gross_cents, row.refunds_cents, row.disputes_cents, -row.fees_cents, row.net_cents)
        yield f"{first_day:%Y-%m}", str(Means(row.means).label), row.currency, *map(Cents, amounts)


def _movements(first_day: date) -> Iterator[Sequence[Cell]]:
    yield (
        *(_("Date"), _("Service"), _("Kind"), _("Order"), _("Establishment"), _("Gross"), _("Fees"), _("Net")),
        *(_("Currency"), _("Available on"), _("Reference")),
    )
    for entry in money.movements(first_day):
        order = entry.payment.order
        yield (
            formats.compact_day(entry.made_at, settings.TIME_ZONE),
            str(entry.payment.get_means_display()),
            str(entry.get_kind_display()),
            order.number,
            order.establishment.name,
            *map(Cents, (entry.gross_cents, -entry.fee_cents, entry.net_cents)),
            entry.currency,
            f"{entry.available_on:%Y-%m-%d}" if entry.available_on else "",
            entry.provider_reference,
        )
