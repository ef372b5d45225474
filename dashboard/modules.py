"""What a page's script imports: named in the page, so that no module waits for another."""

import posixpath
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

_IMPORT = re.compile(r'\b(?:import|from)\s*"(\.[^"]+)"')


@cache
def modules_of(*paths: str) -> tuple[str, ...]:
    """Return the paths, below the static files, of modules and of all that they import; the first
    comes first."""
    found: dict[str, None] = {}
    waiting = list(reversed(paths))
    while waiting:
        module = waiting.pop()
        if module not in found:
            found[module] = None
            waiting += _imports(module)
    return tuple(found)


def _imports(module: str) -> Iterator[str]:
    place = finders.find(module)
    if place is None:
        return
    for relative in _IMPORT.findall(Path(place).read_text()):
        yield posixpath.normpath(posixpath.join(posixpath.dirname(module), relative))
