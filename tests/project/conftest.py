"""Environments and processes for the tests of how Vitals starts and ends."""

import base64
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

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
