"""Which processes run, and what each of them learns."""

import socket
from pathlib import Path

import pytest

from healthcheck_project.environment import ROOT, Launch
from healthcheck_project.formation import Plan, in_stopping_order, plan

LAUNCH = Launch(
    data_dir=Path("/data"), host="127.0.0.1", port=8000, workers=2,
    database_url=None, redis_url=None, migration_database_url=None,
)  # fmt: skip


def made(env: dict[str, str], *, demo: bool) -> tuple[Plan, str]:
    """The plan, and the port of the demo's provider."""
    with (
        socket.create_server(("127.0.0.1", 0)) as web,
        socket.create_server(("127.0.0.1", 0)) as provider,
    ):
        port = str(provider.getsockname()[1])
        return plan(LAUNCH, env, web, provider if demo else None), port


def test_every_process_type_runs_and_each_worker_by_its_name() -> None:
    without_demo, _ = made({}, demo=False)
    names = [command.name for command in without_demo.processes]
    assert names == ["web", "worker1", "worker2", "manual", "tokens", "notifier", "beat"]
    assert (without_demo.provider, without_demo.load_demo) == ((), ())


def test_only_what_makes_calls_and_the_demo_itself_may_reach_its_provider() -> None:
    with_demo, port = made({}, demo=True)
    everyone = (*with_demo.provider, *with_demo.load_demo, *with_demo.processes, with_demo.migrate)
    told = {command.name for command in everyone if "DEMO_PROVIDER_PORT" in command.env}
    assert told == {"provider", "demo", "web", "worker1", "worker2", "manual", "tokens"}
    assert with_demo.processes[1].env["DEMO_PROVIDER_PORT"] == port


def test_the_exception_cannot_be_inherited_from_the_caller() -> None:
    without_demo, _ = made({"DEMO_PROVIDER_PORT": "22", "DEMO_PROVIDER_FD": "3"}, demo=False)
    everyone = (*without_demo.processes, *without_demo.welcome, without_demo.migrate)
    assert not any("DEMO_PROVIDER" in name for command in everyone for name in command.env)


def test_only_the_migration_learns_how_to_be_the_owner() -> None:
    made_plan, _ = made({"MIGRATION_DATABASE_URL": "postgresql://owner@h/db"}, demo=True)
    everyone = (*made_plan.processes, *made_plan.provider, *made_plan.load_demo, made_plan.migrate)
    told = {command.name for command in everyone if "MIGRATION_DATABASE_URL" in command.env}
    assert told == {"migrate"}


def test_beat_stops_first_and_the_provider_last() -> None:
    order = in_stopping_order(["provider", "web", "worker1", "manual", "beat"])
    assert order == [{"beat"}, {"web", "worker1", "manual"}, {"provider"}]


@pytest.mark.parametrize("queue", ["probes", "manual", "refreshes", "housekeeping"])
def test_the_procfile_serves_every_queue(queue: str) -> None:
    lines = (ROOT / "Procfile").read_text().splitlines()
    served = [line.split("-Q ")[1].split()[0].split(",") for line in lines if "-Q " in line]
    assert sum(queue in queues for queues in served) == 1
