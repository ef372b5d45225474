"""One guarded call that brings a message."""

from __future__ import annotations

import json
from collections.abc import Mapping

from egress.session import EgressError, GuardedSession
from integrations.reach import address_policy
from notifications.channels.verdicts import check_status, no_answer

DEADLINE = 10.0  # seconds
_ENOUGH = 1024  # bytes of an answer whose body says nothing to us


def as_json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def post(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """Post JSON. Raises DeliveryError unless the answer is a 2xx."""
    try:
        with GuardedSession(address_policy()) as session:
            answer = session.fetch(
                "POST",
                url,
                headers={"Content-Type": "application/json", **headers},
                body=body,
                deadline=DEADLINE,
                max_bytes=_ENOUGH,
            )
    except EgressError as error:
        raise no_answer(error.code) from None
    check_status(answer.status, answer.headers)
