"""What every page of the shop can show."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse, translate_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from pupitre.models import Provider
from pupitre.shop import basket


def shop(request: HttpRequest) -> dict:
    """The provider, the reader's language and the same page in the other one, the cart's count."""
    language = "en" if (get_language() or "").startswith("en") else "fr-ca"
    other = "fr-ca" if language == "en" else "en"
    return {
        "provider": SimpleLazyObject(lambda: provider_of(request)),
        "language": language,
        "html_lang": "en-CA" if language == "en" else "fr-CA",
        "other_language": other,
        "other_language_url": _same_page_in(request, other),
        "theme": theme if (theme := request.COOKIES.get("theme", "")) in ("light", "dark") else "",
        "cart_count": cache(lambda: basket.count(request)),  # asked for once, and only by pages that show it
        "establishment": SimpleLazyObject(lambda: getattr(request.user, "establishment", None)),
        "payment_mode": settings.PAYMENT_MODE,
        "demo_banner": settings.PAYMENT_MODE != "live",
        "demo": settings.DEMO,
    }


def provider_of(request: HttpRequest) -> Provider:
    """The provider, asked for once a request."""
    if not hasattr(request, "provider"):
        request.provider = Provider.current()
    return request.provider


def _same_page_in(request: HttpRequest, language: str) -> str:
    """This page in the other language; its front page where this address has no other language."""
    try:
        resolve(request.path_info)
    except Resolver404:
        return translate_url(reverse("shop:catalogue"), language)
    return translate_url(request.get_full_path(), language)
