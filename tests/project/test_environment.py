"""The environment becomes typed values, or one line that names every fault."""

import base64
import ipaddress

import pytest

from healthcheck_project.environment import EnvironmentFault, read_environment, read_launch
from tests.project.conftest import NEEDED, type_set_environment

STANDARD = base64.b64encode(b"\xfb\xff" * 16).decode()
URLSAFE = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")


def test_defaults_are_those_of_the_documentation(environment: type_set_environment) -> None:
    environment(**NEEDED)
    read = read_environment()
    assert read.broker_url == read.redis_url == NEEDED["REDIS_URL"]
    assert read.allowed_hosts == ["localhost", "127.0.0.1", "[::1]"]
    assert read.public_url == "http://127.0.0.1:8000"
    assert (read.cron_secret, read.debug, read.probe_allowed_networks) == (None, False, ())
    assert read.rate_limit_share == 0.1
    assert (read.incident_window_minutes, read.incident_min_connections) == (5, 3)
    assert (read.incident_significance, read.operator_emails) == (1e-4, [])
    assert (read.log_format, read.log_level) == ("text", "INFO")
    assert (read.demo_provider, read.demo_provider_fd) == (None, None)


def test_keys_come_in_either_alphabet_newest_first(environment: type_set_environment) -> None:
    environment(**NEEDED | {"CREDENTIAL_KEYS": f"{STANDARD}, {URLSAFE}"})
    assert read_environment().credential_keys == [b"\xfb\xff" * 16, bytes(range(32))]


def test_networks_are_parsed(environment: type_set_environment) -> None:
    environment(**NEEDED, PROBE_ALLOWED_NETWORKS="127.0.0.0/8, fd00::/8")
    assert read_environment().probe_allowed_networks == (
        ipaddress.ip_network("127.0.0.0/8"),
        ipaddress.ip_network("fd00::/8"),
    )


def test_operators_are_as_many_as_it_needs(environment: type_set_environment) -> None:
    environment(**NEEDED, OPERATOR_EMAILS="olga@example.com, ops@example.com")
    assert read_environment().operator_emails == ["olga@example.com", "ops@example.com"]


def test_hosts_include_where_it_listens_and_what_people_call_it(
    environment: type_set_environment,
) -> None:
    environment(**NEEDED, HOST="192.0.2.7", PUBLIC_URL="https://vitals.example.com")
    assert read_environment().allowed_hosts == [
        "localhost", "127.0.0.1", "[::1]", "192.0.2.7", "vitals.example.com",
    ]  # fmt: skip


def test_where_people_come_by_tls_there_is_a_proxy(environment: type_set_environment) -> None:
    environment(**NEEDED)
    assert read_environment().proxies_in_front == 0
    environment(**NEEDED, PUBLIC_URL="https://vitals.example.com")
    assert read_environment().proxies_in_front == 1


def test_named_hosts_replace_the_default(environment: type_set_environment) -> None:
    environment(**NEEDED, ALLOWED_HOSTS="a.example,b.example")
    assert read_environment().allowed_hosts == ["a.example", "b.example"]


def test_mail_servers_speak_tls_as_the_scheme_says(environment: type_set_environment) -> None:
    environment(**NEEDED, EMAIL_URL="smtp+tls://bob:p%40ss@mail.example")
    mail = read_environment().mail
    assert (mail.host, mail.port, mail.user, mail.password) == ("mail.example", 587, "bob", "p@ss")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("PORT", "eighty", "PORT: Not a valid integer"),
        ("PORT", "0", "PORT: must be a port"),
        ("DEBUG", "perhaps", "DEBUG: Not a valid boolean"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT: Must be one of: text, json"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL: Must be one of"),
        ("CRON_SECRET", "x" * 31, "CRON_SECRET: must have at least 32 characters"),
        ("SECRET_KEY", "short", "SECRET_KEY: must have at least 50 characters"),
        ("CREDENTIAL_KEYS", "", "CREDENTIAL_KEYS: must be base64 of 32 bytes"),
        ("CREDENTIAL_KEYS", f"{URLSAFE},c2hvcnQ", "CREDENTIAL_KEYS: must be base64 of 32 bytes"),
        ("INCIDENT_MIN_CONNECTIONS", "1", "INCIDENT_MIN_CONNECTIONS: must be a number from 2"),
        ("INCIDENT_WINDOW_MINUTES", "90", "INCIDENT_WINDOW_MINUTES: must be a number from 1 to 60"),
        ("INCIDENT_SIGNIFICANCE", "0.5", "INCIDENT_SIGNIFICANCE: must be a probability"),
        ("OPERATOR_EMAILS", "olga, ops@example.com", "OPERATOR_EMAILS: must be e-mail addresses"),
        ("DATABASE_URL", "mysql://u@h/db", "DATABASE_URL: must be a URL that begins with postgres"),
        ("DATABASE_URL", "postgresql://u@h:port/db", "DATABASE_URL: must be a URL"),
        ("DATABASE_URL", "postgresql://u@h", "DATABASE_URL: names no database"),
        ("REDIS_URL", "redis://", "REDIS_URL: names no server"),
        ("BROKER_URL", "sqs://x", "BROKER_URL: must be a URL"),
        ("EMAIL_URL", "smtp://", "EMAIL_URL: names no mail server"),
        ("PUBLIC_URL", "vitals.example.com", "PUBLIC_URL: must be a URL"),
        ("PUBLIC_URL", "https://example.com/vitals", "PUBLIC_URL: must look like"),
        ("PROBE_ALLOWED_NETWORKS", "10.0.0.1/8", "PROBE_ALLOWED_NETWORKS: must be a list"),
        ("PROXIES_IN_FRONT", "-1", "PROXIES_IN_FRONT: must be a number from 0 to 10"),
        ("RATE_LIMIT_SHARE", "0", "RATE_LIMIT_SHARE: must be a share from 0.001 to 1"),
        ("DEMO_PROVIDER_PORT", "x", "DEMO_PROVIDER_PORT: Not a valid integer"),
    ],
)
def test_nonsense_is_refused_by_name(
    environment: type_set_environment, name: str, value: str, says: str
) -> None:
    environment(**NEEDED | {name: value})
    with pytest.raises(EnvironmentFault) as caught:
        read_environment()
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_every_fault_is_named_at_once_and_no_secret_repeated(
    environment: type_set_environment,
) -> None:
    environment(DATABASE_URL="mysql://bob:canary@h/db", REDIS_URL="x:canary", PORT="canary")
    with pytest.raises(EnvironmentFault) as caught:
        read_environment()
    said = str(caught.value)
    assert "canary" not in said
    names = ["CREDENTIAL_KEYS is not set", "DATABASE_URL:", "PORT:", "REDIS_URL:", "SECRET_KEY is"]
    assert [name for name in names if name not in said] == []


def test_a_repr_holds_no_secret(environment: type_set_environment) -> None:
    environment(**NEEDED | {"EMAIL_URL": "smtp://bob:canary@mail.example"})
    said = repr(read_environment()) + repr(read_launch())
    assert [value for value in (*NEEDED.values(), "canary") if value in said] == []


def test_empty_urls_mean_servers_of_our_own(environment: type_set_environment) -> None:
    environment(DATABASE_URL="", REDIS_URL="")
    launch = read_launch()
    assert (launch.database_url, launch.redis_url, launch.workers) == (None, None, 1)
    assert launch.data_dir.name == ".data"
