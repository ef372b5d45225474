"""Read the catalogue of providers and check it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations import catalogue
from integrations.provider_files import CatalogueError


class Command(BaseCommand):
    """Providers live in files and are read when a process starts: there is nothing to store.

    Integrations that exist already keep their own settings.
    """

    help = "Reads and checks every provider's file. A fault is named by file and field."

    def handle(self, *args: Any, **options: Any) -> None:
        catalogue.providers.cache_clear()
        try:
            found = catalogue.providers()
        except CatalogueError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"{len(found)} providers, all in order: {', '.join(found)}")
        self.stdout.write("A process that runs already reads them when it is started again.")
