"""Wrong secrets look like the right ones and share none of their parts."""

import re

import pytest

from connections.decoys import decoy
from connections.encryption import Secret


@pytest.mark.parametrize(
    ("right", "shape"),
    [
        ("xoxb-12-aB", r"[a-z]{4}-\d\d-[a-z][A-Z]"),
        ("mia.é@example.com", r"[a-z]{3}\.[a-z]@[a-z]{7}\.[a-z]{3}"),
        ("7", r"\d"),
        ("+/=", r"[a-z]{3}"),
        ("", r""),
    ],
)
def test_a_decoy_has_the_shape_of_the_secret(right: str, shape: str) -> None:
    for _ in range(20):
        wrong = decoy(Secret({"token": right}))["token"]
        assert re.fullmatch(shape, wrong)
        assert wrong != right or not right


def test_every_part_is_wrong_the_user_name_too() -> None:
    right = Secret({"username": "mia@example.com", "password": "hunter22"})
    wrong = decoy(right)
    assert set(wrong) == set(right)
    assert all(wrong[name] != right[name] for name in right)
