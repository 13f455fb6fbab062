"""What is measured, on the database that DATABASE_URL names. Prints one line of JSON for each measure."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.db.models import F, Max  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import translation  # noqa: E402

from pupitre import clock, preparing  # noqa: E402
from pupitre.actions import orders, payments, seats  # noqa: E402
from pupitre.actions.people import Newcomer  # noqa: E402
from pupitre.documents import confirmation  # noqa: E402
from pupitre.models import (  # noqa: E402
    Assignment,
    Course,
    CourseSession,
    Deed,
    Invoice,
    Order,
    Payment,
    User,
)
from pupitre.queries import books  # noqa: E402
from pupitre.refusals import Refused  # noqa: E402
from tests.bench import load  # noqa: E402
from tests.counting import questions  # noqa: E402
from tests.crowd import all_at_once, refusals  # noqa: E402
from tests.payment_sandbox import running_sandbox  # noqa: E402
from tests.world import (  # noqa: E402
    PASSWORD,
    a_cart,
    a_course,
    a_person,
    a_provider,
    a_session,
    an_attempt,
    an_order,
    an_owner,
    lines_of,
    names_of,
    says,
    seats_bought,
)

COURSES = 12
PURCHASES = 5
SITE = "http://127.0.0.1"


@dataclass
class Measure:
    """One line of the table. `floor` is what the least possible costs, in the same unit."""

    what: str
    value: float
    unit: str
    floor: float | None = None
    statements: int | None = None
    note: str = ""


def main() -> None:
    preparing.compile_translations()
    preparing.bring_up_to_date(demo=False)
    translation.activate("fr-ca")
    _furnish()
    for group in (pages, purchase, rush, settling, my_purchases, five_hundred_seats, five_hundred_pasted, sheets):
        for measure in group():
            print(json.dumps(asdict(measure)), flush=True)
    if found := books.disagreements():
        sys.exit("\n".join(["The books do not agree after the measures:", *found]))


def _furnish() -> None:
    """A catalogue of a dozen courses, three sessions each."""
    a_provider()
    for _ in range(COURSES):
        course = a_course()
        for week in (2, 4, 6):
            a_session(course, starts_at=clock.now() + timedelta(weeks=week), capacity=1000)


# --- pages, asked of a server that runs ------------------------------------------------------------------------------


def pages() -> Iterator[Measure]:
    floor_environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    workers = "1" if connection.vendor == "sqlite" else str(settings.WEB_PROCESSES)
    bare = ["granian", "--interface", "wsgi", "--host", load.HOST, "--port", "{port}", "--workers", workers]
    with load.serving([*bare, "--log-level", "warning", "tests.bench.floor:application"], floor_environment) as port:
        floor = load.pages_per_second(port, "/")
    with load.serving(["pupitre", "web", "--host", load.HOST, "--port", "{port}"], dict(os.environ)) as port:
        for what, address in (
            ("catalogue, 12 courses", reverse("shop:catalogue")),
            ("page of a course", Course.objects.first().get_absolute_url()),
        ):
            yield Measure(what, load.pages_per_second(port, address), "pages/s", floor)


# --- a purchase, step by step ----------------------------------------------------------------------------------------


def purchase() -> Iterator[Measure]:
    with running_sandbox() as sandbox:
        for name, value in sandbox.settings.items():
            setattr(settings, name, value)
        settings.SITE_URL = SITE
        _buy(sandbox)  # the first one also loads templates and opens connections
        rounds = [_buy(sandbox) for _ in range(PURCHASES)]
    floor = _cost_of_the_floor()
    steps = [
        Measure(what, min(each[what][0] for each in rounds), "ms of CPU", floor, rounds[0][what][1])
        for what in rounds[0]
    ]
    yield from steps
    shop_itself = [step for step in steps if step.what != SIGN_IN]
    yield Measure(
        "a whole purchase of 3 seats, but for the sign-in",
        sum(step.value for step in shop_itself),
        "ms of CPU",
        len(shop_itself) * floor,
        sum(step.statements or 0 for step in shop_itself),
        f"{len(shop_itself)} requests, the quickest of {PURCHASES} each",
    )


SIGN_IN = "4. sign in (a password is slow to check on purpose)"


def _buy(sandbox) -> dict[str, tuple[float, int]]:
    """Nine requests, from the catalogue to the thanks: for each, the CPU it took and what it asked the database."""
    owner, session = an_owner(), CourseSession.objects.order_by("?").first()
    course = session.course.get_absolute_url()
    client = _client()
    seen: dict[str, str] = {}

    def sign_in():
        address = f"{reverse('account_login')}?next={reverse('shop:review')}"
        return client.post(address, {"login": owner.email, "password": PASSWORD})

    def pay():
        answer = client.post(reverse("shop:review"), {"means": "stripe", "net_cents": 3 * session.unit_price_cents})
        seen["page"] = answer["Location"]
        return answer

    def come_back():
        answer = client.get(seen["back"])
        seen["thanks"] = answer["Location"]
        return answer

    costs = {
        "1. catalogue": _cost(lambda: client.get(reverse("shop:catalogue"))),
        "2. page of the course": _cost(lambda: client.get(course)),
        "3. put 3 seats in the cart": _cost(lambda: client.post(course, {"session": session.code, "quantity": 3})),
        SIGN_IN: _cost(sign_in),
        "5. review": _cost(lambda: client.get(reverse("shop:review"))),
        "6. pay: seats taken, payment page opened": _cost(pay),
    }
    seen["back"] = sandbox.pay_stripe(seen["page"]).removeprefix(SITE)
    return costs | {
        "7. come back: settled and delivered": _cost(come_back),
        "8. thanks": _cost(lambda: client.get(seen["thanks"])),
        "9. my purchases": _cost(lambda: client.get(reverse("shop:purchases"))),
    }


# --- the rush --------------------------------------------------------------------------------------------------------


def rush() -> Iterator[Measure]:
    session = a_session(capacity=60)
    buyers = [_buyer_of(session, 3) for _ in range(100)]

    began = time.perf_counter()
    outcomes = all_at_once(buyers)
    spent = time.perf_counter() - began

    sold = len([outcome for outcome in outcomes if not isinstance(outcome, Refused)])
    session.refresh_from_db()
    note = f"{sold} orders, {session.taken} seats of {session.capacity}, {len(refusals(outcomes))} refused kindly"
    yield Measure("100 buyers of 3 seats, at once, for 60", spent * 1000, "ms", _floor_of_the_rush() * 1000, note=note)


def _buyer_of(session: CourseSession, quantity: int) -> Callable[[], Order]:
    owner = an_owner()
    cart = a_cart(owner, (session, quantity))
    establishment = owner.establishment
    net = quantity * session.unit_price_cents
    return lambda: orders.place(cart, establishment, by=owner, language="fr-ca", agreed_net_cents=net)


def _floor_of_the_rush() -> float:
    """The same crowd, each with one conditional update and one row."""
    session = a_session(capacity=60)

    def take() -> None:
        with transaction.atomic():
            room = CourseSession.objects.filter(pk=session.pk, taken__lte=F("capacity") - 3)
            if room.update(taken=F("taken") + 3):
                Deed.objects.create(verb="bench")

    began = time.perf_counter()
    all_at_once([take] * 100)
    spent = time.perf_counter() - began
    CourseSession.objects.filter(pk=session.pk).update(taken=0)
    return spent


# --- settling ---------------------------------------------------------------------------------------------------------

SETTLES = 64
AT_ONCE = 16


def settling() -> Iterator[Measure]:
    """From the service's word to seats, letter and numbered invoice: one buyer after the other, then all together."""
    settles = _settles(SETTLES)
    spent = _time(lambda: [settle() for settle in settles])
    yield Measure("settled, one after the other", SETTLES / spent, "settle/s", SETTLES / _floor_of_settling(1))

    before = _last_invoice_number()
    settles = _settles(SETTLES)
    spent = _time(lambda: [all_at_once(settles[n : n + AT_ONCE]) for n in range(0, SETTLES, AT_ONCE)])
    numbers = sorted(Invoice.objects.filter(serial__gt=before).values_list("serial", flat=True))
    if numbers != list(range(before + 1, before + 1 + SETTLES)):
        raise RuntimeError(f"invoice numbers with gaps or doubles after {before}: {numbers}")
    yield Measure(
        f"invoice numbers, {AT_ONCE} settles at once",
        SETTLES / spent,
        "invoices/s",
        SETTLES / _floor_of_settling(AT_ONCE),
        note="without a gap",
    )


