"""The Chromium of this machine, driven without a window."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, ViewportSize, sync_playwright

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
SCREEN = ViewportSize(width=1280, height=800)
PHONE = ViewportSize(width=390, height=844)
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
