"""Load the demo provider."""

from django.core.management.base import BaseCommand, CommandError

from pupitre import demo
from pupitre.refusals import Refused


class Command(BaseCommand):
    help = "Load a demo provider, with buyers, people and a year of purchases, into an empty installation."

    def handle(self, *args, **options) -> None:
        try:
            is_new = demo.load()
        except Refused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write("Demo loaded." if is_new else "The demo is already there: nothing was changed.")
        self.stdout.write(f"Owner: {demo.OWNER_EMAIL}  Back office: {demo.STAFF_EMAIL}  Password: {demo.PASSWORD}")
