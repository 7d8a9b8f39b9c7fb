"""MLflow's own interface in a real browser, as a new user finds it."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("playwright.sync_api", reason="needs Playwright: tox -e browser")

import chromium
import mlflow_pages as mlflow
from playwright.sync_api import Browser, Page, expect
from plugins_for_tests.suites import DATA, computed_here, write_suite

from benchmark import compare, sync
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal

pytestmark = pytest.mark.skipif(
    chromium.path() is None, reason="needs Chromium: apt install chromium"
)
DATASETS = ["near", "far"]
STRATEGIES, MODELS = ["none", "class_weight"], ["constant", "logistic_regression"]
LOGISTIC = [("near", strategy, "logistic_regression") for strategy in STRATEGIES]
LABELS = ["dataset", "strategy", "model"]


def run_name(pair: tuple[str, str, str]) -> str:
    return "{}: {} + {}".format(*pair)


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite that was run and sent to MLflow."""
    path = write_suite(
        tmp_path_factory.mktemp("browsing"),
        datasets=[DATA | {"as": name} for name in DATASETS],
        strategies=STRATEGIES,
        models=MODELS,
        metrics=["f2", "roc_auc", "recall"],
        thresholds=["default", "tuned"],
        cv={"folds": 4},
    )
    computed_here(path).close()
    sync(path, results=path.parent / "results")
    return path


@pytest.fixture(scope="module")
def journal(suite: Path) -> Iterator[Journal]:
    journal = Journal(suite.parent / "results" / "small" / "journal.sqlite")
    yield journal
    journal.close()


@pytest.fixture(scope="module")
def links(suite: Path) -> Iterator[dict[str, str]]:
    with mlflow.ui(suite, suite.parent / "results") as links:
        yield links


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium.started() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a browser that was never here before."""
    page = mlflow.new_page(browser)
    yield page
    page.close()


def f2_tuned(row: Row) -> float:
    return row.scores.values["tuned"]["f2"] or 0.0


def best_first(journal: Journal) -> "pd.Series[float]":
    """The mean of every pair over its folds, as the journal has it."""
    rows = [(*row.cell.pair, f2_tuned(row)) for row in journal.rows()]
    means = pd.DataFrame(rows, columns=[*LABELS, "f2"]).groupby(LABELS)["f2"].mean()
    return means.sort_values(ascending=False)


def test_all_runs_are_listed_flat_and_best_first_in_model_training_mode(
    page: Page, links: dict[str, str], journal: Journal
) -> None:
    mlflow.open_runs(page, links["Runs, best first"])

    *pairs, last = mlflow.column(page, "attributes.`Run Name`")
    *scores, nothing = mlflow.column(page, "metrics.`f2_tuned`")
    expected = best_first(journal)
    assert [float(score) for score in scores] == pytest.approx(expected.tolist(), rel=1e-12)
    assert sorted(pairs) == sorted(map(run_name, expected.index))
    assert (last.split()[0], nothing) == ("small", "-")
    expect(page.get_by_role("navigation").get_by_role("link", name="Runs")).to_be_visible()
    expect(page.get_by_role("link", name="Evaluation runs")).to_have_count(0)


def test_what_was_run_is_in_view_and_how_good_at_most_a_click_away(
    page: Page, links: dict[str, str], journal: Journal
) -> None:
    mlflow.open_runs(page, links["Runs, best first"])
    for name in [*LABELS, "f2_tuned"]:
        expect(page.get_by_test_id(f"sort-header-{name}")).to_be_in_viewport(ratio=1)

    mlflow.close_assistant(page)

    for name in [*LABELS, "f2_tuned", "roc_auc", "recall_tuned", "f2", "recall"]:
        expect(page.get_by_test_id(f"sort-header-{name}")).to_be_in_viewport(ratio=1)
    shown = zip(*(mlflow.column(page, f"params.`{name}`") for name in LABELS), strict=True)
    assert sorted(shown) == sorted([*best_first(journal).index, ("-", "-", "-")])


def test_runs_group_by_dataset(page: Page, links: dict[str, str], journal: Journal) -> None:
    mlflow.open_runs(page, links["Runs, best first"])

    mlflow.group_by(page, "dataset")

    page.get_by_text("Group: near").wait_for()
    names = mlflow.column(page, "attributes.`Run Name`")
    scores = mlflow.column(page, "metrics.`f2_tuned`")
    said = [pair for pair in zip(names, scores, strict=True) if pair[0].startswith("Group: ")]
    means = best_first(journal).groupby("dataset").mean()
    assert {name: float(score.removesuffix("(average)")) for name, score in said} == pytest.approx(
        {f"Group: {dataset}": mean for dataset, mean in means.items()}, rel=1e-12
    )


def test_two_runs_compare_with_their_fold_curves(
    page: Page, links: dict[str, str], journal: Journal
) -> None:
    names = [run_name(pair) for pair in LOGISTIC]
    mlflow.open_runs(page, links["Runs, best first"])

    mlflow.compare(page, names)
    mlflow.open_curves(page, "folds/f2_tuned")

    drawn = page.locator(".js-plotly-plot").evaluate(
        "plot => plot.data.map(line => [line.name, Array.from(line.x), Array.from(line.y)])"
    )
    curves = {name.split(" (")[0]: (list(x), list(y)) for name, x, y in drawn}
    assert curves == {
        name: ([0, 1, 2, 3], [f2_tuned(row) for row in journal.rows(pair)])
        for name, pair in zip(names, LOGISTIC, strict=True)
    }
    assert curves[names[0]] != curves[names[1]]


def test_the_tables_open_from_the_artifacts(page: Page, links: dict[str, str], suite: Path) -> None:
    page.goto(links["Tables"])

    page.get_by_text("comparison.csv").first.click()

    page.get_by_role("cell").first.wait_for()
    header, *lines = page.get_by_role("row").all_inner_texts()
    shown = pd.DataFrame([line.split("\t") for line in lines], columns=header.split())
    expected = compare(suite, results=suite.parent / "results")
    for name in [*LABELS, "threshold", "metric"]:
        assert shown[name].tolist() == expected[name].tolist()
    assert shown["mean"].astype(float).tolist() == pytest.approx(expected["mean"].tolist())


def test_the_suite_opens_from_the_artifacts(page: Page, links: dict[str, str]) -> None:
    page.goto(links["Tables"])

    page.get_by_text("suite.json").first.click()

    expect(page.get_by_text('"roc_auc"').first).to_be_visible()


def test_the_report_opens_from_the_artifacts(page: Page, links: dict[str, str]) -> None:
    page.goto(links["Tables"])

    page.get_by_text("report.html").first.click()

    report = page.frame_locator("iframe")
    expect(report.get_by_role("heading", name="Leaderboard")).to_be_visible()
    expect(report.locator("#board tbody tr").first).to_be_visible()
