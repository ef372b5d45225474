from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = "Notifications"

    def ready(self) -> None:
        from connections.models import SHOWN_FROM_ABOVE
        from connections.rotation import ALSO_SEALED
        from notifications import deletion, nudging
        from notifications.looking import is_flapping
        from notifications.models import NotificationChannel

        ALSO_SEALED.append((NotificationChannel, "encrypted_secrets"))
        SHOWN_FROM_ABOVE["flapping"] = is_flapping()
        deletion.connect()
        nudging.connect()
