"""`load_catalog`: every provider's file is read and checked."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from integrations import catalogue


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(catalogue, "FOLDER", tmp_path)
    catalogue.providers.cache_clear()
    yield tmp_path
    catalogue.providers.cache_clear()


def test_the_catalogue_is_in_order() -> None:
    out = StringIO()
    call_command("load_catalog", stdout=out)
    assert "jira, postman, testmo" in out.getvalue()


PROVIDER = """
name = "Bot"
category = "chat"
base_url = "https://api.example.com"
[auth]
type = "path_token"
labels = { token = "The bot's token" }
[test_action]
name = "Me"
method = "POST"
path = "/bot{token}/getMe"
read_only = true
"""


def test_a_test_action_may_post_what_changes_nothing(folder: Path) -> None:
    (folder / "bot.toml").write_text(PROVIDER)
    provider = catalogue.read_provider(folder / "bot.toml")
    assert provider.test_action["read_only"] is True
    assert catalogue.labelled_secret_fields("bot", {"type": "path_token"}) == {
        "token": "The bot's token"
    }


@pytest.mark.parametrize(
    ("part", "instead", "complaint"),
    [
        ("read_only = true", "", "test_action.read_only: .*read_only = true"),
        ("read_only = true", "read_only = false", "test_action.read_only: "),
        ('"POST"', '"DELETE"', "test_action.method: "),
        ("/bot{token}", "", "base_url|test_action.path: Put {token}"),
        ("api.example", "{token}.example", "base_url: {token} stands for the secret"),
        ('token = "', 'key = "', "auth.labels: "),
        ("path_token", "cookie", "auth: "),
    ],
)
def test_a_place_for_the_secret_and_a_harmless_call_are_asked_for(
    folder: Path, part: str, instead: str, complaint: str
) -> None:
    (folder / "bot.toml").write_text(PROVIDER.replace(part, instead))
    with pytest.raises(CommandError, match=f"bot.toml: ({complaint})"):
        call_command("load_catalog", stdout=StringIO())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("name = ", "broken.toml: not valid TOML"),
        ('name = "Broken"', "broken.toml: category: This field is required."),
        (
            'name = "B"\ncategory = "qa"\nbase_url = "ftp://x.example.com"\n'
            '[test_action]\npath = "/"',
            "broken.toml: base_url: ",
        ),
    ],
)
def test_a_fault_is_named_by_file_and_field(folder: Path, content: str, complaint: str) -> None:
    (folder / "broken.toml").write_text(content)
    with pytest.raises(CommandError, match=complaint):
        call_command("load_catalog", stdout=StringIO())
