"""An order that is not paid yet: what its page says, to its owner and to whoever pays it through a link."""

from django.http import HttpRequest

from pupitre import gateways
from pupitre.actions import payments, supplements
from pupitre.models import Order, Payment

# The page that waits for a confirmation asks again every two seconds, for half a minute.
POLLS = 15
# How the buyer left the payment service, as the address they come back to says it.
RETURNED, STOPPED = "retour", "interrompu"
NO_LONGER_SOLD = {"cancelled", "started", "closed"}


def ask_the_service(shown: Order) -> bool:
    """Learn how the attempt under way stands. False when the service does not answer: it may be paid, or not."""
    latest = shown.payment
    if not shown.is_awaiting_payment or latest is None or not latest.is_live:
        return True
    try:
        shown.status = payments.settle(latest).order.status
    except gateways.GatewayError as trouble:
        payments.log.warning("payment %s could not be read: %s", latest.uuid, trouble.code)
        return False
    return True


def face(request: HttpRequest, shown: Order) -> str:
    """Which of its faces an unpaid order shows.

    `pending`: the money may be on its way. `declined`, `interrupted`, `unpaid`: its seats are held. `expired`: they
    would be taken again; `short`: some of them are gone; `over`: one of its sessions is no longer sold, or the seats
    that it moves no longer can.
    """
    if any(_is_undecided(attempt) for attempt in shown.payments.all()):
        return "pending"
    if not shown.is_awaiting_payment:
        if shown.is_supplement and supplements.refusal(shown):
            return "over"
        obstacles = {line.obstacle for line in shown.lines.all()} - {""}
        if obstacles & NO_LONGER_SOLD:
            return "over"
        return "short" if obstacles else "expired"
    if shown.payment and shown.payment.failure_code:
        return "declined"
    if RETURNED in request.GET and shown.payment and shown.payment.is_live:
        return "pending"  # the service says that nothing is paid yet, and its page says that it is
    return "interrupted" if STOPPED in request.GET else "unpaid"


def word_of_return(request: HttpRequest) -> str:
    """What the address the buyer comes back to says of how they left the service."""
    return next((f"?{word}" for word in (RETURNED, STOPPED) if word in request.GET), "")


def next_look(request: HttpRequest) -> str:
    """The query of the next look at a payment being confirmed; empty after the last."""
    looks = _whole(request.GET.get("n", ""))
    if looks >= POLLS:
        return ""
    return f"?{RETURNED}&n={looks + 1}" if RETURNED in request.GET else f"?n={looks + 1}"


def _is_undecided(attempt: Payment) -> bool:
    is_at_the_bank = attempt.status in (Payment.Status.CAPTURING, Payment.Status.PROCESSING)
    return is_at_the_bank or attempt.disposition == Payment.Disposition.REVIEW


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
