"""Every setting of an installation: one variable a line, read from the environment, with a default for a laptop.

Each variable is explained in docs/guide/settings.md; a test fails when one is missing there.
"""

import os
import secrets
from pathlib import Path

import dj_database_url

from pupitre import kept_webhooks


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def number(name: str, default: int) -> int:
    return int(text(name) or default)


def switch(name: str, default: bool = False) -> bool:
    return (text(name) or str(default)).lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    return [word for word in text(name, default).replace(",", " ").split() if word]


def _kept_secret(name: str) -> str:
    """A secret given by the environment or, on a laptop, made once and kept beside the data."""
    given = text(f"PUPITRE_{name}")
    if given or PAYMENT_MODE == "live":
        return given
    kept = DATA_DIR / name.lower()
    if not kept.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(48))
    return kept.read_text()


def _kept_webhooks(means: str) -> list[kept_webhooks.KeptWebhook]:
    """What `pupitre payments setup` made for this payment mode; the environment wins over it."""
    return [kept for kept in kept_webhooks.read(DATA_DIR) if (kept.means, kept.mode) == (means, PAYMENT_MODE)]


PACKAGE_DIR = Path(__file__).resolve().parent

# --- this installation -------------------------------------------------------------------------------------------
DEBUG = switch("PUPITRE_DEBUG")
DEMO = switch("PUPITRE_DEMO")
DATA_DIR = Path(text("PUPITRE_DATA_DIR", "var")).resolve()
SITE_URL = text("PUPITRE_SITE_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = words("PUPITRE_ALLOWED_HOSTS", "127.0.0.1 localhost [::1]")
BEHIND_TLS_PROXY = switch("PUPITRE_BEHIND_TLS_PROXY")
TRUSTED_PROXIES = number("PUPITRE_TRUSTED_PROXIES", 0)
WEB_PROCESSES = number("PUPITRE_WEB_PROCESSES", 2)  # PostgreSQL only: SQLite takes one
WEB_THREADS = number("PUPITRE_WEB_THREADS", 8)  # no more than connections in the pool, or requests wait for one
OFFICE_TWO_STEPS = switch("PUPITRE_OFFICE_TWO_STEPS", True)

# --- payments: `live` takes money, `test` talks to the services' test accounts, `sandbox` to the one shipped here ---
PAYMENT_MODE = text("PUPITRE_PAYMENT_MODE", "sandbox")
STRIPE_API_BASE = text("PUPITRE_STRIPE_API_BASE", "https://api.stripe.com")
STRIPE_SECRET_KEY = text("PUPITRE_STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRETS = words("PUPITRE_STRIPE_WEBHOOK_SECRETS") or [kept.secret for kept in _kept_webhooks("stripe")]
PAYPAL_API_BASE = text("PUPITRE_PAYPAL_API_BASE", "https://api-m.paypal.com")
PAYPAL_CLIENT_ID = text("PUPITRE_PAYPAL_CLIENT_ID")
PAYPAL_CLIENT_SECRET = text("PUPITRE_PAYPAL_CLIENT_SECRET")
PAYPAL_WEBHOOK_ID = text("PUPITRE_PAYPAL_WEBHOOK_ID") or ", ".join(kept.id for kept in _kept_webhooks("paypal"))
SANDBOX_URL = text("PUPITRE_SANDBOX_URL", "http://127.0.0.1:8001").rstrip("/")
HOLD_MINUTES = number("PUPITRE_HOLD_MINUTES", 30)
HOLD_LIMIT_MINUTES = number("PUPITRE_HOLD_LIMIT_MINUTES", 120)
OFFER_HOURS = number("PUPITRE_OFFER_HOURS", 24)

# --- secrets -------------------------------------------------------------------------------------------------------
SECRET_KEY = _kept_secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = words("PUPITRE_SECRET_KEY_FALLBACKS")
CODE_KEY = _kept_secret("CODE_KEY")

# --- database ------------------------------------------------------------------------------------------------------
DATABASE_URL = text("DATABASE_URL", f"sqlite:///{DATA_DIR / 'pupitre.sqlite3'}")
DATABASE_POOL_SIZE = number("PUPITRE_DATABASE_POOL_SIZE", 8)

_database = dj_database_url.parse(DATABASE_URL)
if _database["ENGINE"] == "django.db.backends.sqlite3":
    _database |= {
        "ENGINE": "pupitre.db.sqlite",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
        "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
    }
else:
    _database |= {
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0,
        "OPTIONS": _database.get("OPTIONS", {})
        | {
            "pool": {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 10},
            "connect_timeout": 5,
            "tcp_user_timeout": 5000,
            "options": "-c lock_timeout=3000 -c statement_timeout=15000 -c idle_in_transaction_session_timeout=30000",
        },
    }
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "pupitre_cache"}}

