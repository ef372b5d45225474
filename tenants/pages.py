"""The pages by which people come in: signing in and out, and choosing a password."""

from django.contrib.auth.views import (
    LoginView,
    LogoutView,
    PasswordResetCompleteView,
    PasswordResetConfirmView,
)
from django.urls import path

urlpatterns = [
    path(
        "sign-in",
        LoginView.as_view(template_name="tenants/sign_in.html", extra_context={"title": "Sign in"}),
        name="sign-in",
    ),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path(
        "set-password/done",
        PasswordResetCompleteView.as_view(
            template_name="tenants/password_set.html", extra_context={"title": "Password set"}
        ),
        name="password-set",
    ),
    path(
        "set-password/<uidb64>/<token>",
        PasswordResetConfirmView.as_view(
            template_name="tenants/set_password.html",
            success_url="/set-password/done",
            extra_context={"title": "Choose a password"},
        ),
        name="set-password",
    ),
]
