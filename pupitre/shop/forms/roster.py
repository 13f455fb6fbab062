"""Keeping the establishment's list: find people, put several in a group or a department, make one record of two."""

from typing import Any

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from pupitre.actions.people import Newcomer
from pupitre.models import Establishment, Participant, PeopleGroup
from pupitre.queries import people as roster
from pupitre.shop.forms import Form
from pupitre.shop.forms.people import ListSearch, NameField, as_typed

TOO_LONG = {"max_length": _("This is too long. Shorten it.")}


class ListFilters(ListSearch):
    """Who is shown of the list: by name, by department, by group. What makes no sense filters nothing."""

    service = forms.ChoiceField(label=_("Department"), required=False)
    groupe = forms.ChoiceField(label=_("Group"), required=False)

    def __init__(self, *args: Any, establishment: Establishment, is_archive: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.groups = {group.code: group for group in roster.groups(establishment)}
        counted = roster.departments(establishment, is_archive=is_archive)
        departments = [(name, f"{name} ({count})") for name, count in counted]
        named = [(code, f"{group.name} ({group.size})") for code, group in self.groups.items()]
        self.fields["service"].choices = [("", _("All departments")), *departments]  # type: ignore[attr-defined]
        self.fields["groupe"].choices = [("", _("All groups")), *named]  # type: ignore[attr-defined]

    @property
    def department(self) -> str:
        self.is_valid()
        return self.cleaned_data.get("service", "")

    @property
    def group(self) -> PeopleGroup | None:
        self.is_valid()
        return self.groups.get(self.cleaned_data.get("groupe", ""))

    @property
    def is_filtering(self) -> bool:
        return bool(self.text or self.department or self.group)


class SelectionForm(Form):
    """Several people of the list, and what to do with them: the button that was pressed says what."""

    marks_optional = False

    people = forms.ModelMultipleChoiceField(
        queryset=Participant.objects.none(),
        to_field_name="code",
        label=_("People"),
        error_messages={
            "required": _("Choose at least one person in the list."),
            "invalid_choice": _("Choose at least one person in the list."),
        },
    )
    department = NameField(label=_("Department"), required=False, error_messages=TOO_LONG)
    group = forms.ModelChoiceField(
        queryset=PeopleGroup.objects.none(),
        to_field_name="code",
        label=_("Group"),
        required=False,
        empty_label=_("Choose a group"),
    )

    def __init__(self, *args: Any, establishment: Establishment, **kwargs: Any):
        super().__init__(*args, **kwargs)
        listed, own = Participant.objects.of(establishment), PeopleGroup.objects.filter(establishment=establishment)
        self.fields["people"].queryset = listed.current()  # type: ignore[attr-defined]
        self.fields["group"].queryset = own  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.deed in ("join", "leave") and not cleaned.get("group") and "group" not in self.errors:
            self.add_error("group", _("Choose a group."))
        return cleaned

    @property
    def deed(self) -> str:
        """The button that was pressed: department, join, leave or archive."""
        return self.data.get("deed", "")

    @property
    def chosen(self) -> list[str]:
        """The codes of whoever is ticked."""
        return self["people"].value() or []


class GroupForm(Form):
    """The name of a group."""

    name = NameField(
        label=_("Name of the group"),
        error_messages={"required": _("Enter the name of the group."), **TOO_LONG},
    )


class MergeForm(Form):
    """Two records of one person: which one is kept, and what it says."""

    marks_optional = False

    kept = forms.ChoiceField(
        label=_("Which record do you keep?"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose the record to keep."), "invalid_choice": _("Choose the record to keep.")},
    )

    def __init__(self, *args: Any, records: list[Participant], **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.records = records
        self.fields["kept"].choices = [  # type: ignore[attr-defined]
            (record.code, ", ".join(said for said in (record.name, record.email, record.department) if said))
            for record in records
        ]
        for name, label in FIELDS.items():
            values = {as_typed(record)[name] for record in records}
            if len(values) > 1:
                self.fields[name] = forms.ChoiceField(
                    label=label, choices=self._choices(name), widget=forms.RadioSelect
                )

    def _choices(self, name: str) -> list[tuple[str, Any]]:
        shown = {
            record.code: getattr(record, f"get_{name}_display", lambda r=record: as_typed(r)[name])()
            for record in self.records
        }
        return [(code, value or _("Leave empty")) for code, value in shown.items()]

    @cached_property
    def kept_and_other(self) -> tuple[Participant, Participant]:
        one, two = self.records
        return (one, two) if one.code == self.cleaned_data["kept"] else (two, one)

    @property
    def corrected(self) -> Newcomer:
        """What the record kept will say: of each field, the value of the record that was chosen."""
        by_code = {record.code: as_typed(record) for record in self.records}
        kept = self.kept_and_other[0].code
        return Newcomer(**{name: by_code[self.cleaned_data.get(name, kept)][name] for name in FIELDS})


FIELDS = {
    "first_name": _("First name"),
    "last_name": _("Last name"),
    "email": _("Email address"),
    "language": _("Preferred language"),
    "department": _("Department"),
}


class RegisterFilters(ListSearch):
    """Which civil year of the training register, and whose rows."""

    annee = forms.ChoiceField(label=_("Year"), required=False)

    def __init__(self, *args: Any, years: list[int], **kwargs: Any):
        super().__init__(*args, **kwargs)
        shown = [(str(year), str(year)) for year in years]
        self.fields["annee"].choices = [*shown, ("toutes", _("All years"))]  # type: ignore[attr-defined]
