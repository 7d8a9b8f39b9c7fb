"""What is done, what is stale, what is left to do."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugins_for_tests.suites import DATA, computed_here, planned, write_suite

from benchmark.engine.score import score
from benchmark.errors import BenchmarkError
from benchmark.journal.rows import Keyed, Known
from benchmark.journal.store import Journal
from benchmark.resume import is_to_do, keyed_cells, renewed, rescore, selector
from benchmark.suite import Limits
from benchmark.types import Cell, Outcome, Scoring

SCORING = Scoring(("f2", "mcc", "recall"), ("default",), ("0", "1"))
KEYED = Keyed(Cell("data", "none", "tree", 0, 0), "fit", "score")
MEMORY = 2**30
LIMITS = Limits(seconds=60.0, memory=MEMORY)
STATUSES = ("ok", "failed", "timeout", "out_of_memory", "killed")


def known(status: str, seconds: float = 60.0, memory: int = MEMORY) -> dict[str, Known]:
    return {"fit": Known(status, "score", seconds, memory)}


@pytest.mark.parametrize("retry_failed", [False, True])
def test_a_cell_without_an_outcome_is_to_do(retry_failed: bool) -> None:
    other = {"another fit": Known("ok", "score", 60.0, 1000)}

    assert is_to_do(KEYED, {}, LIMITS, retry_failed)
    assert is_to_do(KEYED, other, LIMITS, retry_failed)


@pytest.mark.parametrize("status", STATUSES)
def test_an_outcome_stands_under_the_limits_that_it_met(status: str) -> None:
    assert not is_to_do(KEYED, known(status), LIMITS, retry_failed=False)


@pytest.mark.parametrize(
    ("status", "stale"),
    [("ok", False), ("failed", True), ("timeout", True), ("out_of_memory", True), ("killed", True)],
)
def test_whatever_is_not_ok_is_tried_again_when_asked(status: str, stale: bool) -> None:
    assert is_to_do(KEYED, known(status), LIMITS, retry_failed=True) is stale


@given(st.sampled_from(STATUSES), st.floats(1, 100), st.integers(1, 2 * MEMORY))
def test_only_the_limit_that_a_cell_met_makes_it_stale_and_only_by_rising(
    status: str, seconds: float, memory: int
) -> None:
    raised = {"timeout": seconds < 60, "out_of_memory": memory < MEMORY}

    found = is_to_do(KEYED, known(status, seconds, memory), LIMITS, retry_failed=False)

    assert found is raised.get(status, False)


def test_the_largest_dataset_comes_first_and_its_folds_stay_together(tmp_path: Path) -> None:
    large = {"use": "synthetic", "as": "large", "params": {"rows": 400, "minority": 0.3}}
    path = write_suite(tmp_path, datasets=[DATA, large], models=["constant", "ridge"])

    cells = [keyed.cell for keyed in keyed_cells(planned(path))]

    assert [(cell.dataset, cell.fold, cell.model) for cell in cells] == [
        (dataset, fold, model)
        for dataset in ("large", "clusters")
        for fold in (0, 1)
        for model in ("constant", "ridge")
    ]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_suite(
        tmp_path_factory.mktemp("small"),
        strategies=["none", "class_weight"],
        models=["logistic_regression", "k_nearest_neighbors"],
    )


@pytest.mark.parametrize(
    ("only", "chosen"),
    [
        ({}, 4),
        ({"strategy": ["class_weight"]}, 2),
        ({"strategy": ["class_weight", "none"], "model": ["logistic_regression"]}, 2),
        ({"dataset": ["clusters"], "strategy": ["none"], "model": ["k_nearest_neighbors"]}, 1),
    ],
)
def test_only_leaves_the_pairs_that_have_every_name(
    small: Path, only: dict[str, list[str]], chosen: int
) -> None:
    made = planned(small)
    pairs = [pair.name for pair in made.pairs] + [skip.pair for skip in made.skips]

    assert sum(map(selector(made, only), pairs)) == chosen


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ({"strategy": ["nonne"]}, "--only strategy=nonne: unknown strategy 'nonne'. Did you mean"),
        ({"dataset": ["x"]}, "--only dataset=x: unknown dataset 'x'; known: clusters"),
        ({"modell": ["x"]}, "--only unknown kind 'modell'. Did you mean 'model'?"),
    ],
)
def test_a_name_that_the_suite_lacks_is_refused_with_the_nearest(
    small: Path, only: dict[str, list[str]], message: str
) -> None:
    with pytest.raises(BenchmarkError) as caught:
        selector(planned(small), only)

    assert str(caught.value).startswith(message)


def test_a_pair_that_is_skipped_may_be_named(small: Path) -> None:
    wanted = selector(planned(small), {"model": ["k_nearest_neighbors"]})

    assert wanted(("clusters", "class_weight", "k_nearest_neighbors"))


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A computed suite, whose metrics were others."""
    journal = computed_here(write_suite(tmp_path, models=["ridge"]))
    yield journal
    journal.close()


def test_scores_under_other_metrics_come_from_the_predictions(
    journal: Journal, tmp_path: Path
) -> None:
    made = planned(write_suite(tmp_path, models=["ridge"], metrics=["f2", "mcc", "recall"]))

    count = rescore(journal, keyed_cells(made), journal.known(), made)

    assert count == 2
    for row in journal.rows():
        outcome = journal.outcome(row.cell, row.fit_key)
        assert outcome is not None
        assert outcome.predictions is not None
        assert outcome.scores == score(outcome.predictions, SCORING)


def test_scores_under_the_same_metrics_are_left_alone(journal: Journal, tmp_path: Path) -> None:
    made = planned(write_suite(tmp_path, models=["ridge"]))

    assert rescore(journal, keyed_cells(made), journal.known(), made) == 0


@pytest.mark.parametrize("status", ["failed", "ok"])
def test_an_outcome_without_predictions_cannot_be_scored_again(
    journal: Journal, tmp_path: Path, status: str
) -> None:
    made = planned(write_suite(tmp_path, models=["ridge"], metrics=["mcc"]))
    cells = keyed_cells(made)
    for keyed in cells:
        old = Keyed(keyed.cell, keyed.fit_key, "old scores")
        journal.add(old, Outcome(keyed.cell, status), (1.0, 1), "now", 0.0)

    assert rescore(journal, cells, journal.known(), made) == 0
    assert {row.score_key for row in journal.rows()} == {"old scores"}


def test_an_outcome_that_is_gone_by_now_is_passed_over(journal: Journal, tmp_path: Path) -> None:
    made = planned(write_suite(tmp_path, models=["ridge"]))
    gone = Keyed(KEYED.cell, "gone", "new scores")

    assert rescore(journal, [gone], {"gone": Known("ok", "old", 1.0, 1)}, made) == 0


@pytest.mark.parametrize(
    ("changed", "written"),
    [
        ({}, 0),
        ({"limits": {"seconds": 5}}, 1),
        ({"metrics": ["mcc"]}, 1),
        ({"strategies": ["none", "smote"]}, 1),
        ({"strategies": ["none", "focal_loss"]}, 1),
    ],
    ids=["nothing", "a limit", "a metric", "a pair", "a pair that cannot be"],
)
def test_a_plan_is_written_where_something_of_it_has_changed(
    journal: Journal,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
    written: int,
) -> None:
    made = planned(write_suite(tmp_path, models=["ridge"], **changed))
    plans: list[Any] = []
    monkeypatch.setattr(Journal, "write_plan", lambda _, *plan: plans.append(plan))

    renewed(journal, made, keyed_cells(made), pytest.fail)

    assert len(plans) == written
