"""The terms of sale: the version in force, and the older ones that orders were placed under."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from pupitre.models import TermsVersion
from pupitre.shop.context import provider_of


@require_safe
def current(request: HttpRequest) -> HttpResponse:
    if provider_of(request).terms_id is None:
        raise Http404
    return _page(request, provider_of(request).terms)


@require_safe
def version(request: HttpRequest, number: int) -> HttpResponse:
    """A published version; the provider's people may look at one that is not, before they publish it."""
    known = TermsVersion.objects.all()
    if not (request.user.is_authenticated and request.user.is_staff):
        known = known.exclude(published_at=None)
    return _page(request, get_object_or_404(known, number=number))


def _page(request: HttpRequest, shown: TermsVersion) -> HttpResponse:
    published = TermsVersion.objects.exclude(published_at=None).defer("text_fr", "text_en")
    context = {
        "version": shown,
        "others": [other for other in published if other.pk != shown.pk],
        "is_in_force": shown.pk == provider_of(request).terms_id,
    }
    return render(request, "shop/terms.html", context)
