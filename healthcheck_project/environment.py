"""The one place where the environment is read, typed and checked: nonsense gets no further."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environs import Env, EnvValidationError, validate

from healthcheck_project.faults import StartFault
from healthcheck_project.variables import CREDENTIAL_KEY_BYTES, Mail, Networks, reader

ROOT = Path(__file__).resolve().parent.parent

CRON_SECRET_MIN_CHARS = 32  # a shorter one can be guessed
SECRET_KEY_MIN_CHARS = 50  # what Django's own deployment check asks for
LOG_FORMATS = ("text", "json")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
WORKERS_MAX = 64  # more than that belongs on more machines

_A_FEW = validate.Range(0, 10, error="must be a number from 0 to 10")
_A_CHANCE = validate.Range(1e-12, 0.1, error="must be a probability from 1e-12 to 0.1")
_MINUTES = validate.Range(1, 60, error="must be a number from 1 to 60")
_SEVERAL = validate.Range(2, 1000, error="must be a number from 2 to 1000")
_A_SHARE = validate.Range(0.001, 1, error="must be a share from 0.001 to 1")

NOT_SET = "Environment variable not set."
MAKE_KEY = "make one: python3 -c 'import secrets; print(secrets.token_urlsafe({}))'"
WHEN_MISSING = {
    "DATABASE_URL": "bin/run and bin/manage bring a database of their own",
    "REDIS_URL": "bin/run and bin/manage bring a Redis of their own",
    "SECRET_KEY": MAKE_KEY.format(SECRET_KEY_MIN_CHARS),
}


class EnvironmentFault(StartFault):
    """A variable is missing or makes no sense; the text is one line naming each such variable."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """What starting needs before there are settings. A URL of None means: start that server here.

    `migration_database_url` None means the same role as `database_url`; `workers` is the number
    of probe worker processes.
    """

    data_dir: Path
    host: str
    port: int
    workers: int
    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    migration_database_url: str | None = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What Django's settings need. `database` is an entry of `DATABASES`.

    `database_owner` is another such entry, of the role that migrates; often the same.
    `cron_secret` None turns the internal endpoint off. `demo_provider` is the (host, port) of the
    demo's simulated provider and `demo_provider_fd` its listening socket, which the supervisor
    hands over; both are None outside the demo.
    """

    secret_key: str = field(repr=False)
    credential_keys: list[bytes] = field(repr=False)
    cron_secret: str | None = field(repr=False)
    database: dict[str, Any] = field(repr=False)
    database_owner: dict[str, Any] = field(repr=False)
    redis_url: str = field(repr=False)
    broker_url: str = field(repr=False)
    mail: Mail
    mail_from: str
    public_url: str
    proxies_in_front: int
    allowed_hosts: list[str]
    probe_allowed_networks: Networks
    rate_limit_share: float
    incident_window_minutes: int
    incident_min_connections: int
    incident_significance: float
    operator_emails: list[str]
    debug: bool
    log_format: str
    log_level: str
    demo_provider: tuple[str, int] | None
    demo_provider_fd: int | None


def read_launch() -> Launch:
    """Raises EnvironmentFault, with every fault at once."""
    env = reader()
    values: dict[str, Any] = {
        "data_dir": Path(env.str("DATA_DIR", "") or ROOT / ".data").absolute(),
        **_listen_address(env),
        "workers": env.int("WORKERS", 1, validate=validate.Range(1, WORKERS_MAX)),
        "database_url": env.str("DATABASE_URL", "") or None,
        "redis_url": env.str("REDIS_URL", "") or None,
        "migration_database_url": env.str("MIGRATION_DATABASE_URL", "") or None,
    }
    _seal(env)
    return Launch(**values)


