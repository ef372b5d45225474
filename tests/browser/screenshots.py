"""bin/screenshots [FOLDER]: pictures of the pages, with the demo's data.

Of every page from top to bottom, and of a mail, light, dark and on a phone, into FOLDER; without
one, of what a screen holds of the few that the documentation shows, into docs/screenshots.
"""

import argparse
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError

from healthcheck_project.environment import ROOT
from healthcheck_project.processes import wait_until
from tests.browser import chromium, staged
from tests.browser.faults import Faults
from tests.notifications.mailbox import Mailbox

START_SECONDS = 120  # the first run on a machine copies its servers and writes ten days of history
STOP_SECONDS = 60
DOCS = ROOT / "docs/screenshots"
LOOKS = ("light", "dark", "phone")
MAIL_SECONDS = 240  # a connection is down for two minutes first
SIGN_IN = re.compile(r"Sign-in: +(\S+) / (\S+)")
KEY = re.compile(r"API key: +(\S+)")


@dataclass(frozen=True, kw_only=True)
class Shot:
    """A page. `clicks` are the names of links and buttons on the way to what is shown."""

    name: str
    path: str
    clicks: tuple[str, ...] = ()
    for_anybody: bool = False
    in_docs: tuple[str, ...] = ()  # in these looks


SHOTS = (
    Shot(name="sign-in", path="/sign-in", for_anybody=True),
    Shot(name="overview", path="/", in_docs=LOOKS),
    Shot(name="menu", path="/", clicks=("Demo",)),
    Shot(name="connections", path="/connections", in_docs=("light",)),
    Shot(name="connection", path="/connections", clicks=("Regression runs",), in_docs=("light",)),
    Shot(name="connection-new", path="/connections/new"),
    Shot(name="integrations", path="/integrations"),
    Shot(name="integration", path="/integrations", clicks=("Jira Cloud",)),
    Shot(name="integration-new", path="/integrations/new"),
    Shot(name="integration-new-account", path="/integrations/new?provider=github"),
    Shot(name="integration-new-openapi", path="/integrations/new?by=openapi"),
    Shot(name="integration-new-by-hand", path="/integrations/new?by=hand"),
    Shot(name="history", path="/history"),
    Shot(name="changes", path="/history?show=changes"),
    Shot(name="alerts", path="/alerts", in_docs=("light",)),
    Shot(name="organisation", path="/settings"),
    Shot(name="members", path="/settings?section=members"),
    Shot(name="keys", path="/settings?section=keys"),
    Shot(name="you", path="/settings?section=you"),
)
# Of what `staged` brings about.
TOLD = (
    Shot(name="bell", path="/alerts", clicks=("Notices:",)),
    Shot(name="incidents", path="/incidents"),
    Shot(name="incident", path="/incidents", clicks=("Slack",), in_docs=("light",)),
    Shot(name="notices", path="/notices"),
    Shot(name="maintenance", path="/maintenance", in_docs=("light",)),
    Shot(name="maintenance-new", path="/maintenance/new"),
    Shot(name="channels", path="/channels"),
    Shot(name="channel", path="/channels", clicks=("Status page",), in_docs=("light",)),
    Shot(name="channel-new", path="/channels/new"),
    Shot(name="channel-new-webhook", path="/channels/new?kind=webhook"),
    Shot(name="deliveries", path="/deliveries"),
)
MAIL_IN_DOCS = ("light",)


@dataclass(frozen=True, kw_only=True)
class Demo:
    url: str
    user_name: str
    password: str
    key: str
    mailbox: Mailbox


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=DOCS)
    folder = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    with demo() as running, chromium.running() as browser:
        camera = Camera(browser, running, folder)
        camera.take_all(SHOTS)
        staged.set_up(staged.Api(url=running.url, key=running.key))
        camera.take_mail()
        camera.take_all(TOLD)
    return 1 if camera.missed else 0


