"""What people sign in with besides their password."""

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext_lazy as _


class SecondStep(Authenticator):
    """A passkey, an application that gives codes, or recovery codes: what allauth keeps, under our name."""

    class Meta:
        proxy = True
        verbose_name = _("second step")
        verbose_name_plural = _("second steps")
