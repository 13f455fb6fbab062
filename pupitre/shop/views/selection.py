"""What is done at once with the seats ticked in « My purchases », or in one of its sessions."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pupitre import clock, downloads, formats
from pupitre.actions import resending
from pupitre.actions.resending import Resent
from pupitre.documents import confirmation as confirmation_sheet
from pupitre.documents.seat_list import draw as draw_list
from pupitre.models import Right, Seat
from pupitre.queries.purchases import purchases_of, registrations_in, seats_listed
from pupitre.refusals import Refused
from pupitre.shop.doors import confidential, for_establishment
from pupitre.shop.forms.purchases import Filters
from pupitre.shop.views.purchases import address_of, asked_for, own_session

MOST_TICKED = 1000
READ_AT_ONCE = 1000  # seats of an export


@for_establishment(Right.ASSIGN)
@require_POST
@confidential
def selection(request: HttpRequest) -> HttpResponseBase:
    """In « My purchases »: with nothing ticked, an export holds everything that answers the filters."""
    filters = Filters(request.POST)
    bought = purchases_of(request.user.establishment, filters.wanted)
    back = address_of(asked_for(bought.wanted, filters.part))
    return _done(request, bought.seats(filters.part), back)


@for_establishment(Right.ASSIGN)
@require_POST
@confidential
def session_selection(request: HttpRequest, code: str) -> HttpResponseBase:
    """In one session: with nothing ticked, an export holds all its seats."""
    session = own_session(request, code)
    every = seats_listed(request.user.establishment).filter(session=session)
    return _done(request, every, reverse("shop:purchase", args=[code]))


def _done(request: HttpRequest, every: Any, back: str) -> HttpResponseBase:
    codes = [code for code in request.POST.getlist("seat")[:MOST_TICKED] if code.isalnum() and len(code) <= 12]
    ticked = seats_listed(request.user.establishment).filter(code__in=codes)
    deed = request.POST.get("deed")
    if deed == "export":
        return _exported(ticked if codes else every)
    if not codes:
        messages.warning(request, _("Tick the registrations first, then choose what to do with them."))
    elif deed == "email":
        _say(request, resending.resend_several(request.user.establishment, list(ticked), by=request.user))
    elif deed == "pdf":
        try:
            sheets = confirmation_sheet.draw_many(registrations_in(list(ticked)), get_language() or "fr-ca")
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            return downloads.pdf(sheets, _dated(_("confirmations"), "pdf"))
    return redirect(back)


def _exported(seats: QuerySet[Seat]) -> FileResponse:
    """All of them, however many there are: a part after the other is read."""
    listed = draw_list(seats.iterator(READ_AT_ONCE), get_language() or "fr-ca")
    return downloads.long_workbook(listed, _dated(_("My purchases"), "xlsx"))


def _say(request: HttpRequest, resent: Resent) -> None:
    """« Courriels : 7 renvoyés, 2 sans adresse. »"""
    counted = [
        (resent.sent, ngettext("{n} sent again", "{n} sent again", resent.sent)),
        (resent.without_address, ngettext("{n} without an address", "{n} without an address", resent.without_address)),
        (
            resent.too_recent,
            ngettext("{n} sent less than 5 minutes ago", "{n} sent less than 5 minutes ago", resent.too_recent),
        ),
        (
            resent.over,
            ngettext("{n} for a past or cancelled session", "{n} for past or cancelled sessions", resent.over),
        ),
        (resent.nobody, ngettext("{n} without a person", "{n} without a person", resent.nobody)),
    ]
    said = ", ".join(words.format(n=number) for number, words in counted if number)
    tell = messages.success if resent.sent else messages.warning
    tell(request, _("Emails: {counts}.").format(counts=said or "0"))


def _dated(what: str, extension: str) -> str:
    day = formats.compact_day(clock.now(), settings.TIME_ZONE)
    return f"{slugify(what, allow_unicode=True)}-{day}.{extension}"
