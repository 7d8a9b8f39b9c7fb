"""The file of a journal: how it is opened, its tables, and how an older one gets them."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmark.errors import BenchmarkError
from benchmark.journal.encode import outcome_of, summary
from benchmark.types import Cell

FORMAT = 3
_connected = partial(sqlite3.connect, isolation_level=None, check_same_thread=False)
_OUTCOMES = """
CREATE TABLE IF NOT EXISTS outcomes (
    fit_key TEXT PRIMARY KEY, score_key TEXT NOT NULL, status TEXT NOT NULL,
    seconds REAL NOT NULL, inner_default REAL, inner_tuned REAL, error TEXT NOT NULL,
    limit_seconds REAL NOT NULL, limit_memory INTEGER NOT NULL,
    invocation TEXT NOT NULL, ended REAL NOT NULL,
    scores TEXT NOT NULL, details BLOB NOT NULL, predictions BLOB)"""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS cells (
    position INTEGER PRIMARY KEY, dataset TEXT NOT NULL, strategy TEXT NOT NULL,
    model TEXT NOT NULL, repeat INTEGER NOT NULL, fold INTEGER NOT NULL,
    fit_key TEXT NOT NULL, score_key TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS pairs ON cells (dataset, strategy, model);
CREATE TABLE IF NOT EXISTS imports (
    fit_key TEXT PRIMARY KEY, dataset TEXT NOT NULL, strategy TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS skips (
    dataset TEXT NOT NULL, strategy TEXT NOT NULL, model TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS invocations (id TEXT PRIMARY KEY, environment TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tracked (
    uri TEXT NOT NULL, subject TEXT NOT NULL, digest TEXT NOT NULL, run_id TEXT NOT NULL,
    complete INTEGER NOT NULL, PRIMARY KEY (uri, subject));
"""


def writable(path: Path) -> sqlite3.Connection:
    """Open or create a journal. Raises BenchmarkError where the file is none of this format."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = _connected(path)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
        db.execute("PRAGMA busy_timeout=10000")
        prepare(db, path)
    except OSError as error:
        raise BenchmarkError(f"journal {str(path)!r} cannot be opened: {error.strerror}") from error
    except sqlite3.Error as error:
        raise BenchmarkError(f"journal {str(path)!r} cannot be opened: {error}") from error
    return db


def readable(path: Path) -> sqlite3.Connection:
    """Open a journal that is there, in a folder that cannot be written too."""
    return frozen(path) if is_frozen(path) else writable(path)


def is_frozen(path: Path) -> bool:
    """Whether this user cannot write a journal, as on a read-only file system."""
    return not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def frozen(path: Path) -> sqlite3.Connection:
    """Open a journal to read it alone, and leave no file beside it."""
    log = path.with_name(f"{path.name}-wal")
    name = f"journal {str(path)!r}"
    if log.is_file() and log.stat().st_size:
        raise BenchmarkError(
            f"{name} cannot be written here, and is in use or was not closed; copy its folder"
        )
    try:
        db = _connected(f"{path.resolve().as_uri()}?immutable=1", uri=True)
        found = db.execute("PRAGMA user_version").fetchone()[0]
    except sqlite3.Error as error:
        raise BenchmarkError(f"{name} cannot be opened: {error}") from error
    if found != FORMAT:
        raise BenchmarkError(f"{name} has format {found}; this version reads format {FORMAT}")
    return db


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables that are missing. Raises BenchmarkError for a later version's journal."""
    found = db.execute("PRAGMA user_version").fetchone()[0]
    if found > FORMAT:
        raise BenchmarkError(
            f"journal {str(path)!r} has format {found}; this version reads up to {FORMAT}"
        )
    if found == 2:
        _migrate(db)
    db.execute(_OUTCOMES)
    db.executescript(_SCHEMA)
    db.execute(f"PRAGMA user_version = {FORMAT}")


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All of what is done in the block, or nothing."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _migrate(db: sqlite3.Connection) -> None:
    """Format 2 had no summary of an outcome beside its details."""
    nowhere = Cell("", "", "", 0, 0)
    with transaction(db):
        db.execute("ALTER TABLE outcomes RENAME TO former")
        db.execute(_OUTCOMES)
        query = "SELECT fit_key, status, scores, details, NULL FROM former"
        for key, *found in db.execute(query):
            db.execute(
                """INSERT INTO outcomes SELECT fit_key, score_key, status, ?, ?, ?, ?,
                   limit_seconds, limit_memory, invocation, ended, scores, details, predictions
                   FROM former WHERE fit_key = ?""",
                (*summary(outcome_of(nowhere, *found)), key),
            )
        db.execute("DROP TABLE former")
