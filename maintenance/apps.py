from django.apps import AppConfig


class MaintenanceConfig(AppConfig):
    name = "maintenance"
    verbose_name = "Maintenance"

    def ready(self) -> None:
        import connections.edits
        import integrations.edits
        from connections.models import SHOWN_FROM_ABOVE
        from maintenance.covering import maintenance_until
        from maintenance.edits import follow_connections, follow_integration

        connections.edits.deleting.connect(follow_connections, dispatch_uid="maintenance")
        integrations.edits.deleting.connect(follow_integration, dispatch_uid="maintenance")
        SHOWN_FROM_ABOVE["maintenance_until"] = maintenance_until()
