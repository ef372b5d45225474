from api.views import route
from connections import views

urlpatterns = [
    route("connections", views.ConnectionList),
    route("connections/{connection_id}/credential", views.CredentialItem),
    route("connections/{connection_id}/pause", views.Pause),
    route("connections/{connection_id}/resume", views.Resume),
]
