"""« Share a link »: the owner makes a link to take a seat, posts it, answers those who ask, and revokes it."""

from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pupitre import formats
from pupitre.actions import claim_links, seat_claims
from pupitre.documents import poster as posters
from pupitre.downloads import pdf
from pupitre.models import ClaimLink, CourseSession, Order, Right, SeatClaim
from pupitre.queries.claim_links import (
    claims_holding,
    claims_of,
    claims_to_take_back,
    claims_waiting,
    links_of,
    seats_left,
)
from pupitre.queries.purchases import ROWS_PER_PAGE, free_seats
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop.doors import confidential, for_establishment
from pupitre.shop.forms import Form
from pupitre.shop.forms.claims import Answer, LinkLimits, Revocation
from pupitre.shop.views.purchases import own_session

# The count refreshes by itself every ten seconds, for ten minutes: an owner watches it while the staff room fills up.
LOOKS = 60


# --- make ------------------------------------------------------------------------------------------------------------
@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def making(request: HttpRequest, code: str) -> HttpResponse:
    """The limits of a link, all of which may be left as they are."""
    session = own_session(request, code)
    order = _order(request, session)
    form = LinkLimits(request.POST if request.method == "POST" else None)

    if form.is_valid():
        try:
            made = claim_links.make(
                session,
                request.user.establishment,
                by=request.user,
                order=order,
                batch=_batch(request, session),
                **form.cleaned_data,
            )
        except Refused as refusal:
            form.add_error(getattr(refusal, "field", None), str(refusal))
        else:
            messages.success(request, _("The link is ready. Copy it, or print the poster."))
            return redirect("shop:claim_link", made.code)

    context = {
        "session": session,
        "order": order,
        "form": form,
        "free": free_seats(request.user.establishment, session, order),
        "links": links_of(request.user.establishment, session),
        "batch": request.POST.get("batch") or uuid4(),
    }
    return render(request, "shop/claim_link_new.html", context, status=422 if form.errors else 200)


def _order(request: HttpRequest, session: CourseSession) -> Order | None:
    """The order whose seats the link gives, when one is named: it is theirs, it is paid, and it is of this session."""
    reference = request.POST.get("order") or request.GET.get("commande") or ""
    if not reference:
        return None
    if not reference.isalnum():
        raise Http404
    own = Order.objects.bought_by(request.user.establishment).filter(status=Order.Status.PAID, lines__session=session)
    return get_object_or_404(own.distinct(), reference=reference)


def _batch(request: HttpRequest, session: CourseSession) -> UUID | None:
    """The name of this deed: the same form sent twice makes one link."""
    try:
        form = UUID(request.POST.get("batch", ""))
    except ValueError:
        return None
    return uuid5(form, f"{request.user.establishment.pk}\n{session.code}")


# --- one link --------------------------------------------------------------------------------------------------------
@for_establishment(Right.ASSIGN)
@require_safe
@confidential
def link(request: HttpRequest, code: str) -> HttpResponse:
    return _link_page(request, _own_link(request, code))


@for_establishment(Right.ASSIGN)
@require_POST
@confidential
def answers(request: HttpRequest, code: str) -> HttpResponse:
    """Say yes or no to those who asked."""
    shown = _own_link(request, code)
    form = Answer(request.POST)
    if not form.is_valid():
        return _link_page(request, shown, refused=form)
    answer = form.cleaned_data["answer"]
    asked = SeatClaim.objects.filter(link=shown)
    chosen = list(asked.waiting() if answer == Answer.ALL else asked.filter(uuid=form.cleaned_data["claim"]))
    with refusals_shown_on(form):
        if answer == Answer.NO:
            refused = claim_links.refuse(shown, chosen, by=request.user)
            if not refused:
                raise seat_claims.AlreadyAnswered
            messages.success(request, _("Request refused: {name}").format(name=refused[0].name))
        else:
            made = seat_claims.approve(shown, chosen, by=request.user)
            done = ngettext("{n} seat is assigned.", "{n} seats are assigned.", len(made))
            messages.success(request, done.format(n=len(made)))
        return redirect("shop:claim_link", shown.code)
    return _link_page(request, _own_link(request, code), refused=form)


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
@confidential
def revocation(request: HttpRequest, code: str) -> HttpResponse:
    """The link stops working; the seats that were taken through it stay, or come back."""
    shown = _own_link(request, code)
    form = Revocation(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_shown_on(form):
            takes_back = form.cleaned_data["takes_seats_back"]
            count = claim_links.revoke(shown, by=request.user, takes_seats_back=takes_back)
            taken_back = ngettext("{n} seat was taken back.", "{n} seats were taken back.", count).format(n=count)
            done = [_("The link no longer works."), *([taken_back] if count else [])]
            messages.success(request, " ".join(done))
            return redirect("shop:claim_link", shown.code)
        shown = _own_link(request, code)
    context = {
        "link": shown,
        "session": shown.session,
        "form": form,
        "holding": claims_holding(shown).count(),
        "taken_back": claims_to_take_back(shown).count(),
        "waiting": claims_waiting(shown),
    }
    return render(request, "shop/claim_link_removal.html", context, status=422 if form.errors else 200)


@for_establishment(Right.ASSIGN)
@require_safe
@confidential
def poster(request: HttpRequest, code: str) -> HttpResponse:
    """One page to print and to post."""
    shown = _own_link(request, code)
    if not shown.is_open:
        return redirect("shop:claim_link", shown.code)
    poster_of = _("poster {course}").format(course=shown.session.course.title)
    what = slugify(poster_of, allow_unicode=True)[:120]
    day = formats.compact_day(shown.session.starts_at, shown.session.timezone)
    return pdf(posters.draw(shown, get_language() or "fr-ca"), f"{what}-{day}.pdf")


def _own_link(request: HttpRequest, code: str) -> ClaimLink:
    known = ClaimLink.objects.of(request.user.establishment)
    return get_object_or_404(known.select_related("establishment", "session__course", "order", "made_by"), code=code)


def _link_page(request: HttpRequest, shown: ClaimLink, refused: Form | None = None) -> HttpResponse:
    answered = Paginator(claims_of(shown).answered().order_by("-pk"), ROWS_PER_PAGE)
    context = {
        "link": shown,
        "session": shown.session,
        "address": posters.address_of(shown, get_language() or "fr-ca"),
        "qr": posters.qr_image(shown, get_language() or "fr-ca"),
        "left": seats_left(shown),
        "waiting": list(claims_of(shown).waiting()),
        "page_obj": answered.get_page(request.GET.get("page")),
        "next_look": _next_look(request) if shown.is_open else "",
        "form": refused,
    }
    return render(request, "shop/claim_link.html", context, status=422 if refused else 200)


def _next_look(request: HttpRequest) -> str:
    """The query of the next look at the count; empty after the last."""
    said = request.GET.get("n", "")
    looks = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else 0
    return f"?n={looks + 1}" if looks < LOOKS else ""
