"""Children end with us, and in good order."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from healthcheck_project.environment import ROOT
from healthcheck_project.faults import StartFault
from healthcheck_project.processes import (
    Account,
    Child,
    Command,
    run_to_end,
    stop_together,
    tethered,
    wait_until,
)

STUBBORN = "trap '' TERM; sleep 300 & echo ready; wait; wait"


def shell(script: str, name: str = "child") -> Command:
    return Command(name=name, argv=("/bin/sh", "-c", script), env=os.environ)


def test_output_lines_carry_the_name(capfd: pytest.CaptureFixture[str]) -> None:
    child = Child(shell("echo one; echo two >&2", name="worker1"))
    assert child.wait(10)
    child.kill_group()
    assert [line.split("| ") for line in capfd.readouterr().out.splitlines()] == [
        ["worker1   ", "one"],
        ["worker1   ", "two"],
    ]


def test_what_does_not_stop_is_killed_with_its_children(
    capfd: pytest.CaptureFixture[str],
) -> None:
    child = Child(shell(STUBBORN))
    process = psutil.Process(child.pid)
    wait_until(lambda: bool(process.children()), seconds=10, otherwise="no grandchild")
    grandchildren = process.children()
    stop_together([child], 0.2)
    assert child.exit_code() == -signal.SIGKILL
    gone, alive = psutil.wait_procs(grandchildren, timeout=10)
    assert (len(gone), alive) == (1, [])
    assert "did not stop within" in capfd.readouterr().out


def test_all_are_asked_before_one_is_waited_for() -> None:
    slow = [Child(shell("trap 'sleep 0.5; exit 0' TERM; echo; while :; do sleep 0.05; done"))
            for _ in range(4)]  # fmt: skip
    began = time.monotonic()
    stop_together(slow, 20)
    assert time.monotonic() - began < 1.9


def test_a_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    """The parent is killed, so nothing of ours can clean up: the kernel must."""
    code = (
        "import subprocess, sys, time;"
        "from healthcheck_project.processes import Account, tethered;"
        "child = subprocess.Popen(tethered(['sleep', '300'], Account()));"
        "print(child.pid, flush=True); time.sleep(300)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = psutil.Process(int(parent.stdout.readline()))
        wait_until(lambda: child.name() == "sleep", seconds=10, otherwise="never became sleep")
        parent.kill()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running()


def test_an_orphan_from_the_start_does_not_run() -> None:
    argv = tethered(["echo", "ran"], Account())
    argv[argv.index(str(os.getpid()))] = "1"
    answer = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (1, "")


def test_a_missing_program_is_one_line() -> None:
    argv = tethered(["/no/such/program"], Account())
    answer = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert answer.returncode == 127
    assert answer.stderr == "/no/such/program: No such file or directory\n"


def test_a_failed_step_is_told_by_its_last_word() -> None:
    lines: list[str] = []
    with pytest.raises(StartFault, match=r"^Do this instead$"):
        run_to_end(shell("echo step; echo noise >&2; echo 'vitals: Do this instead' >&2; exit 1"),
                   lines.append)  # fmt: skip
    assert lines == ["step"]
