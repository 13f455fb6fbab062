"""An administrator finds every setting in one page, and nothing there that does not exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
READ_BY = [ROOT / "pupitre" / "settings.py", ROOT / "pupitre" / "sandbox" / "settings.py"]

pytestmark = pytest.mark.once


def test_each_setting_has_its_line_in_the_guide():
    explained = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/guide/settings.md").read_text(), re.MULTILINE))

    assert explained == _read_from_the_environment()


def _read_from_the_environment() -> set[str]:
    names = set()
    for file in READ_BY:
        code = file.read_text()
        names |= set(re.findall(r'"(PUPITRE_[A-Z_]+|DATABASE_URL)"', code))
        # The sandbox’s reader, and the reader of kept secrets, add the prefix themselves.
        names |= {f"PUPITRE_{name}" for name in re.findall(r'_kept_secret\("([A-Z_]+)"\)', code)}
        if "sandbox" in file.parts:
            names |= {f"PUPITRE_{name}" for name in re.findall(r'\btext\("([A-Z_]+)"', code)}
    return names
