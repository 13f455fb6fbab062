"""Someone of the provider's, signed in, and an order to look after."""

import pytest

from tests.world import a_course, a_paid_order, a_provider, a_session, an_owner


@pytest.fixture
def provider():
    return a_provider(refund_steps=[[168, 100], [24, 50]])


@pytest.fixture
def owner(provider):
    return an_owner()


@pytest.fixture
def operator(client, provider):
    """A superuser, signed in."""
    operator = an_owner("Formations du Fleuve", is_staff=True, is_superuser=True)
    client.force_login(operator)
    return operator


@pytest.fixture
def order(owner):
    """Three seats of a course, paid by card: 448,23 $."""
    return a_paid_order(owner, (a_session(a_course(price_cents=12995)), 3))
