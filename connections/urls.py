from django.urls import path

from api.views import route
from connections import bulk_views, views
from connections.oauth import views as oauth

urlpatterns = [
    route("connections", views.ConnectionList),
    route("connections/bulk", bulk_views.Bulk),
    route("connections/{connection_id}/credential", views.CredentialItem),
    route("connections/{connection_id}/oauth/start", oauth.Start),
    path("oauth/callback", oauth.callback, name="oauth-callback"),
    route("connections/{connection_id}/pause", views.Pause),
    route("connections/{connection_id}/resume", views.Resume),
    route("connections/{connection_id}/mute", views.Mute),
    route("connections/{connection_id}/unmute", views.Unmute),
]
