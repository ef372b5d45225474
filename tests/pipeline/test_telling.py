"""People are told by real processes, whatever dies while a message is on its way."""

from collections.abc import Callable

import pytest

from demo.behaviour import Behaviour
from demo.provider import SimulatedProvider
from tests.notifications.receiver import HANGS, TAKES_IT, Receiver
from tests.pipeline.running import Caller, Vitals, eventually

NewTenant = Callable[[str], Caller]
PATIENCE = 60  # seconds
pytestmark = pytest.mark.timeout(300)


def test_a_notice_arrives_though_the_notifier_dies_while_it_sends(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: NewTenant
) -> None:
    acme = new_tenant("Told")
    with Receiver.running() as receiver:
        receiver.script = HANGS
        acme.create(
            "/api/v1/notification-channels",
            {
                "name": "Hook",
                "kind": "webhook",
                "config": {"url": receiver.url},
                "events": ["state_change"],
            },
        )
        provider.set("told", Behaviour(status=401))
        acme.connection(acme.integration(provider.url("told")))
        eventually(lambda: receiver.count == 1, within=PATIENCE, what="nothing was sent")
        vitals.kill("notifier")
        receiver.script = TAKES_IT
        # The lease of the one that died ends.
        vitals.sql(
            "UPDATE notification_channels SET lease_until = now() WHERE tenant_id = %s",
            acme.tenant_id,
        )
        vitals.start("notifier")
        [delivery] = eventually(
            lambda: acme.get("/api/v1/notification-deliveries?state=delivered"),
            within=PATIENCE,
            what="it was not delivered",
        )
        first, again = [head["webhook-id"] for head in receiver.heads]
        assert first == again == delivery["messageId"]
        assert delivery["attempts"] == 2
        [notice] = acme.get("/api/v1/notices")
        assert notice["kind"] == "state_changed"
