"""The second step of signing in: codes, passkeys, recovery codes. The library’s pages, with our manners."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.mfa.base import views as base
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth as passkeys
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator

from pupitre.shop.views.identification import SaysNoKindly

HERE = reverse_lazy("mfa_index")


class Overview(base.IndexView):
    """What protects the profile, and how to add to it."""


class SecondStep(SaysNoKindly, base.AuthenticateView):
    """Asked after the password, of those who set it up."""


class CodeAgain(SaysNoKindly, base.ReauthenticateView):
    pass


class ApplicationSetUp(SaysNoKindly, totp.ActivateTOTPView):
    pass


class ApplicationRemoval(SaysNoKindly, totp.DeactivateTOTPView):
    success_url = HERE


class RecoveryCodes(recovery_codes.ViewRecoveryCodesView):
    pass


class NewRecoveryCodes(SaysNoKindly, recovery_codes.GenerateRecoveryCodesView):
    pass


class RecoveryCodesFile(recovery_codes.DownloadRecoveryCodesView):
    pass


@method_decorator(reauthentication_required(app="allauth.mfa"), name="dispatch")
class NewPasskey(SaysNoKindly, webauthn.AddWebAuthnView):
    """A passkey that signs in by itself: the browser keeps who it is for, and asks its holder to be there."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        context["js_data"] = {"creation_options": passkeys.begin_registration(self.request.user, True)}
        return context


class PasskeyRemoval(webauthn.RemoveWebAuthnView):
    success_url = HERE


class PasskeyAgain(webauthn.ReauthenticateWebAuthnView):
    pass


class PasskeySignIn(webauthn.LoginWebAuthnView):
    """« Sign in with a passkey »: the page asks for the challenge when the button is pressed."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "application/json" not in request.headers.get("Accept", ""):
            return super().get(request, *args, **kwargs)
        return JsonResponse(passkeys.begin_authentication(user=None))
