"""Bring a tenant's configuration in line with a file."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connections.as_code.faults import FileRefused
from connections.as_code.importing import Outcome, import_document
from connections.as_code.reading import read_file
from tenants.models import Tenant
from tenants.naming import tenant_called


class Command(BaseCommand):
    """All or nothing; a second import of the same file changes nothing."""

    help = "Creates and changes what a file of export_config says, and shows what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--tenant", help="slug or id, where it is not the one that FILE names")
        parser.add_argument("--dry-run", action="store_true", help="only show what would change")
        parser.add_argument(
            "--prune", action="store_true", help="delete what is missing from the lists of FILE"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        try:
            document = read_file(file)
            outcome = import_document(
                _tenant(options["tenant"] or document.get("tenant")),
                document,
                environment=os.environ,
                prune=options["prune"],
                dry_run=options["dry_run"],
            )
        except FileRefused as refusal:
            *others, last = (f"{file.name}: {fault}" for fault in refusal.faults)
            for line in others:
                self.stderr.write(line)
            raise CommandError(f"{last}\nNothing was changed." if others else last) from None
        self._show(outcome, dry_run=options["dry_run"])

    def _show(self, outcome: Outcome, *, dry_run: bool) -> None:
        for difference in outcome.differences:
            for line in difference.lines():
                self.stdout.write(line)
        for place in outcome.unlisted:
            self.stdout.write(f"= {place} is not in the file and stays (--prune deletes it)")
        if not outcome.differences:
            self.stdout.write("Nothing to change.")
            return
        count = Counter(difference.sign for difference in outcome.differences)
        done = f"{count['+']} created, {count['~']} changed, {count['-']} deleted"
        self.stdout.write(f"{done}{': tried only, nothing was changed' if dry_run else ''}.")


def _tenant(named: Any) -> Tenant:
    if not isinstance(named, str):
        raise CommandError("Name the tenant: with --tenant, or as `tenant: SLUG` in the file.")
    tenant = tenant_called(named)
    if tenant is None:
        raise CommandError("There is no tenant with this slug or id.")
    return tenant
