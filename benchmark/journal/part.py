"""A journal that is merged with others: opened for this process alone, read, and compared."""

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.errors import BenchmarkError
from benchmark.journal import seal
from benchmark.journal.encode import Made, bits, damaged, reading, rows_of
from benchmark.journal.keys import MACHINE
from benchmark.journal.noted import COMPARED
from benchmark.journal.schema import FORMAT, frozen, is_frozen
from benchmark.types import Cell

BUSY_SECONDS = 1.0
PLANNED = "fit_key NOT IN (SELECT fit_key FROM imports)"


class _Content(NamedTuple):
    """What two outcomes that are ok must agree in."""

    score_key: str
    scores: str
    details: bytes
    predictions: bytes | None


class Part:
    """A journal that nobody else has open."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        self.path = path
        self.db = db

    @cached_property
    def plan(self) -> str:
        """SHA-256 of the cells that the suite plans, in their order; imported ones apart."""
        query = f"""SELECT dataset, strategy, model, repeat, fold, fit_key, score_key FROM cells
                    WHERE {PLANNED} ORDER BY position"""
        digest = hashlib.sha256()
        self.read(query, lambda *row: digest.update(json.dumps(row).encode()))
        return digest.hexdigest()

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What was noted of the suite and its datasets; empty where nothing was planned."""
        return dict(self.read("SELECT name, value FROM facts", lambda n, v: (n, json.loads(v))))

    def cells(self) -> int:
        """How many cells the suite plans."""
        return self.read(f"SELECT count(*) FROM cells WHERE {PLANNED}", int)[0]

    def versions(self) -> dict[str, str]:
        """Python and libraries of the last invocation."""
        query = "SELECT environment FROM invocations ORDER BY id DESC LIMIT 1"
        known: dict[str, str] = next(iter(self.read(query, json.loads)), {})
        return {name: version for name, version in known.items() if name not in MACHINE}

    def cell(self, fit_key: str) -> str:
        """What the cell with a key is called."""
        query = "SELECT dataset, strategy, model, repeat, fold FROM cells WHERE fit_key = ?"
        found = self.read(query, Cell, fit_key)
        return str(found[0]) if found else f"a cell of an earlier plan (key {fit_key[:16]})"

    def content(self, fit_key: str) -> _Content:
        """What an outcome says."""
        query = "SELECT score_key, scores, details, predictions FROM outcomes WHERE fit_key = ?"
        return self.read(query, _Content, fit_key)[0]

    def read(self, query: str, made: Callable[..., Made], *values: object) -> list[Made]:
        """What is made of each row; raises BenchmarkError where the journal is damaged."""
        return rows_of(self.db, self.path, query, made, *values)


@contextmanager
def opened(path: Path, *, to_write: bool) -> Iterator[Part]:
    """A journal for this process alone; without `to_write` it may be where none can be written.

    Raises BenchmarkError where it is none, is damaged, in use, or of another format.
    """
    if not path.is_file():
        raise BenchmarkError(f"there is no journal {str(path)!r}")
    with closing(_alone(path) if to_write or not is_frozen(path) else frozen(path)) as db:
        refuse_damaged(db, path)
        yield Part(path, db)


def refuse_damaged(db: sqlite3.Connection, path: Path) -> None:
    """Read a journal whole. Raises BenchmarkError where anything is not what was written."""
    with reading(path):
        found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise damaged(path, " ".join(found.split()))
        for table in seal.COLUMNS:
            checked = seal.whole() if table == "outcomes" else seal.sound(table)
            if db.execute(f"SELECT 1 FROM {table} WHERE NOT {checked} LIMIT 1").fetchone():
                raise damaged(path, f"a row of {table} is not what was written")


def _alone(path: Path) -> sqlite3.Connection:
    """Open a journal that no other process has open."""
    name = f"journal {str(path)!r}"
    db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
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
        if found == 0:
            raise BenchmarkError(f"{name} is no journal")
        seal.enable(db)
    except sqlite3.Error as error:
        db.close()
        busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
        why = "is in use by another process" if busy else f"cannot be opened: {error}"
        raise BenchmarkError(f"{name} {why}") from error
    except BenchmarkError:
        db.close()
        raise
    return db


def refuse_other_plan(part: Part, first: Part) -> None:
    """Raise BenchmarkError where a journal does not plan the cells of the first one."""
    if "suite" not in part.facts:
        raise BenchmarkError(f"journal {str(part.path)!r} holds no suite; run one first")
    if part.plan != first.plan:
        between = f"journals {str(first.path)!r} and {str(part.path)!r}"
        raise BenchmarkError(f"{between} are not of one plan: {_difference(first, part)}")


def _difference(first: Part, other: Part) -> str:
    """Why the plans of two journals differ."""
    suites = [part.facts["suite"] for part in (first, other)]
    parts = [name for name in COMPARED if suites[0].get(name) != suites[1].get(name)]
    if parts:
        return f"the suite was changed between them ({', '.join(parts)})"
    data = [part.facts["datasets"] for part in (first, other)]
    contents = _unequal(*({n: d["fingerprint"] for n, d in facts.items()} for facts in data))
    if contents:
        return f"other content of dataset {', '.join(map(repr, contents))}"
    if first.cells() != other.cells():
        return f"the one plans {first.cells():,} cells and the other {other.cells():,}"
    versions = [part.versions() for part in (first, other)]
    libraries = [f"{name} {versions[0].get(name)} and {versions[1].get(name)}"
                 for name in _unequal(*versions)]  # fmt: skip
    return f"other versions ({', '.join(libraries) or 'of the code that computes'})"


def _unequal(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    """The names whose values differ."""
    return [name for name in sorted({*one, *other}) if one.get(name) != other.get(name)]


def differ(one: Part, other: Part, fit_key: str) -> list[str]:
    """What differs between two outcomes that are both ok; seconds and memory do not count."""
    contents = [part.content(fit_key) for part in (one, other)]
    if contents[0] == contents[1]:
        return []
    said = [_said(part, content) for part, content in zip((one, other), contents, strict=True)]
    scored_alike = contents[0].score_key == contents[1].score_key
    names = ["scores"] * scored_alike + ["parameters", "predictions"]
    return [name for name in names if said[0][name] != said[1][name]]


def _said(part: Part, content: _Content) -> dict[str, Any]:
    """What an outcome says, in a form that can be compared."""
    with reading(part.path):
        params = json.loads(zlib.decompress(content.details))["params"]
        predictions = bits(content.predictions)
    return {"scores": content.scores, "parameters": params, "predictions": predictions}
