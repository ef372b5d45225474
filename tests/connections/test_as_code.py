"""What a file may be, what its secrets are called, and what it may not ask for."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from connections.as_code import reading
from connections.as_code.faults import Faults, FileRefused
from connections.as_code.reading import read_file
from connections.as_code.references import Namer, resolve

LAUGHS = """
a: &a [ha, ha, ha]
b: &b [*a, *a, *a]
c: [*b, *b, *b]
"""


def read(content: str | bytes, folder: Path) -> Any:
    file = folder / "acme.yaml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_file(file)


def test_a_file_has_the_types_of_json_and_no_others(tmp_path: Path) -> None:
    text = "{a: on, b: 1:30, c: 2027-01-01, d: 0x1f, e: 1_000, f: 5, g: -2.5, h: ~, i: true, j: y}"
    assert read(text, tmp_path) == {
        "a": "on", "b": "1:30", "c": "2027-01-01", "d": "0x1f", "e": "1_000",
        "f": 5, "g": -2.5, "h": None, "i": True, "j": "y",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["on", "5", "-2.5", "null", "~", "", "true", "1e5", "1.5e3", "2027-01-01", "0o7", "a: b", "<<",
     "=", "- x", "${A}", "ä\n  ö\n", " x ", "1_000", "1.0e+20", ".5", "5.", "+5", "007"],
)  # fmt: skip
def test_what_an_export_writes_as_text_is_read_as_that_text(text: str, tmp_path: Path) -> None:
    document = {"key": text, text: "value", "number": 1e20}
    assert read(yaml.safe_dump(document, allow_unicode=True), tmp_path) == document


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (LAUGHS, "b[0]: Write it out: aliases are not taken. (line 2)"),
        ("a: &a\n  b: *a", "a.b: Write it out: aliases are not taken. (line 1)"),
        ("a: !!python/object/apply:os.system [ls]", "a: The tag tag:yaml.org,2002:python/"),
        ("a: !!binary aGk=", "a: The tag tag:yaml.org,2002:binary is not taken."),
        ("a: 1\na: 2", "a: This field stands here twice. (line 2)"),
        ("a: {5: x}", "a: A field's name is text: put it into quotes. (line 1)"),
        ('a: ["\\0"]', "a[0]: This has a character that cannot be stored. (line 1)"),
        ('a: "\\ud800"', "a: This has a character that cannot be stored. (line 1)"),
        (f"a: {'9' * 5000}", "a: This is no number, or too large a one. (line 1)"),
        ("a: 1.0e+999", "a: This is no number, or too large a one. (line 1)"),
        ("a: " + "[" * 100 + "]" * 100, "nested too deeply"),
        ("a: " + "[" * 50_000, "It is nested too deeply."),
        ("a: [1", "It is not YAML: expected ',' or ']', but got '<stream end>', line 1"),
        ("a: 1\n---\nb: 2", "It is not YAML: but found another document, line 2"),
        (b"a: \xff\xfe", "It is not YAML in UTF-8"),
        ("- a", "It is not an object"),
        ("{a: ${B}}", "It is not YAML: expected ',' or '}', but got '{', line 1, column 6."),
    ],
)
def test_what_is_not_plain_is_refused(content: str | bytes, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused) as refusal:
        read(content, tmp_path)
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_huge_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 1024 * 1024)
    with pytest.raises(FileRefused, match=r"^It is larger than 1 MiB\.$"):
        read("a: " + "x" * 1024 * 1024, tmp_path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"^It cannot be read: No such file or directory\.$"):
        read_file(tmp_path / "nothing.yaml")


@pytest.mark.parametrize(
    "value", ["a-secret", "${A} and more", "$A", "${}", "${a-b}", 5, None, ["${A}"], {"env": "A"}]
)
def test_a_secret_stands_in_a_file_by_reference_alone(value: Any) -> None:
    faults = Faults()
    assert resolve({"token": value}, {"A": "x"}, place="credential.secret", faults=faults) == {}
    [fault] = faults.found
    assert fault.place == "credential.secret.token"
    assert "by reference only" in fault.reason
    assert "a-secret" not in fault.reason


@pytest.mark.parametrize("name", ["SECRET_KEY", "CREDENTIAL_KEYS", "DATABASE_URL", "CRON_SECRET"])
def test_a_file_cannot_have_vitals_own_secrets_sent_away(name: str) -> None:
    faults = Faults()
    assert resolve({"token": f"${{{name}}}"}, {name: "own"}, place="", faults=faults) == {}
    assert [fault.reason for fault in faults.found] == [f"{name} is a secret of Vitals itself."]


def test_no_two_secrets_get_the_same_name() -> None:
    namer = Namer()
    given = [namer.references("crm", name, ["X-Key"]) for name in ("Prod 1", "Prod-1", "Zoë")]
    assert given == [
        {"X-Key": "${VITALS_CRM_PROD_1_X_KEY}"},
        {"X-Key": "${VITALS_CRM_PROD_1_X_KEY_2}"},
        {"X-Key": "${VITALS_CRM_ZO_X_KEY}"},
    ]
