"""What can be read of a damaged journal, and is what was written, is kept; torture/damage.py tries
many more ways to damage one."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from mlflow import MlflowClient
from plugins_for_tests.suites import computed_here, write_suite

from benchmark import compare, sync
from benchmark.cli.app import run_command_line
from benchmark.errors import BenchmarkError
from benchmark.flow import Options, execute
from benchmark.journal.recover import recover
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal

PAGE = 4096
Made = Callable[[], Path]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole")
    tracked = {"models": ["constant", "decision_tree"], "tracking": {"experiment": "recovered"}}
    suite = write_suite(folder, **tracked)
    computed_here(suite).close()
    sync(suite, results=folder / "results")
    return folder


@pytest.fixture
def suite(whole: Path, tmp_path: Path) -> Path:
    """A copy of a suite with its results that a test may damage."""
    return shutil.copytree(whole, tmp_path / "copy") / "suite.yaml"


def journal_of(suite: Path) -> Path:
    return suite.parent / "results" / "small" / "journal.sqlite"


def rows(path: Path) -> list[Row]:
    with Journal(path) as journal:
        return journal.rows()


def damage_a_score(path: Path) -> None:
    """Another score of the first cell, as a fault of a disk might leave it."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("""UPDATE outcomes SET scores = replace(scores, '"f2": 0', '"f2": 1')
                      WHERE rowid = 1""")


def test_another_score_is_not_shown_and_the_line_says_what_to_do(
    suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damage_a_score(journal_of(suite))

    code = run_command_line(["compare", str(suite), "--results", str(suite.parent / "results")])

    said = capsys.readouterr()
    assert (code, said.out) == (2, "")
    assert said.err == (
        f"error: journal '{journal_of(suite)}' is damaged (ValueError: a row is not what was "
        "written); bring back a copy of it, or keep what can be read with `recover SUITE`\n"
    )


def test_all_other_outcomes_are_kept_and_a_run_computes_the_one(
    suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = suite.parent / "results"
    table, before = compare(suite, results=results), rows(journal_of(suite))
    damage_a_score(journal_of(suite))
    damaged = journal_of(suite).read_bytes()

    code = run_command_line(["recover", str(suite), "--results", str(results)])

    assert code == 0
    assert capsys.readouterr().out == (
        f"Results   {journal_of(suite)} (3 outcomes kept)\n"
        f"Damaged   {journal_of(suite)}.damaged\n"
        "Cells     1 cell is not there any more; `run` computes what is missing\n"
    )
    assert Path(f"{journal_of(suite)}.damaged").read_bytes() == damaged
    kept = rows(journal_of(suite))
    assert [row.status for row in kept] == ["pending", "ok", "ok", "ok"]
    assert kept[1:] == before[1:]
    summary = execute(suite, Options(results=results))
    assert summary.computed == 1
    assert summary.table.equals(table)


def test_what_is_recovered_is_not_sent_twice(suite: Path) -> None:
    results = suite.parent / "results"
    (results / "mlflow.db").unlink()
    sync(suite, results=results)
    with closing(sqlite3.connect(journal_of(suite))) as db, db:
        db.execute("UPDATE tracked SET run_id = 'another' WHERE subject LIKE '%constant'")
    recover(journal_of(suite))

    assert sync(suite, results=results) == 1

    client = MlflowClient(f"sqlite:///{results / 'mlflow.db'}")
    found = client.get_experiment_by_name("recovered")
    assert found is not None
    sent = [run.data.tags["benchmark.kind"] for run in client.search_runs([found.experiment_id])]
    assert sorted(sent) == ["invocation", "pair", "pair"]


def test_a_journal_that_is_whole_stays_as_it_is(
    suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = journal_of(suite).read_bytes()

    code = run_command_line(["recover", str(suite), "--results", str(suite.parent / "results")])

    assert code == 0
    assert capsys.readouterr().out == f"Nothing to recover: {journal_of(suite)} is whole.\n"
    assert journal_of(suite).read_bytes() == before
    assert [path.name for path in journal_of(suite).parent.iterdir()] == ["journal.sqlite"]


def test_a_journal_without_its_first_page_is_recovered_whole(suite: Path) -> None:
    before = rows(journal_of(suite))
    with journal_of(suite).open("r+b") as file:
        file.write(bytes(PAGE))

    found = recover(journal_of(suite))

    assert (found.outcomes, found.missing) == (4, 0)
    assert rows(journal_of(suite)) == before


@pytest.mark.parametrize("content", [b"a letter\n" * 999, bytes(9 * PAGE), b"SQLite format 3\0"])
def test_where_nothing_can_be_read_nothing_is_changed(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_bytes(content)

    with pytest.raises(BenchmarkError, match=r"no outcome can be read; .* remove it and run"):
        recover(path)

    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_second_damaged_file_takes_no_other_ones_place(suite: Path) -> None:
    for _ in range(2):
        with closing(sqlite3.connect(journal_of(suite))) as db, db:
            db.execute("UPDATE outcomes SET ended = ended + 1 WHERE rowid = 1")
        recover(journal_of(suite))

    names = sorted(path.name for path in journal_of(suite).parent.iterdir())
    assert names == ["journal.sqlite", "journal.sqlite.damaged", "journal.sqlite.damaged2"]


def test_without_a_journal_there_is_nothing_to_recover(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="there is no journal"):
        recover(tmp_path / "journal.sqlite")
