"""Finding a course: the filters of the catalogue."""

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pupitre import formats
from pupitre.models import CourseSession, Delivery
from pupitre.queries.catalogue import month_of
from pupitre.shop.forms import Form


class Filters(Form):
    """A filter that makes no sense is left out: an address typed by hand never breaks the catalogue."""

    marks_optional = False

    q = forms.CharField(
        label=_("Search"), required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"})
    )
    mode = forms.ChoiceField(label=_("Delivery"), required=False)
    lieu = forms.ChoiceField(label=_("City"), required=False)
    mois = forms.ChoiceField(label=_("Month"), required=False)

    def __init__(self, *args, sessions: list[CourseSession], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["mode"].choices = [("", _("In person or online")), *Delivery.choices]
        cities = sorted({session.city for session in sessions if session.city and not session.is_online})
        self.fields["lieu"].choices = [("", _("All cities")), *((city, city) for city in cities)]
        months = {month_of(session): session for session in sessions}
        self.fields["mois"].choices = [
            ("", _("All months")),
            *((month, _month_name(session)) for month, session in sorted(months.items())),
        ]

    def chosen(self) -> dict[str, str]:
        """What to look for, in the words of the catalogue."""
        self.is_valid()
        chosen = self.cleaned_data
        return {
            "text": chosen.get("q", ""),
            "delivery": chosen.get("mode", ""),
            "city": chosen.get("lieu", ""),
            "month": chosen.get("mois", ""),
        }


def _month_name(session: CourseSession) -> str:
    return formats.month(session.starts_at, get_language() or "fr-ca", session.timezone)
