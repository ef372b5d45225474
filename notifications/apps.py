from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        from connections.rotation import ALSO_SEALED
        from notifications import deletion, nudging
        from notifications.models import NotificationChannel

        ALSO_SEALED.append((NotificationChannel, "encrypted_secrets"))
        deletion.connect()
        nudging.connect()
