"""The report as a whole: what it says, and that no name in it does anything."""

import html
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from hostile import DATASETS, NAMES, STRATEGIES, hostile_suite
from mlflow import MlflowClient
from plugins_for_tests.suites import DATA, Onlooker, computed_here, write_suite
from scipy import stats as scipy_stats
from sklearn.metrics import brier_score_loss

from benchmark import flow, results
from benchmark.analysis import report as package
from benchmark.analysis.blocks import by_fold, cells
from benchmark.analysis.report import page, read
from benchmark.analysis.report.evidence import Evidence
from benchmark.analysis.report.provenance import suite_text
from benchmark.analysis.report.ties import ties
from benchmark.cli.app import run_command_line
from benchmark.external import folds, import_predictions
from benchmark.journal.rows import Keyed
from benchmark.journal.store import Journal
from benchmark.types import Outcome

WINE = {"use": "wine", "as": "wine_2", "positive": 2}
VARIED: dict[str, Any] = {
    "datasets": [DATA, WINE],
    "strategies": ["none", "class_weight", "random_oversampling", "gaussian_mixture"],
    "models": ["logistic_regression", "k_nearest_neighbors"],
    "metrics": ["f2", "roc_auc", "recall", "brier"],
    "thresholds": ["default", "tuned"],
    "cv": {"folds": 3},
    "tuning": {"trials": 2, "folds": 2},
}
BROKEN = ("clusters", "random_oversampling", "k_nearest_neighbors")


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the texts of its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.found and self.found[-1][0] == "script" and self.cdata_elem == "script":
            self.scripts.append(data)


def elements(text: str) -> Elements:
    parser = Elements()
    parser.feed(text)
    parser.close()
    return parser


def data_of(text: str) -> dict[str, Any]:
    """What the page's scripts work on."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


def made(journal: Journal) -> tuple[Evidence, str]:
    """What is read from a journal, and the page."""
    evidence = read(journal, 2_000)
    journal.close()
    return evidence, page(evidence)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    return made(computed_here(hostile_suite(tmp_path_factory.mktemp("hostile"))))[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A computed suite with a failed pair, pairs that cannot be, and an imported method."""
    folder = tmp_path_factory.mktemp("varied")
    suite = write_suite(folder, **VARIED)
    journal = computed_here(suite)
    for row in journal.rows(BROKEN):
        failed = Outcome(row.cell, "failed", error="ValueError: <no> luck")
        keyed = Keyed(row.cell, row.fit_key, row.score_key)
        journal.add(keyed, failed, (60.0, 2**30), row.invocation, 0.0)
    journal.close()
    exported = folds(suite)
    scores = np.random.default_rng(0).random(len(exported))
    file = folder / "scores.csv"
    exported.drop(columns="training").assign(score=scores).to_csv(file, index=False)
    import_predictions(suite, file, "guessing", kind="probability", results=folder / "results")
    return folder


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    journal = Journal(folder / "results" / "small" / "journal.sqlite")
    yield journal
    journal.close()


@pytest.fixture(scope="module")
def varied(folder: Path) -> tuple[Evidence, str]:
    return made(Journal(folder / "results" / "small" / "journal.sqlite"))


def test_a_name_is_never_markup(hostile: str) -> None:
    parsed = elements(hostile)
    tags = [tag for tag, _ in parsed.found]
    attributes = {name for _, attributes in parsed.found for name in attributes}

    assert tags.count("script") == 3
    assert not {"img", "svg", "b", "i", "iframe", "object", "link"} & set(tags)
    assert not {name for name in attributes if name.startswith("on")}
    assert not {"src", "srcset", "action", "style"} & attributes


def test_a_page_refers_to_nothing_outside_it(hostile: str) -> None:
    parsed = elements(hostile)
    policies = [a["content"] for _, a in parsed.found if "content-security-policy" in
                a.get("http-equiv", "").lower()]  # fmt: skip

    assert {a["href"][0] for _, a in parsed.found if "href" in a} == {"#"}
    assert [policy.split(";")[0] for policy in policies] == ["default-src 'none'"]
    assert "connect-src" not in policies[0]


def test_a_name_arrives_in_the_leaderboard_as_it_is(hostile: str) -> None:
    data = data_of(hostile)
    rows = data["board"]["rows"]

    assert {row[0] for row in rows} == set(DATASETS)
    assert {row[1] for row in rows} == set(STRATEGIES)
    assert {name for row in rows for name in row[:3]} == set(NAMES)


