"""Child processes that end with us: their output, their start and their end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from healthcheck_project.environment import ROOT
from healthcheck_project.faults import StartFault

POLL_SECONDS = 0.05
KILL_SECONDS = 5.0  # after SIGKILL the kernel needs no longer

TETHER = Path(__file__).with_name("tether.py")


@dataclass(frozen=True, kw_only=True)
class Account:
    """As whom a child runs: `same` as we, a `namespace` where root looks like uid, or `drop` to it.

    uid and gid are the ids that the child sees; owner is the uid that its files have outside.
    """

    kind: str = "same"
    uid: int = field(default_factory=os.getuid)
    gid: int = field(default_factory=os.getgid)

    @property
    def owner(self) -> int:
        return self.uid if self.kind == "drop" else os.getuid()


@dataclass(frozen=True, kw_only=True)
class Command:
    """How a child is started and ended.

    `orphan_signal` is what the kernel sends when we are killed, `stop_signal` what we send.
    `log` None means that its lines go to our standard output, each behind its name.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    stop_signal: int = signal.SIGTERM
    orphan_signal: int = signal.SIGKILL
    account: Account = field(default_factory=Account)
    log: Path | None = None
    fds: tuple[int, ...] = ()


def tethered(
    argv: Iterable[str], account: Account, orphan_signal: int = signal.SIGKILL
) -> list[str]:
    """The command line that runs `argv` under the account and ends it with us."""
    ids = [account.kind, str(account.uid), str(account.gid)]
    us = [str(os.getpid()), str(int(orphan_signal))]
    return [sys.executable, "-I", "-S", str(TETHER), *us, *ids, *argv]


class Child:
    """One running process in a group of its own, so that Ctrl-C in a terminal reaches only us.

    Only the main thread may start one: the kernel ties its life to the thread that made it.
    """

    def __init__(self, command: Command) -> None:
        self.command = command
        self.started = time.monotonic()
        out: int | IO[bytes] = subprocess.PIPE
        if command.log:
            out = command.log.open("wb")
        try:
            self._popen = subprocess.Popen(  # noqa: S603 - our own commands
                tethered(command.argv, command.account, command.orphan_signal),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=dict(command.env),
                start_new_session=True,
                pass_fds=command.fds,
            )
        finally:
            if not isinstance(out, int):
                out.close()
        self._relay: threading.Thread | None = None
        if self._popen.stdout:
            self._relay = threading.Thread(
                target=_relay, args=(self._popen.stdout, command.name), daemon=True
            )
            self._relay.start()

    @property
    def name(self) -> str:
        return self.command.name

    @property
    def pid(self) -> int:
        return self._popen.pid

    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._popen.poll()

    def ask_to_stop(self) -> None:
        if self.exit_code() is None:
            self._popen.send_signal(self.command.stop_signal)

    def wait(self, seconds: float) -> bool:
        """Whether it ended in time."""
        try:
            self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill_group(self) -> None:
        """Ends it and everything it started, and waits for it and its last words."""
        with suppress(ProcessLookupError, PermissionError):  # gone (macOS says the second)
            os.killpg(self.pid, signal.SIGKILL)
        self.wait(KILL_SECONDS)
        if self._relay:
            self._relay.join(KILL_SECONDS)


def _relay(lines: IO[bytes], name: str) -> None:
    with lines:
        for line in lines:
            say(line.decode(errors="replace").rstrip("\n"), name=name)


def say(text: str, *, name: str = "vitals") -> None:
    """One line on standard output behind a process's name; a reader that left is no error."""
    with suppress(BrokenPipeError, ValueError):
        sys.stdout.write(f"{name:<10}| {text}\n")
        sys.stdout.flush()


def run_to_end(command: Command, on_line: Callable[[str], None]) -> None:
    """Raises StartFault with the last line of its standard error when it fails."""
    with subprocess.Popen(  # noqa: S603 - our own commands
        tethered(command.argv, command.account, command.orphan_signal),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=dict(command.env),
        start_new_session=True,
        pass_fds=command.fds,
    ) as popen:
        try:
            for line in popen.stdout or ():
                on_line(line.rstrip())
            errors = popen.stderr.read().strip() if popen.stderr else ""
        except BaseException:
            popen.kill()
            raise
    if popen.returncode != 0:
        words = errors.splitlines() or [f"{command.name} ended with code {popen.returncode}"]
        raise StartFault(words[-1].removeprefix("vitals: "))


def stop_together(children: Iterable[Child], seconds: float) -> None:
    """Ask all at once, give all the same time, then kill what is left, by group."""
    children = list(children)
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + seconds
    for child in children:
        if not child.wait(max(0.0, deadline - time.monotonic())):
            say(f"{child.name} did not stop within {seconds:.0f} s: killed")
        child.kill_group()


def wait_until(
    ready: Callable[[], bool], *, seconds: float, otherwise: str, every: float = POLL_SECONDS
) -> None:
    """Raises StartFault with `otherwise` when `ready` has not become true in time."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise StartFault(otherwise)
        time.sleep(every)
