"""Print the link by which an empty system is set up."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from tenants import first_run


class Command(BaseCommand):
    help = "Prints the link that the first person opens, while there is nobody yet."

    def handle(self, *args: Any, **options: Any) -> None:
        if first_run.is_set_up():
            self.stdout.write(f"sign in at {settings.PUBLIC_URL}{reverse('sign-in')}")
        else:
            self.stdout.write(f"nobody is here yet: set Vitals up at {first_run.link()}")