def _settles(count: int) -> list[Callable[[], Payment]]:
    session = a_session(capacity=count)
    attempts = [an_attempt(an_order(an_owner(), (session, 1))) for _ in range(count)]
    return [partial(payments.apply, attempt, says(attempt)) for attempt in attempts]


def _last_invoice_number() -> int:
    return Invoice.objects.aggregate(last=Max("serial"))["last"] or 0


def _floor_of_settling(at_once: int) -> float:
    """As many transactions, each with one conditional update of the same row and one new row."""
    session = a_session(capacity=SETTLES)

    def take() -> None:
        with transaction.atomic():
            CourseSession.objects.filter(pk=session.pk, taken__lt=F("capacity")).update(taken=F("taken") + 1)
            Deed.objects.create(verb="bench")

    spent = _time(lambda: [all_at_once([take] * at_once) for _ in range(SETTLES // at_once)])
    CourseSession.objects.filter(pk=session.pk).update(taken=0)
    return spent


def _time(deed: Callable[[], Any]) -> float:
    """How many seconds it takes."""
    began = time.perf_counter()
    deed()
    return time.perf_counter() - began


# --- large numbers ---------------------------------------------------------------------------------------------------


def my_purchases() -> Iterator[Measure]:
    owner = an_owner()
    for _ in range(8):
        session = a_session(capacity=25)
        bought = seats_bought(owner, session, 25)
        people = [Newcomer(f"Personne {number}", "Roy", f"p{number}@exemple.ca") for number in range(20)]
        seats.assign_several(bought[0].session, owner.establishment, people, by=owner)
    client = _client(owner)
    client.get(reverse("shop:purchases"))
    spent, statements = min(_cost(lambda: client.get(reverse("shop:purchases"))) for _ in range(PURCHASES))
    yield Measure("my purchases, with 200 seats", spent, "ms of CPU", _cost_of_the_floor(), statements)


def five_hundred_seats() -> Iterator[Measure]:
    owner, session = an_owner(), a_session(capacity=500)
    a_cart(owner, (session, 500))
    floor = _floor_of_five_hundred_rows()
    kept: dict[str, Any] = {}

    def place() -> None:
        kept["payment"] = an_attempt(an_order(owner))

    def settle() -> None:
        payments.apply(kept["payment"], says(kept["payment"]))

    def assign() -> None:
        people = [Newcomer(f"Personne {number}", "Roy", f"p{number}@exemple.ca") for number in range(500)]
        seats.assign_several(session, owner.establishment, people, by=owner)

    for what, deed in (("placed", place), ("settled", settle), ("assigned to 500 new people", assign)):
        with questions() as asked:
            began = time.perf_counter()
            deed()
            spent = time.perf_counter() - began
        yield Measure(f"an order of 500 seats: {what}", spent * 1000, "ms", floor * 1000, len(asked))


def five_hundred_pasted() -> Iterator[Measure]:
    """A list of 500 people, from the paste to the codes: three requests, as an owner makes them."""
    owner, session = an_owner(), a_session(capacity=500)
    seats_bought(owner, session, 500)
    for first_name, last_name, email in names_of(200):
        a_person(owner, first_name, last_name, email=email)
    client = _client(owner)
    client.get(reverse("shop:list_paste", args=[session.code]))
    text = lines_of(500)
    floor = 3 * _cost_of_the_floor()
    kept: dict[str, Any] = {}

    def paste():
        answer = client.post(reverse("shop:list_paste", args=[session.code]), {"text": text})
        kept["address"] = answer["Location"]
        return answer

    def look():
        answer = client.get(kept["address"])
        kept["agreed"] = answer.content.decode().partition('name="agreed" value="')[2][:32]
        return answer

    def use():
        return client.post(kept["address"], {"agreed": kept["agreed"]})

    began = time.perf_counter()
    costs = [_cost(step) for step in (paste, look, use)]
    spent = (time.perf_counter() - began) * 1000
    if Assignment.objects.filter(session=session).count() != 500:
        raise RuntimeError("the list did not seat everyone")
    shares = ", ".join(
        f"{what} {cpu:.0f}" for what, (cpu, _) in zip(("paste", "preview", "assign"), costs, strict=True)
    )
    statements = sum(asked for _, asked in costs)
    yield Measure("500 people pasted, looked at and assigned", spent, "ms", floor, statements, f"ms of CPU: {shares}")


def _floor_of_five_hundred_rows() -> float:
    began = time.perf_counter()
    with transaction.atomic():
        Deed.objects.bulk_create([Deed(verb="bench") for _ in range(500)])
    return time.perf_counter() - began


def sheets() -> Iterator[Measure]:
    if connection.vendor != "sqlite":
        return  # the same on every database
    owner, session = an_owner(), a_session(capacity=200)
    seats_bought(owner, session, 200)
    people = [a_person(owner, f"Personne {number}") for number in range(200)]
    seats.assign_several(session, owner.establishment, people, by=owner)
    held = list(
        Assignment.objects.filter(session=session).select_related(
            "participant", "session__course", "seat__line__order", "seat__establishment"
        )
    )
    confirmation.draw(held[0], "fr-ca")

    began = time.perf_counter()
    for assignment in held[:50]:
        confirmation.draw(assignment, "fr-ca")
    yield Measure("confirmations in PDF, one by one", 50 / (time.perf_counter() - began), "PDF/s")

    began = time.perf_counter()
    together = confirmation.draw_many(held, "fr-ca")
    note = f"{len(together) // 1024} kB"
    yield Measure("200 confirmations in one PDF", (time.perf_counter() - began) * 1000, "ms", note=note)


# --- small things ----------------------------------------------------------------------------------------------------


def _client(user: User | None = None) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    client.handler.load_middleware()  # as a server does once, before the first visitor
    if user is not None:
        client.force_login(user)
    return client


def _cost(ask: Callable[[], Any]) -> tuple[float, int]:
    """Milliseconds of this process's CPU, and statements, for one request."""
    with questions() as asked:
        began = time.process_time()
        answer = ask()
        spent = (time.process_time() - began) * 1000
    if answer.status_code not in (200, 302):
        raise RuntimeError(f"answered {answer.status_code}: {answer.content.decode()[:2000]}")
    return spent, len(asked)


def _cost_of_the_floor() -> float:
    with override_settings(ROOT_URLCONF="tests.bench.floor", MIDDLEWARE=[]):
        client = _client()
        client.get("/")
        return min(_cost(lambda: client.get("/"))[0] for _ in range(50))


if __name__ == "__main__":
    main()
