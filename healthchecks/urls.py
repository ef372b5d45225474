from api.views import route
from healthchecks import views

urlpatterns = [
    route("connections/{connection_id}", views.ConnectionDetail),
    route("connections/{connection_id}/health-checks", views.ConnectionHealthCheckList),
    route("connections/{connection_id}/health-checks/latest", views.LatestHealthCheck),
    route("health-checks", views.HealthCheckList),
    route("health-checks/summary", views.TenantSummary),
    route("health-checks/{check_id}", views.HealthCheckItem),
    route("health/integrations", views.IntegrationHealth),
    route("internal/health-checks", views.Dispatch),
]
