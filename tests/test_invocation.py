"""Invocations sort in the order in which they began, whatever the clock says."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlflow import MlflowClient
from plugins_for_tests.suites import write_suite

from benchmark import compare
from benchmark.flow import Options, execute
from benchmark.journal import invocation
from benchmark.journal.invocation import new_invocation
from benchmark.journal.store import Journal

DAY, YEAR = 86_400.0, 365 * 86_400.0
NOW = 1_790_000_000.0
SUITE: dict[str, Any] = {"tracking": {"experiment": "clock"}, "thresholds": ["default"]}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock of this process, which goes on from there."""
    started, ahead = time.monotonic(), [0.0]
    strftime = time.strftime
    monkeypatch.setattr(time, "time", lambda: NOW + ahead[0] + time.monotonic() - started)
    monkeypatch.setattr(
        time,
        "strftime",
        lambda form, told=None: strftime(form, told or time.localtime(time.time())),
    )

    def set_ahead(seconds: float) -> None:
        ahead[0] = seconds

    return set_ahead


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20))
def test_each_name_sorts_after_all_before_it(jumps: list[int]) -> None:
    names: list[str] = []
    strftime = time.strftime
    with pytest.MonkeyPatch.context() as patch:
        for jump in jumps:
            told = time.localtime(NOW + jump)
            patch.setattr(invocation.time, "strftime", lambda form, told=told: strftime(form, told))
            names.append(new_invocation(names))

    assert names == sorted(set(names))


@pytest.mark.parametrize("name", ["", "first", "99991231-235959-abcdef", "now two"])
def test_a_name_that_tells_no_time_is_followed_too(name: str) -> None:
    assert new_invocation([name] if name else []) > name


def test_runs_whose_clock_jumps_lose_nothing_and_keep_their_order(
    tmp_path: Path, clock: Callable[[float], None]
) -> None:
    results = tmp_path / "results"
    began = []
    for models, ahead in ((["constant"], YEAR), (["constant", "decision_tree"], -DAY)):
        clock(ahead)
        path = write_suite(tmp_path, models=models, **SUITE)
        execute(path, Options(results=results), Jumping(clock, ahead))
        with Journal(results / "small" / "journal.sqlite") as journal:
            began.append(journal.last_invocation())

    with Journal(results / "small" / "journal.sqlite") as journal:
        assert journal.invocations() == began == sorted(began)
        rows = journal.rows()
    assert {row.cell.model: row.invocation for row in rows} == dict(
        zip(("constant", "decision_tree"), began, strict=True)
    )
    assert all(row.status == "ok" and row.seconds >= 0 for row in rows)
    assert len(compare(path, results=results)) == 4
    assert all(run.info.end_time >= run.info.start_time for run in runs(results))
    assert len(runs(results)) == 4


class Jumping:
    """Sets the clock back by a day more with every cell."""

    def __init__(self, clock: Callable[[float], None], ahead: float) -> None:
        self._clock = clock
        self._ahead = ahead

    def downloading(self, *_: object) -> None:
        pass

    def started(self, *_: object) -> None:
        pass

    def ended(self, _: object) -> None:
        self._ahead -= DAY
        self._clock(self._ahead)

    def note(self, text: str) -> None:
        raise AssertionError(text)


def runs(results: Path) -> list[Any]:
    client = MlflowClient(f"sqlite:///{results / 'mlflow.db'}")
    found = client.get_experiment_by_name("clock")
    assert found is not None
    return list(client.search_runs([found.experiment_id]))
