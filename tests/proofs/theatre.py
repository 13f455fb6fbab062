"""Where processes die: it imports the shop once, then plays each flow as often as it has steps.

A process of its own, so that its children inherit no connection and no thread: `python -m tests.proofs.theatre` reads
the name of a flow on each line, and answers with what was found.
"""

import gc
import importlib
import json
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import cycle, product
from typing import Any

import django
from django.conf import settings

GIVEN = json.loads(sys.argv[1])
DATABASE = settings.DATABASES["default"]
DATABASE["NAME"] = GIVEN["database"]
if "init_command" in DATABASE["OPTIONS"]:
    # What a process handed to the kernel outlives it; only a power cut would ask for more, and disks are slow.
    DATABASE["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
for name, value in GIVEN["settings"].items():
    setattr(settings, name, value)
django.setup()

from django.db import connection  # noqa: E402
from django.urls import reverse  # noqa: E402

from pupitre import clock, worker  # noqa: E402
from tests.payment_sandbox import PaymentSandbox  # noqa: E402
from tests.proofs import stages  # noqa: E402
from tests.proofs.deaths import NEVER, Appointment, Outcome, in_a_process  # noqa: E402
from tests.proofs.flows import CARD, FLOWS, PAID, PAYPAL, WRONG, Flow, Play, the_town  # noqa: E402

# Letters are posted, and papers drawn, another day: it takes longer than everything else, and moves no money.
for kind in ("letter.post", "document.draw"):
    worker.WORK[kind] = lambda job: clock.now() + timedelta(days=1)


def main() -> None:
    theatre = Theatre(GIVEN["database"])
    theatre.opens()
    print(json.dumps("open"), flush=True)
    flows = {flow.name: flow for flow in FLOWS + WRONG}
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(theatre.plays(flows[asked.pop("flow")], **asked)), flush=True)
    theatre.stages.clear()


class Theatre:
    def __init__(self, database: str) -> None:
        is_sqlite = "sqlite" in DATABASE["ENGINE"]
        self.stages = stages.SQLiteStages(database) if is_sqlite else stages.PostgreSQLStages(database, DATABASE)
        self.sandbox = PaymentSandbox(settings.SANDBOX_URL, {})

    def opens(self) -> None:
        """The town is built once; each play begins with a copy of it."""
        _on(self.stages.kept, lambda _appointment: the_town())
        self.stages.keep()
        self._rehearses()

    def plays(self, flow: Flow, *, thorough: bool) -> dict[str, Any]:
        """Play a flow to its end, then once for each of its steps: the process dies before it.

        Deaths in the middle of a transaction all leave the same database, that of before it: unless `thorough`,
        only the last of them is played, before the commit. And each place is played with one of the sequels in turn
        (nobody comes back, or somebody does), or with all of them.
        """
        undisturbed, found = self._play(flow)
        troubles = [f"undisturbed: {trouble}" for trouble in found]
        deaths = 0
        places = [(number, step) for number, step in enumerate(undisturbed.steps) if thorough or not step.undone]
        sequels = (None, *flow.comes_back)
        plays = product(places, sequels) if thorough else zip(places, cycle(sequels), strict=False)
        for (number, step), sequel in plays:
            death, found = self._play(flow, dies_before=number, sequel=sequel)
            assert death.killed, f"{flow}: the process outlived its step {number}, {step.name}"
            then = f", then {sequel}" if sequel else ""
            troubles += [f"killed before {step.name}{then}: {trouble}" for trouble in found]
            deaths += 1
        return {"steps": len(undisturbed.steps), "places": len(places), "deaths": deaths, "troubles": troubles}

    def _rehearses(self) -> None:
        """Have at hand, before any child is born, what each of them would fetch again: modules and addresses."""

        def a_whole_day(means: str) -> list[str]:
            play = _a_play()
            play.pays(play.orders(means))
            play.is_told()
            play.the_day_goes_on()
            return sorted(sys.modules)

        for means in (CARD, PAYPAL):
            known = _on(self.stages.again(), lambda _appointment, means=means: a_whole_day(means)).found
            for module in known:
                with suppress(ImportError):  # some are made up while running
                    importlib.import_module(module)
        reverse("shop:catalogue")
        gc.freeze()

    def _play(self, flow: Flow, *, dies_before: int = NEVER, sequel: str | None = None) -> tuple[Outcome, list[str]]:
        """What came before, the deed and the death, then the rest of the day: three processes on one stage."""
        self.sandbox.reset()
        self.sandbox.config(webhook_delay="never")
        stage = self.stages.again()

        def prepare(_appointment: Appointment) -> float:
            play = _a_play()
            flow.before(play)
            return play.passed.total_seconds()

        def act(appointment: Appointment) -> None:
            play = _a_play(passed)
            with play.moment(), appointment.kept():
                flow.deed(play)

        def go_on(_appointment: Appointment) -> list[str]:
            play = _a_play(passed)
            if sequel:
                with play.moment():
                    flow.comes_back[sequel](play)
            play.the_day_goes_on()
            return play.troubles((PAID,) if sequel else flow.ends)

        passed = _on(stage, prepare).found
        death = _on(stage, act, dies_before=dies_before)
        troubles = _on(stage, go_on).found
        return death, troubles


def _on(stage: str, deed: Callable[[Appointment], Any], *, dies_before: int = NEVER) -> Outcome:
    """Do a deed in a process of its own, on this database."""

    def there(appointment: Appointment) -> Any:
        connection.settings_dict["NAME"] = stage
        return deed(appointment)

    return in_a_process(there, dies_before=dies_before)


def _a_play(passed: float = 0) -> Play:
    play = Play(PaymentSandbox(settings.SANDBOX_URL, {}))
    play.passed = timedelta(seconds=passed)
    return play


if __name__ == "__main__":
    main()
