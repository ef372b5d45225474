"""What every page and file says to the browser that shows it."""

import gzip
import re
from contextlib import closing
from typing import Any

import pytest
from django.test import Client

STYLES = "/static/admin/css/base.css"


def body(answer: Any) -> bytes:
    with closing(answer):
        return b"".join(answer) if answer.streaming else bytes(answer.content)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in", "/admin/", "/api/v1/docs", "/nowhere", STYLES])
def test_browsers_run_nothing_but_our_own_files(path: str) -> None:
    answer = Client().get(path)
    body(answer)
    policy = answer["Content-Security-Policy"]
    assert policy.startswith("default-src 'self';")
    assert not re.search(r"unsafe|\*|http", policy)
    assert "camera=()" in answer["Permissions-Policy"]
    if path != STYLES:
        assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("path", [STYLES, "/api/v1/schema"])
def test_a_file_is_sent_again_only_if_it_has_changed_and_compressed(path: str) -> None:
    browser = Client(headers={"Accept-Encoding": "gzip, br"})
    first = browser.get(path)
    assert "no-cache" in first["Cache-Control"] or "max-age=0" in first["Cache-Control"]
    assert gzip.decompress(body(first)) == body(Client().get(path))
    again = browser.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, "Content-Encoding" in again) == (304, False)
    assert body(browser.get(path, headers={"If-None-Match": 'W/"older"'})) != b""
