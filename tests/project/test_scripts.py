"""The shell scripts say in one line what a fresh machine lacks."""

import shutil
import subprocess
from pathlib import Path

import pytest

from healthcheck_project.environment import ROOT

TOOLS = ("dirname", "cat", "cksum", "rm", "sh")


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A fresh clone on a machine whose PATH holds next to nothing."""
    shutil.copytree(ROOT / "bin", tmp_path / "clone" / "bin")
    for lock in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / lock, tmp_path / "clone")
    (tmp_path / "path").mkdir()
    for tool in TOOLS:
        (tmp_path / "path" / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path


def add_python(machine: Path, *, version: tuple[int, int], has_venv: bool) -> None:
    """A stand-in that answers the two questions that the scripts ask."""
    fake = machine / "path" / "python3"
    new_enough, venv = int(version < (3, 11)), int(not has_venv)
    fake.write_text(
        f'#!/bin/sh\ncase "$*" in\n*version_info*) exit {new_enough} ;;\n'
        f"*ensurepip*) exit {venv} ;;\nesac\nexit 9\n"
    )
    fake.chmod(0o755)


def run(machine: Path) -> tuple[int, list[str]]:
    answer = subprocess.run(
        [machine / "clone" / "bin" / "run"],
        env={"PATH": str(machine / "path")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return answer.returncode, answer.stderr.splitlines()


def test_no_python_at_all(machine: Path) -> None:
    code, lines = run(machine)
    assert (code, len(lines)) == (1, 1)
    assert "Python 3.11 or newer is needed" in lines[0]


def test_a_python_that_is_too_old(machine: Path) -> None:
    add_python(machine, version=(3, 10), has_venv=True)
    code, lines = run(machine)
    assert (code, len(lines)) == (1, 1)
    assert "Python 3.11 or newer is needed" in lines[0]


def test_a_python_without_venv(machine: Path) -> None:
    add_python(machine, version=(3, 11), has_venv=False)
    code, lines = run(machine)
    assert (code, len(lines)) == (1, 1)
    assert "apt-get install python3-venv" in lines[0]
