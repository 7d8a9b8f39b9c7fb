"""What is changed in a row of a journal is noticed when it is read; so is a row that is gone."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmark.errors import BenchmarkError
from benchmark.journal import seal
from benchmark.journal.part import refuse_damaged
from benchmark.journal.rows import Keyed, Sent
from benchmark.journal.schema import FORMAT, readable
from benchmark.journal.store import Journal
from benchmark.types import Cell, Outcome, Predictions, Scored, Scores, Skip

CELL = Cell("data", "smote", "tree", 1, 2)
KEYED = Keyed(CELL, "fit", "score")
THEIRS = Keyed(Cell("data", "theirs", "external", 1, 2), "their fit", "score")
SCORED = Scored("probability", np.array([0.25]), np.array([0.5]))
OUTCOME = Outcome(
    CELL,
    "ok",
    Scores({"": {"f2": 0.5}}),
    seconds={"fit": 1.5},
    predictions=Predictions(*(np.zeros(1, np.int64) for _ in range(4)), SCORED, SCORED),
)
COLUMNS = [(table, column) for table, columns in seal.COLUMNS.items() for column in columns]
FIRST = "rowid = (SELECT min(rowid) FROM {})"
LARGE = [("outcomes", column) for column in seal.LARGE]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal with a row in every table."""
    with Journal(tmp_path / "journal.sqlite") as journal:
        journal.add_imports([(THEIRS, OUTCOME)], "then", 0.0)
        journal.write_plan([KEYED, THEIRS], [Skip("data", "a", "b", "c")], {"suite": {"name": "x"}})
        journal.begin("now", {"python": "3"})
        journal.add(KEYED, OUTCOME, (60.0, 2**30), "now", 5.0)
        journal.note_sent("here", "now", Sent("digest", "run", complete=True))
    return tmp_path / "journal.sqlite"


def everything(journal: Journal) -> list[Any]:
    """All that the methods of a journal tell."""
    return [
        journal.rows(),
        journal.planned(),
        journal.known(),
        journal.skips(),
        journal.imports(),
        journal.fact("suite"),
        journal.fact(seal.COUNTS),
        journal.invocations(),
        journal.environment("now"),
        journal.sent("here"),
        journal.outcome(CELL, "fit"),
        journal.outcome(THEIRS.cell, "their fit"),
        journal.tested("fit", "default"),
    ]


def changed(path: Path, query: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute(query, values).rowcount > 0


@pytest.mark.parametrize(("table", "column"), [*COLUMNS, *LARGE])
def test_a_bit_that_is_another_is_noticed(path: Path, table: str, column: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        (value,) = db.execute(f"SELECT {column} FROM {table} ORDER BY rowid LIMIT 1").fetchone()
    other = value + 99 if isinstance(value, int | float) else flipped(value)
    changed(path, f"UPDATE {table} SET {column} = ? WHERE {FIRST.format(table)}", other)

    with pytest.raises(BenchmarkError, match=rf"^journal '{path}' is damaged \("):
        read_and_checked(path)


@pytest.mark.parametrize("column", ["details", "predictions", "scores"])
def test_contents_of_another_outcome_are_noticed(path: Path, column: str) -> None:
    changed(path, f"UPDATE outcomes SET {column} = x'00' WHERE fit_key = 'their fit'")
    changed(
        path,
        f"""UPDATE outcomes SET {column} = (SELECT {column} FROM outcomes WHERE fit_key = ?)
            WHERE fit_key = 'fit'""",
        "their fit",
    )

    with pytest.raises(BenchmarkError, match="is damaged"):
        read_and_checked(path)


@pytest.mark.parametrize("table", ["cells", "skips", "imports", "facts"])
def test_a_row_that_is_gone_is_noticed(path: Path, table: str) -> None:
    changed(path, f"DELETE FROM {table} WHERE {FIRST.format(table)}")

    with Journal.existing(path) as journal, pytest.raises(BenchmarkError, match="is damaged"):
        everything(journal)


def test_an_outcome_that_is_gone_is_not_computed(path: Path) -> None:
    changed(path, "DELETE FROM outcomes WHERE fit_key = 'fit'")

    with Journal.existing(path) as journal:
        assert [row.status for row in journal.rows()] == ["pending", "ok"]


def test_an_outcome_that_is_not_found_by_its_key_is_noticed_before_a_run_goes_on(
    path: Path,
) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode=DELETE")
        (size,) = db.execute("PRAGMA page_size").fetchone()
        query = "SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_outcomes_1'"
        (page,) = db.execute(query).fetchone()
    content = bytearray(path.read_bytes())
    place = content.index(b"their fit", (page - 1) * size)
    content[place] = ord("u")
    path.write_bytes(content)

    with Journal.existing(path) as journal, pytest.raises(BenchmarkError, match="is damaged"):
        journal.known()
    with closing(readable(path)) as db, pytest.raises(BenchmarkError, match="is damaged"):
        refuse_damaged(db, path)


def test_nothing_is_noticed_where_nothing_is_changed(path: Path) -> None:
    read_and_checked(path)


def test_scores_that_are_made_anew_are_sound(path: Path) -> None:
    with Journal(path) as journal:
        journal.rescore(Keyed(CELL, "fit", "other"), Scores({"": {"f1": 0.25}}))
        journal.remove_imports("theirs")

    read_and_checked(path, theirs=False)


def test_a_table_of_an_older_format_is_sealed_once(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        for table in seal.COLUMNS:
            db.execute(f"ALTER TABLE {table} DROP COLUMN checksum")
        for column in seal.LARGE:
            db.execute(f"ALTER TABLE outcomes DROP COLUMN {column}_sum")
        db.execute("PRAGMA user_version = 3")

    read_and_checked(path)
    changed(path, "UPDATE outcomes SET seconds = 9 WHERE fit_key = 'fit'")
    with pytest.raises(BenchmarkError, match="is damaged"):
        read_and_checked(path)


@pytest.mark.parametrize("number", [0, 1, FORMAT])
def test_another_database_is_no_journal_and_stays_as_it_is(tmp_path: Path, number: int) -> None:
    path = tmp_path / "journal.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE runs (id TEXT)")
        db.execute(f"PRAGMA user_version = {number}")
    before = path.read_bytes()

    for opened in (Journal, Journal.existing):
        with pytest.raises(BenchmarkError, match="is no journal, but another database"):
            opened(path)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_file_is_as_good_as_none(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.touch()

    with pytest.raises(BenchmarkError, match="no results at"):
        Journal.existing(path)
    with Journal(path) as journal:
        assert journal.rows() == []


def read_and_checked(path: Path, *, theirs: bool = True) -> None:
    """Raise where anything is damaged, whichever way a journal is read."""
    with Journal.existing(path) as journal:
        found = everything(journal)
    with closing(readable(path)) as db:
        refuse_damaged(db, path)
    assert (found[-2] is not None) == theirs


def flipped(value: Any) -> Any:
    """A text or a content whose last bit is another, or something where there was nothing."""
    if value is None:
        return 0.5
    content = value if isinstance(value, bytes) else value.encode()
    other = bytes([*content[:-1], content[-1] ^ 1]) if content else b"x"
    return other if isinstance(value, bytes) else other.decode()
