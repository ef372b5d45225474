"""Whether everybody can use a page. axe-core 4.14.1 lies beside in axe/, as its package has it."""

from typing import Any

from playwright.sync_api import Page, ViewportSize

from healthcheck_project.environment import ROOT
from tests.browser.chromium import Theme

_AXE = (ROOT / "tests/browser/axe/axe.min.js").read_text()
_RULES = [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice",
]  # fmt: skip
_OF_COLOURS = ["color-contrast", "link-in-text-block"]
_PHONE = ViewportSize(width=390, height=844)


def axe(page: Page) -> None:
    """Fail where the page, as it stands, breaks a rule of WCAG 2.2 A or AA, or a good practice; in
    light and in dark colours."""
    # By the debugger, so that the page's own policy on scripts stays as it is.
    page.evaluate(_AXE)
    _look(page, "dark", {"type": "rule", "values": _OF_COLOURS})
    _look(page, "light", {"type": "tag", "values": _RULES})


def _look(page: Page, theme: Theme, rules: dict[str, Any]) -> None:
    page.emulate_media(color_scheme=theme)
    found = page.evaluate("rules => axe.run({runOnly: rules})", rules)
    assert found["passes"], "axe found nothing to look at"
    broken = [_told(rule, node) for rule in found["violations"] for node in rule["nodes"]]
    assert not broken, "\n\n".join((f"{page.url}, {theme}", *broken))


def fits(page: Page) -> None:
    """Fail where one has to scroll sideways to read the page on a phone (WCAG 2.2, 1.4.10)."""
    page.set_viewport_size(_PHONE)
    # A phone zooms out of what is too wide, so `innerWidth` would be as wide.
    wide, shown = page.evaluate(
        "(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.documentElement)"
    )
    assert wide <= shown, f"{page.url} is {wide} pixels wide, of which {shown} are seen"


def _told(rule: dict[str, Any], node: dict[str, Any]) -> str:
    rule_broken = f"{rule['id']} ({rule['impact']}): {rule['help']}"
    return "\n".join((rule_broken, node["html"], node["failureSummary"]))
