"""Damages journals in hundreds of ways; no wrong score may be shown, and no traceback.

    python tests/torture/damage.py [--flips 150] [--cuts 60] [--seed 1]

Bits are flipped, sectors are lost and files are cut, in journals that were closed and in those of
a driver that was killed, whose last outcomes are in a file beside. Each is compared, every
outcome of it is read, and it is recovered. Prints a Markdown table and exits with 1 where a bound
is broken. Two minutes on two cores.
"""

import argparse
import io
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, where `mlflow` is a script
sys.path.insert(0, str(Path(__file__).parents[1]))

from plugins_for_tests.suites import DATA, computed_here, write_suite

from benchmark.cli.app import run_command_line
from benchmark.errors import BenchmarkError
from benchmark.journal.encode import bits, predictions_blob
from benchmark.journal.recover import recover
from benchmark.journal.store import Journal

SUITE: dict[str, Any] = {
    "datasets": [DATA],
    "strategies": ["none", "class_weight"],
    "models": ["logistic_regression", "decision_tree"],
    "thresholds": ["default", "tuned"],
    "cv": {"folds": 3, "repeats": 2},
    "tuning": {"trials": 2, "folds": 2},
}
SECTOR = 512
KINDS = ("unchanged", "shown as not computed", "refused by name", "WRONG", "TRACEBACK")
Damage = Callable[[bytearray, random.Random], None]


@dataclass(frozen=True)
class Truth:
    """A journal as it was written, in files by name, and what it says."""

    suite: Path
    files: dict[str, bytes]
    table: str
    rows: dict[Any, Any]
    outcomes: dict[Any, Any]


def main() -> int:
    """Damage, look, recover; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=150)
    parser.add_argument("--cuts", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    began, luck = time.monotonic(), random.Random(asked.seed)
    folder = Path(tempfile.mkdtemp(prefix="damage-"))
    shown, recovered = {}, {}
    for name, truth, part in _truths(folder):
        for kind, damage, times in (
            ("a bit is flipped", _flip, asked.flips),
            ("ten bits are flipped", _flip_ten, asked.flips // 4),
            ("a sector is lost", _lose_sector, asked.flips // 4),
            ("the file is cut", _cut, asked.cuts),
        ):
            found, after = Counter[str](), Counter[str]()
            for _ in range(times):
                _damaged(folder, truth, part, damage, luck)
                found[_looked_at(folder, truth)] += 1
                after[_recovered(folder, truth)] += 1
            shown[f"{kind} in {name}"], recovered[f"{kind} in {name}"] = found, after
    print(_table(shown, recovered))
    shutil.rmtree(folder)
    print(f"\n{time.monotonic() - began:.0f} s")
    bad = [c[kind] for c in (*shown.values(), *recovered.values()) for kind in KINDS[3:]]
    return int(any(bad))


def _truths(folder: Path) -> Iterator[tuple[str, Truth, str]]:
    """A journal that was closed, and one of a driver that was killed; the file to damage."""
    suite = write_suite(folder, **SUITE)
    journal = computed_here(suite)
    path = journal.path
    killed = {f.name: f.read_bytes() for f in path.parent.iterdir() if not f.name.endswith("shm")}
    journal.close()
    closed = {path.name: path.read_bytes()}
    for name, files, part in (
        ("a closed journal", closed, path.name),
        ("the log of a killed driver", killed, f"{path.name}-wal"),
    ):
        _written(folder, files)
        rows, outcomes = _read(path)
        yield name, Truth(suite, files, _compared(folder, suite)[1], rows, outcomes), part


def _written(folder: Path, files: dict[str, bytes]) -> Path:
    """The only files of the journal's folder."""
    place = folder / "results" / "small"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for name, content in files.items():
        (place / name).write_bytes(content)
    return place / "journal.sqlite"


def _damaged(folder: Path, truth: Truth, part: str, damage: Damage, luck: random.Random) -> None:
    content = bytearray(truth.files[part])
    damage(content, luck)
    _written(folder, truth.files | {part: bytes(content)})


def _flip(content: bytearray, luck: random.Random) -> None:
    content[luck.randrange(len(content))] ^= 1 << luck.randrange(8)


def _flip_ten(content: bytearray, luck: random.Random) -> None:
    for _ in range(10):
        _flip(content, luck)