# --- letters -------------------------------------------------------------------------------------------------------
EMAIL_HOST = text("PUPITRE_EMAIL_HOST", "127.0.0.1")
EMAIL_PORT = number("PUPITRE_EMAIL_PORT", 8025)
EMAIL_HOST_USER = text("PUPITRE_EMAIL_USER")
EMAIL_HOST_PASSWORD = text("PUPITRE_EMAIL_PASSWORD")
EMAIL_USE_TLS = switch("PUPITRE_EMAIL_STARTTLS")
EMAIL_USE_SSL = switch("PUPITRE_EMAIL_TLS")
EMAIL_ALLOWED = words("PUPITRE_EMAIL_ALLOWED")  # who gets letters where the payment mode is not `live`; * is everyone
EMAIL_TIMEOUT = number("PUPITRE_EMAIL_TIMEOUT", 15)
DEFAULT_FROM_EMAIL = text("PUPITRE_EMAIL_FROM", "inscriptions@exemple.ca")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Django --------------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "pupitre",
    "django.forms",
    "pupitre.office.apps.OfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # pages only: what is above it comes compressed already
    "pupitre.shop.middleware.ContentSecurityPolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pupitre.shop.middleware.Busy",
]

ROOT_URLCONF = "pupitre.urls"
WSGI_APPLICATION = "pupitre.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "pupitre.shop.context.shop",
            ],
            "builtins": ["django.templatetags.i18n", "pupitre.templatetags.pupitre"],
        },
    },
]
FORM_RENDERER = "pupitre.shop.forms.Renderer"

AUTH_USER_MODEL = "pupitre.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_LENGTH = 12
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "first_name", "last_name"]},
    },
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_LENGTH},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "shop:purchases"

ACCOUNT_ADAPTER = "pupitre.shop.accounts.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "pupitre.shop.forms.accounts.SignInForm",
    "signup": "pupitre.shop.forms.accounts.SignUpForm",
    "reset_password": "pupitre.shop.forms.accounts.ForgottenPasswordForm",
    "reset_password_from_key": "pupitre.shop.forms.accounts.NewPasswordForm",
    "change_password": "pupitre.shop.forms.accounts.ChangePasswordForm",
    "set_password": "pupitre.shop.forms.accounts.FirstPasswordForm",
    "add_email": "pupitre.shop.forms.accounts.ChangeAddressForm",
    "reauthenticate": "pupitre.shop.forms.accounts.PasswordAgainForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody makes us write to a stranger
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_LOGIN_TIMEOUT = 3600  # how long the browser that signed up may wait for its letter
ACCOUNT_LOGOUT_REDIRECT_URL = "shop:catalogue"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_CHANGE_EMAIL = True
PASSWORD_RESET_TIMEOUT = 3600
MFA_ADAPTER = "pupitre.shop.two_steps.TwoStepsAdapter"
MFA_FORMS = {
    "authenticate": "pupitre.shop.forms.two_steps.CodeForm",
    "authenticate_webauthn": "pupitre.shop.forms.two_steps.PasskeyForm",
    "reauthenticate": "pupitre.shop.forms.two_steps.CodeAgainForm",
    "reauthenticate_webauthn": "pupitre.shop.forms.two_steps.PasskeyAgainForm",
    "login_webauthn": "pupitre.shop.forms.two_steps.PasskeySignInForm",
    "activate_totp": "pupitre.shop.forms.two_steps.FirstCodeForm",
    "deactivate_totp": "pupitre.shop.forms.two_steps.NoMoreCodesForm",
    "generate_recovery_codes": "pupitre.shop.forms.two_steps.NewRecoveryCodesForm",
    "add_webauthn": "pupitre.shop.forms.two_steps.NewPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a code of the half-minute before or after: clocks differ, and people type slowly
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PAYMENT_MODE == "sandbox"  # browsers know no passkey without TLS but on localhost
THROTTLE_MINUTES = 5
ACCOUNT_RATE_LIMITS = {
    "login": None,  # counted by our own throttles: a sign-in that succeeds costs two questions instead of sixty
    "login_failed": f"5/{THROTTLE_MINUTES}m/key",  # wrong codes of the second step: passwords have throttles of ours
    "signup": f"30/{THROTTLE_MINUTES}m/ip",
    "confirm_email": "1/3m/key",
    "reset_password": f"30/{THROTTLE_MINUTES}m/ip,3/{THROTTLE_MINUTES}m/key",
    "reset_password_from_key": f"30/{THROTTLE_MINUTES}m/ip",
    "change_password": f"10/{THROTTLE_MINUTES}m/user",
    "manage_email": f"20/{THROTTLE_MINUTES}m/user",
    "reauthenticate": f"10/{THROTTLE_MINUTES}m/user",
}

LANGUAGE_CODE = "fr-ca"
LANGUAGES = [("fr-ca", "Français"), ("en", "English")]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
FORMAT_MODULE_PATH = ["pupitre.locale"]
TIME_ZONE = text("PUPITRE_TIME_ZONE", "America/Toronto")
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(text("PUPITRE_STATIC_DIR", str(DATA_DIR / "static")))
STATICFILES_DIRS = [PACKAGE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "pupitre.shop.static.Storage"},
}
MEDIA_URL = "images/"
MEDIA_ROOT = Path(text("PUPITRE_MEDIA_DIR", str(DATA_DIR / "media")))

SESSION_ENGINE = "pupitre.browsing"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "pupitre.shop.views.errors.expired_form"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
# A pasted list is refused by its reader, with a sentence, before it is refused here without one.
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    CSRF_TRUSTED_ORIGINS = [SITE_URL]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"no addresses": {"()": "pupitre.logs.WithoutAddresses"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["no addresses"]}},
    "root": {"handlers": ["console"], "level": text("PUPITRE_LOG_LEVEL", "INFO")},
    "loggers": {name: {"level": "WARNING"} for name in ("httpx", "pikepdf", "stripe")},
}
