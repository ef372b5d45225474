"""What the tests of the schedule take for granted."""

import datetime as dt

import pytest

from healthchecks import dispatch


@pytest.fixture(autouse=True)
def _long_since_the_database_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "RECOVERY", dt.timedelta())