def _lose_sector(content: bytearray, luck: random.Random) -> None:
    start = SECTOR * luck.randrange(len(content) // SECTOR)
    content[start : start + SECTOR] = bytes(SECTOR)


def _cut(content: bytearray, luck: random.Random) -> None:
    del content[luck.randrange(len(content)) :]


def _read(path: Path) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """All rows and all outcomes of a journal."""
    with Journal.existing(path) as journal:
        rows = {row.cell: row for row in journal.rows()}
        found = {row.cell: journal.outcome(row.cell, row.fit_key) for row in rows.values()}
    said = {}
    for cell, outcome in found.items():
        if outcome is not None:
            assert outcome.predictions is not None
            said[cell] = (outcome.scores, outcome.params, outcome.trials,
                          bits(predictions_blob(outcome.predictions)))  # fmt: skip
    return rows, said


def _compared(folder: Path, suite: Path) -> tuple[int, str, str]:
    """Exit code, table and errors of `compare`."""
    out, err = io.StringIO(), io.StringIO()
    results = str(folder / "results")
    with redirect_stdout(out), redirect_stderr(err):
        code = run_command_line(["compare", str(suite), "--results", results, "--format", "csv"])
    return code, out.getvalue(), err.getvalue()


def _looked_at(folder: Path, truth: Truth) -> str:
    """What became of a damaged journal: one of KINDS."""
    path = folder / "results" / "small" / "journal.sqlite"
    code, table, said = _compared(folder, truth.suite)
    lines = said.splitlines()
    if code == 2:
        named = len(lines) == 1 and str(path) in lines[0] and "unexpected" not in lines[0]
        return "refused by name" if named else _bad("TRACEBACK", said)
    try:
        rows, outcomes = _read(path)
    except BenchmarkError as error:
        wrong = str(path) not in str(error)
        return _bad("TRACEBACK", str(error)) if wrong else "refused by name"
    except Exception as error:  # noqa: BLE001 - this is what must not be
        return _bad("TRACEBACK", repr(error))
    if any(outcomes[cell] != truth.outcomes[cell] for cell in outcomes):
        return _bad("WRONG", "an outcome is another")
    return _rows_are(rows, table, truth)


def _rows_are(rows: dict[Any, Any], table: str, truth: Truth) -> str:
    if rows == truth.rows and table == truth.table:
        return "unchanged"
    if rows.keys() != truth.rows.keys():
        return _bad("WRONG", "other cells")
    other = [row for cell, row in rows.items() if row != truth.rows[cell]]
    lost = other and all(row.status == "pending" for row in other)
    return "shown as not computed" if lost else _bad("WRONG", str(other))


def _recovered(folder: Path, truth: Truth) -> str:
    """What `recover` makes of a damaged journal: one of KINDS."""
    path = folder / "results" / "small" / "journal.sqlite"
    try:
        recover(path)
        with Journal.existing(path) as journal:
            known = journal.known()
            kept = {
                cell: journal.outcome(cell, row.fit_key)
                for cell, row in truth.rows.items()
                if row.fit_key in known
            }
    except BenchmarkError as error:
        return "refused by name" if str(path) in str(error) else _bad("TRACEBACK", str(error))
    except Exception as error:  # noqa: BLE001 - this is what must not be
        return _bad("TRACEBACK", repr(error))
    if len(kept) != len(known):
        return _bad("WRONG", "an outcome of no cell")
    for cell, outcome in kept.items():
        if outcome is None or outcome.scores != truth.rows[cell].scores:
            return _bad("WRONG", f"recovered {outcome} for {truth.rows[cell]}")
    return "unchanged" if len(kept) == len(truth.rows) else "shown as not computed"


def _bad(kind: str, why: str) -> str:
    print(f"{kind}: {' '.join(why.split())[:300]}", file=sys.stderr)
    return kind


def _table(shown: dict[str, Counter[str]], recovered: dict[str, Counter[str]]) -> str:
    lines = [f"| | tried | {' | '.join(KINDS)} | recovered whole | in part | not |",
             f"|---|{'---:|' * (len(KINDS) + 4)}"]  # fmt: skip
    for name, found in shown.items():
        after = recovered[name]
        counts = [found.total(), *(found[kind] for kind in KINDS), *(after[k] for k in KINDS[:3])]
        lines.append(f"| {name} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
