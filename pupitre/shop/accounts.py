"""What signing in means here: our words for the library’s, letters as rows, and a cart that follows its owner."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import lazystr
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.text import format_lazy
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from pupitre import clock
from pupitre.actions import carts, devices, people, throttles
from pupitre.browsing import SIGNED_IN_WITH
from pupitre.mail import letters
from pupitre.models import User
from pupitre.shop import basket
from pupitre.shop.addresses import client_address
from pupitre.shop.landing import first_page

# The library’s letters, by the names of ours. The one it has for a pending address given up brings no news.
NEWS = {
    "account/email/email_confirmation": "verify_address",
    "account/email/email_confirmation_signup": "verify_address",
    "account/email/account_already_exists": "address_known",
    "account/email/password_reset_key": "reset_password",
    "account/email/password_reset": "password_changed",
    "account/email/password_changed": "password_changed",
    "account/email/password_set": "password_changed",
    "account/email/email_changed": "address_changed",
    "mfa/email/totp_activated": "two_steps_set_up",
    "mfa/email/totp_deactivated": "two_steps_removed",
    "mfa/email/webauthn_added": "passkey_added",
    "mfa/email/webauthn_removed": "passkey_removed",
    "mfa/email/recovery_codes_generated": "recovery_codes_made",
}
NO_NEWS = "account/email/email_deleted"

TRIES_WINDOW = timedelta(minutes=settings.THROTTLE_MINUTES)
WRONG_PASSWORDS_PER_ADDRESS = 5
WRONG_PASSWORDS_PER_PLACE = 30

WAIT = lazystr(throttles.TooManyAttempts(n=settings.THROTTLE_MINUTES))
WRONG_PASSWORD = _("The password is incorrect. Check it, then try again.")
WEAK_PASSWORDS = {
    "password_too_short": format_lazy(
        _("This password is too short: it needs at least {n} characters."), n=settings.PASSWORD_LENGTH
    ),
    "password_too_common": _("This password is too common. Choose a phrase that only you would think of."),
    "password_too_similar": _("This password is too close to your name or your email address. Choose another one."),
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _("The email address or password is incorrect. Check both, then try again."),
        "enter_current_password": WRONG_PASSWORD,
        "incorrect_password": WRONG_PASSWORD,
        "duplicate_email": _("Your profile already uses this address."),
        "too_many_login_attempts": WAIT,
        "rate_limited": WAIT,
        "invalid_password_reset": _("This link is no longer valid. Ask for a new one."),
    }

    # --- letters ---------------------------------------------------------------------------------------------------
    @transaction.atomic
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Ask for a letter. Its secret link is made when it is posted: no row ever holds one."""
        if template_prefix == NO_NEWS:
            return
        user = context.get("user") or User.objects.filter(email=email.lower()).first()
        letters.account_news(
            NEWS[template_prefix],
            email,
            user=user,
            key=uuid4().hex,
            language=user.language if user else reader_language(),
        )

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        super().send_notification_mail(template_prefix, user, (context or {}) | {"user": user}, email)

    def send_password_reset_mail(self, user: User, email: str, context: dict[str, Any]) -> None:
        """Only to the profile’s own address: one that waits to be confirmed may be somebody else’s."""
        if email.lower() == user.email:
            super().send_password_reset_mail(user, email, context)

    # --- the way in ------------------------------------------------------------------------------------------------
    def login(self, request: HttpRequest, user: User) -> None:
        """Sign in, and bring along the cart filled before."""
        anonymous = basket.of(request)
        super().login(request, user)
        request.session[SIGNED_IN_WITH] = {
            "agent": request.headers.get("User-Agent", "")[:200],
            "address": client_address(request),
            "since": clock.now().isoformat(),
        }
        carts.adopt(anonymous, user)
        request.session.pop("cart", None)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """To the review when there is something to buy, otherwise to the first page where one can work."""
        if basket.count(request) and request.user.may["buy"]:
            return reverse("shop:review")
        if request.user.membership is None and request.user.is_superuser:
            return reverse("admin:index")
        return first_page(request.user.membership)

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return self.get_login_redirect_url(request)

    def is_safe_url(self, url: str) -> bool:
        """Whether `next` stays on this very site."""
        request = self.request
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={request.get_host()}, require_https=request.is_secure()
        )

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def is_ajax(self, request: HttpRequest) -> bool:
        """Never: these pages speak HTML only."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse before the password is looked at, when too many were wrong: for this address, or from this place."""
        try:
            throttles.refuse_if_exhausted("sign_in", credentials["email"], limit=WRONG_PASSWORDS_PER_ADDRESS)
            throttles.refuse_if_exhausted("sign_in_from", client_address(request), limit=WRONG_PASSWORDS_PER_PLACE)
        except throttles.TooManyAttempts as refusal:
            raise ValidationError(wait_or_reset(refusal.facts["n"]), code="too_many_login_attempts") from None

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        throttles.note("sign_in", credentials["email"], window=TRIES_WINDOW)
        throttles.note("sign_in_from", client_address(request), window=TRIES_WINDOW)

    # --- addresses and passwords -----------------------------------------------------------------------------------
    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Make an address the profile’s own, unless another profile took it while the letter waited. The person’s own
        registrations follow.
        """
        user, former = email_address.user, email_address.user.email
        try:
            with transaction.atomic():
                is_confirmed = super().confirm_email(request, email_address)
                if is_confirmed and user.email != former:
                    people.follow_account(user, former)
                return is_confirmed
        except IntegrityError:
            self.add_message(
                request,
                messages.ERROR,
                "account/messages/email_confirmation_failed.txt",
                {"email": email_address.email},
            )
            return False

    def clean_password(self, password: str, user: User | None = None) -> str:
        """Refuse a weak password, in our words."""
        try:
            return super().clean_password(password, user)
        except ValidationError as refusal:
            reasons = [WEAK_PASSWORDS.get(reason.code, reason) for reason in refusal.error_list]
            raise ValidationError(reasons) from None

    def set_password(self, user: User, password: str) -> None:
        """A new password may be tried at once, even after many wrong ones. It signs the other browsers out."""
        super().set_password(user, password)
        throttles.forget("sign_in", user.email)
        devices.sign_out(user, key=self.request.session.session_key or "")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("shop:account")


def wait_or_reset(minutes: int) -> str:
    """What is said to someone who tried too often."""
    return ngettext(
        "Too many attempts. Try again in {n} minute or reset your password.",
        "Too many attempts. Try again in {n} minutes or reset your password.",
        minutes,
    ).format(n=minutes)


def reader_language() -> str:
    """The language of this page, as profiles keep it."""
    return "en" if (get_language() or "").startswith("en") else "fr-ca"
