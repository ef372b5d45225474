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
    yield tmp_path
    catalogue.providers.cache_clear()


def test_the_catalogue_is_in_order() -> None:
    out = StringIO()
    call_command("load_catalog", stdout=out)
    assert "jira, postman, testmo" in out.getvalue()


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
