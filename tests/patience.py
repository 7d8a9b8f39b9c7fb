"""Waiting for what other processes do, and for their end."""

import time
from collections.abc import Callable
from pathlib import Path


def comes_true(claim: Callable[[], bool], seconds: float) -> bool:
    """Whether a claim becomes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if claim():
            return True
        time.sleep(0.01)
    return claim()


def is_alive(pid_file: Path) -> bool:
    """Whether the process that left its number is there; the init of a container buries late."""
    number = pid_file.read_text(encoding="utf-8").partition(" ")[0] if pid_file.exists() else ""
    if not number:
        return False
    status = Path(f"/proc/{number}/stat")
    try:
        return status.read_text(encoding="utf-8").rpartition(") ")[2][0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
