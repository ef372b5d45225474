"""What several organisations see at once: told to each, and to none about the others."""

from uuid import UUID

import pytest

from incidents.across_tenants import at_its_own_host
from incidents.detection import watch
from incidents.models import Incident, IncidentConnection
from integrations.models import Integration
from tests.incidents.crowds import MINUTE, accounts, check, fail

pytestmark = pytest.mark.django_db
HOST = "api.github.com"


def customers(count: int, connections: int = 1, host: str = HOST) -> list[Integration]:
    """An integration of one provider at each of so many tenants."""
    return [accounts(connections, host=host, provider="github") for _ in range(count)]


def incidents() -> dict[UUID, Incident]:
    return {incident.integration_id: incident for incident in Incident.objects.all()}


def test_one_connection_at_each_of_five_tenants_is_an_incident_of_each() -> None:
    failing, well = customers(5), customers(2)
    for integration in failing:
        fail(integration)
    watch()
    assert incidents().keys() == {integration.pk for integration in failing}
    for integration in failing:
        incident = incidents()[integration.pk]
        assert incident.tenant_id == integration.tenant_id
        assert (incident.wider, incident.organisations) == (True, 5)
        assert incident.connections_affected == 1
    fail(well[0])
    watch()
    assert {incident.organisations for incident in incidents().values()} == {6}
    check(failing[0], worked=True)
    watch()
    over = incidents()[failing[0].pk]
    assert over.resolved_at is not None
    assert Incident.objects.filter(resolved_at=None).count() == 5


def test_four_tenants_are_too_few() -> None:
    for integration in customers(4):
        fail(integration)
    watch()
    assert not incidents()


def test_a_tenant_with_a_thousand_failures_counts_once() -> None:
    large, *small = customers(1, 1_000) + customers(3)
    for integration in (large, *small):
        fail(integration)
    watch()
    assert incidents().keys() == {large.pk}
    incident = incidents()[large.pk]
    assert (incident.wider, incident.organisations) == (False, None)


def test_a_few_of_many_connections_do_not_make_a_tenant_fail() -> None:
    for integration in customers(10, 40):
        fail(integration, 1)
    watch()
    assert not incidents()


def test_an_incident_becomes_wider_when_others_fail_too() -> None:
    large = customers(1, 10)[0]
    small = customers(4)
    fail(large)
    watch()
    assert not incidents()[large.pk].wider
    for integration in small:
        fail(integration)
    watch()
    assert {incident.organisations for incident in incidents().values()} == {5}
    assert len(incidents()) == 5


def test_hosts_of_ones_own_count_for_nobody_and_are_not_affected() -> None:
    elsewhere = customers(6, host="github.acme.example")
    for integration in (*elsewhere, *customers(4)):
        fail(integration)
    watch()
    assert not incidents()
    fail(customers(1)[0])
    watch()
    assert len(incidents()) == 5
    assert not IncidentConnection.objects.filter(incident__integration__in=elsewhere).exists()


def test_five_of_thirty_can_be_chance() -> None:
    many = customers(30)
    for integration in many[:5]:
        fail(integration, ago=MINUTE)
    watch()
    assert not incidents()


@pytest.mark.parametrize(
    ("provider", "base_url", "own"),
    [
        ("jira", "https://{site}.atlassian.net", True),
        ("jira", "https://acme.atlassian.net", True),
        ("jira", "https://ACME.atlassian.net/rest", True),
        ("jira", "https://acme.atlassian.net.evil.example", False),
        ("jira", "https://evilatlassian.net", False),
        ("jira", "https://acme.atlassian.net:8443", False),
        ("jira", "https://jira.acme.example", False),
        ("github", "https://api.github.com", True),
        ("github", "https://github.com", False),
        ("", "https://api.github.com", False),
        ("no-such", "https://api.github.com", False),
    ],
)
def test_whose_host_it_is(provider: str, base_url: str, own: bool) -> None:
    assert at_its_own_host(provider, base_url) is own


def test_a_host_that_each_customer_names_is_nobodys_in_common() -> None:
    assert not at_its_own_host("gitlab", "https://{host}")
