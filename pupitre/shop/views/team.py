"""The establishment's list: who can be given a seat."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pupitre.actions import people
from pupitre.models import Participant, Right
from pupitre.queries.people import on_the_list, registrations_of
from pupitre.refusals import refusals_shown_on
from pupitre.shop.doors import for_establishment
from pupitre.shop.forms import Form
from pupitre.shop.forms.people import ListSearch, NewPersonForm, PersonForm, as_typed

PEOPLE_PER_PAGE = 25


@for_establishment(Right.ASSIGN)
@require_safe
def team(request: HttpRequest) -> HttpResponse:
    search = ListSearch(request.GET)
    is_archive = "archives" in request.GET
    found = on_the_list(request.user.establishment, search.text, is_archive=is_archive)
    context = {
        "search": search,
        "text": search.text,
        "is_archive": is_archive,
        "page_obj": Paginator(found, PEOPLE_PER_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "shop/team.html", context)


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
        people.correct(shown, form.newcomer, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("shop:person", code)
    return _person_page(request, shown, form)


@for_establishment(Right.ASSIGN)
@require_POST
def archiving(request: HttpRequest, code: str) -> HttpResponse:
    """Take a person off the list, or put them back."""
    shown = _own_person(request, code)
    if "restore" in request.POST:
        people.restore(shown, by=request.user)
        messages.success(request, _("Back on the list: {name}.").format(name=shown.name))
        return redirect("shop:person", code)
    refused = Form({})
    with refusals_shown_on(refused):
        people.archive(shown, by=request.user)
        messages.success(request, _("Archived: {name}. Their past registrations are kept.").format(name=shown.name))
        return redirect("shop:person", code)
    return _person_page(request, shown, PersonForm(initial=as_typed(shown)), refused=refused)


def _own_person(request: HttpRequest, code: str) -> Participant:
    return get_object_or_404(Participant.objects.of(request.user.establishment), code=code)


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
