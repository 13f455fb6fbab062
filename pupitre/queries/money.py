"""What came in and went out by each payment service, month by month, as they wrote it themselves."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Min, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from pupitre import clock
from pupitre.models import BalanceEntry, Dispute, Payment, ProviderEvent

Kind = BalanceEntry.Kind


@dataclass(frozen=True)
class Row:
    """One service and one currency. What leaves is negative, fees are what the service kept."""

    means: str
    currency: str
    gross_cents: int
    refunds_cents: int
    disputes_cents: int
    fees_cents: int
    net_cents: int


@dataclass(frozen=True)
class Month:
    """What the services wrote in a month, and what keeps it from being the whole story."""

    first_day: date
    rows: list[Row]
    not_written_yet: int  # payments of the month that a service has no line for
    lost_cents: int  # taken back by disputes that were lost: still owed by the buyers
    to_come: dict[str, int] = field(default_factory=dict)  # by means: the services hold it, and will pay it out


def month(first_day: date) -> Month:
    """The month that begins on this day, in the provider's own time zone."""
    begins, ends = _moment(first_day), _moment(_next_month(first_day))
    entries = BalanceEntry.objects.filter(payment__mode=settings.PAYMENT_MODE)
    paid = Payment.objects.filter(
        mode=settings.PAYMENT_MODE, status=Payment.Status.SUCCEEDED, settled_at__gte=begins, settled_at__lt=ends
    )
    lost = Dispute.objects.filter(
        payment__mode=settings.PAYMENT_MODE, status=Dispute.Status.LOST, closed_at__gte=begins, closed_at__lt=ends
    )
    return Month(
        first_day,
        _rows(entries.filter(made_at__gte=begins, made_at__lt=ends)),
        not_written_yet=paid.exclude(balance_entries__kind=Kind.CHARGE).count(),
        lost_cents=lost.aggregate(total=Coalesce(Sum("amount_cents"), 0))["total"],
        to_come=_to_come(entries),
    )


def months() -> list[date]:
    """The first day of every month since the first payment, the latest month first."""
    begun = Payment.objects.filter(mode=settings.PAYMENT_MODE).aggregate(first=Min("created_at"))["first"]
    first, day = _day(begun or clock.now()).replace(day=1), _day(clock.now()).replace(day=1)
    days = [day]
    while day > first:
        day = (day - timedelta(days=1)).replace(day=1)
        days.append(day)
    return days


def movements(first_day: date) -> QuerySet[BalanceEntry]:
    """Every movement that the services wrote in a month, the oldest first."""
    begins, ends = _moment(first_day), _moment(_next_month(first_day))
    entries = BalanceEntry.objects.filter(payment__mode=settings.PAYMENT_MODE, made_at__gte=begins, made_at__lt=ends)
    return entries.select_related("payment__order__establishment").order_by("made_at", "pk")


def last_notice_at(means: str) -> datetime | None:
    """When the last webhook of a service came by itself."""
    came = ProviderEvent.objects.filter(means=means, was_missed=False)
    return came.order_by("-received_at").values_list("received_at", flat=True).first()


def _rows(entries: "QuerySet[BalanceEntry]") -> list[Row]:
    def gross(kind: str) -> Coalesce:
        return Coalesce(Sum("gross_cents", filter=Q(kind=kind)), 0)

    sums = entries.values("payment__means", "currency").annotate(
        gross=gross(Kind.CHARGE),
        refunds=gross(Kind.REFUND),
        disputes=gross(Kind.DISPUTE),
        fees=Sum("fee_cents"),
        net=Sum("net_cents"),
    )
    return [
        Row(
            one["payment__means"],
            one["currency"],
            gross_cents=one["gross"],
            refunds_cents=one["refunds"],
            disputes_cents=one["disputes"],
            fees_cents=one["fees"],
            net_cents=one["net"],
        )
        for one in sums.order_by("-payment__means", "currency")
    ]


def _to_come(entries: "QuerySet[BalanceEntry]") -> dict[str, int]:
    sums = entries.filter(available_on__gt=_day(clock.now())).values("payment__means").annotate(net=Sum("net_cents"))
    return {one["payment__means"]: one["net"] for one in sums.order_by("-payment__means")}


def _day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


def _moment(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(settings.TIME_ZONE))


def _next_month(first_day: date) -> date:
    return date(first_day.year + first_day.month // 12, first_day.month % 12 + 1, 1)
