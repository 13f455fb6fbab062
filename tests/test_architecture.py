"""The arrows between folders point one way, and only actions write."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOORS = ["shop", "office", "api"]
WRITES = {
    "save",
    "create",
    "get_or_create",
    "update_or_create",
    "bulk_create",
    "bulk_update",
    "delete",
    "select_for_update",
}
# Django's admin saves by itself what its forms hold; every rule it could break is refused by the database.
SAVES_BY_ITSELF = ROOT / "pupitre" / "office" / "admin"
READS = {"objects", "filter", "exclude", "all", "get_queryset"}

pytestmark = pytest.mark.once


def test_imports_go_from_doors_to_actions_to_models():
    contracts = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert contracts.returncode == 0, contracts.stdout + contracts.stderr


def test_the_payment_sandbox_shares_nothing_with_the_shop():
    strangers = [
        f"{file.relative_to(ROOT)}: {name}"
        for file in _modules("sandbox")
        for name in _imports(file)
        if name.partition(".")[0] == "pupitre" and not f"{name}.".startswith("pupitre.sandbox.")
    ]

    assert strangers == []


def test_a_door_never_writes_to_the_database_itself():
    writes = [
        f"{file.relative_to(ROOT)}:{call.lineno} .{call.func.attr}()"
        for door in DOORS
        for file in _modules(door)
        if not file.is_relative_to(SAVES_BY_ITSELF)
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and _writes(call.func)
    ]

    assert writes == []


def test_a_write_in_a_door_would_be_seen():
    code = "Seat.objects.filter(pk=1).update(x=1)\nseat.save()\nfacts.update(x=1)\nopened.delete()"
    calls = [node.func for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]

    seen = {ast.unparse(call) for call in calls if isinstance(call, ast.Attribute) and _writes(call)}

    assert seen == {"Seat.objects.filter(pk=1).update", "seat.save", "opened.delete"}


def _writes(called: ast.Attribute) -> bool:
    if isinstance(called.value, ast.Name) and called.value.id == "self":
        return False  # a form that a library asks to save itself: what it does is looked at where it does it
    if called.attr == "update":  # of rows; a dictionary may be updated
        return any(isinstance(node, ast.Attribute) and node.attr in READS for node in ast.walk(called.value))
    return called.attr in WRITES


def _modules(folder: str) -> Iterator[Path]:
    return (ROOT / "pupitre" / folder).rglob("*.py")


def _imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports by dots: write the whole name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
