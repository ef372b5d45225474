from api.views import route
from integrations import import_view, views

urlpatterns = [
    route("providers", views.ProviderList),
    route("providers/{slug}", views.ProviderItem),
    route("integrations", views.IntegrationList),
    route("integrations/import", import_view.IntegrationImport),
    route("integrations/{integration_id}", views.IntegrationItem),
    route("integrations/{integration_id}/mute", views.Mute),
    route("integrations/{integration_id}/unmute", views.Unmute),
    route("integrations/{integration_id}/actions", views.ActionList),
    route("integrations/{integration_id}/actions/{action_id}", views.ActionItem),
]
