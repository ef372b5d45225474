"""The Chromium of this machine, driven without a window."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright

Theme = Literal["light", "dark"]
PATIENCE = 10_000  # milliseconds; two cores may be busy with other tests
_SCREEN = ViewportSize(width=1280, height=800)
_PHONE = ViewportSize(width=390, height=844)
MISSING = "Chromium is missing: install it (Debian: apt-get install chromium), or set CHROMIUM_PATH"
_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def find() -> str | None:
    return os.environ.get("CHROMIUM_PATH") or shutil.which("chromium")


@contextmanager
def running() -> Iterator[Browser]:
    """An event loop runs in this thread meanwhile. Raises SystemExit where there is no Chromium."""
    path = find()
    if path is None:
        raise SystemExit(MISSING)
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=path, args=_FLAGS)


def new_context(
    browser: Browser,
    url: str,
    *,
    session: str | None = None,
    theme: Theme = "light",
    phone: bool = False,
) -> BrowserContext:
    """Return a new person's browser, in Berlin; without a session's cookie nobody is signed in."""
    context = browser.new_context(
        base_url=url,
        color_scheme=theme,
        viewport=_PHONE if phone else _SCREEN,
        is_mobile=phone,
        has_touch=phone,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Berlin",
    )
    context.set_default_timeout(PATIENCE)
    if session:
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
    return context
