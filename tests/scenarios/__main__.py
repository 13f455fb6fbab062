"""The long run: ten thousand random sequences, or as many as asked, on SQLite (or what DATABASE_URL names)."""

import os
import subprocess
import sys

from tests.scenarios.test_storms import BLOCKS


def main() -> int:
    wanted = int(sys.argv[1]) if sys.argv[1:] else 10_000
    environment = os.environ | {"PUPITRE_TEST_SEQUENCES": str(-(-wanted // BLOCKS))}
    storms = ["tests/scenarios/test_storms.py", "-n", str(os.cpu_count() or 1)]
    return subprocess.run([sys.executable, "-m", "pytest", "-q", *storms], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
