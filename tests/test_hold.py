"""One process writes a journal; others are told so, and nothing is left when it ends."""

import multiprocessing
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from plugins_for_tests.suites import computed_here, write_suite

from benchmark import compare, merge, plan, run, sync
from benchmark.cli.app import run_command_line
from benchmark.errors import BenchmarkError
from benchmark.external import remove_predictions
from benchmark.journal.hold import held
from benchmark.results import recover

FORK = multiprocessing.get_context("fork")


def hold(path: Path, pipe: Any) -> None:
    with held(path):
        pipe.send("held")
        pipe.recv()


@contextmanager
def another_process(path: Path) -> Iterator[Any]:
    """A process that holds a journal."""
    ours, theirs = FORK.Pipe()
    process = FORK.Process(target=hold, args=(path, theirs), daemon=True)
    process.start()
    assert ours.recv() == "held"
    try:
        yield process
    finally:
        process.kill()
        process.join()


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    path = write_suite(tmp_path)
    computed_here(path).close()
    return path


def journal_of(suite: Path) -> Path:
    return suite.parent / "results" / "small" / "journal.sqlite"


def test_a_second_run_is_refused_in_one_line_that_names_the_first_and_the_journal(
    suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = str(suite.parent / "results")
    with another_process(journal_of(suite)) as first:
        code = run_command_line(["run", str(suite), "--results", results])

    assert code == 2
    assert capsys.readouterr().err == (
        f"error: journal '{journal_of(suite)}' is in use by process {first.pid} on "
        f"{socket.gethostname()}; wait until it ends, or name another folder with --results\n"
    )


@pytest.mark.parametrize(
    "write",
    [
        lambda suite, results: run(suite, results=results),
        lambda suite, results: sync(suite, results=results),
        lambda suite, results: merge(suite, [results], results=results),
        lambda suite, results: remove_predictions(suite, "theirs", results=results),
        lambda suite, results: recover(suite, results=results),
    ],
)
def test_whatever_writes_is_refused_while_another_process_does(suite: Path, write: Any) -> None:
    before = journal_of(suite).read_bytes()

    with (
        another_process(journal_of(suite)),
        pytest.raises(BenchmarkError, match="is in use by process"),
    ):
        write(suite, suite.parent / "results")

    assert journal_of(suite).read_bytes() == before


def test_what_reads_works_while_another_process_writes(
    suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = suite.parent / "results"
    page = suite.parent / "report.html"

    with another_process(journal_of(suite)):
        assert len(compare(suite, results=results)) > 0
        assert plan(suite, results=results).done == 2
        assert (
            run_command_line(["report", str(suite), "--results", str(results), "-o", str(page)])
            == 0
        )


def test_the_hold_ends_with_the_process_that_was_killed(suite: Path) -> None:
    with another_process(journal_of(suite)) as first:
        os.kill(first.pid, signal.SIGKILL)
        first.join()

        with held(journal_of(suite)), pytest.raises(BenchmarkError, match=f"process {os.getpid()}"):
            held(journal_of(suite)).__enter__()


def test_nothing_is_left_of_it(tmp_path: Path) -> None:
    path = tmp_path / "results" / "small" / "journal.sqlite"

    with held(path):
        assert list(path.parent.iterdir()) == []

    assert list(tmp_path.iterdir()) == []


def test_where_folders_cannot_be_locked_a_file_is_and_it_goes_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "journal.sqlite"
    monkeypatch.setattr("benchmark.journal.hold._holder", lambda handle, folder: None)

    with another_process(path), pytest.raises(BenchmarkError, match="in use by another process"):
        hold(path, None)
    with held(path), pytest.raises(BenchmarkError, match="in use by another process"):
        hold(path, None)

    assert [found.name for found in tmp_path.iterdir()] == []


def test_what_goes_wrong_in_the_block_is_told_as_it_is(tmp_path: Path) -> None:
    with pytest.raises(BlockingIOError, match="full"), held(tmp_path / "journal.sqlite"):
        raise BlockingIOError("full")


def test_a_suite_that_is_wrong_leaves_no_folder(tmp_path: Path) -> None:
    path = write_suite(
        tmp_path, datasets=[{"use": "synthetic", "as": "few", "params": {"rows": 3}}]
    )

    with pytest.raises(BenchmarkError):
        run(path, results=tmp_path / "results")

    assert [found.name for found in tmp_path.iterdir()] == ["suite.yaml"]
