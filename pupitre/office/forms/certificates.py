"""What the provider’s people correct on a certificate of attendance."""

from django import forms
from django.utils.translation import gettext_lazy as _


class CertificateName(forms.Form):
    """The name, as it is to be written from now on."""

    name = forms.CharField(
        label=_("Name on the certificate"),
        max_length=161,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        error_messages={"required": _("Enter the name to write on the certificate.")},
    )

    use_required_attribute = False
