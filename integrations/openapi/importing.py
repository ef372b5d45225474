"""An OpenAPI document becomes an integration with its actions: whole or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from api.documents import Unreadable, read_document
from integrations import edits
from integrations.fitting import misfits, needed_variables
from integrations.models import Action, Integration
from integrations.openapi.document import Document, ImportRefused
from integrations.openapi.operations import Actions, label, operations_of, read_actions
from integrations.openapi.security import Security
from integrations.openapi.servers import choose_base_url
from integrations.ranking import Candidate, candidates
from tenants.models import Tenant

MAX_ACTIONS = 2_000
MAX_CANDIDATES = 10
MAX_WARNINGS = 100


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a document says, ready to be written: nothing can be refused any more.

    `candidates` are the best for the test action, which is the first of them.
    """

    fields: Mapping[str, Any]
    actions: Sequence[Action]
    candidates: Sequence[Candidate]
    warnings: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Imported:
    integration: Integration
    actions_created: int
    candidates: Sequence[Candidate]
    warnings: Sequence[str]


def read(content: bytes) -> Any:
    """Return what a document in JSON or YAML says. Raises ImportRefused."""
    try:
        return read_document(content)
    except Unreadable as error:
        raise ImportRefused(str(error)) from None


def plan(uploaded: Any, wishes: Mapping[str, Any]) -> Plan:
    """Return what a document, parsed or as text, would become; touches no database.

    `wishes` are fields of the integration that the document does not decide: name, base_url,
    status. Raises ImportRefused.
    """
    document = Document.check(read(uploaded.encode()) if isinstance(uploaded, str) else uploaded)
    operations = list(islice(operations_of(document), MAX_ACTIONS + 1))
    if not operations:
        raise ImportRefused("/paths: There is no operation in it.")
    if len(operations) > MAX_ACTIONS:
        raise ImportRefused(
            f"/paths: It has more than {MAX_ACTIONS:,} operations, which is the most that can be"
            " imported. Leave some out."
        )
    base_url, warnings = (
        (wishes["base_url"], []) if wishes.get("base_url") else choose_base_url(document)
    )
    security = Security(document, (operation.said for operation in operations), base_url)
    found = read_actions(document, operations, security, base_url)
    ranked = candidates(
        found.actions, variables=needed_variables(security.auth, base_url), facts=found.facts
    )
    chosen = found.operations[ranked[0].action.id].said if ranked else {}
    fields = {
        **wishes,
        "name": wishes.get("name") or _title(document),
        "base_url": base_url,
        "auth": dict(security.scoped(chosen)),
    }
    for text in misfits(auth=fields["auth"], base_url=base_url, headers=()).values():
        raise ImportRefused(text, field="baseUrl")
    return Plan(
        fields=fields,
        actions=found.actions,
        candidates=ranked[:MAX_CANDIDATES],
        warnings=_cut([*warnings, *security.warnings, *_of_actions(found, ranked)]),
    )


def carry_out(tenant: Tenant, plan: Plan) -> Imported:
    """Write an integration and its actions, in one transaction."""
    test_action = plan.candidates[0].action if plan.candidates else None
    return Imported(
        integration=edits.create_with_actions(tenant, plan.fields, plan.actions, test_action),
        actions_created=len(plan.actions),
        candidates=plan.candidates,
        warnings=plan.warnings,
    )


def _title(document: Document) -> str:
    name = label(document.part("info").get("title"), 200)
    if not name:
        raise ImportRefused(
            "/info/title: It has no title. Give the integration's name as name.", field="name"
        )
    return name


def _of_actions(found: Actions, ranked: Sequence[Candidate]) -> list[str]:
    warnings = []
    if not ranked:
        warnings.append(
            "No operation can be called as it is: give a parameter its default, or checks look at"
            " the credential only."
        )
    elif ranked[0].score < 0:
        warnings.append(
            "No operation looks as if it tested the credential. Prove the test action before you"
            " rely on it."
        )
    if found.with_body:
        warnings.append(
            f"Request bodies are left out, those of {found.with_body:,} actions: add one where you"
            " need it."
        )
    return warnings + found.left_out


def _cut(warnings: list[str]) -> list[str]:
    more = len(warnings) - MAX_WARNINGS
    return warnings if more <= 0 else [*warnings[:MAX_WARNINGS], f"… and {more:,} more."]
