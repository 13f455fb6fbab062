"""« To do », at the top of the back office: how many cases of each kind wait for a person, and where to settle them."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from pupitre.queries import attention, debts


@dataclass(frozen=True)
class ToDo:
    """So many things of a kind to do, at this address."""

    what: str
    count: int
    address: str


def everything() -> list[ToDo]:
    """What there is to do: kinds with nothing to do are left out."""
    every = [
        ToDo(_("Payments to review"), attention.payments_to_review().count(), _case("reviews")),
        ToDo(_("Disputes to answer"), attention.disputes_to_answer().count(), _case("disputes")),
        ToDo(_("Money still owed"), len(debts.open_debts()), _case("debts")),
        ToDo(_("Payments that no order explains"), attention.unknown_payments().count(), _case("strays")),
        work_given_up(),
        letters_not_delivered(),
    ]
    return [one for one in every if one.count]


def work_given_up() -> ToDo:
    return ToDo(_("Work given up"), attention.work_given_up().count(), _list("job", progress="failed"))


def letters_not_delivered() -> ToDo:
    """The list of letters, cut to those that came back lately."""
    states = ",".join(attention.NOT_DELIVERED)
    address = _list("letter", state__in=states, queued_at__gte=attention.news_since().isoformat(timespec="seconds"))
    return ToDo(_("Letters not delivered"), attention.letters_not_delivered().count(), address)


def _case(kind: str) -> str:
    return f"{reverse('admin:cases')}#{kind}"


def _list(model: str, **filters: Any) -> str:
    return f"{reverse(f'admin:pupitre_{model}_changelist')}?{urlencode(filters)}"
