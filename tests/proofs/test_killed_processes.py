"""The process is killed between every two steps of each flow; the worker goes on; the books are checked.

Real processes, a real database, real HTTP to the payment sandbox. See `deaths.py` for what a step is, `flows.py` for
what is interrupted, and `theatre.py` for how.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from tests.payment_sandbox import PaymentSandbox
from tests.proofs.flows import FLOWS, WRONG, Flow

pytestmark = pytest.mark.django_db  # the database of the tests is where the copies come from; it is left as it was

# With PUPITRE_TEST_THOROUGH=1, also between any two statements of a transaction, and with every sequel at every place:
# three times as long.
THOROUGH = "PUPITRE_TEST_THOROUGH" in os.environ

Plays = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module")
def theatre(django_db_setup, payment_services: PaymentSandbox) -> Iterator[Plays]:
    """Asks the theatre to play a flow, and gives what it found."""
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # a database is copied only when nobody looks at it
    given = {"database": str(connection.settings_dict["NAME"]), "settings": payment_services.settings}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.proofs.theatre", json.dumps(given)],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def answer() -> Any:
        line = process.stdout.readline()
        assert line, "the theatre closed by itself: its trouble is written above"
        return json.loads(line)

    def plays(flow: str) -> dict[str, Any]:
        process.stdin.write(json.dumps({"flow": flow, "thorough": THOROUGH}) + "\n")
        process.stdin.flush()
        return answer()

    assert answer() == "open"
    yield plays
    process.stdin.close()
    process.wait(timeout=20)
    process.stdout.close()


@pytest.mark.parametrize("flow", FLOWS, ids=str)
def test_killed_anywhere_everything_adds_up_in_the_end(theatre: Plays, flow: Flow, record_property):
    told = theatre(flow.name)

    record_property("deaths", told["deaths"])
    print(f"{flow}: {told['deaths']} deaths at {told['places']} places of {told['steps']} steps")
    assert told["troubles"] == []
    assert told["deaths"] >= told["places"] > 3


@pytest.mark.parametrize("flow", WRONG, ids=str)
def test_a_shop_that_does_not_keep_the_rules_is_found_out(theatre: Plays, flow: Flow):
    assert theatre(flow.name)["troubles"] != []
