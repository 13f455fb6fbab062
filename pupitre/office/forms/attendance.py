"""Who was there: an answer for each person registered."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms import BoundField

from pupitre.models import Assignment, Attendance


class AttendanceForm(forms.Form):
    """One row for each registration: present, absent, or left as it is."""

    use_required_attribute = False

    def __init__(self, *args: Any, registered: Iterable[Assignment], everyone_present: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.registered = list(registered)
        for each in self.registered:
            self.fields[_name(each)] = forms.ChoiceField(
                label=each.participant.name,
                choices=Attendance.choices,
                required=False,
                initial=Attendance.PRESENT if everyone_present else each.attendance,
                widget=forms.RadioSelect,
            )

    @property
    def rows(self) -> list[tuple[Assignment, BoundField]]:
        return [(each, self[_name(each)]) for each in self.registered]

    @property
    def answers(self) -> dict[int, Attendance]:
        """What was said of each registration, by its number; nothing of those left empty."""
        said = {each.pk: self.cleaned_data.get(_name(each), "") for each in self.registered}
        return {number: Attendance(answer) for number, answer in said.items() if answer}


def _name(each: Assignment) -> str:
    return f"a{each.pk}"
