"""Every test, as `make test` runs them: on SQLite with the browser, then on PostgreSQL. The last line counts them."""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests import postgresql

MOST_PROCESSES = 4


@dataclass
class Tally:
    """What the runs found, together."""

    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def add(self, report: Path, exit_code: int, where: str) -> None:
        """Count one run. A run that ended badly without naming a failure counts as one."""
        failed_before = self.failed
        for case in _cases(report):
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed += 1
            elif (skipped := case.find("skipped")) is not None:
                self.skipped[f"{where}: {skipped.get('message', 'no reason given')}"] += 1
            else:
                self.passed += 1
        if exit_code and self.failed == failed_before:
            print(f"The tests on {where} ended badly (pytest said {exit_code}).")
            self.failed += 1

    def say(self, also_wrong: Sequence[str]) -> int:
        """Name what was skipped, count, and give the exit code."""
        if self.skipped:
            print("\nSkipped:")
            for reason, count in sorted(self.skipped.items()):
                print(f"  {count} × {reason}")
        if also_wrong:
            print(f"\nNot right, see above: {', '.join(also_wrong)}")
        print(f"\n{self.passed} passed, {self.failed} failed, {self.skipped.total()} skipped", flush=True)
        return 0 if self.passed and not self.failed and not also_wrong else 1


def main(also_wrong: Sequence[str] = ()) -> int:
    """Run what was asked for; `also_wrong` names what other checks found, to be said beside the count."""
    wanted = _command_line().parse_args()
    if not wanted.no_install:
        _install_what_is_missing()
    tally = Tally()
    selected = [*wanted.tests]
    if wanted.browser:
        _run("SQLite", [*selected, "-m", "browser"], tally)
        return tally.say(also_wrong)
    _run("SQLite", selected, tally)
    _run_on_postgresql([*selected, "-m", "not browser and not once"], tally)
    return tally.say(also_wrong)


def _command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make test", description=__doc__)
    parser.add_argument("tests", nargs="*", help="files or folders (default: all)")
    parser.add_argument("--browser", action="store_true", help="only the journeys in a browser")
    parser.add_argument("--no-install", action="store_true", help="skip what is missing rather than install it")
    return parser


def _run_on_postgresql(arguments: list[str], tally: Tally) -> None:
    try:
        with postgresql.throwaway_database() as address:
            _run("PostgreSQL", arguments, tally, DATABASE_URL=address)
    except postgresql.NoPostgreSQL as reason:
        tally.skipped[f"PostgreSQL: {reason}"] += _how_many(arguments)


def _run(where: str, arguments: list[str], tally: Tally, **environment: str) -> None:
    print(f"\n=== {where} ===", flush=True)
    with _report() as report:
        ended = subprocess.run(
            [*_pytest(), "-n", str(_processes()), "--dist", "loadgroup", f"--junitxml={report}", *arguments],
            env={**_without_database(), **environment},
            check=False,
        )
        tally.add(report, ended.returncode, where)


def _how_many(arguments: list[str]) -> int:
    """How many tests these arguments would have run."""
    collected = subprocess.run(
        [*_pytest(), "--collect-only", "-qq", *arguments],
        env=_without_database(),
        capture_output=True,
        text=True,
        check=False,
    )
    counts = [line.rpartition(": ")[2] for line in collected.stdout.splitlines()]
    return sum(int(count) for count in counts if count.isdecimal()) or 1


def _pytest() -> list[str]:
    return [sys.executable, "-m", "pytest", "-q"]


def _processes() -> int:
    return max(2, min(MOST_PROCESSES, os.cpu_count() or 2))


def _without_database() -> dict[str, str]:
    """The environment, without a database that someone may care about."""
    return {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}


@contextlib.contextmanager
def _report() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="pupitre-report-") as folder:
        yield Path(folder) / "report.xml"


def _cases(report: Path) -> list[ElementTree.Element]:
    return list(ElementTree.parse(report).iter("testcase")) if report.exists() else []


def _install_what_is_missing() -> None:
    """PostgreSQL and a browser, by Debian's own means, when this user may."""
    missing = [] if postgresql.programs() else ["postgresql"]
    missing += [] if shutil.which("chromium") else ["chromium"]
    if not missing or shutil.which("apt-get") is None:
        return
    as_root = _as_root()
    if as_root is None:
        return
    print(f"Installing {' and '.join(missing)} (apt-get)…", flush=True)
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    with tempfile.TemporaryFile() as log:
        for step in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
            if subprocess.run([*apt, *step], stdout=log, stderr=log, check=False).returncode:
                log.seek(0)
                print(log.read().decode(errors="replace")[-2000:])
                return


def _as_root() -> list[str] | None:
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


if __name__ == "__main__":
    sys.exit(main())
