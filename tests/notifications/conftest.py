"""Real receivers on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from pytest_django.fixtures import Settings

from tests.notifications.receiver import Receiver


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """A web server that this machine's webhooks may reach."""
    settings.PROBE_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    with Receiver.running() as running:
        yield running
