"""What pages report that is wrong."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Request

_LEFT = "net::ERR_ABORTED"  # a page that is left drops what it waits for


class Faults:
    def __init__(self) -> None:
        self._seen: list[str] = []
        self._expected: list[str] = []

    def expect(self, pattern: str) -> None:
        """Let pass what this regular expression finds."""
        self._expected.append(pattern)

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._said)
        context.on("weberror", lambda fault: self._seen.append(str(fault.error)))
        context.on("requestfailed", self._failed)

    def unexpected(self) -> list[str]:
        return [
            text for text in self._seen if not any(re.search(one, text) for one in self._expected)
        ]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._seen.append(f"{message.text} ({message.location['url']})")

    def _failed(self, request: Request) -> None:
        if request.failure != _LEFT:
            self._seen.append(f"{request.method} {request.url}: {request.failure}")
