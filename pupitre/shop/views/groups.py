"""The groups of the establishment's list, and the people who are on it twice."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from pupitre.actions import groups as of_the_list
from pupitre.actions import merging
from pupitre.models import Participant, PeopleGroup, Right
from pupitre.queries import people as roster
from pupitre.queries.duplicates import likely_pairs
from pupitre.queries.people import registrations_of
from pupitre.refusals import Refused, refusals_shown_on
from pupitre.shop.doors import for_establishment
from pupitre.shop.forms.people import ListSearch
from pupitre.shop.forms.roster import FIELDS, GroupForm, MergeForm

RECORDS_SHOWN = 25


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def groups(request: HttpRequest) -> HttpResponse:
    """The groups of the list, and the name of a new one."""
    form = GroupForm(request.POST or None)
    if form.is_valid():
        with refusals_shown_on(form):
            made = of_the_list.make(request.user.establishment, form.cleaned_data["name"], by=request.user)
            messages.success(request, _("Group created: {name}.").format(name=made.name))
            return redirect("shop:groups")
    context = {"form": form, "groups": roster.groups(request.user.establishment)}
    return render(request, "shop/groups.html", context, status=422 if form.errors else 200)


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def group(request: HttpRequest, code: str) -> HttpResponse:
    """One group: its name, and the way to its people."""
    shown = _own_group(request, code)
    form = GroupForm(request.POST or None, initial={"name": shown.name})
    if form.is_valid():
        with refusals_shown_on(form):
            of_the_list.rename(shown, form.cleaned_data["name"], by=request.user)
            messages.success(request, _("Saved."))
            return redirect("shop:groups")
    title = _own_group(request, code).name if form.errors else shown.name
    context = {"form": form, "group": shown, "title": title}
    return render(request, "shop/group.html", context, status=422 if form.errors else 200)


@for_establishment(Right.ASSIGN)
@require_POST
def group_removal(request: HttpRequest, code: str) -> HttpResponse:
    shown = _own_group(request, code)
    of_the_list.discard(shown, by=request.user)
    messages.success(request, _("Group deleted: {name}. Nobody left the list.").format(name=shown.name))
    return redirect("shop:groups")


@for_establishment(Right.ASSIGN)
@require_safe
def duplicates(request: HttpRequest) -> HttpResponse:
    """The pairs that may be one person."""
    return render(request, "shop/duplicates.html", {"pairs": likely_pairs(request.user.establishment)})


@for_establishment(Right.ASSIGN)
@require_safe
def other_record(request: HttpRequest, code: str) -> HttpResponse:
    """Find the other record of a person, to merge it with this one."""
    shown = _own_record(request, code)
    search = ListSearch(request.GET)
    text = search.text or shown.last_name
    found = roster.on_the_list(request.user.establishment, text).exclude(pk=shown.pk)
    context = {
        "person": shown,
        "search": search,
        "text": search.text,
        "page_obj": Paginator(found, RECORDS_SHOWN).get_page(request.GET.get("page")),
    }
    return render(request, "shop/other_record.html", context)


@for_establishment(Right.ASSIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def merge(request: HttpRequest, code: str, other: str) -> HttpResponse:
    """Choose the record to keep, read what will happen, then make one record of two."""
    records = [_own_record(request, code), _own_record(request, other)]
    for one, two in (records, records[::-1]):
        if one.merged_into_id == two.pk:  # the same form, sent again
            return redirect("shop:person", two.code)
    form = MergeForm(request.POST or None, records=records, initial=dict.fromkeys(["kept", *FIELDS], code))
    if form.is_valid():
        with refusals_shown_on(form):
            kept, former = form.kept_and_other
            merged = merging.merge(kept, former, form.corrected, by=request.user)
            messages.success(request, _("The two records are now one: {name}.").format(name=merged.name))
            return redirect("shop:person", merged.code)
    context = {
        "form": form,
        "code": code,
        "other": other,
        "records": [(record, registrations_of(record)) for record in records],
    }
    return render(request, "shop/merge.html", context, status=422 if form.errors else 200)


@for_establishment(Right.ASSIGN)
@require_POST
def namesakes(request: HttpRequest, code: str, other: str) -> HttpResponse:
    """Say that two records are of two people, to see them no more among the possible duplicates."""
    one, two = _own_record(request, code), _own_record(request, other)
    try:
        merging.tell_apart(one, two, by=request.user)
    except Refused as refusal:
        messages.warning(request, str(refusal))
    else:
        noted = _("Noted: {first} and {second} are two people.")
        messages.success(request, noted.format(first=one.name, second=two.name))
    return redirect("shop:duplicates")


def _own_group(request: HttpRequest, code: str) -> PeopleGroup:
    return get_object_or_404(roster.groups(request.user.establishment), code=code)


def _own_record(request: HttpRequest, code: str) -> Participant:
    return get_object_or_404(Participant.objects.of(request.user.establishment), code=code)
