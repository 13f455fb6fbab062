"""The establishment's list: who can be given a seat."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pupitre.actions import groups, people
from pupitre.models import Participant, Right
from pupitre.queries.people import on_the_list, registrations_of
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop.doors import for_establishment
from pupitre.shop.forms import Form
from pupitre.shop.forms.people import NewPersonForm, PersonForm, as_typed
from pupitre.shop.forms.roster import ListFilters, SelectionForm

PEOPLE_PER_PAGE = 25
LONGEST_FILTERS = 1000  # characters


@for_establishment(Right.ASSIGN)
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    return _team_page(request, SelectionForm(establishment=request.user.establishment))


@for_establishment(Right.ASSIGN)
@require_POST
def selection(request: HttpRequest) -> HttpResponse:
    """Do one thing to several people of the list: their department, a group, the archives."""
    form = SelectionForm(request.POST, establishment=request.user.establishment)
    if form.is_valid():
        with refusals_shown_on(form):
            messages.success(request, _done_to_selection(request, form))
            back = request.POST.get("filters", "")[:LONGEST_FILTERS]
            return redirect(f"{reverse('shop:team')}?{QueryDict(back).urlencode()}".rstrip("?"))
    return _team_page(request, form)


def _done_to_selection(request: HttpRequest, form: SelectionForm) -> str:
    """The deed of the button that was pressed, and the sentence that tells it. An unknown one does nothing."""
    chosen, group = list(form.cleaned_data["people"]), form.cleaned_data["group"]
    department = form.cleaned_data["department"]
    match form.deed:
        case "department":
            changed = people.move_to_department(chosen, department, by=request.user)
            done = ngettext("{n} person changed department.", "{n} people changed department.", len(changed))
        case "join":
            changed = groups.add(group, chosen, by=request.user)
            done = ngettext(
                "{n} person joined the group: {group}.", "{n} people joined the group: {group}.", len(changed)
            )
        case "leave":
            changed = groups.remove(group, chosen, by=request.user)
            done = ngettext("{n} person left the group: {group}.", "{n} people left the group: {group}.", len(changed))
        case "archive":
            changed = people.archive_all(chosen, by=request.user)
            done = ngettext("{n} person was archived.", "{n} people were archived.", len(changed))
        case _:
            raise NothingToDo
    return done.format(n=len(changed), group=group.name if group else "")


class NothingToDo(Refused):
    code = "nothing_to_do"
    message = gettext_lazy("Choose what to do with these people.")


def _team_page(request: HttpRequest, selected: SelectionForm) -> HttpResponse:
    # A selection that was refused comes back to the same people.
    asked = QueryDict(request.POST.get("filters", "")[:LONGEST_FILTERS]) if selected.is_bound else request.GET
    is_archive = "archives" in asked
    filters = ListFilters(asked, establishment=request.user.establishment, is_archive=is_archive)
    found = on_the_list(
        request.user.establishment,
        filters.text,
        is_archive=is_archive,
        department=filters.department,
        group=filters.group,
    )
    context = {
        "search": filters,
        "text": filters.text,
        "is_archive": is_archive,
        "form": selected,
        "filters": asked.urlencode(),
        "page_obj": Paginator(found, PEOPLE_PER_PAGE).get_page(asked.get("page")),
    }
    return render(request, "shop/team.html", context, status=422 if selected.errors else 200)


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def newcomer(request: HttpRequest) -> HttpResponse:
    """Put a person on the list, before there is any seat for them."""
    language = "en" if (get_language() or "").startswith("en") else "fr-ca"
    form = NewPersonForm(request.POST or None, establishment=request.user.establishment, initial={"language": language})
    if form.is_valid():
        person = form.recognised or people.add(request.user.establishment, form.newcomer, by=request.user)
        done = _("Already on the list: {name}.") if form.recognised else _("Added to the list: {name}.")
        messages.success(request, done.format(name=person.name))
        return redirect("shop:person", person.code)
    return render(request, "shop/newcomer.html", {"form": form}, status=422 if form.errors else 200)


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, code: str) -> HttpResponse:
    """One person: their name and address, and the seats they hold or held."""
    shown = _own_person(request, code)
    form = PersonForm(request.POST or None, initial=as_typed(shown))
    if form.is_valid():
        with refusals_shown_on(form):
            people.correct(shown, form.newcomer, by=request.user)
            messages.success(request, _("Saved."))
            return redirect("shop:person", code)
        shown = _own_person(request, code)  # merged meanwhile: the page says with whom
    return _person_page(request, shown, form)


@for_establishment(Right.ASSIGN)
@require_POST
def archiving(request: HttpRequest, code: str) -> HttpResponse:
    """Take a person off the list, or put them back."""
    shown = _own_person(request, code)
    refused = Form({})
    with refusals_shown_on(refused):
        if "restore" in request.POST:
            people.restore(shown, by=request.user)
            messages.success(request, _("Back on the list: {name}.").format(name=shown.name))
            return redirect("shop:person", code)
        people.archive(shown, by=request.user)
        messages.success(request, _("Archived: {name}. Their past registrations are kept.").format(name=shown.name))
        return redirect("shop:person", code)
    return _person_page(request, shown, PersonForm(initial=as_typed(shown)), refused=refused)


def _own_person(request: HttpRequest, code: str) -> Participant:
    own = Participant.objects.of(request.user.establishment).select_related("merged_into")
    return get_object_or_404(own.prefetch_related("groups", "merged"), code=code)


def _person_page(
    request: HttpRequest, shown: Participant, form: PersonForm, refused: Form | None = None
) -> HttpResponse:
    context = {
        "person": shown,
        "person_form": form,
        "form": refused or form,
        "registrations": registrations_of(shown),
    }
    return render(request, "shop/person.html", context, status=422 if context["form"].errors else 200)
