"""Signing in and out, opening a profile, passwords and addresses: the library’s pages, with our manners.

A form that says no answers 422, and 429 when it was tried too often. Nothing on these pages tells whether an address
has a profile.
"""

from typing import Any

from allauth.account import views as library
from allauth.account.internal.flows.email_verification import send_verification_email_at_login
from allauth.account.stages import EmailVerificationStage, LoginStageController
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from pupitre.shop.accounts import wait_or_reset

TOO_MANY = {"too_many_login_attempts", "rate_limited"}  # what the library answers to one attempt more


class SaysNoKindly:
    """What was typed stays, and the answer says that it was refused."""

    def form_invalid(self, form: BaseForm) -> HttpResponse:
        response = super().form_invalid(form)  # type: ignore[misc]
        refusals = {refusal.code for refusals in form.errors.as_data().values() for refusal in refusals}
        response.status_code = 422 if refusals.isdisjoint(TOO_MANY) else 429
        return response


class SignIn(SaysNoKindly, library.LoginView):
    pass


class SignUp(SaysNoKindly, library.SignupView):
    @transaction.atomic
    def form_valid(self, form: BaseForm) -> HttpResponse:
        """The profile and the letter that asks to confirm its address are written together."""
        return super().form_valid(form)


class ForgottenPassword(SaysNoKindly, library.PasswordResetView):
    pass


class NewPassword(SaysNoKindly, library.PasswordResetFromKeyView):
    """Behind the link of the letter: the library moves its key from the address to the session first."""

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> HttpResponse:
        if context.get("token_fail"):
            response_kwargs["status"] = 410
        return super().render_to_response(context, **response_kwargs)


class PasswordChange(SaysNoKindly, library.PasswordChangeView):
    pass


class FirstPassword(SaysNoKindly, library.PasswordSetView):
    pass


class AddressChange(SaysNoKindly, library.EmailView):
    pass


class PasswordAgain(SaysNoKindly, library.ReauthenticateView):
    pass


class VerificationSent(library.EmailVerificationSentView):
    """« Check your email »: the link was sent, and can be sent again."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stage = self._pending()
        address = (stage.login.email or stage.login.user.email) if stage else ""
        days = settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS
        return super().get_context_data(**kwargs) | {"address": address, "hours": days * 24}

    def post(self, request: HttpRequest) -> HttpResponse:
        stage = self._pending()
        if stage is None:
            return redirect("account_login")
        if send_verification_email_at_login(request, stage.login):
            messages.success(request, _("We have just sent you a new link."))
        else:
            messages.warning(request, _("A link was sent a moment ago. Wait a few minutes before asking for another."))
        return redirect("account_email_verification_sent")

    def _pending(self) -> EmailVerificationStage | None:
        """The sign-in or sign-up that waits in this browser for its address to be confirmed, known or not."""
        return LoginStageController.enter(self.request, EmailVerificationStage.key)


class AddressConfirmation(library.ConfirmEmailView):
    """Behind the link of the letter. Opening it changes nothing; its button does."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return super().post(*args, **kwargs)
        except Http404:
            self.object = None
            return self.render_to_response(self.get_context_data())

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> HttpResponse:
        if not context["can_confirm"]:
            response_kwargs["status"] = 410
        return super().render_to_response(context, **response_kwargs)


def too_many_attempts(request: HttpRequest) -> HttpResponse:
    """Tried too often from one place, whatever the form."""
    reason = wait_or_reset(settings.THROTTLE_MINUTES)
    return render(request, "account/too_many_attempts.html", {"reason": reason}, status=429)
