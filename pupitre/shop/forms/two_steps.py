"""What is typed, or given by a key, as the second step of signing in."""

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.recovery_codes import forms as recovery_codes
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.utils.translation import gettext_lazy as _

from pupitre.shop.forms import Wording


class OneTimeCodeField(forms.CharField):
    """Six digits of an application, or a recovery code; spaces and dashes are how people group them."""

    default_error_messages = {"required": _("Fill in this field.")}

    def __init__(self, **facts: Any):
        widget = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
        super().__init__(label=_("Code"), max_length=20, widget=widget, **facts)

    def to_python(self, value: Any) -> str:
        return "".join(character for character in super().to_python(value) if character.isalnum())


class CodeForm(Wording, base.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["code"] = OneTimeCodeField(help_text=_("Six digits from your application, or a recovery code."))


class CodeAgainForm(Wording, base.ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["code"] = OneTimeCodeField(help_text=_("Six digits from your application, or a recovery code."))


class FirstCodeForm(Wording, totp.ActivateTOTPForm):
    """Shows that the application makes the codes we expect."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["code"] = OneTimeCodeField(help_text=_("The six digits that the application shows now."))


class NoMoreCodesForm(Wording, totp.DeactivateTOTPForm):
    pass


class NewRecoveryCodesForm(Wording, recovery_codes.GenerateRecoveryCodesForm):
    pass


class NewPasskeyForm(Wording, webauthn.AddWebAuthnForm):
    """A passkey made by a phone, a computer or a key: it signs in by itself, so the library’s choice is made here."""

    name = forms.CharField(label=_("Name of the passkey"), required=False, max_length=60)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        del self.fields["passwordless"]

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except (AttributeError, KeyError, TypeError, ValueError):
            raise get_adapter().validation_error("incorrect_code") from None


class ShowsAPasskey(Wording):
    """What a browser says of a passkey. The library checks its signature, not its shape: nonsense is refused here."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (AttributeError, KeyError, TypeError, ValueError):
            raise get_adapter().validation_error("incorrect_code") from None


class PasskeyForm(ShowsAPasskey, webauthn.AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(ShowsAPasskey, webauthn.ReauthenticateWebAuthnForm):
    pass


class PasskeySignInForm(ShowsAPasskey, webauthn.LoginWebAuthnForm):
    pass
