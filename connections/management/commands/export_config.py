"""Write a tenant's configuration as one file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connections.as_code.exporting import export
from connections.as_code.faults import FileRefused
from tenants.naming import tenant_called


class Command(BaseCommand):
    """No secret is in it."""

    help = "Writes a tenant's integrations, actions, connections and settings as YAML."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("tenant", metavar="TENANT", help="its slug or id")
        parser.add_argument("--file", type=Path, help="where to write it, else to standard output")
        parser.add_argument(
            "--references",
            action="store_true",
            help="name an environment variable for each secret, as an import reads them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = tenant_called(options["tenant"])
        if tenant is None:
            raise CommandError("There is no tenant with this slug or id.")
        try:
            document = export(tenant, references=options["references"])
        except FileRefused as refusal:
            raise CommandError(str(refusal)) from None
        if options["file"] is None:
            self.stdout.write(document, ending="")
            return
        try:
            options["file"].write_text(document, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}.") from None
