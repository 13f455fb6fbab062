"""What the library of two-step sign-in is told about this shop."""

import base64
import hashlib

import segno
from allauth.account.adapter import get_adapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pupitre.models import Provider, User


class TwoStepsAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This code is not valid. Enter the code that the application shows now."),
        "cannot_generate_recovery_codes": gettext_lazy("Set up an application or a passkey first."),
        "unverified_email": gettext_lazy("Confirm your email address first."),
    }

    def get_totp_issuer(self) -> str:
        return Provider.current().name

    def build_totp_svg(self, url: str) -> str:
        return segno.make(url, error="m").svg_inline(scale=5, border=4, dark="#14213d", light="#fff")

    def encrypt(self, text: str) -> str:
        """A stolen copy of the database holds no secret that makes codes."""
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _keys().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return _("Passkey {n}").format(n=number)

    def send_notification_mail(self, *args, **kwargs) -> None:
        get_adapter().send_notification_mail(*args, **kwargs)

    def _get_site_name(self) -> str:
        return Provider.current().name


def _keys() -> MultiFernet:
    """Derived from the secret key, and from those it replaced."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(f"two-step-secrets:{secret}".encode()).digest() for secret in secrets]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
