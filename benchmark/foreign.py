"""Code of others, where it runs in the driver: as it is imported and as it is built."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

from benchmark.errors import BenchmarkError

PATIENCE_SECONDS = 300.0  # the largest libraries take a minute from a cold disk


@contextmanager
def foreign(trouble: str) -> Iterator[None]:
    """Whatever the block raises, or that it does not end, is one line after `trouble`.

    What it prints goes to stderr, because tables are on stdout.
    """
    try:
        with redirect_stdout(sys.stderr), _patience(trouble):
            yield
    except (BenchmarkError, KeyboardInterrupt, MemoryError):
        raise
    except BaseException as error:
        raise BenchmarkError(f"{trouble}: {_said(error)}") from error


def _said(error: BaseException) -> str:
    """The first line of an error, with its kind unless the line is a sentence."""
    lines = str(error).encode(errors="backslashreplace").decode().strip().splitlines()
    kind = type(error).__name__
    if not lines:
        return kind
    return lines[0] if isinstance(error, Exception) and " " in lines[0] else f"{kind}: {lines[0]}"


@contextmanager
def _patience(trouble: str) -> Iterator[None]:
    """Raise BenchmarkError in the block, again and again, when it has taken too long."""
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        yield
        return

    def give_up(*_: object) -> None:
        raise BenchmarkError(f"{trouble}: it does not end within {PATIENCE_SECONDS:g} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
