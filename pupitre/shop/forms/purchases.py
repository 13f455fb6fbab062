"""Finding one's way in what was bought."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pupitre import formats
from pupitre.models import SeatState
from pupitre.models.folding import folded
from pupitre.queries.lots import Lot, Part, Wanted
from pupitre.queries.purchases import Purchases
from pupitre.shop.forms import Form

HOME_OF_A_STATE = {
    SeatState.COMPLETED: Part.PAST,
    SeatState.UNUSED: Part.PAST,
    SeatState.REFUNDED: Part.CANCELLED,
    SeatState.CANCELLED: Part.CANCELLED,
}


class Filters(Form):
    """A filter that makes no sense is left out: an address typed by hand never breaks the page."""

    marks_optional = False

    q = forms.CharField(label=_("Search for a course, a person or an order number"), required=False, max_length=100)
    cours = forms.CharField(label=_("Course and session"), required=False, widget=forms.Select)
    acheteur = forms.IntegerField(label=_("Bought by"), required=False, min_value=1, widget=forms.Select)
    service = forms.CharField(label=_("Department"), required=False, widget=forms.Select)
    statut = forms.CharField(required=False, widget=forms.HiddenInput)
    etat = forms.ChoiceField(required=False, choices=Part, widget=forms.HiddenInput)

    @property
    def wanted(self) -> Wanted:
        self.is_valid()
        chosen = self.cleaned_data
        return Wanted(
            text=chosen.get("q", ""),
            state=chosen.get("statut", ""),
            course=chosen.get("cours", ""),
            buyer=chosen.get("acheteur"),
            department=chosen.get("service", ""),
        )

    @property
    def part(self) -> Part:
        """The part of the list to show: what is to come, unless said otherwise."""
        self.is_valid()
        usual = HOME_OF_A_STATE.get(self.cleaned_data.get("statut", ""), Part.UPCOMING)
        return Part(self.cleaned_data.get("etat") or usual)

    def offer(self, bought: Purchases) -> list[forms.BoundField]:
        """The choices that this establishment has, where it has more than one."""
        self.fields["cours"].widget.choices = [("", _("All courses")), *_courses(bought, self.part)]
        self.fields["acheteur"].widget.choices = [("", _("Everyone")), *bought.buyers.items()]
        self.fields["service"].widget.choices = [
            ("", _("All departments")),
            *((department, department) for department in bought.departments),
        ]
        shown = {"cours": len({lot.session_id for lot in bought.lots}), "acheteur": len(bought.buyers)}
        names = [name for name, choices in shown.items() if choices > 1]
        return [self[name] for name in [*names, *(["service"] if bought.departments else [])]]


def _courses(bought: Purchases, part: Part) -> list[tuple]:
    """The courses of a part, and the one looked for; those with several sessions show them."""
    courses: dict[str, dict[str, Lot]] = {}
    for lot in sorted(bought.lots, key=lambda lot: (folded(lot.title), lot.starts_at)):
        if lot.is_in(part) or bought.wanted.course in (lot.course, lot.session_code):
            courses.setdefault(lot.course, {})[lot.session_code] = lot
    choices: list[tuple] = []
    for course, sessions in courses.items():
        title = next(iter(sessions.values())).title
        days = [(code, _day(lot)) for code, lot in sessions.items()]
        choices.append((title, [(course, _("All sessions")), *days]) if len(days) > 1 else (course, title))
    return choices


def _day(lot: Lot) -> str:
    return formats.short_moment(lot.starts_at, get_language() or "fr-ca", lot.timezone)
