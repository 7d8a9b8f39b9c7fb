"""What can still be read of a damaged journal → a journal that is whole."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from benchmark.errors import BenchmarkError
from benchmark.journal import seal
from benchmark.journal.part import refuse_damaged
from benchmark.journal.schema import prepare, readable, transaction
from benchmark.journal.track import subject_of

PLAN = ("cells", "skips", "facts")
_PAGE = 4096
_SIZE = slice(28, 32)  # of the file in pages, in its first page


@dataclass(frozen=True)
class Recovered:
    """What became of a journal.

    Attributes:
        damaged: where the damaged file is now; None where nothing was wrong.
        outcomes: how many could be read, each exactly as it was written.
        cells: how many the suite plans, 0 where that could not be read.
        missing: how many of these have no outcome now.
    """

    path: Path
    damaged: Path | None
    outcomes: int
    cells: int
    missing: int


def recover(path: Path) -> Recovered:
    """Replace a damaged journal by what can be read and verified of it; the old one is kept.

    Raises BenchmarkError where there is none, or where no outcome can be read.
    """
    with suppress(BenchmarkError), closing(readable(path)) as db:
        refuse_damaged(db, path)
        return _said(db, path, None)
    if not path.is_file():
        raise BenchmarkError(f"there is no journal {str(path)!r}")
    folder = path.with_name("recovering")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
        made = _made(path, folder)
        if made is None:
            raise BenchmarkError(
                f"journal {str(path)!r}: no outcome can be read; bring back a copy of it, or "
                "remove it and run its suite again"
            )
        kept = _kept(path)
        for name in ("-wal", "-shm"):
            path.with_name(f"{path.name}{name}").unlink(missing_ok=True)
        made.replace(path)
    except OSError as error:
        raise BenchmarkError(f"journal {str(path)!r} cannot be written: {error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    with closing(readable(path)) as db:
        return _said(db, path, kept)


def _made(path: Path, folder: Path) -> Path | None:
    """A new journal in a folder, with all that is sound in the one at a path; None for nothing."""
    for mend in (_unmended, _mended):
        made = folder / f"{mend.__name__}.sqlite"
        with _opened(made) as new:
            copy = folder / path.name
            for name in ("", "-wal"):
                with suppress(FileNotFoundError):
                    shutil.copyfile(f"{path}{name}", f"{copy}{name}")
            with suppress(sqlite3.Error, BenchmarkError):
                mend(copy, made)
                with closing(sqlite3.connect(copy, isolation_level=None)) as old:
                    prepare(old, copy)
                    _copy(old, new)
            if new.execute("SELECT count(*) FROM outcomes").fetchone()[0]:
                return made
    return None


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        prepare(db, path)
        yield db


def _unmended(copy: Path, new: Path) -> None:
    """Read the file as it is."""


def _mended(copy: Path, new: Path) -> None:
    """Give the file the first page of a new journal: it says where the tables are."""
    content = bytearray(copy.read_bytes())
    content[:_PAGE] = new.read_bytes()[:_PAGE]
    content[_SIZE] = (len(content) // _PAGE).to_bytes(4, "big")
    copy.write_bytes(content)


def _copy(old: sqlite3.Connection, new: sqlite3.Connection) -> None:
    """Copy every row that is what was written; a plan only where none of its rows is gone."""
    with transaction(new):
        for table in ("outcomes", "imports", "invocations", "tracked", *PLAN):
            for row in _sound_rows(old, table):
                seal.put(new, table, *row)
        if not _has_all(new):
            for table in PLAN:
                new.execute(f"DELETE FROM {table}")
        seal.count(new)
        _doubt_what_was_sent(new)


def _sound_rows(db: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    """Every row of a table that can be read and is what was written."""
    outcomes = table == "outcomes"
    columns = (*seal.SMALL, *seal.LARGE) if outcomes else seal.COLUMNS[table]
    sound = seal.whole() if outcomes else seal.sound(table)
    query = f"SELECT {', '.join(columns)}, {sound} FROM {table} NOT INDEXED WHERE rowid = ?"
    for number in sorted(_numbers(db, table)):
        with suppress(sqlite3.Error):
            for *row, is_sound in db.execute(query, (number,)).fetchall():
                if is_sound:
                    yield tuple(row)


def _numbers(db: sqlite3.Connection, table: str) -> set[int]:
    """The rows of a table that can be found: from its start, from its end, and by its index."""
    found: set[int] = set()
    ways = [f"NOT INDEXED ORDER BY rowid {order}" for order in ("ASC", "DESC")]
    for way in (*ways, f"INDEXED BY sqlite_autoindex_{table}_1"):
        with suppress(sqlite3.Error):
            for (number,) in db.execute(f"SELECT rowid FROM {table} {way}"):
                found.add(number)
    return found


def _has_all(db: sqlite3.Connection) -> bool:
    """Whether the plan has as many rows as were noted."""
    noted = db.execute("SELECT value FROM facts WHERE name = ?", (seal.COUNTS,)).fetchone()
    return noted is not None and all(
        db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == seal.counts(noted[0])[table]
        for table in PLAN
    )


def _doubt_what_was_sent(db: sqlite3.Connection) -> None:
    """Have tracking stores looked through for every run that is not known to have arrived."""
    query = """SELECT DISTINCT o.invocation, c.dataset, c.strategy, c.model
               FROM cells c JOIN outcomes o USING (fit_key)"""
    runs = [subject_of(*pair) for pair in db.execute(query).fetchall()]
    runs += [subject_of(name) for (name,) in db.execute("SELECT id FROM invocations").fetchall()]
    for (uri,) in db.execute("SELECT DISTINCT uri FROM tracked").fetchall():
        there = {
            name for (name,) in db.execute("SELECT subject FROM tracked WHERE uri = ?", (uri,))
        }
        for name in dict.fromkeys(runs):
            if name not in there:
                seal.put(db, "tracked", uri, name, "", "", 0)


def _kept(path: Path) -> Path:
    """Where a copy of the damaged journal is."""
    names = (f"{path.name}.damaged{number}" for number in chain([""], count(2)))
    kept = next(place for name in names if not (place := path.with_name(name)).exists())
    for name in ("", "-wal"):
        with suppress(FileNotFoundError):
            shutil.copyfile(f"{path}{name}", f"{kept}{name}")
    return kept


def _said(db: sqlite3.Connection, path: Path, damaged: Path | None) -> Recovered:
    number: Callable[[str], int] = lambda query: int(db.execute(query).fetchone()[0])  # noqa: E731
    return Recovered(
        path,
        damaged,
        number("SELECT count(*) FROM outcomes"),
        number("SELECT count(*) FROM cells"),
        number("SELECT count(*) FROM cells WHERE fit_key NOT IN (SELECT fit_key FROM outcomes)"),
    )
