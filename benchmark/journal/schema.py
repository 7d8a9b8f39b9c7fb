"""The file of a journal: how it is opened, its tables, and how an older one gets them."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from benchmark.errors import BenchmarkError
from benchmark.journal import seal
from benchmark.journal.encode import outcome_of, problem, summary
from benchmark.types import Cell

FORMAT = 4
OLDEST = 2
BUSY_SECONDS = 30.0
_connected = partial(
    sqlite3.connect, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
)
_OUTCOMES = """
CREATE TABLE IF NOT EXISTS outcomes (
    fit_key TEXT PRIMARY KEY, score_key TEXT NOT NULL, status TEXT NOT NULL,
    seconds REAL NOT NULL, inner_default REAL, inner_tuned REAL, error TEXT NOT NULL,
    limit_seconds REAL NOT NULL, limit_memory INTEGER NOT NULL,
    invocation TEXT NOT NULL, ended REAL NOT NULL,
    scores TEXT NOT NULL, details BLOB NOT NULL, predictions BLOB)"""
_SCHEMA = (
    _OUTCOMES,
    """CREATE TABLE IF NOT EXISTS cells (
    position INTEGER PRIMARY KEY, dataset TEXT NOT NULL, strategy TEXT NOT NULL,
    model TEXT NOT NULL, repeat INTEGER NOT NULL, fold INTEGER NOT NULL,
    fit_key TEXT NOT NULL, score_key TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS pairs ON cells (dataset, strategy, model)",
    """CREATE TABLE IF NOT EXISTS imports (
    fit_key TEXT PRIMARY KEY, dataset TEXT NOT NULL, strategy TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS skips (
    dataset TEXT NOT NULL, strategy TEXT NOT NULL, model TEXT NOT NULL, reason TEXT NOT NULL)""",
    "CREATE TABLE IF NOT EXISTS invocations (id TEXT PRIMARY KEY, environment TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS tracked (
    uri TEXT NOT NULL, subject TEXT NOT NULL, digest TEXT NOT NULL, run_id TEXT NOT NULL,
    complete INTEGER NOT NULL, PRIMARY KEY (uri, subject))""",
)


def writable(path: Path) -> sqlite3.Connection:
    """Open or create a journal. Raises BenchmarkError where the file is none of this format."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = _connected(path)
    except OSError as error:
        raise BenchmarkError(f"journal {str(path)!r} cannot be opened: {error.strerror}") from error
    except sqlite3.Error as error:
        raise problem(path, error, "opened") from error
    try:
        prepare(db, path)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=NORMAL")
    except sqlite3.Error as error:
        db.close()
        raise problem(path, error, "opened") from error
    except BenchmarkError:
        db.close()
        raise
    return db


def readable(path: Path) -> sqlite3.Connection:
    """Open a journal that is there and not empty, in a folder that cannot be written too."""
    if not path.is_file() or not path.stat().st_size:
        raise BenchmarkError(f"no results at {str(path)!r}; start with: python -m benchmark run")
    return frozen(path) if is_frozen(path) else writable(path)


def is_frozen(path: Path) -> bool:
    """Whether this user cannot write a journal, as on a read-only file system."""
    return not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK))


def frozen(path: Path) -> sqlite3.Connection:
    """Open a journal to read it alone, and leave no file beside it."""
    log = path.with_name(f"{path.name}-wal")
    if log.is_file() and log.stat().st_size:
        raise BenchmarkError(
            f"journal {str(path)!r} cannot be written here, and is in use or was not closed; copy "
            "its folder"
        )
    try:
        db = _connected(f"{path.resolve().as_uri()}?immutable=1", uri=True)
        if version(db, path) in (0, FORMAT):
            seal.enable(db)
            return db
        copy = _connected("")  # a temporary file of SQLite's
        with closing(db):
            db.backup(copy)
        prepare(copy, path)
    except sqlite3.Error as error:
        raise problem(path, error, "opened") from error
    return copy


def version(db: sqlite3.Connection, path: Path) -> int:
    """The format of a journal, 0 for one without tables.

    Raises BenchmarkError for what is none, and for a format that this version does not know.
    """
    found = int(db.execute("PRAGMA user_version").fetchone()[0])
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if found > FORMAT and tables >= seal.COLUMNS.keys():
        raise BenchmarkError(
            f"journal {str(path)!r} has format {found}; this version reads up to {FORMAT}: it was "
            "written by a later one, or is damaged"
        )
    if tables and (not OLDEST <= found <= FORMAT or "outcomes" not in tables):
        raise BenchmarkError(f"{str(path)!r} is no journal, but another database of SQLite's")
    return found if tables else 0


def prepare(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables of this format. Raises BenchmarkError for what is no journal."""
    seal.enable(db)
    if version(db, path) == FORMAT:
        return
    with transaction(db):
        found = version(db, path)  # another process may have been quicker
        if found == OLDEST:
            _summarise(db)
        for statement in _SCHEMA if found < FORMAT else ():
            db.execute(statement)
        if found < FORMAT:
            _seal(db)
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


def _summarise(db: sqlite3.Connection) -> None:
    """Format 2 had no summary of an outcome beside its details."""
    nowhere = Cell("", "", "", 0, 0)
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


def _seal(db: sqlite3.Connection) -> None:
    """Format 3 had no checksums."""
    for name in seal.LARGE:
        _add(db, "outcomes", f"{name}_sum", "INTEGER")
    for table in seal.COLUMNS:
        _add(db, table, "checksum", "TEXT NOT NULL DEFAULT ''")
        seal.again(db, table)
    seal.count(db)


def _add(db: sqlite3.Connection, table: str, column: str, kind: str) -> None:
    if column not in {name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")}:
        db.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind}")
