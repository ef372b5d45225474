"""What the OpenAPI document says of who may call."""

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension

from api.openapi.schema import ApiSchema
from tenants.permissions import NEEDED_ROLE


class TenantSchema(ApiSchema):
    """The operations of one view, with the role that each needs."""

    def get_description(self) -> str:  # type: ignore[override]
        name = self.path.removeprefix("/api/v1/").rstrip("/")
        role = NEEDED_ROLE.get(f"{self.method} {name}")
        text = super().get_description()
        return f"{text}\n\nNeeds the role `{role}`." if role else text


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "tenants.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key of the tenant."}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "tenants.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "A signed-in browser; what changes something needs `X-CSRFToken` too.",
        }
