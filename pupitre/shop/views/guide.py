"""The illustrated guide."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from pupitre import guide as illustrated


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/guide.html", {"steps": illustrated.steps(get_language() or "fr-ca")})
