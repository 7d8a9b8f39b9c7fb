"""Thousands of random files, and a few that are far too large: none may end in a traceback.

python tests/torture/data.py [--files N] [--seed N]; prints Markdown; exit 1 if a bound is broken.
"""

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, Phase, given, seed, settings

sys.path.insert(0, str(Path(__file__).parents[1]))
from random_tables import File, files
from test_data_random import loaded

from benchmark.data.facts import facts
from benchmark.types import Dataset

SUITE = """\
name: {name}
datasets: [{file}]
strategies: [none]
models: [logistic_regression]
metrics: [f2]
thresholds: [default]
cv: {{folds: 2}}
tuning: off
tracking: off
backend: {{workers: 1}}
"""
SMALL_MACHINE = """\
import os, sys
from pathlib import Path
from benchmark.cli.app import run_command_line
from benchmark.data import room
held = lambda: int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
start = held()
room.free_bytes = lambda: max(0, 2**29 - (held() - start))
sys.exit(run_command_line(sys.argv[1:]))
"""
GIBIBYTE = 2**30
SHOWN = 4  # each fourth of the files, since facts take longest


@dataclass(frozen=True)
class Large:
    """A file that asks for much, and what it may take.

    Attributes:
        code: the exit code of `command`.
    """

    name: str
    file: str
    command: tuple[str, ...]
    code: int
    seconds: float
    gibibytes: float


LARGE = (
    Large("10,000 columns of 200 rows: plan", "wide.csv", ("plan",), 0, 30, 1.0),
    Large("10,000 columns of 200 rows: run", "wide.csv", ("run",), 0, 60, 1.0),
    Large("1,000,000 rows and as many categories: plan", "names.csv", ("plan",), 0, 60, 2.0),
    Large("a cell of 10 MB: plan", "cell.csv", ("plan",), 0, 20, 1.0),
    Large("gzip that holds 64 GB, 0.5 GiB free: plan", "bomb.csv.gz", ("plan",), 2, 60, 1.5),
)


def main() -> int:
    """Print the table of files and that of large ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    given_ = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        found = became(Path(name), given_.files, given_.seed)
        print_counts(found)
        broken = [*crashes(found), *print_large(Path(name))]
    for line in broken:
        print(f"\nBROKEN: {line}")
    print(f"\n{time.monotonic() - started:.0f} s")
    return 1 if broken else 0


def became(folder: Path, count: int, start: int) -> Counter[tuple[str, str]]:
    """How many files of each kind became what."""
    found: Counter[tuple[str, str]] = Counter()

    @seed(start)
    @settings(
        max_examples=count, database=None, phases=[Phase.generate], deadline=None,
        suppress_health_check=[*HealthCheck],
    )  # fmt: skip
    @given(files)
    def meet(file: File) -> None:
        found[file[0], end_of(folder, file, found.total() % SHOWN == 0)] += 1

    meet()
    return found


def end_of(folder: Path, file: File, is_shown: bool) -> str:
    """What becomes of a file: loaded, and perhaps shown, refused, or the kind of its traceback."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            dataset = loaded(folder, file)
            if isinstance(dataset, Dataset) and is_shown:
                facts(dataset)
            if isinstance(dataset, Dataset):
                return "loaded"
        return "refused" if dataset.isprintable() and len(dataset) < 1000 else "many lines"
    except Exception as error:  # noqa: BLE001 - to be counted
        return f"{type(error).__name__}: {' '.join(str(error).split())[:80]}"


def print_counts(found: Counter[tuple[str, str]]) -> None:
    """A line for each kind of file."""
    print("| file | tried | loaded | refused in one line | tracebacks |")
    print("|---|---:|---:|---:|---:|")
    for kind in [*sorted({kind for kind, _ in found}), "all"]:
        ends = Counter({end: n for (k, end), n in found.items() if k == kind})
        ends = ends or sum((Counter({end: n}) for (_, end), n in found.items()), Counter())
        wrong = ends.total() - ends["loaded"] - ends["refused"]
        print(f"| {kind} | {ends.total():,} | {ends['loaded']:,} | {ends['refused']:,} | {wrong} |")


def crashes(found: Counter[tuple[str, str]]) -> Iterator[str]:
    """What ended otherwise than it may; so does a trial of which all or nothing is refused."""
    for (kind, end), count in found.items():
        if end not in ("loaded", "refused"):
            yield f"{count} of {kind}: {end}"
    for end in ("loaded", "refused"):
        if sum(n for (_, e), n in found.items() if e == end) < 0.05 * found.total():
            yield f"too few files are {end} to say anything"


def print_large(folder: Path) -> Iterator[str]:
    """Time and memory of what is large; yields what is out of bounds."""
    write_large(folder)
    print("\n| | exit | seconds of processor | peak GiB |")
    print("|---|---:|---:|---:|")
    for large in LARGE:
        code, seconds, gibibytes, said = measured(folder, large)
        print(f"| {large.name} | {code} | {seconds:.1f} | {gibibytes:.2f} |")
        if code != large.code or "Traceback" in said or "unexpected" in said:
            yield f"{large.name}: exit {code}: {said[-300:]}"
        if seconds > large.seconds or gibibytes > large.gibibytes:
            yield f"{large.name}: at most {large.seconds:g} s and {large.gibibytes:g} GiB"


def write_large(folder: Path) -> None:
    """The files; the bomb is one packed part a thousand times, which gzip reads as one file."""
    random = np.random.default_rng(0)
    y = np.arange(200) % 2
    wide = pd.DataFrame(random.normal(size=(200, 10_000))).round(3).add_prefix("c")
    pd.concat([wide, pd.DataFrame({"target": y})], axis=1).to_csv(folder / "wide.csv", index=False)
    cells = pd.DataFrame({"c": ["q" * 10_000_000, *["a"] * 199], "target": y})
    cells.to_csv(folder / "cell.csv", index=False)
    names = pd.DataFrame({"c": np.arange(1_000_000), "target": np.arange(1_000_000) % 2})
    names.assign(c="n" + names["c"].astype(str)).to_csv(folder / "names.csv", index=False)
    part = gzip.compress(b"1,0\n" * 2**24)
    with (folder / "bomb.csv.gz").open("wb") as file:
        file.write(gzip.compress(b"x,target\n"))
        for _ in range(1000):
            file.write(part)


def measured(folder: Path, large: Large) -> tuple[int, float, float, str]:
    """Exit code, seconds of processor, peak memory in GiB, and what a command said."""
    name = large.file.partition(".")[0]
    (folder / f"{name}.yaml").write_text(SUITE.format(name=name, file=large.file))
    arguments = [*large.command, f"{name}.yaml"]
    small = ["-c", SMALL_MACHINE] if name == "bomb" else ["-m", "benchmark"]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, *small, *arguments], cwd=folder, stdout=said, stderr=said
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    seconds = used.ru_utime + used.ru_stime
    return process.returncode, seconds, used.ru_maxrss * 1024 / GIBIBYTE, text


if __name__ == "__main__":
    sys.exit(main())
