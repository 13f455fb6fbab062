"""The payment sandbox's own settings: nothing of the shop is loaded, not its models, nor its pages, nor its secrets."""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit


def text(name: str, default: str = "") -> str:
    return os.environ.get(f"PUPITRE_{name}", default).strip()


HERE = Path(__file__).resolve().parent

SITE_URL = text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
SANDBOX_URL = text("SANDBOX_URL", "http://127.0.0.1:8001").rstrip("/")
SANDBOX_PASSWORD = text("SANDBOX_PASSWORD")
SANDBOX_FILE = "" if text("SANDBOX_MEMORY") == "1" else str(Path(text("DATA_DIR", "var")) / "sandbox.sqlite3")

STRIPE_SECRET_KEY = text("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = next(iter(text("STRIPE_WEBHOOK_SECRETS").replace(",", " ").split()), "")
PAYPAL_CLIENT_ID = text("PAYPAL_CLIENT_ID")
PAYPAL_CLIENT_SECRET = text("PAYPAL_CLIENT_SECRET")
PAYPAL_WEBHOOK_ID = text("PAYPAL_WEBHOOK_ID")

DEBUG = False
SECRET_KEY = secrets.token_urlsafe(32)  # signs nothing here
# Another name resolving to this machine would let a foreign web page read and pay (DNS rebinding).
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", urlsplit(SANDBOX_URL).hostname or "localhost"]
INSTALLED_APPS: list[str] = []
MIDDLEWARE = ["pupitre.sandbox.guards.Guard"]
ROOT_URLCONF = "pupitre.sandbox.urls"
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [HERE / "templates"], "OPTIONS": {}},
]
USE_I18N = False
USE_TZ = True
TIME_ZONE = "America/Toronto"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": text("LOG_LEVEL", "INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}
