"""MLflow's pages, walked as a new user does: from the links that `benchmark ui` prints."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

WIDTH, HEIGHT = 1440, 900
PATIENCE = 30_000  # milliseconds
expect.set_options(timeout=PATIENCE)


@contextmanager
def ui(suite: Path, results: Path) -> Iterator[dict[str, str]]:
    """What `benchmark ui` prints before each link → the link, while it runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    command = [sys.executable, "-m", "benchmark", "ui", suite, "--results", results, "--port", port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = iter(process.stdout.readline, "Ctrl-C ends it.\n")
            yield dict(line.strip().split(": ", 1) for line in told if line)
        finally:
            process.send_signal(signal.SIGINT)


def new_page(browser: Browser) -> Page:
    page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
    page.set_default_timeout(PATIENCE)
    return page


def open_runs(page: Page, link: str) -> None:
    page.goto(link)
    rows(page).nth(1).wait_for()


def rows(page: Page) -> Locator:
    """The rows of the list; each is there once for its name and once for all other columns."""
    return page.locator(".ag-center-cols-container .ag-row")


def column(page: Page, name: str) -> list[str]:
    """What a column of the list says, from the top; of a name's cell the name alone."""
    cells = page.locator(f'.ag-row [col-id="{name}"]')
    found = cells.evaluate_all(
        "all => all.map(c => [+c.closest('.ag-row').getAttribute('row-index'), c.innerText])"
    )
    return [re.sub(r"^#\w{6}\n|\n\d+$", "", text.strip()) for _, text in sorted(found)]


def close_assistant(page: Page) -> None:
    """Away with what MLflow opens over a quarter of the page on the first visit."""
    page.get_by_role("button", name="Close").first.click()


def group_by(page: Page, what: str) -> None:
    page.get_by_role("button", name="Group by").click()
    page.get_by_role("menuitemcheckbox", name=what, exact=True).first.click()


def compare(page: Page, names: list[str]) -> None:
    """Tick runs by their names and compare them."""
    for name in names:
        row = page.locator(".ag-pinned-left-cols-container .ag-row").filter(has_text=name)
        row.locator(".ag-selection-checkbox input").click()
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name=re.compile("Comparing")).wait_for()


def open_curves(page: Page, metric: str) -> None:
    """From the comparison to the curves of a metric."""
    page.get_by_role("link", name=metric, exact=True).click()
    page.locator(".js-plotly-plot .js-line").first.wait_for()
