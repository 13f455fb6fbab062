"""An order that is not paid yet: what its page says, to its owner and to whoever pays it through a link."""

from django.http import HttpRequest

from pupitre import gateways
from pupitre.actions import payments
from pupitre.models import Order, Payment

# The page that waits for a confirmation asks again every two seconds, for half a minute.
POLLS = 15
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
    would be taken again; `short`: some of them are gone; `over`: one of its sessions is no longer sold.
    """
    if any(_is_undecided(attempt) for attempt in shown.payments.all()):
        return "pending"
    if not shown.is_awaiting_payment:
        obstacles = {line.obstacle for line in shown.lines.all()} - {""}
        if obstacles & NO_LONGER_SOLD:
            return "over"
        return "short" if obstacles else "expired"
    if shown.payment and shown.payment.failure_code:
        return "declined"
    return "interrupted" if "interrompu" in request.GET else "unpaid"


def next_poll(request: HttpRequest) -> int:
    """The number of the next look at a payment being confirmed; 0 after the last."""
    polls = min(_whole(request.GET.get("n", "")), POLLS)
    return polls + 1 if polls < POLLS else 0


def _is_undecided(attempt: Payment) -> bool:
    is_at_the_bank = attempt.status in (Payment.Status.CAPTURING, Payment.Status.PROCESSING)
    return is_at_the_bank or attempt.disposition == Payment.Disposition.REVIEW


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
