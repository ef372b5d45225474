"""The call to a token endpoint."""

from collections.abc import Mapping

from connections.oauth.protocol import Client, Failed, Refused, Tokens, read_answer
from connections.redaction import remember
from egress.limits import read_retry_after
from egress.session import EgressError, GuardedSession
from integrations.models import Integration
from integrations.reach import address_policy
from integrations.templates import fill, fill_path, split_base

DEADLINE = 10.0  # seconds for the whole call
_HEADERS = {
    "Accept": "application/json",  # else GitHub answers with a form
    "Content-Type": "application/x-www-form-urlencoded",
}


def fill_url(template: str, variables: Mapping[str, str]) -> str:
    """Return the URL of an `auth`. Raises VariableMissing."""
    url, question_mark, query = template.partition("?")
    origin, path = split_base(url)
    return fill(origin, variables) + fill_path(path, variables) + question_mark + query


def ask(
    integration: Integration, variables: Mapping[str, str], client: Client, body: str
) -> Tokens | Refused | Failed:
    """Ask an integration's token endpoint: one call, never repeated, with no transaction held.

    Raises VariableMissing.
    """
    url = fill_url(integration.auth["tokenUrl"], variables)
    remember(client.headers.values())
    try:
        with GuardedSession(address_policy()) as session:
            answer = session.fetch(
                "POST",
                url,
                headers={**_HEADERS, **client.headers},
                body=body.encode(),
                deadline=DEADLINE,
            )
    except EgressError as error:
        return Failed(code=error.code)
    return read_answer(answer, retry_after=read_retry_after(answer.headers))
