"""Tie groups by a paired bootstrap over the rows of a journal."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from plugins_for_tests.suites import write_suite

from benchmark import bootstrap
from benchmark.analysis.best import Best, best_pairs
from benchmark.analysis.stats import NotRun
from benchmark.flow import Options, execute, load_suite
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal
from benchmark.results import recorded, tied_by_rows
from benchmark.types import Cell, Scores

DATA = {"use": "synthetic", "as": "clusters", "params": {"rows": 600, "minority": 0.3}}
TWIN = {"use": "none", "as": "twin"}
OTHER = {"use": "class_weight", "as": "weighted"}


def both_tests(folder: Path, **settings: Any) -> tuple[Best, Best]:
    """The best pair of a suite by folds and by rows."""
    chosen: dict[str, Any] = {
        "datasets": [DATA],
        "strategies": ["none", TWIN, OTHER],
        "models": ["logistic_regression", "constant"],
        "metrics": ["f2", "roc_auc"],
        "thresholds": ["default"],
        "cv": {"folds": 3, "repeats": 2},
    }
    suite = load_suite(write_suite(folder, **chosen | settings))
    execute(suite, Options(results=folder / "results"))
    found = recorded(suite, results=folder / "results")
    bests = best_pairs(found.rows, suite)
    (name,) = bests
    return bests[name], tied_by_rows(suite, bests, results=folder / "results")[name]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Best, Best]:
    return both_tests(tmp_path_factory.mktemp("bootstrap"))


def test_a_twin_of_the_best_is_tied_and_a_model_that_learns_nothing_is_not(
    both: tuple[Best, Best],
) -> None:
    _, by_rows = both

    assert isinstance(by_rows.ties, tuple)
    assert by_rows.ties[0] == (by_rows.strategy, by_rows.model)
    assert {name for name, model in by_rows.ties if model == "constant"} == set()
    twins = {("none", "logistic_regression"), ("twin", "logistic_regression")}
    assert twins & set(by_rows.ties) in (set(), twins)


def test_the_score_and_its_correction_stay_what_they_are(both: tuple[Best, Best]) -> None:
    by_folds, by_rows = both

    assert (by_rows.score, by_rows.pairs) == (by_folds.score, by_folds.pairs)
    assert by_rows.test == "the paired bootstrap over rows"


def test_a_metric_that_is_not_made_of_decisions_is_not_tested(tmp_path: Path) -> None:
    _, by_rows = both_tests(tmp_path, metrics=["roc_auc", "f2"])

    assert isinstance(by_rows.ties, NotRun)
    assert "counts decisions, which roc_auc is not made of" in str(by_rows.ties)


def test_rows_of_a_group_are_not_taken_apart(tmp_path: Path) -> None:
    lines = [f"{i % 7 + (i % 3 == 0) * 3},{i % 40},{int(i % 3 == 0)}" for i in range(240)]
    text = "\n".join(["a,who,target", *lines])
    (tmp_path / "grouped.csv").write_text(text, encoding="utf-8")
    data = {"use": "grouped.csv", "groups": "who", "drop": []}

    _, by_rows = both_tests(tmp_path, datasets=[data], cv={"folds": 3})

    assert isinstance(by_rows.ties, NotRun)
    assert "rows of a group belong together" in str(by_rows.ties)


def test_a_dataset_of_many_classes_is_tested_on_its_own_decisions(tmp_path: Path) -> None:
    lines = [f"{i % 3 + (i % 11) / 10},{i % 5},{'abc'[i % 3]}" for i in range(180)]
    text = "\n".join(["a,b,target", *lines])
    (tmp_path / "many.csv").write_text(text, encoding="utf-8")

    _, by_rows = both_tests(tmp_path, datasets=["many.csv"], metrics=["macro_f2"])

    assert isinstance(by_rows.ties, tuple)
    assert {model for _, model in by_rows.ties} == {"logistic_regression"}


def test_a_pair_that_is_better_over_the_rows_is_as_good_as_the_best(
    both: tuple[Best, Best], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    y = np.repeat([0, 1], [140, 60])
    half, perfect, nothing = (np.where(np.arange(200) % k == 0, 1 - y, y) for k in (4, 999, 1))
    said = {("none", "a"): half, ("none", "b"): perfect, ("none", "c"): nothing}
    rows = np.arange(200)
    decided = {pair: bootstrap.Said(rows, y, values) for pair, values in said.items()}
    monkeypatch.setattr(bootstrap, "_said", lambda *_: dict(decided))
    best = replace(both[0], strategy="none", model="a")
    row = Row(Cell("d", "none", "a", 0, 0), "ok", Scores(), "fit", "score", "now")
    suite = load_suite(write_suite(tmp_path))

    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.write_plan([], [], {"datasets": {"d": {"classes": {"0": 140, "1": 60}}}})
        monkeypatch.setattr(journal, "rows", lambda: [row])
        found = bootstrap.tied_by_rows(journal, suite, {"d": best})["d"]

    assert found.ties == (("none", "a"), ("none", "b"))
