"""The name and the address of an establishment, as its invoices bear them."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from pupitre.models import Province
from pupitre.shop.forms import Form
from pupitre.shop.forms.people import NameField

POSTAL_CODE = re.compile(r"([A-CEGHJ-NPR-TVXY]\d[A-CEGHJ-NPR-TV-Z])[ -]?(\d[A-CEGHJ-NPR-TV-Z]\d)")
# First letters of the postal codes of each province. Federal offices in Gatineau have a code of Ottawa.
FIRST_LETTERS = {
    "NL": "A",
    "NS": "B",
    "PE": "C",
    "NB": "E",
    "QC": "GHJK",
    "ON": "KLMNP",
    "MB": "R",
    "SK": "S",
    "AB": "T",
    "BC": "V",
    "NT": "X",
    "NU": "X",
    "YT": "Y",
}


class PostalCodeField(forms.CharField):
    """A Canadian postal code, however it was typed: `J8X 4C2`."""

    default_error_messages = {
        "required": _("Fill in this field."),
        "invalid": _("Enter a Canadian postal code, such as H2X 1Y4."),
    }

    def clean(self, value: Any) -> str:
        shape = POSTAL_CODE.fullmatch(super().clean(value).upper())
        if shape is None:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return f"{shape[1]} {shape[2]}"


class EstablishmentForm(Form):
    """What an invoice says of its buyer."""

    name = NameField(label=_("Establishment name"), max_length=160)
    street = NameField(label=_("Street address"), max_length=120, help_text=_("Number, street, office."))
    city = NameField(label=_("City"), max_length=80)
    province = forms.ChoiceField(label=_("Province"), choices=Province)
    postal_code = PostalCodeField(label=_("Postal code"), max_length=10)
    reminders = forms.BooleanField(
        label=_("Remind those who can assign of the seats with nobody in them"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        known = {
            "name": "organization",
            "street": "street-address",
            "city": "address-level2",
            "province": "address-level1",
            "postal_code": "postal-code",
        }
        for name, autocomplete in known.items():
            self.fields[name].widget.attrs["autocomplete"] = autocomplete

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        province, code = cleaned.get("province"), cleaned.get("postal_code")
        if province and code and code[0] not in FIRST_LETTERS[province]:
            self.add_error("postal_code", _("This postal code is not one of the province chosen. Check both."))
        return cleaned
