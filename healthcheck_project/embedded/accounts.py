"""As whom, and in which folder, PostgreSQL can run: it refuses to run as root."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from healthcheck_project.embedded.data_folder import private_folder
from healthcheck_project.faults import StartFault
from healthcheck_project.processes import Account, tethered

# Who has the least to lose: nobody first.
ORDINARY_USERS = ("nobody", "postgres", "daemon")
# A folder that every account can reach and that outlives a restart of the machine.
COMMON_GROUND = Path("/var/tmp")  # noqa: S108 - our folders in it are private and checked
SOCKET_PATH_MAX = 107  # bytes, the kernel's limit
LONGEST_SOCKET_NAME = "/.s.PGSQL.5432.lock"


@dataclass(frozen=True, kw_only=True)
class Place:
    """An account that can run the programs in `binaries` on data below `home`."""

    account: Account
    binaries: Path
    home: Path


def find_place(binaries: Path, home: Path) -> Place:
    """Here and as we are, wherever possible. Raises StartFault.

    Root is an ordinary user in a namespace of its own where the kernel allows that, else becomes
    an existing ordinary user. Where that account cannot reach a folder (below a 0700 home), the
    programs are copied and the data put where it can.
    """
    if os.getuid() != 0:
        return Place(account=Account(), binaries=binaries, home=private_folder(home, os.getuid()))
    for account in possible_accounts():
        if not _works(account, "/bin/sh", "-c", ":"):
            continue
        for look in (_in_place, _on_common_ground):
            if place := look(account, binaries, home):
                return place
    raise StartFault(
        "PostgreSQL does not run as root and no other account could be used: "
        "run this as an ordinary user, or set DATABASE_URL"
    )


def socket_folder(data: Path, server: str, account: Account) -> Path:
    """A private folder with a path short enough for a socket, the same for the same data."""
    name = f"vitals-{os.getuid()}-{_digest(data)}-{server}"
    folder = Path(tempfile.gettempdir()) / name
    too_long = len(os.fsencode(folder)) + len(LONGEST_SOCKET_NAME) > SOCKET_PATH_MAX
    if too_long or account.kind == "drop":  # TMPDIR may be ours alone
        folder = Path("/tmp") / name  # noqa: S108 - private and checked
    return private_folder(folder, account.owner)


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path.resolve())).hexdigest()[:12]


def possible_accounts() -> list[Account]:
    """Root's choices, the gentlest first."""
    users = {user.pw_name: user for user in pwd.getpwall() if user.pw_uid != 0}
    known = [users[name] for name in ORDINARY_USERS if name in users]
    user = next(iter(known or users.values()), None)
    if user is None:
        return []
    kinds = ("namespace", "drop")
    return [Account(kind=kind, uid=user.pw_uid, gid=user.pw_gid) for kind in kinds]


def _works(account: Account, *argv: str) -> bool:
    answer = subprocess.run(  # noqa: S603 - our own commands
        tethered(argv, account), capture_output=True, cwd="/", check=False
    )
    return answer.returncode == 0


def _reaches(account: Account, binaries: Path, home: Path) -> bool:
    """Whether it can run the programs and write the folder: tried, not computed."""
    script = '"$1/postgres" --version && test -w "$2"'
    return _works(account, "/bin/sh", "-c", script, "sh", str(binaries), str(home))


def _in_place(account: Account, binaries: Path, home: Path) -> Place | None:
    private_folder(home, account.owner)
    if _reaches(account, binaries, home):
        return Place(account=account, binaries=binaries, home=home)
    with suppress(OSError):  # the next account wants to own it; data in it stays
        home.rmdir()
    return None


def _on_common_ground(account: Account, binaries: Path, home: Path) -> Place | None:
    ground = private_folder(COMMON_GROUND / f"vitals-{_digest(home)}", account.owner)
    copied = ground / binaries.relative_to(binaries.parents[2])
    if not _reaches(account, copied, ground):
        _copy_programs(binaries, ground, account)
    if not _reaches(account, copied, ground):
        return None
    data = private_folder(ground / home.name, account.owner)
    return Place(account=account, binaries=copied, home=data)


def _copy_programs(binaries: Path, ground: Path, account: Account) -> None:
    """The programs and the package's sibling folder of libraries, laid out as they expect it."""
    package = binaries.parents[1]
    for source in (binaries.parent, package.with_name(f"{package.name}.libs")):
        copy = ground / source.relative_to(package.parent)
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy, symlinks=True)
    for path in ground.rglob("*"):
        os.chown(path, account.owner, -1, follow_symlinks=False)
