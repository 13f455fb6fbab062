"""`pupitre run`: one command starts everything, and everything ends with it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pupitre.processes import AlreadyHeld, sole_holder
from pupitre.running import CannotRun, Demonstration, choose_addresses, free_port
from tests.shop_processes import free_addresses, ordinary_environment, running_shop

pytestmark = [
    pytest.mark.once,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, which only Linux has"),
]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A folder where the demonstration is ready to start. A test that starts it works on a copy."""
    folder = tmp_path_factory.mktemp("prepared")
    with Demonstration.prepared(folder, free_addresses(), ordinary_environment()):
        return folder


@pytest.fixture
def data_dir(prepared: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "data"))


@pytest.fixture
def demonstration(data_dir) -> Iterator[subprocess.Popen[str]]:
    """The command itself, once it has said that it runs."""
    port = str(free_port("127.0.0.1", 0))
    with _pupitre("run", "--port", port, data_dir=data_dir, stderr=subprocess.STDOUT) as command:
        said = []
        for line in command.stdout or []:
            said.append(line)
            if "Ctrl-C" in line:
                break
        else:
            pytest.fail(f"it did not start: {''.join(said)}")
        yield command
        command.kill()


def test_ctrl_c_stops_everything(demonstration):
    family = _descendants(demonstration.pid)
    assert len(family) >= 4

    demonstration.send_signal(signal.SIGINT)

    assert demonstration.wait(30) == 0
    assert _still_running(family) == []


def test_nothing_outlives_a_command_that_was_killed(demonstration):
    family = _descendants(demonstration.pid)

    demonstration.kill()

    assert _wait_until(lambda: _still_running(family) == [], seconds=30)


def test_what_dies_is_started_again(data_dir):
    with running_shop(data_dir, keep_alive=True) as shop:
        killed = shop.parts["web"].process
        assert killed
        os.kill(killed.pid, signal.SIGKILL)

        assert _wait_until(lambda: shop.parts["web"].process is not killed, seconds=10)
        shop.wait_until_it_answers()


def test_a_second_demonstration_on_the_same_folder_is_refused(demonstration, data_dir):
    with _pupitre("run", data_dir=data_dir, stderr=subprocess.STDOUT) as second:
        said = second.stdout.readline()
        stop_in_any_case = threading.Timer(30, second.kill)
        stop_in_any_case.start()
        second.wait()
        stop_in_any_case.cancel()

    assert second.returncode == 1
    assert said.startswith(f"Pupitre already runs in {data_dir}, at http://127.0.0.1:")


def test_a_second_web_process_on_the_same_sqlite_file_is_refused(shop):
    command = subprocess.run(
        [sys.executable, "-m", "pupitre", "web", "--port", str(free_port("127.0.0.1", 0))],
        env=shop.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert command.returncode == 1
    assert command.stderr.startswith("Another web process already serves ")


def test_dangerous_settings_are_refused_before_anything_is_served(shop):
    command = subprocess.run(
        [sys.executable, "-m", "pupitre", "web"],
        env=shop.environment | {"PUPITRE_PAYMENT_MODE": "live", "PUPITRE_SECRET_KEY": "x" * 50},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert command.returncode == 1
    assert "PUPITRE_STRIPE_SECRET_KEY must begin with sk_live_ or rk_live_" in command.stderr
    assert "PUPITRE_CODE_KEY is empty" in command.stderr


def test_a_demonstration_never_takes_real_money(tmp_path):
    with (
        pytest.raises(CannotRun, match="play money"),
        Demonstration.prepared(tmp_path, free_addresses(), {"PUPITRE_PAYMENT_MODE": "live"}),
    ):
        pytest.fail("it started")


def test_a_taken_port_is_not_an_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        addresses = choose_addresses("127.0.0.1", port)

    assert addresses.web_port > port
    assert len({addresses.web_port, addresses.sandbox_port, addresses.mail_port}) == 3


def test_a_lock_goes_with_its_holder(tmp_path):
    with (
        sole_holder(tmp_path / "lock", note="first"),
        pytest.raises(AlreadyHeld, match="first"),
        sole_holder(tmp_path / "lock"),
    ):
        pytest.fail("two holders")

    with sole_holder(tmp_path / "lock", note="second"):
        assert (tmp_path / "lock").read_text() == "second"


def _pupitre(*arguments: str, data_dir: Path, **options) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pupitre", *arguments],
        env=ordinary_environment() | {"PUPITRE_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )


def _descendants(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [descendant for child in children for descendant in (int(child), *_descendants(int(child)))]


def _still_running(pids: list[int]) -> list[int]:
    """Those that neither ended nor wait for someone to notice that they did."""
    running = []
    for pid in pids:
        status = Path(f"/proc/{pid}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z":
            running.append(pid)
    return running


def _wait_until(condition, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
