"""The journals of shards become one, or stay as they are."""

import os
import shutil
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from plugins_for_tests.suites import (
    DATA,
    SMALL,
    computed_here,
    predictions_in,
    write_suite,
)

from benchmark import baseline, compare, gate, merge, run, sync
from benchmark.cli.app import run_command_line
from benchmark.errors import BenchmarkError
from benchmark.flow import Options, execute, journal_path
from benchmark.journal import merge as journals
from benchmark.journal import seal
from benchmark.journal.encode import bits, predictions_blob
from benchmark.journal.rows import Import, Keyed, Sent
from benchmark.journal.store import Journal
from benchmark.types import Cell, Outcome, Predictions, Scored, Scores, Skip, Status

PAIRS: dict[str, Any] = {
    "datasets": [DATA, {"use": "synthetic", "as": "other", "params": {"rows": 150, "seed": 3}}],
    "strategies": ["none", "class_weight"],
    "models": ["logistic_regression", "k_nearest_neighbors"],
}
CELLS = [Keyed(Cell("data", "none", "tree", 0, fold), f"fit {fold}", "score") for fold in (0, 1)]
LIMITS = (60.0, 2**30)
SCORED = Scored("probability", np.array([0.25, 0.5]), np.array([0.75]))
PREDICTIONS = Predictions(*(np.arange(n) for n in (2, 2, 1, 1)), SCORED, SCORED)
OK = Outcome(
    CELLS[0].cell, "ok", Scores({"": {"f2": 0.5}}), {"default": {"a": 1}}, predictions=PREDICTIONS
)
FACTS = {
    "suite": SMALL,
    "datasets": {"data": {"fingerprint": "0" * 64}, "more": {"fingerprint": "1" * 64}},
}
Made = Callable[..., Path]


def content(path: Path) -> list[str]:
    """All that is in a journal."""
    with closing(sqlite3.connect(path)) as db:
        return sorted(db.iterdump())


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Writes journals of one small plan with the outcomes that are named."""

    def write(
        name: str,
        *outcomes: Outcome,
        ended: float = 0.0,
        facts: dict[str, Any] = FACTS,
        cells: list[Keyed] = CELLS,
        known: dict[str, str] | None = None,
    ) -> Path:
        with Journal(tmp_path / name / "journal.sqlite") as journal:
            journal.write_plan(cells, [Skip("data", "none", "a", "because")], facts)
            journal.begin(f"now {name}", known or {"python": "3.11", "processor": name})
            for keyed, outcome in zip(cells, outcomes, strict=False):
                journal.add(keyed, outcome, LIMITS, f"now {name}", ended)
            return journal.path

    return write


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite, what two shards of it left in folders of their own, and what one run left."""
    folder = tmp_path_factory.mktemp("shards")
    path = write_suite(folder, **PAIRS)
    for number in (1, 2):
        run(path, results=folder / f"shard-{number}", shard=f"{number}/2")
    run(path, results=folder / "whole")
    return folder


@pytest.fixture
def joined(shards: Path, tmp_path: Path) -> Iterator[Path]:
    """The results of both shards, merged."""
    merge(shards / "suite.yaml", parts(shards), results=tmp_path / "joined")
    yield tmp_path / "joined"


def parts(folder: Path) -> list[Path]:
    return [folder / "shard-1", folder / "shard-2"]


def status(path: Path) -> list[str]:
    with Journal(path) as journal:
        return [row.status for row in journal.rows()]


def test_merged_shards_are_what_one_run_computes(shards: Path, joined: Path) -> None:
    suite = shards / "suite.yaml"
    one, both = (journal_path(suite, results) for results in (shards / "whole", joined))

    pd.testing.assert_frame_equal(
        compare(suite, results=joined), compare(suite, results=shards / "whole"), check_exact=True
    )
    assert predictions_in(both) == predictions_in(one)
    assert list(predictions_in(both)) == list(predictions_in(one))


def test_a_run_of_what_is_merged_computes_nothing(shards: Path, joined: Path) -> None:
    again = execute(shards / "suite.yaml", Options(results=joined))

    assert again.computed == 0
    assert {row.status for row in again.rows} == {"ok"}


