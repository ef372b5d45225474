"""How browsers keep our static files: each is asked for again, and sent only if it has changed.

So files that import each other are always of the same version, whatever was deployed meanwhile.
"""

import functools
import hashlib
from pathlib import Path
from wsgiref.headers import Headers


def tag_by_content(headers: Headers, path: str, _url: str) -> None:
    """Name a file by what is in it: its time differs between machines, and may be the same after
    a change. Weakly, so that it is the same file when it was compressed on its way."""
    headers["ETag"] = f'W/"{_digest(path, Path(path).stat().st_mtime_ns)}"'


@functools.cache
def _digest(path: str, _changed_at: int) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:32]
