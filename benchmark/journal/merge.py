"""Several journals of one suite → one; nothing is written before all of them are checked."""

import hashlib
import json
import os
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.errors import BenchmarkError
from benchmark.journal.encode import same_predictions
from benchmark.journal.keys import MACHINE
from benchmark.journal.noted import COMPARED
from benchmark.journal.schema import FORMAT, prepare, transaction
from benchmark.types import Cell

BUSY_SECONDS = 1.0
_PLANNED = "fit_key NOT IN (SELECT fit_key FROM imports)"


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


class _Part:
    """A journal that nobody else has open."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self.db = db

    @cached_property
    def plan(self) -> str:
        """SHA-256 of the cells that the suite plans, in their order; imported ones apart."""
        query = f"""SELECT dataset, strategy, model, repeat, fold, fit_key, score_key FROM cells
                    WHERE {_PLANNED} ORDER BY position"""
        digest = hashlib.sha256()
        for row in self.db.execute(query):
            digest.update(json.dumps(row).encode())
        return digest.hexdigest()

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What was noted of the suite and its datasets; empty where nothing was planned."""
        found = self.db.execute("SELECT name, value FROM facts")
        return {name: json.loads(value) for name, value in found}

    def versions(self) -> dict[str, str]:
        """Python and libraries of the last invocation."""
        query = "SELECT environment FROM invocations ORDER BY id DESC LIMIT 1"
        row = self.db.execute(query).fetchone()
        known: dict[str, str] = json.loads(row[0]) if row else {}
        return {name: version for name, version in known.items() if name not in MACHINE}

    def cell(self, fit_key: str) -> str:
        """What the cell with a key is called."""
        query = "SELECT dataset, strategy, model, repeat, fold FROM cells WHERE fit_key = ?"
        row = self.db.execute(query, (fit_key,)).fetchone()
        return str(Cell(*row)) if row else f"a cell of an earlier plan (key {fit_key[:16]})"

    def outcome(self, fit_key: str) -> tuple[Any, ...]:
        """Score key, scores, details and predictions."""
        query = "SELECT score_key, scores, details, predictions FROM outcomes WHERE fit_key = ?"
        found: tuple[Any, ...] = self.db.execute(query, (fit_key,)).fetchone()
        return found


def merge(sources: Iterable[Path], target: Path) -> Merged:
    """Add all outcomes of journals to another one, which is made if it is not there.

    Of two outcomes of a cell one that is ok stands, else the later one. What was sent to tracking
    stores is not taken over. Raises BenchmarkError, and writes nothing, where two that are ok
    differ, where a journal is of another plan, or cannot be read.
    """
    others = {path.resolve(): path for path in sources if path.resolve() != target.resolve()}
    try:
        with ExitStack() as stack:
            paths = [*([target] if target.is_file() or not others else []), *others.values()]
            parts = [stack.enter_context(_opened(path)) for path in paths]
            for part in parts:
                _refuse_other_plan(part, parts[0])
            chosen = _chosen(parts)
            if paths[0] == target:
                return _written(parts[0].db, target, parts, chosen)
            with _new(target) as db:
                return _written(db, target, parts, chosen)
    except (OSError, sqlite3.Error) as error:
        raise BenchmarkError(f"journal {str(target)!r} cannot be merged: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[_Part]:
    """A journal for this process alone; raises BenchmarkError where it is none or is in use."""
    name = f"journal {str(path)!r}"
    if not path.is_file():
        raise BenchmarkError(f"there is no {name}")
    with closing(sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)) as db:
        try:
            db.execute("PRAGMA locking_mode=EXCLUSIVE")
            found = db.execute("PRAGMA user_version").fetchone()[0]
            if found not in (0, FORMAT):
                raise BenchmarkError(
                    f"{name} has format {found}; this version merges format {FORMAT}"
                    + ("; run its suite once more, which brings it up to date" * (found < FORMAT))
                )
            db.execute("BEGIN EXCLUSIVE")
            db.execute("COMMIT")
        except sqlite3.Error as error:
            busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            why = "is in use by another process" if busy else f"cannot be opened: {error}"
            raise BenchmarkError(f"{name} {why}") from error
        if found == 0:
            raise BenchmarkError(f"{name} is no journal")
        yield _Part(path, db)


def _refuse_other_plan(part: _Part, first: _Part) -> None:
    """Raise BenchmarkError where a journal does not plan the cells of the first one."""
    if "suite" not in part.facts:
        raise BenchmarkError(f"journal {str(part.path)!r} holds no suite; run one first")
    if part.plan != first.plan:
        between = f"journals {str(first.path)!r} and {str(part.path)!r}"
        raise BenchmarkError(f"{between} are not of one plan: {_difference(first, part)}")


