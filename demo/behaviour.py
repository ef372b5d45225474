"""How the simulated provider treats one account: what it answers, when, and how it misbehaves."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

FLAP_PERIOD = 12 * 60  # seconds; long enough for an outage to open and close an alert
FLAP_DOWN = 3 * 60  # seconds at the start of each period, past the two minutes of a downtime alert


@dataclass(frozen=True, kw_only=True, slots=True)
class Behaviour:
    """One account's treatment of every request. The default is a plausible 200 at once.

    `body` None means the answer that the real API gives at that path for that status. `raw`
    replaces status, headers and body and ends the connection; `b""` closes it without an answer.
    `delay` is in seconds before the first byte. `drip` is in seconds between single bytes of the
    answer or, with `endless`, between the repetitions of it that follow the answer for ever.
    `hang` never answers (after `raw`: never goes on). `close` and `reset` end the connection
    after the answer, with FIN or RST. With a `token`, any other credential is answered 401.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    raw: bytes | None = None
    delay: float = 0.0
    drip: float = 0.0
    endless: bytes = b""
    hang: bool = False
    close: bool = False
    reset: bool = False
    token: str | None = None


FINE = Behaviour()
DOWN = Behaviour(status=503)
UNAUTHORIZED = Behaviour(status=401)
PRESETS = {
    "fine": FINE,
    "slow": Behaviour(delay=2.6),  # answers, but above the default threshold of 2 s
    "unauthorized": UNAUTHORIZED,
    "limited": Behaviour(status=429, headers=(("Retry-After", "60"),)),
    "broken": Behaviour(status=500),
    "hanging": Behaviour(hang=True),
    "expiring": FINE,  # only the connection's credential knows of its coming end
}


def preset(name: str, wall: float) -> Behaviour | None:
    """Return what an account of this name does at a wall-clock time; None if it is no preset."""
    if name == "flapping":
        return DOWN if wall % FLAP_PERIOD < FLAP_DOWN else FINE
    return PRESETS.get(name)


def behaviour_from_json(document: bytes) -> Behaviour:
    """Read a behaviour from a JSON object of its fields; ValueError says what to correct.

    `raw`, `endless` and a `body` that is a string stand for their Latin-1 bytes, so that any byte
    can be written; any other `body` is sent as JSON. `headers` is an object of strings.
    """
    fields = json.loads(document)
    if not isinstance(fields, dict):
        raise ValueError("expected a JSON object")
    if unknown := sorted(fields.keys() - _READERS.keys()):
        raise ValueError(f"unknown fields: {', '.join(unknown)}; known: {', '.join(_READERS)}")
    return Behaviour(**{name: _read(name, value) for name, value in fields.items()})


def _read(name: str, value: Any) -> Any:
    try:
        return _READERS[name](value)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name}: {error}") from error


def _status(value: Any) -> int:
    if type(value) is not int or not 200 <= value <= 599:
        raise ValueError("expected a status from 200 to 599")
    return value


def _seconds(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value <= 3600:
        raise ValueError("expected seconds from 0 to 3600")
    return float(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("expected true or false")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a string")
    return value


def _bytes(value: Any) -> bytes:
    return _text(value).encode("latin-1")


def _body(value: Any) -> bytes:
    return _bytes(value) if isinstance(value, str) else json.dumps(value).encode()


def _headers(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        raise TypeError("expected an object of strings")
    return tuple((name, _text(text)) for name, text in value.items())


_READERS: dict[str, Callable[[Any], Any]] = {
    "status": _status,
    "headers": _headers,
    "body": _body,
    "raw": _bytes,
    "delay": _seconds,
    "drip": _seconds,
    "endless": _bytes,
    "hang": _flag,
    "close": _flag,
    "reset": _flag,
    "token": _text,
}
