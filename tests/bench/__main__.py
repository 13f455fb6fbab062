"""Measure the shop on SQLite and on PostgreSQL, beside a floor of bare Django, and print a table."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests import postgresql

OURS = ("PUPITRE_", "DJANGO_", "DATABASE_URL")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=["sqlite", "postgresql"], help="one database only")
    only = parser.parse_args().only
    failed = False
    with tempfile.TemporaryDirectory(prefix="pupitre-bench-") as folder:
        if only in (None, "sqlite"):
            failed |= _measure(
                "SQLite, every commit on disk", f"sqlite:///{folder}/bench.sqlite3", Path(folder, "sqlite")
            )
        if only in (None, "postgresql"):
            with _postgresql() as address:
                if address:
                    failed |= _measure("PostgreSQL, commits not forced to disk", address, Path(folder, "postgresql"))
    return int(failed)


def _measure(database: str, address: str, data_dir: Path) -> bool:
    """Print the table of one database. True when a measure could not be taken."""
    data_dir.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OURS)} | {
        "DATABASE_URL": address,
        "DJANGO_SETTINGS_MODULE": "pupitre.settings",
        "PUPITRE_DATA_DIR": str(data_dir),
        "PUPITRE_LOG_LEVEL": "ERROR",
    }
    print(f"\n{database}\n{'':50} {'measured':>20} {'floor':>9} {'ratio':>8} {'SQL':>5}")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.measures"], env=environment, stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        print(_line(json.loads(line)), flush=True)
    return process.wait() != 0


def _line(measure: dict) -> str:
    value, floor = measure["value"], measure["floor"]
    is_a_rate = measure["unit"].endswith("/s")
    ratio = "" if floor is None else f"÷ {floor / value:.1f}" if is_a_rate else f"× {value / floor:.1f}"
    return (
        f"{measure['what']:50} {_number(value):>9} {measure['unit']:10} {_number(floor):>9} {ratio:>8} "
        f"{'' if measure['statements'] is None else measure['statements']:>5}  {measure['note']}"
    ).rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


@contextlib.contextmanager
def _postgresql() -> Iterator[str]:
    """A throw-away database, or an empty address when there is no PostgreSQL here."""
    with contextlib.ExitStack() as stack:
        try:
            address = stack.enter_context(postgresql.throwaway_database())
        except postgresql.NoPostgreSQL as reason:
            print(f"\nPostgreSQL was not measured: {reason}.")
            address = ""
        yield address


if __name__ == "__main__":
    sys.exit(main())
