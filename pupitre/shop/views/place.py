"""Taking a seat through a link, without an account. Opening the link takes nothing: a button does."""

from uuid import UUID, uuid4, uuid5

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from pupitre.actions import claim_links, claim_places, seat_claims
from pupitre.actions.people import Newcomer
from pupitre.actions.throttles import TooManyAttempts
from pupitre.documents import confirmation as confirmation_sheet
from pupitre.downloads import pdf
from pupitre.models import ClaimLink, SeatClaim
from pupitre.models.people import known_as
from pupitre.queries.claim_links import seats_left
from pupitre.refusals import Refused
from pupitre.shop.addresses import client_address
from pupitre.shop.doors import confidential
from pupitre.shop.forms.claims import ClaimForm
from pupitre.shop.views.seats import file_name

REMEMBERED = "seats_claimed"  # the forms that this browser sent, to come back to
MOST_REMEMBERED = 20


@require_http_methods(["GET", "HEAD", "POST"])
@confidential
def place(request: HttpRequest, word: str) -> HttpResponse:
    """What the link gives, and two fields."""
    try:
        link = claim_links.follow(word, address=client_address(request))
    except Refused as refusal:
        return _refused(request, refusal)
    form = ClaimForm(request.POST if request.method == "POST" else None, link=link, language=_language())
    exhausted: TooManyAttempts | None = None
    own = _claimed_here(request, link)

    if form.is_valid():
        try:
            return _taken(request, link, form, own)
        except claim_places.LinkClosed as refusal:
            return _refused(request, refusal, own)
        except TooManyAttempts as refusal:
            exhausted = refusal
            form.add_error(None, str(refusal))
        except seat_claims.AnotherDomain as refusal:
            form.add_error("email", str(refusal))
        except Refused as refusal:
            form.add_error(None, str(refusal))
    elif refusal := claim_places.refusal(link):
        return _refused(request, refusal, own)

    context = {
        "link": link,
        "session": link.session,
        "form": form,
        "left": seats_left(link),
        "own": own,
        "batch": request.POST.get("batch") or uuid4(),
    }
    response = render(request, "shop/place.html", context, status=422 if form.errors else 200)
    return _after_a_while(response, exhausted) if exhausted else response


@require_safe
@confidential
def taken(request: HttpRequest, word: str, batch: UUID) -> HttpResponse:
    """What became of it, for the browser that asked."""
    try:
        link = claim_links.follow(word, address=client_address(request))
    except Refused as refusal:
        return _refused(request, refusal)
    if str(batch) not in request.session.get(REMEMBERED, []):
        return redirect(link)
    claim = _claim(link, batch)
    face = _face(link, claim)
    assignment = claim.assignment if claim and face == "reserved" else None
    context = {
        "link": link,
        "session": link.session,
        "claim": claim,
        "face": face,
        "assignment": assignment,
        "batch": batch,
        "spelled": ", ".join(assignment.access_code.replace("-", "")) if assignment else "",
    }
    return render(request, "shop/place_taken.html", context)


@require_safe
@confidential
def confirmation(request: HttpRequest, word: str, batch: UUID) -> HttpResponse:
    """The sheet to bring, where the page shows the code too."""
    try:
        link = claim_links.follow(word, address=client_address(request))
    except Refused as refusal:
        return _refused(request, refusal)
    claim = _claim(link, batch) if str(batch) in request.session.get(REMEMBERED, []) else None
    if claim is None or _face(link, claim) != "reserved":
        return redirect("shop:place_taken", word, batch)
    sheet = confirmation_sheet.draw(claim.assignment, _language())
    return pdf(sheet, file_name(link.session, claim.assignment.participant.name))


def _taken(request: HttpRequest, link: ClaimLink, form: ClaimForm, own: list[SeatClaim]) -> HttpResponse:
    """Ask, then show what came of it. Whoever asked from this browser already is shown that again."""
    person = form.newcomer
    again = next((claim for claim in own if claim.folded == _known_as(person)), None)
    if again:
        return redirect("shop:place_taken", link.word, again.batch)
    batch = _batch(request, person)
    claim = seat_claims.ask(link, person, address=client_address(request), batch=batch)
    batch = claim.batch if claim else batch
    _remember(request, batch)
    return redirect("shop:place_taken", link.word, batch)


def _batch(request: HttpRequest, person: Newcomer) -> UUID:
    """The name of this deed. The same form sent twice is the same deed; with another name, in a browser that people
    share, it is not.
    """
    try:
        form = UUID(request.POST.get("batch", ""))
    except ValueError:
        form = uuid4()
    return uuid5(form, _known_as(person))


def _known_as(person: Newcomer) -> str:
    return known_as(person.last_name, person.first_name, person.email)


def _face(link: ClaimLink, claim: SeatClaim | None) -> str:
    """`reserved`: the code is shown. `sent`: it only goes to the address. `waiting`, `refused`, `ended`: as they say.

    Whoever has a seat already has no request here, and sees what those see whose code is on its way.
    """
    if claim is None:
        return _unanswered(link) if link.needs_approval else "sent"
    if claim.is_waiting:
        return _unanswered(link)
    if claim.refused_at:
        return "refused"
    if not claim.is_holding:
        return "ended"
    return "sent" if link.email_domain else "reserved"


def _unanswered(link: ClaimLink) -> str:
    """Once the session has started or is cancelled, nobody can say yes any more."""
    return "waiting" if link.session.accepts_assignments else "refused"


def _claim(link: ClaimLink, batch: UUID) -> SeatClaim | None:
    about = ("participant", "session__course", "seat__establishment", "seat__line__order")
    known = SeatClaim.objects.filter(link=link).select_related(*(f"assignment__{each}" for each in about))
    return known.filter(batch=batch).first()


def _claimed_here(request: HttpRequest, link: ClaimLink) -> list[SeatClaim]:
    """The requests of this browser that still hold or await a seat. Those that are answered by a letter alone are not
    among them: their page looks the same to whoever has a seat already, and has no request.
    """
    remembered = request.session.get(REMEMBERED, [])
    if not remembered:
        return []
    sent = SeatClaim.objects.filter(link=link, batch__in=remembered).select_related("assignment", "link").order_by("pk")
    return [claim for claim in sent if _face(link, claim) == "reserved" or (claim.is_waiting and not claim.email)]


def _remember(request: HttpRequest, batch: UUID) -> None:
    """Let this browser come back to it. Its session gets a new name, in case someone else had given it one."""
    request.session.cycle_key()
    known = [each for each in request.session.get(REMEMBERED, []) if each != str(batch)]
    request.session[REMEMBERED] = [*known, str(batch)][-MOST_REMEMBERED:]


def _language() -> str:
    return "en" if (get_language() or "").startswith("en") else "fr-ca"


def _refused(request: HttpRequest, refusal: Refused, own: list[SeatClaim] | None = None) -> HttpResponse:
    """Why, and whom to ask; nothing about anybody else."""
    status = 404 if isinstance(refusal, claim_links.LinkUnknown) else 410
    response = render(request, "shop/place_refused.html", {"refusal": refusal, "own": own or []}, status=status)
    return _after_a_while(response, refusal) if isinstance(refusal, TooManyAttempts) else response


def _after_a_while(response: HttpResponse, refusal: TooManyAttempts) -> HttpResponse:
    response.status_code = 429
    response["Retry-After"] = str(refusal.facts["n"] * 60)
    return response
