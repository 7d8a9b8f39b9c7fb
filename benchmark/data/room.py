"""How much of a file may come into memory: a small archive can hold more than the machine has."""

import os
from pathlib import Path

from benchmark.errors import DatasetError

SHARE = 0.5  # of the free memory; a table takes about as much again while it is read
_MEMORY = Path("/proc/meminfo")
_CONTAINER, _LIMITS = Path("/sys/fs/cgroup"), ("memory.max", "memory.current")


def refuse(n_bytes: int, holds: str = "it holds") -> None:
    """Raise DatasetError for what takes more than its share of the memory that is free here."""
    free = free_bytes()
    if n_bytes > SHARE * free:
        raise DatasetError(
            f"{holds} {_shown(n_bytes)} or more, and {_shown(free)} of memory are free; "
            f"a table may take {SHARE:.0%} of that"
        )


def free_bytes() -> int:
    """What a process can still take; all that is installed where the system does not say more."""
    try:
        lines = _MEMORY.read_text(encoding="utf-8").splitlines()
    except OSError:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    free = next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) * 1024
    return min(free, _free_in_container() or free)


def _free_in_container() -> int | None:
    """What is left of a container's memory; None outside one."""
    try:
        most, taken = (int((_CONTAINER / name).read_text()) for name in _LIMITS)
    except (OSError, ValueError):  # where there is no limit, the file says "max"
        return None
    return max(0, most - taken)


def _shown(n_bytes: int) -> str:
    return f"{n_bytes / 2**30:.1f} GiB" if n_bytes >= 2**30 else f"{n_bytes / 2**20:.1f} MiB"
