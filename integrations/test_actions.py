"""Which action a health check executes (product.md, "A probe", 3)."""

from collections.abc import Collection, Iterable
from uuid import UUID

from integrations.auth import scheme_of
from integrations.models import Action, Integration, Method
from integrations.templates import variables_of

HEALTH_CHECK_TAG = "health-check"


def effective_test_action(
    integration: Integration,
    actions: Iterable[Action],
    *,
    own: UUID | None,
    variables: Collection[str],
) -> Action | None:
    """Return what a check of a connection would execute now; None: only its credential is checked.

    `actions` are the integration's, by position; `own` is the connection's choice, `variables` are
    the names of its variables.
    """
    return select_test_action(
        actions,
        chosen=(own, integration.test_action_id),
        variables={*variables, *scheme_of(integration.auth).fills},
    )


def select_test_action(
    actions: Iterable[Action], *, chosen: Iterable[UUID | None], variables: Collection[str]
) -> Action | None:
    """Return the test action, or None where only the credential can be checked.

    `actions` are the integration's, by position; `chosen` the explicit choices, the strongest
    first; `variables` the names that the connection fills.
    """
    by_id = {action.id: action for action in actions}
    candidates = list(by_id.values())
    for choice in chosen:
        if choice in by_id and by_id[choice].harmless:
            return by_id[choice]
    for action in candidates:
        if HEALTH_CHECK_TAG in action.tags and action.harmless:
            return action
    for action in candidates:
        if action.method == Method.GET and not missing_parameters(action, variables):
            return action
    return None


def missing_parameters(action: Action, variables: Collection[str]) -> list[str]:
    """Return the names of what `action` needs and neither a default nor a variable fills."""
    declared = {parameter["name"]: parameter for parameter in action.parameters}
    needed = [name for name, parameter in declared.items() if parameter.get("required")]
    needed += [name for name in variables_of(action.path) if name not in needed]
    return [
        name
        for name in needed
        if name not in variables and declared.get(name, {}).get("default") is None
    ]
