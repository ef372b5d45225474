"""`POST /internal/health-checks`: a dispatch for an outside cron."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from healthchecks import fanout
from tests.api.test_envelope import error_of

URL = "/api/v1/internal/health-checks"
SECRET = "s" * 32
DONE = {"claimed": 3, "deferred": 0, "skipped": 1, "missed": 0}


@pytest.fixture(autouse=True)
def dispatches(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[None]:
    """Counts them, instead of dispatching."""
    done: list[None] = []

    def fan_out() -> dict[str, int]:
        done.append(None)
        return DONE

    monkeypatch.setattr(fanout, "fan_out", fan_out)
    settings.CRON_SECRET = SECRET
    return done


def call(client: APIClient, header: str | None) -> Any:
    if header is not None:
        client.credentials(HTTP_AUTHORIZATION=header)
    return client.post(URL)


def test_the_secret_dispatches_and_the_answer_sums_up(
    nobody: APIClient, dispatches: list[None]
) -> None:
    answer = call(nobody, f"Bearer {SECRET}")
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "data": DONE}
    assert len(dispatches) == 1


@pytest.mark.parametrize(
    "header", [None, "", "Bearer ", SECRET, f"Bearer {SECRET}x", "Bearer \xff", "Bearer 🔑"]
)
def test_anything_else_is_refused(
    nobody: APIClient, dispatches: list[None], header: str | None
) -> None:
    error_of(call(nobody, header), 401)
    assert not dispatches


@pytest.mark.django_db
def test_an_api_key_does_not_do(alice: APIClient, dispatches: list[None]) -> None:
    error_of(alice.post(URL), 401)
    assert not dispatches


def test_without_a_secret_there_is_no_such_endpoint(
    nobody: APIClient, settings: Any, dispatches: list[None]
) -> None:
    settings.CRON_SECRET = None
    for header in (None, "Bearer None", "Bearer "):
        error_of(call(nobody, header), 404)
    for method in ("get", "post", "put", "delete"):
        hidden = getattr(nobody, method)(URL)
        unknown = getattr(nobody, method)("/api/v1/internal/nothing")
        assert (hidden.status_code, hidden.content) == (unknown.status_code, unknown.content)
        assert "Allow" not in hidden
    assert not dispatches


def test_it_is_not_for_reading(nobody: APIClient) -> None:
    error_of(nobody.get(URL), 405)
