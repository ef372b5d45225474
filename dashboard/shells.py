"""The shell of each page: navigation, who acts for which tenant, and the script that fills it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST
from django.views.generic import TemplateView

from connections.oauth.consent import redirect_uri
from dashboard.modules import modules_of
from dashboard.words import words
from tenants import sessions
from tenants.models import Membership
from tenants.row_security import for_all_tenants
from tenants.scoping import read_id

SECTIONS = (
    {"name": "overview", "path": "/", "title": "Overview", "icon": "layout-dashboard"},
    {"name": "connections", "path": "/connections", "title": "Connections", "icon": "plug"},
    {
        "name": "integrations",
        "path": "/integrations",
        "title": "Integrations",
        "icon": "building-2",
    },
    {"name": "alerts", "path": "/alerts", "title": "Alerts", "icon": "triangle-alert"},
    {"name": "history", "path": "/history", "title": "History", "icon": "history"},
    {"name": "settings", "path": "/settings", "title": "Settings", "icon": "settings"},
)


@method_decorator((never_cache, ensure_csrf_cookie), name="dispatch")
class Shell(LoginRequiredMixin, TemplateView):
    """A page. `module` is its script below `dashboard/pages/`, `section` its place in the
    navigation."""

    template_name = "dashboard/page.html"
    module = ""
    section = ""
    title = ""
    membership: Membership

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return self.handle_no_permission()
        with for_all_tenants():
            found = sessions.current(request.session, request.user)
            others = list(sessions.memberships_of(request.user).order_by("tenant__name"))
        if found is None and not others and request.user.is_staff:
            return redirect("admin:index")
        if found is None:
            context = {"title": "No organisation", "memberships": others}
            return render(request, "dashboard/no_tenant.html", context, status=403)
        self.membership, self.memberships = found, others
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        member, tenant = self.membership, self.membership.tenant
        return super().get_context_data(
            **kwargs,
            title=self.title,
            modules=modules_of(f"dashboard/pages/{self.module}.js", "dashboard/core/chrome.js"),
            section=self.section,
            sections=SECTIONS,
            member=member,
            memberships=self.memberships,
            tenant=tenant,
            frame={
                "tenantId": tenant.pk,
                "memberId": member.pk,
                "role": member.role,
                "email": member.user.email or member.user.get_username(),
                "path": kwargs,
                "redirectUri": redirect_uri(),
            },
            words=words(),
        )


@require_POST
@login_required
def act_for(request: HttpRequest) -> HttpResponse:
    """Let the session act for another of the person's tenants, and begin there anew."""
    tenant_id = read_id(request.POST.get("tenant", ""))
    if tenant_id and isinstance(request.user, User):
        with for_all_tenants():
            sessions.choose(request.session, request.user, tenant_id)
    return redirect("/")
