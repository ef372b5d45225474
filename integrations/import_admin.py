"""The admin's pages for making an integration of an OpenAPI document."""

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from api.names import validate_name
from api.parsing import MAX_DOCUMENT
from integrations.models import Integration
from integrations.openapi.document import ImportRefused
from integrations.openapi.importing import Plan, carry_out, plan, read
from integrations.templates import validate_base_url
from tenants.admin_bases import ModelAdmin
from tenants.admin_choices import SearchedChoice
from tenants.models import Tenant

_FOLDER = "admin/integrations/integration"
_FIELDS = {"baseUrl": "base_url", "name": "name", "document": "file"}


class ImportForm(forms.Form):
    tenant = forms.Field()  # made in `__init__`, with a search
    file = forms.FileField(
        required=False, help_text="An OpenAPI 3 document in JSON or YAML, 5 MiB at most."
    )
    text = forms.CharField(
        required=False,
        strip=False,
        label="Or its text",
        help_text="2.5 MB at most. Upload what is larger.",
        widget=forms.Textarea(attrs={"rows": 12, "cols": 80}),
    )
    name = forms.CharField(
        required=False,
        max_length=200,
        validators=[validate_name],
        help_text="Blank: the document's title.",
    )
    base_url = forms.CharField(
        required=False,
        max_length=2000,
        validators=[validate_base_url],
        label="Base URL",
        widget=forms.TextInput(attrs={"size": 80}),
        help_text="Blank: the document's first server with https.",
    )

    plan: Plan

    def __init__(self, site: AdminSite, *args: Any) -> None:
        super().__init__(*args)
        tenant = Integration._meta.get_field("tenant")
        self.fields["tenant"] = forms.ModelChoiceField(
            Tenant.objects.all(), widget=SearchedChoice(tenant, site)
        )

    def clean_file(self) -> bytes:
        """Return what is in the file; where there is none, nothing."""
        file: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if file is None:
            return b""
        content: bytes = file.read(MAX_DOCUMENT + 1)
        if len(content) > MAX_DOCUMENT:
            raise forms.ValidationError("The file is larger than 5 MiB.")
        return content

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        text = cleaned["text"].encode(errors="surrogatepass")
        if bool(cleaned["file"]) == bool(text.strip()):
            self.add_error("file", "Choose a file, or enter its text.")
            return cleaned
        wishes = {name: cleaned[name] for name in ("name", "base_url") if cleaned[name]}
        try:
            self.plan = plan(read(cleaned["file"] or text), wishes)
        except ImportRefused as refusal:
            self.add_error(_FIELDS[refusal.field], refusal.text)
        return cleaned


class ImportsOpenApi(ModelAdmin):
    """Adds "Import from OpenAPI" to the list of integrations."""

    change_list_template = f"{_FOLDER}/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        # Exempt until the form is known to be readable: `import_view` protects the rest.
        view = self.admin_site.admin_view(csrf_exempt(self.import_view))
        own = path("import/", view, name="integrations_integration_import")
        return [own, *super().get_urls()]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        try:
            request.POST  # noqa: B018 - reading it is what fails
        except RequestDataTooBig:
            text = "Nothing was imported: the text is larger than 2.5 MB. Upload it as a file."
            messages.error(request, text)
            return HttpResponseRedirect(request.path)
        return csrf_protect(self._import)(request)

    def _import(self, request: HttpRequest) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ImportForm(self.admin_site, request.POST or None, request.FILES or None)
        if form.is_valid():
            imported = carry_out(form.cleaned_data["tenant"], form.plan)
            self.log_addition(request, imported.integration, "Imported from OpenAPI.")
            name = imported.integration.name
            return self._page(request, "imported", name, imported=imported, media=self.media)
        media = self.media + form.media
        return self._page(request, "import", "Import from OpenAPI", form=form, media=media)

    def _page(
        self, request: HttpRequest, template: str, title: str, **shown: Any
    ) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            **shown,
        }
        return TemplateResponse(request, f"{_FOLDER}/{template}.html", context)
