"""Fields of the back office: amounts in dollars, steps one per line, and times as the clocks of a place show them."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Field
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from pupitre import formats
from pupitre.formats import NBSP

YEARS = range(2000, 2200)
Rule = Sequence[list[int]]


def of(db_field: Field) -> forms.Field | None:
    """The field of ours for a column, or None where Django’s own does."""
    if db_field.name in ("price_cents", "amount_cents"):
        label = _("Price in dollars") if db_field.name == "price_cents" else _("Amount in dollars")
        return Dollars(label=label, required=not db_field.blank, help_text=db_field.help_text)
    if db_field.name == "volume_tiers":
        return volume_tiers(db_field)
    return refund_steps(db_field) if db_field.name == "refund_steps" else None


class Dollars(forms.DecimalField):
    """Typed in dollars, kept in cents."""

    def __init__(self, **options: Any):
        options |= {"min_value": 0, "max_digits": 8, "decimal_places": 2}
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


class TypedDollars(Dollars):
    """An amount as people type it: « 1 234,50 $ », "$1,234.50"."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.error_messages["invalid"] = _("Enter an amount in dollars, such as 12.50.")
        self.error_messages["min_value"] = _("An amount cannot be negative.")

    def to_python(self, value: Any) -> Any:
        return super().to_python(_without_ornaments(value) if isinstance(value, str) else value)


class Steps(forms.CharField):
    """A rule by steps, one per line: « 10 : 15 », kept as [[10, 15]]. Nothing typed is `nothing`."""

    def __init__(
        self, *, check: Callable[[Sequence[list[int]]], None], example: str, nothing: list | None, **words: Any
    ):
        self.check, self.example, self.nothing = check, example, nothing
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 4, "cols": 20}), **words)

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(f"{first}{NBSP}: {percent}" for first, percent in value)
        return value

    def clean(self, value: Any) -> list[list[int]] | None:
        lines = [line for line in (super().clean(value) or "").splitlines() if line.strip()]
        if not lines:
            return self.nothing
        steps = [self._step(line) for line in lines]
        self.check(steps)
        return steps

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)

    def _step(self, line: str) -> list[int]:
        typed = re.fullmatch(r"\s*([0-9]{1,5})\s*:\s*([0-9]{1,3})\s*%?\s*", line)
        if typed is None:
            message = _("“{line}” is not understood. Write two whole numbers on each line, such as {example}.")
            raise ValidationError(message.format(line=line.strip()[:40], example=self.example), code="invalid")
        return [int(typed[1]), int(typed[2])]


def volume_tiers(db_field: Field) -> Steps:
    """From which seat on, and how many percent less."""
    return Steps(
        check=_check_tiers,
        example="10 : 15",
        nothing=[],
        label=capfirst(db_field.verbose_name),
        help_text=_(
            "One per line: from which seat on, then the percentage off. 10 : 15 is 15 percent off from seat 10 on."
        ),
    )


def refund_steps(db_field: Field) -> Steps:
    """How many hours before the session, and the percentage given back until then."""
    help_text = _(
        "One per line: how many hours before the session, then the percentage given back. "
        "168 : 100 gives everything back until 168 hours before."
    )
    return Steps(
        check=_check_refunds,
        example="168 : 100",
        nothing=None if db_field.null else [],
        label=capfirst(db_field.verbose_name),
        help_text=f"{help_text} {db_field.help_text}" if db_field.null else help_text,
    )


def _check_tiers(tiers: Rule) -> None:
    if any(not 1 <= percent <= 100 for _first, percent in tiers):
        raise ValidationError(_("A percentage goes from 1 to 100."), code="percent")
    if tiers[0][0] < 2 or any(after[0] <= before[0] for before, after in pairwise(tiers)):
        message = _("Each line begins with a later seat than the line before, from the 2nd seat on.")
        raise ValidationError(message, code="order")
    if any(after[1] < before[1] for before, after in pairwise(tiers)):
        raise ValidationError(_("The percentage never goes down from one line to the next."), code="order")


def _check_refunds(steps: Rule) -> None:
    if any(percent > 100 for _hours, percent in steps):
        raise ValidationError(_("A percentage goes from 0 to 100."), code="percent")
    if any(after[0] >= before[0] for before, after in pairwise(steps)):
        raise ValidationError(_("Each line has fewer hours than the line before."), code="order")
    if any(after[1] > before[1] for before, after in pairwise(steps)):
        raise ValidationError(_("The percentage never goes up as the session comes closer."), code="order")


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


def _without_ornaments(typed: str) -> str:
    """Only the digits and the decimal point: a comma is one in French, and groups thousands beside a point."""
    bare = re.sub(r"[\s$]", "", typed)
    return bare.replace(",", "" if "." in bare else ".")
