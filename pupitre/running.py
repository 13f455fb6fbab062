"""`pupitre run`: the demonstration. Shop, worker, payment sandbox and mail server, started and stopped together."""

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from pupitre.gateways.safety import SANDBOX_MARK
from pupitre.processes import AlreadyHeld, sole_holder

OWNER = "proprietaire@exemple.ca"
ASSIGNER = "adjointe@exemple.ca"
STAFF = "gestion@exemple.ca"
PROMO_CODE = "BIENVENUE"
PASSWORD = "pupitre-demo-2026"  # noqa: S105 - printed on purpose: it opens the demonstration only
CARDS = {
    "4242 4242 4242 4242": "accepted",
    "4000 0000 0000 0002": "declined",
    "4000 0027 6000 3184": "asks for 3-D Secure",
}
REASONS_TO_STOP = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LOOPBACK = "127.0.0.1"
SECONDS_TO_ANSWER = 60
SECONDS_TO_STOP = 25
LONGEST_PAUSE = 30.0
LARGEST_LOG = 5 * 1024 * 1024
SANDBOX_IS_HERE = find_spec("pupitre.sandbox") is not None  # a package of its own: not where money is taken
NO_SANDBOX = "The payment sandbox is not installed here. For a demonstration, install pupitre[sandbox]."


class CannotRun(Exception):
    """The demonstration cannot start here, and the sentence says why."""


@dataclass(frozen=True)
class Addresses:
    """Where the parts of the demonstration listen."""

    host: str
    web_port: int
    sandbox_port: int
    mail_port: int

    @property
    def shop(self) -> str:
        everywhere = self.host in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
        return f"http://{LOOPBACK if everywhere else self.host}:{self.web_port}"

    @property
    def outbox(self) -> str:
        return f"{self.shop}/_courriels/"

    @property
    def sandbox(self) -> str:
        return f"http://{LOOPBACK}:{self.sandbox_port}"

    @property
    def console(self) -> str:
        return f"{self.sandbox}/_sandbox/"


def run(host: str, port: int) -> int:
    """Run the demonstration until it is told to stop."""
    data_dir = Path(os.environ.get("PUPITRE_DATA_DIR", "var")).resolve()
    stop = threading.Event()
    with _told_to_stop(stop), contextlib.ExitStack() as parts:
        try:
            demonstration = parts.enter_context(Demonstration.prepared(data_dir, choose_addresses(host, port)))
            demonstration.start()
            demonstration.wait_until_it_answers(stop)
        except CannotRun as refusal:
            if stop.is_set():
                return 0
            print(refusal, file=sys.stderr)
            return 1
        if not stop.is_set():
            print(_welcome(demonstration, port), flush=True)
        demonstration.keep_alive(stop)
        print("Stopping…", flush=True)
    return 0


def choose_addresses(host: str, port: int) -> Addresses:
    """Free ports: the one asked for or the next, then the ones after it for the sandbox and for mail."""
    ports: list[int] = []
    for wanted in (port, 8001, 8025):
        address = host if not ports else LOOPBACK
        ports.append(free_port(address, wanted, taken=ports))
    return Addresses(host, *ports)


def free_port(host: str, wanted: int, *, taken: list[int] | None = None) -> int:
    """The wanted port, or the next one that nobody listens to. Port 0 is any."""
    if wanted == 0:
        with socket.create_server((host, 0)) as listener:
            return listener.getsockname()[1]
    for port in range(wanted, min(wanted + 1000, 65536)):
        if port not in (taken or []) and _is_free(host, port):
            return port
    raise CannotRun(f"No port is free from {wanted} on at {host}. Give another one: pupitre run --port 9000.")


def _is_free(host: str, port: int) -> bool:
    try:
        # Like every server started again soon after: a port whose last visitors are still leaving counts as free.
        with socket.create_server((host, port)):
            return True
    except PermissionError as refusal:
        raise CannotRun(f"This user may not listen to port {port}. Give one above 1023.") from refusal
    except socket.gaierror as refusal:
        raise CannotRun(f"“{host}” is not an address of this machine.") from refusal
    except OSError:
        return False


