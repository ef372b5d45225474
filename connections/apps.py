from django.apps import AppConfig
from django.core.checks import Tags, register


class ConnectionsConfig(AppConfig):
    name = "connections"
    verbose_name = "Connections"

    def ready(self) -> None:
        from connections import checks, following

        following.connect()
        register(checks.check_keys_at_hand, Tags.database)
