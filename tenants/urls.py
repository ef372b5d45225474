from api.views import route
from tenants import endpoints, session_endpoints

urlpatterns = [
    route("tenant", endpoints.TenantItem),
    route("members", endpoints.MemberList),
    route("members/{member_id}", endpoints.MemberItem),
    route("api-keys", endpoints.KeyList),
    route("api-keys/{key_id}", endpoints.KeyItem),
    route("api-keys/{key_id}/rotate", endpoints.KeyRotation),
    route("session/tenants", session_endpoints.SessionTenantList),
    route("session/tenant", session_endpoints.SessionTenantItem),
]
