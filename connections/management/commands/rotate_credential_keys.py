"""Re-encrypt every credential with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connections.rotation import KeyUse, key_use, rotate


class Command(BaseCommand):
    """Can be stopped at any time and started again; probes go on beside it."""

    help = "Re-encrypts every credential with the first of CREDENTIAL_KEYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only say how many secrets need which key"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        before = key_use()
        if options["check"]:
            self._report(before)
            return
        resealed = 0
        unreadable: list[str] = []
        for batch in rotate():
            resealed += batch.resealed
            unreadable += batch.unreadable
            done = resealed + len(unreadable)
            self.stderr.write(f"{done:,} of {before.outdated:,} secrets done")
        for name in unreadable:
            self.stderr.write(f"The {name} cannot be read.")
        after = key_use()
        self.stdout.write(
            f"{resealed:,} re-encrypted, {before.counts.get(before.newest, 0):,} were new already,"
            f" {len(unreadable):,} cannot be read. {_droppable(after)}"
        )
        _refuse_lacking(after)
        if unreadable:
            raise CommandError(
                f"{len(unreadable):,} secrets, named above, were changed in the database or"
                " belong to another host: enter them again, or delete them."
            )

    def _report(self, use: KeyUse) -> None:
        for key in (use.newest, *use.older):
            role = "newest" if key == use.newest else "older"
            self.stdout.write(f"Key {key} ({role}): {use.counts.get(key, 0):,} secrets")
        self.stdout.write(_droppable(use))
        _refuse_lacking(use)


def _droppable(use: KeyUse) -> str:
    if not use.older:
        return f"CREDENTIAL_KEYS has one key, {use.newest}."
    if not use.droppable:
        return f"No key can be dropped: still used are {', '.join((use.newest, *use.older))}."
    return f"No longer used, and can be dropped from CREDENTIAL_KEYS: {', '.join(use.droppable)}."


def _refuse_lacking(use: KeyUse) -> None:
    if use.lacking:
        needed = ", ".join(f"{key} ({count:,})" for key, count in sorted(use.lacking.items()))
        raise CommandError(
            "CREDENTIAL_KEYS lacks keys that stored credentials need, by id (and how many):"
            f" {needed}. Put them back behind the first."
        )
