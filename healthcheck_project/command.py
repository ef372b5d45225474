"""Runs one command with the servers of this checkout: for `bin/manage`, `bin/test`, `bin/bench`.

python -m healthcheck_project.command [--throwaway] COMMAND...

With `--throwaway` the servers are the command's own and need not survive a crash.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

from healthcheck_project.embedded.servers import Servers, own_folder, serve, serve_or_join
from healthcheck_project.ending import ENDING_SIGNALS, exit_code
from healthcheck_project.environment import read_launch
from healthcheck_project.processes import Account, tethered

THROWAWAY = "--throwaway"
MIGRATE = (sys.executable, "-m", "healthcheck_project.migrating")


def main(arguments: list[str]) -> int:
    """The command's exit code. Raises StartFault."""
    launch = read_launch()
    if arguments[0] == THROWAWAY:
        with (
            own_folder(launch) as folder,
            serve(launch, folder, throwaway=True, progress=_to_stderr) as servers,
        ):
            return _run(arguments[1:], servers)
    with serve_or_join(launch, progress=_to_stderr) as servers:
        if servers.created:
            _to_stderr("making the tables")
            subprocess.run(  # noqa: S603 - our own command
                MIGRATE, env=servers.env, stdout=subprocess.DEVNULL, check=True
            )
        return _run(arguments, servers)


def _run(argv: Sequence[str], servers: Servers) -> int:
    """Shares our terminal with the command: Ctrl-C reaches it directly, other ends through us."""
    child = subprocess.Popen(tethered(argv, Account()), env=servers.env)  # noqa: S603 - the caller's

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            child.send_signal(number)

    for number in ENDING_SIGNALS:
        signal.signal(number, pass_on)
    code = child.wait()
    return code if code >= 0 else 128 - code  # the shell's way to say: ended by a signal


def _to_stderr(line: str) -> None:
    sys.stderr.write(f"vitals: {line}\n")


if __name__ == "__main__":
    sys.exit(exit_code(lambda: main(sys.argv[1:])))
