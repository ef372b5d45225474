"""The settings are secure, and a bad environment stops every entry point with one line."""

import subprocess
import sys

import pytest
from django.conf import settings

from healthcheck_project.environment import ROOT
from tests.project.conftest import NEEDED, type_set_environment

ENTRY_POINTS = {
    "manage": ("manage.py", "check"),
    "web": ("-m", "gunicorn", "healthcheck_project.wsgi", "--bind", "127.0.0.1:0",
            "--no-control-socket"),
    "worker": ("-m", "celery", "-A", "healthcheck_project", "worker", "-P", "threads"),
}  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_a_bad_environment_is_one_line_and_an_exit(
    environment: type_set_environment, entry_point: str
) -> None:
    environment(**NEEDED | {"CRON_SECRET": "short"})
    answer = run(*ENTRY_POINTS[entry_point])
    ours = [line for line in answer.stderr.splitlines() if line.startswith("vitals: ")]
    assert ours[:1] == ["vitals: CRON_SECRET: must have at least 32 characters"]
    assert "Traceback" not in answer.stderr
    assert answer.returncode == 3


def test_the_deployment_check_has_nothing_to_say(environment: type_set_environment) -> None:
    strong = {"SECRET_KEY": "t7%kQ" * 3 + "2b!xW" * 3 + "9z&mR" * 3 + "4c(pL" * 3}
    environment(**NEEDED | strong, PUBLIC_URL="https://vitals.example.com")
    answer = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    assert answer.returncode == 0, answer.stderr


def test_plain_http_keeps_the_cookies_usable(environment: type_set_environment) -> None:
    environment(**NEEDED)
    code = "import healthcheck_project.settings as s; print(s.SESSION_COOKIE_SECURE, s.DEBUG)"
    assert run("-c", code).stdout.split() == ["False", "False"]


def test_each_queue_gets_only_its_own_messages() -> None:
    routes = {(queue.exchange.name, queue.routing_key) for queue in settings.CELERY_TASK_QUEUES}
    names = ("probes", "manual", "refreshes", "notifications", "housekeeping")
    assert routes == {(name, name) for name in names}


@pytest.mark.parametrize(
    ("redis_url", "broker_url"),
    [
        ("unix:///run/a%20b/r.sock?db=2", "redis+socket:///run/a%20b/r.sock?virtual_host=2"),
        ("unix:///run/r.sock", "redis+socket:///run/r.sock?virtual_host=0"),
        ("redis://h:1/3", "redis://h:1/3"),
    ],
)
def test_celery_gets_the_redis_in_its_own_spelling(
    environment: type_set_environment, redis_url: str, broker_url: str
) -> None:
    environment(**NEEDED | {"REDIS_URL": redis_url})
    code = "import healthcheck_project.settings as s; print(s.CELERY_BROKER_URL)"
    assert run("-c", code).stdout.strip() == broker_url


def test_rabbitmq_gets_replicated_queues(environment: type_set_environment) -> None:
    environment(**NEEDED, BROKER_URL="amqp://bob:pass@mq.example//")
    code = (
        "import healthcheck_project.settings as s; print(s.CELERY_TASK_QUEUES[0].queue_arguments)"
    )
    assert run("-c", code).stdout.strip() == "{'x-queue-type': 'quorum'}"
