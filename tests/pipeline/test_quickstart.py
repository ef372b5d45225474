"""The API quickstart is true when typed in."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.provider import SimulatedProvider
from healthcheck_project.environment import ROOT
from tests.pipeline.running import Caller, Vitals

BLOCKS = re.findall(r"```sh\n(.*?)```", (ROOT / "docs/quickstart.md").read_text(), re.DOTALL)


@pytest.mark.skipif(
    not shutil.which("curl") and "CI" not in os.environ, reason="install curl to run this"
)
def test_the_quickstart_leads_from_a_key_to_a_check_result(
    vitals: Vitals, provider: SimulatedProvider, new_tenant: Callable[[str], Caller]
) -> None:
    acme = new_tenant("Quickstart")
    values = {
        "vitals": f"{vitals.url}/api/v1",
        "key": acme.key,
        "target": provider.url("sound"),
        "token": "a-token",
    }
    assert re.findall(r"^(\w+)=", BLOCKS[0], re.MULTILINE) == list(values)
    own = "\n".join(f"{name}='{value}'" for name, value in values.items())
    typed = "\n".join((own, *BLOCKS[1:]))
    done = subprocess.run(
        ["/bin/sh", "-euc", typed],
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["success"] for answer in answers] == [True] * 7
    tenant, _action, check, detail, history, uptime, summary = (row["data"] for row in answers)
    assert tenant["name"] == "Quickstart"
    assert (check["status"], check["testActionStatusCode"]) == ("healthy", 200)
    assert detail["health"]["lastCheck"]["status"] == "healthy"
    assert check["id"] in [row["id"] for row in history]
    assert [row["window"] for row in uptime["windows"]] == ["24h", "7d", "30d", "90d"]
    assert summary["healthy"] == 1
