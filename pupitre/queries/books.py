"""Do the books agree? Counters with rows, money with seats: the auditor of a live database, and of the tests."""

from datetime import timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest

from pupitre import clock, codes
from pupitre.models import (
    Assignment,
    Attendance,
    Certificate,
    ClaimLink,
    CourseSession,
    Job,
    Letter,
    Order,
    OrderLine,
    Payment,
    ProviderEvent,
    Refund,
    Seat,
    SeatMove,
)
from pupitre.queries import board, debts, issued, moves, rebates, waitlist

# A payment service may be out of reach for hours; after a day a person must look.
A_LONG_HOLD = timedelta(days=1)
# A notice about nothing we know is tried for an hour.
A_LONG_WAIT = timedelta(hours=2)


def disagreements() -> list[str]:
    """Every row that contradicts another one, in a sentence that names it. None when the books are right."""
    found: list[str] = []
    for check in (
        _counters,
        _seats_of_paid_orders,
        _boards,
        _money_of_paid_orders,
        _refunds,
        _balance,
        _orders_letters,
        _assignments,
        _certificates,
        _access_codes,
        _claim_links,
        _orders_add_up,
        _holds,
        _notices,
        _jobs,
    ):
        found += check()
    found += issued.disagreements()
    found += debts.disagreements()
    found += rebates.disagreements()
    found += waitlist.disagreements()
    found += moves.disagreements()
    return found


def _counters() -> list[str]:
    """A session holds the seats that are in it, and those of orders that await their payment."""
    awaited = (
        OrderLine.objects.filter(session=OuterRef("pk"), order__status=Order.Status.AWAITING_PAYMENT)
        .order_by()
        .values("session")
        .annotate(total=Sum("quantity"))
        .values("total")
    )
    seated = (
        Seat.objects.filter(session=OuterRef("pk"), cancelled_at=None, line__order__status=Order.Status.PAID)
        .order_by()
        .values("session")
        .annotate(total=Count("pk"))
        .values("total")
    )
    wrong = CourseSession.objects.annotate(
        should_be=Coalesce(Subquery(awaited), 0) + Coalesce(Subquery(seated), 0)
    ).exclude(taken=F("should_be") + F("promised"))
    return [f"session {s.code}: {s.taken - s.promised} seats taken, orders hold {s.should_be}" for s in wrong]


def _seats_of_paid_orders() -> list[str]:
    """A paid line has its seats; one that pays what they cost more elsewhere has none: see `moves.disagreements`."""
    lines = OrderLine.objects.annotate(delivered=Count("seats")).select_related("order")
    moves_seats = Exists(SeatMove.objects.filter(order=OuterRef("order")))
    wrong = lines.filter(order__status=Order.Status.PAID).exclude(
        ~moves_seats & Q(delivered=F("quantity")) | moves_seats & Q(delivered=0)
    )
    early = lines.exclude(order__status=Order.Status.PAID).filter(delivered__gt=0)
    return [f"order {line.order}: {line.delivered} seats for {line.quantity} bought" for line in wrong] + [
        f"order {line.order}: {line.delivered} seats, and it is not paid" for line in early
    ]


def _boards() -> list[str]:
    """The sum that owners read on their seat board counts every seat they bought, and once."""
    bought = dict(Seat.objects.values_list("establishment").annotate(Count("pk")).order_by())
    counted = board.with_states(Seat.objects.all()).values_list("establishment", "standing").annotate(Count("pk"))
    shown: dict[int, list[tuple[str, int]]] = {}
    for establishment, standing, seats in counted.order_by():
        shown.setdefault(establishment, []).append((standing, seats))
    sums = {establishment: board.balance(counts).bought for establishment, counts in shown.items()}
    return [
        f"establishment {pk}: {sums.get(pk, 0)} seats on its board for {seats} bought"
        for pk, seats in bought.items()
        if sums.get(pk, 0) != seats
    ]


def _money_of_paid_orders() -> list[str]:
    orders = Order.objects.annotate(
        applied=Count("payments", filter=Q(payments__disposition=Payment.Disposition.APPLIED)),
        received=Coalesce(
            Sum("payments__amount_cents", filter=Q(payments__disposition=Payment.Disposition.APPLIED)), 0
        ),
    )
    unpaid = orders.filter(status=Order.Status.PAID, total_cents__gt=0).exclude(received=F("total_cents"))
    undelivered = orders.exclude(status=Order.Status.PAID).filter(applied__gt=0)
    kept = (
        Payment.objects.filter(disposition=Payment.Disposition.SURPLUS)
        .annotate(given_back=debts.GIVEN_BACK)
        .exclude(given_back=F("amount_cents"))
    )
    return (
        [f"order {o}: paid, {o.received} cents received of {o.total_cents}" for o in unpaid]
        + [f"order {o}: money received, nothing delivered" for o in undelivered]
        + [f"payment {p.uuid}: {p.amount_cents} cents too many, {p.given_back} given back" for p in kept]
    )


