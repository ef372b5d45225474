"""Django's and Celery's settings, made from the typed environment. Secure unless told otherwise."""

import datetime as dt
import sys
from typing import Any
from urllib.parse import urlsplit

from kombu import Exchange, Queue

from api.static_tags import tag_by_content
from healthcheck_project.environment import ROOT, EnvironmentFault, read_environment

# gunicorn gives up on this code at once; on another it would start its workers again for ever.
EXIT_CODE_OF_BAD_ENVIRONMENT = 3

try:
    _env = read_environment()
except EnvironmentFault as fault:
    sys.stderr.write(f"vitals: {fault}\n")
    raise SystemExit(EXIT_CODE_OF_BAD_ENVIRONMENT) from None

# --- Django -----------------------------------------------------------------------------------

BASE_DIR = ROOT
SECRET_KEY = _env.secret_key
DEBUG = _env.debug
PUBLIC_URL = _env.public_url
PROXIES_IN_FRONT = _env.proxies_in_front
ALLOWED_HOSTS = _env.allowed_hosts
ROOT_URLCONF = "healthcheck_project.urls"
WSGI_APPLICATION = "healthcheck_project.wsgi.application"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "api",
    "tenants",
    "integrations",
    "connections",
    "maintenance",
    "healthchecks",
    "incidents",
    "notifications",
    "demo",
    "dashboard",
    "django_celery_beat",  # behind ours, whose templates stand in for its own
]

MIDDLEWARE = [
    "api.request_ids.RequestIds",
    "api.browser_limits.BrowserLimits",
    "api.compression.Compression",
    "api.conditional.ConditionalReads",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tenants.row_security.AdminActsForAllTenants",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "tenants.people.ByEmail"]
LOGIN_URL = LOGOUT_REDIRECT_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The files are served straight out of the packages, so a fresh clone needs no collecting.
STATIC_URL = "static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 0  # seconds
WHITENOISE_ADD_HEADERS_FUNCTION = tag_by_content
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- The database -----------------------------------------------------------------------------

DATABASE_OPTIONS = {
    "connect_timeout": 4,  # seconds; /readyz and a waiting person want an answer within five
    # A peer that vanished without a word is noticed after 30 + 3 x 10 seconds.
    "keepalives": 1,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    # A process that hangs inside a transaction must not keep its row locks for ever.
    "options": "-c idle_in_transaction_session_timeout=60s",
    "application_name": "vitals",
}
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_env.database,
        "CONN_MAX_AGE": None,  # connecting costs more than a probe's writes
        "CONN_HEALTH_CHECKS": True,  # ... and a restarted server is noticed before a query fails
        "OPTIONS": DATABASE_OPTIONS | _env.database.get("OPTIONS", {}),
    },
}

# Migrations work as the owner of the tables, everything else as the runtime role.
DATABASE_OWNER: dict[str, Any] = _env.database_owner
DATABASE_RUNTIME_ROLE: str = _env.database["USER"]

# --- The web ----------------------------------------------------------------------------------

# PUBLIC_URL says whether people reach us through TLS. Over plain http (the default, for one's own
# machine) Secure cookies would lock everybody out of the admin.
_https = PUBLIC_URL.startswith("https://")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_SECURE = _https
SESSION_COOKIE_AGE = 7 * 24 * 3600  # seconds; reading does not lengthen it
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|metrics)$"]  # asked by machines beside us, over http
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _https else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0  # a year: what preload lists ask for
SECURE_HSTS_INCLUDE_SUBDOMAINS = _https
SECURE_HSTS_PRELOAD = _https
X_FRAME_OPTIONS = "DENY"

# --- The REST API: owned by api/ --------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [  # the first that is tried wins
        "tenants.authentication.KeyAuthentication",
        "tenants.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["tenants.permissions.HasRole"],
    "DEFAULT_PARSER_CLASSES": ["api.parsing.JsonBody"],
    "DEFAULT_RENDERER_CLASSES": ["api.answers.Renderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.answers.JsonAlways",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "tenants.openapi.TenantSchema",
    "EXCEPTION_HANDLER": "api.errors.handle",
    "NON_FIELD_ERRORS_KEY": "nonFieldErrors",
    "DATETIME_FORMAT": None,  # the renderer writes every time
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["api.answers.Renderer"],
}

# The OpenAPI document is made by `bin/manage spectacular`, never while serving.
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Vitals",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "SERVERS": [{"url": "/api/v1"}],
    "CAMELIZE_NAMES": True,
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATION_PARAMETERS": False,
    "ENUM_SUFFIX": "",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "HealthStatus": "connections.status.HealthStatus",
        "Standing": "connections.standing.Standing",
        "ConnectionStatus": "connections.status.ConnectionStatus",
        "CircuitState": "connections.status.CircuitState",
        "CredentialState": "connections.status.CredentialState",
        "OlderStatus": "connections.status.Word",
        "CheckType": "healthchecks.status.CheckType",
        "Outcome": "healthchecks.status.Outcome",
        "FailureCause": "healthchecks.status.FailureCause",
        "Reason": "healthchecks.status.Reason",
        "CallResult": "healthchecks.evaluation.CallResult",
        "ProofVerdict": "healthchecks.negative_control.ProofVerdict",
        "IntegrationStatus": "integrations.models.IntegrationStatus",
        "IncidentCause": "incidents.models.IncidentCause",
        "IncidentEventKind": "incidents.timeline.EventKind",
        "Method": "integrations.models.Method",
        "ParameterPlace": ["path", "query", "header"],
        "Role": "tenants.models.Role",
        "WindowState": "maintenance.models.WindowState",
        "NoticeEvent": "notifications.status.Event",
        "NoticeKind": "notifications.status.NoticeKind",
        "NoticeSeverity": "notifications.status.Severity",
        "DeliveryState": "notifications.status.DeliveryState",
        "KindOfChannel": "notifications.channels.choices",
        "ChannelFieldType": ["text", "url", "emails", "choice", "boolean"],
        "ChannelState": ["active", "failing", "disabled"],
        "BulkVerb": "connections.bulk_serializers.Verb",
    },
    "PREPROCESSING_HOOKS": ["api.openapi.finishing.without_slashes"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.openapi.finishing.finish",
    ],
    "ENABLE_DJANGO_DEPLOY_CHECK": False,  # a test makes the document, and compares it
}

