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
    return _built(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sandbox_wheel(tmp_path_factory) -> Path:
    return _built(ROOT / "packaging" / "sandbox", tmp_path_factory.mktemp("sandbox-wheel"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """An empty environment, with the libraries of an installation and no other: what the tests need is not there."""
    installed = tmp_path_factory.mktemp("installed")
    venv.create(installed)
    _bring_libraries(_packages(installed))
    _install(wheel, installed)
    return installed


def test_the_wheel_brings_its_translations_compiled_and_nothing_of_the_workshop(wheel):
    names = ZipFile(wheel).namelist()

    assert "pupitre/locale/fr_CA/LC_MESSAGES/django.mo" in names
    assert {name.partition("/")[0] for name in names} == {"pupitre", f"{wheel.stem.rpartition('-py3')[0]}.dist-info"}
    assert [name for name in names if name.endswith((".po", ".pyc"))] == []


def test_the_payment_sandbox_is_not_in_the_wheel_and_brings_nothing_else_in_its_own(wheel, sandbox_wheel):
    ours = [name for name in ZipFile(wheel).namelist() if name.startswith("pupitre/sandbox/")]
    theirs = [name for name in ZipFile(sandbox_wheel).namelist() if ".dist-info/" not in name]

    assert ours == []
    assert [name for name in theirs if not name.startswith("pupitre/sandbox/")] == []
    assert "pupitre/sandbox/templates/sandbox/card.html" in theirs


@pytest.mark.parametrize("command", [["run", "--port", "0"], ["sandbox", "--port", "0"]])
def test_an_installation_without_the_sandbox_says_so(installed, tmp_path, command):
    done = subprocess.run(
        [installed / "bin" / "python", "-m", "pupitre", *command],
        cwd=tmp_path,
        env=_ordinary(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert "The payment sandbox is not installed here." in done.stderr
    assert "Traceback" not in done.stderr


def test_with_the_sandbox_an_installed_wheel_runs_the_demonstration_by_itself(installed, sandbox_wheel, tmp_path):
    _install(sandbox_wheel, installed)

    with _running(installed / "bin" / "python", tmp_path) as port:
        page = _get(port, "/")
        sheet = page.split('rel="stylesheet" href="')[1].split('"')[0]

        assert '<html lang="fr-CA"' in page
        assert "@layer" in _get(port, sheet)


def _built(project: Path, folder: Path) -> Path:
    _succeed(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, project, cwd=folder)
    (wheel,) = folder.glob("pupitre*.whl")
    return wheel


def _install(wheel: Path, environment: Path) -> None:
    python = environment / "bin" / "python"
    _succeed(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)


def _packages(environment: Path) -> Path:
    return next((environment / "lib").glob("python3*/site-packages"))


def _ordinary() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith((*OURS, "PYTHON"))}


@contextlib.contextmanager
def _running(python: Path, folder: Path) -> Iterator[int]:
    port = free_port("127.0.0.1", 0)
    with subprocess.Popen(
        [python, "-m", "pupitre", "run", "--port", str(port)],
        cwd=folder,
        env=_ordinary(),
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