def test_a_run_computes_what_no_shard_did(shards: Path, tmp_path: Path) -> None:
    suite = shards / "suite.yaml"

    merged = merge(suite, parts(shards)[1:], results=tmp_path / "half")
    rest = execute(suite, Options(results=tmp_path / "half"))

    assert 0 < merged.done == merged.added < merged.cells == len(rest.rows)
    assert rest.computed == merged.cells - merged.done


def test_a_merged_journal_is_sent_to_mlflow_whole(shards: Path, joined: Path) -> None:
    sent = sync(shards / "suite.yaml", results=joined)

    client = MlflowClient(f"sqlite:///{joined / 'mlflow.db'}")
    (experiment,) = client.search_experiments(filter_string="name = 'small'")
    runs = client.search_runs([experiment.experiment_id], max_results=100)
    kinds = [run.data.tags["benchmark.kind"] for run in runs]
    assert sent == kinds.count("pair") == 6
    assert kinds.count("invocation") > 0
    assert sync(shards / "suite.yaml", results=joined) == 0


def test_the_gate_judges_what_was_merged(shards: Path, joined: Path, tmp_path: Path) -> None:
    suite = shards / "suite.yaml"
    baseline(suite, tmp_path / "base.json", Options(results=shards / "whole"))

    verdict = gate(suite, tmp_path / "base.json", results=joined, earlier=True)

    assert verdict.code == 0
    assert {pair.state for pair in verdict.pairs} == {"identical"}


def test_every_invocation_comes_with_what_it_ran_on(made: Made, tmp_path: Path) -> None:
    one, two = made("one", OK), made("two")

    journals.merge([two, one], tmp_path / "out.sqlite")

    with Journal(tmp_path / "out.sqlite") as journal:
        assert journal.last_invocation() == "now two"
        assert journal.environment("now one")["processor"] == "one"
        assert [row.invocation for row in journal.rows()] == ["now one", ""]
        assert journal.skips() == [Skip("data", "none", "a", "because")]
        assert journal.fact("suite") == SMALL


def test_merging_again_changes_nothing(made: Made, tmp_path: Path) -> None:
    sources, target = [made("one", OK), made("two", Outcome(OK.cell, "failed"), OK)], tmp_path / "o"
    first = journals.merge(sources, target)
    before = content(target)

    again = journals.merge(sources, target)

    assert (first.added, again.added, again.done, again.cells) == (2, 0, 2, 2)
    assert content(target) == before


def test_merging_into_a_journal_adds_to_it(made: Made) -> None:
    target, more = made("one", OK), made("two", Outcome(OK.cell, "killed"), OK)

    merged = journals.merge([more, target], target)

    assert (merged.added, merged.done) == (1, 2)
    assert status(target) == ["ok", "ok"]
    assert status(more) == ["killed", "ok"]


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        (("ok", 0.0), ("failed", 9.0), "ok"),
        (("failed", 9.0), ("ok", 0.0), "ok"),
        (("failed", 1.0), ("timeout", 2.0), "timeout"),
        (("failed", 2.0), ("timeout", 1.0), "failed"),
        (("killed", 1.0), ("timeout", 1.0), "killed"),
    ],
)
def test_an_outcome_that_is_ok_stands_else_the_later_one(
    made: Made,
    tmp_path: Path,
    first: tuple[Status, float],
    second: tuple[Status, float],
    stands: str,
) -> None:
    sources = [
        made(name, replace(OK, status=was), ended=ended)
        for name, (was, ended) in (("one", first), ("two", second))
    ]

    journals.merge(sources, tmp_path / "out")

    assert status(tmp_path / "out") == [stands, "pending"]


