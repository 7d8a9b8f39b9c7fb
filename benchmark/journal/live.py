"""Sends pairs to MLflow while others are still being computed, off the critical path."""

import queue
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

from benchmark.journal.store import Journal
from benchmark.journal.track import Tables, Tracker
from benchmark.types import Cell

Pair = tuple[str, str, str]


class LiveTracking:
    """A thread that is told of every outcome and sends each pair when its last cell has ended.

    If the store fails, it says so once and leaves the rest to `sync`. On leaving the context
    normally, all that is missing is sent; on an interruption nothing more is. Without a store
    nothing is sent.
    """

    def __init__(
        self,
        path: Path,
        uri: str | None,
        tables: Tables,
        cells: Iterable[Cell],
        note: Callable[[str], None],
    ) -> None:
        self._left = Counter(cell.pair for cell in cells)
        self._finished: queue.SimpleQueue[Pair | None] = queue.SimpleQueue()
        send_all = threading.Thread(target=self._send_all, args=(path, uri, tables), daemon=True)
        self._thread = send_all if uri is not None else threading.Thread()
        self._note = note
        self._aborted = False

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
        self._aborted = kind is not None
        self._finished.put(None)
        self._thread.join()

    def _send_all(self, path: Path, uri: str, tables: Tables) -> None:
        journal = Journal(path)
        try:
            tracker = Tracker(journal, uri, tables)
            while (pair := self._finished.get()) is not None and not self._aborted:
                tracker.send(sorted(journal.rows(pair), key=lambda row: row.cell))
            if not self._aborted:
                tracker.sync()
        except Exception as error:  # noqa: BLE001 - the journal is complete, whatever the store does
            self._note(
                f"{error}; the results are complete, `python -m benchmark sync` sends them later"
            )
        finally:
            journal.close()
