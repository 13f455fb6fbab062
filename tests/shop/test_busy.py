"""When the database makes a visitor wait too long."""

import threading

import pytest
from django.db import connection, transaction
from django.urls import reverse

from pupitre.models import CourseSession, Order
from tests.world import a_cart, a_provider, a_session, an_owner

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_visitor_who_waited_too_long_may_try_again_and_nothing_is_half_done(client, monkeypatch):
    a_provider()
    owner, session = an_owner(), a_session()
    a_cart(owner, (session, 2))
    client.force_login(owner)
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 1)  # SQLite; PostgreSQL waits three seconds
    locked, over = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            CourseSession.objects.select_for_update().get(pk=session.pk)
            locked.set()
            over.wait(30)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert locked.wait(10)
        response = client.post(reverse("shop:review"), {"means": "stripe", "net_cents": 25000})
    finally:
        over.set()
        holder.join()

    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert "Rien n’a été perdu" in response.content.decode()
    session.refresh_from_db()
    assert (Order.objects.count(), session.taken) == (0, 0)