# --- E-mail -----------------------------------------------------------------------------------

EMAIL_BACKEND = (
    "django.core.mail.backends.console.EmailBackend"
    if _env.mail.scheme == "console"
    else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_HOST = _env.mail.host
EMAIL_PORT = _env.mail.port
EMAIL_HOST_USER = _env.mail.user
EMAIL_HOST_PASSWORD = _env.mail.password
EMAIL_USE_SSL = _env.mail.scheme == "smtps"
EMAIL_USE_TLS = _env.mail.scheme == "smtp+tls"
EMAIL_TIMEOUT = 10  # seconds; a silent mail server must not hold a worker's thread
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _env.mail_from

# --- Logs, to standard error ------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
        },
    },
    "filters": {"redact": {"()": "connections.redaction.RedactingFilter"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": _env.log_format,
            "filters": ["redact"],
        },
    },
    "root": {"handlers": ["stderr"], "level": _env.log_level},
    "loggers": {
        # One line a message would cost more than the message's probes.
        "celery.app.trace": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},  # it tells of every tick
        "django": {"level": _env.log_level},
        # Anybody can send a foreign host name; each would be a traceback.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}

# --- Celery (reliability.md has the reason of each value) ----------------------------------------

# A message that a dead worker held is given out again after this many seconds: well above the
# longest task, which hands its batch over and returns.
VISIBILITY_TIMEOUT = 120


def _for_kombu(url: str) -> str:
    """The same Redis in kombu's spelling, which has a scheme of its own for Unix sockets."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    query = parts.query.replace("db=", "virtual_host=") or "virtual_host=0"
    return f"redis+socket://{parts.netloc}{parts.path}?{query}"


CELERY_BROKER_URL = _for_kombu(_env.broker_url)
if CELERY_BROKER_URL.startswith("amqp"):
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"confirm_publish": True}
    _queue_arguments = {"x-queue-type": "quorum"}  # RabbitMQ's replicated kind
else:
    _queue_arguments = {}
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": VISIBILITY_TIMEOUT,
        "unacked_restore_interval": 5,  # seconds between looks for messages to give out again
        "unacked_restore_throttle": 1,  # ... at every one of them
        # Seconds. Without these a publish can hang for ever; with them a person who asks for a
        # check while the broker hangs hears of it within five.
        "socket_timeout": 2,
        "socket_connect_timeout": 2,
        "socket_keepalive": True,
        "health_check_interval": 10,
        "max_retries": 3,
        "global_keyprefix": "vitals:",  # a Redis may have other users
    }
CELERY_VISIBILITY_TIMEOUT = VISIBILITY_TIMEOUT
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # the default gives up after 100
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False  # what cannot be sent is released, and claimed by the next tick
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_CREATE_MISSING_QUEUES = False  # a mistyped queue fails loudly
# Each with an exchange of its own: Celery's default would bind all of them to the same key, and so
# deliver a message to all of them.
CELERY_TASK_QUEUES = [
    Queue(name, Exchange(name), routing_key=name, queue_arguments=_queue_arguments)
    for name in ("probes", "manual", "refreshes", "notifications", "housekeeping")
]
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
CELERY_TASK_REJECT_ON_WORKER_LOST = False  # poison would loop; the lease recovers instead
CELERY_WORKER_POOL = "threads"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # the window is the back-pressure
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20  # seconds to drain on SIGTERM
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BEAT_SCHEDULER = "healthcheck_project.beat:Scheduler"
CELERY_BEAT_SYNC_EVERY = 1
CELERY_TIMEZONE = "UTC"
# Celery would close the database connection around every task; Django's health check of a kept
# connection does what that is for. A number of tasks that no worker lives to see.
CELERY_DB_REUSE_MAX = 10**9

# --- Probing ----------------------------------------------------------------------------------

REDIS_URL = _env.redis_url
CREDENTIAL_KEYS = _env.credential_keys
CRON_SECRET = _env.cron_secret
PROBE_ALLOWED_NETWORKS = _env.probe_allowed_networks
DEMO_PROVIDER = _env.demo_provider
DEMO_PROVIDER_FD = _env.demo_provider_fd

PROBE_BATCH_SIZE = 100  # claims a message: a Celery message costs more than a probe
PROBE_WINDOW = 4000  # probes in flight per process; a hanging host occupies one of them, no more
RECORD_BATCH = 500  # rows a transaction: past this, writing gets no cheaper by the row
RECORD_INTERVAL = 0.25  # seconds until a smaller batch is written, so results are seen at once
# What checks may take of the calls that a provider says are left.
RATE_LIMIT_SHARE = _env.rate_limit_share

# --- Incidents (docs/notifications.md has the reasoning) ------------------------------------------

INCIDENT_WINDOW = dt.timedelta(minutes=_env.incident_window_minutes)
INCIDENT_MIN_CONNECTIONS = _env.incident_min_connections
INCIDENT_SIGNIFICANCE = _env.incident_significance
OPERATOR_EMAILS = _env.operator_emails
