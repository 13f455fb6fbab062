"""What the provider’s people fill in to give something back of an order."""

from typing import Any
from uuid import UUID

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from pupitre.models import CreditNote, Seat
from pupitre.office.fields import TypedDollars
from pupitre.queries.refunds import Proposal, Remaining, of_all, of_amount, of_seats

# From this amount on, whoever confirms types it again.
TYPED_ABOVE_CENTS = 100_000
NOT_UNDERSTOOD = -1


class What(models.TextChoices):
    """What is given back."""

    SEATS = "seats", _("Seats")
    AMOUNT = "amount", _("An amount")
    ALL = "all", _("Everything that is left")


class RefundChoice(forms.Form):
    """Seats, an amount or everything, of what is left of an order."""

    what = forms.ChoiceField(label=_("What is given back"), choices=What, initial=What.SEATS, widget=forms.RadioSelect)
    places = forms.MultipleChoiceField(
        label=_("Seats to give back"),
        required=False,
        error_messages={"invalid_choice": _("One of these seats can no longer be given back. Choose again.")},
    )
    percent = forms.IntegerField(
        label=_("Percentage given back"),
        required=False,
        min_value=0,
        max_value=100,
        help_text=_("Leave it empty to follow the policy shown beside each session."),
        error_messages={
            "invalid": _("A percentage goes from 0 to 100."),
            "min_value": _("A percentage goes from 0 to 100."),
            "max_value": _("A percentage goes from 0 to 100."),
        },
    )
    amount = TypedDollars(label=_("Amount in dollars, taxes included"), required=False)
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=CreditNote._meta.get_field("note").max_length,
        help_text=_("Printed on the credit note."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, *args: Any, left: Remaining, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.left = left
        self.use_required_attribute = False
        self._seats = {seat.code: seat for seat in left.seats}
        self.fields["places"].choices = [(code, code) for code in self._seats]

    @property
    def ticked(self) -> list[str]:
        """The codes of the seats whose boxes are ticked, sent or not."""
        return self["places"].value() or []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        what = cleaned.get("what")
        if what == What.SEATS and not cleaned.get("places") and "places" not in self.errors:
            self.add_error("places", _("Choose at least one seat."))
        if what == What.AMOUNT and "amount" not in self.errors:
            self._check_amount(cleaned.get("amount"))
        return cleaned

    def _check_amount(self, cents: int | None) -> None:
        if not cents:
            self.add_error("amount", _("Enter the amount to give back."))
        elif cents > self.left.total_cents:
            self.add_error("amount", _("This is more than what remains to be given back."))

    @property
    def chosen(self) -> list[Seat]:
        return [self._seats[code] for code in self.cleaned_data["places"]]

    @property
    def proposal(self) -> Proposal:
        """What the choice comes to, as things stand."""
        if self.cleaned_data["what"] == What.ALL:
            return of_all(self.left)
        if self.cleaned_data["what"] == What.AMOUNT:
            return of_amount(self.left, self.cleaned_data["amount"])
        return of_seats(self.left, self.chosen, percent=self.cleaned_data["percent"])


class Agreement(forms.Form):
    """What the page showed to whoever confirms: the total, what was left, who loses access."""

    total = forms.IntegerField(min_value=0, max_value=2**31)
    left = forms.IntegerField(min_value=0, max_value=2**31)
    typed = TypedDollars(label=_("Type the amount to confirm"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        total = cleaned.get("total") or 0
        if total > TYPED_ABOVE_CENTS and "typed" not in self.errors and cleaned.get("typed") != total:
            self.add_error("typed", _("Type the exact amount, to be sure that it is the one you want to give back."))
        return cleaned

    @property
    def total_cents(self) -> int:
        """What was agreed to; an amount that nothing comes to when the page sent something else."""
        return self._agreed("total")

    @property
    def left_cents(self) -> int:
        return self._agreed("left")

    def _agreed(self, name: str) -> int:
        return NOT_UNDERSTOOD if name in self.errors else self.cleaned_data[name]

    def leaving(self, left: Remaining) -> set[UUID]:
        """Of those who hold a seat now, the ones whom the page named."""
        named = set(self.data.getlist("leaving"))
        holders = [seat.assignment for seat in left.seats if seat.assignment]
        return {holder.uuid for holder in holders if str(holder.uuid) in named}