def test_seconds_memory_and_compression_are_no_contradiction(made: Made, tmp_path: Path) -> None:
    slow = replace(OK, seconds={"fit": 9.0}, memory_bytes=5, cpu_seconds=7.0, note="slow")
    one, two = made("one", OK), made("two", slow, ended=5.0)

    journals.merge([one, two], tmp_path / "out")

    with Journal(tmp_path / "out") as journal:
        found = journal.outcome(OK.cell, "fit 0")
        assert found is not None
        assert (found.seconds, found.note) == ({}, "")


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (replace(OK, scores=Scores({"": {"f2": 0.5 + 1e-16}})), "scores"),
        (replace(OK, params={"default": {"a": 2}}), "parameters"),
        (replace(OK, predictions=None), "predictions"),
        (
            replace(
                OK,
                scores=Scores(),
                predictions=replace(PREDICTIONS, tuned=replace(SCORED, kind="decision")),
            ),
            "scores and predictions",
        ),
    ],
)
def test_a_contradiction_names_the_cell_and_both_journals_and_nothing_is_written(
    made: Made, tmp_path: Path, other: Outcome, what: str
) -> None:
    one, two = made("one", OK, OK), made("two", other, other)
    before = [content(path) for path in (one, two)]

    for target in (tmp_path / "new" / "journal.sqlite", one):
        with pytest.raises(BenchmarkError) as caught:
            journals.merge([one, two], target)
        assert str(caught.value) == (
            f"data / none / tree / repeat 0 fold 0 has other {what} in {str(one)!r} and "
            f"{str(two)!r}; so have 1 more; merge one of them alone, or compute it again with "
            "`run --fresh`"
        )

    assert [content(path) for path in (one, two)] == before
    assert not (tmp_path / "new").exists()


def test_scores_under_other_metrics_do_not_contradict(made: Made, tmp_path: Path) -> None:
    elsewhere = [replace(CELLS[0], score_key="other score"), *CELLS[1:]]
    one, two = made("one", OK), made("two", replace(OK, scores=Scores()), cells=elsewhere)
    with Journal(two) as journal:
        journal.write_plan(CELLS, [], FACTS)

    journals.merge([one, two], tmp_path / "out")

    with Journal(tmp_path / "out") as journal:
        assert journal.rows()[0].scores == OK.scores


def test_an_outcome_of_an_earlier_plan_is_called_by_its_key(made: Made, tmp_path: Path) -> None:
    sources = [made("one", OK), made("two", replace(OK, predictions=None))]
    for path in sources:
        with Journal(path) as journal:
            journal.write_plan([], [], FACTS)

    with pytest.raises(BenchmarkError, match=r"^a cell of an earlier plan \(key fit 0\) has other"):
        journals.merge(sources, tmp_path / "out")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"facts": FACTS | {"suite": SMALL | {"seed": 5, "cv": {"folds": 9}}}},
            "the suite was changed between them (cv, seed)",
        ),
        (
            {"facts": FACTS | {"datasets": {"data": {"fingerprint": "2" * 64}}}},
            "other content of dataset 'data', 'more'",
        ),
        ({"cells": CELLS[1:]}, "the one plans 2 cells and the other 1"),
        (
            {"known": {"python": "3.11", "sklearn": "1.9", "kernel": "other"}},
            "other versions (sklearn None and 1.9)",
        ),
        (
            {"known": {"python": "3.11", "kernel": "other"}},
            "other versions (of the code that computes)",
        ),
    ],
)
def test_another_plan_is_refused_with_what_differs(
    made: Made, tmp_path: Path, change: dict[str, Any], why: str
) -> None:
    other = [replace(CELLS[0], fit_key="other fit"), CELLS[1]]
    one, two = made("one", OK), made("two", OK, **{"cells": other} | change)

    with pytest.raises(BenchmarkError) as caught:
        journals.merge([one, two], tmp_path / "out")

    between = f"journals {str(one)!r} and {str(two)!r} are not of one plan"
    assert str(caught.value) == f"{between}: {why}"
    assert not (tmp_path / "out").exists()


