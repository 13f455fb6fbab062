"""Agreeing to pay."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from pupitre.actions import terms
from pupitre.actions.checkout import SOMEONE_ELSE
from pupitre.models import TermsVersion, User
from pupitre.models.payments import Means
from pupitre.refusals import refusals_shown_on
from pupitre.shop.forms import Form


class MeansChoice(Form):
    """Card or PayPal, nothing else; nothing at all when there is nothing to pay."""

    means = forms.ChoiceField(
        label=_("Payment method"),
        choices=Means,
        error_messages={
            "required": _("Choose credit card or PayPal."),
            "invalid_choice": _("Choose credit card or PayPal."),
        },
    )

    def __init__(self, *args: Any, is_free: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["means"].required = not is_free


class PayerChoice(MeansChoice):
    """Whoever pays through a link may say where the receipt goes."""

    email = forms.EmailField(
        label=_("Email address for the receipt"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class LinkRecipient(Form):
    """Where a payment link is sent. It can also be copied, and handed over by other means."""

    email = forms.EmailField(
        label=_("Email address of the person who pays"),
        help_text=_("We send the link there. You can also copy it once it is created."),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )


class Agreement(MeansChoice):
    """The means, or someone else who pays; the amount the buyer was shown, for another one must be looked at again; and
    the terms of sale.

    French is given first, with a signed note of the moment. Whoever buys in English chooses it expressly.
    """

    net_cents = forms.IntegerField(min_value=0, max_value=10**12, widget=forms.HiddenInput)
    purchase_order_number = forms.CharField(
        label=_("Purchase order number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    terms_note = forms.CharField(required=False, widget=forms.HiddenInput)
    chooses_english = forms.BooleanField(
        label=_(
            "I was given the French version of the terms and I expressly choose to be bound by the English version."
        ),
        error_messages={"required": _("Accept the terms of sale to continue.")},
    )

    def __init__(
        self, data: QueryDict | None, *, version: TermsVersion | None, reader: User, language: str, **kwargs: Any
    ):
        super().__init__(data, is_free=data is not None and data.get("net_cents") == "0", **kwargs)
        self.fields["means"].choices = [*Means.choices, (SOMEONE_ELSE, _("Someone else pays"))]
        self.version, self.reader = version, reader
        if version is None or language != "en" or not version.is_in_english:
            del self.fields["chooses_english"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["agreement"] = None
        if self.version is not None:
            with refusals_shown_on(self):
                cleaned["agreement"] = terms.agreement(
                    self.version,
                    cleaned.get("terms_note", ""),
                    by=self.reader,
                    chooses_english=cleaned.get("chooses_english", False),
                )
        return cleaned
