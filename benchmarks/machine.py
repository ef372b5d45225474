"""The machine, and what processes cost on it."""

import argparse
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import django
import psutil


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value beside its target, if it has one; `at_least` says on which side."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = True

    @property
    def met(self) -> bool:
        if self.target is None:
            return True
        return self.value >= self.target if self.at_least else self.value <= self.target

    def __str__(self) -> str:
        text = f"{self.name:<44}{self.value:>12,.2f} {self.unit}"
        if self.target is None:
            return text
        sign = "≥" if self.at_least else "≤"
        return f"{text:<72}{sign} {self.target:,g}  {'met' if self.met else 'MISSED'}"


def begin_over_a_past(case: str, description: str | None, arguments: list[str]) -> int:
    """Begin a case that reads what a tenant's connections have lived through: set Django up, and
    say what machine this is. Return how many connections are asked for."""
    parser = argparse.ArgumentParser(prog=f"bin/bench {case}", description=description)
    parser.add_argument("--connections", type=int, default=10_000)
    connections: int = parser.parse_args(arguments).connections
    os.environ["DJANGO_SETTINGS_MODULE"] = "healthcheck_project.settings"
    django.setup()
    sys.stdout.write(f"{describe()}\n")
    return connections


def describe() -> str:
    """Return one line on the machine."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = psutil.virtual_memory().total / 2**30
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Python {platform.python_version()},"
        f" load before {load:.1f}"
    )


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """Return what each process and all below it have used, those that ended included."""
    return {name: _of_tree(psutil.Process(pid)) for name, pid in pids.items()}


def _of_tree(process: psutil.Process) -> float:
    total = 0.0
    for member in (process, *process.children(recursive=True)):
        try:
            times = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total
