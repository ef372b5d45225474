"""The pages by which people come in: signing in and out, and choosing a password."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, PasswordResetForm
from django.contrib.auth.views import (
    LoginView,
    LogoutView,
    PasswordChangeView,
    PasswordResetCompleteView,
    PasswordResetConfirmView,
    PasswordResetDoneView,
    PasswordResetView,
)
from django.http import HttpResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache

from api import broker
from dashboard.welcome import welcome
from tenants import first_run
from tenants.limited_forms import LimitedForm
from tenants.password_forms import ChangePasswordForm, ForgottenPasswordForm
from tenants.password_links import GOOD_FOR
from tenants.signing_in import SignInForm

_SENT = (
    "If somebody in Vitals has this address, a mail with a link is on its way to it. The link is"
    f" good for {GOOD_FOR}. If nothing comes, look among the unwanted mails."
)


class SignIn(LoginView):
    form_class = SignInForm
    template_name = "dashboard/doors/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        how_to_begin = "" if first_run.is_set_up() else first_run.HOW_TO_BEGIN
        return super().get_context_data(title="Sign in", how_to_begin=how_to_begin, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        return _with_wait(super().form_invalid(form), form)


class SetPassword(PasswordResetConfirmView):
    template_name = "dashboard/doors/set_password.html"
    success_url = "/set-password/done"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**kwargs) | {"title": "Choose a password"}


@method_decorator(never_cache, name="dispatch")
class ChangePassword(PasswordChangeView):
    form_class = ChangePasswordForm
    template_name = "dashboard/doors/change_password.html"
    success_url = "/settings?section=you&passwordChanged=1"
    title = "Change your password"

    def form_invalid(self, form: PasswordChangeForm) -> HttpResponse:
        return _with_wait(super().form_invalid(form), form)


@method_decorator(never_cache, name="dispatch")
class ForgotPassword(PasswordResetView):
    form_class = ForgottenPasswordForm
    template_name = "dashboard/doors/forgot_password.html"
    success_url = "/forgot-password/sent"
    title = "Forgot your password?"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request}

    def form_valid(self, form: PasswordResetForm) -> HttpResponse:
        try:
            return super().form_valid(form)
        except broker.FAULTS:
            form.add_error(None, "The mail cannot be sent right now. Try again in a while.")
            page = super().form_invalid(form)
            page.status_code = 503
            return page

    def form_invalid(self, form: PasswordResetForm) -> HttpResponse:
        return _with_wait(super().form_invalid(form), form)


def _with_wait(page: HttpResponse, form: object) -> HttpResponse:
    if isinstance(form, LimitedForm) and form.wait:
        page.status_code = 429
        page.headers["Retry-After"] = str(form.wait)
    return page


_NOTE = "dashboard/doors/note.html"

urlpatterns = [
    path("sign-in", SignIn.as_view(), name="sign-in"),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("welcome/<token>", welcome, name="welcome"),
    path("settings/password", ChangePassword.as_view(), name="change-password"),
    path("forgot-password", ForgotPassword.as_view(), name="forgot-password"),
    path(
        "forgot-password/sent",
        PasswordResetDoneView.as_view(
            template_name=_NOTE, extra_context={"title": "Look into your mails", "text": _SENT}
        ),
    ),
    path(
        "set-password/done",
        PasswordResetCompleteView.as_view(
            template_name=_NOTE,
            extra_context={"title": "Password set", "text": "You can sign in with it now."},
        ),
        name="password-set",
    ),
    path("set-password/<uidb64>/<token>", SetPassword.as_view(), name="set-password"),
]
