"""`bin/run` as a person meets it: real servers, real processes, real signals."""

import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import psutil
import pytest

from healthcheck_project.embedded.data_folder import DataFolder
from healthcheck_project.environment import ROOT
from healthcheck_project.processes import wait_until
from tests.project.conftest import COMMAND, NEEDED, processes_of, type_set_environment

RUN = (sys.executable, "-m", "healthcheck_project.supervisor")
READY_SECONDS = 60


class Run:
    """A `bin/run` with its output so far."""

    def __init__(self, data_dir: Path, port: int) -> None:
        self.data_dir, self.port = data_dir, port
        self.lines: list[str] = []
        self.popen = subprocess.Popen(
            RUN, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def __enter__(self) -> Self:
        self.read_until("| ready: ")
        return self

    def __exit__(self, *_: object) -> None:
        if self.popen.returncode is None:
            self.popen.terminate()
            self.read_to_end()

    def read_until(self, text: str) -> str:
        """The first line with the text. Fails when the output ends before."""
        assert self.popen.stdout
        for line in self.popen.stdout:
            self.lines.append(line)
            if text in line:
                return line
        self.popen.wait()
        raise AssertionError("".join(self.lines))

    def read_to_end(self) -> str:
        assert self.popen.stdout
        with self.popen:
            self.lines += self.popen.stdout
        return "".join(self.lines)

    def get(self, path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def child(self, words: str) -> psutil.Process:
        """The only process of this run with these words in its command line."""
        (found,) = [
            process
            for process in psutil.Process(self.popen.pid).children()
            if words in " ".join(process.cmdline())
        ]
        return found


@pytest.fixture
def running(
    used_data_dir: Path, free_port: int, environment: type_set_environment
) -> Iterator[Run]:
    environment(DATA_DIR=str(used_data_dir), PORT=str(free_port))
    with Run(used_data_dir, free_port) as run:
        yield run


def nothing_is_left(data_dir: Path) -> bool:
    return processes_of(data_dir) == []


def test_it_runs_restarts_what_dies_shares_its_servers_and_stops_in_order(running: Run) -> None:
    assert "/welcome/" in running.read_until("nobody is here yet")
    for words, name in (("beat", "beat"), ("gunicorn", "web"), ("-Q probes", "worker1")):
        running.child(words).kill()
        assert "starting it again in 1 s" in running.read_until(f"{name} ended with code -9")
    wait_until(lambda: _lives(running), seconds=READY_SECONDS, otherwise="the web stayed dead")
    running.child("-Q probes")

    assert running.get("/livez") == 200
    assert running.get("/static/admin/css/base.css") == 200

    second = subprocess.run(RUN, cwd=ROOT, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert "is in use by another run" in second.stderr

    question = (*COMMAND, "/bin/sh", "-c", "echo $DATABASE_URL")
    another = {"PYTHONPATH": str(ROOT), "SECRET_KEY": "another"}
    joined = subprocess.run(question, cwd="/", env=os.environ | another,
                            capture_output=True, text=True, check=True)  # fmt: skip
    assert joined.stdout.startswith("postgresql://vitals_runtime:")
    assert joined.stderr == (
        "vitals: SECRET_KEY is that of the run under way; stop it to use another\n"
    )

    for _ in range(2):  # the impatient press it twice
        running.popen.send_signal(signal.SIGINT)
    said = running.read_to_end()
    assert running.popen.returncode == 0
    assert "Traceback" not in said
    assert nothing_is_left(running.data_dir)


def _lives(run: Run) -> bool:
    try:
        return run.get("/livez") == 200
    except (OSError, http.client.HTTPException):
        return False


def test_a_killed_run_leaves_no_process_behind_and_no_obstacle(
    running: Run, environment: type_set_environment
) -> None:
    family = psutil.Process(running.popen.pid).children(recursive=True)
    assert {"postgres", "valkey-server"} < {process.name() for process in family}
    assert len(family) > 10  # the servers' and the web's own children, too
    running.popen.kill()
    running.read_to_end()
    _gone, alive = psutil.wait_procs(family, timeout=25)
    assert alive == []
    with Run(running.data_dir, running.port) as again:
        again.popen.terminate()
        again.read_to_end()
    assert again.popen.returncode == 0


def test_a_server_that_dies_stops_everything_with_one_line(running: Run) -> None:
    running.child("valkey-server").kill()
    said = running.read_to_end()
    assert running.popen.returncode == 1
    assert "valkey ended by itself with code -9, so everything stops" in said
    assert nothing_is_left(running.data_dir)


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        (NEEDED, "The database cannot be reached: connection to server"),
        (NEEDED | {"SECRET_KEY": "x"}, "SECRET_KEY: must have at least 50"),
        ({"REDIS_URL": "redis://:canary@127.0.0.1:1"}, "The Redis cannot be reached: "),
        ({"PORT": "none"}, "PORT: Not a valid integer"),
        ({"HOST": "192.0.2.1"}, "192.0.2.1 is no address of this machine: correct HOST"),
        ({"DATA_DIR": "/proc/none"}, "The data folder /proc/none cannot be made"),
    ],
)
def test_what_keeps_it_from_starting_is_one_line(
    data_dir: Path,
    free_port: int,
    environment: type_set_environment,
    variables: dict[str, str],
    says: str,
) -> None:
    environment(**{"DATA_DIR": str(data_dir), "PORT": str(free_port)} | variables)
    answer = subprocess.run(RUN, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"vitals: {says}")
    assert len(answer.stderr.splitlines()) == 1
    assert "canary" not in answer.stderr
    assert nothing_is_left(data_dir)


def test_a_busy_port_is_one_line(
    data_dir: Path, free_port: int, environment: type_set_environment
) -> None:
    environment(DATA_DIR=str(data_dir), PORT=str(free_port))
    with socket.create_server(("127.0.0.1", free_port)):
        answer = subprocess.run(RUN, cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr == (
        f"vitals: Port {free_port} of 127.0.0.1 is in use: set PORT to a free one\n"
    )


def test_a_command_alone_brings_its_servers_and_only_its_own_output(
    data_dir: Path, environment: type_set_environment
) -> None:
    environment(DATA_DIR=str(data_dir))
    migrations = (*COMMAND, sys.executable, "manage.py", "showmigrations", "--plan")
    answer = subprocess.run(migrations, cwd=ROOT, capture_output=True, text=True, check=True)
    assert {line[:4] for line in answer.stdout.splitlines()} == {"[X] "}
    assert "making a new database" in answer.stderr
    assert nothing_is_left(data_dir)


def test_a_commands_exit_code_is_ours(data_dir: Path, environment: type_set_environment) -> None:
    environment(**NEEDED, DATA_DIR=str(data_dir))
    for script, code in (("exit 7", 7), ("kill -TERM $$", 128 + signal.SIGTERM)):
        argv = (*COMMAND, "/bin/sh", "-c", script)
        assert subprocess.run(argv, cwd=ROOT, check=False).returncode == code


def test_a_command_waits_for_its_guests_before_it_stops_the_servers(
    used_data_dir: Path, environment: type_set_environment
) -> None:
    environment(DATA_DIR=str(used_data_dir))
    folder = DataFolder(used_data_dir)
    argv = (*COMMAND, "/bin/sh", "-c", "echo done")
    with subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True) as host:
        with folder.lock("guests", fcntl.LOCK_SH) as guest:
            assert guest
            assert host.stdout
            assert host.stdout.readline() == "done\n"
            with pytest.raises(subprocess.TimeoutExpired):
                host.wait(0.5)
            assert processes_of(used_data_dir) != []
        assert host.wait(30) == 0
    assert nothing_is_left(used_data_dir)