def test_what_plotly_reads_of_a_name_has_no_tag(hostile: str) -> None:
    views = [view for views in data_of(hostile)["charts"].values() for view in views]
    texts = list(_texts([[view["data"], view["layout"]] for view in views]))

    assert len(texts) > 100
    assert {tag for text in texts for tag in re.findall(r"<[^>]*", text)} <= {
        "<br",
        "<extra",
        "</extra",
    }


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    children = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    )
    for child in children:
        yield from _texts(child)


def test_every_name_that_the_page_writes_is_escaped(hostile: str) -> None:
    written = hostile.partition('<script type="application/json"')[0].replace("<wbr>", "")

    assert all(html.escape(name, quote=False)[:20] in html.unescape(written) or name[:20] in
               html.unescape(written) for name in NAMES)  # fmt: skip
    assert "49" not in html.unescape(written).partition("`${hurt = 1}`")[2][:20]


def test_the_same_journal_gives_the_same_page(
    journal: Journal, varied: tuple[Evidence, str]
) -> None:
    assert page(read(journal, 2_000)) == varied[1]


def test_the_heat_map_shows_the_mean_gain_over_none_with_the_same_model(
    folder: Path, varied: tuple[Evidence, str]
) -> None:
    table = results.compare(folder / "suite.yaml", results=folder / "results")
    tuned = table[(table["metric"] == "f2") & (table["threshold"] == "tuned")]
    wide = tuned.pivot_table(index=["strategy", "model"], columns="dataset", values="mean")
    gain = wide - wide.loc["none"].reindex(wide.index, level="model")
    expected = gain.drop(index="none").dropna(how="all").groupby("strategy").mean()

    view = data_of(varied[1])["charts"]["gains"][0]

    heat = view["data"][0]
    strategies, datasets = view["layout"]["yaxis"]["ticktext"], view["layout"]["xaxis"]["ticktext"]
    assert view["label"] == "tuned threshold, mean over models"
    assert datasets == ["clusters (2:1)", "wine_2 (3:1)"]
    assert set(strategies) == {"class_weight", "random_oversampling"}
    assert np.array(heat["z"]) == pytest.approx(
        expected.loc[strategies, ["clusters", "wine_2"]].to_numpy(), abs=1e-5
    )


def test_methods_without_a_model_of_the_suite_stay_out_of_comparisons_between_strategies(
    varied: tuple[Evidence, str],
) -> None:
    evidence, text = varied
    charts = data_of(text)["charts"]
    rows = {(row[1], row[2]) for row in data_of(text)["board"]["rows"]}

    assert {("guessing", "external"), ("gaussian_mixture", "own")} <= rows
    for name in ("gains", "ranks", "thresholds", "calibration"):
        ticks = {tick for view in charts[name] for tick in view["layout"]["yaxis"]["ticktext"]}
        assert {"class_weight", "random_oversampling"} <= ticks
        assert not {"guessing", "gaussian_mixture"} & ticks
    assert evidence.left_out in text
    assert evidence.left_out.count("gaussian_mixture") == evidence.left_out.count("guessing") == 1
    assert "The model “external” stands for what ran elsewhere" in text


def test_an_imported_method_has_no_seconds_and_no_part_in_the_front(
    varied: tuple[Evidence, str],
) -> None:
    evidence, text = varied
    mine = evidence.board[evidence.board["model"] == "external"]
    timed = {trace["name"] for view in data_of(text)["charts"]["timing"] for trace in view["data"]}

    assert len(mine) == 2
    assert mine["seconds"].isna().all()
    assert "external" not in timed
    assert {"own", "logistic_regression"} <= timed


def test_failures_and_pairs_that_cannot_be_are_listed_with_their_reasons(
    varied: tuple[Evidence, str],
) -> None:
    text = varied[1]
    skipped = [skip.reason for skip in varied[0].skips]

    assert "ValueError: &lt;no&gt; luck" in text
    assert len(skipped) == 2
    assert all(html.escape(reason) in text for reason in skipped)
    states = {tuple(row[:3]): row[5] for row in data_of(text)["board"]["rows"]}
    assert states[BROKEN] == "3 of 3 folds failed"
    assert states["clusters", "class_weight", "k_nearest_neighbors"] == "cannot be"
    assert states["clusters", "none", "logistic_regression"] == ""


