"""Load the demo's tenant, or bring it up to date with the provider that is running now."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from demo import history
from demo import tenant as demo_tenant
from demo.backfill import backfill
from demo.sign_in import SignIn, sign_in


class Command(BaseCommand):
    """Progress goes to standard error, the sign-in to standard output."""

    help = "Loads a demo tenant over the simulated provider. Keeps what is there already."

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DEMO_PROVIDER is None:
            raise CommandError("The demo needs its simulated provider: use bin/run --demo.")
        host, port = settings.DEMO_PROVIDER
        with transaction.atomic():
            self._print(self._load(f"http://{host}:{port}/{{account}}"))

    def _load(self, base_url: str) -> SignIn:
        now = timezone.now()
        tenant = demo_tenant.ensure_tenant()
        demo_tenant.move_to(tenant, base_url)
        demo_tenant.renew_expiring(tenant, now)
        if subjects := demo_tenant.add_missing(tenant, base_url, now):
            self.stderr.write(f"Writing {history.LENGTH.days} days of {len(subjects)} connections")
            checks = backfill(subjects, until=now)
            self.stderr.write(f"Wrote {checks} health checks")
        return sign_in(tenant)

    def _print(self, found: SignIn) -> None:
        self.stdout.write(f"Admin:    {found.url}/admin/")
        self.stdout.write(f"Sign-in:  {found.user_name} / {found.password}")
        self.stdout.write(f"API key:  {found.api_key}")
        self.stdout.write("All of it is made up, history included, and tagged “demo”.")
