"""The catalogue, integrations and actions."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from integrations.catalogue import providers
from integrations.models import Action, Integration
from tenants.models import Tenant
from tests.api.test_envelope import error_of
from tests.factories import make_action, make_connection, make_integration

URL = "/api/v1/integrations"
MACHINE = {"type": "oauth2", "grantType": "client_credentials"}
CRM = {"name": "Acme CRM", "baseUrl": "https://{site}.example.com/api"}


def url_of(integration: Integration) -> str:
    return f"{URL}/{integration.pk}"


def version_of(integration: Integration) -> int:
    return Integration.objects.get(pk=integration.pk).config_version


def test_the_catalogue_says_what_a_form_needs(victor: APIClient) -> None:
    jira = victor.get("/api/v1/providers/jira").json()["data"]
    assert jira["name"] == "Jira Cloud"
    assert [variable["name"] for variable in jira["variables"]] == ["site"]
    assert [field["name"] for field in jira["secretFields"]] == ["username", "password"]
    assert jira["auth"] == {"type": "basic"}
    assert jira["intervalMinutes"] == 1
    assert jira["testAction"]["path"] == "/rest/api/3/myself"
    assert jira["authTitle"] == "API token"
    [oauth, scoped] = jira["authAlternatives"]
    assert (oauth["title"], scoped["title"]) == ("OAuth 2 (Connect)", "Scoped API token")
    assert [variable["name"] for variable in oauth["variables"]] == ["cloud_id"]
    assert [field["name"] for field in oauth["secretFields"] if not field["required"]] == [
        "clientId", "clientSecret", "accessToken", "refreshToken",
    ]  # fmt: skip
    github = victor.get("/api/v1/providers/github").json()["data"]
    assert github["rateLimit"]["perSeconds"] == 3600
    assert github["expiry"]["header"] == "github-authentication-token-expiration"
    error_of(victor.get("/api/v1/providers/nothing"), 404)


def test_the_catalogue_comes_in_pages(victor: APIClient) -> None:
    first = victor.get("/api/v1/providers?limit=40").json()
    assert first["pagination"]["hasMore"] is True
    query = {"limit": 100, "cursor": first["pagination"]["cursor"]}
    rest = victor.get("/api/v1/providers", query).json()
    slugs = [row["slug"] for row in first["data"] + rest["data"]]
    assert slugs == sorted(providers())


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("search=GOOGLE", ["google", "google-calendar", "google-drive"]),
        ("search=drive&category=storage", ["google-drive"]),
        ("search=drive&category=ai", []),
        ("category=crm", ["hubspot", "pipedrive", "salesforce"]),
        ("category=crm&limit=1", ["hubspot"]),
    ],
)
def test_the_catalogue_can_be_searched(victor: APIClient, query: str, slugs: list[str]) -> None:
    rows = victor.get(f"/api/v1/providers?{query}").json()["data"]
    assert [row["slug"] for row in rows] == slugs


def test_a_custom_integration_has_sensible_defaults(alice: APIClient) -> None:
    answer = alice.post(URL, CRM)
    assert answer.status_code == 201
    created = answer.json()["data"]
    assert alice.get(f"{URL}/{created['id']}").json()["data"] == created
    assert {
        key: created[key] for key in created if key not in {"id", "createdAt", "updatedAt"}
    } == {
        "provider": None,
        "name": "Acme CRM",
        "slug": "acme-crm",
        "baseUrl": "https://{site}.example.com/api",
        "auth": {"type": "none"},
        "variables": [{"name": "site", "label": "site"}],
        "secretFields": [],
        "headers": {},
        "status": "draft",
        "healthCheckConfig": {"enabled": True, "intervalMinutes": None, "testActionId": None},
        "requestsPerSecond": 5,
        "timeoutMs": 10000,
        "degradedLatencyMs": 2000,
        "tags": [],
        "muted": False,
        "mutedUntil": None,
    }


def test_a_custom_integration_needs_a_name_and_a_base_url(alice: APIClient) -> None:
    for missing in CRM:
        body = {key: value for key, value in CRM.items() if key != missing}
        assert set(error_of(alice.post(URL, body), 400)["details"]) == {missing}


def test_slugs_are_unique_in_the_tenant(alice: APIClient, charlie: APIClient) -> None:
    slugs = [client.post(URL, CRM).json()["data"]["slug"] for client in (alice, alice, charlie)]
    assert slugs == ["acme-crm", "acme-crm-2", "acme-crm"]
    unnamed = alice.post(URL, {**CRM, "name": "🚀"}).json()["data"]
    assert unnamed["slug"] == "integration"


def test_a_providers_integration_needs_no_more_than_its_slug(alice: APIClient) -> None:
    created = alice.post(URL, {"provider": "jira"}).json()["data"]
    jira = providers()["jira"]
    action = Action.objects.get(integration_id=created["id"])
    assert created["provider"] == created["slug"] == "jira"
    assert created["name"] == "Jira Cloud"
    assert created["baseUrl"] == jira.base_url
    assert created["auth"] == {"type": "basic"}
    assert created["healthCheckConfig"] == {
        "enabled": True,
        "intervalMinutes": 1,
        "testActionId": str(action.pk),
    }
    assert action.path == "/rest/api/3/myself"
    assert action.response_rules == jira.test_action["response_rules"]


def test_another_way_to_authenticate_brings_what_belongs_to_it(alice: APIClient) -> None:
    oauth, scoped = providers()["jira"].auth_alternatives
    created = alice.post(URL, {"provider": "jira", "auth": oauth.auth}).json()["data"]
    assert created["baseUrl"] == "https://api.atlassian.com/ex/jira/{cloud_id}"
    given = {"baseUrl": "https://jira.example.com"}
    other = alice.post(URL, {"provider": "jira", "auth": oauth.auth, **given}).json()["data"]
    assert other["baseUrl"] == given["baseUrl"]
    key = {"type": "basic"}
    chosen = alice.post(URL, {"provider": "jira", "auth": key, "baseUrl": scoped.base_url}).json()
    assert chosen["data"]["baseUrl"] == scoped.base_url

    account = providers()["postmark"].auth_alternatives[0]
    postmark = alice.post(URL, {"provider": "postmark", "auth": account.auth}).json()["data"]
    assert Action.objects.get(integration_id=postmark["id"]).path == "/domains?count=1&offset=0"
    assert postmark["secretFields"][0]["label"] == account.secret_fields[0].label


def test_of_two_ways_with_the_same_auth_the_base_url_tells_the_labels(alice: APIClient) -> None:
    [scoped] = [way for way in providers()["jira"].ways if "Scoped" in way.title]
    body = {"provider": "jira", "auth": scoped.auth, "baseUrl": scoped.base_url}
    made = alice.post(URL, body).json()["data"]
    assert made["variables"] == [
        {"name": name, "label": label} for name, label in scoped.variables.items()
    ]
    labels = [field["label"] for field in made["secretFields"]]
    assert labels == [field.label for field in scoped.secret_fields]


def test_what_is_given_goes_before_the_catalogue(alice: APIClient) -> None:
    body = {
        "provider": "postman",
        "name": "QA",
        "status": "active",
        "healthCheckConfig": {"intervalMinutes": None},
    }
    created = alice.post(URL, body).json()["data"]
    assert created["name"] == "QA"
    assert created["status"] == "active"
    assert created["healthCheckConfig"]["intervalMinutes"] is None
    error = error_of(alice.post(URL, {"provider": "nothing"}), 400)
    assert set(error["details"]) == {"provider"}


def test_a_part_of_the_health_check_configuration_can_be_changed(
    acme: Tenant, alice: APIClient
) -> None:
    integration = make_integration(acme)
    action = make_action(integration)
    for change in ({"testActionId": str(action.pk)}, {"intervalMinutes": 3}, {"enabled": False}):
        answer = alice.patch(url_of(integration), {"healthCheckConfig": change})
    assert answer.json()["data"]["healthCheckConfig"] == {
        "enabled": False,
        "intervalMinutes": 3,
        "testActionId": str(action.pk),
    }


def test_a_test_action_is_harmless_and_the_integrations_own(acme: Tenant, alice: APIClient) -> None:
    integration = make_integration(acme)
    foreign = make_action(make_integration(acme, "Other"))
    harmful = make_action(integration, method="POST")
    for action in (foreign, harmful):
        config = {"healthCheckConfig": {"testActionId": str(action.pk)}}
        error_of(alice.patch(url_of(integration), config), 400)
        error_of(alice.post(URL, {**CRM, **config}), 400)
    error_of(alice.patch(url_of(integration), {"healthCheckConfig": {"testActionId": ""}}), 400)
    marked = make_action(integration, method="POST", read_only=True)
    config = {"healthCheckConfig": {"testActionId": str(marked.pk)}}
    assert alice.patch(url_of(integration), config).status_code == 200
    error_of(alice.patch(f"{url_of(integration)}/actions/{marked.pk}", {"readOnly": False}), 400)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_changes_something_cannot_be_marked_read_only(
    acme: Tenant, alice: APIClient, method: str
) -> None:
    integration = make_integration(acme)
    stored = make_action(integration, method=method, read_only=True)  # from before the rule
    assert not stored.harmless
    actions = f"{url_of(integration)}/actions"
    marked = {"name": "x", "path": "/x", "method": method, "readOnly": True}
    assert set(error_of(alice.post(actions, marked), 400)["details"]) == {"readOnly"}
    post = make_action(integration, method="POST", read_only=True)
    refused = alice.patch(f"{actions}/{post.pk}", {"method": method})
    assert set(error_of(refused, 400)["details"]) == {"readOnly"}
    assert alice.patch(f"{actions}/{stored.pk}", {"readOnly": False}).status_code == 200


def test_a_connections_own_test_action_stays_harmless(acme: Tenant, alice: APIClient) -> None:
    integration = make_integration(acme)
    action = make_action(integration, method="POST", read_only=True)
    connection = make_connection(integration, health_check_test_action=action)
    url = f"{url_of(integration)}/actions/{action.pk}"
    assert set(error_of(alice.patch(url, {"readOnly": False}), 400)["details"]) == {"readOnly"}
    connection.delete()
    assert alice.patch(url, {"readOnly": False}).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"baseUrl": "http://169.254.169.254/latest"}, "baseUrl"),
        ({"baseUrl": "http://0x7f.1/"}, "baseUrl"),
        ({"auth": {**MACHINE, "tokenUrl": "http://localhost/token"}}, "auth"),
        ({"auth": {**MACHINE, "tokenUrl": "https://[::1]/token"}}, "auth"),
    ],
)
def test_no_blocked_address_is_saved(
    acme: Tenant, alice: APIClient, change: dict[str, Any], field: str
) -> None:
    assert set(error_of(alice.post(URL, {**CRM, **change}), 400)["details"]) == {field}
    integration = make_integration(acme)
    refused = alice.patch(url_of(integration), change)
    assert set(error_of(refused, 400)["details"]) == {field}


@pytest.mark.parametrize(
    ("change", "outdates"),
    [
        ({"baseUrl": "https://other.example.com"}, True),
        ({"auth": {"type": "basic"}}, True),
        ({"headers": {"X-A": "1"}}, True),
        ({"timeoutMs": 500}, True),
        ({"degradedLatencyMs": 500}, True),
        ({"requestsPerSecond": 1}, True),
        ({"timeoutMs": 10_000}, False),  # as it was
        ({"name": "New name"}, False),
        ({"tags": ["x"]}, False),
    ],
)
def test_results_that_were_probed_before_an_edit_are_outdated(
    acme: Tenant, alice: APIClient, change: dict[str, Any], outdates: bool
) -> None:
    integration = make_integration(acme)
    before = version_of(integration)
    assert alice.patch(url_of(integration), change).status_code == 200
    assert (version_of(integration) > before) is outdates


def test_a_draft_is_not_checked_until_it_is_activated(acme: Tenant, alice: APIClient) -> None:
    integration = make_integration(acme, status="draft")
    connection = make_connection(integration)

    def due_after(change: dict[str, Any]) -> bool:
        assert alice.patch(url_of(integration), change).status_code == 200
        connection.health.refresh_from_db()
        return connection.health.due_at is not None

    assert connection.health.due_at is None
    assert due_after({"status": "active"})
    assert not due_after({"healthCheckConfig": {"enabled": False}})
    assert due_after({"healthCheckConfig": {"enabled": True, "intervalMinutes": 2}})
    assert connection.health.interval_seconds == 120
    assert not due_after({"status": "disabled"})


ACTION = {"name": "Current user", "path": "/me"}
PATH_TOKEN = {"type": "path_token"}


def test_an_integration_says_what_a_secret_for_it_holds(alice: APIClient) -> None:
    def fields_for(**body: Any) -> Any:
        return alice.post(URL, {**CRM, **body}).json()["data"]["secretFields"]

    names = ["DD-API-KEY", "DD-APPLICATION-KEY"]
    named = fields_for(auth={"type": "headers", "names": names})
    assert [(field["name"], field["label"]) for field in named] == [(name, name) for name in names]
    key = {"type": "api_key_query", "parameter": "key"}
    assert fields_for(auth=key) == [
        {
            "name": "key", "label": "API key", "required": True, "masked": True,
            "minLength": 1, "maxLength": 16_000, "pattern": r"^(\S(.*\S)?)?$",
        }
    ]  # fmt: skip
    jira = alice.get("/api/v1/providers/jira").json()["data"]["secretFields"]
    assert fields_for(provider="jira") == jira
    [token] = fields_for(provider="jira", auth={"type": "bearer"})
    assert (token["name"], token["label"], token["required"]) == ("token", "Token", True)


def test_a_form_hides_what_is_secret_and_no_more(victor: APIClient) -> None:
    def hidden(slug: str) -> list[str]:
        fields = victor.get(f"/api/v1/providers/{slug}").json()["data"]["secretFields"]
        return [field["name"] for field in fields if field["masked"]]

    assert hidden("jira") == ["password"]
    assert hidden("stripe") == ["token"]
    assert hidden("freshdesk") == ["username", "password"]  # the key is the user name
    assert hidden("algolia") == ["X-Algolia-API-Key"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"auth": PATH_TOKEN, "baseUrl": "https://{token}.example.com"}, "baseUrl"),
        ({"auth": PATH_TOKEN, "baseUrl": "https://example.com:{token}"}, "baseUrl"),
        ({"auth": PATH_TOKEN, "provider": "jira"}, "baseUrl"),
        ({"auth": {"type": "headers", "names": ["X-A"]}, "headers": {"x-a": "1"}}, "auth"),
        ({"auth": {"type": "headers", "names": ["X-A", "x-a"]}}, "auth"),
        ({"auth": {"type": "api_key_header", "header": "X-A"}, "headers": {"x-a": "1"}}, "auth"),
        ({"auth": {"type": "api_key_query", "parameter": "a b"}}, "auth"),
    ],
)
def test_what_does_not_go_together_is_refused(alice: APIClient, body: Any, field: str) -> None:
    assert set(error_of(alice.post(URL, {**CRM, **body}), 400)["details"]) == {field}


def test_a_token_in_the_path_has_its_place_in_each_action(alice: APIClient) -> None:
    made = alice.post(URL, {**CRM, "baseUrl": "https://api.example.com", "auth": PATH_TOKEN})
    url = f"{URL}/{made.json()['data']['id']}"
    assert set(error_of(alice.post(f"{url}/actions", ACTION), 400)["details"]) == {"path"}
    action = alice.post(f"{url}/actions", {**ACTION, "path": "/bot{token}/getMe"})
    assert action.status_code == 201
    item = f"{url}/actions/{action.json()['data']['id']}"
    assert set(error_of(alice.patch(item, {"path": "/getMe"}), 400)["details"]) == {"path"}
    assert alice.patch(item, {"name": "Me"}).status_code == 200
    moved = {"baseUrl": "https://api.example.com/bot{token}"}
    assert alice.patch(url, moved).status_code == 200
    assert alice.patch(item, {"path": "/getMe"}).status_code == 200
    back = alice.patch(url, {"baseUrl": "https://api.example.com"})
    assert set(error_of(back, 400)["details"]) == {"baseUrl"}
    assert alice.patch(url, {"name": "Bot"}).status_code == 200


def test_an_action_leaves_the_secrets_parameter_alone(acme: Tenant, alice: APIClient) -> None:
    auth = {"type": "api_key_query", "parameter": "key"}
    url = f"{url_of(make_integration(acme, auth=auth))}/actions"
    for field, value in (("path", "/me?key=1"), ("parameters", [{"name": "key"}])):
        refused = alice.post(url, {**ACTION, field: value})
        assert set(error_of(refused, 400)["details"]) == {field}


def test_actions_are_created_listed_changed_and_deleted(acme: Tenant, alice: APIClient) -> None:
    integration = make_integration(acme)
    url = f"{url_of(integration)}/actions"
    body = {
        "name": "Search",
        "method": "POST",
        "path": "/search/{kind}",
        "parameters": [{"name": "page", "in": "query", "required": False, "default": "1"}],
        "headers": {"X-A": "1"},
        "body": {"query": "x"},
        "readOnly": True,
        "tags": ["health-check"],
        "responseRules": {
            "success": {
                "statuses": ["2xx"],
                "body": [{"path": "$.ok", "op": "equals", "value": True}],
            }
        },
    }
    before = version_of(integration)
    answer = alice.post(url, body)
    assert answer.status_code == 201
    created = answer.json()["data"]
    assert {key: created[key] for key in body} == body
    assert created["integrationId"] == str(integration.pk)
    assert created["harmless"] is True
    assert version_of(integration) == before + 1
    second = alice.post(url, ACTION).json()["data"]
    assert (created["position"], second["position"]) == (0, 1)
    assert [row["id"] for row in alice.get(url).json()["data"]] == [second["id"], created["id"]]
    renamed = alice.patch(f"{url}/{created['id']}", {"name": "Find"}).json()["data"]
    assert renamed["name"] == "Find"
    assert version_of(integration) == before + 3
    assert alice.delete(f"{url}/{created['id']}").status_code == 204
    assert version_of(integration) == before + 4
    assert len(alice.get(url).json()["data"]) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "FETCH"),
        ("path", "me"),
        ("path", "//evil.example"),
        ("parameters", [{"name": "a b"}]),
        ("parameters", {}),
        ("responseRules", {"success": {"statuses": ["999"]}}),
        ("responseRules", {"success": {"body": [{"path": "$..x", "op": "exists"}]}}),
        ("headers", {"Bad Name": "x"}),
        ("position", -1),
        ("position", 10**30),
        ("readOnly", "no"),
    ],
)
def test_actions_that_could_not_be_made_are_refused(
    acme: Tenant, alice: APIClient, field: str, value: Any
) -> None:
    url = f"{url_of(make_integration(acme))}/actions"
    error = error_of(alice.post(url, {**ACTION, field: value}), 400)
    assert set(error["details"]) == {field}


def test_free_form_json_that_could_not_be_stored_is_refused(acme: Tenant, alice: APIClient) -> None:
    url = f"{url_of(make_integration(acme))}/actions"
    for text in ("\0", "\ud800"):
        for body in ({"deep": [text]}, {text: 1}):
            escaped = json.dumps({**ACTION, "body": body})
            error_of(alice.generic("POST", url, escaped, content_type="application/json"), 400)


def test_without_its_test_action_an_integration_goes_on(acme: Tenant, alice: APIClient) -> None:
    integration = make_integration(acme)
    action = make_action(integration)
    connection = make_connection(integration, health_check_test_action=action)
    Integration.objects.filter(pk=integration.pk).update(test_action=action)
    assert alice.delete(f"{url_of(integration)}/actions/{action.pk}").status_code == 204
    config = alice.get(url_of(integration)).json()["data"]["healthCheckConfig"]
    assert config["testActionId"] is None
    shown = alice.get(f"/api/v1/connections/{connection.pk}").json()["data"]
    assert shown["healthCheckTestActionId"] is None


def names(client: APIClient, path: str) -> list[str]:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.content
    return [row["name"] for row in answer.json()["data"]]


def test_integrations_are_searched_filtered_and_ordered(acme: Tenant, victor: APIClient) -> None:
    make_integration(acme, "beta Mail", provider="slack")
    make_integration(acme, "Alpha mail", status="draft")
    make_integration(acme, "Gamma")
    assert names(victor, "integrations") == ["Gamma", "Alpha mail", "beta Mail"]
    assert names(victor, "integrations?order=name") == ["Alpha mail", "beta Mail", "Gamma"]
    assert names(victor, "integrations?order=-name&search=MAIL") == ["beta Mail", "Alpha mail"]
    assert names(victor, "integrations?status=draft") == ["Alpha mail"]
    assert names(victor, "integrations?provider=slack") == ["beta Mail"]
    assert names(victor, "integrations?provider=custom") == ["Gamma", "Alpha mail"]
    first = victor.get("/api/v1/integrations?order=name&limit=1").json()["pagination"]["cursor"]
    assert names(victor, f"integrations?order=name&cursor={first}") == ["beta Mail", "Gamma"]
    error_of(victor.get("/api/v1/integrations?order=slug"), 400)


def test_actions_are_searched_and_come_by_position(acme: Tenant, victor: APIClient) -> None:
    crm = make_integration(acme)
    make_action(crm, "Who am I", position=2, path="/whoami")
    make_action(crm, "List users", position=1, path="/users")
    path = f"integrations/{crm.pk}/actions"
    assert names(victor, path) == ["List users", "Who am I"]
    assert names(victor, f"{path}?order=-position") == ["Who am I", "List users"]
    assert names(victor, f"{path}?order=createdAt&search=WHO") == ["Who am I"]
    assert names(victor, f"{path}?search=/users") == ["List users"]
