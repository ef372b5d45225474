"""`load_catalog`: every provider's file is read and checked."""

import re
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
    assert "90 providers, all in order" in out.getvalue()


def test_only_what_has_no_get_for_it_is_tested_by_a_post() -> None:
    posting = {p.slug for p in catalogue.providers().values() if p.test_action["method"] == "POST"}
    assert posting == {"dropbox", "linear", "monday", "new-relic", "paypal", "slack", "xray-cloud"}


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
    [token] = catalogue.described_secret_fields("bot", {"type": "path_token"}, provider.base_url)
    assert token.label == "The bot's token"


@pytest.mark.parametrize(
    ("part", "instead", "complaint"),
    [
        ("read_only = true", "", "test_action.read_only: .*read_only = true"),
        ("read_only = true", "read_only = false", "test_action.read_only: "),
        ('"POST"', '"DELETE"', "test_action.method: "),
        ("/bot{token}", "", "base_url|test_action.path: Put {token}"),
        ("api.example", "{token}.example", "base_url: {token} stands for the secret"),
        ('token = "', 'key = "', "auth.labels: the secret has no key"),
        ("path_token", "cookie", "auth: "),
    ],
)
def test_a_place_for_the_secret_and_a_harmless_call_are_asked_for(
    folder: Path, part: str, instead: str, complaint: str
) -> None:
    (folder / "bot.toml").write_text(PROVIDER.replace(part, instead))
    with pytest.raises(CommandError, match=f"bot.toml: ({complaint})"):
        call_command("load_catalog", stdout=StringIO())


ALTERNATIVE = """
[[auth_alternatives]]
title = "Key"
type = "bearer"
base_url = "https://{region}.example.com"
variables = { region = "Your region" }
[auth_alternatives.test_action]
name = "Me"
path = "/me"
"""


def test_a_way_to_authenticate_has_what_it_needs_of_its_own(folder: Path) -> None:
    (folder / "bot.toml").write_text(PROVIDER + ALTERNATIVE)
    provider = catalogue.read_provider(folder / "bot.toml")
    [key] = provider.auth_alternatives
    assert (key.title, key.auth, key.base_url) == (
        "Key",
        {"type": "bearer"},
        "https://{region}.example.com",
    )
    assert key.variables == {"region": "Your region"}
    assert [field.label for field in key.secret_fields] == ["Token"]
    assert key.test_action["path"] == "/me"
    assert provider.default.variables == {}
    assert (provider.rate_limit, provider.expiry) == (None, None)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[rate_limit]\nscope = "token"\nrequests = 5', "rate_limit.requests: Give requests and"),
        ('[rate_limit]\nscope = "token"\nper_minute = 5', "rate_limit.per_minute: Unknown field"),
        ('[expiry]\nheader = "x"\npath = "$.x"', "expiry.header: Give either"),
        ('[expiry]\npath = "$..x"', "expiry.path: Give a JSONPath"),
        ("[cookies]", "cookies: Unknown field"),
        (ALTERNATIVE.replace("bearer", "cookie"), "auth_alternatives.0: Give an object"),
        (ALTERNATIVE.replace("/me", "me"), "auth_alternatives.0.test_action.path: Start the path"),
        (ALTERNATIVE.replace("https:", "ftp:"), "auth_alternatives.0.base_url: "),
        (ALTERNATIVE.replace("region =", "town ="), "variables: region is not described"),
        (ALTERNATIVE + ALTERNATIVE, "auth_alternatives.1: its auth and base URL"),
        ('[variables]\ntown = "Your town"', "variables: town stands nowhere"),
    ],
)
def test_a_fault_of_a_part_is_named(folder: Path, content: str, complaint: str) -> None:
    (folder / "bot.toml").write_text(f"{PROVIDER}\n{content}")
    with pytest.raises(CommandError, match=f"bot.toml: {re.escape(complaint)}"):
        call_command("load_catalog", stdout=StringIO())


@pytest.mark.parametrize(
    ("place", "complaint"),
    [("auth.labels.token", None), ("rate_limit", "there is no rate_limit"), ("notes.0", "notes.0")],
)
def test_what_is_marked_unverified_is_there(
    folder: Path, place: str, complaint: str | None
) -> None:
    (folder / "bot.toml").write_text(f'unverified = ["{place}"]\n{PROVIDER}')
    if complaint is None:
        call_command("load_catalog", stdout=StringIO())
        return
    with pytest.raises(CommandError, match=f"bot.toml: unverified: .*{complaint}"):
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
