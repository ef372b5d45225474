"""The data folder is private, locked, and honest about a full disk."""

import errno
import fcntl
import os
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from healthcheck_project.embedded.data_folder import DataFolder, as_fault, private_folder
from healthcheck_project.faults import StartFault

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "deep" / "data")
    made.prepare()
    return made


def test_keys_are_made_once_for_our_eyes_only(folder: DataFolder) -> None:
    keys = folder.keys()
    assert folder.keys() == keys
    assert {path.stat().st_mode & 0o777 for path in folder.path.iterdir()} == {0o600}
    assert len(keys["SECRET_KEY"]) >= 50
    assert folder.path.stat().st_mode & 0o777 == 0o700


def test_a_full_disk_stops_the_start(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9 - 5 * 2**20, 5 * 2**20))
    with pytest.raises(StartFault, match=r"is full: 5 MB are free and 200 MB are needed"):
        folder.prepare()


def test_a_disk_that_fills_up_later_is_told_too() -> None:
    fault = as_fault(OSError(errno.ENOSPC, "No space left on device", "/data/x"))
    assert str(fault) == "The disk is full (/data/x): make room, or set DATA_DIR"


def test_a_folder_that_cannot_be_made_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartFault, match="cannot be made"):
        DataFolder(tmp_path / "file" / "data").prepare()


def test_only_one_holds_the_lock(folder: DataFolder) -> None:
    with folder.lock("run", fcntl.LOCK_EX) as first, folder.lock("run", fcntl.LOCK_EX) as second:
        assert (first, second) == (True, False)
    with folder.lock("run", fcntl.LOCK_EX) as third:
        assert third


def test_guests_share_a_lock_and_keep_the_owner_waiting(folder: DataFolder) -> None:
    with folder.lock("guests", fcntl.LOCK_SH) as one, folder.lock("guests", fcntl.LOCK_SH) as two:
        assert (one, two) == (True, True)
        with folder.lock("guests", fcntl.LOCK_EX) as owner:
            assert not owner


def test_somebody_elses_folder_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(StartFault, match="belongs to user"):
        private_folder(tmp_path, os.getuid() + 1)


def test_a_link_is_not_taken_for_a_folder(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(StartFault, match="remove it"):
        private_folder(tmp_path / "link", os.getuid())
