"""What is typed to open a profile, to sign in, and to change a password or an address."""

from typing import Any

from allauth.account import forms as library
from allauth.account.adapter import get_adapter
from allauth.account.utils import setup_user_email
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from pupitre.actions import carts, people
from pupitre.models import Membership, Right, User
from pupitre.models.people import READER_LANGUAGES
from pupitre.shop import basket
from pupitre.shop.accounts import reader_language
from pupitre.shop.forms import Form, Wording

LONGEST_ADDRESS = User._meta.get_field("email").max_length


class AddressField(forms.EmailField):
    """An e-mail address, trimmed and in lower case."""

    default_error_messages = {
        "required": _("Fill in this field."),
        "invalid": _("Enter a full email address, such as name@example.ca."),
        "max_length": _("Enter a full email address, such as name@example.ca."),
    }

    def __init__(self, label: str, *, autocomplete: str, **facts: Any):
        widget = forms.EmailInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, max_length=LONGEST_ADDRESS, widget=widget, **facts)

    def clean(self, value: Any) -> str:
        return super().clean(value).lower()


class NameField(forms.CharField):
    """A name on one line, whatever was pasted."""

    def __init__(self, label: str, *, autocomplete: str, max_length: int, **facts: Any):
        widget = forms.TextInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, max_length=max_length, widget=widget, **facts)

    def to_python(self, value: Any) -> str:
        return " ".join(super().to_python(value).split())


class PasswordField(forms.CharField):
    """A password as it was typed, spaces included."""

    default_error_messages = {"required": _("Fill in this field.")}

    def __init__(self, label: str, *, autocomplete: str, **facts: Any):
        widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
        super().__init__(label=label, strip=False, widget=widget, **facts)


class ChosenPasswordField(PasswordField):
    """A new password: long enough, not a common one, not close to its owner."""

    def __init__(self, label: str):
        hint = _("At least {n} characters. A phrase you can remember works well.")
        super().__init__(label, autocomplete="new-password", help_text=format_lazy(hint, n=settings.PASSWORD_LENGTH))
        self.user: User | None = None

    def clean(self, value: Any) -> str:
        return get_adapter().clean_password(super().clean(value), user=self.user)


class SignInForm(Wording, library.LoginForm):
    """The e-mail of the establishment and the password of its owner profile."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        hint = _("For example: info@example.ca")
        self.fields["login"] = AddressField(_("Establishment email address"), autocomplete="username", help_text=hint)
        self.fields["password"] = PasswordField(_("Password"), autocomplete="current-password")


class SignUpForm(Wording, library.SignupForm):
    """A new establishment and its owner."""

    establishment = NameField(_("Establishment name"), autocomplete="organization", max_length=160)
    first_name = NameField(_("Owner’s first name"), autocomplete="given-name", max_length=80)
    last_name = NameField(_("Owner’s last name"), autocomplete="family-name", max_length=80)
    field_order = ("establishment", "first_name", "last_name", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        hint = _("For example: info@example.ca")
        self.fields["email"] = AddressField(_("Establishment email address"), autocomplete="username", help_text=hint)
        self.fields["password1"] = ChosenPasswordField(_("Password"))

    def clean(self) -> dict[str, Any]:
        """Hash the password now: it takes long on purpose, and nothing may be locked meanwhile.

        It is done for a known address too, so that the time of the answer tells nothing.
        """
        typed = super().clean()
        if not self.errors:
            self.password_hash = make_password(typed["password1"])
        return typed

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Open the profile, unless its address is known: then a letter says so, and the page never."""
        if not self.account_already_exists:
            try:
                with transaction.atomic():
                    return self.save(request), None
            except IntegrityError:
                # The same form, sent twice at once: the second one finds the address taken.
                self.account_already_exists = True
        return super().try_save(request)

    def save(self, request: HttpRequest) -> User:
        typed = self.cleaned_data
        user = people.open_owner_profile(
            typed["email"],
            password_hash=self.password_hash,
            first_name=typed["first_name"],
            last_name=typed["last_name"],
            establishment=typed["establishment"],
            language=reader_language(),
        )
        setup_user_email(request, user, [])
        carts.copy(basket.of(request), user)
        return user


class ForgottenPasswordForm(Wording, library.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["email"] = AddressField(_("Establishment email address"), autocomplete="username")


class NewPasswordForm(Wording, library.ResetPasswordKeyForm):
    """Behind the link of a letter: the new password, once, since it can be shown."""

    password2 = None

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _ask_for_a_new_password(self)


class FirstPasswordForm(Wording, library.SetPasswordForm):
    """For a profile opened by someone else, which has no password yet."""

    password2 = None

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        _ask_for_a_new_password(self)


class ChangePasswordForm(Wording, library.ChangePasswordForm):
    password2 = None

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"] = PasswordField(_("Current password"), autocomplete="current-password")
        _ask_for_a_new_password(self)


class ChangeAddressForm(Wording, library.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        hint = _("We will send a link to this address. It replaces the current one once you confirm it.")
        self.fields["email"] = AddressField(_("New email address"), autocomplete="email", help_text=hint)


class PasswordAgainForm(Wording, library.ReauthenticateForm):
    """Asked again before an address changes: the browser may have been left open."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["password"] = PasswordField(_("Password"), autocomplete="current-password")


class ReminderOf(forms.ModelMultipleChoiceField):
    def label_from_instance(self, membership: Membership) -> str:
        return membership.establishment.name


class ProfileForm(Form):
    """How a user is called, and the language of their letters."""

    first_name = NameField(_("First name"), autocomplete="given-name", max_length=80)
    last_name = NameField(_("Last name"), autocomplete="family-name", max_length=80)
    language = forms.ChoiceField(label=_("Preferred language"), choices=READER_LANGUAGES, widget=forms.RadioSelect)


class ReminderChoice(Form):
    """The establishments whose free seats a user is reminded of, among those they can assign for."""

    marks_optional = False

    establishments = ReminderOf(
        label=_("Remind me of free seats"),
        queryset=Membership.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The last call before a deadline always reaches the owners."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any):
        own = Membership.objects.who_may(Right.ASSIGN).filter(user=user).select_related("establishment").order_by("pk")
        kwargs["initial"] = {"establishments": [membership for membership in own if membership.gets_reminders]}
        super().__init__(*args, **kwargs)
        self.fields["establishments"].queryset = own  # type: ignore[attr-defined]


def _ask_for_a_new_password(form: Any) -> None:
    form.fields["password1"] = ChosenPasswordField(_("New password"))
    form.fields["password1"].user = form.user