def read_environment() -> Environment:
    """Raises EnvironmentFault, with every fault at once."""
    env = reader()
    redis_url = env.redis_url("REDIS_URL")
    own_owner = env.str("MIGRATION_DATABASE_URL", "")
    owners_url = "MIGRATION_DATABASE_URL" if own_owner else "DATABASE_URL"
    demo_port = env.int("DEMO_PROVIDER_PORT", None)
    values: dict[str, Any] = {
        "secret_key": env.str("SECRET_KEY", validate=_at_least(SECRET_KEY_MIN_CHARS)),
        "credential_keys": env.credential_keys("CREDENTIAL_KEYS"),
        "cron_secret": env.str("CRON_SECRET", None, validate=_at_least(CRON_SECRET_MIN_CHARS)),
        "database": env.database("DATABASE_URL"),
        "database_owner": env.database(owners_url),
        "redis_url": redis_url,
        "broker_url": env.broker_url("BROKER_URL", redis_url or "unix:///missing"),
        "mail": env.mail("EMAIL_URL", "console://"),
        "mail_from": env.str("DEFAULT_FROM_EMAIL", "vitals@localhost"),
        **_web_address(env),
        "probe_allowed_networks": env.networks("PROBE_ALLOWED_NETWORKS", ""),
        "rate_limit_share": env.float("RATE_LIMIT_SHARE", 0.1, validate=_A_SHARE),
        "incident_window_minutes": env.int("INCIDENT_WINDOW_MINUTES", 5, validate=_MINUTES),
        "incident_min_connections": env.int("INCIDENT_MIN_CONNECTIONS", 3, validate=_SEVERAL),
        "incident_significance": env.float("INCIDENT_SIGNIFICANCE", 1e-4, validate=_A_CHANCE),
        "operator_emails": env.emails("OPERATOR_EMAILS", ""),
        "debug": env.bool("DEBUG", False),
        "log_format": env.str("LOG_FORMAT", "text", validate=validate.OneOf(LOG_FORMATS)),
        "log_level": env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(LOG_LEVELS)),
        "demo_provider": ("127.0.0.1", demo_port) if demo_port else None,
        "demo_provider_fd": env.int("DEMO_PROVIDER_FD", None),
    }
    _seal(env)
    return Environment(**values)


def _listen_address(env: Env) -> dict[str, Any]:
    port = validate.Range(1, 65535, error="must be a port from 1 to 65535")
    return {"host": env.str("HOST", "127.0.0.1"), "port": env.int("PORT", 8000, validate=port)}


def _web_address(env: Env) -> dict[str, Any]:
    """Where people find us: by default plain http, and every name this process listens under."""
    listen = _listen_address(env)
    host = f"[{listen['host']}]" if ":" in listen["host"] else listen["host"]
    public_url = env.origin("PUBLIC_URL", f"http://{host}:{listen['port'] or 8000}")
    public_host = urlsplit(public_url or "").netloc.rsplit(":", 1)[0] or host
    default = list(dict.fromkeys(("localhost", "127.0.0.1", "[::1]", host, public_host)))
    proxies = 1 if (public_url or "").startswith("https://") else 0  # TLS ends in front of us
    return {
        "public_url": public_url,
        "proxies_in_front": env.int("PROXIES_IN_FRONT", proxies, validate=_A_FEW),
        "allowed_hosts": env.list("ALLOWED_HOSTS", default),
    }


def _at_least(chars: int) -> validate.Length:
    return validate.Length(min=chars, error=f"must have at least {chars} characters")


def _seal(env: Env) -> None:
    try:
        env.seal()
    except EnvValidationError as error:
        messages: Any = error.error_messages
        faults = (_fault(name, texts[0]) for name, texts in sorted(messages.items()))
        raise EnvironmentFault("; ".join(faults)) from None


def _fault(name: str, text: str) -> str:
    if text != NOT_SET:
        return f"{name}: {text}"
    hint = WHEN_MISSING.get(name, MAKE_KEY.format(CREDENTIAL_KEY_BYTES))
    return f"{name} is not set ({hint})"
