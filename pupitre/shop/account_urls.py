"""Addresses of sign-in and of profiles, under the names that allauth knows them by."""

from allauth.account import views as library
from django.urls import path, re_path

from pupitre.shop.doors import confidential
from pupitre.shop.views import identification

urlpatterns = [
    path("connexion/", identification.SignIn.as_view(), name="account_login"),
    path("connexion/mot-de-passe/", identification.PasswordAgain.as_view(), name="account_reauthenticate"),
    path("connexion/suspension/", library.account_inactive, name="account_inactive"),
    path("deconnexion/", library.logout, name="account_logout"),
    path("inscription/", identification.SignUp.as_view(), name="account_signup"),
    path(
        "courriel/confirmation/",
        identification.VerificationSent.as_view(),
        name="account_email_verification_sent",
    ),
    re_path(
        r"^courriel/confirmation/(?P<key>[-:\w]+)/$",
        confidential(identification.AddressConfirmation.as_view()),
        name="account_confirm_email",
    ),
    path("mot-de-passe/oubli/", identification.ForgottenPassword.as_view(), name="account_reset_password"),
    path("mot-de-passe/oubli/envoye/", library.password_reset_done, name="account_reset_password_done"),
    path("mot-de-passe/oubli/fait/", library.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^mot-de-passe/oubli/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-\w]+)/$",
        confidential(identification.NewPassword.as_view()),
        name="account_reset_password_from_key",
    ),
    path("compte/mot-de-passe/", identification.PasswordChange.as_view(), name="account_change_password"),
    path("compte/mot-de-passe/premier/", identification.FirstPassword.as_view(), name="account_set_password"),
    path("compte/courriel/", identification.AddressChange.as_view(), name="account_email"),
]
