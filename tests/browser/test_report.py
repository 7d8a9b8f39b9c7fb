"""The report in a real browser."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile import FOREIGN, LONG, MARKUP, hostile_suite
from plugins_for_tests.suites import computed_here

from benchmark.analysis.report import page as page_of
from benchmark.analysis.report import read

pytest.importorskip("playwright.sync_api", reason="needs Playwright: tox -e browser")

import chromium

pytestmark = pytest.mark.skipif(
    chromium.path() is None, reason="needs Chromium: apt install chromium"
)
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report whose names try to be markup."""
    folder = tmp_path_factory.mktemp("report")
    journal = computed_here(hostile_suite(folder))
    (folder / "report.html").write_text(page_of(read(journal, 2_000)), encoding="utf-8")
    journal.close()
    return (folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium.started() as browser:
        yield browser


@pytest.fixture
def heard() -> list[str]:
    """What the console said and what was asked of a network."""
    return []


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(
    request: pytest.FixtureRequest, browser: Any, address: str, heard: list[str]
) -> Iterator[Any]:
    made = opened(browser, address, heard, request.param)
    yield made
    made.close()


@pytest.fixture
def desk(browser: Any, address: str, heard: list[str]) -> Iterator[Any]:
    made = opened(browser, address, heard, DESK)
    yield made
    made.close()


def opened(browser: Any, address: str, heard: list[str], size: dict[str, int], **named: Any) -> Any:
    made = browser.new_page(viewport=size, **named)
    made.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
    made.on("pageerror", lambda error: heard.append(f"error: {error}"))
    made.on("request", lambda asked: heard.append(asked.url) if asked.url != address else None)
    made.goto(address)
    made.wait_for_selector("#pr-plot .main-svg")
    return made


def column(page: Any, number: int) -> list[str]:
    """The texts of a column of the leaderboard, from 1."""
    return list(page.locator(f"#board tbody td:nth-child({number})").all_inner_texts())


def numbers(page: Any, name: str) -> list[float]:
    """The values of a named column, less their deviations."""
    place = page.locator("#board thead th").evaluate_all(
        "(all, name) => all.findIndex((th) => th.querySelector('button').dataset.sort === name)",
        name,
    )
    return [
        float(text.split("±")[0].replace("\N{MINUS SIGN}", "-")) for text in column(page, place + 1)
    ]


def test_nothing_is_said_asked_or_run(page: Any, heard: list[str]) -> None:
    page.wait_for_timeout(300)

    assert heard == []
    assert page.evaluate("typeof hurt") == "undefined"
    assert page.title() == "small: benchmark report"


def test_every_chart_is_drawn_with_its_finding_and_named_axes(page: Any) -> None:
    charts = page.locator("[data-chart]")
    findings = page.locator("[data-finding]").all_inner_texts()
    titles = page.locator("[data-chart] .infolayer .ytitle").all_text_contents()

    assert charts.count() >= 4
    assert page.locator("[data-chart].js-plotly-plot").count() == charts.count()
    assert len(findings) == charts.count()
    assert all(findings)
    assert len(titles) == charts.count()
    assert all(titles)


def test_the_page_is_as_wide_as_the_screen(page: Any) -> None:
    widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")

    assert widths[0] == widths[1]


@pytest.mark.parametrize("value", [5.25, 5.75, 0.15, -0.05, 1234.5])
def test_numbers_are_rounded_as_in_the_terminal(desk: Any, value: float) -> None:
    assert desk.evaluate(f"rounded({value}, 1)") == f"{value:.1f}"


def test_a_heading_sorts_both_ways(desk: Any) -> None:
    heading = desk.locator('[data-sort="seconds"]')
    before = numbers(desk, "rank")

    heading.click()
    rising = numbers(desk, "seconds")
    heading.click()
    falling = numbers(desk, "seconds")

    assert before == sorted(before)
    assert rising == sorted(rising)
    assert falling == sorted(rising, reverse=True)
    assert len(set(rising)) > 1
    assert desk.locator("#board th[aria-sort]").get_attribute("aria-sort") == "descending"


def test_filters_leave_the_rows_of_the_chosen_names(desk: Any) -> None:
    total = desk.locator("#board tbody tr").count()

    desk.locator('[data-filter="dataset"]').select_option(label=MARKUP)
    desk.locator('[data-filter="model"]').select_option(label="constructor")

    assert total == 8
    assert set(column(desk, 1)) == {MARKUP}
    assert set(column(desk, 3)) == {"constructor"}
    assert desk.locator("#count").inner_text() == "4 of 24 rows"


def test_more_metrics_are_one_click_away(desk: Any) -> None:
    before = desk.locator("#board thead th").count()

    desk.locator('[data-filter="extra"]').check()

    assert desk.locator("#board thead th").count() > before
    assert desk.locator('[data-sort="brier_corrected"]').count() == 1


def test_a_chosen_pair_is_drawn_beside_its_baseline(desk: Any) -> None:
    first = desk.locator("#pr-finding").inner_text()

    desk.locator("#pair-dataset").select_option(label=LONG)
    desk.locator("#pair-name").select_option(label=f"{FOREIGN} + <i>__proto__</i>")

    legend = desk.locator("#pr-plot .legendtext").all_text_contents()
    beside = desk.locator("#pair-other option:checked").inner_text()
    assert legend == [f"{FOREIGN} + <i>__proto__</i>", "$ink + <i>__proto__</i>", "chance"]
    assert beside == "$ink + <i>__proto__</i>"
    assert desk.locator("#pr-finding").inner_text() != first
    assert desk.locator("#chosen th").all_inner_texts()[0].startswith("model.")
    for name in ("roc", "cut", "bins", "history"):
        assert desk.locator(f"#{name}-plot .main-svg").first.is_visible()
        assert desk.locator(f"#{name}-finding").inner_text()


def test_another_view_of_a_chart_changes_its_finding(desk: Any) -> None:
    finding = desk.locator('[data-finding="gains"]')
    before = finding.inner_text()

    desk.locator('[data-views="gains"]').select_option(index=1)

    assert finding.inner_text() != before


def test_the_copy_button_copies_or_selects_the_suite(desk: Any) -> None:
    desk.locator("#copy").click()
    desk.wait_for_function("document.getElementById('copied').textContent !== ''")

    selected = desk.evaluate("getSelection().toString()")
    said = desk.locator("#copied").inner_text()
    assert said == "Copied." or (said.startswith("Selected") and "name: small" in selected)


def test_it_follows_a_dark_screen(browser: Any, address: str, heard: list[str]) -> None:
    colours = "getComputedStyle(document.documentElement).backgroundColor"
    label = "getComputedStyle(document.querySelector('[data-chart] .ytick text')).fill"
    light = opened(browser, address, heard, DESK, color_scheme="light")
    dark = opened(browser, address, heard, DESK, color_scheme="dark")

    assert (light.evaluate(colours), dark.evaluate(colours)) == (
        "rgb(255, 255, 255)", "rgb(20, 23, 28)",
    )  # fmt: skip
    assert light.evaluate(label) != dark.evaluate(label)


def test_it_prints_on_pages(desk: Any, tmp_path: Path) -> None:
    printed = desk.pdf(path=str(tmp_path / "report.pdf"), prefer_css_page_size=True)

    assert printed.startswith(b"%PDF")
    assert 3 <= printed.count(b"/Type /Page\n") <= 30
