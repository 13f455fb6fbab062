"""Where the payment services tell us that something happened."""

import logging

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pupitre import gateways
from pupitre.actions import events
from pupitre.models.payments import Means

log = logging.getLogger(__name__)


@csrf_exempt
@require_POST
def notice(request: HttpRequest, means: str) -> HttpResponse:
    """Check who signed the notice, keep it, answer at once. It is handled afterwards, by asking the service."""
    secrets = {Means.STRIPE: settings.STRIPE_WEBHOOK_SECRETS, Means.PAYPAL: settings.PAYPAL_WEBHOOK_ID}
    if not secrets.get(means):
        raise Http404
    try:
        event = gateways.connect(means).verify(request.headers, request.body)
    except gateways.BadSignature:
        log.warning("a %s notice that its service did not sign was refused", means)
        return HttpResponse(status=400)
    except gateways.GatewayError:
        return HttpResponse(status=503)
    kept = events.receive(means, event, request.body.decode())
    return HttpResponse(status=400 if kept.outcome == events.OTHER_MODE else 200)