def _refunds() -> list[str]:
    """Neither what we ask for nor what goes back is more than a payment. The two may overlap: whoever gives money back
    at the service does not know what we are about to ask for, and the service refuses what is no longer there.
    """
    ours = ~Q(refunds__status__in=Refund.NOT_GIVEN_BACK) & ~Q(refunds__origin=Refund.Origin.DASHBOARD)
    gone = Q(refunds__status__in=[Refund.Status.SUBMITTED, Refund.Status.SUCCEEDED])
    sums = [Coalesce(Sum("refunds__amount_cents", filter=counted), 0) for counted in (ours, gone)]
    payments = Payment.objects.annotate(given_back=Greatest(*sums))
    too_generous = payments.filter(given_back__gt=F("amount_cents"))
    return [f"payment {p.uuid}: {p.given_back} cents given back of {p.amount_cents}" for p in too_generous]


def _balance() -> list[str]:
    """By the services' own books, refunds and disputes together never take out more than what a payment brought in."""
    lines = Payment.objects.annotate(
        left=Sum("balance_entries__gross_cents"), charges=Count("pk", filter=Q(balance_entries__kind="charge"))
    )
    wrong = lines.filter(left__lt=0, charges__gte=1)  # the line of the charge may come after the others
    return [f"payment {p.uuid}: {-p.left} cents more went out than came in" for p in wrong]


def _orders_letters() -> list[str]:
    told = Letter.objects.filter(kind="order_paid").values("order").annotate(n=Count("pk"))
    numbers = {row["order"]: row["n"] for row in told}
    paid = Order.objects.filter(status=Order.Status.PAID)
    return [f"order {o}: {numbers.get(o.pk, 0)} letters say it is paid" for o in paid if numbers.get(o.pk, 0) != 1]


def _assignments() -> list[str]:
    elsewhere = Assignment.objects.in_force().exclude(session=F("seat__session"))  # a seat may move after they leave
    foreign = Assignment.objects.exclude(participant__establishment=F("seat__establishment"))
    dead = Assignment.objects.in_force().filter(seat__cancelled_at__isnull=False)
    return (
        [f"registration {a.uuid}: its seat is in another session" for a in elsewhere]
        + [f"registration {a.uuid}: its holder is on another establishment’s list" for a in foreign]
        + [f"registration {a.uuid}: its seat is cancelled" for a in dead]
    )


def _certificates() -> list[str]:
    for_the_absent = Certificate.objects.valid().exclude(assignment__attendance=Attendance.PRESENT)
    left_behind = Assignment.objects.filter(participant__merged_into__isnull=False).select_related("participant")
    return [
        *(f"certificate {certificate.number}: its holder was not present" for certificate in for_the_absent),
        *(f"registration {each.pk}: held by a record that was merged, {each.participant.code}" for each in left_behind),
    ]


def _access_codes() -> list[str]:
    return [
        f"registration {a.uuid}: its access code does not open it"
        for a in Assignment.objects.in_force().only("uuid", "code_fingerprint").iterator()
        if a.code_fingerprint != codes.fingerprint(codes.access_code(str(a.uuid)))
    ]


def _claim_links() -> list[str]:
    holding = Count("claims", filter=Q(claims__assignment__isnull=False, claims__assignment__released_at=None))
    wrong = ClaimLink.objects.annotate(held=holding).exclude(taken=F("held"))
    return [f"link {link.code}: {link.taken} seats taken, {link.held} held through it" for link in wrong]


def _orders_add_up() -> list[str]:
    found = []
    for order in Order.objects.prefetch_related("lines", "taxes"):
        net = sum(line.net_cents for line in order.lines.all())
        total = net + sum(tax.amount_cents for tax in order.taxes.all())
        if (net, total) != (order.net_cents, order.total_cents):
            found.append(f"order {order}: {order.total_cents} cents, its lines and taxes say {total}")
    return found


def _holds() -> list[str]:
    late = Order.objects.filter(status=Order.Status.AWAITING_PAYMENT, hold_until__lt=clock.now() - A_LONG_HOLD)
    return [f"order {o}: its seats should have been let go on {o.hold_until:%Y-%m-%d}" for o in late]


def _notices() -> list[str]:
    late = ProviderEvent.objects.filter(handled_at=None, received_at__lt=clock.now() - A_LONG_WAIT)
    return [f"payment notice {e.event_id}: not handled since {e.received_at:%Y-%m-%d %H:%M} UTC" for e in late]


def _jobs() -> list[str]:
    return [
        f"job {job.key}: given up after {job.attempts} tries ({job.last_error})"
        for job in Job.objects.filter(failed_at__isnull=False)
    ]
