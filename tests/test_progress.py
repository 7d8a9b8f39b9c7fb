"""What a user sees while a suite runs."""

import io
from collections.abc import Mapping

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmark.cli import progress
from benchmark.cli.progress import Leader, Looking
from benchmark.engine.plan import Plan
from benchmark.suite import Suite
from benchmark.types import Cell, Outcome, Scores
from benchmark.use import DatasetUse, Use

SUITE = Suite(
    name="watched",
    datasets=(DatasetUse(use="a"),),
    strategies=(Use(use="none"),),
    models=(Use(use="xgboost"),),
)
PLAN = Plan(SUITE, {}, (), (), {})


def outcome(dataset: str, strategy: str, values: Mapping[str, Mapping[str, float]]) -> Outcome:
    return Outcome(Cell(dataset, strategy, "xgboost", 0, 0), "ok", Scores(values))


def text_of(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def test_the_leader_has_the_best_mean_over_datasets() -> None:
    leader = Leader(SUITE)

    leader.add(outcome("a", "none", {"tuned": {"f2": 0.9}}))
    leader.add(outcome("b", "none", {"tuned": {"f2": 0.3}}))
    leader.add(outcome("a", "smote", {"tuned": {"f2": 0.7}}))
    leader.add(outcome("b", "smote", {"tuned": {"f2": 0.7}}))

    assert str(leader) == "smote + xgboost f2 0.700 (optimistic)"


def test_a_pair_that_has_met_fewer_datasets_does_not_lead() -> None:
    leader = Leader(SUITE)

    leader.add(outcome("a", "none", {"tuned": {"f2": 0.5}}))
    leader.add(outcome("b", "none", {"tuned": {"f2": 0.5}}))
    leader.add(outcome("a", "lucky", {"tuned": {"f2": 0.99}}))

    assert str(leader) == "none + xgboost f2 0.500 (optimistic)"


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from(["none", "smote"]), st.floats(0, 1)),
        min_size=1,
    )
)
def test_the_leader_is_that_of_all_values_at_once(cells: list[tuple[str, str, float]]) -> None:
    leader = Leader(SUITE)
    for dataset, strategy, value in cells:
        leader.add(outcome(dataset, strategy, {"tuned": {"f2": value}}))

    frame = pd.DataFrame(cells, columns=["dataset", "strategy", "value"])
    means = frame.groupby(["strategy", "dataset"])["value"].mean().groupby("strategy")
    best = means.agg(["count", "mean"]).sort_values(["count", "mean"]).iloc[-1]
    assert float(str(leader).split()[-2]) == pytest.approx(best["mean"], abs=0.00051)


def test_less_is_better_for_a_loss() -> None:
    leader = Leader(SUITE.model_copy(update={"metrics": ("brier",)}))

    leader.add(outcome("a", "none", {"": {"brier": 0.25}}))
    leader.add(outcome("a", "smote", {"": {"brier": 0.125}}))

    assert str(leader) == "smote + xgboost brier 0.125 (optimistic)"


def test_nobody_leads_before_anything_is_known() -> None:
    leader = Leader(SUITE)

    leader.add(Outcome(Cell("a", "none", "xgboost", 0, 0), "failed"))

    assert str(leader) == ""


def test_a_log_gets_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "EVERY_SECONDS", 0.0)
    out = Console(file=io.StringIO(), width=100)
    looking = Looking(out)

    looking.started(PLAN, 2, 3, 1)
    looking.ended(outcome("a", "none", {"tuned": {"f2": 0.9}}))
    looking.ended(Outcome(Cell("a", "none", "xgboost", 0, 1), "failed"))
    looking.note("[something]")
    looking.stop()

    lines = text_of(out).splitlines()
    assert lines[0] == "watched: 2 cells to compute with 1 worker, 3 known"
    assert lines[1].startswith("1/2 cells, 0 failed, about")
    assert lines[1].endswith("leader none + xgboost f2 0.900 (optimistic)")
    assert lines[2].startswith("2/2 cells, 1 failed, about 0:00 left")
    assert lines[3] == "note: [something]"
    assert "\x1b" not in text_of(out)


def test_a_log_is_quiet_between_lines() -> None:
    out = Console(file=io.StringIO(), width=100)
    looking = Looking(out)

    looking.started(PLAN, 2, 0, 1)
    looking.ended(outcome("a", "none", {}))

    assert len(text_of(out).splitlines()) == 1


def test_a_second_suite_is_counted_from_the_start() -> None:
    out = Console(file=io.StringIO(), width=120)
    looking = Looking(out)
    for _ in range(2):
        looking.started(PLAN, 2, 0, 1)
        looking.ended(outcome("a", "none", {}))
        looking.ended(outcome("b", "none", {}))

    assert text_of(out).count("2/2 cells, 0 failed") == 2
    assert "3/2" not in text_of(out)


def test_a_terminal_gets_a_bar_with_failures_and_leader() -> None:
    out = Console(file=io.StringIO(), width=120, force_terminal=True)
    looking = Looking(out)

    looking.started(PLAN, 2, 0, 1)
    looking.ended(outcome("a", "none", {"tuned": {"f2": 0.9}}))
    looking.ended(Outcome(Cell("a", "none", "xgboost", 0, 1), "failed"))
    looking.stop()

    text = text_of(out)
    assert "1 failed" in text
    assert "leader none + xgboost f2 0.900" in text


def test_a_bar_does_not_move_for_every_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(Leader, "__str__", lambda self: asked.append(1) or "somebody")
    out = Console(file=io.StringIO(), width=120, force_terminal=True)
    looking = Looking(out)

    looking.started(PLAN, 1000, 0, 1)
    for _ in range(500):
        looking.ended(outcome("a", "none", {"tuned": {"f2": 0.9}}))
    looking.stop()

    assert 0 < len(asked) < 50


def test_a_platform_without_memory_limits_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "ENFORCED", False)
    out = Console(file=io.StringIO(), width=100)

    Looking(out).started(PLAN, 1, 0, 1)

    assert "limits.memory is not enforced" in text_of(out)


def test_a_download_in_a_log_is_told_at_its_start_and_its_end() -> None:
    out = Console(file=io.StringIO(), width=100)
    looking = Looking(out)

    for received in (1_000_000, 2_000_000, 3_000_000):
        looking.downloading("a [b].zip", received, 3_000_000)

    assert text_of(out) == (
        "downloading a [b].zip: 1.0 of 3.0 MB\ndownloading a [b].zip: 3.0 of 3.0 MB\n"
    )


def test_a_download_on_a_terminal_is_one_line_that_moves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "MOVE_SECONDS", 0.0)
    out = Console(file=io.StringIO(), width=100, force_terminal=True, highlight=False)
    looking = Looking(out)

    looking.downloading("set.zip", 1_000_000, None)
    looking.downloading("set.zip", 2_000_000, 2_000_000)

    assert text_of(out) == ("downloading set.zip: 1.0 MB\rdownloading set.zip: 2.0 of 2.0 MB\n")
