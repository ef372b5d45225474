"""Documents that strangers upload: read to JSON's types, and nothing that does harm."""

from itertools import pairwise
from typing import Any

import pytest

from api import documents
from api.documents import Unreadable, read_document, walk


def read(content: str | bytes) -> Any:
    document = read_document(content if isinstance(content, bytes) else content.encode())
    for _ in walk(document):
        pass
    return document


def test_yaml_has_the_types_of_json_and_names_are_texts() -> None:
    assert read(
        b"\xef\xbb\xbf# A comment\na: on\nb: 2027-01-01\n200: 0x1f\non: True\nnull: ~\nc: -5\n"
        b"d: 1.5e3\ne: '5'\nf:\ng: []\nh: |\n  true\n"
    ) == {
        "a": "on", "b": "2027-01-01", "200": "0x1f", "on": True, "null": None, "c": -5, "d": 1500.0,
        "e": "5", "f": None, "g": [], "h": "true\n",
    }  # fmt: skip


def test_aliases_are_read() -> None:
    assert read("a: &a [1]\nb: *a") == {"a": [1], "b": [1]}


LAUGHS = "\n".join(
    ["a: &a [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    + [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in pairwise("abcdefghi")]
)
TOO_MANY = "It has more than 500,000 values."


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (LAUGHS, TOO_MANY),
        ("a: &a [*a]", "/a/0: *a stands for nothing here (line 1)."),
        ("*a : 1", "*a stands for nothing here (line 1)."),
        ("a: " + "[" * 5_000_000, "nested too deeply"),
        ('{"a": ' + "[" * 5_000_000, "It is nested too deeply."),
        ('{"a": ' + "[" * 200 + "]" * 200 + "}", "It is nested too deeply."),
        ('{"a": {"b/~": 1, "b/~": 2}}', "/a/b~1~0: This field stands here twice."),
        ("a:\n  b: 1\n  b: 2", "/a/b: This field stands here twice (line 3)."),
        ('{"a": [1, NaN]}', "/a/1: This is no number, or too large a one."),
        ('{"a": 1e999}', "/a: This is no number, or too large a one."),
        ('{"a": ' + "9" * 5000 + "}", "/a: This is no number, or too large a one."),
        ("a: " + "9" * 5000, "/a: This is no number, or too large a one."),
        ('{"a": "\\u0000"}', "/a: This has a null character."),
        ('a: "\\0"', "/a: This has a null character."),
        ('{"a": {"\\u0000": 1}}', "/a: This has a null character."),
        ('{"a": "\\ud800"}', "/a: This has half of a surrogate pair."),
        ("? [a]\n: 1", "The name of a field is a text (line 1)."),
        ("a: &a {b: 1}\nc: {<<: *a}", "/c: Write it out: merge keys (<<) are not taken (line 2)."),
        ("a: !!python/name:os.system", "/a: The tag tag:yaml.org,2002:python/name:os.system is"),
        ("a: !!binary aGk=", "/a: The tag tag:yaml.org,2002:binary is not taken (line 1)."),
        ("a: 1\n---\nb: 2", "It has a second document behind ---."),
        ("a: [1", "It is not YAML: "),
        ('{"a" 1}', "It is not JSON: look at line 1, column 6."),
        ("a: \x01", "It has characters that YAML refuses."),
        (b"a: \xff\xfe", "It is not UTF-8."),
    ],
)  # fmt: skip
def test_what_could_do_harm_is_refused_by_its_place(content: str | bytes, complaint: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(content)
    assert complaint in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 500


def test_values_are_counted_while_yaml_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_NODES", 100)
    with pytest.raises(Unreadable, match="more than"):
        read_document(b"[" + b"1," * 100 + b"]")
