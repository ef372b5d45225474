"""An OpenAPI document in the admin: uploaded or pasted, and what became of it."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from integrations.models import Integration
from tenants.models import Tenant
from tests.admin.pages import fields_of, log_entries, page, row, text

IMPORT = page(Integration, "import")
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Depot"},
    "servers": [{"url": "https://depot.example.com"}, {"url": "https://old.example.com"}],
    "paths": {"/ping": {"get": {}}, "/me": {"get": {"summary": "Who am I <b>"}}},
}


def upload(content: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("openapi.json", content.encode())


def test_the_list_leads_to_the_import(olga: Client) -> None:
    assert IMPORT in text(olga.get(page(Integration, "changelist")))
    assert "Import from OpenAPI" in text(olga.get(IMPORT))


def test_a_file_becomes_an_integration_and_the_page_says_what_is_to_know(
    olga: Client, acme: Tenant
) -> None:
    answer = olga.post(IMPORT, {"tenant": acme.pk, "file": upload(json.dumps(DOCUMENT))})
    made = Integration.objects.get(tenant=acme)
    assert (made.name, made.status) == ("Depot", "draft")
    assert made.test_action is not None
    assert made.test_action.path == "/me"
    shown = text(answer)
    assert row(made) in shown
    assert "Who am I &lt;b&gt; <strong>(the test action)" in shown
    assert "https://old.example.com" in shown
    assert "Imported from OpenAPI" in log_entries()


def test_a_text_does_as_well_and_can_be_named(olga: Client, acme: Tenant) -> None:
    wishes = {"name": "Mine", "base_url": "https://{site}.example.com"}
    olga.post(IMPORT, {"tenant": acme.pk, "text": json.dumps(DOCUMENT), **wishes})
    made = Integration.objects.get()
    assert (made.name, made.base_url) == ("Mine", "https://{site}.example.com")


def test_an_integration_with_many_actions_can_still_be_changed(olga: Client, acme: Tenant) -> None:
    many = DOCUMENT | {"paths": {f"/{n}": {"get": {}} for n in range(100)}}
    olga.post(IMPORT, {"tenant": acme.pk, "text": json.dumps(many)})
    made = Integration.objects.get()
    assert "too many actions for this page" in text(olga.get(row(made)))
    assert (
        olga.post(row(made), fields_of(olga, row(made)) | {"status": "active"}).status_code == 302
    )
    made.refresh_from_db()
    assert (made.status, made.actions.count()) == ("active", 100)


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        ({}, "Choose a file, or enter its text."),
        ({"text": "{}", "file": upload("{}")}, "Choose a file, or enter its text."),
        ({"text": "openapi: ["}, "It is not YAML"),
        ({"text": json.dumps(DOCUMENT | {"servers": []})}, "Give the address of the API"),
        ({"text": json.dumps(DOCUMENT | {"info": {}})}, "/info/title: It has no title."),
        ({"text": json.dumps(DOCUMENT), "base_url": "ftp://x"}, "http"),
        ({"text": json.dumps(DOCUMENT), "tenant": "x"}, "is not a valid UUID"),
        ({"file": upload(" " * (5 * 2**20 + 1))}, "larger than 5 MiB"),
    ],
)
def test_bad_input_is_explained(
    olga: Client, acme: Tenant, sent: dict[str, Any], complaint: str
) -> None:
    assert complaint in text(olga.post(IMPORT, {"tenant": acme.pk, **sent}))
    assert not Integration.objects.exists()


def test_a_text_that_is_too_large_is_to_be_uploaded(olga: Client, acme: Tenant) -> None:
    sent = {"tenant": acme.pk, "text": " " * (2_621_440 + 1)}
    assert "Upload it as a file" in text(olga.post(IMPORT, sent, follow=True))
    assert not Integration.objects.exists()


def test_another_sites_form_imports_nothing(acme: Tenant) -> None:
    olga = Client(enforce_csrf_checks=True)
    olga.force_login(User.objects.create_superuser("olga"))
    sent = {"tenant": acme.pk, "text": json.dumps(DOCUMENT)}
    assert olga.post(IMPORT, sent).status_code == 403
    assert not Integration.objects.exists()


def test_who_may_not_add_integrations_may_not_import_them(olga: Client, acme: Tenant) -> None:
    rene = User.objects.create_user("rene", is_staff=True)
    rene.user_permissions.add(Permission.objects.get(codename="view_integration"))
    olga.force_login(rene)
    assert IMPORT not in text(olga.get(page(Integration, "changelist")))
    answer = olga.post(IMPORT, {"tenant": acme.pk, "text": json.dumps(DOCUMENT)})
    assert answer.status_code == 403
    assert not Integration.objects.exists()
