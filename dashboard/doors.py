"""The pages by which people come in: signing in and out, and choosing a password."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import (
    LoginView,
    LogoutView,
    PasswordResetCompleteView,
    PasswordResetConfirmView,
)
from django.http import HttpResponse
from django.urls import path

from dashboard.welcome import welcome
from tenants import first_run
from tenants.signing_in import SignInForm


class SignIn(LoginView):
    form_class = SignInForm
    template_name = "dashboard/doors/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        how_to_begin = "" if first_run.is_set_up() else first_run.HOW_TO_BEGIN
        return super().get_context_data(title="Sign in", how_to_begin=how_to_begin, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        page = super().form_invalid(form)
        if isinstance(form, SignInForm) and form.wait:
            page.status_code = 429
            page.headers["Retry-After"] = str(form.wait)
        return page


class SetPassword(PasswordResetConfirmView):
    template_name = "dashboard/doors/set_password.html"
    success_url = "/set-password/done"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"title": "Choose a password"}


urlpatterns = [
    path("sign-in", SignIn.as_view(), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("welcome/<token>", welcome, name="welcome"),
    path(
        "set-password/done",
        PasswordResetCompleteView.as_view(
            template_name="dashboard/doors/note.html",
            extra_context={"title": "Password set", "text": "You can sign in with it now."},
        ),
        name="password-set",
    ),
    path("set-password/<uidb64>/<token>", SetPassword.as_view(), name="set-password"),
]
