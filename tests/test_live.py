"""Pairs go to the tracking store while others are still being computed."""

import threading
import time
from collections.abc import Sequence
from itertools import chain, repeat
from pathlib import Path

import pytest
from plugins_for_tests.suites import computed_here, write_suite

from benchmark.errors import TrackingError
from benchmark.journal import live
from benchmark.journal.live import LiveTracking
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal
from benchmark.types import Cell

CONSTANT, LOGISTIC = [("clusters", "none", model) for model in ("constant", "logistic_regression")]


class Store:
    """Stands for a tracking store: remembers what it was given, waits or fails when told to."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.folds: list[int] = []
        self.syncs = self.pairs_sent = self.stops = 0
        self.arrived = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.error: TrackingError | None = None

    def __call__(self, journal: Journal, uri: str, tables: object) -> "Store":
        return self

    def send(self, rows: Sequence[Row]) -> None:
        self.arrived.set()
        self.may_go_on.wait(10)
        self.sent.append(rows[0].cell.pair)
        self.folds += [row.cell.fold for row in rows]
        self.fail()

    def stop(self) -> None:
        self.stops += 1

    def sync(self) -> None:
        self.syncs += 1
        self.fail()

    def fail(self) -> None:
        if self.error is not None:
            raise self.error


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal with two finished pairs of two folds."""
    folder = tmp_path_factory.mktemp("live")
    journal = computed_here(write_suite(folder, models=[CONSTANT[2], LOGISTIC[2]]))
    journal.close()
    return journal.path


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(live, "Tracker", store)
    return store


def cells(*pairs: tuple[str, str, str]) -> list[Cell]:
    return [Cell(*pair, 0, fold) for pair in pairs for fold in (1, 0)]


def tracking(path: Path, notes: list[str], uri: str | None = "here") -> LiveTracking:
    return LiveTracking(path, uri, dict, cells(CONSTANT, LOGISTIC), notes.append)


def test_a_pair_is_sent_when_its_last_cell_has_ended(path: Path, store: Store) -> None:
    with tracking(path, []) as sending:
        sending.offer(Cell(*LOGISTIC, 0, 1))
        sending.offer(Cell(*CONSTANT, 0, 0))
        sending.offer(Cell(*LOGISTIC, 0, 0))
        store.arrived.wait(10)

    assert store.sent == [LOGISTIC]
    assert store.folds == [0, 1]


def test_what_is_left_is_sent_at_the_end(path: Path, store: Store) -> None:
    with tracking(path, []):
        before = store.syncs

    assert (before, store.syncs) == (0, 1)


def test_cells_go_on_while_a_pair_is_being_sent(path: Path, store: Store) -> None:
    store.may_go_on.clear()

    with tracking(path, []) as sending:
        for cell in cells(CONSTANT, LOGISTIC):
            sending.offer(cell)
        unfinished = list(store.sent)
        store.may_go_on.set()

    assert unfinished == []
    assert store.sent == [CONSTANT, LOGISTIC]


def test_after_an_interruption_nothing_more_is_sent(path: Path, store: Store) -> None:
    store.may_go_on.clear()
    threading.Timer(0.2, store.may_go_on.set).start()

    with pytest.raises(KeyboardInterrupt), tracking(path, []) as sending:
        for cell in cells(CONSTANT, LOGISTIC):
            sending.offer(cell)
        store.arrived.wait(10)
        raise KeyboardInterrupt

    assert store.sent == [CONSTANT]
    assert store.syncs == 0


def test_a_store_that_fails_is_told_of_once_and_the_run_goes_on(path: Path, store: Store) -> None:
    notes: list[str] = []
    store.error = TrackingError("MLflow at here: OSError: down")

    with tracking(path, notes) as sending:
        for cell in cells(CONSTANT, LOGISTIC):
            sending.offer(cell)

    assert store.sent == [CONSTANT]
    assert notes == [
        "MLflow at here: OSError: down; the results are complete, "
        "`python -m benchmark sync` sends them later"
    ]


def test_a_store_that_hangs_holds_the_end_of_a_run_no_longer_than_its_patience(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 0.5)
    store.may_go_on.clear()
    store.error = TrackingError("MLflow at here: too late to say")

    began = time.monotonic()
    with tracking(path, notes) as sending:
        for cell in cells(CONSTANT, LOGISTIC):
            sending.offer(cell)
        store.arrived.wait(10)
    seconds = time.monotonic() - began
    store.may_go_on.set()
    sending._thread.join(10)

    assert 0.5 < seconds < 15
    assert store.stops == 1
    assert notes == [
        "MLflow at here: too slow to wait for; the results are complete, "
        "`python -m benchmark sync` sends the rest later"
    ]


def test_pairs_that_arrive_meanwhile_are_waited_for(
    path: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes: list[str] = []
    counts = chain([0], repeat(10))
    monkeypatch.setattr(live, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(Store, "pairs_sent", property(lambda _: next(counts)), raising=False)
    store.may_go_on.clear()

    with tracking(path, notes) as sending:
        for cell in cells(CONSTANT, LOGISTIC):
            sending.offer(cell)
        store.arrived.wait(10)
        threading.Timer(1.0, store.may_go_on.set).start()

    assert (notes, store.syncs) == ([], 1)


def test_an_interruption_does_not_wait_for_a_store_that_hangs(path: Path, store: Store) -> None:
    store.may_go_on.clear()

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt), tracking(path, []) as sending:
        for cell in cells(CONSTANT, LOGISTIC):
            sending.offer(cell)
        store.arrived.wait(10)
        raise KeyboardInterrupt
    seconds = time.monotonic() - began
    store.may_go_on.set()

    assert seconds < 5
    assert store.syncs == 0


def test_without_a_store_nothing_is_sent(path: Path, store: Store) -> None:
    with tracking(path, [], uri=None) as sending:
        for cell in cells(CONSTANT, LOGISTIC):
            sending.offer(cell)

    assert (store.sent, store.syncs) == ([], 0)
