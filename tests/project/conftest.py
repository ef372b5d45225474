"""Environments and processes for the tests of how Vitals starts and ends."""

import base64
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from healthcheck_project.environment import ROOT

COMMAND = (sys.executable, "-m", "healthcheck_project.command")
VARIABLES = (
    "ALLOWED_HOSTS", "BROKER_URL", "CREDENTIAL_KEYS", "CRON_SECRET", "DATABASE_URL", "DATA_DIR",
    "DEBUG", "DEFAULT_FROM_EMAIL", "DEMO_PROVIDER_FD", "DEMO_PROVIDER_PORT",
    "DJANGO_SETTINGS_MODULE", "EMAIL_URL", "HOST", "LOG_FORMAT", "LOG_LEVEL",
    "MIGRATION_DATABASE_URL", "PORT", "PROBE_ALLOWED_NETWORKS", "PUBLIC_URL", "REDIS_URL",
    "SECRET_KEY", "WORKERS",
)  # fmt: skip
NEEDED = {
    "DATABASE_URL": "postgresql://alice:pass@127.0.0.1:1/vitals",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "SECRET_KEY": "only-a-test " * 5,
    "CREDENTIAL_KEYS": base64.urlsafe_b64encode(bytes(32)).decode(),
}

type_set_environment = Callable[..., None]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> type_set_environment:
    """Makes these the only variables of ours, in this process and the ones it starts."""

    def set_to(**variables: str) -> None:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return set_to


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def processes_of(data_dir: Path) -> list[psutil.Process]:
    """Everything alive that was started for this data folder, grandchildren included."""
    return [process for process in psutil.process_iter() if _belongs(process, data_dir)]


def _belongs(process: psutil.Process, data_dir: Path) -> bool:
    try:
        ours = process.environ().get("DATA_DIR") == str(data_dir)
        return bool(ours and process.pid != os.getpid() and process.status() != "zombie")
    except psutil.Error:
        return False


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder below a 0700 folder and with a space in its name; what uses it is ended."""
    folder = tmp_path / "a data folder"
    yield folder
    for process in processes_of(folder):
        process.kill()


@pytest.fixture(scope="session")
def _used_data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose servers have run, with a database as it has to be."""
    folder = tmp_path_factory.mktemp("used") / "data"
    ours = {name: text for name, text in os.environ.items() if name not in VARIABLES}
    subprocess.run((*COMMAND, "true"), cwd=ROOT, env={**ours, "DATA_DIR": str(folder)}, check=True)
    return folder


@pytest.fixture
def used_data_dir(data_dir: Path, _used_data_dir: Path) -> Path:
    """A `data_dir` that is not the first run's: making its database takes most of a start."""
    # Its files belong to the users that the servers run as.
    subprocess.run(("/bin/cp", "-a", _used_data_dir, data_dir), check=True)
    return data_dir
