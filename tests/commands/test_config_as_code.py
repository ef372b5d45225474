"""`export_config` and `import_config`: a tenant's configuration as one file, there and back."""

import datetime as dt
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from connections import edits
from connections.edits import NewCredential
from connections.encryption import unseal
from connections.models import Connection, ConnectionHealth, Credential
from healthcheck_project.environment import ROOT
from integrations.models import Action, Integration
from tenants.models import Tenant
from tests.factories import make_action, make_connection, make_integration, make_tenant

pytestmark = pytest.mark.django_db

EXAMPLE = re.search(
    r"```yaml\n(.*?)```", (ROOT / "docs/operations.md").read_text(encoding="utf-8"), re.DOTALL
)
Bring = Callable[..., str]


@pytest.fixture
def acme() -> Tenant:
    return make_tenant("Acme")


@pytest.fixture
def full(acme: Tenant) -> Tenant:
    """A tenant in which no field has the value that it has by itself."""
    Tenant.objects.filter(pk=acme.pk).update(
        default_interval_minutes=30, retention_days=20, theme="dark", accent_color="#1a2b3c"
    )
    crm = make_integration(
        acme,
        "Zoë's CRM",
        slug="crm",
        base_url="https://{site}.example.com",
        auth={"type": "bearer", "prefix": "Token"},
        headers={"X-Version": "2027-01-01", "Accept": "application/json"},
        checks_enabled=False,
        interval_minutes=3,
        requests_per_second=0.5,
        timeout_ms=4000,
        degraded_latency_ms=900,
        tags=["sales", "on", "1:30"],
    )
    who = make_action(
        crm,
        "Who am I",
        method="POST",
        path="/graphql?v={version}",
        parameters=[{"name": "version", "in": "path", "required": True, "default": "2"}],
        headers={"X-Trace": "no"},
        body={"query": "{ me }\n{ you }", "deep": [1, 2.5, None, True, {"a": []}]},
        read_only=True,
        tags=["health-check"],
        response_rules={
            "success": {
                "statuses": ["2xx"],
                "body": [{"path": "$.ok", "op": "equals", "value": True}],
            }
        },
        position=4,
    )
    make_action(crm, "Another", position=7)
    Integration.objects.filter(pk=crm.pk).update(test_action=who)
    crm.refresh_from_db()
    production = make_connection(
        crm,
        "Production",
        variables={"site": "acme", "word": "null"},
        status="paused",
        interval_minutes=9,
        health_check_test_action=who,
        tags=["eu", "5"],
    )
    Credential.objects.filter(pk=production.pk).update(
        expires_at=dt.datetime(2031, 2, 3, 4, 5, 6, tzinfo=dt.UTC), expiry_source="entered"
    )
    make_connection(crm, "Staging", variables={"site": "staging"}, token=None)
    make_integration(acme, "Postman", slug="postman", provider="postman", status="draft")
    return acme


@pytest.fixture
def bring(tmp_path: Path) -> Bring:
    """Import a document, or text, into a tenant; return what was said."""

    def import_(document: Any, tenant: Tenant, *options: str) -> str:
        file = tmp_path / "acme.yaml"
        file.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
        out = StringIO()
        call_command(
            "import_config", str(file), "--tenant", tenant.slug, *options, stdout=out, stderr=out
        )
        return out.getvalue()

    return import_


def export(tenant: Tenant, *options: str) -> str:
    out = StringIO()
    call_command("export_config", tenant.slug, *options, stdout=out)
    return out.getvalue()


def integration(**fields: Any) -> dict[str, Any]:
    usual = {"slug": "crm", "name": "CRM", "baseUrl": "https://crm.example.com"}
    return {"integrations": [usual | fields]}


def refused(document: Any, tenant: Tenant, tmp_path: Path, *options: str) -> list[str]:
    """Import a document that is refused; return the faults, without the file's name."""
    file, said = tmp_path / "acme.yaml", StringIO()
    text = document if isinstance(document, str) else yaml.safe_dump(document)
    file.write_text(text, encoding="utf-8")
    before = export(tenant)
    with pytest.raises(CommandError) as refusal:
        call_command("import_config", str(file), "--tenant", tenant.slug, *options, stderr=said)
    assert export(tenant) == before
    lines = [*said.getvalue().splitlines(), *str(refusal.value).splitlines()]
    found = [line for line in lines if line != "Nothing was changed."]
    assert all(line.startswith("acme.yaml: ") for line in found)
    return [line.removeprefix("acme.yaml: ") for line in found]


