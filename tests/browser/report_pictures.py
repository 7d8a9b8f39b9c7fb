"""Pictures of a report: python tests/browser/report_pictures.py REPORT.html FOLDER NAME."""

import sys
from pathlib import Path
from typing import Literal

import chromium
from playwright.sync_api import Browser, Page

DESK, PHONE = 1440, 390
PARTS = {"strategies": 2250, "pair": 1080}


def opened(browser: Browser, report: Path, width: int, scheme: Literal["light", "dark"]) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(report.resolve().as_uri())
    page.wait_for_selector("#pr-plot .main-svg")
    page.wait_for_timeout(1500)
    return page


def save(page: Page, path: Path, width: int, height: int, top: float = 0) -> None:
    clip = {"x": 0.0, "y": top, "width": float(width), "height": float(height)}
    page.screenshot(path=path, full_page=True, clip=clip)  # type: ignore[arg-type]  # a TypedDict


def main(report: str, folder: str, name: str) -> None:
    out, source = Path(folder), Path(report)
    with chromium.started() as browser:
        page = opened(browser, source, DESK, "light")
        save(page, out / f"{name}-1440.png", DESK, 1500)
        for part, height in PARTS.items():
            place = "s => document.querySelector(s).getBoundingClientRect().top + scrollY"
            save(page, out / f"{name}-{part}.png", DESK, height, page.evaluate(place, f"#{part}"))
        phone = opened(browser, source, PHONE, "light")
        save(phone, out / f"{name}-390.png", PHONE, 1700)
        dark = opened(browser, source, DESK, "dark")
        save(dark, out / f"{name}-dark.png", DESK, 1000)


if __name__ == "__main__":
    main(*sys.argv[1:])
