"""Finding one's way in what was bought."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pupitre.queries.purchases import Part
from pupitre.shop.forms import Form


class Filters(Form):
    """A filter that makes no sense is left out: an address typed by hand never breaks the page."""

    marks_optional = False

    q = forms.CharField(label=_("Search for a course, a person or an order number"), required=False, max_length=100)
    etat = forms.ChoiceField(required=False, choices=Part, widget=forms.HiddenInput)

    @property
    def text(self) -> str:
        self.is_valid()
        return self.cleaned_data.get("q", "")

    @property
    def part(self) -> Part:
        """The part of the list to show: what is to come, unless said otherwise."""
        self.is_valid()
        return Part(self.cleaned_data.get("etat") or Part.UPCOMING)
