"""Agreeing to pay."""

from django import forms
from django.utils.translation import gettext_lazy as _

from pupitre.models.payments import Means
from pupitre.shop.forms import Form


class MeansChoice(Form):
    """Card or PayPal, nothing else."""

    means = forms.ChoiceField(
        label=_("Payment method"),
        choices=Means,
        error_messages={
            "required": _("Choose credit card or PayPal."),
            "invalid_choice": _("Choose credit card or PayPal."),
        },
    )


class Agreement(MeansChoice):
    """The means, and the amount the buyer was shown: another one must be looked at again."""

    net_cents = forms.IntegerField(min_value=0, max_value=10**12, widget=forms.HiddenInput)
