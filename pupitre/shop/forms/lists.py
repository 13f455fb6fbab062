"""Many people at once: a paste or a file, then what is corrected in its rows."""

import re
from collections import defaultdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from pupitre.actions.lists import CORRECTABLE
from pupitre.refusals import Refused
from pupitre.shop.forms import Form
from pupitre.tables import FileTooLarge, PeopleTable, read_file, read_text
from pupitre.tables.reading import LARGEST_FILE

KINDS_OF_FILE = ".csv,.tsv,.txt,.xlsx,.xls,.ods"


class PeopleListForm(Form):
    """Names and addresses, pasted or in a file. Both at once is a doubt, and is asked about."""

    marks_optional = False

    text = forms.CharField(
        label=_("Name and email address, one person per line"),
        required=False,
        strip=False,
        help_text=_("Cells copied from a spreadsheet can be pasted as they are."),
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_("Or a CSV or Excel file"),
        required=False,
        allow_empty_file=False,
        widget=forms.FileInput(attrs={"accept": KINDS_OF_FILE}),
    )

    def __init__(self, *args: Any, most_rows: int = 0, **kwargs: Any):
        super().__init__(*args, auto_id="list_%s", **kwargs)
        self.most_rows = most_rows
        self.fields["text"].validators = []  # a list from an old program may hold NUL characters: its reader drops them

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > LARGEST_FILE:
            raise ValidationError(str(FileTooLarge(most=LARGEST_FILE // 1_000_000)))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        text, file = cleaned.get("text", ""), cleaned.get("file")
        if self.errors:
            return cleaned
        if text.strip() and file:
            raise ValidationError(_("Paste a list or choose a file, not both."))
        if not text.strip() and not file:
            raise ValidationError({"text": _("Paste a list, or choose a file.")})
        try:
            cleaned["table"] = self._read(text, file)
        except Refused as refusal:
            raise ValidationError({"file" if file else "text": str(refusal)}) from None
        return cleaned

    @property
    def table(self) -> PeopleTable:
        return self.cleaned_data["table"]

    def _read(self, text: str, file: Any) -> PeopleTable:
        if file:
            return read_file(file.name, file.read(), most_rows=self.most_rows)
        return read_text(text, most_rows=self.most_rows)


_CORRECTION = re.compile(rf"({'|'.join(CORRECTABLE)})-(\d{{1,7}})", re.ASCII)


def corrections(typed: QueryDict) -> dict[int, dict[str, str]]:
    """What was typed in the rows of a page, by their numbers: `email-12` is the address of row 12."""
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for name, value in typed.items():
        if named := _CORRECTION.fullmatch(name):
            found[int(named[2])][named[1]] = str(value)
    return dict(found)
