"""Fields of the back office: amounts in dollars, and times as the clocks of a place show them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pupitre import formats

YEARS = range(2000, 2200)


class Dollars(forms.DecimalField):
    """Typed in dollars, kept in cents."""

    def __init__(self, **options: Any):
        options |= {"min_value": 0, "max_digits": 8, "decimal_places": 2, "label": _("Price in dollars")}
        options.pop("max_value", None)
        super().__init__(**options)
        self.error_messages["min_value"] = _("A price cannot be negative. Enter 0 if it is free.")

    def prepare_value(self, value: Any) -> Any:
        return _dollars(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> int | None:
        dollars = super().clean(value)
        return None if dollars is None else int(dollars * 100)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(_dollars(initial) if isinstance(initial, int) else initial, data)


class WallClock(forms.DateTimeField):
    """A date and a time without a zone: what a clock on the wall shows."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.error_messages["invalid"] = _("Enter a date and a time.")

    def to_python(self, value: Any) -> datetime | None:
        # Read in UTC, where no hour is skipped or repeated; the form knows the place.
        with timezone.override(UTC):
            shown = super().to_python(value)
        if shown is None:
            return None
        if shown.year not in YEARS:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return shown.replace(tzinfo=None)


class TimeZone(forms.ChoiceField):
    """The time zones of Canada, and the one already chosen."""

    def __init__(self, **options: Any):
        super().__init__(choices=_canadian_zones, **options)
        self.error_messages["invalid_choice"] = _("This time zone is not known.")

    def also_accept(self, zone: str) -> None:
        known = dict(_canadian_zones())
        if zone not in known:
            self.choices = [*known.items(), (zone, zone)]


def on_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What a clock of that zone shows, to the minute."""
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)


def from_wall(shown: datetime, zone: ZoneInfo) -> datetime:
    """The moment when a clock of that zone shows this. Refuses the hour that is skipped in spring."""
    moment = shown.replace(tzinfo=zone)
    if moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != shown:
        raise ValidationError(_("On that day, the clocks go forward and this time does not exist."), code="skipped")
    return moment


def _canadian_zones() -> list[tuple[str, str]]:
    language = get_language() or "fr-ca"
    return [
        (zone, f"{zone.partition('/')[2].replace('_', ' ')} – {formats.zone_name(zone, language)}")
        for zone in formats.ZONE_OF_CITY
    ]


def _dollars(cents: int) -> Decimal:
    return (Decimal(cents) / 100).quantize(Decimal("0.01"))
