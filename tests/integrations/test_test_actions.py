"""Which action a health check executes (product.md, "A probe", 3)."""

from typing import Any
from uuid import UUID

import pytest

from integrations.models import Action
from integrations.test_actions import missing_parameters, select_test_action


def action(name: str, method: str = "GET", **fields: Any) -> Action:
    usual: dict[str, Any] = {"path": f"/{name}", "parameters": [], "tags": []}
    return Action(name=name, method=method, **(usual | fields))


NEEDS_ID = action("one", path="/things/{id}")
CREATE = action("create", "POST")
SEARCH = action("search", "POST", read_only=True)
LIST = action("list")
ME = action("me")
TAGGED = action("ping", tags=["health-check"])


def chosen(actions: list[Action], *ids: UUID | None, **variables: str) -> str | None:
    selected = select_test_action(actions, chosen=ids, variables=variables)
    return selected.name if selected else None


@pytest.mark.parametrize(
    ("what", "actions", "ids", "name"),
    [
        ("the connection's goes before all", [LIST, TAGGED, ME], (ME.id, LIST.id), "me"),
        ("then the integration's", [LIST, TAGGED, ME], (None, ME.id), "me"),
        ("then the first that is tagged", [LIST, TAGGED], (None, None), "ping"),
        ("then the first GET that needs nothing", [CREATE, NEEDS_ID, LIST, ME], (), "list"),
        ("a POST is not chosen by itself", [SEARCH, CREATE], (), None),
        ("a read-only POST can be chosen", [LIST, SEARCH], (SEARCH.id,), "search"),
        ("a POST that changes things cannot", [LIST, CREATE], (CREATE.id,), "list"),
        ("a choice that is gone is passed over", [LIST], (ME.id, None), "list"),
        ("without any, only the credential is checked", [], (), None),
        ("a GET that needs what nobody fills is none", [NEEDS_ID], (), None),
    ],
)
def test_the_test_action_is(
    what: str, actions: list[Action], ids: tuple[UUID | None, ...], name: str | None
) -> None:
    assert chosen(actions, *ids) == name, what


def test_a_parameter_that_the_connection_fills_counts_as_filled() -> None:
    assert chosen([NEEDS_ID, LIST], id="7") == "one"


def test_what_is_missing_is_named() -> None:
    wanting = action(
        "x",
        path="/{org}/x",
        parameters=[
            {"name": "page", "in": "query", "required": True, "default": "1"},
            {"name": "team", "in": "query", "required": True},
            {"name": "sort", "in": "query"},
        ],
    )
    assert missing_parameters(wanting, ()) == ["team", "org"]
    assert missing_parameters(wanting, ("org", "team")) == []
