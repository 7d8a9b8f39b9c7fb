"""What one cell may take of its worker's memory, and what it took."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_STATUS = Path("/proc/self/status")
ENFORCED = sys.platform == "linux"


@contextmanager
def memory_limit(limit_bytes: int) -> Iterator[None]:
    """Let the process take this much data memory beyond what it holds; beyond it, allocation fails.

    Does nothing where the platform cannot enforce it (see ENFORCED).
    """
    if not ENFORCED:
        yield
        return
    import resource

    held = _status_bytes("VmData")
    before = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = held + limit_bytes
    if before[1] != resource.RLIM_INFINITY:
        wanted = min(wanted, before[1])
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def reset_peak_memory() -> None:
    """Start counting peak memory anew, where the kernel allows it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_memory_bytes() -> int:
    """Peak resident memory since the last reset; 0 where the platform does not say."""
    return _status_bytes("VmHWM")


def held_memory_bytes() -> int:
    """Resident memory that belongs to this process alone; 0 where the platform does not say."""
    return _status_bytes("RssAnon")


def _status_bytes(key: str) -> int:
    try:
        lines = _STATUS.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(key)), 0)
