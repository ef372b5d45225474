"""Every path that the web process answers."""

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from api.readiness import livez, readyz
from api.views import Unknown

urlpatterns = [
    path("livez", livez),
    path("readyz", readyz),
    # One sign-in for all, and one page to change a password: guesses are counted there.
    path("admin/login/", RedirectView.as_view(pattern_name="sign-in", query_string=True)),
    path("admin/password_change/", RedirectView.as_view(pattern_name="change-password")),
    path("admin/", admin.site.urls),
    path("", include("dashboard.doors")),
    path("", include("dashboard.urls")),
    path("api/v1/", include("api.openapi.pages")),
    path("api/v1/", include("tenants.urls")),
    path("api/v1/", include("integrations.urls")),
    path("api/v1/", include("connections.urls")),
    path("api/v1/", include("maintenance.urls")),
    path("api/v1/", include("healthchecks.urls")),
    path("api/v1/", include("incidents.urls")),
    path("api/v1/", include("notifications.urls")),
    re_path(r"^api(/|$)", Unknown.as_view()),
]

handler400 = "api.errors.bad_request"
handler500 = "api.errors.server_error"
