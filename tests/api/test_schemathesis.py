"""Whatever the document lets one ask, and whatever it forbids, is answered as it says.

`SCHEMATHESIS_EXAMPLES=200 bin/test tests/api/test_schemathesis.py` asks for longer.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.case import Case
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.openapi.pages import DOCUMENT
from api.serializers import camel_case
from healthchecks import queues, views
from tenants.models import Role, Tenant
from tenants.row_security import for_all_tenants
from tests.api.conftest import signed_in
from tests.factories import make_key, make_member

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "4"))  # of each endpoint and kind of data
HERE = "http://localhost/api/v1"  # where Werkzeug's client keeps cookies
AnyCase = Case[Any]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
document = schemathesis.openapi.from_path(
    DOCUMENT,
    # Who calls is ours to say.
    config=SchemathesisConfig.from_dict({"generation": {"with-security-parameters": False}}),
)
document.app = get_wsgi_application()
OPERATIONS = {
    operation.label: operation
    for found in document.get_all_operations()
    if (operation := found.ok())  # type: ignore[union-attr] # the document is valid
}
WITH_INPUT = [name for name, found in OPERATIONS.items() if found.query or found.body]
WITH_IDS = [name for name, found in OPERATIONS.items() if found.path_parameters]


def _example_bodies() -> Iterator[tuple[str, str, Any]]:
    for name, operation in OPERATIONS.items():
        content = operation.definition.raw.get("requestBody", {}).get("content", {})
        for kind, media in content.items():
            several = [example["value"] for example in media.get("examples", {}).values()]
            for example in several or [media["example"]]:
                yield name, kind, example


EXAMPLE_BODIES = list(_example_bodies())


@dataclass(frozen=True)
class Caller:
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


@pytest.fixture(autouse=True)
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes what is queued, and nobody waits for it."""
    monkeypatch.setattr(queues, "enqueue", lambda claims, queue: len(claims))
    monkeypatch.setattr(views, "PATIENCE", 0)


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Let requests share the test's connection, as Django's own client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def callers(acme: Tenant, settings: Any) -> list[Caller]:
    """Nobody, each role, a signed-in person, and an outside cron."""
    settings.CRON_SECRET = "c" * 32
    keys = [make_key(acme, role) for role in Role] + [settings.CRON_SECRET]
    browser = signed_in(make_member(acme, Role.ADMIN, "paula@example.com").user)
    cookies = {name: morsel.value for name, morsel in browser.cookies.items()}
    return [
        Caller(),
        *(Caller(headers={"Authorization": f"Bearer {key}"}) for key in keys),
        Caller(headers={"X-CSRFToken": cookies["csrftoken"]}, cookies=cookies),
    ]


@pytest.fixture
def known(acme: Tenant, acmes: Mapping[str, object]) -> dict[str, Any]:
    """What there is in Acme, by the names that it has in paths and bodies."""
    ids: dict[str, Any] = {camel_case(name): str(pk) for name, pk in acmes.items()}
    ids["testActionId"] = ids["healthCheckTestActionId"] = ids["actionId"]
    ids |= {name: [ids["connectionId"]] for name in ("ids", "connectionIds")}
    ids |= {"integrationIds": [ids["integrationId"]], "slug": "jira", "provider": "jira"}
    return ids | {"upTo": ids["noticeId"], "tenantId": str(acme.pk)}


def ask(
    name: str,
    mode: GenerationMode,
    callers: Sequence[Caller],
    *,
    examples: int = EXAMPLES,
    path: Mapping[str, Any],
    prepare: Callable[[AnyCase, bool], None] = lambda case, chosen: None,
) -> None:
    """Ask one endpoint for what the document says that it takes, or refuses.

    The first case as everybody, each other one as somebody who was let in.
    """
    cases = OPERATIONS[name].as_strategy(generation_mode=mode, path_parameters=dict(path))
    let_in: list[Caller] = []

    @settings(
        max_examples=examples,
        derandomize=True,  # the same in each run
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, chosen=st.booleans(), turn=st.integers(0, len(callers)))
    def ask_somebody(case: AnyCase, chosen: bool, turn: int) -> None:
        prepare(case, chosen)
        if not let_in:
            let_in.extend(c for c in callers if ask_as(c, case) not in {401, 403})
        else:
            ask_as(let_in[turn % len(let_in)], case)

    ask_somebody()


def ask_as(caller: Caller, case: AnyCase) -> int:
    """Judge the answer to one case, return its status; nothing is left of what it changed."""
    with for_all_tenants(False), transaction.atomic():
        headers = {"Accept-Encoding": "identity", **caller.headers}  # it unpacks nothing
        answer = case.call(HERE, headers=headers, cookies=dict(caller.cookies))
        transaction.set_rollback(True)
    case.validate_response(answer, CHECKS)
    return answer.status_code


def path_of(name: str, known: Mapping[str, Any]) -> dict[str, Any]:
    return {p.name: known[p.name] for p in OPERATIONS[name].path_parameters}


def with_known(body: Any, known: Mapping[str, Any]) -> Any:
    """Let a body refer to what is there."""
    if isinstance(body, list):
        return [with_known(row, known) for row in body]
    if not isinstance(body, dict):
        return body
    return {
        key: known[key] if key in known else with_known(value, known) for key, value in body.items()
    }


@pytest.mark.parametrize(("name", "kind", "example"), EXAMPLE_BODIES)
def test_what_the_document_shows_can_be_sent(
    name: str, kind: str, example: Any, callers: list[Caller], known: dict[str, Any]
) -> None:
    case = OPERATIONS[name].Case(
        path_parameters=path_of(name, known),
        body=with_known(example, known),
        media_type=kind,
    )
    answers = [ask_as(caller, case) for caller in callers]
    # A conflict is one with what there is in Acme, not with what was sent.
    assert any(status < 300 or status == 409 for status in answers), answers


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_is_valid_is_answered_as_the_document_says(
    name: str, callers: list[Caller], known: dict[str, Any]
) -> None:
    def refer_to_what_is_there(case: AnyCase, chosen: bool) -> None:
        if chosen and isinstance(case.body, dict):
            case.body = with_known(case.body, known)

    ask(
        name,
        GenerationMode.POSITIVE,
        callers,
        examples=EXAMPLES if name in WITH_INPUT else 1,
        path=path_of(name, known),
        prepare=refer_to_what_is_there,
    )


@pytest.mark.parametrize("name", WITH_INPUT)
def test_what_is_not_valid_is_refused(
    name: str, callers: list[Caller], known: dict[str, Any]
) -> None:
    ask(name, GenerationMode.NEGATIVE, callers, path=path_of(name, known))


@pytest.mark.parametrize("name", WITH_IDS)
def test_what_is_not_there_is_answered_as_the_document_says(
    name: str, callers: list[Caller]
) -> None:
    ask(name, GenerationMode.POSITIVE, callers, examples=1, path={})