class Camera:
    """Somebody who has signed in to the demo, and takes pictures into a folder."""

    def __init__(self, browser: Browser, running: Demo, folder: Path) -> None:
        self.browser, self.running, self.folder = browser, running, folder
        self.session = sign_in(browser, running)
        self.missed = 0

    def take_all(self, shots: Sequence[Shot]) -> None:
        """Take what is wanted of these, in each look."""
        for look, shot in itertools.product(LOOKS, shots):
            if self.wants(look, shot.in_docs):
                with self.person(look, None if shot.for_anybody else self.session) as person:
                    self.missed += not take(shot, person.new_page(), self.file(shot.name, look))

    def take_mail(self) -> None:
        """Take the mail that tells of a downtime, once it is there."""
        mailbox = self.running.mailbox
        wait_until(lambda: bool(downtimes(mailbox)), seconds=MAIL_SECONDS, otherwise="No mail came")
        html = downtimes(mailbox)[0].get_body(("html",))
        for look in LOOKS:
            if html and self.wants(look, MAIL_IN_DOCS):
                with self.person(look, None) as person:
                    page = person.new_page()
                    page.set_content(html.get_content())
                    page.set_viewport_size({"width": 390 if look == "phone" else 700, "height": 10})
                    page.screenshot(path=self.file("mail", look), full_page=True)

    def wants(self, look: str, in_docs: Sequence[str]) -> bool:
        return self.folder != DOCS or look in in_docs

    def file(self, name: str, look: str) -> Path:
        return self.folder / f"{name}-{look}.png"

    def person(self, look: str, session: str | None) -> BrowserContext:
        return chromium.new_context(
            self.browser,
            self.running.url,
            session=session,
            theme="dark" if look == "dark" else "light",
            phone=look == "phone",
        )


def downtimes(mailbox: Mailbox) -> list[EmailMessage]:
    return [mail for mail in mailbox.mails if mail["Subject"].endswith("is down")]


@contextmanager
def demo() -> Iterator[Demo]:
    """Run Vitals with the demo's data, in a folder and on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        tempfile.TemporaryDirectory() as folder,
        Path(folder, "log").open("w+") as log,
        Mailbox.running() as mailbox,
    ):
        own = {
            "DATA_DIR": f"{folder}/data",
            "PORT": str(port),
            "PYTHONPATH": str(ROOT),
            "EMAIL_URL": f"smtp://127.0.0.1:{mailbox.port}",
        }
        command = (sys.executable, "-m", "healthcheck_project.supervisor", "--demo")
        process = subprocess.Popen(
            command, cwd=ROOT, env=own | {"PATH": os.environ["PATH"]}, stdout=log, stderr=log
        )
        told = Path(log.name).read_text

        def ready() -> bool:
            if process.poll() is not None:
                raise SystemExit(told())
            return bool(KEY.search(told()))

        try:
            wait_until(ready, seconds=START_SECONDS, otherwise="The demo did not become ready")
            user_name, password = SIGN_IN.findall(told())[0]
            yield Demo(
                url=f"http://127.0.0.1:{port}",
                user_name=user_name,
                password=password,
                key=KEY.findall(told())[0],
                mailbox=mailbox,
            )
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(STOP_SECONDS)


def sign_in(browser: Browser, running: Demo) -> str:
    """Return the cookie of somebody who has come in."""
    with chromium.new_context(browser, running.url) as context:
        page = context.new_page()
        page.goto("/sign-in")
        page.get_by_label("E-mail address").fill(running.user_name)
        page.get_by_label("Password").fill(running.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: not url.endswith("/sign-in"))
        return next(c["value"] for c in context.cookies() if c["name"] == "sessionid")


def take(shot: Shot, page: Page, file: Path) -> bool:
    """Take a picture, and say so. False where there was nothing to be seen."""
    faults = Faults()
    faults.watch(page.context)
    try:
        page.goto(shot.path)
        settle(page)
        for name in shot.clicks:
            link, button = (
                page.get_by_role("link", name=name),
                page.get_by_role("button", name=name),
            )
            link.or_(button).first.click()
            settle(page)
    except TimeoutError as fault:
        sys.stderr.write(f"{file} could not be taken: {fault}\n{faults.unexpected()}\n")
        return False
    if file.parent != DOCS and page.viewport_size:
        # As if the screen were as high as the page, so that what sticks to its edges stays there.
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
    page.screenshot(path=file)
    sys.stdout.write(f"{file} ({file.stat().st_size // 1000} kB)\n")
    return True


def settle(page: Page) -> None:
    """Wait until the page has drawn what it asked for."""
    page.wait_for_load_state("networkidle")
    page.locator("#main > .loading").wait_for(state="detached")
    page.get_by_text("Loading…").wait_for(state="hidden")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
