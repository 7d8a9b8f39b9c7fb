"""What Linux says of the processes below one: memory, open files, threads, seconds of processor."""

import os
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """One process at one moment. `memory` is its share (PSS) in MiB, `seconds` of processor."""

    pid: int
    parent: int
    command: str
    memory: float
    files: int
    threads: int
    seconds: float


def below(root: int) -> list[Process]:
    """A process and all that descend from it and are still there."""
    parents = {pid: parent for pid in numbers() if (parent := _parent(pid))}
    wanted, size = {root}, 0
    while len(wanted) > size:
        size = len(wanted)
        wanted |= {pid for pid, parent in parents.items() if parent in wanted}
    return [found for pid in sorted(wanted) if (found := look(pid))]


def numbers() -> list[int]:
    """Every process there is."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def look(pid: int) -> Process | None:
    """A process, unless it is gone."""
    folder = Path("/proc") / str(pid)
    try:
        facts = (folder / "stat").read_text().rpartition(") ")[2].split()
        shares = (folder / "smaps_rollup").read_text().splitlines()
        pss = next((int(line.split()[1]) for line in shares if line.startswith("Pss:")), 0)
        return Process(
            pid,
            int(facts[1]),
            (folder / "cmdline").read_text().replace("\0", " "),
            pss / 1024,
            len([*(folder / "fd").iterdir()]),
            int(facts[17]),
            (int(facts[11]) + int(facts[12])) / TICKS,
        )
    except (OSError, IndexError):
        return None


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])
    except OSError:
        return 0
