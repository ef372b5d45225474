"""Bodies that come in chunks, without their length."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from api.parsing import MAX_DOCUMENT

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def with_length(application: Application) -> Application:
    """Give Django the length of a chunked body (RFC 9112, 7.1): without one it reads nothing.

    The server in front has taken the chunks apart. One byte more than any endpoint allows is enough
    to have a body refused as too large.
    """

    def measured(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        chunked = environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
        if chunked and not environ.get("CONTENT_LENGTH"):
            try:
                body = environ["wsgi.input"].read(MAX_DOCUMENT + 1)
            except OSError:  # whoever sends it has gone, or gone silent
                start_response("408 Request Timeout", [("Connection", "close")])
                return ()
            environ["wsgi.input"] = io.BytesIO(body)
            environ["CONTENT_LENGTH"] = str(len(body))
        return application(environ, start_response)

    return measured
