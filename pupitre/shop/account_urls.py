"""Addresses of sign-in and of profiles, under the names that allauth knows them by."""

from allauth.account import views as library
from django.urls import path, re_path

from pupitre.shop.doors import confidential
from pupitre.shop.views import account, identification, two_steps

urlpatterns = [
    path("connexion/", identification.SignIn.as_view(), name="account_login"),
    path("connexion/mot-de-passe/", identification.PasswordAgain.as_view(), name="account_reauthenticate"),
    path("connexion/suspension/", library.account_inactive, name="account_inactive"),
    path("connexion/deux-etapes/", two_steps.SecondStep.as_view(), name="mfa_authenticate"),
    path("connexion/deux-etapes/confirmation/", two_steps.CodeAgain.as_view(), name="mfa_reauthenticate"),
    path("connexion/cle/", two_steps.PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("connexion/cle/confirmation/", two_steps.PasskeyAgain.as_view(), name="mfa_reauthenticate_webauthn"),
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
    path("compte/deux-etapes/", two_steps.Overview.as_view(), name="mfa_index"),
    path("compte/deux-etapes/application/", two_steps.ApplicationSetUp.as_view(), name="mfa_activate_totp"),
    path("compte/deux-etapes/application/retrait/", two_steps.ApplicationRemoval.as_view(), name="mfa_deactivate_totp"),
    path("compte/deux-etapes/codes/", confidential(two_steps.RecoveryCodes.as_view()), name="mfa_view_recovery_codes"),
    path(
        "compte/deux-etapes/codes/nouveaux/", two_steps.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"
    ),
    path(
        "compte/deux-etapes/codes.txt",
        confidential(two_steps.RecoveryCodesFile.as_view()),
        name="mfa_download_recovery_codes",
    ),
    path("compte/deux-etapes/cles/", two_steps.Overview.as_view(), name="mfa_list_webauthn"),
    path("compte/deux-etapes/cles/nouvelle/", two_steps.NewPasskey.as_view(), name="mfa_add_webauthn"),
    path("compte/deux-etapes/cles/<int:pk>/retrait/", two_steps.PasskeyRemoval.as_view(), name="mfa_remove_webauthn"),
    path("compte/appareils/", account.devices, name="account_devices"),
    path("compte/renseignements.json", account.my_data, name="account_data"),
]
