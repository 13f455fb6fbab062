"""The commands: `pupitre run` for a demonstration, the others for an installation."""

import argparse
import os
import sys
from pathlib import Path

from pupitre import payments_command
from pupitre.starting import says_what_is_wrong, start_django


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks, and say by the exit code whether it worked."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["manage"]:
        return _manage(arguments[1:])
    wanted = _command_line().parse_args(arguments)
    if wanted.until_ends:
        from pupitre.processes import end_with

        end_with(wanted.until_ends)
    return wanted.do(wanted)


def _command_line() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pupitre", description="A shop where workplaces buy places in training.")
    parser.add_argument("--until-ends", type=int, metavar="PID", help=argparse.SUPPRESS)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    run = commands.add_parser("run", help="a demonstration shop: everything, with a payment sandbox")
    run.add_argument("--host", default="127.0.0.1", help="address of the shop (default: this machine only)")
    run.add_argument("--port", type=_port, default=8000, help="port of the shop, or the next free one (default: 8000)")
    run.set_defaults(do=_run)

    web = commands.add_parser("web", help="serve the shop's pages")
    web.add_argument("--host", default="127.0.0.1")
    web.add_argument("--port", type=_port, default=8000)
    web.set_defaults(do=_web)

    worker = commands.add_parser("worker", help="send letters, follow payments, do what is due")
    worker.set_defaults(do=_worker)

    sandbox = commands.add_parser("sandbox", help="stand-in for Stripe and PayPal, for demonstrations and tests")
    sandbox.add_argument("--host", default="127.0.0.1")
    sandbox.add_argument("--port", type=_port, default=8001)
    sandbox.add_argument("--remote", action="store_true", help="let other machines in, with a password")
    sandbox.set_defaults(do=_sandbox)

    mailbox = commands.add_parser("mailbox", help="a mail server that keeps every letter, for demonstrations")
    mailbox.add_argument("--host", default="127.0.0.1")
    mailbox.add_argument("--port", type=_port, default=8025)
    mailbox.set_defaults(do=_mailbox)

    migrate = commands.add_parser("migrate", help="bring the database and the static files up to date")
    migrate.add_argument("--demo", action="store_true", help="also load the demonstration")
    migrate.set_defaults(do=_migrate)

    check = commands.add_parser("check", help="audit the settings, and the books against the rows that explain them")
    check.set_defaults(do=_check)

    payments_command.add_to(commands)
    payments_command.add_reconcile_to(commands)

    commands.add_parser("manage", help="any other Django command: pupitre manage help")
    return parser


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"“{text}” is not a port: give a number from 0 to 65535.")


def _run(wanted: argparse.Namespace) -> int:
    from pupitre.running import run

    return run(wanted.host, wanted.port)


def _web(wanted: argparse.Namespace) -> int:
    start_django()
    if says_what_is_wrong():
        return 1
    from pupitre.serving import AlreadyServed, serve

    try:
        serve(wanted.host, wanted.port)
    except AlreadyServed as refusal:
        return _fail(str(refusal))
    return 0


def _worker(wanted: argparse.Namespace) -> int:
    start_django()
    if says_what_is_wrong():
        return 1
    from pupitre import worker

    worker.run()
    return 0


def _sandbox(wanted: argparse.Namespace) -> int:
    # Before Django is configured: the sandbox is a process of its own, with none of the shop's settings.
    from pupitre.running import NO_SANDBOX, SANDBOX_IS_HERE

    if not SANDBOX_IS_HERE:
        return _fail(NO_SANDBOX)
    from pupitre import sandbox

    sandbox.serve(wanted.host, wanted.port, remote=wanted.remote)
    return 0


def _mailbox(wanted: argparse.Namespace) -> int:
    from pupitre import mailbox

    outbox = Path(os.environ.get("PUPITRE_DATA_DIR", "var")).resolve() / "outbox"
    mailbox.serve(wanted.host, wanted.port, outbox)
    return 0


def _migrate(wanted: argparse.Namespace) -> int:
    from pupitre import preparing

    preparing.compile_translations()
    start_django()
    preparing.bring_up_to_date(demo=wanted.demo)
    return 0


def _check(wanted: argparse.Namespace) -> int:
    start_django()
    if says_what_is_wrong():
        return 1
    from pupitre.queries import attention, books

    disagreements = books.disagreements()
    for sentence in [*disagreements, *attention.waiting_for_a_person()]:
        print(sentence)
    if disagreements:
        return 1
    print("The settings are sound and the books agree.")
    return 0


def _manage(arguments: list[str]) -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pupitre.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["pupitre manage", *arguments])
    return 0


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
