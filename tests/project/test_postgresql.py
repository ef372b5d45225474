"""The embedded PostgreSQL runs as whoever we are, wherever the checkout lies."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest

from healthcheck_project.embedded import accounts, postgresql, programs
from healthcheck_project.embedded.data_folder import DataFolder
from healthcheck_project.faults import StartFault
from healthcheck_project.processes import Account, stop_together

as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root has to become somebody else")


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    """Below pytest's folder, which is 0700: another user cannot reach it."""
    folder = DataFolder(tmp_path / "a data folder")
    folder.prepare()
    return folder


@pytest.fixture
def common_ground(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    ground = Path(tempfile.mkdtemp(dir="/var/tmp"))
    ground.chmod(0o755)
    monkeypatch.setattr(accounts, "COMMON_GROUND", ground)
    yield ground
    shutil.rmtree(ground)


def start_and_ask(folder: DataFolder) -> tuple[bool, str]:
    """Whether the data are new, and what the database says who works with them."""
    server = postgresql.start(folder, throwaway=True, progress=lambda _: None)
    try:
        connection = psycopg2.connect(server.url)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_database() || ' of ' || current_user")
            (answer,) = cursor.fetchone()
        connection.close()
        with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
            psycopg2.connect(server.url.replace(":", ":x", 2).replace(":x//", "://"))
        with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
            psycopg2.connect(server.url.replace("vitals_runtime", "vitals"))
    finally:
        stop_together([server.child], 20)
        server.sockets.rmdir()
    return server.created, answer


def test_it_makes_its_data_once_and_asks_for_the_password(folder: DataFolder) -> None:
    assert start_and_ask(folder) == (True, "vitals of vitals_runtime")
    assert start_and_ask(folder) == (False, "vitals of vitals_runtime")


@as_root
def test_root_without_a_namespace_drops_to_an_ordinary_user(
    folder: DataFolder, common_ground: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = [account for account in accounts.possible_accounts() if account.kind == "drop"]
    monkeypatch.setattr(accounts, "possible_accounts", lambda: chosen)
    assert start_and_ask(folder) == (True, "vitals of vitals_runtime")
    (ground,) = common_ground.iterdir()
    assert ground.stat().st_uid == chosen[0].uid != 0
    assert (ground / "postgresql" / "data" / "PG_VERSION").exists()


@as_root
def test_no_account_at_all_is_one_line(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "possible_accounts", list)
    with pytest.raises(StartFault, match="run this as an ordinary user, or set DATABASE_URL"):
        start_and_ask(folder)


def test_data_of_another_version_stop_the_start(folder: DataFolder) -> None:
    data = folder.path / "postgresql" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("99\n")
    with pytest.raises(StartFault, match=r"are of PostgreSQL 99, and only .*16.* is at hand"):
        start_and_ask(folder)


def test_the_programs_are_those_that_made_the_data(tmp_path: Path) -> None:
    assert programs.major_version(programs.binaries_for(tmp_path)) == "16"
    (tmp_path / "PG_VERSION").write_text("18\n")
    assert programs.major_version(programs.binaries_for(tmp_path)) == "18"


def test_sockets_fit_the_kernels_limit_however_deep_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    sockets = accounts.socket_folder(tmp_path, "postgresql", Account())
    assert len(os.fsencode(sockets)) < 80
    assert sockets.stat().st_mode & 0o777 == 0o700
    sockets.rmdir()
