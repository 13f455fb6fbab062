"""What every command does first: wake Django up, and refuse to go on where it would be dangerous."""

import os
import sys


def start_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pupitre.settings")
    import django

    django.setup()


def what_is_wrong() -> list[str]:
    """What the system checks found, hints included. None when the installation may run like this."""
    from django.core import checks
    from django.db import OperationalError

    try:
        messages = checks.run_checks(databases=["default"])
    except OperationalError as trouble:
        return [f"The database does not answer: {trouble}"]
    serious = [message for message in messages if message.is_serious() and not message.is_silenced()]
    return [f"{message.msg}\n  {message.hint}" if message.hint else str(message.msg) for message in serious]


def says_what_is_wrong() -> bool:
    """Print it. True when the installation must not run like this."""
    wrong = what_is_wrong()
    for problem in wrong:
        print(problem, file=sys.stderr)
    return bool(wrong)
