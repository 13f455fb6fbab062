"""What has to be true before a change is kept: style, types, arrows, sentences, migrations, then every test."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import run

BIN = Path(sys.executable).parent
PYTHON = sys.executable
CHECKS: dict[str, list[str | Path]] = {
    "style": [PYTHON, "-m", "ruff", "check", "--quiet"],
    "layout": [PYTHON, "-m", "ruff", "format", "--check", "--quiet"],
    "types": [PYTHON, "-m", "mypy", "--no-error-summary"],
    "direction of imports": [BIN / "lint-imports", "--no-logo"],
    "templates": [PYTHON, "-m", "djlint", "--quiet", "--lint", "pupitre/templates"],
    "translations": [PYTHON, "-m", "tools.messages", "--check"],
    "migrations": [PYTHON, "-m", "pupitre", "manage", "makemigrations", "--check", "--dry-run"],
}


def main() -> int:
    """Say the outcome of each check, run the tests whatever it was, and fail when anything is wrong."""
    with tempfile.TemporaryDirectory(prefix="pupitre-check-") as data_dir:
        environment = os.environ | {"PUPITRE_DATA_DIR": data_dir}
        wrong = [name for name, command in CHECKS.items() if not _holds(name, command, environment)]
    return run.main(also_wrong=wrong)


def _holds(name: str, command: list[str | Path], environment: dict[str, str]) -> bool:
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    print(f"{name}: {'wrong' if ended.returncode else 'right'}", flush=True)
    if ended.returncode:
        print(f"{ended.stdout}{ended.stderr}", flush=True)
    return ended.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
