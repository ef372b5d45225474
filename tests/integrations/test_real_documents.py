"""Documents as they are published (tests/data/openapi/README.md), and the test action of each."""

from pathlib import Path

import pytest

from integrations.openapi.importing import plan

DOCUMENTS = Path(__file__).parents[1] / "data" / "openapi"


@pytest.mark.parametrize(
    ("file", "base_url", "auth", "actions", "path"),
    [
        ("figma.yaml", "https://api.figma.com", "api_key_header", 54, "/v1/me"),
        # It says nothing of authentication, and that one upload goes to another host.
        ("github.json", "https://api.github.com", "none", 109, "/user"),
        # It says of nearly every operation that it needs no credential.
        ("notion.json", "https://api.notion.com", "bearer", 24, "/v1/users/me"),
    ],
)
def test_the_call_that_tells_who_one_is_becomes_the_test_action(
    file: str, base_url: str, auth: str, actions: int, path: str
) -> None:
    made = plan((DOCUMENTS / file).read_text(), {})
    assert made.fields["base_url"] == base_url
    assert made.fields["auth"]["type"] == auth
    assert len(made.actions) == actions
    best, second, *_ = made.candidates
    assert (best.action.method, best.action.path) == ("GET", path)
    assert best.score > second.score
