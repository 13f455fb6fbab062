"""Random sequences of everything that happens to money and seats, each followed by a look at the books.

`make test` goes through thirty of them on each database; `make storms` through ten thousand, or as many as `ARGS=`
asks.
"""

import os

import pytest
from django.db import transaction

from tests.payment_sandbox import PaymentSandbox
from tests.scenarios.storm import Storm
from tests.world import a_provider

# Sequences in each of the blocks that the processes of a test run share out.
EACH = int(os.environ.get("PUPITRE_TEST_SEQUENCES", "5"))
BLOCKS = 6


class Calm(Exception):
    """The sequence is over: everything it wrote is forgotten."""


@pytest.mark.django_db
@pytest.mark.parametrize("block", range(BLOCKS))
def test_whatever_happens_the_books_agree(sandbox: PaymentSandbox, block: int, record_property):
    a_provider(owners_can_refund=True, refund_steps=[[168, 100], [24, 50]])

    for number in range(block * EACH, (block + 1) * EACH):
        storm = Storm(number, sandbox)
        try:
            with transaction.atomic():
                assert storm.rages() == [], f"sequence {number}:\n" + "\n".join(storm.log)
                raise Calm
        except Calm:
            continue

    record_property("random sequences", EACH)
