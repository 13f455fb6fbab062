"""Waiting for places of a full session, and what an establishment waits for."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pupitre import clock
from pupitre.actions import waitlist as actions
from pupitre.models import CourseSession, Right, WaitlistEntry
from pupitre.queries.waitlist import waiting_of
from pupitre.refusals import refusals_shown_on
from pupitre.shop import basket
from pupitre.shop.doors import for_establishment
from pupitre.shop.forms.waitlist import SeatsAwaited, WaitingWish


@for_establishment(Right.BUY)
@require_safe
def waitlist(request: HttpRequest) -> HttpResponse:
    return _page(request)


@for_establishment(Right.BUY)
@require_http_methods(["GET", "HEAD", "POST"])
def session(request: HttpRequest, code: str) -> HttpResponse:
    """Ask to wait for places of one session. The number that was refused elsewhere comes with the address."""
    published = CourseSession.objects.select_related("course").filter(course__published_at__lte=clock.now())
    wanted = get_object_or_404(published, code=code)
    typed = request.POST if request.method == "POST" else None
    form = WaitingWish(typed, session=wanted, initial={"quantity": _places(request)})
    if form.is_valid():
        with refusals_shown_on(form, "quantity"):
            return _ask(request, wanted, form)
    own = WaitlistEntry.objects.of(request.user.establishment).in_force().filter(session=wanted).first()
    context = {"session": wanted, "form": form, "entry": own}
    return render(request, "shop/waitlist_session.html", context, status=422 if form.errors else 200)


@for_establishment(Right.BUY)
@require_POST
def number(request: HttpRequest, code: str) -> HttpResponse:
    """Wait for another number of places."""
    waited = _waited_for(request, code)
    form = SeatsAwaited(request.POST, auto_id=f"id_%s_{code}")
    if form.is_valid():
        with refusals_shown_on(form, "quantity"):
            entry = actions.change(waited, request.user.establishment, form.cleaned_data["quantity"], by=request.user)
            messages.success(request, _waits_for(entry.remaining))
            return redirect("shop:waitlist")
    return _page(request, refused=form, code=code)


@for_establishment(Right.BUY)
@require_POST
def leaving(request: HttpRequest, code: str) -> HttpResponse:
    waited = _waited_for(request, code)
    actions.leave(waited, request.user.establishment, by=request.user)
    messages.success(request, _("Your establishment has left this waiting list."))
    return redirect("shop:waitlist")


def _ask(request: HttpRequest, wanted: CourseSession, form: WaitingWish) -> HttpResponse:
    quantity = form.cleaned_data["quantity"]
    establishment = request.user.establishment
    if form.takes_what_is_left:
        cart, taking = basket.opened(request), form.cleaned_data["left"] or 0
        actions.take_and_wait(cart, wanted, establishment, quantity, taking=taking, by=request.user)
        taken = ngettext("{n} seat is in your cart.", "{n} seats are in your cart.", taking).format(n=taking)
        messages.success(request, f"{taken} {_waits_for(quantity - taking)}")
        return redirect("shop:cart")
    entry = actions.ask(
        wanted, establishment, quantity, together=form.is_together, by=request.user, cart=basket.of(request)
    )
    messages.success(request, _waits_for(entry.remaining))
    return redirect("shop:waitlist")


def _page(request: HttpRequest, *, refused: SeatsAwaited | None = None, code: str = "") -> HttpResponse:
    """What is waited for, each entry with its number in a form; one that was refused keeps what was typed."""
    waiting = waiting_of(request.user.establishment)
    rows = [
        (
            entry,
            refused
            if refused and entry.session.code == code
            else SeatsAwaited(initial={"quantity": entry.remaining}, auto_id=f"id_%s_{entry.session.code}"),
        )
        for entry in waiting.entries
    ]
    context = {"waiting": waiting, "rows": rows, "form": refused}
    return render(request, "shop/waitlist.html", context, status=422 if refused else 200)


def _waited_for(request: HttpRequest, code: str) -> CourseSession:
    """A session whose places the user's establishment waits for, or did; any other is not found."""
    own = WaitlistEntry.objects.of(request.user.establishment).values("session")
    return get_object_or_404(CourseSession.objects.filter(pk__in=own), code=code)


def _waits_for(count: int) -> str:
    return ngettext("Your establishment waits for {n} seat.", "Your establishment waits for {n} seats.", count).format(
        n=count
    )


def _places(request: HttpRequest) -> int:
    """The number in the address; one that makes no sense is left out."""
    text = request.GET.get("places", "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 5 and int(text) else 1
