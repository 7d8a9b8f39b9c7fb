"""Stale results are impossible, and nothing is computed twice."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from plugins_for_tests.suites import (
    DATA,
    copy_plugin,
    fit_keys,
    planned,
    unloaded_afterwards,
    write_suite,
)

from benchmark.flow import Options, execute
from benchmark.journal import keys
from benchmark.resume import keyed_cells
from benchmark.types import Cell

OTHER = {"use": "synthetic", "as": "others", "params": {"rows": 150, "minority": 0.4}}
SUITE: dict[str, Any] = {
    "datasets": [DATA, OTHER],
    "strategies": ["none", "smote", "guess"],
    "models": ["constant", "logistic_regression"],
    "plugins": ["needy"],
    "limits": {"seconds": 60, "memory": "2GiB"},
}
TUNED = SUITE | {"tuning": {"trials": 2, "folds": 2}, "thresholds": ["default", "tuned"]}
PAIRS = {
    (dataset, strategy, model)
    for dataset in ("clusters", "others")
    for strategy in ("none", "smote", "guess")
    for model in ("constant", "logistic_regression")
}
Concerned = Callable[[tuple[str, str, str]], bool]


def said(value: object) -> str:
    """A test id that is the same in every process."""
    return getattr(value, "__name__", str(value))[:60]


def everything(pair: tuple[str, str, str]) -> bool:
    return True


def nothing(pair: tuple[str, str, str]) -> bool:
    return False


def only(*names: str) -> Concerned:
    """The pairs that have one of these names in them."""
    return lambda pair: not set(names).isdisjoint(pair)


@pytest.fixture(autouse=True)
def plugins(tmp_path: Path) -> Iterator[None]:
    copy_plugin("needy", tmp_path)
    copy_plugin("needy_helper", tmp_path)
    with unloaded_afterwards(tmp_path):
        yield


def stale(before: dict[Cell, str], after: dict[Cell, str]) -> set[tuple[str, str, str]]:
    """The pairs that have a cell to compute again."""
    return {cell.pair for cell, key in after.items() if key not in before.values()}


def concerned(wanted: Concerned) -> set[tuple[str, str, str]]:
    return {pair for pair in PAIRS if wanted(pair)}


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"seed": 2}, everything),
        ({"fit_seed": 2}, everything),
        ({"fit_seed": 1}, nothing),  # it is the suite's
        ({"cv": {"folds": 3}}, everything),
        ({"device": "cuda"}, everything),
        ({"preprocess": {"scale": "robust"}}, everything),
        ({"preprocess": {"categories": "ordinal"}}, everything),
        ({"tuning": {"trials": 2}}, everything),
        ({"thresholds": ["default", "tuned"]}, everything),
        ({"datasets": [DATA, OTHER | {"params": {"rows": 151}}]}, only("others")),
        ({"datasets": [DATA, OTHER | {"thin": {"positive": 0.2}}]}, only("others")),
        ({"datasets": [DATA, OTHER | {"positive": 0}]}, only("others")),
        ({"datasets": [DATA, OTHER | {"preprocess": {"scale": "none"}}]}, only("others")),
        (
            {
                "strategies": [
                    "none",
                    {"use": "smote", "as": "smote", "params": {"balance": 0.5}},
                    "guess",
                ]
            },
            only("smote"),
        ),
        (
            {"models": ["constant", {"use": "logistic_regression", "params": {"C": 0.5}}]},
            only("logistic_regression"),
        ),
        ({"metrics": ["f1", "f2", "roc_auc", "brier"]}, nothing),
        ({"limits": {"seconds": 1, "memory": "1GiB"}}, nothing),
        ({"backend": {"workers": 3}}, nothing),
        ({"name": "renamed"}, nothing),
        ({"tracking": {"experiment": "another"}}, nothing),
        ({"cv": {"folds": 2, "repeats": 1}}, nothing),
    ],
    ids=said,
)
def test_a_change_of_the_suite_concerns_what_it_can_change_and_nothing_else(
    tmp_path: Path, change: dict[str, Any], wanted: Concerned
) -> None:
    before = fit_keys(write_suite(tmp_path, **SUITE))

    after = fit_keys(write_suite(tmp_path, **SUITE | change))

    assert stale(before, after) == concerned(wanted)


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"tuning": {"trials": 3, "folds": 2}}, everything),
        ({"tuning": {"trials": 2, "folds": 3}}, everything),
        ({"metrics": ["f1", "f2"]}, everything),
        ({"metrics": ["f2", "roc_auc", "f1", "mcc"]}, nothing),
        ({"thresholds": ["default"]}, nothing),
    ],
    ids=said,
)
def test_a_change_of_the_search_concerns_every_tuned_cell_and_new_scores_none(
    tmp_path: Path, change: dict[str, Any], wanted: Concerned
) -> None:
    before = fit_keys(write_suite(tmp_path, **TUNED))

    after = fit_keys(write_suite(tmp_path, **TUNED | change))

    assert stale(before, after) == concerned(wanted)


@pytest.mark.parametrize(
    ("headline", "tuning", "concerned_by_it"),
    [
        ("deployed_f1", {"trials": 2}, True),
        ("deployed_f1", "off", False),
        ("f2", {"trials": 2}, False),
    ],
)
@pytest.mark.parametrize("where", ["suite", "dataset"])
def test_a_prevalence_concerns_what_a_metric_of_it_chose(
    tmp_path: Path, headline: str, tuning: Any, concerned_by_it: bool, where: str
) -> None:
    def found(prevalence: float) -> dict[Cell, str]:
        more = {"prevalence": prevalence}
        data = {"datasets": [DATA | more], "prevalence": 0.5} if where == "dataset" else more
        chosen = {"metrics": [headline, "deployed_precision"], "tuning": tuning}
        return fit_keys(write_suite(tmp_path, **SUITE | {"datasets": [DATA]} | chosen | data))

    before, after = found(0.3), found(0.01)

    assert (before != after) is concerned_by_it
    assert found(0.3) == before


def test_every_cell_of_a_changed_pair_is_concerned(tmp_path: Path) -> None:
    before = fit_keys(write_suite(tmp_path, **SUITE))

    after = fit_keys(write_suite(tmp_path, **SUITE | {"seed": 2}))

    assert not set(after.values()) & set(before.values())
    assert len(set(after.values())) == len(after) == 2 * len(PAIRS)


def test_more_repeats_leave_the_first_ones_as_they_were(tmp_path: Path) -> None:
    before = fit_keys(write_suite(tmp_path, **SUITE))

    after = fit_keys(write_suite(tmp_path, **SUITE | {"cv": {"folds": 2, "repeats": 2}}))

    assert {cell: key for cell, key in after.items() if cell.repeat == 0} == before


def test_an_alias_concerns_nothing(tmp_path: Path) -> None:
    before = fit_keys(write_suite(tmp_path, **SUITE))
    renamed = {
        "datasets": [DATA | {"as": "renamed"}, OTHER],
        "strategies": ["none", {"use": "smote", "as": "renamed"}, "guess"],
        "models": ["constant", {"use": "logistic_regression", "as": "renamed"}],
    }

    after = fit_keys(write_suite(tmp_path, **SUITE | renamed))

    assert sorted(after.values()) == sorted(before.values())


@pytest.mark.parametrize("column", ["a", "word", "target"])
def test_one_datum_in_row_15000_concerns_its_dataset(tmp_path: Path, column: str) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=20_000), "word": ["x"] * 20_000})
    frame["target"] = rng.integers(0, 2, 20_000)
    frame.to_parquet(tmp_path / "table.parquet")
    path = write_suite(tmp_path, **SUITE | {"datasets": ["table.parquet", OTHER]})
    before = fit_keys(path)

    changed = {"a": 0.5, "word": "y", "target": 1 - frame.at[15_000, "target"]}
    frame.at[15_000, column] = changed[column]
    frame.to_parquet(tmp_path / "table.parquet")

    assert {pair[0] for pair in stale(before, fit_keys(path))} == {"table"}
    assert len(stale(before, fit_keys(path))) == len(PAIRS) / 2


@pytest.mark.parametrize(
    ("package", "wanted"),
    [
        ("sklearn", everything),
        ("numpy", everything),
        ("imblearn", only("smote")),
        ("xgboost", nothing),
        ("optuna", nothing),
        ("mlflow", nothing),
    ],
)
def test_another_version_concerns_the_pairs_that_use_the_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, wanted: Concerned
) -> None:
    path = write_suite(tmp_path, **SUITE)
    before = fit_keys(path)
    real = keys.version

    with monkeypatch.context() as patch:
        patch.setattr(keys, "version", lambda name: real(name) + "+1" * (name == package))
        after = fit_keys(path)

    assert stale(before, after) == concerned(wanted)


def test_another_optuna_concerns_every_tuned_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_suite(tmp_path, **TUNED)
    before = fit_keys(path)
    real = keys.version

    monkeypatch.setattr(keys, "version", lambda name: real(name) + "+1" * (name == "optuna"))

    assert stale(before, fit_keys(path)) == PAIRS


def test_another_python_concerns_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_suite(tmp_path, **SUITE)
    before = fit_keys(path)

    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")

    assert stale(before, fit_keys(path)) == PAIRS


@pytest.mark.parametrize(
    ("file", "old", "new", "wanted"),
    [
        ("needy.py", 'strategy="constant"', 'strategy="prior"', only("guess")),
        ("needy_helper.py", "return 1", "return 0", only("guess")),
        ("needy.py", "Answer with", "Reply with", nothing),
        ("needy.py", "    from needy_helper", "    # why\n    from needy_helper", nothing),
        ("needy_helper.py", '    """The class to say."""\n', "", nothing),
        ("needy_helper.py", "return 1", "return (1)  # one", nothing),
    ],
)
def test_code_of_a_plugin_and_of_its_helper_concerns_its_pairs_and_words_concern_none(
    tmp_path: Path, file: str, old: str, new: str, wanted: Concerned
) -> None:
    path = write_suite(tmp_path, **SUITE)
    before = fit_keys(path)

    edit(tmp_path / file, old, new)

    assert stale(before, fit_keys(path)) == concerned(wanted)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("module", "code", "wanted"),
    [
        ("benchmark.engine.fit", "\nCHANGED = 1\n", everything),
        ("benchmark.engine.tune", "\nCHANGED = 1\n", everything),
        ("benchmark.engine.splits", "\nCHANGED = 1\n", everything),
        ("benchmark.catalogue.resampling", "\nCHANGED = 1\n", only("smote")),
        ("benchmark.catalogue.strategies.oversampling", "\nCHANGED = 1\n", only("smote")),
        ("benchmark.catalogue.models.linear", "\nCHANGED = 1\n", only("logistic_regression")),
        ("benchmark.catalogue.models.forest", "\nCHANGED = 1\n", nothing),
        ("benchmark.engine.fit", "\n# a comment\n", nothing),
        ("benchmark.catalogue.models.linear", "\n\n\n# words\n", nothing),
        ("benchmark.engine.backends.local", "\nCHANGED = 1\n", nothing),
        ("benchmark.journal.store", "\nCHANGED = 1\n", nothing),
    ],
)
def test_code_of_this_project_concerns_the_pairs_that_it_computes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, code: str, wanted: Concerned
) -> None:
    path = write_suite(tmp_path, **SUITE)
    before = fit_keys(path)
    real = keys._source_path
    source = real(module)
    assert source is not None
    changed = Path(shutil.copy(source, tmp_path / "changed.py"))
    with changed.open("a", encoding="utf-8") as file:
        file.write(code)

    monkeypatch.setattr(
        keys, "_source_path", lambda name: changed if name == module else real(name)
    )
    monkeypatch.setattr(keys, "computing_digest", keys.computing_digest.__wrapped__)

    assert stale(before, fit_keys(path)) == concerned(wanted)


def test_code_of_a_metric_gives_new_scores_and_no_new_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_suite(tmp_path, **SUITE)
    before = keyed_cells(planned(path))
    real = keys.source_digest

    def changed(modules: Any) -> str:
        names = list(modules)
        return real(names) + "+1" * ("benchmark.catalogue.metrics.label" in names)

    monkeypatch.setattr(keys, "source_digest", changed)
    after = keyed_cells(planned(path))

    assert [k.fit_key for k in after] == [k.fit_key for k in before]
    assert not {k.score_key for k in after} & {k.score_key for k in before}


def run(tmp_path: Path, **settings: Any) -> tuple[int, pd.DataFrame]:
    """Run a suite; how many cells were computed, and the table without its order."""
    summary = execute(write_suite(tmp_path, **settings), Options(results=tmp_path / "results"))
    return summary.computed, summary.table.sort_values(list(summary.table)[:5], ignore_index=True)


def test_a_second_run_computes_nothing_and_an_edit_only_what_it_concerns(tmp_path: Path) -> None:
    first, table = run(tmp_path, **SUITE)
    second, again = run(tmp_path, **SUITE)
    edit(tmp_path / "needy_helper.py", "return 1", "return 0")
    third, edited = run(tmp_path, **SUITE | {"backend": {"workers": 2}})

    assert (first, second, third) == (24, 0, 8)
    pd.testing.assert_frame_equal(table, again, check_exact=True)
    guessed = table["strategy"] == "guess"
    pd.testing.assert_frame_equal(table[~guessed], edited[~guessed], check_exact=True)
    f2 = (edited["metric"] == "f2") & guessed
    assert set(edited.loc[f2, "mean"]) == {0.0}


def test_new_metrics_and_thresholds_are_scored_without_a_fit_as_a_fresh_run_would(
    tmp_path: Path,
) -> None:
    tuned = TUNED | {"datasets": [DATA], "thresholds": ["default"], "metrics": ["f2"]}
    wider = {"thresholds": ["tuned", "default"], "metrics": ["f2", "mcc", "roc_auc", "brier"]}

    run(tmp_path, **tuned)
    computed, table = run(tmp_path, **tuned | wider)
    fresh, expected = run(tmp_path, **tuned | wider | {"name": "fresh"})

    assert (computed, fresh) == (0, 12)
    pd.testing.assert_frame_equal(table, expected, check_exact=True)


def test_a_cell_that_met_a_limit_is_stale_once_that_limit_rises(tmp_path: Path) -> None:
    suite: dict[str, Any] = {
        "strategies": ["none", "slow", "hungry"],
        "plugins": ["needy"],
        "backend": {"workers": 2},
    }
    low, memory = {"seconds": 5, "memory": "150MiB"}, {"seconds": 5, "memory": "1GiB"}
    seconds = {"seconds": 60, "memory": "150MiB"}

    first, table = run(tmp_path, **suite, limits=low)
    again, _ = run(tmp_path, **suite, limits=low)
    lower, _ = run(tmp_path, **suite, limits={"seconds": 2, "memory": "100MiB"})
    more_memory, with_memory = run(tmp_path, **suite, limits=memory)
    more_seconds, with_both = run(tmp_path, **suite, limits=seconds)

    assert (first, again, lower, more_memory, more_seconds) == (6, 0, 0, 2, 2)
    assert failed(table) == {"none": 0, "slow": 2, "hungry": 2}
    assert failed(with_memory) == {"none": 0, "slow": 2, "hungry": 0}
    assert failed(with_both) == {"none": 0, "slow": 0, "hungry": 0}


def failed(table: pd.DataFrame) -> dict[str, int]:
    return dict(zip(table["strategy"], table["failed"], strict=True))


def test_two_names_for_the_same_thing_are_computed_once_and_both_shown(tmp_path: Path) -> None:
    twice = [{"use": "smote", "as": "one"}, {"use": "smote", "as": "two"}]

    computed, table = run(tmp_path, strategies=twice)

    assert computed == 2
    one, two = (table[table["strategy"] == name]["mean"].tolist() for name in ("one", "two"))
    assert one == two != []


def test_keys_of_different_folds_differ(tmp_path: Path) -> None:
    found = fit_keys(write_suite(tmp_path, cv={"folds": 2, "repeats": 2}))

    first = Cell("clusters", "none", "constant", 0, 0)
    assert len({found[first], found[replace(first, fold=1)], found[replace(first, repeat=1)]}) == 3
