"""Create a tenant and its first API key."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from tenants.models import Tenant, create_tenant


class Command(BaseCommand):
    """The key is printed once and cannot be read again."""

    help = "Creates a tenant with an API key of role admin, and prints both."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="of the tenant, as people will see it")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            tenant, key = create_tenant(_checked(options["name"]))
        if options["json"]:
            answer = {"tenantId": str(tenant.pk), "name": tenant.name, "apiKey": key}
            self.stdout.write(json.dumps(answer))
            return
        self.stdout.write(f"Tenant:   {tenant.name}")
        self.stdout.write(f"Id:       {tenant.pk}")
        self.stdout.write(f"API key:  {key}")
        self.stdout.write("Its role is admin. Keep it now: it cannot be shown again.")


def _checked(text: str) -> str:
    name, longest = text.strip(), Tenant._meta.get_field("name").max_length or 0
    if not name:
        raise CommandError("The name is empty. Give the tenant a name.")
    if len(name) > longest:
        raise CommandError(f"The name is too long. Give one of at most {longest} characters.")
    if not name.isprintable():
        raise CommandError("The name has characters that cannot be shown. Leave them out.")
    return name
