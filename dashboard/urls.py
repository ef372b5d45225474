"""The paths of the pages."""

from django.urls import URLPattern, path

from dashboard.shells import Shell, act_for


def _page(route: str, module: str, section: str, title: str) -> URLPattern:
    view = Shell.as_view(module=module, section=section, title=title)
    return path(route, view, name=f"page-{module}")


urlpatterns = [
    _page("", "overview", "overview", "Overview"),
    _page("connections", "connections", "connections", "Connections"),
    _page("connections/new", "new_connection", "connections", "Add a connection"),
    _page("connections/<uuid:id>", "connection", "connections", "Connection"),
    _page("integrations", "integrations", "integrations", "Integrations"),
    _page("integrations/new", "new_integration", "integrations", "Add an integration"),
    _page("integrations/<uuid:id>", "integration", "integrations", "Integration"),
    _page("alerts", "alerts", "alerts", "Alerts"),
    _page("incidents", "incidents", "alerts", "Incidents"),
    _page("incidents/<uuid:id>", "incident", "alerts", "Incident"),
    _page("notices", "notices", "alerts", "Notices"),
    _page("maintenance", "maintenance", "alerts", "Maintenance"),
    _page("maintenance/new", "new_window", "alerts", "Plan maintenance"),
    _page("maintenance/<uuid:id>", "window", "alerts", "Maintenance window"),
    _page("channels", "channels", "alerts", "Channels"),
    _page("channels/new", "new_channel", "alerts", "Add a channel"),
    _page("channels/<uuid:id>", "channel", "alerts", "Channel"),
    _page("deliveries", "deliveries", "alerts", "Deliveries"),
    _page("history", "history", "history", "History"),
    _page("settings", "settings", "settings", "Settings"),
    path("act-for", act_for, name="act-for"),
]
