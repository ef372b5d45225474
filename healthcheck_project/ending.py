"""How our own commands end: in good order, whether by a fault, a signal or the work's end."""

import signal
import sys
from collections.abc import Callable
from types import FrameType

from healthcheck_project.embedded.data_folder import as_fault
from healthcheck_project.faults import StartFault

ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EXIT_CODE_OF_FAULT = 1
EXIT_CODE_OF_INTERRUPT = 130  # the shell's for Ctrl-C


def exit_code(work: Callable[[], int]) -> int:
    """The work's exit code, or that of what ended it, which gets one line on standard error."""
    for number in ENDING_SIGNALS:
        signal.signal(number, _interrupt_once)
    try:
        return work()
    except KeyboardInterrupt:
        return EXIT_CODE_OF_INTERRUPT
    except OSError as error:
        sys.stderr.write(f"vitals: {as_fault(error)}\n")
    except StartFault as fault:
        sys.stderr.write(f"vitals: {fault}\n")
    return EXIT_CODE_OF_FAULT


def _interrupt_once(_number: int, _frame: FrameType | None) -> None:
    """A second Ctrl-C must not break the end that the first one began."""
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