def token_of(connection: Connection) -> str:
    stored = Credential.objects.get(pk=connection.pk)
    return unseal(
        bytes(stored.encrypted_secret), connection_id=connection.pk, origin=connection.origin
    )["token"]


def test_what_was_exported_makes_the_same_tenant_elsewhere(
    full: Tenant, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported = export(full, "--references")
    monkeypatch.setenv("VITALS_CRM_PRODUCTION_TOKEN", "brought-along")
    other = make_tenant("Other")
    said = bring(exported, other)
    assert re.sub(r"\bother\b", "acme", export(other, "--references")) == exported
    assert token_of(Connection.objects.get(tenant=other, name="Production")) == "brought-along"
    assert said.splitlines()[-1] == "6 created, 1 changed, 0 deleted."
    assert bring(exported, other) == "Nothing to change.\n"


def test_every_field_that_the_api_takes_is_in_the_file(full: Tenant) -> None:
    document = yaml.safe_load(export(full, "--references"))
    crm, postman = document["integrations"]
    assert document["settings"] == {
        "defaultIntervalMinutes": 30,
        "retentionDays": 20,
        "look": {"theme": "dark", "accentColor": "#1a2b3c"},
    }
    assert (crm["slug"], crm["provider"], postman["provider"]) == ("crm", None, "postman")
    assert crm["healthCheckConfig"] == {
        "enabled": False,
        "intervalMinutes": 3,
        "testAction": "Who am I",
    }
    assert crm["actions"][0]["body"]["deep"] == [1, 2.5, None, True, {"a": []}]
    assert crm["connections"][0] == {
        "name": "Production",
        "variables": {"site": "acme", "word": "null"},
        "status": "paused",
        "healthCheckTestAction": "Who am I",
        "intervalMinutes": 9,
        "tags": ["eu", "5"],
        "credential": {
            "secret": {"token": "${VITALS_CRM_PRODUCTION_TOKEN}"},
            "expiresAt": "2031-02-03T04:05:06Z",
        },
    }
    assert crm["connections"][1]["name"] == "Staging"


def test_an_export_without_references_says_nothing_of_credentials(
    full: Tenant, bring: Bring
) -> None:
    exported = export(full)
    assert "credential" not in exported
    before = Credential.objects.values().get()
    assert bring(exported, full) == "Nothing to change.\n"
    assert Credential.objects.values().get() == before


def test_an_import_that_changes_nothing_touches_no_row(full: Tenant, bring: Bring) -> None:
    def rows() -> list[Any]:
        kinds = (Tenant, Integration, Action, Connection, ConnectionHealth)
        return [list(kind._default_manager.order_by("pk").values()) for kind in kinds]

    before = rows()
    bring(export(full), full)
    assert rows() == before


def test_a_dry_run_shows_what_would_change_and_changes_nothing(full: Tenant, bring: Bring) -> None:
    before = export(full)
    document = yaml.safe_load(before)
    crm = document["integrations"][0]
    crm["timeoutMs"] = 5000
    crm["actions"][1]["path"] = "/other"
    crm["connections"].append({"name": "Third", "variables": {"site": "third"}})
    expected = [
        "~ integrations[crm]",
        "    timeoutMs: 4000 → 5000",
        "~ integrations[crm].actions[Another]",
        '    path: "/me" → "/other"',
        "+ integrations[crm].connections[Third]",
    ]
    counted = "1 created, 2 changed, 0 deleted"
    tried = bring(document, full, "--dry-run")
    assert tried.splitlines() == [*expected, f"{counted}: tried only, nothing was changed."]
    assert export(full) == before
    assert bring(document, full).splitlines() == [*expected, f"{counted}."]
    assert bring(document, full) == "Nothing to change.\n"


def test_what_the_file_leaves_out_stays_and_is_named(full: Tenant, bring: Bring) -> None:
    document = {"integrations": [{"slug": "crm", "connections": [{"name": "Staging"}]}]}
    assert bring(document, full).splitlines() == [
        "= integrations[crm].connections[Production] is not in the file and stays"
        " (--prune deletes it)",
        "= integrations[postman] is not in the file and stays (--prune deletes it)",
        "Nothing to change.",
    ]


def test_pruning_deletes_what_is_missing_from_the_lists_of_the_file(
    full: Tenant, bring: Bring
) -> None:
    document = {"integrations": [{"slug": "crm", "connections": [{"name": "Staging"}]}]}
    assert bring(document, full, "--prune").splitlines() == [
        "- integrations[crm].connections[Production]",
        "- integrations[postman]",
        "0 created, 0 changed, 2 deleted.",
    ]
    assert Action.objects.count() == 2  # about actions the file said nothing
    assert bring(document, full, "--prune") == "Nothing to change.\n"


def test_a_new_secret_is_stored_and_the_same_one_is_left_alone(
    acme: Tenant, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm = integration(
        auth={"type": "bearer"},
        connections=[{"name": "Main", "credential": {"secret": {"token": "${ACME_TOKEN}"}}}],
    )
    monkeypatch.setenv("ACME_TOKEN", "the-first")
    bring(crm, acme)
    main = Connection.objects.get()
    expires_at = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)
    edits.store_credential(
        main, NewCredential(secret={"token": "the-first"}, expires_at=expires_at)
    )
    assert bring(crm, acme) == "Nothing to change.\n"
    monkeypatch.setenv("ACME_TOKEN", "the-second")
    told = bring(crm, acme)
    assert "~ integrations[crm].connections[Main]\n    credential" in told
    assert "the-second" not in told
    assert token_of(main) == "the-second"
    monkeypatch.setenv("ACME_TOKEN", "the-third")
    assert "    credential: another secret\n" in bring(crm, acme)


def test_another_host_takes_the_credential_along_only_by_its_reference(
    acme: Tenant, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_TOKEN", "the-first")
    main: dict[str, Any] = {"name": "Main", "credential": {"secret": {"token": "${ACME_TOKEN}"}}}
    bring(integration(auth={"type": "bearer"}, connections=[main]), acme)
    moved = integration(baseUrl="https://other.example.com", connections=[{"name": "Main"}])
    assert "    credential: deleted\n" in bring(moved, acme, "--dry-run")
    assert Credential.objects.count() == 1
    moved["integrations"][0]["connections"] = [main]
    assert "    credential: another secret\n" in bring(moved, acme)
    assert token_of(Connection.objects.get()) == "the-first"


def test_a_provider_brings_its_test_action_unless_the_file_lists_actions(
    acme: Tenant, bring: Bring
) -> None:
    bring({"integrations": [{"slug": "a", "provider": "postman"}]}, acme)
    bring(
        {"integrations": [{"slug": "b", "provider": "postman", "actions": []}]}, acme, "--dry-run"
    )
    bring({"integrations": [{"slug": "b", "provider": "postman", "actions": []}]}, acme)
    a, b = Integration.objects.order_by("slug")
    assert a.test_action is not None
    assert (b.test_action, b.actions.count()) == (None, 0)


def test_a_test_action_can_be_exchanged_and_change_its_method_at_once(
    full: Tenant, bring: Bring
) -> None:
    document = yaml.safe_load(export(full))
    crm = document["integrations"][0]
    crm["healthCheckConfig"]["testAction"] = "Another"
    crm["connections"][0]["healthCheckTestAction"] = "Another"
    crm["actions"][0]["readOnly"] = False
    bring(document, full)
    chosen = Integration.objects.get(slug="crm").test_action
    assert chosen is not None
    assert chosen.name == "Another"


def test_all_faults_are_named_at_once_each_with_its_place(
    full: Tenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    broken = {
        "speed": 5,
        "settings": {"retentionDays": 0, "name": "Other"},
        "integrations": [
            {
                "slug": "crm",
                "healthCheckConfig": {"testAction": "Gone", "testActionId": "…", "enabled": 1},
                "tags": [5],
                "actions": [{"name": "X", "path": "no-slash"}, {"name": "X"}, {}],
                "connections": [{"name": "Y", "variables": {"site": 5}, "id": "…"}],
            },
            {"slug": "new one", "name": "New", "baseUrl": "https://x.example.com"},
            {"slug": "c", "name": "C", "baseUrl": "ftp://c", "actions": [{"name": "Z"}]},
            {
                "slug": "d",
                "name": "D",
                "baseUrl": "https://d.example.com",
                "auth": {"type": "bearer"},
                "actions": "none",
                "connections": [
                    {"name": "1", "credential": {"secret": {"token": "${NOT_SET}"}}},
                    {"name": "2", "credential": {"secret": {"token": "a-secret-value"}}},
                    {"name": "3", "credential": {"secret": {"token": "${CREDENTIAL_KEYS}"}}},
                    {"name": "4", "healthCheckTestAction": "Gone", "status": "asleep"},
                ],
            },
            {"slug": "postman", "provider": "jira"},
        ],
    }
    found = refused(broken, full, tmp_path)
    assert sorted(found) == [
        "integrations[0].actions[0].path: Start the path with a slash.",
        "integrations[0].actions[1].name: integrations[0].actions[0] has the same.",
        "integrations[0].actions[2].name: Give a text: it says which one this is.",
        "integrations[0].connections[0].id: This cannot be set.",
        "integrations[0].healthCheckConfig.enabled: Must be a valid boolean.",
        "integrations[0].healthCheckConfig.testActionId: A file names it: testAction.",
        "integrations[0].tags[0]: Not a valid string.",
        "integrations[1].slug: Enter a valid “slug” consisting of Unicode letters, numbers,"
        " underscores, or hyphens.",
        "integrations[2].actions[0].path: This field is required.",
        "integrations[2].baseUrl: The URL must start with http:// or https://.",
        "integrations[3].actions: Give a list.",
        "integrations[3].connections[0].credential.secret.token:"
        " The environment variable NOT_SET is not set.",
        "integrations[3].connections[1].credential.secret.token:"
        " A secret stands here by reference only, such as ${ACME_TOKEN}.",
        "integrations[3].connections[2].credential.secret.token:"
        " CREDENTIAL_KEYS is a secret of Vitals itself.",
        "integrations[3].connections[3].healthCheckTestAction:"
        " This integration has no action of this name.",
        'integrations[3].connections[3].status: "asleep" is not a valid choice.',
        "integrations[4].provider: An integration keeps its provider.",
        "settings.name: A tenant's name is not part of a file.",
        "settings.retentionDays: Ensure this value is greater than or equal to 1.",
        "speed: Unknown field.",
    ]
    assert "a-secret-value" not in "".join(found)


def test_a_name_that_two_things_have_is_refused_in_one_line(acme: Tenant, tmp_path: Path) -> None:
    crm = make_integration(acme, slug="crm")
    for _ in range(2):
        make_connection(crm, "Twin")
    with pytest.raises(CommandError) as refusal:
        export(acme)
    assert str(refusal.value) == (
        'integrations[crm].connections: In Vitals, 2 have the name "Twin". Rename them there first:'
        " in a file only their names tell them apart."
    )


def test_an_export_costs_the_same_queries_however_much_there_is(
    full: Tenant, django_assert_num_queries: Any
) -> None:
    with CaptureQueriesContext(database) as few:
        export(full)
    for number in range(5):
        crm = make_integration(full, f"CRM {number}")
        make_connection(crm, "One", health_check_test_action=make_action(crm))
    with django_assert_num_queries(len(few)):
        export(full)


def test_a_file_reaches_no_other_tenant(full: Tenant, bring: Bring) -> None:
    other = make_tenant("Other")
    exported = export(full)
    bring({"integrations": []}, other, "--prune")
    bring(integration(), other)
    assert export(full) == exported


def test_the_tenant_is_the_one_that_the_file_names(full: Tenant, tmp_path: Path) -> None:
    file, out = tmp_path / "acme.yaml", StringIO()
    call_command("export_config", str(full.pk), "--file", str(file))
    call_command("import_config", str(file), stdout=out)
    assert out.getvalue() == "Nothing to change.\n"
    file.write_text("tenant: nobody")
    with pytest.raises(CommandError, match="no tenant with this slug or id"):
        call_command("import_config", str(file))
    file.write_text("integrations: []")
    with pytest.raises(CommandError, match="Name the tenant"):
        call_command("import_config", str(file))


def test_the_documentation_s_example_can_be_imported(
    acme: Tenant, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert EXAMPLE is not None
    for name in re.findall(r"\$\{(\w+)\}", EXAMPLE[1]):
        monkeypatch.setenv(name, f"value-of-{name}")
    assert "created" in bring(EXAMPLE[1], acme)
    assert bring(EXAMPLE[1], acme) == "Nothing to change.\n"
    assert Credential.objects.exists()
