"""`bin/run`: starts everything in order, keeps it running, stops it in order."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from healthcheck_project import formation
from healthcheck_project.embedded.servers import Servers, own_folder, serve
from healthcheck_project.ending import exit_code
from healthcheck_project.environment import WORKERS_MAX, Launch, read_environment, read_launch
from healthcheck_project.faults import StartFault
from healthcheck_project.listening import answers, listen_for_demo, listen_for_web
from healthcheck_project.processes import (
    Child,
    Command,
    run_to_end,
    say,
    stop_together,
    wait_until,
)
from healthcheck_project.reachable import require_servers

READY_SECONDS = 60.0
STOP_SECONDS = 25.0  # above the 20 that the workers give themselves to drain
WATCH_SECONDS = 0.2
BACK_OFF_SECONDS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
SETTLED_SECONDS = 60.0  # who ran so long before it died starts again at the first back-off


@dataclass(kw_only=True)
class Post:
    """One process that is kept running: who holds the post now, and when it is filled again."""

    command: Command
    child: Child
    deaths: int = 0
    refill_at: float | None = None

    def look_after(self, now: float) -> None:
        """Notices a death, and starts a new child when its back-off is over."""
        if self.refill_at is not None:
            if now >= self.refill_at:
                self.child, self.refill_at = Child(self.command), None
        elif (code := self.child.exit_code()) is not None:
            self.child.kill_group()
            settled = now - self.child.started > SETTLED_SECONDS
            self.deaths = 1 if settled else self.deaths + 1
            pause = BACK_OFF_SECONDS[min(self.deaths, len(BACK_OFF_SECONDS)) - 1]
            self.refill_at = now + pause
            say(f"{self.command.name} ended with code {code}: starting it again in {pause:.0f} s")


class Supervisor:
    """Everything between the servers' start and their end."""

    def __init__(self, launch: Launch, servers: Servers) -> None:
        self._launch = launch
        self._servers = servers
        self._posts: list[Post] = []

    def start(self, commands: Sequence[Command]) -> None:
        for command in commands:
            self._posts.append(Post(command=command, child=Child(command)))

    def wait_for_web(self) -> None:
        """Raises StartFault when the web process gives up or stays silent."""
        web = next(post.child for post in self._posts if post.command.name == formation.WEB)

        def ready() -> bool:
            if (code := web.exit_code()) is not None:
                raise StartFault(f"The web process gave up with code {code}: see its lines above")
            return answers(self._launch.host, self._launch.port)

        silence = f"The web process did not answer within {READY_SECONDS:.0f} s"
        wait_until(ready, seconds=READY_SECONDS, otherwise=silence, every=WATCH_SECONDS)

    def watch(self) -> None:
        """Until a signal. Raises StartFault when one of the embedded servers died."""
        while True:
            for server in self._servers.children:
                if (code := server.exit_code()) is not None:
                    raise StartFault(
                        f"{server.name} ended by itself with code {code}, so everything stops: "
                        f"see {server.command.log}, and start again"
                    )
            for post in self._posts:
                post.look_after(time.monotonic())
            time.sleep(WATCH_SECONDS)

    def stop(self) -> None:
        """Beat first, so that nothing new comes; the demo's provider last, since probes call it."""
        for names in formation.in_stopping_order(post.command.name for post in self._posts):
            children = [post.child for post in self._posts if post.command.name in names]
            stop_together(children, STOP_SECONDS)


def main(arguments: Sequence[str]) -> int:
    """Runs until a signal. Raises StartFault."""
    options = _parse(arguments)
    launch = read_launch()
    if options.workers:
        launch = replace(launch, workers=options.workers)
    say("starting")
    with (
        own_folder(launch) as folder,
        listen_for_web(launch) as web_socket,
        listen_for_demo(wanted=options.demo) as demo_socket,
        serve(launch, folder, progress=say) as servers,
    ):
        os.environ.update(servers.env)
        plan = formation.plan(launch, servers.env, web_socket, demo_socket)
        _prepare_database(launch, plan)
        _supervise(Supervisor(launch, servers), plan)
    return 0


def _prepare_database(launch: Launch, plan: formation.Plan) -> None:
    environment = read_environment()
    require_servers(environment, os.environ["DATABASE_URL"], launch.migration_database_url)
    say("bringing the database up to date")
    run_to_end(plan.migrate, _show_migration)


def _supervise(supervisor: Supervisor, plan: formation.Plan) -> None:
    demo_lines: list[str] = []
    try:
        supervisor.start(plan.provider)
        for command in plan.load_demo:
            say("loading the demo")
            run_to_end(command, demo_lines.append)
        supervisor.start(plan.processes)
        supervisor.wait_for_web()
        say(f"ready: {read_environment().public_url} (the admin is at /admin/, Ctrl-C stops)")
        for line in demo_lines:
            say(line, name="demo")
        for command in plan.welcome:
            run_to_end(command, say)
        supervisor.watch()
    except KeyboardInterrupt:
        say("stopping")
    finally:
        supervisor.stop()
    # The servers stop next; nothing of ours is left that could miss them.


def _show_migration(line: str) -> None:
    if line.strip().startswith("Applying"):
        say(line.strip())


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/run", description=__doc__)
    parser.add_argument(
        "--demo", action="store_true", help="with a demo tenant over a simulated provider"
    )
    parser.add_argument(
        "--workers",
        type=int,
        choices=range(1, WORKERS_MAX + 1),
        metavar="N",
        help="probe worker processes (default: WORKERS, else 1)",
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