@dataclass
class Part:
    """One process of the demonstration, started again when it dies."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause: float = 1.0
    due_at: float | None = field(default=None)

    def start(self) -> None:
        with self.log.open("ab") as log:
            # A session of its own: Ctrl-C reaches the demonstration only, which then stops its parts in order.
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pupitre", "--until-ends", str(os.getpid()), *self.arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.started_at = time.monotonic()
        self.due_at = None

    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def ask_to_stop(self) -> None:
        if self.process and self.is_running():
            self.process.terminate()

    def end(self, deadline: float) -> None:
        """Wait for it to stop; past the deadline, kill it and whatever it started."""
        if self.process is None:
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.1, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def revive(self, say: Callable[[str], None]) -> None:
        """Start it again some time after it died; the pause doubles while it keeps dying."""
        if self.is_running() or self.process is None:
            return
        now = time.monotonic()
        if self.due_at is None:
            self.pause = 1.0 if now - self.started_at > 60 else min(self.pause * 2, LONGEST_PAUSE)
            self.due_at = now + self.pause
            code = self.process.returncode
            say(f"{self.name} stopped by itself ({code}): starting it again in {self.pause:.0f} s. See {self.log}")
        elif now >= self.due_at:
            self.start()


class Demonstration:
    """Every process of the demonstration, on one folder of data."""

    def __init__(self, data_dir: Path, addresses: Addresses, environment: dict[str, str]) -> None:
        self.data_dir = data_dir
        self.addresses = addresses
        self.environment = environment
        self.logs = data_dir / "log"
        self.parts = {
            name: Part(name, arguments, environment, self.logs / f"{name}.log")
            for name, arguments in {
                "mailbox": ["mailbox", "--port", str(addresses.mail_port)],
                "sandbox": ["sandbox", "--port", str(addresses.sandbox_port)],
                "web": ["web", "--host", addresses.host, "--port", str(addresses.web_port)],
                "worker": ["worker"],
            }.items()
        }

    @classmethod
    @contextlib.contextmanager
    def prepared(
        cls, data_dir: Path, addresses: Addresses, given: dict[str, str] | None = None
    ) -> Iterator["Demonstration"]:
        """A demonstration whose database, static files and demonstration data are ready; stopped at the end."""
        given = dict(os.environ) if given is None else given
        if given.get("PUPITRE_PAYMENT_MODE", "sandbox") != "sandbox":
            raise CannotRun(
                "pupitre run is a demonstration, paid with play money: it does not start when PUPITRE_PAYMENT_MODE "
                "is set to anything else than sandbox. An installation runs pupitre web and pupitre worker."
            )
        if not SANDBOX_IS_HERE:
            raise CannotRun(NO_SANDBOX)
        try:
            with sole_holder(data_dir / "run.lock", note=addresses.shop):
                demonstration = cls(data_dir, addresses, _environment(data_dir, addresses, given))
                demonstration.prepare()
                try:
                    yield demonstration
                finally:
                    demonstration.stop()
        except AlreadyHeld as held:
            raise CannotRun(f"Pupitre already runs in {data_dir}, at {held.note}.") from None

    def prepare(self) -> None:
        """Bring the database up to date and load the demonstration; running it again keeps what is there."""
        self.logs.mkdir(exist_ok=True)
        for part in self.parts.values():
            if part.log.exists() and part.log.stat().st_size > LARGEST_LOG:
                part.log.replace(part.log.with_suffix(".old.log"))
        preparation = subprocess.run(
            [sys.executable, "-m", "pupitre", "migrate", "--demo"],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if preparation.returncode:
            raise CannotRun(f"{preparation.stdout}{preparation.stderr}\nThe demonstration could not be prepared.")

    def start(self) -> None:
        for part in self.parts.values():
            part.start()

    def stop(self) -> None:
        for part in self.parts.values():
            part.ask_to_stop()
        deadline = time.monotonic() + SECONDS_TO_STOP
        for part in self.parts.values():
            part.end(deadline)

    def wait_until_it_answers(self, stop: threading.Event | None = None) -> None:
        """Return when the shop answers; say what its log says when it does not start."""
        stop = stop or threading.Event()
        deadline = time.monotonic() + SECONDS_TO_ANSWER
        while not stop.is_set() and not self._answers():
            web = self.parts["web"]
            if not web.is_running() or time.monotonic() > deadline:
                last_lines = "\n".join(web.log.read_text(errors="replace").splitlines()[-15:])
                raise CannotRun(f"{last_lines}\nThe shop did not start. Its messages are in {web.log}")
            stop.wait(0.1)

    def keep_alive(self, stop: threading.Event, say: Callable[[str], None] = print) -> None:
        """Start again whatever dies, until told to stop."""
        while not stop.wait(0.2):
            for part in self.parts.values():
                part.revive(say)

    def _answers(self) -> bool:
        address = self.addresses.shop.removeprefix("http://")
        connection = http.client.HTTPConnection(address, timeout=10)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


def _environment(data_dir: Path, addresses: Addresses, given: dict[str, str]) -> dict[str, str]:
    """What the parts read: what was given first, then the demonstration's own values, then this run's addresses."""
    return {
        "PUPITRE_DEMO": "1",
        "PUPITRE_OFFICE_TWO_STEPS": "0",
        "PUPITRE_SITE_URL": addresses.shop,
        "PUPITRE_ALLOWED_HOSTS": f"{LOOPBACK} localhost [::1] {addresses.host}",
        **_kept_keys(data_dir),
        **given,
        "PYTHONUNBUFFERED": "1",
        "PUPITRE_DATA_DIR": str(data_dir),
        "PUPITRE_PAYMENT_MODE": "sandbox",
        "PUPITRE_SANDBOX_URL": addresses.sandbox,
        "PUPITRE_STRIPE_API_BASE": addresses.sandbox,
        "PUPITRE_PAYPAL_API_BASE": addresses.sandbox,
        "PUPITRE_EMAIL_HOST": LOOPBACK,
        "PUPITRE_EMAIL_PORT": str(addresses.mail_port),
        "PUPITRE_EMAIL_ALLOWED": "*",  # that mail server keeps every letter and delivers none
    }


def _kept_keys(data_dir: Path) -> dict[str, str]:
    """Keys of the payment sandbox, made once: payments of the last run must still be readable in the next one.

    They bear its mark: a shop that takes money refuses to start with one of them.
    """
    kept = data_dir / "sandbox-keys.json"
    if not kept.exists() or SANDBOX_MARK not in kept.read_text():
        keys = {
            "PUPITRE_STRIPE_SECRET_KEY": f"sk_test_{SANDBOX_MARK}{secrets.token_hex(16)}",
            "PUPITRE_STRIPE_WEBHOOK_SECRETS": f"whsec_{SANDBOX_MARK}{secrets.token_hex(16)}",
            "PUPITRE_PAYPAL_CLIENT_ID": f"A{SANDBOX_MARK}{secrets.token_hex(20)}",
            "PUPITRE_PAYPAL_CLIENT_SECRET": f"E{SANDBOX_MARK}{secrets.token_hex(20)}",
            "PUPITRE_PAYPAL_WEBHOOK_ID": f"{SANDBOX_MARK}{secrets.token_hex(8)}".upper(),
        }
        kept.touch(mode=0o600)
        kept.write_text(json.dumps(keys, indent=2))
    return json.loads(kept.read_text())


@contextlib.contextmanager
def _told_to_stop(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C, a closed terminal and a polite kill all mean: stop everything, then leave."""
    before = {reason: signal.signal(reason, lambda *_: stop.set()) for reason in REASONS_TO_STOP}
    try:
        yield
    finally:
        for reason, handler in before.items():
            signal.signal(reason, handler)


def _welcome(demonstration: Demonstration, wanted_port: int) -> str:
    addresses = demonstration.addresses
    taken = f"Port {wanted_port} is taken: using {addresses.web_port}.\n" if wanted_port != addresses.web_port else ""
    cards = "\n".join(
        f"  {'Test cards' if not n else '':16}{card}  {fate}" for n, (card, fate) in enumerate(CARDS.items())
    )
    return f"""{taken}
Pupitre is running, with play money.

  Shop            {addresses.shop}/
  Letters sent    {addresses.outbox}
  Payments        {addresses.console}

  Sign in as      {OWNER}  (buys for an establishment)
                  {ASSIGNER}      (assigns for the same one)
                  {STAFF}       (training provider, /admin/)
  Password        {PASSWORD}  (alone: no second step is asked for here)
  Promo code      {PROMO_CODE}  (10% off)

{cards}

Messages of each part are in {demonstration.logs}. Ctrl-C stops everything."""
