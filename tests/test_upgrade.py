"""What an earlier release left on a disk is read by this one: see fixtures/make.py."""

import io
import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from benchmark import compare, gate
from benchmark.analysis.compare import as_csv
from benchmark.cli.app import run_command_line
from benchmark.journal.schema import FORMAT
from benchmark.journal.store import Journal

RELEASES = sorted(Path(__file__).with_name("fixtures").glob("format-*"))
NAMES = [folder.name for folder in RELEASES]


@pytest.fixture(params=RELEASES, ids=NAMES)
def release(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A copy of what a release left: its suite, and its journal among the results."""
    folder = shutil.copytree(request.param, tmp_path / "release")
    journal = folder / "results" / "release" / "journal.sqlite"
    journal.parent.mkdir(parents=True)
    (folder / "journal.sqlite").rename(journal)
    yield folder


def call(release: Path, command: str, *arguments: str) -> int:
    results = str(release / "results")
    return run_command_line(
        [command, str(release / "suite.yaml"), "--results", results, *arguments]
    )


def journal_of(release: Path) -> Path:
    return release / "results" / "release" / "journal.sqlite"


def test_the_first_release_is_among_them() -> None:
    assert "format-3" in NAMES


def test_its_comparison_is_the_one_it_showed(release: Path) -> None:
    shown = pd.read_csv(release / "comparison.csv")

    found = compare(release / "suite.yaml", results=release / "results")

    again = pd.read_csv(io.StringIO(as_csv(found)))
    pd.testing.assert_frame_equal(again, shown, check_exact=True)


def test_every_outcome_is_there_with_its_predictions_and_its_error(release: Path) -> None:
    with Journal.existing(journal_of(release)) as journal:
        rows = journal.rows()
        outcomes = [journal.outcome(row.cell, row.fit_key) for row in rows]

    found = [outcome for outcome in outcomes if outcome is not None]
    assert Counter(row.status for row in rows) == {"ok": 28, "failed": 16}
    assert Counter(o.predictions is not None for o in found) == {True: 28, False: 16}
    assert all(o.error and o.traceback for o in found if o.status == "failed")
    assert Counter(len(o.trials) for o in found) == {2: 24, 0: 20}


def test_it_is_brought_up_to_date_once(release: Path) -> None:
    for _ in range(2):
        Journal.existing(journal_of(release)).close()

        with closing(sqlite3.connect(journal_of(release))) as db:
            assert db.execute("PRAGMA user_version").fetchone() == (FORMAT,)


def test_its_report_and_its_tables_are_made(
    release: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = release / "report.html"

    assert call(release, "compare") == 0
    assert call(release, "compare", "--by", "strategy", "--format", "csv") == 0
    assert call(release, "plan") == 0
    assert call(release, "report", "-o", str(page)) == 0

    assert "starved" in capsys.readouterr().out
    assert "clusters" in page.read_text(encoding="utf-8")


def test_the_gate_judges_it_by_the_baseline_of_its_time(release: Path) -> None:
    verdict = gate(
        release / "suite.yaml", release / "baseline.json", results=release / "results", earlier=True
    )

    assert verdict.code == 0


def test_a_baseline_is_read_by_the_gate_of_this_version(release: Path) -> None:
    text = json.loads((release / "baseline.json").read_text(encoding="utf-8"))

    assert text["of"]["suite"] == "release"
    assert len(text["pairs"]) == 6


def test_on_a_read_only_file_system_it_is_read_and_left_as_it_is(
    release: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmark.journal.schema.is_frozen", lambda path: True)
    before = journal_of(release).read_bytes()

    found = compare(release / "suite.yaml", results=release / "results")

    assert len(found) == len(pd.read_csv(release / "comparison.csv"))
    assert journal_of(release).read_bytes() == before
    assert [path.name for path in journal_of(release).parent.iterdir()] == ["journal.sqlite"]
