"""One seat after the other: assign it, hand over its code, correct, replace, release."""

from uuid import UUID, uuid4, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.text import slugify
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pupitre import formats
from pupitre.actions import people, seats, undoing
from pupitre.documents import confirmation as confirmation_sheet
from pupitre.downloads import pdf
from pupitre.models import Assignment, CourseSession, Right, Seat
from pupitre.queries.purchases import free_seats, registrations, seated
from pupitre.queries.seat_story import history, letters_about, undoable
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop.doors import confidential, for_establishment
from pupitre.shop.forms import Form
from pupitre.shop.forms.lists import PeopleListForm
from pupitre.shop.forms.people import NewPersonForm, PeopleChoice, PersonChoice, PersonForm, as_typed
from pupitre.shop.views.purchases import own_session

Choice = PeopleChoice | NewPersonForm


# --- assign ----------------------------------------------------------------------------------------------------------
@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def assignment(request: HttpRequest, code: str) -> HttpResponse:
    """Give the free seats of a session: to people of the list, or to a new person."""
    session = own_session(request, code)
    choice, newcomer, form = _ways(request, PeopleChoice, session)
    place = _place(request, session)

    if form is not None and form.is_valid():
        with refusals_shown_on(form):
            return _assigned(request, _assign(request, session, form, place))
        # Someone may have taken the seat that was asked for: the next try takes any that is free.
        place = None

    return _assignment_page(request, session, choice, newcomer, refused=form, place=place)


@for_establishment(Right.ASSIGN)
@require_POST
def own_registration(request: HttpRequest, code: str) -> HttpResponse:
    """« This is my own registration »."""
    session = own_session(request, code)
    form = Form({})
    with refusals_shown_on(form):
        batch = _batch(request, session, ["oneself"])
        made = seats.assign_to_oneself(session, request.user.establishment, by=request.user, batch=batch)
        messages.success(request, _("Done: this seat is in your name."))
        return redirect(made.seat)
    choice, newcomer, _none = _ways(request, PeopleChoice, session)
    return _assignment_page(request, session, choice, newcomer, refused=form)


def _ways(
    request: HttpRequest, choice_form: type[PeopleChoice], session: CourseSession
) -> tuple[PeopleChoice, NewPersonForm, Choice | None]:
    """The two ways to say who takes a seat, and the one that was sent (none while still searching the list)."""
    way = request.POST.get("way", "")
    establishment = request.user.establishment
    choice = choice_form(
        request.POST if way in ("list", "search") else None,
        establishment=establishment,
        session=session,
        is_searching=way == "search",
    )
    newcomer = NewPersonForm(
        request.POST if way == "new" else None,
        establishment=establishment,
        initial={"language": "en" if (get_language() or "").startswith("en") else "fr-ca"},
    )
    return choice, newcomer, {"list": choice, "new": newcomer}.get(way)


def _place(request: HttpRequest, session: CourseSession) -> Seat | None:
    """The very seat that was asked for, when one was."""
    code = request.POST.get("place") or request.GET.get("place") or ""
    own = Seat.objects.bought_by(request.user.establishment).select_related("establishment", "session__course")
    return own.filter(session=session, code=code).first() if code.isalnum() else None


def _assign(request: HttpRequest, session: CourseSession, form: Choice, place: Seat | None) -> list[Assignment]:
    batch = _batch(request, session, form.chosen)
    if place and len(form.persons) == 1:
        return [seats.assign(place, form.persons[0], by=request.user, batch=batch)]
    return seats.assign_several(session, request.user.establishment, form.persons, by=request.user, batch=batch)


def _assigned(request: HttpRequest, made: list[Assignment]) -> HttpResponse:
    if len(made) > 1:
        done = ngettext("{n} seat is assigned.", "{n} seats are assigned.", len(made))
        messages.success(request, done.format(n=len(made)))
        return redirect("shop:purchase", made[0].seat.session.code)
    person = made[0].participant
    done = _("The seat is assigned to {name}. The confirmation was sent to {email}.")
    if not person.email:
        done = _("The seat is assigned to {name}. Hand over the code and the PDF confirmation.")
    messages.success(request, done.format(name=person.name, email=person.email))
    return redirect(made[0].seat)


