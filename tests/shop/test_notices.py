"""Where the payment services tell us that something happened: who may speak, and what is done about it."""

import hashlib
import hmac
import json
import time

import pytest
from django.urls import reverse

from pupitre import worker
from pupitre.models import Job, Letter, Order, ProviderEvent, Seat
from pupitre.queries import books
from tests.world import a_cart, a_provider, a_session, an_owner

pytestmark = pytest.mark.django_db

ADDRESS = "/paiements/stripe/avis/"


@pytest.fixture
def paid_at_the_service(client, sandbox):
    """An order whose buyer paid and closed the browser: what the service has to say of it."""
    a_provider()
    owner, session = an_owner(), a_session()
    a_cart(owner, (session, 2))
    client.force_login(owner)
    page = client.post(reverse("shop:review"), {"means": "stripe", "net_cents": 25000})["Location"]
    sandbox.pay_stripe(page)
    sandbox.wait_for(lambda: sandbox.log()["events"])
    told = [event["text"] for event in sandbox.log()["events"] if event["kind"] == "checkout.session.completed"]
    return json.dumps(told[0])


def tell(client, body: str, secret: str, *, at: float | None = None):
    moment = int(at or time.time())
    seal = hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    return client.post(
        ADDRESS, body, content_type="application/json", headers={"Stripe-Signature": f"t={moment},v1={seal}"}
    )


def test_a_buyer_who_closed_the_browser_gets_their_seats(client, sandbox, paid_at_the_service):
    [secret] = sandbox.settings["STRIPE_WEBHOOK_SECRETS"]

    answers = [tell(client, paid_at_the_service, secret).status_code for _ in range(3)]
    worker.WORK["event.handle"](Job.objects.get(kind="event.handle"))

    assert answers == [200, 200, 200]
    assert ProviderEvent.objects.get().outcome == "settled"
    assert (Order.objects.get().is_paid, Seat.objects.count()) == (True, 2)
    assert Letter.objects.filter(kind="order_paid").count() == 1
    assert books.disagreements() == []


def test_what_the_service_did_not_sign_is_refused_and_leaves_nothing(client, sandbox, paid_at_the_service):
    [secret] = sandbox.settings["STRIPE_WEBHOOK_SECRETS"]

    answers = [
        tell(client, paid_at_the_service, "whsec_someone_else"),
        tell(client, paid_at_the_service, secret, at=time.time() - 3600),
        tell(client, paid_at_the_service.replace("complete", "forged"), secret + "x"),
        client.post(ADDRESS, paid_at_the_service, content_type="application/json"),
        client.post(ADDRESS, b"\xff\xfe", content_type="application/json", headers={"Stripe-Signature": "é"}),
    ]

    assert [answer.status_code for answer in answers] == [400] * 5
    assert not ProviderEvent.objects.exists()


def test_a_notice_of_another_mode_is_kept_and_refused_and_the_provider_is_told_once_a_day(
    client, sandbox, paid_at_the_service
):
    [secret] = sandbox.settings["STRIPE_WEBHOOK_SECRETS"]
    live = json.loads(paid_at_the_service) | {"livemode": True}

    answers = [tell(client, json.dumps(live | {"id": name}), secret).status_code for name in ("evt_1", "evt_2")]

    assert answers == [400, 400]
    assert list(ProviderEvent.objects.values_list("mode", "outcome")) == [("live", "other_mode")] * 2
    assert not Job.objects.filter(kind="event.handle").exists()
    assert Letter.objects.filter(kind="notice_of_another_mode").count() == 1
    assert not Order.objects.get().is_paid


def test_nobody_answers_where_no_service_is_set_up(client, sandbox, settings):
    settings.STRIPE_WEBHOOK_SECRETS = []

    assert client.post(ADDRESS, "{}", content_type="application/json").status_code == 404
    assert client.post("/paiements/cheque/avis/", "{}", content_type="application/json").status_code == 404
    assert client.get("/paiements/paypal/avis/").status_code == 405


def test_a_notice_larger_than_any_is_refused(client, sandbox):
    assert client.post(ADDRESS, b"x" * 2_000_000, content_type="application/json").status_code in (400, 413)
