from api.views import route
from incidents import views

urlpatterns = [
    route("incidents", views.IncidentList),
    route("incidents/{incident_id}", views.IncidentItem),
    route("incidents/{incident_id}/acknowledge", views.AcknowledgeIncident),
    route("incidents/{incident_id}/connections", views.IncidentConnectionList),
    route("incidents/{incident_id}/timeline", views.IncidentTimeline),
]