def test_what_was_imported_anywhere_is_in_the_merged_journal(made: Made, tmp_path: Path) -> None:
    one, two, three = made("one", OK), made("two", OK), made("three")
    for path, fold in ((one, 0), (two, 1)):
        theirs = Keyed(Cell("data", "theirs", "external", 0, fold), f"theirs {fold}", "score")
        with Journal(path) as journal:
            journal.add_imports([(theirs, Outcome(theirs.cell, "ok"))], "now theirs", 1.0)
            journal.write_plan([*CELLS, theirs], [], FACTS)

    journals.merge([three, one, two], tmp_path / "out")
    journals.merge([three, one, two], tmp_path / "out")

    with Journal(tmp_path / "out") as journal:
        assert [str(row.cell).partition(" / repeat ")[::2] for row in journal.rows()] == [
            ("data / none / tree", "0 fold 0"),
            ("data / none / tree", "0 fold 1"),
            ("data / theirs / external", "0 fold 0"),
            ("data / theirs / external", "0 fold 1"),
        ]
        assert journal.imports() == [Import(f"theirs {i}", "data", "theirs") for i in (0, 1)]


def test_what_shards_sent_to_mlflow_is_not_taken_over(made: Made, tmp_path: Path) -> None:
    one = made("one", OK)
    with Journal(one) as journal:
        journal.note_sent("uri", "pair", Sent("digest", "run", complete=True))

    journals.merge([one], tmp_path / "out")

    with Journal(tmp_path / "out") as journal:
        assert journal.sent("uri") == {}


def test_what_a_killed_run_left_is_merged(made: Made, tmp_path: Path) -> None:
    path = made("one", OK)
    code = f"""
import os
from pathlib import Path
from benchmark.journal.store import Journal
journal = Journal(Path({str(path)!r}))
journal.begin("killed", {{}})
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", code], check=False)
    assert path.with_name("journal.sqlite-wal").stat().st_size > 0

    journals.merge([path], tmp_path / "out")

    with Journal(tmp_path / "out") as journal:
        assert journal.last_invocation() == "now one"
        assert "('killed','{}'," in "".join(content(tmp_path / "out"))


def test_a_journal_that_another_process_has_open_is_refused(made: Made, tmp_path: Path) -> None:
    path = made("one", OK)
    code = f"""
