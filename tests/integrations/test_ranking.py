"""Which action is the likeliest to test the credential."""

import pytest

from integrations.models import Action
from integrations.ranking import Access, Facts, candidates


def best_of(*paths: str) -> list[str]:
    return [found.action.path for found in candidates(map(get, paths), variables=())]


def get(path: str, **fields: object) -> Action:
    return Action(name=str(fields.pop("name", path)), path=path, **fields)


@pytest.mark.parametrize(
    "path",
    [
        "/me", "/user", "/users/me", "/myself", "/whoami", "/account", "/viewer", "/auth.test",
        "/tokens/self", "/v1/currentUser.json", "/api/2.0/user/tokens/verify",
    ],
)  # fmt: skip
def test_who_one_is_beats_what_anybody_may_read(path: str) -> None:
    others = ["/ping", "/health", "/status", "/version", "/public/me", "/items", "/user/logout"]
    assert best_of(*others, path)[0] == path


def test_a_short_path_beats_a_long_one() -> None:
    assert best_of("/shops/items/prices", "/shops", "/shops/items") == [
        "/shops",
        "/shops/items",
        "/shops/items/prices",
    ]


def test_what_the_document_says_counts() -> None:
    said = {
        "/needed": Facts(access=Access.NEEDED),
        "/unknown": Facts(),
        "/warned": Facts(description="Slow: prefer /needed."),
        "/old": Facts(deprecated=True),
        "/other": Facts(access=Access.OTHER, deprecated=True),
    }
    actions = [get(path) for path in reversed(said)]
    facts = {action.id: said[action.path] for action in actions}
    ranked = candidates(actions, variables=(), facts=facts)
    assert [found.action.path for found in ranked] == list(said)


def test_only_harmless_calls_that_nothing_is_missing_for_are_candidates() -> None:
    found = candidates(
        [
            get("/sites/{site}/me"),
            get("/users/{id}"),
            get("/search", parameters=[{"name": "q", "required": True}]),
            get("/me", method="POST"),
            get("/query", method="POST", read_only=True),
        ],
        variables=["site"],
    )
    assert [candidate.action.path for candidate in found] == ["/sites/{site}/me", "/query"]


def test_a_score_says_what_it_is_made_of() -> None:
    (found,) = candidates([get("/users/me", tags=["health-check"])], variables=())
    assert found.score == 258
    assert found.reasons == (
        "tagged health-check (+200)",
        "answers who the credential belongs to (+60)",
        "2 parts in its path (-2)",
    )
