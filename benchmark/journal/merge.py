"""Several journals of one suite → one; nothing is written before all of them are checked."""

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.errors import BenchmarkError
from benchmark.journal import seal
from benchmark.journal.part import PLANNED, Part, differ, opened, refuse_other_plan
from benchmark.journal.schema import prepare, transaction

_OUTCOME = ", ".join((*seal.SMALL, *seal.LARGE))
_STATUSES = "SELECT fit_key, status = 'ok', ended FROM outcomes"


@dataclass(frozen=True)
class Merged:
    """What a journal has now: `added` outcomes are new, `done` of the planned cells have one.

    Of those that have one, `failed` are not ok.
    """

    path: Path
    added: int
    cells: int
    done: int
    failed: int


class _Found(NamedTuple):
    """Where an outcome is, and what decides whether another stands in its place."""

    journal: int
    ok: bool
    ended: float


def merge(sources: Iterable[Path], target: Path) -> Merged:
    """Add all outcomes of journals to another one, which is made if it is not there.

    Of two outcomes of a cell one that is ok stands, else the later one. What was sent to tracking
    stores is not taken over. Raises BenchmarkError, and writes nothing, where two that are ok
    differ, where a journal is of another plan, or cannot be read.
    """
    name = f"journal {str(target)!r}"
    others = {path.resolve(): path for path in sources if path.resolve() != target.resolve()}
    try:
        with ExitStack() as stack:
            paths = [*([target] if target.is_file() or not others else []), *others.values()]
            parts = [stack.enter_context(opened(path, to_write=path == target)) for path in paths]
            for part in parts:
                refuse_other_plan(part, parts[0])
            chosen = _chosen(parts)
            if paths[0] == target:
                return _written(parts[0].db, target, parts, chosen)
            with _new(target) as db:
                return _written(db, target, parts, chosen)
    except OSError as error:
        raise BenchmarkError(f"{name} cannot be written: {error.strerror}") from error
    except sqlite3.Error as error:
        raise BenchmarkError(f"{name} cannot be written: {error}") from error


def _chosen(parts: Sequence[Part]) -> dict[str, _Found]:
    """Fit key → where the outcome is that stands. Raises BenchmarkError for a conflict."""
    chosen: dict[str, _Found] = {}
    conflicts = []
    for i, part in enumerate(parts):
        for key, ok, ended in part.read(_STATUSES, _row):
            found = _Found(i, bool(ok), ended)
            known = chosen.setdefault(key, found)
            if known.ok and found.ok and known.journal != i:
                if differ(parts[known.journal], part, key):
                    conflicts.append((key, parts[known.journal], part))
            elif found[1:] > known[1:]:
                chosen[key] = found
    if conflicts:
        key, one, other = conflicts[0]
        names = " and ".join(differ(one, other, key))
        more = f"; so have {len(conflicts) - 1:,} more" if len(conflicts) > 1 else ""
        raise BenchmarkError(
            f"{one.cell(key)} has other {names} in {str(one.path)!r} and {str(other.path)!r}{more};"
            " merge one of them alone, or compute it again with `run --fresh`"
        )
    return chosen


@contextmanager
def _new(target: Path) -> Iterator[sqlite3.Connection]:
    """A journal that takes its place when it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = target.with_name(f"{target.name}.{os.getpid()}")
    try:
        with closing(sqlite3.connect(made, isolation_level=None)) as db:
            prepare(db, made)
            yield db
        made.replace(target)
    finally:
        with suppress(FileNotFoundError):
            made.unlink()


def _written(
    db: sqlite3.Connection, path: Path, parts: Sequence[Part], chosen: Mapping[str, _Found]
) -> Merged:
    """Write what is chosen, in one transaction."""
    keys: defaultdict[int, list[str]] = defaultdict(list)
    for key, found in chosen.items():
        keys[found.journal].append(key)
    with transaction(db):
        if db is not parts[0].db:
            _copy_plan(parts[0], db)
        for i, part in enumerate(parts):
            if part.db is not db:
                _copy_outcomes(part, db, keys[i])
                _copy_imports(part, db)
        _join_invocations(parts, db)
        seal.count(db)
    added = sum(len(keys[i]) for i, part in enumerate(parts) if part.db is not db)
    query = """SELECT count(*), count(o.fit_key), count(CASE WHEN o.status != 'ok' THEN 1 END)
               FROM cells LEFT JOIN outcomes o USING (fit_key)"""
    return Merged(path, added, *db.execute(query).fetchone())


def _copy_plan(part: Part, db: sqlite3.Connection) -> None:
    for table in ("cells", "skips", "facts"):
        rows = part.read(f"SELECT {', '.join(seal.COLUMNS[table])} FROM {table}", _row)
        for row in rows:
            seal.put(db, table, *row)


def _copy_outcomes(part: Part, db: sqlite3.Connection, keys: Sequence[str]) -> None:
    """One at a time: predictions of many cells do not fit into memory."""
    for key in keys:
        row = part.read(f"SELECT {_OUTCOME} FROM outcomes WHERE fit_key = ?", _row, key)[0]
        seal.put(db, "outcomes", *row)


def _copy_imports(part: Part, db: sqlite3.Connection) -> None:
    """What was computed elsewhere, and its cells after all others."""
    there = {key for (key,) in db.execute("SELECT fit_key FROM imports")}
    for row in part.read("SELECT fit_key, dataset, strategy FROM imports ORDER BY rowid", _row):
        if row[0] not in there:
            seal.put(db, "imports", *row)
    columns = ", ".join(seal.COLUMNS["cells"][1:])
    cells = part.read(f"SELECT {columns} FROM cells WHERE NOT {PLANNED} ORDER BY position", _row)
    last = db.execute("SELECT coalesce(max(position), -1) FROM cells").fetchone()[0]
    missing = [row for row in cells if row[5] not in there]
    for position, row in enumerate(missing, last + 1):
        seal.put(db, "cells", position, *row)


def _join_invocations(parts: Sequence[Part], db: sqlite3.Connection) -> None:
    """All invocations in the order in which they began, each with the most that is known of it."""
    known: dict[str, str] = {}
    for part in parts:
        for name, environment in part.read("SELECT id, environment FROM invocations", _row):
            known[name] = max(known.get(name, ""), environment, key=len)
    db.execute("DELETE FROM invocations")
    for name, environment in sorted(known.items()):
        seal.put(db, "invocations", name, environment)


def _row(*values: Any) -> tuple[Any, ...]:
    return values
