"""Shards part the cells of a plan between machines."""

from collections import Counter, defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugins_for_tests.suites import DATA, Onlooker, planned, write_suite

from benchmark import plan, run
from benchmark.cli.app import run_command_line
from benchmark.engine.plan import Plan
from benchmark.errors import BenchmarkError
from benchmark.flow import Options, execute
from benchmark.shard import Shard
from benchmark.types import Cell

LARGE = {"use": "synthetic", "as": "large", "params": {"rows": 400, "minority": 0.3}}
MANY: dict[str, Any] = {
    "datasets": [DATA, LARGE, "breast_cancer"],
    "strategies": ["none", "class_weight", "random_oversampling"],
    "models": ["logistic_regression", "k_nearest_neighbors", "constant"],
    "cv": {"folds": 2, "repeats": 2},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Three datasets of three sizes, with pairs that are skipped."""
    return planned(write_suite(tmp_path_factory.mktemp("plan"), **MANY))


def parts(plan: Plan, of: int) -> list[list[Cell]]:
    """The cells of every shard."""
    picks = [Shard(number, of).picks(plan) for number in range(1, of + 1)]
    return [[cell for cell in plan.cells() if mine(cell)] for mine in picks]


def costs(plan: Plan, cells: list[Cell]) -> dict[tuple[Any, ...], int]:
    """Group → values times fits of its cells."""
    fits = {pair.name: plan.fits(pair) for pair in plan.pairs}
    found: Counter[tuple[Any, ...]] = Counter()
    for cell in cells:
        group = (cell.dataset, cell.strategy, cell.repeat, cell.fold)
        found[group] += plan.datasets[cell.dataset].X.size * fits[cell.pair]
    return found


def imagined(sizes: list[int], strategies: int, folds: int, models: int = 1) -> Any:
    """What a shard reads of a plan, without data."""
    names = [f"data {i}" for i in range(len(sizes))]
    pairs = [
        SimpleNamespace(dataset=d, strategy=SimpleNamespace(name=str(s)), name=(d, str(s), str(m)))
        for d in names
        for s in range(strategies)
        for m in range(models)
    ]
    folded = {name: tuple((0, fold) for fold in range(folds)) for name in names}
    return SimpleNamespace(
        pairs=pairs,
        folds=folded,
        fits=lambda pair: 1,
        datasets={
            n: SimpleNamespace(X=np.zeros(size)) for n, size in zip(names, sizes, strict=True)
        },
        cells=lambda: [Cell(*pair.name, *fold) for pair in pairs for fold in folded[pair.dataset]],
    )


@pytest.mark.parametrize("of", range(1, 10))
def test_every_cell_is_in_exactly_one_shard(made: Plan, of: int) -> None:
    shards = parts(made, of)

    assert Counter(cell for shard in shards for cell in shard) == Counter(made.cells())


@pytest.mark.parametrize("of", range(2, 10))
def test_cells_that_share_fitted_work_stay_together(made: Plan, of: int) -> None:
    where = defaultdict(set)
    for number, shard in enumerate(parts(made, of)):
        for cell in shard:
            where[cell.dataset, cell.repeat, cell.fold, cell.strategy].add(number)

    assert {len(numbers) for numbers in where.values()} == {1}


@given(
    st.lists(st.integers(1, 1000), min_size=1, max_size=6),
    st.integers(1, 5),
    st.integers(1, 6),
    st.integers(2, 12),
)
def test_shards_differ_by_the_cost_of_one_group_at_most(
    sizes: list[int], strategies: int, folds: int, of: int
) -> None:
    plan = imagined(sizes, strategies, folds)

    loads = [sum(costs(plan, cells).values()) for cells in parts(plan, of)]

    assert max(loads) - min(loads) <= max(sizes)


def test_a_real_plan_is_dealt_as_evenly(made: Plan) -> None:
    dearest = max(costs(made, list(made.cells())).values())

    for of in range(2, 10):
        loads = [sum(costs(made, cells).values()) for cells in parts(made, of)]
        assert max(loads) - min(loads) <= dearest


@pytest.mark.parametrize("of", [2, 4, 5, 10])
def test_no_shard_gets_all_of_a_dear_strategy(of: int) -> None:
    plan = imagined([100] * 10, strategies=4, folds=4)

    for cells in parts(plan, of):
        counts = Counter(cell.strategy for cell in cells)
        assert set(counts.values()) == {40 // of}


def test_more_shards_than_groups_leave_some_empty() -> None:
    plan = imagined([10, 20], strategies=1, folds=2, models=3)

    assert sorted(map(len, parts(plan, 7))) == [0, 0, 0, 3, 3, 3, 3]
    assert [c for c in plan.cells() if Shard(10**9, 10**9).picks(plan)(c)] == []


def test_shards_do_not_depend_on_what_is_done(tmp_path: Path) -> None:
    path = write_suite(tmp_path, strategies=["none", "class_weight"], models=["ridge", "constant"])
    options = {"results": tmp_path / "results", "shard": "1/2"}

    first = execute(path, Options(**options))
    execute(path, Options(results=tmp_path / "results"))
    again = execute(path, Options(**options))

    assert (first.computed, again.computed) == (len(first.rows), 0)
    assert [row.cell for row in again.rows] == [row.cell for row in first.rows]
    assert 0 < len(first.rows) < 8


def test_a_shard_counts_its_own_cells_and_the_rest_stay_pending(tmp_path: Path) -> None:
    path, results = write_suite(tmp_path, **MANY), tmp_path / "results"
    onlooker = Onlooker()

    summary = execute(path, Options(results=results, shard="2/3"), onlooker)
    own, all_of_it = (plan(path, results=results, shard=shard) for shard in ("2/3", None))
    other = plan(path, results=results, shard="1/3")

    count = len(parts(planned(path), 3)[1])
    assert onlooker.starts == [(count, 0, 1)]
    assert {row.status for row in summary.rows} == {"ok"}
    assert (own.cells, own.done) == (len(summary.rows), summary.computed) == (count, count)
    assert (all_of_it.cells, all_of_it.done) == (96, count)
    assert other.done == 0


def test_only_picks_within_a_shard(tmp_path: Path) -> None:
    path = write_suite(tmp_path, **MANY)
    only = {"strategy": ["none"]}

    summary = execute(path, Options(results=tmp_path / "out", shard="2/3", only=only))

    wanted = [cell for cell in parts(planned(path), 3)[1] if cell.strategy == "none"]
    assert {row.cell for row in summary.rows} == set(wanted)


def test_a_shard_sends_nothing_to_mlflow_and_says_so(tmp_path: Path) -> None:
    path, onlooker = write_suite(tmp_path, tracking={"experiment": "e"}), Onlooker()

    summary = execute(path, Options(results=tmp_path / "out", shard="1/2"), onlooker)

    assert onlooker.notes == [
        "a shard sends nothing to MLflow; `merge` the shards, then `sync`",
    ]
    assert summary.tracking_uri is None
    assert not (tmp_path / "out" / "mlflow.db").exists()


@pytest.mark.parametrize("text", ["0/8", "9/8", "2", "a/b", "2/0", "", "-1/2", "1/2/3", "1/٢"])
def test_what_is_no_shard_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = write_suite(tmp_path)

    for asked in (run, plan):
        with pytest.raises(BenchmarkError) as caught:
            asked(path, shard=text, results=tmp_path / "out")
        assert str(caught.value).startswith(f"shard {text!r}: write K/N for the K-th of N parts")
        assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_command_line_takes_a_shard(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = write_suite(tmp_path, **MANY), tmp_path / "out"

    code = run_command_line(["run", str(path), "--results", str(out), "--shard", "3/3"])
    shown = capsys.readouterr()
    planned_code = run_command_line(["plan", str(path), "--results", str(out), "--shard", "3/3"])
    preview = capsys.readouterr()

    count = len(parts(planned(path), 3)[2])
    assert (code, planned_code) == (0, 0)
    assert f"({count} cells computed now)" in shown.out
    assert "not computed yet" not in shown.out
    assert f"{count} cells in shard 3/3: {count} done, 0 to do." in preview.out


def test_a_bad_shard_exits_2_and_a_shard_with_a_failure_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = {"limits": {"seconds": 0.01}, "models": ["random_forest"]}
    path = write_suite(tmp_path, **failing)
    arguments = ["run", str(path), "--results", str(tmp_path / "out"), "--shard"]

    assert run_command_line([*arguments, "9/8"]) == 2
    assert "error: shard '9/8': write K/N" in capsys.readouterr().err
    assert run_command_line([*arguments, "1/2"]) == 1
    said = capsys.readouterr().out
    assert "1 cell is not ok" in said
    assert "This is shard 1/2: 1 of the suite's 2 cells. When all shards have run" in said
