"""Addresses: French at the root, English under /en/, and what has no language."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from django.views.static import serve

from pupitre.shop.views import components, payments

handler429 = "pupitre.shop.views.identification.too_many_attempts"

urlpatterns = [
    path("paiements/<slug:means>/avis/", payments.notice, name="payment_notice"),
    path("_courriels/", include("pupitre.shop.outbox_urls")),
    path("favicon.ico", RedirectView.as_view(url=f"{settings.STATIC_URL}img/favicon-32.png")),
    path("admin/", admin.site.urls),
    re_path(
        rf"^{settings.MEDIA_URL.lstrip('/')}(?P<path>courses/[\w.-]+)$", serve, {"document_root": settings.MEDIA_ROOT}
    ),
    *i18n_patterns(
        path("", include("pupitre.shop.account_urls")),
        path("", include(("pupitre.shop.urls", "shop"))),
        prefix_default_language=False,
    ),
]

if settings.DEBUG:
    urlpatterns += i18n_patterns(
        path("_composants/", components.components, name="components"),
        prefix_default_language=False,
    )
