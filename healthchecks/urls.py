from api.views import route
from healthchecks import event_views, history_views, overview_views, proof_views, views

urlpatterns = [
    route("connections/{connection_id}", views.ConnectionDetail),
    route("connections/{connection_id}/health-checks", views.ConnectionHealthCheckList),
    route("connections/{connection_id}/health-checks/latest", views.LatestHealthCheck),
    route("connections/{connection_id}/uptime", history_views.ConnectionUptime),
    route("connections/{connection_id}/latency", history_views.ConnectionLatency),
    route("connections/{connection_id}/failures", history_views.ConnectionFailures),
    route("connections/{connection_id}/timeline", history_views.ConnectionTimeline),
    route("integrations/{integration_id}/actions/{action_id}/prove", proof_views.ActionProof),
    route("health-checks", views.HealthCheckList),
    route("health-checks/summary", overview_views.TenantSummary),
    route("health-checks/by-integration", overview_views.TotalsByIntegration),
    route("health-checks/recent", overview_views.RecentHealthChecks),
    route("health-checks/trend", overview_views.TenantTrend),
    route("health-checks/{check_id}", views.HealthCheckItem),
    route("state-changes", event_views.StateChangeList),
    route("alerts", event_views.AlertList),
    route("alerts/{alert_id}", event_views.AlertItem),
    route("alerts/{alert_id}/acknowledge", event_views.Acknowledge),
    route("health/integrations", views.IntegrationHealth),
    route("internal/health-checks", views.Dispatch),
]