from pathlib import Path
from benchmark.journal.store import Journal
journal = Journal(Path({str(path)!r}))
journal.known()
print("open", flush=True)
input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with pytest.raises(BenchmarkError, match=r"^journal '.*' is in use by another process$"):
            journals.merge([path], tmp_path / "out")
        other.communicate("\n")

    assert journals.merge([path], tmp_path / "out").added == 1


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (str, r"^there is no journal '.*'$"),
        (Path.mkdir, r"^there is no journal '.*'$"),
        (
            lambda path: path.write_bytes(b"a letter to a friend" * 500),
            r"^journal '.*' cannot be opened: file is not a database$",
        ),
        (Path.touch, r"^journal '.*' is no journal$"),
    ],
)
def test_what_is_no_journal_is_refused_in_one_line(
    made: Made, tmp_path: Path, spoil: Callable[[Path], object], why: str
) -> None:
    path = tmp_path / "journal.sqlite"
    spoil(path)

    with pytest.raises(BenchmarkError, match=why):
        journals.merge([made("one", OK), path], tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_a_journal_merged_with_nothing_else_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"

    with pytest.raises(BenchmarkError, match=r"^there is no journal '.*'$"):
        journals.merge([path], path)


def test_failures_are_counted(made: Made, tmp_path: Path) -> None:
    failed = replace(OK, cell=CELLS[1].cell, status="failed", error="why")

    merged = journals.merge([made("one", OK, failed)], tmp_path / "out")

    assert (merged.cells, merged.done, merged.failed) == (2, 2, 1)


def test_a_journal_by_two_names_is_one(made: Made, tmp_path: Path) -> None:
    path = made("one", OK)
    (tmp_path / "link").symlink_to(path.parent)

    merged = journals.merge([path, tmp_path / "link" / path.name], tmp_path / "out")

    assert merged.added == 1


@pytest.mark.parametrize(
    ("version", "why"),
    [
        (2, "has format 2; this version merges format 4; run its suite once more, which brings it"),
        (9, "has format 9; this version merges format 4$"),
    ],
)
def test_another_format_is_refused_and_left_alone(
    made: Made, tmp_path: Path, version: int, why: str
) -> None:
    path = made("one", OK)
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {version}")
    before = content(path)

    with pytest.raises(BenchmarkError, match=why):
        journals.merge([path], tmp_path / "out")

    assert content(path) == before


def write_protected(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """A folder as this user sees it on a read-only file system; root may write anywhere else."""
    able = os.access
    monkeypatch.setattr(
        os, "access", lambda path, mode: folder not in Path(path).parents and able(path, mode)
    )


def test_journals_that_cannot_be_written_are_read_and_left_alone(
    shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite, folder = shards / "suite.yaml", tmp_path / "there"
    for part in parts(shards):
        shutil.copytree(part, folder / part.name)
    write_protected(monkeypatch, folder)

    merged = merge(suite, folder.iterdir(), results=tmp_path / "joined")
    read = compare(suite, results=folder / "shard-1")

    assert (merged.done, merged.cells) == (12, 12)
    pd.testing.assert_frame_equal(read, compare(suite, results=shards / "shard-1"))
    assert {path.name for path in folder.rglob("journal*")} == {"journal.sqlite"}


def test_a_journal_that_cannot_be_written_must_have_been_closed(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made("one", OK)
    path.with_name("journal.sqlite-wal").write_bytes(b"something")
    write_protected(monkeypatch, path.parent)

    with pytest.raises(BenchmarkError, match=r"is in use or was not closed; copy its folder$"):
        journals.merge([path], tmp_path / "out")


def test_writing_where_nothing_can_be_written_is_one_line(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made("one", OK)
    write_protected(monkeypatch, path.parent)

    with Journal.existing(path) as journal, pytest.raises(BenchmarkError) as caught:
        journal.begin("now", {})

    assert str(caught.value) == (
        f"journal {str(path)!r} cannot be written: attempt to write a readonly database"
    )


def torn(path: Path) -> None:
    """Overwrite a page in the middle."""
    raw = path.read_bytes()
    middle = len(raw) // 2 // 4096 * 4096
    path.write_bytes(raw[:middle] + b"\x99" * 4096 + raw[middle + 4096 :])


def spoilt(column: str) -> Callable[[Path], None]:
    """Write what cannot be decoded into a column of the first outcome."""

    def spoil(path: Path) -> None:
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(f"UPDATE outcomes SET {column} = x'00ff' WHERE fit_key = 'fit 0'")

    return spoil


@pytest.mark.parametrize("spoil", [torn, spoilt("details"), spoilt("predictions")])
def test_a_damaged_journal_is_named_and_nothing_is_written(
    made: Made, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    whole, path = made("whole", OK), made("one", OK)
    spoil(path)

    with pytest.raises(BenchmarkError, match=rf"^journal '{path}' is damaged") as caught:
        journals.merge([whole, path], tmp_path / "out")

    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_the_folder_that_was_meant_is_named(shards: Path, tmp_path: Path) -> None:
    suite, inside = shards / "suite.yaml", shards / "shard-1" / "small"
    names = " ".join(str(shards / name) for name in ("shard-1", "shard-2", "whole"))

    for folder, meant in ((inside, str(inside.parent)), (shards, names)):
        with pytest.raises(BenchmarkError) as caught:
            merge(suite, folder, results=tmp_path / "out")
        assert str(caught.value).endswith(f"; did you mean {meant}?")


def test_a_journal_without_a_suite_is_refused(made: Made, tmp_path: Path) -> None:
    Journal(tmp_path / "journal.sqlite").close()

    with pytest.raises(BenchmarkError, match="holds no suite; run one first"):
        journals.merge([made("one", OK), tmp_path / "journal.sqlite"], tmp_path / "out")


def test_a_place_that_cannot_be_written_is_one_line(made: Made, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()

    with pytest.raises(BenchmarkError, match=r"^journal '.*' cannot be written: ") as caught:
        journals.merge([made("one", OK)], tmp_path / "taken" / "journal.sqlite")

    assert "\n" not in str(caught.value)


def test_predictions_are_the_same_by_their_bits() -> None:
    blob = predictions_blob(PREDICTIONS)
    zero = [replace(SCORED, oof=np.array([value])) for value in (0.0, -0.0)]
    blobs = [predictions_blob(replace(PREDICTIONS, default=s, tuned=s)) for s in zero]
    stored = predictions_blob(PREDICTIONS)

    assert bits(blob) == bits(stored)
    assert bits(None) is None
    assert bits(blob) is not None
    assert bits(blobs[0]) != bits(blobs[1])


def test_predictions_that_were_compressed_otherwise_are_the_same() -> None:
    blob = predictions_blob(PREDICTIONS)
    otherwise = zlib.compress(zlib.decompress(blob), 9)

    assert otherwise != blob
    assert bits(otherwise) == bits(blob)


def test_memory_does_not_grow_with_what_is_merged(made: Made, tmp_path: Path) -> None:
    path = made("one", OK)
    with closing(sqlite3.connect(path)) as db:
        seal.enable(db)
        columns = "score_key, status, seconds, inner_default, inner_tuned, error, limit_seconds, "
        columns += "limit_memory, invocation, ended, scores, details"
        db.executemany(
            f"""INSERT INTO outcomes (fit_key, {columns}, predictions)
                SELECT ?, {columns}, randomblob(200000) FROM outcomes WHERE fit_key = 'fit 0'""",
            [(f"another {i}",) for i in range(400)],
        )
        seal.again(db, "outcomes")
        db.commit()
    code = """
import resource, sys
from pathlib import Path
from benchmark.journal.merge import merge
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
merge([Path("one/journal.sqlite")], Path("out"))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    size = (tmp_path / "out").stat().st_size
    assert size > 60e6
    assert int(done.stdout) * 1024 < size / 4


def test_the_command_says_what_it_did(
    shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite, out = str(shards / "suite.yaml"), tmp_path / "out"
    arguments = ["merge", suite, str(shards / "shard-1"), "--results", str(out)]
    computed = status(shards / "shard-1" / "small" / "journal.sqlite").count("ok")

    codes = [run_command_line(arguments)]
    first = capsys.readouterr().out
    codes += [run_command_line([*arguments, str(shards / "shard-2")])]
    second = capsys.readouterr().out

    assert codes == [0, 0]
    assert first == (
        f"Results   {out}/small/journal.sqlite ({computed} outcomes added)\n"
        f"Cells     {computed} of 12 are done; `run` computes the other {12 - computed}\n"
    )
    assert second == (
        f"Results   {out}/small/journal.sqlite ({12 - computed} outcomes added)\n"
        "Cells     12 of 12 are done\n"
    )


def test_a_suite_that_was_changed_since_is_named(
    shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = write_suite(tmp_path, **PAIRS | {"models": ["gaussian_naive_bayes"]})
    arguments = ["merge", str(suite), str(shards / "shard-1"), "--results", str(tmp_path / "out")]

    code = run_command_line(arguments)

    assert code == 0
    assert "as it was last run; since then changed: models" in capsys.readouterr().err


def test_a_merge_that_cannot_be_exits_2(
    shards: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = str(shards / "suite.yaml")
    other = write_suite(tmp_path, **PAIRS | {"seed": 9})
    computed_here(other).close()

    missing = run_command_line(["merge", suite, str(tmp_path / "nowhere")])
    said = capsys.readouterr().err
    changed = run_command_line(["merge", suite, str(shards / "shard-1"), str(tmp_path / "results")])
    why = capsys.readouterr().err
    nothing = run_command_line(["merge", suite])

    assert (missing, changed, nothing) == (2, 2, 2)
    assert said == (
        f"error: there is no journal '{tmp_path}/nowhere/small/journal.sqlite'; name what "
        "`run --results` was given\n"
    )
    assert "are not of one plan: the suite was changed between them (seed)" in why
    assert "Missing argument 'DIR...'" in capsys.readouterr().err
