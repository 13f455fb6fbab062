"""What the provider’s people fill in about courses and sessions."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from pupitre.models import TaxClass
from pupitre.office import fields

MOMENTS = ("starts_at", "ends_at", "sales_close_at")


class CourseForm(forms.ModelForm):
    """What is taught."""

    class Meta:
        widgets = {
            name: forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})
            for name in ("summary_fr", "summary_en", "audience_fr", "audience_en")
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_taxed = cleaned.get("tax_class") in (TaxClass.TAXABLE, None)
        if not is_taxed and not cleaned.get("tax_reason"):
            self.add_error("tax_reason", _("Say why no tax applies: the reason is printed on the invoice."))
        return cleaned


class SessionForm(forms.ModelForm):
    """A session, whose times are those of the place where it is held."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in self._moments:
                if moment := getattr(self.instance, name):
                    self.initial[name] = fields.on_wall(moment, self.instance.zone)
        if "timezone" in self.fields:
            self.fields["timezone"].also_accept(self.instance.timezone)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        zone = ZoneInfo(cleaned.get("timezone") or self.instance.timezone)
        for name in self._moments:
            if shown := cleaned.get(name):
                try:
                    cleaned[name] = self._moment(name, shown, zone)
                except ValidationError as refusal:
                    self.add_error(name, refusal)
        return cleaned

    def _moment(self, name: str, shown: datetime, zone: ZoneInfo) -> datetime:
        # What was not touched is left as it is, to the second, even in the hour that an autumn night repeats.
        if {name, "timezone"}.isdisjoint(self.changed_data):
            return getattr(self.instance, name)
        return fields.from_wall(shown, zone)

    @property
    def _moments(self) -> list[str]:
        return [name for name in MOMENTS if name in self.fields]
