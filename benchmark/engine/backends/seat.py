"""A place for one worker process after another, each with one cell at a time."""

import os
import pickle  # nosec B403 # outcomes that a worker of this run made
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from benchmark.engine.backends import guard
from benchmark.engine.backends.worker import timed_out
from benchmark.engine.reasons import described
from benchmark.errors import BenchmarkError
from benchmark.types import Cell, Outcome

START_SECONDS = 600.0  # until a worker that says nothing is one that cannot start
DEAF_SECONDS = 1.0  # until a process that does not heed SIGTERM is killed
Start = Callable[[], tuple[Any, Any]]


class Seat:
    """A death, a time limit or a replaced worker here concern no cell elsewhere.

    Attributes:
        cell: what is computed; None where nothing is.
        deadline: on this process's monotonic clock.
    """

    def __init__(self, start: Start, seconds: float) -> None:
        self.cell: Cell | None = None
        self.deadline = 0.0
        self._start = start
        self._seconds = seconds
        self._process: Any = None
        self._pipe: Any = None
        self._began = False
        self._lost_starts = 0

    @property
    def watched(self) -> tuple[Any, Any]:
        """What becomes readable when the worker says something, and when it dies."""
        return self._pipe, self._process.sentinel

    def take(self, cell: Cell) -> None:
        """Give the worker its next cell; start a worker where there is none."""
        self.cell = cell
        self._lost_starts = 0
        if self._process is not None and self._process.is_alive():
            with suppress(OSError):
                self._hand_over()
                return
        self._begin()

    def heard(self) -> Outcome | None:
        """The outcome of the cell, however it ended; a spoiled worker is replaced.

        None where there is none yet. Raises BenchmarkError where no worker can start.
        """
        assert self.cell is not None
        try:
            said = self._pipe.recv_bytes() if self._pipe.poll() else None
        except (EOFError, OSError):
            return self._ended()
        if said is not None:
            return self._told(said)
        if not self._process.is_alive():
            return self._ended()
        if time.monotonic() < self.deadline:
            return None
        if not self._began:
            raise BenchmarkError(f"worker processes do not start within {START_SECONDS:g} s")
        return self._over(timed_out(self.cell, self._seconds), spoiled=True)

    def stop(self) -> None:
        """Tell the worker to end."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()
            if sys.platform != "win32":
                with suppress(ProcessLookupError):
                    os.kill(self._process.pid, signal.SIGCONT)  # it may have been suspended

    def close(self) -> None:
        """End the worker, and wait until it has."""
        if self._process is None:
            return
        self.stop()
        self._process.join(DEAF_SECONDS + guard.ENDING_SECONDS * guard.WATCHES)
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._process.close()
        self._pipe.close()
        self._process = None

    def _begin(self) -> None:
        """Start a worker, which asks for its cell when it is ready."""
        self.close()
        self._process, self._pipe = self._start()
        self._began = False
        self.deadline = time.monotonic() + START_SECONDS

    def _hand_over(self) -> None:
        self._pipe.send(self.cell)
        self._began = True
        self.deadline = time.monotonic() + self._seconds

    def _told(self, said: bytes) -> Outcome | None:
        """What a worker says: that it is ready, why it cannot be, or the outcome of its cell."""
        assert self.cell is not None
        try:
            what, worn = pickle.loads(said)  # nosec B301 # from this run's worker, through its pipe
        except Exception as error:  # noqa: BLE001 - an error of a plugin may not be made again
            return self._over(Outcome(self.cell, "failed", error=described(error)), spoiled=False)
        if isinstance(what, Outcome):
            return self._over(what, spoiled=worn or what.status not in ("ok", "failed"))
        if what:
            raise BenchmarkError(f"worker processes cannot start: {what}")
        with suppress(OSError):  # its death is heard of
            self._hand_over()
        return None

    def _ended(self) -> Outcome | None:
        """The outcome of a cell whose worker is gone; another worker if it had not begun."""
        assert self.cell is not None
        self._process.join()
        code = self._process.exitcode
        if self._began:
            return self._over(Outcome(self.cell, "killed", error=_death(code)), spoiled=True)
        self._lost_starts += 1
        if self._lost_starts < 2:
            self._begin()
            return None
        raise BenchmarkError(
            f"worker processes cannot start ({_death(code)}); a script that runs a suite must do "
            "so under `if __name__ == '__main__':`"
        )

    def _over(self, outcome: Outcome, *, spoiled: bool) -> Outcome:
        self.cell = None
        if spoiled:
            self.close()
        return outcome


def _death(exitcode: int) -> str:
    if exitcode < 0:
        known = {number.value: number.name for number in signal.Signals}
        ended_by = known.get(-exitcode, str(-exitcode))  # real-time signals have no name
        return f"its worker process was ended by signal {ended_by}"
    return f"its worker process exited with code {exitcode}"
