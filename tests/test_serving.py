"""The web process, on whichever database the tests run on."""

import http.client
import os

import pytest
from django.db import connection

from tests.bench.load import HOST, serving
from tests.crowd import all_at_once
from tests.world import a_provider, a_session

OURS = ("PUPITRE_", "DJANGO_", "DATABASE_URL")
VISITORS = 12  # more than the connections that a process opens before it is asked for more
PAGES = 5


def address_of_the_database() -> str:
    told = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{told['NAME']}"
    return f"postgres://{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT']}/{told['NAME']}"


@pytest.mark.django_db(transaction=True)
def test_visitors_who_come_together_are_all_answered(tmp_path):
    """A process that took its connections from the one it was made by would answer a few of them, and no more."""
    a_provider()
    course = a_session().course.get_absolute_url()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    given = {"DATABASE_URL": address_of_the_database(), "PUPITRE_DATA_DIR": str(tmp_path)}

    with serving(["pupitre", "web", "--host", HOST, "--port", "{port}"], inherited | given) as port:

        def visits() -> list[int]:
            visitor = http.client.HTTPConnection(HOST, port, timeout=30)
            answers = []
            for _ in range(PAGES):
                visitor.request("GET", course)
                answer = visitor.getresponse()
                answer.read()
                answers.append(answer.status)
            visitor.close()
            return answers

        answers = all_at_once([visits] * VISITORS)

    assert answers == [[200] * PAGES] * VISITORS
