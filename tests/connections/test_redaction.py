import base64
import logging
from urllib.parse import quote

import pytest

from connections.redaction import REDACTED, RedactingFilter, redact, remember

SECRET = "s3cr3t/with+signs=&and more"


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
        SECRET.replace("+", "%2B")
        .replace("/", "%2F")
        .replace("=", "%3D")
        .replace("&", "%26")
        .replace(" ", "+"),
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