def test_the_policy_for_missing_cells_is_printed_with_what_it_did(
    varied: tuple[Evidence, str],
) -> None:
    told = (
        "Missing cells: worst: counted as the worst where missing: "
        "random_oversampling (missing on 1 of 2 families)."
    )
    assert varied[1].count(told) == 2  # with the ranks, and with the comparison with `none`


def test_a_mean_over_models_is_over_the_same_models_for_every_strategy(
    folder: Path, varied: tuple[Evidence, str]
) -> None:
    table = results.compare(folder / "suite.yaml", results=folder / "results")
    f2 = table[(table["metric"] == "f2") & (table["model"] == "logistic_regression")]
    expected = f2.groupby(["threshold", "strategy"])["mean"].mean()

    view = data_of(varied[1])["charts"]["thresholds"][0]

    for trace in view["data"][1:]:
        named = zip(trace["text"], trace["x"], strict=True)
        found = {text.partition("<br>")[0]: value for text, value in named}
        assert found == pytest.approx(expected[trace["name"].split()[0]].to_dict(), abs=1e-5)
    assert "leave out those that not every strategy can have: k_nearest_neighbors." in varied[1]


def test_the_highest_score_is_called_optimistic_and_stands_beside_the_corrected_one(
    varied: tuple[Evidence, str],
) -> None:
    text = varied[1]

    assert "highest (optimistic)" in text
    assert "optimistic: the first of many" in text
    assert re.search(r"gives f2 in the mean 0\.\d{3} on new rows", text)


def fold_scores(evidence: Evidence, dataset: str) -> list[pd.DataFrame]:
    """Inner and outer scores, a row a fold and a column a pair; more is better."""
    found = cells(evidence.rows, evidence.asked)
    return by_fold(found[found["dataset"] == dataset], "inner", "quality")


def test_the_corrected_score_is_that_of_the_best_inner_score_in_each_fold(
    varied: tuple[Evidence, str],
) -> None:
    evidence, text = varied
    rows = [r for r in evidence.rows if r.cell.dataset == "wine_2" and r.cell.model != "external"]
    chosen = []
    for fold in range(3):
        here = [row for row in rows if row.cell.fold == fold]
        most = max(row.inner["tuned"] for row in here)
        tied = [row.scores.values["tuned"]["f2"] for row in here if row.inner["tuned"] == most]
        chosen.append(np.mean(tied))
    line = next(
        part for part in text.split("<tr>") if part.startswith('<td class="name">wine_<wbr>2')
    )

    assert f">{np.mean(chosen):.3f}<" in line


def test_the_tie_group_is_what_the_corrected_t_test_leaves(varied: tuple[Evidence, str]) -> None:
    evidence, text = varied
    outer = fold_scores(evidence, "wine_2")[1].dropna(
        axis=1
    )  # one was imported without a threshold
    best = outer.mean().idxmax()
    others = outer.drop(columns=[best])
    gains = others.sub(outer[best], axis=0)
    t = gains.mean() / np.sqrt((1 / 3 + 1 / 2) * gains.var(ddof=1))
    p = 2 * scipy_stats.t.sf(t.abs().fillna(0), 2)
    order = np.argsort(p, kind="stable")
    holm = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    expected = {best} | {others.columns[i] for i, q in zip(order, holm, strict=True) if q >= 0.05}

    found = ties(evidence).on["wine_2"]

    marked = {tuple(r[1:3]) for r in data_of(text)["board"]["rows"] if r[0] == "wine_2" and r[6]}
    assert set(found) == expected == marked
    assert "≈ marks the tie group" in text
    assert "Wilcoxon's test was not run" in html.unescape(text)


def test_scores_of_a_loss_are_turned_so_that_more_is_better(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, models=["logistic_regression"], metrics=["brier", "f2"],
                        tuning={"trials": 3, "folds": 2})  # fmt: skip
    journal = computed_here(suite)
    row = journal.rows()[0]
    outcome = journal.outcome(row.cell, row.fit_key)
    evidence, _ = made(journal)
    assert outcome is not None
    assert outcome.predictions is not None

    inner, outer = fold_scores(evidence, "clusters")

    loss = brier_score_loss(outcome.predictions.y, outcome.predictions.default.test)
    assert outer.iloc[0, 0] == pytest.approx(-loss)
    assert -0.5 < inner.iloc[0, 0] < 0
    history = evidence.pairs[row.cell.pair].history
    assert history is not None
    assert sorted(history[0], reverse=True) == history[0]


