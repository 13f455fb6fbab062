"""What an installation needs before it serves: tables, static files, translations."""

from importlib.util import find_spec
from pathlib import Path

from django.core.management import call_command

LOCALE_DIR = Path(__file__).resolve().parent / "locale"


def compile_translations() -> None:
    """Compile the catalogues that have no compiled form yet. The wheel brings them; a clone does not."""
    if find_spec("babel") is None:
        return
    from pupitre.translations import compile_catalogues

    compile_catalogues(LOCALE_DIR)


def bring_up_to_date(*, demo: bool) -> None:
    """Create or update the tables and the static files, and load the demonstration when asked."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    if demo:
        call_command("demo", verbosity=0)
