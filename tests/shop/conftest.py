"""What the tests of the shop's pages share: an owner who reads them."""

import pytest
from django.test import Client

from pupitre.models import User
from tests.world import an_owner


@pytest.fixture
def owner(client: Client) -> User:
    """Signed in."""
    owner = an_owner()
    client.force_login(owner)
    return owner