def _assignment_page(
    request: HttpRequest,
    session: CourseSession,
    choice: PeopleChoice,
    newcomer: NewPersonForm,
    *,
    refused: Form | None,
    place: Seat | None = None,
) -> HttpResponse:
    context = {
        "session": session,
        "choice": choice,
        "newcomer": newcomer,
        "paste": PeopleListForm(),
        "has_nobody": choice.is_of_nobody,
        "form": refused,
        "place": place,
        "free": free_seats(request.user.establishment, session),
        "seated": seated(request.user.establishment, session),
        "batch": request.POST.get("batch") or uuid4(),
    }
    return render(request, "shop/assignment.html", context, status=422 if refused else 200)


def _batch(request: HttpRequest, session: CourseSession, chosen: list[str]) -> UUID | None:
    """The name of this deed. The same form sent twice is the same deed; the same form with another choice is not."""
    try:
        form = UUID(request.POST.get("batch", ""))
    except ValueError:
        return None
    return uuid5(form, "\n".join([session.code, *chosen]))


# --- one seat --------------------------------------------------------------------------------------------------------
@for_establishment(Right.ASSIGN)
@require_safe
@confidential
def seat(request: HttpRequest, code: str) -> HttpResponse:
    return _seat_page(request, _own_seat(request, code))


@for_establishment(Right.ASSIGN)
@require_POST
@confidential
def resending(request: HttpRequest, code: str) -> HttpResponse:
    shown = _own_seat(request, code)
    form = Form({})
    with refusals_shown_on(form):
        if shown.assignment is None:
            raise seats.SeatNotAssigned
        seats.resend(shown.assignment, by=request.user)
        done = _("Email sent again to {email}.").format(email=shown.assignment.participant.email)
        messages.success(request, done)
        return redirect(shown)
    return _seat_page(request, shown, refused=form)


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request: HttpRequest, code: str) -> HttpResponse:
    """Repair a name, an address or a language: the person stays, and so does the code."""
    shown = _own_seat(request, code)
    if shown.assignment is None:
        return redirect(shown)
    participant = shown.assignment.participant
    form = PersonForm(request.POST or None, initial=as_typed(participant))

    if form.is_valid():
        with refusals_shown_on(form):
            corrected = people.correct(participant, form.newcomer, by=request.user, seat=shown)
            done = _("Saved. The code stays the same.")
            if corrected.email and corrected.email != participant.email and shown.session.accepts_assignments:
                done = _("Saved. The code stays the same. The confirmation was sent to {email}.")
            messages.success(request, done.format(email=corrected.email))
            return redirect(shown)

    context = {"seat": shown, "participant": participant, "form": form}
    return render(request, "shop/correction.html", context, status=422 if form.errors else 200)


def _own_seat(request: HttpRequest, code: str) -> Seat:
    own = Seat.objects.bought_by(request.user.establishment).with_holders()
    said = ("establishment", "line__order__placed_by", "credited_by__credit_note")
    return get_object_or_404(own.select_related(*said).prefetch_related("moves__order"), code=code)


def _seat_page(request: HttpRequest, shown: Seat, refused: Form | None = None) -> HttpResponse:
    letters = shown.assignment.access_code.replace("-", "") if shown.assignment else ""
    context = {
        "seat": shown,
        "assignment": shown.assignment,
        "spelled": ", ".join(letters),
        "former": shown.former_assignments[-1] if shown.former_assignments else None,
        "story": history(shown),
        "letters": letters_about(shown),
        "undoable": undoable(shown.establishment, shown),
        "free": free_seats(request.user.establishment, shown.session),
        "form": refused,
    }
    return render(request, "shop/seat.html", context, status=422 if refused else 200)


# --- replace, release ------------------------------------------------------------------------------------------------
@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
@confidential
def replacement(request: HttpRequest, code: str) -> HttpResponse:
    """Choose who takes over a seat, read what will happen, then do it."""
    shown = _own_seat(request, code)
    choice, newcomer, form = _ways(request, PersonChoice, shown.session)

    if form is not None and form.is_valid() and "confirmed" in request.POST:
        with refusals_shown_on(form):
            try:
                return _replaced(request, shown, form)
            except seats.TooLateToReplace as late:
                return _too_late(request, shown, late)
        shown = _own_seat(request, code)
    if shown.assignment is None:
        return redirect(shown)
    if not shown.session.accepts_replacements:
        return _too_late(request, shown)

    context = {
        "seat": shown,
        "assignment": shown.assignment,
        "choice": choice,
        "newcomer": newcomer,
        "form": form,
        "batch": request.POST.get("batch") or uuid4(),
    }
    if form is not None and form.is_valid():
        context |= {"person": form.persons[0], "kept": _kept(request, form)}
        return render(request, "shop/replacement_check.html", context)
    context["seated"] = seated(request.user.establishment, shown.session)
    return render(request, "shop/replacement.html", context, status=422 if form else 200)


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
@confidential
def release(request: HttpRequest, code: str) -> HttpResponse:
    """Take a seat back, to assign it later."""
    shown = _own_seat(request, code)
    form = Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusals_shown_on(form):
            try:
                return _released(request, shown)
            except seats.TooLateToReplace as late:
                return _too_late(request, shown, late)
        shown = _own_seat(request, code)
    if shown.assignment is None:
        return redirect(shown)
    if not shown.session.accepts_replacements:
        return _too_late(request, shown)
    context = {"seat": shown, "assignment": shown.assignment, "form": form}
    return render(request, "shop/release.html", context, status=422 if form.errors else 200)


