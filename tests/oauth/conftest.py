"""An authorisation server, and leave to reach it."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

import pytest

import healthcheck_project.celery  # noqa: F401 - the broker's settings, as in a worker
from tests.oauth.server import AuthorizationServer, serving


@pytest.fixture
def server(settings: Any) -> Iterator[AuthorizationServer]:
    settings.PROBE_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    with serving() as running:
        yield running