def _difference(first: _Part, other: _Part) -> str:
    """Why the plans of two journals differ."""
    suites = [part.facts["suite"] for part in (first, other)]
    parts = [name for name in COMPARED if suites[0].get(name) != suites[1].get(name)]
    if parts:
        return f"the suite was changed between them ({', '.join(parts)})"
    data = [part.facts["datasets"] for part in (first, other)]
    contents = _unequal(*({n: d["fingerprint"] for n, d in facts.items()} for facts in data))
    if contents:
        return f"other content of dataset {', '.join(map(repr, contents))}"
    versions = [part.versions() for part in (first, other)]
    libraries = [f"{name} {versions[0].get(name)} and {versions[1].get(name)}"
                 for name in _unequal(*versions)]  # fmt: skip
    return f"other versions ({', '.join(libraries) or 'of the code that computes'})"


def _unequal(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The names whose values differ."""
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]


def _chosen(parts: Sequence[_Part]) -> dict[str, _Found]:
    """Fit key → where the outcome is that stands. Raises BenchmarkError for a conflict."""
    chosen: dict[str, _Found] = {}
    conflicts = []
    for i, part in enumerate(parts):
        for key, status, ended in part.db.execute("SELECT fit_key, status, ended FROM outcomes"):
            found = _Found(i, status == "ok", ended)
            known = chosen.setdefault(key, found)
            if known.ok and found.ok and known.journal != i:
                if _differ(parts[known.journal].outcome(key), part.outcome(key)):
                    conflicts.append((key, parts[known.journal], part))
            elif found[1:] > known[1:]:
                chosen[key] = found
    if conflicts:
        key, one, other = conflicts[0]
        names = " and ".join(_differ(one.outcome(key), other.outcome(key)))
        more = f"; so have {len(conflicts) - 1:,} more" if len(conflicts) > 1 else ""
        raise BenchmarkError(
            f"{one.cell(key)} has other {names} in {str(one.path)!r} and {str(other.path)!r}{more}"
        )
    return chosen


def _differ(one: tuple[Any, ...], other: tuple[Any, ...]) -> list[str]:
    """What differs between two outcomes that are both ok; seconds and memory do not count."""
    if one == other:
        return []
    params = [json.loads(zlib.decompress(details))["params"] for _, _, details, _ in (one, other)]
    found = {
        "scores": one[0] == other[0] and one[1] != other[1],
        "parameters": params[0] != params[1],
        "predictions": not same_predictions(one[3], other[3]),
    }
    return [name for name, differs in found.items() if differs]


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
    db: sqlite3.Connection, path: Path, parts: Sequence[_Part], chosen: Mapping[str, _Found]
) -> Merged:
    """Write what is chosen, in one transaction."""
    keys: defaultdict[int, list[str]] = defaultdict(list)
    for key, found in chosen.items():
        keys[found.journal].append(key)
    with transaction(db):
        if db is not parts[0].db:
            _copy_plan(parts[0].db, db)
        for i, part in enumerate(parts):
            if part.db is not db:
                _copy_outcomes(part.db, db, keys[i])
                _copy_imports(part.db, db)
        _join_invocations(parts, db)
    added = sum(len(keys[i]) for i, part in enumerate(parts) if part.db is not db)
    query = """SELECT count(*), count(o.fit_key), count(CASE WHEN o.status != 'ok' THEN 1 END)
               FROM cells LEFT JOIN outcomes o USING (fit_key)"""
    return Merged(path, added, *db.execute(query).fetchone())


def _copy_plan(source: sqlite3.Connection, db: sqlite3.Connection) -> None:
    for table, columns in (("cells", 8), ("skips", 4), ("facts", 2)):
        rows = source.execute(f"SELECT * FROM {table}")
        db.executemany(f"INSERT INTO {table} VALUES ({_marks(columns)})", rows)


def _copy_outcomes(source: sqlite3.Connection, db: sqlite3.Connection, keys: Sequence[str]) -> None:
    """One at a time: predictions of many cells do not fit into memory."""
    for key in keys:
        row = source.execute("SELECT * FROM outcomes WHERE fit_key = ?", (key,)).fetchone()
        db.execute(f"REPLACE INTO outcomes VALUES ({_marks(len(row))})", row)


def _copy_imports(source: sqlite3.Connection, db: sqlite3.Connection) -> None:
    """What was computed elsewhere, and its cells after all others."""
    there = {key for (key,) in db.execute("SELECT fit_key FROM imports")}
    found = source.execute("SELECT * FROM imports ORDER BY rowid")
    db.executemany(f"INSERT OR IGNORE INTO imports VALUES ({_marks(3)})", found)
    query = f"SELECT * FROM cells WHERE NOT {_PLANNED} ORDER BY position"
    missing = [row[1:] for row in source.execute(query) if row[6] not in there]
    db.executemany(f"INSERT INTO cells VALUES (NULL,{_marks(7)})", missing)


def _join_invocations(parts: Sequence[_Part], db: sqlite3.Connection) -> None:
    """All invocations in the order in which they began, each with the most that is known of it."""
    known: dict[str, str] = {}
    for part in parts:
        for name, environment in part.db.execute("SELECT * FROM invocations"):
            known[name] = max(known.get(name, ""), environment, key=len)
    db.execute("DELETE FROM invocations")
    db.executemany("INSERT INTO invocations VALUES (?,?)", sorted(known.items()))


def _marks(count: int) -> str:
    return ",".join("?" * count)