@for_establishment(Right.ASSIGN)
@require_POST
@confidential
def restoration(request: HttpRequest, code: str) -> HttpResponse:
    """« Undo »: the holder who lost the seat in the last ten minutes gets it back."""
    shown = _own_seat(request, code)
    form = Form({})
    with refusals_shown_on(form):
        try:
            ended = UUID(request.POST.get("ended", ""))
        except ValueError:
            raise undoing.NothingToUndo from None
        restored = undoing.undo(shown, ended=ended, by=request.user)
        done = _("Undone. The seat is assigned again, with the same code: {name}.")
        messages.success(request, done.format(name=restored.participant.name))
        return redirect(shown)
    return _seat_page(request, _own_seat(request, code), refused=form)


def _replaced(request: HttpRequest, shown: Seat, form: Choice) -> HttpResponse:
    made = seats.replace(
        shown,
        form.persons[0],
        by=request.user,
        batch=_batch(request, shown.session, [shown.code, *form.chosen]),
        leaving=_leaving(request),
    )
    done = _("Replacement done. The seat is now assigned to {name}.")
    messages.success(request, done.format(name=made.participant.name))
    return redirect(made.seat)


def _released(request: HttpRequest, shown: Seat) -> HttpResponse:
    former = seats.release(shown, by=request.user, leaving=_leaving(request))
    done = _("This registration was removed: {name}. You can assign the seat to someone else.")
    messages.success(request, done.format(name=former.participant.name))
    return redirect(shown)


def _kept(request: HttpRequest, form: Choice) -> list[tuple[str, str]]:
    """What was chosen, for the page that asks for a confirmation to send again."""
    names = ["way", *form.fields]
    return [(name, value) for name in names for value in request.POST.getlist(name)]


def _leaving(request: HttpRequest) -> UUID | None:
    """The registration the user was shown when they decided."""
    try:
        return UUID(request.POST.get("leaving", ""))
    except ValueError:
        return None


def _too_late(request: HttpRequest, shown: Seat, refusal: Refused | None = None) -> HttpResponse:
    """The deadline has passed, maybe while the page was open: nothing was changed, and the provider can be asked."""
    context = {"seat": shown, "assignment": shown.assignment, "refusal": refusal}
    return render(request, "shop/replacement_closed.html", context, status=409)


# --- sheets to hand over ---------------------------------------------------------------------------------------------
@for_establishment(Right.ASSIGN)
@require_safe
def confirmation(request: HttpRequest, code: str) -> HttpResponse:
    shown = _own_seat(request, code)
    if shown.assignment is None:
        return redirect(shown)
    sheet = confirmation_sheet.draw(shown.assignment, get_language() or "fr-ca")
    return pdf(sheet, file_name(shown.session, shown.assignment.participant.name))


@for_establishment(Right.ASSIGN)
@require_safe
def confirmations(request: HttpRequest, code: str) -> HttpResponse:
    """The confirmations of everyone in a session, in one document."""
    session = own_session(request, code)
    try:
        held = registrations(request.user.establishment, session)
        sheets = confirmation_sheet.draw_many(held, get_language() or "fr-ca")
    except Refused as refusal:
        messages.warning(request, str(refusal))
        return redirect("shop:purchase", code)
    return pdf(sheets, file_name(session))


def file_name(session: CourseSession, person: str = "") -> str:
    """A name that can be found again in a folder: what it is, for whom, which course, which day."""
    what = slugify(f"{_('confirmation')} {person} {session.course.title}", allow_unicode=True)[:120]
    return f"{what}-{formats.compact_day(session.starts_at, session.timezone)}.pdf"
