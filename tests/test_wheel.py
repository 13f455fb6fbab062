"""What people install: a wheel that runs by itself, away from these sources."""

import contextlib
import http.client
import os
import re
import subprocess
import sys
import venv
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from zipfile import ZipFile

import pytest

from pupitre.running import free_port
from tests.shop_processes import OURS

ROOT = Path(__file__).resolve().parent.parent

pytestmark = [pytest.mark.once, pytest.mark.slow]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _succeed(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (wheel,) = folder.glob("pupitre-*.whl")
    return wheel


def test_the_wheel_brings_its_translations_compiled_and_nothing_of_the_workshop(wheel):
    names = ZipFile(wheel).namelist()

    assert "pupitre/locale/fr_CA/LC_MESSAGES/django.mo" in names
    assert {name.partition("/")[0] for name in names} == {"pupitre", f"{wheel.stem.rpartition('-py3')[0]}.dist-info"}
    assert [name for name in names if name.endswith((".po", ".pyc"))] == []


def test_an_installed_wheel_runs_the_demonstration_by_itself(wheel, tmp_path):
    # An empty environment, with the libraries of an installation and no other: what the tests need is not there.
    installed = tmp_path / "installed"
    venv.create(installed)
    packages = next((installed / "lib").glob("python3*/site-packages"))
    _bring_libraries(packages)
    _succeed(sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target", packages, wheel)

    with _running(installed / "bin" / "python", tmp_path) as port:
        page = _get(port, "/")
        sheet = page.split('rel="stylesheet" href="')[1].split('"')[0]

        assert '<html lang="fr-CA"' in page
        assert "@layer" in _get(port, sheet)


@contextlib.contextmanager
def _running(python: Path, folder: Path) -> Iterator[int]:
    port = free_port("127.0.0.1", 0)
    ordinary = {name: value for name, value in os.environ.items() if not name.startswith((*OURS, "PYTHON"))}
    with subprocess.Popen(
        [python, "-m", "pupitre", "run", "--port", str(port)],
        cwd=folder,
        env=ordinary,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as command:
        said = []
        for line in command.stdout or []:
            said.append(line)
            if "Ctrl-C" in line:
                break
        else:
            pytest.fail(f"it did not start: {''.join(said)}")
        try:
            yield port
        finally:
            command.terminate()
            command.wait(30)


def _bring_libraries(packages: Path) -> None:
    """Link there each library that an installation of the wheel brings; Babel is for running from a clone."""
    for requirement in re.findall(r"^([\w.-]+)\S*==", (ROOT / "requirements" / "run.txt").read_text(), re.MULTILINE):
        with contextlib.suppress(metadata.PackageNotFoundError):  # for another system than this one
            library = metadata.distribution(requirement)
            tops = {file.parts[0] for file in library.files or [] if file.parts[0] not in {"..", "__pycache__"}}
            for top in tops if requirement != "babel" else ():
                (packages / top).symlink_to(library.locate_file(top))


def _get(port: int, address: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    with contextlib.closing(connection):
        connection.request("GET", address)
        return connection.getresponse().read().decode()


def _succeed(*command: str | Path, cwd: Path | None = None) -> None:
    ended = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
