"""Who was there: an answer for each person registered."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from pupitre.models import Assignment, Attendance

TAKEN_BACK = ("none", _("Not noted"))


class AttendanceForm(forms.Form):
    """One row for each registration: present, absent, or left as it is. What was noted can be taken back, until it gave
    a certificate.
    """

    use_required_attribute = False

    def __init__(self, *args: Any, registered: Iterable[Assignment], everyone_present: bool = False, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.registered = list(registered)
        for each in self.registered:
            self.fields[_name(each)] = forms.ChoiceField(
                label=each.participant.name,
                choices=[*Attendance.choices, *([TAKEN_BACK] if _can_be_taken_back(each) else [])],
                required=False,
                initial=Attendance.PRESENT if everyone_present else each.attendance,
                widget=forms.RadioSelect,
            )

    @property
    def rows(self) -> list[tuple[Assignment, BoundField]]:
        return [(each, self[_name(each)]) for each in self.registered]

    @property
    def answers(self) -> dict[int, Attendance | None]:
        """What was said of each registration, by its number; nothing of those left empty."""
        said = {each.pk: self.cleaned_data.get(_name(each), "") for each in self.registered}
        taken_back = TAKEN_BACK[0]
        return {
            number: None if answer == taken_back else Attendance(answer) for number, answer in said.items() if answer
        }


def _can_be_taken_back(each: Assignment) -> bool:
    return bool(each.attendance) and not hasattr(each, "certificate")


def _name(each: Assignment) -> str:
    return f"a{each.pk}"
