"""Who takes a seat: someone of the establishment's list, or a new person."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from pupitre.actions.people import Newcomer
from pupitre.models import CourseSession, Establishment, Participant
from pupitre.models.people import READER_LANGUAGES
from pupitre.queries.people import with_need
from pupitre.shop.forms import Form
from pupitre.tables.names import on_one_line

PEOPLE_SHOWN = 50
ANOTHER_PERSON = "another"


class NameField(forms.CharField):
    """A name in any script, on one line, without the invisible characters that could turn a page or a letter around."""

    default_error_messages = {"max_length": _("This is too long to be a name. Shorten it.")}

    def __init__(self, *, max_length: int = 80, **kwargs: Any):
        super().__init__(max_length=max_length, **kwargs)
        self.widget.attrs.setdefault("autocomplete", "off")

    def to_python(self, value: Any) -> str:
        return on_one_line(super().to_python(value))


class PersonForm(Form):
    """A person's name, address and language. The address may be empty, or shared."""

    first_name = NameField(label=_("First name"), error_messages={"required": _("Enter the first name.")})
    last_name = NameField(label=_("Last name"), error_messages={"required": _("Enter the last name.")})
    email = forms.EmailField(
        label=_("Email address"),
        required=False,
        max_length=254,
        help_text=_("The registration confirmation will be sent to this address."),
        error_messages={"max_length": _("Enter a full email address, such as name@example.ca.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    language = forms.ChoiceField(label=_("Preferred language"), choices=READER_LANGUAGES, widget=forms.RadioSelect)
    department = NameField(
        label=_("Department"), required=False, error_messages={"max_length": _("This is too long. Shorten it.")}
    )

    def clean_email(self) -> str:
        return self.cleaned_data["email"].lower()

    @property
    def newcomer(self) -> Newcomer:
        told = ("first_name", "last_name", "email", "language", "department")
        return Newcomer(**{field: self.cleaned_data[field] for field in told if field in self.fields})


def as_typed(participant: Participant) -> dict[str, str]:
    """What a form about a person begins with."""
    return {
        "first_name": participant.first_name,
        "last_name": participant.last_name,
        "email": participant.email,
        "language": participant.language,
        "department": participant.department,
    }


class NewPersonForm(PersonForm):
    """A person to add, in as few fields as can be. When the address is on the list under another name, asks whether it
    is the same person.
    """

    def __init__(self, *args: Any, establishment: Establishment, **kwargs: Any):
        super().__init__(*args, **kwargs)
        del self.fields["department"]
        self.on_the_list = Participant.objects.of(establishment).current()
        self.recognised: Participant | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("email") and {"first_name", "last_name"} <= cleaned.keys():
            known = list(self.on_the_list.filter(email__iexact=cleaned["email"])[:5])
            if known:
                self._recognise(known, typed=f"{cleaned['first_name']} {cleaned['last_name']}")
        return cleaned

    @property
    def persons(self) -> list[Participant | Newcomer]:
        """The record to use, or else the person to add."""
        return [self.recognised or self.newcomer]

    @property
    def chosen(self) -> list[str]:
        """What tells this choice from another one."""
        return [str(value) for value in vars(self.newcomer).values()]

    def _recognise(self, known: list[Participant], typed: str) -> None:
        """The same name is the same person. Another name is asked about: an address may be shared."""
        self.recognised = next((person for person in known if person.name.casefold() == typed.casefold()), None)
        if self.recognised:
            return
        use = [(person.code, _("Use the record of: {name}").format(name=person.name)) for person in known]
        add = (ANOTHER_PERSON, _("Add another person: {name}").format(name=typed))
        self.fields["same_email"] = forms.ChoiceField(
            label=_("Who is it?"), widget=forms.RadioSelect, choices=[*use, add]
        )
        answer = self["same_email"].value()
        if answer not in dict([*use, add]):
            question = _("This address is already on the list under this name: {name}. Use that record?")
            self.add_error("same_email", question.format(name=", ".join(person.name for person in known)))
        self.recognised = next((person for person in known if person.code == answer), None)


class PeopleChoice(Form):
    """One or several people of the list, found by typing a part of their name.

    The list may hold thousands: the page shows those who answer the search, and always those already chosen.
    """

    marks_optional = False
    ticks = "checkbox"

    q = forms.CharField(
        label=_("Search the establishment list"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    people = forms.ModelMultipleChoiceField(
        label=_("Choose from the list"),
        queryset=Participant.objects.none(),
        to_field_name="code",
        error_messages={
            "required": _("Choose a person from the list."),
            "invalid_choice": _("Choose a person from the list."),
        },
    )

    def __init__(
        self,
        *args: Any,
        establishment: Establishment,
        session: CourseSession | None = None,
        is_searching: bool = False,
        **kwargs: Any,
    ):
        super().__init__(*args, **kwargs)
        self.session = session
        self.on_the_list = Participant.objects.of(establishment).current()
        self.fields["people"].queryset = self.on_the_list  # type: ignore[attr-defined]
        self.fields["people"].required = not is_searching

    @property
    def text(self) -> str:
        """What is looked for; nothing when it makes no sense."""
        self.is_valid()
        return self.cleaned_data.get("q", "") if self.is_bound else ""

    @property
    def persons(self) -> list[Participant]:
        return list(self.cleaned_data["people"])

    @property
    def chosen(self) -> list[str]:
        """The codes of whoever is ticked."""
        ticked = self["people"].value() or []
        return sorted(code for code in ticked if code.isalnum())

    @cached_property
    def shown(self) -> list[Participant]:
        """The people to show: those chosen, then those who answer the search."""
        codes = self.chosen
        chosen = list(self._told.filter(code__in=codes)) if codes else []
        return [*chosen, *(person for person in self._answering[:PEOPLE_SHOWN] if person.code not in codes)]

    @property
    def is_of_nobody(self) -> bool:
        """The establishment's list is still empty."""
        return not self.text and not self.shown

    @property
    def has_more(self) -> bool:
        return len(self._answering) > PEOPLE_SHOWN

    @cached_property
    def _answering(self) -> list[Participant]:
        """Whoever needs the course comes first, until a name is looked for."""
        found = self._told.matching(self.text)
        if self.session and not self.text:
            found = found.order_by("need", "expires_on", "folded", "pk")
        return list(found[: PEOPLE_SHOWN + 1])

    @property
    def _told(self) -> QuerySet[Participant]:
        """The people of the list, each with their need of the course when one is known."""
        return with_need(self.on_the_list, self.session) if self.session else self.on_the_list


class PersonChoice(PeopleChoice):
    """One person of the list, to take over a seat."""

    ticks = "radio"

    def clean_people(self) -> Any:
        people = self.cleaned_data["people"]
        if len(people) > 1:
            raise ValidationError(_("Choose one person only."))
        return people


class ListSearch(Form):
    """Looking someone up on the establishment's list."""

    marks_optional = False

    q = forms.CharField(
        label=_("Search the establishment list"),
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    @property
    def text(self) -> str:
        self.is_valid()
        return self.cleaned_data.get("q", "")
