"""The page that the first person of an empty system opens, and sets it up with."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth import login, password_validation
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from tenants import first_run
from tenants.models import Tenant

_TITLE = "Welcome to Vitals"
_IS_SET_UP = "Vitals is set up already: this link opens nothing any more."
_NOT_WHOLE = f"This link is not whole. {first_run.HOW_TO_BEGIN}"


class WelcomeForm(forms.Form):
    organisation = forms.CharField(
        max_length=Tenant._meta.get_field("name").max_length,
        validators=Tenant._meta.get_field("name").validators,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    email = forms.EmailField(
        label="Your e-mail address",
        max_length=User._meta.get_field("email").max_length,
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validation.password_validators_help_text_html,
    )

    def clean(self) -> dict[str, Any]:
        fields = self.cleaned_data
        if "password" in fields:
            address = fields.get("email", "")
            try:
                password_validation.validate_password(fields["password"], User(email=address))
            except ValidationError as refused:
                self.add_error("password", refused)
        return fields


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest, token: str) -> HttpResponse:
    if first_run.is_set_up():
        return _note(request, _IS_SET_UP, status=410)
    if not first_run.opens(token):
        return _note(request, _NOT_WHOLE, status=404)
    form = WelcomeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            user = first_run.set_up(**form.cleaned_data)
        except first_run.IsSetUp:
            return _note(request, _IS_SET_UP, status=410)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return redirect("/")
    return render(request, "dashboard/doors/welcome.html", {"title": _TITLE, "form": form})


def _note(request: HttpRequest, text: str, *, status: int) -> HttpResponse:
    return render(
        request, "dashboard/doors/note.html", {"title": _TITLE, "text": text}, status=status
    )
