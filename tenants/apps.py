from django.apps import AppConfig
from django.db.backends.signals import connection_created


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Tenants"

    def ready(self) -> None:
        from tenants.row_security import tell_new_connection

        connection_created.connect(tell_new_connection, dispatch_uid="row security")
