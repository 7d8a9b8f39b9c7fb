"""Sends pairs to MLflow while others are still being computed, off the critical path."""

import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from benchmark.journal.address import redacted
from benchmark.journal.store import Journal
from benchmark.journal.track import Tables, Tracker
from benchmark.journal.tracking_store import load_mlflow
from benchmark.types import Cell

Pair = tuple[str, str, str]


PATIENCE_SECONDS = 30.0  # that the end of a run waits for a store, and a second more
PAIR_SECONDS = 1.0  # for each pair that arrives meanwhile; it takes a tenth of that
LAST_SECONDS = 1.0  # that an interrupted run leaves a pair to arrive whole
LATER = "the results are complete, `python -m benchmark sync` sends"


class LiveTracking:
    """A thread that is told of every outcome and sends each pair when its last cell has ended.

    If the store fails, it says so once and leaves the rest to `sync`; so it does where the store is
    too slow for what is left when the last cell has ended. On leaving the context normally, all
    that is missing is sent; on an interruption nothing more is. Without a store nothing is sent.
    """

    def __init__(
        self,
        path: Path,
        uri: str | None,
        tables: Tables,
        cells: Iterable[Cell],
        note: Callable[[str], None],
        load_ahead: Callable[[], None] = lambda: None,
    ) -> None:
        """`load_ahead` imports what `tables` needs, which happens while workers start."""
        self._left = Counter(cell.pair for cell in cells)
        self._finished: queue.SimpleQueue[Pair | None] = queue.SimpleQueue()
        send_all = threading.Thread(target=self._send_all, args=(path, uri, tables), daemon=True)
        self._thread = send_all if uri is not None else threading.Thread()
        self._note = note
        self._load_ahead = load_ahead
        self._name = redacted(uri or "")
        self._aborted = False
        self._tracker: Tracker | None = None

    def __enter__(self) -> "LiveTracking":
        self._thread.start()
        return self

    def offer(self, cell: Cell) -> None:
        """A cell's outcome is in the journal."""
        self._left[cell.pair] -= 1
        if self._left[cell.pair] == 0:
            self._finished.put(cell.pair)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._finished.put(None)
        if kind is not None:
            self._abort()
            self._thread.join(LAST_SECONDS)
        elif not self._ends_in_time():
            self._abort()
            self._note(f"MLflow at {self._name}: too slow to wait for; {LATER} the rest later")

    def _abort(self) -> None:
        """Send nothing more, and say nothing more."""
        self._aborted = True
        if self._tracker is not None:
            self._tracker.stop()

    def _ends_in_time(self) -> bool:
        """Wait for the rest to arrive, as long as it does."""
        began, before = time.monotonic(), self._arrived()
        while self._thread.is_alive():
            patience = PATIENCE_SECONDS + PAIR_SECONDS * (self._arrived() - before)
            if time.monotonic() > began + patience:
                return False
            self._thread.join(0.1)
        return True

    def _arrived(self) -> int:
        return 0 if self._tracker is None else self._tracker.pairs_sent

    def _send_all(self, path: Path, uri: str, tables: Tables) -> None:
        try:
            if self._left:
                load_mlflow()
                self._load_ahead()
            with Journal(path) as journal:
                tracker = self._tracker = Tracker(journal, uri, tables)
                while (pair := self._finished.get()) is not None and not self._aborted:
                    tracker.send(sorted(journal.rows(pair), key=lambda row: row.cell))
                if not self._aborted:
                    tracker.sync()
        except Exception as error:  # noqa: BLE001 - the journal is complete, whatever the store does
            if not self._aborted:
                self._note(f"{error}; {LATER} them later")
