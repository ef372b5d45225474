"""How long somebody waits for a page of 10,000 connections, and what it loads.

A real Chromium before a real web process, over a past of 7 days like that of `reads`. Cold is a
browser that has never been here, warm one that has seen the page. The time is the browser's own,
from the start of the navigation until the frame with what people look for.
"""

import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass

from playwright.sync_api import Browser, Page

from benchmarks.machine import Figure, begin_over_a_past
from benchmarks.reads import DAYS, INTERVAL
from tests.browser import chromium

LOADS = 20  # of each page
USABLE_MS = 1_000
MOST_KB = 300
_ROWS = "main a[href^='/connections/']:not([href$='/new'])"
# A page's path, and what is there once it is of use.
PAGES = {
    "overview": ("/", "main .totals"),
    "connections": ("/connections", _ROWS),
    "connections, searched": ("/connections?search=Account+77", _ROWS),
    "connections, filtered": ("/connections?standing=unhealthy", _ROWS),
}
LIST = "connections"  # its next page is turned to as well
_SEEN = "selector => document.querySelector(selector) && performance.now()"
_OTHER = """([selector, old]) => {
  const first = document.querySelector(selector)?.getAttribute("href");
  return first && first !== old && performance.now();
}"""
_FILES = """() => performance.getEntriesByType("resource")
  .filter(({ name }) => /\\.(js|css|woff2?)$/.test(new URL(name).pathname))
  .map(({ transferSize, decodedBodySize }) => [transferSize, decodedBodySize])"""


@dataclass(frozen=True, kw_only=True)
class Loads:
    """Milliseconds of each load by its kind; the kB of scripts, styles and fonts of a cold one."""

    took: dict[str, list[float]]
    transferred_kb: float
    raw_kb: float


def main(arguments: list[str]) -> bool:
    connections = begin_over_a_past("pages", __doc__, arguments)

    from benchmarks.formation import web
    from tenants.ownership import as_owner
    from tenants.row_security import act_for_all_tenants

    act_for_all_tenants()
    with as_owner():
        session = populate(connections)
        with web() as url, chromium.running() as browser:
            measured = {name: measure(browser, url, session, name) for name in PAGES}
    figures = [figure for name, loads in measured.items() for figure in _figures(name, loads)]
    for figure in figures:
        sys.stdout.write(f"{figure}\n")
    return all(figure.met for figure in figures)


def populate(connections: int) -> str:
    """Make the connections and their past; return the session of somebody who may see them."""
    from benchmarks import past  # Django is not set up before
    from tenants.models import Tenant
    from tests.factories import make_member
    from tests.web import session_of

    began = time.monotonic()
    past.live_through(connections, days=DAYS, interval=INTERVAL)
    took = time.monotonic() - began
    sys.stdout.write(f"{connections:,} connections and their past made in {took:.0f} s\n")
    return session_of(make_member(Tenant.objects.get()).user)


def measure(browser: Browser, url: str, session: str, name: str) -> Loads:
    path, wanted = PAGES[name]
    took: dict[str, list[float]] = defaultdict(list)
    for _ in range(1 + LOADS):
        with chromium.new_context(browser, url, session=session) as context:
            page = context.new_page()
            took["cold"].append(load(page, path, wanted))
            files = page.evaluate(_FILES)
            took["warm"].append(load(page, path, wanted))
            if name == LIST:
                took["next page"].append(turn(page))
    return Loads(
        took={kind: times[1:] for kind, times in took.items()},  # the first warms the server up
        transferred_kb=sum(transferred for transferred, _ in files) / 1000,
        raw_kb=sum(raw for _, raw in files) / 1000,
    )


def load(page: Page, path: str, wanted: str) -> float:
    """Go to a path; return the milliseconds until what is wanted is there."""
    page.goto(path, wait_until="commit")
    seen = page.wait_for_function(_SEEN, arg=wanted)  # looks at every frame
    took: float = seen.json_value()
    return took


def turn(page: Page) -> float:
    """Turn to a list's next page; return the milliseconds until its first row is there."""
    first = page.locator(_ROWS).first.get_attribute("href")
    began: float = page.evaluate("performance.now()")
    page.get_by_role("button", name="Next").click()
    there: float = page.wait_for_function(_OTHER, arg=[_ROWS, first]).json_value()
    return there - began


def _figures(name: str, loads: Loads) -> list[Figure]:
    figures = []
    for kind, took in loads.took.items():
        p95 = statistics.quantiles(took, n=20)[-1]
        label, median = f"{name}, {kind}", statistics.median(took)
        figures += [
            Figure(name=f"{label}, p95", value=p95, unit="ms", target=USABLE_MS, at_least=False),
            Figure(name=f"{label}, median", value=median, unit="ms"),
        ]
    raw = Figure(
        name=f"{name}, files", value=loads.raw_kb, unit="kB", target=MOST_KB, at_least=False
    )
    return [
        *figures,
        Figure(name=f"{name}, files sent", value=loads.transferred_kb, unit="kB"),
        raw,
    ]