def test_one_dataset_leaves_out_what_needs_more_and_says_so(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, strategies=["none", "class_weight"],
                        models=["logistic_regression"])  # fmt: skip

    text = made(computed_here(suite))[1]

    assert text.count("Ranks need datasets of two families; there are results for 1 dataset") == 3
    assert "The suite does not tune: every pair ran with its defaults." in text
    assert "the suite asks for the default threshold alone" in text
    assert "The suite measures no probability metric" in text


def test_a_journal_without_results_still_gives_a_page(tmp_path: Path) -> None:
    suite = write_suite(tmp_path, models=["logistic_regression"])
    computed = computed_here(suite)
    computed._db.execute("DELETE FROM outcomes")

    text = made(computed)[1]

    assert "Nothing has been measured yet: no cell has scores." in text
    assert "No pair has scores." in text


def test_the_suite_in_the_report_runs_again_as_the_same_suite(
    folder: Path, varied: tuple[Evidence, str], tmp_path: Path
) -> None:
    again = tmp_path / "again.yaml"
    again.write_text(suite_text(varied[0].suite), encoding="utf-8")
    first, second = flow.load_suite(folder / "suite.yaml"), flow.load_suite(again)

    assert second.model_dump(exclude={"folder"}) == first.model_dump(exclude={"folder"})
    assert html.escape(yaml.safe_dump({"name": "small"}).strip()) in varied[1]


def test_provenance_names_fingerprints_versions_and_what_was_imported(
    varied: tuple[Evidence, str],
) -> None:
    evidence, text = varied

    assert all(facts["fingerprint"] in text for facts in evidence.datasets.values())
    assert "imported: it ran elsewhere" in text
    assert ">seed</th>" in text


def test_curves_are_drawn_for_the_baseline_and_the_best_where_not_all_can_be(
    journal: Journal,
) -> None:
    evidence = read(journal, 5)
    drawn = {pair for pair, found in evidence.pairs.items() if not isinstance(found.curves, str)}
    without = {found.curves for found in evidence.pairs.values() if isinstance(found.curves, str)}

    assert len(drawn) == 5
    assert {pair for pair in evidence.pairs if pair[1] == "none"} <= drawn
    assert without == {"they are drawn for the best pairs only"}


def test_the_command_writes_the_page_and_names_its_size(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "deep.html"
    suite, where = str(folder / "suite.yaml"), str(folder / "results")

    code = run_command_line(["report", suite, "--results", where, "-o", str(target)])

    assert code == 0
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert capsys.readouterr().out == f"Report    {target} ({target.stat().st_size / 1e6:.1f} MB)\n"
    assert target.stat().st_size < 10e6


@pytest.mark.parametrize(
    ("output", "message"),
    [(".", "is a folder; name a file in it"), ("nowhere/report.html", "cannot be written")],
)
def test_an_output_that_cannot_be_written_is_one_line(
    folder: Path, output: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    suite, where = str(folder / "suite.yaml"), str(folder / "results")

    code = run_command_line(["report", suite, "--results", where, "-o", output])

    error = capsys.readouterr().err
    assert code == 2
    assert message in error
    assert len(error.strip().splitlines()) == 1


def logged(folder: Path, tmp_path: Path) -> str:
    """The report on the run of the only invocation."""
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("small")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id], "tags.`benchmark.kind` = 'invocation'")
    path = client.download_artifacts(run.info.run_id, "report.html", str(tmp_path))
    return Path(path).read_text(encoding="utf-8")


def test_a_run_logs_the_report_and_one_that_cannot_be_made_fails_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(evidence: Evidence) -> str:
        raise ValueError("<no> page")

    suite = write_suite(tmp_path, models=["logistic_regression"], tracking={})
    looking = Onlooker()
    flow.execute(suite, flow.Options(results=tmp_path / "good"), looking)
    monkeypatch.setattr(package, "page", broken)
    summary = flow.execute(suite, flow.Options(results=tmp_path / "bad"), looking)

    assert "<title>small: benchmark report</title>" in logged(tmp_path / "good", tmp_path)
    assert "could not be made. ValueError: &lt;no&gt; page" in logged(tmp_path / "bad", tmp_path)
    assert looking.notes == []
    assert summary.failures == []
    assert isinstance(summary.table, pd.DataFrame)
