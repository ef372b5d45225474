import base64
import json
import logging
import re
from urllib.parse import quote, quote_plus

import pytest

from connections.redaction import REDACTED, RedactingFilter, redact, remember
from egress.addresses import check_url

SECRET = 's3cr3t/with+signs=&and:more "ü'


@pytest.fixture(autouse=True)
def _remembered() -> None:
    remember([SECRET, "abc"])


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        quote(SECRET, safe=""),
        quote(SECRET, safe=":"),
        quote(SECRET),
        re.sub("%..", lambda escape: escape[0].lower(), quote(SECRET, safe="")),
        quote_plus(SECRET),
        check_url(f"https://example.com/{quote(SECRET, safe=':')}").path[1:],
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
    ],
)
def test_a_secret_is_replaced_in_every_form(form: str) -> None:
    line = redact(f"GET /?key={form} failed")
    assert form not in line
    assert line.startswith(f"GET /?key={REDACTED}")


def test_what_is_too_short_to_be_a_secret_stays() -> None:
    assert redact("abcdef") == "abcdef"


def test_a_log_record_loses_it_from_message_arguments_and_traceback() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        record = logging.LogRecord("x", 40, "", 1, "bad %s", (SECRET,), None)
        record.exc_info = __import__("sys").exc_info()
    assert RedactingFilter().filter(record)
    text = logging.Formatter("%(message)s").format(record)
    assert SECRET not in text
    assert text.count(REDACTED) == 2
