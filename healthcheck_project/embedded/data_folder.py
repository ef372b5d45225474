"""The folder that holds everything a checkout keeps: locked by one run, private to its owner."""

import errno
import fcntl
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from healthcheck_project.environment import SECRET_KEY_MIN_CHARS
from healthcheck_project.faults import StartFault
from healthcheck_project.variables import CREDENTIAL_KEY_BYTES

FREE_BYTES_MIN = 200 * 1024**2  # a new PostgreSQL takes 40 MB, its log files another 80


class DataFolder:
    """`DATA_DIR`, made on first use."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Raises StartFault when it cannot be made, or its disk is full."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            free = shutil.disk_usage(self.path).free
        except OSError as error:
            raise StartFault(
                f"The data folder {self.path} cannot be made ({error.strerror}): set DATA_DIR"
            ) from None
        if free < FREE_BYTES_MIN:
            raise StartFault(
                f"The disk of {self.path} is full: {free // 1024**2} MB are free and "
                f"{FREE_BYTES_MIN // 1024**2} MB are needed. Make room, or set DATA_DIR"
            )

    @contextmanager
    def lock(self, name: str, kind: int) -> Iterator[bool]:
        """Holds (or shares, by fcntl's `kind`) a lock of the folder; False when it is taken."""
        with (self.path / f"{name}.lock").open("a") as file:
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def secret(self, name: str, length: int) -> str:
        """A secret of that many random bytes as URL-safe base64, made once, for our eyes only."""
        path = self.path / name
        if not path.exists():
            write_privately(path, secrets.token_urlsafe(length))
        return path.read_text().strip()

    def keys(self) -> dict[str, str]:
        """The variables that people with servers of their own have to set themselves."""
        return {
            "SECRET_KEY": self.secret("secret_key", SECRET_KEY_MIN_CHARS),
            "CREDENTIAL_KEYS": self.secret("credential_keys", CREDENTIAL_KEY_BYTES),
        }


def write_privately(path: Path, text: str) -> None:
    """All or nothing, even if the power fails."""
    new = path.with_name(f"{path.name}.new")
    with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.rename(path)


def private_folder(path: Path, owner: int) -> Path:
    """A 0700 folder of that user's. Raises StartFault when it is somebody else's, or no folder."""
    try:
        path.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        if owner != os.getuid():
            os.chown(path, owner, -1)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner:
        raise StartFault(
            f"{path} belongs to user {found.st_uid}, not {owner}: "
            "run this as the user who made it, or remove it"
        )
    return path


def as_fault(error: OSError) -> StartFault:
    """What to tell a person about a file that could not be read or written."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StartFault(f"The disk is full{where}: make room, or set DATA_DIR")
    return StartFault(f"{error.strerror}{where}")
