"""The journal keeps every outcome to the last bit."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from benchmark.errors import BenchmarkError
from benchmark.journal.rows import Keyed, Sent
from benchmark.journal.store import Journal
from benchmark.types import (
    Cell,
    Outcome,
    Points,
    Predictions,
    Scored,
    Scores,
    Skip,
    Threshold,
    Trial,
)

CELL = Cell("data", "smote", "tree", 1, 2)
KEYED = Keyed(CELL, "fit", "score")
LIMITS = (60.0, 2**30)
FLOATS = arrays(np.float64, st.integers(0, 20), elements=st.floats(width=64))
KINDS = st.sampled_from(["probability", "decision", "label"])
ROWS = arrays(np.int64, st.integers(0, 20), elements=st.integers(0, 2**40))
CODES = arrays(np.int64, st.integers(0, 20), elements=st.integers(0, 300))
POINTS = st.builds(Points, CODES, FLOATS, st.none() | FLOATS)
SCORED = st.builds(Scored, KINDS, FLOATS, FLOATS, st.none() | POINTS)
PREDICTIONS = st.builds(Predictions, ROWS, CODES, ROWS, CODES, SCORED, SCORED)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
PAIR = st.tuples(FINITE, FINITE)
SCORES = st.builds(
    Scores,
    values=st.dictionaries(st.text(), st.dictionaries(st.text(), FINITE | st.none())),
    missing=st.dictionaries(st.text(), st.text()),
    thresholds=st.dictionaries(st.text(), st.builds(Threshold, FINITE, st.integers(0, 9))),
    confusion=st.dictionaries(st.text(), st.tuples(PAIR, PAIR)),
    positives=st.integers(0, 9),
)
TRIALS = st.builds(
    Trial,
    st.integers(0, 99),
    st.dictionaries(st.text(), FINITE | st.text() | st.none() | st.booleans() | st.integers()),
    FINITE | st.none(),
    FINITE | st.none(),
    FINITE,
    st.text(),
)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.sqlite")


def kept(journal: Journal, outcome: Outcome) -> Outcome:
    """What the journal gives back of an outcome."""
    journal.add(KEYED, outcome, LIMITS, "now", 0.0)
    found = journal.outcome(CELL, "fit")
    assert found is not None
    return found


def plain(predictions: Predictions) -> list[Any]:
    """Every bit and every type of predictions."""
    parts = [predictions.rows, predictions.y, predictions.oof_rows, predictions.oof_y]
    for scored in (predictions.default, predictions.tuned):
        parts += [scored.test, scored.oof]
        parts += list(vars(scored.points).values()) if scored.points else []
    kinds = [predictions.default.kind, predictions.tuned.kind]
    known = [part is not None and (part.dtype.str, part.tobytes()) for part in parts]
    return [*known, *kinds]


@given(predictions=PREDICTIONS)
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_predictions_come_back_bit_for_bit(journal: Journal, predictions: Predictions) -> None:
    found = kept(journal, Outcome(CELL, "ok", predictions=predictions))

    assert found.predictions is not None
    assert plain(found.predictions) == plain(predictions)


@given(scores=SCORES, trials=st.lists(TRIALS, max_size=3).map(tuple))
@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_scores_and_trials_come_back_as_they_were(
    journal: Journal, scores: Scores, trials: tuple[Trial, ...]
) -> None:
    found = kept(journal, Outcome(CELL, "ok", scores=scores, trials=trials))

    assert found.scores == scores
    assert found.trials == trials


def test_everything_else_comes_back_as_it_was(journal: Journal) -> None:
    outcome = Outcome(
        CELL,
        "failed",
        params={"default": {"model.C": 0.1, "model.kind": None}, "tuned": {"model.C": 1e-300}},
        seconds={"fit": 0.1 + 0.2, "predict": 1e-9},
        cpu_seconds=1 / 3,
        memory_bytes=2**33,
        note="13 of 20 trials (time)",
        error="ValueError: für — nichts",
        traceback="line\nline\x00\n",
    )

    assert vars(kept(journal, outcome)) == vars(outcome)


def test_a_tuned_model_that_is_the_default_one_stays_one_object(journal: Journal) -> None:
    scored = Scored("probability", np.array([0.25]), np.array([0.5, 0.75]))
    rows = np.array([3])
    predictions = Predictions(rows, rows, rows, rows, scored, scored)

    found = kept(journal, Outcome(CELL, "ok", predictions=predictions))

    assert found.predictions is not None
    assert found.predictions.tuned is found.predictions.default


def test_an_outcome_that_is_not_there_is_none(journal: Journal) -> None:
    assert journal.outcome(CELL, "another key") is None


def test_an_outcome_replaces_an_earlier_one_with_its_key(journal: Journal) -> None:
    journal.add(KEYED, Outcome(CELL, "timeout"), (1.0, 5), "first", 0.0)

    journal.add(KEYED, Outcome(CELL, "ok"), (2.0, 7), "second", 1.0)

    known = journal.known()
    assert list(known) == ["fit"]
    assert (known["fit"].status, known["fit"].limit_seconds, known["fit"].limit_memory) == (
        "ok",
        2.0,
        7,
    )


def test_new_scores_replace_the_old_ones_and_nothing_else(journal: Journal) -> None:
    old, new = Scores(values={"": {"f2": 0.25}}), Scores(values={"": {"f1": 0.5}})
    journal.write_plan([KEYED], [], {})
    journal.add(KEYED, Outcome(CELL, "ok", scores=old, note="kept"), LIMITS, "first", 0.0)

    journal.rescore(Keyed(CELL, "fit", "other score"), new)

    found = journal.outcome(CELL, "fit")
    assert found is not None
    assert (found.scores, found.note, found.status) == (new, "kept", "ok")
    assert [(row.score_key, row.invocation) for row in journal.rows()] == [("other score", "first")]


def test_rows_follow_the_plan_and_say_what_is_pending(journal: Journal) -> None:
    cells = [replace(CELL, fold=fold) for fold in (2, 0, 1)]
    journal.write_plan([Keyed(cell, f"fit {cell.fold}", "score") for cell in cells], [], {})

    journal.add(Keyed(cells[1], "fit 0", "score"), Outcome(cells[1], "killed"), LIMITS, "now", 0.0)

    assert [(row.cell.fold, row.status, row.invocation) for row in journal.rows()] == [
        (2, "pending", ""),
        (0, "killed", "now"),
        (1, "pending", ""),
    ]


def test_the_rows_of_one_pair_are_those_of_no_other(journal: Journal) -> None:
    other = replace(CELL, strategy="none")
    journal.write_plan([KEYED, Keyed(other, "other", "score")], [], {})

    assert [row.cell for row in journal.rows(other.pair)] == [other]


def test_a_new_plan_replaces_the_old_one_and_keeps_its_outcomes(journal: Journal) -> None:
    journal.write_plan([KEYED], [Skip("data", "a", "b", "because")], {"name": "old"})
    journal.add(KEYED, Outcome(CELL, "ok"), LIMITS, "now", 0.0)

    journal.write_plan([], [], {"name": "new"})

    assert (journal.rows(), journal.skips(), journal.fact("name")) == ([], [], "new")
    assert list(journal.known()) == ["fit"]


def test_a_plan_that_cannot_be_written_leaves_the_old_one(journal: Journal) -> None:
    skip = Skip("data", "a", "b", "because")
    journal.write_plan([KEYED], [skip], {"name": "old"})

    with pytest.raises(TypeError):
        journal.write_plan([], [], {"name": object()})

    assert ([row.cell for row in journal.rows()], journal.skips()) == ([CELL], [skip])


def test_a_fact_that_nobody_noted_is_none(journal: Journal) -> None:
    assert journal.fact("nothing") is None


def test_what_was_sent_is_kept_for_each_store(journal: Journal) -> None:
    journal.note_sent("one", "pair", Sent("digest", "run", complete=False))
    journal.note_sent("one", "pair", Sent("digest", "run", complete=True))
    journal.note_sent("one", "other", Sent("", "", complete=False))
    journal.note_sent("two", "pair", Sent("", "", complete=False))

    assert journal.sent("one", "pair") == {"pair": Sent("digest", "run", complete=True)}
    assert set(journal.sent("one")) == {"pair", "other"}


def test_what_is_added_is_on_disk_while_the_journal_is_open(journal: Journal) -> None:
    journal.add(KEYED, Outcome(CELL, "ok"), LIMITS, "now", 0.0)

    with sqlite3.connect(journal.path) as reader:
        found = reader.execute("SELECT fit_key, status FROM outcomes").fetchall()

    assert found == [("fit", "ok")]


def test_a_closed_journal_opens_again_with_all_it_had(journal: Journal) -> None:
    journal.add(KEYED, Outcome(CELL, "ok"), LIMITS, "now", 0.0)
    journal.close()

    assert list(Journal.existing(journal.path).known()) == ["fit"]


def test_a_row_says_what_its_cell_took_reached_inside_and_failed_of(journal: Journal) -> None:
    trials = (
        Trial(0, {}, 0.25, 0.5, 1.0),
        Trial(1, {}, None, 0.75, 1.0),
        Trial(2, {}, None, None, 1.0),
    )
    outcome = Outcome(
        CELL, "failed", trials=trials, seconds={"fit": 1.5, "score": 0.25}, error="why"
    )
    journal.write_plan([KEYED], [], {})
    journal.add(KEYED, outcome, LIMITS, "now", 0.0)

    (row,) = journal.rows()

    assert row.seconds == 1.75
    assert row.inner == {"default": 0.25, "tuned": 0.75}
    assert row.error == "why"


def test_a_journal_of_the_format_before_is_read_as_if_written_now(journal: Journal) -> None:
    trials = (Trial(0, {}, 0.25, 0.5, 1.0),)
    journal.write_plan([KEYED], [], {})
    journal.add(KEYED, Outcome(CELL, "ok", trials=trials, seconds={"fit": 2.0}), LIMITS, "i", 0.0)
    written = journal.rows()
    journal.close()
    with sqlite3.connect(journal.path) as file:
        file.execute("""CREATE TABLE former AS
                        SELECT fit_key, score_key, status, scores, details, predictions,
                               limit_seconds, limit_memory, invocation, ended FROM outcomes""")
        file.execute("DROP TABLE outcomes")
        file.execute("ALTER TABLE former RENAME TO outcomes")
        file.execute("PRAGMA user_version = 2")

    assert Journal(journal.path).rows() == written
    assert Journal(journal.path).rows() == written


@pytest.mark.parametrize(
    ("table", "column", "read"),
    [
        ("outcomes", "predictions", lambda journal: journal.outcome(CELL, "fit")),
        ("outcomes", "predictions", lambda journal: journal.tested("fit", "tuned")),
        ("outcomes", "details", lambda journal: journal.outcome(CELL, "fit")),
        ("outcomes", "scores", Journal.rows),
        ("facts", "value", lambda journal: journal.fact("suite")),
        ("invocations", "environment", lambda journal: journal.environment("now")),
    ],
)
def test_contents_that_are_damaged_are_one_line_that_names_the_journal(
    journal: Journal, table: str, column: str, read: Callable[[Journal], object]
) -> None:
    journal.write_plan([KEYED], [], {"suite": {}})
    journal.begin("now", {})
    scored = Scored("probability", np.zeros(1), np.zeros(1))
    codes = np.zeros(1, np.int64)
    predictions = Predictions(codes, codes, codes, codes, scored, scored)
    journal.add(KEYED, Outcome(CELL, "ok", predictions=predictions), LIMITS, "now", 0.0)
    with closing(sqlite3.connect(journal.path)) as db, db:
        db.execute(f"UPDATE {table} SET {column} = x'7b00ff'")

    with pytest.raises(BenchmarkError, match=rf"^journal '{journal.path}' is damaged \(") as caught:
        read(journal)

    assert "\n" not in str(caught.value)


def test_a_newer_format_is_refused_in_one_line(journal: Journal) -> None:
    journal.close()
    with sqlite3.connect(journal.path) as file:
        file.execute("PRAGMA user_version = 99")

    with pytest.raises(BenchmarkError, match=r"format 99; this version reads up to \d") as caught:
        Journal(journal.path)

    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused_in_one_line_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    path.write_text("a letter to a friend\n" * 500, encoding="utf-8")

    with pytest.raises(BenchmarkError, match="cannot be opened: file is not a database") as caught:
        Journal(path)

    assert "\n" not in str(caught.value)
    assert path.read_text(encoding="utf-8").startswith("a letter to a friend")


@pytest.mark.parametrize("folder", ["/proc/nowhere", "/dev/null/below", "taken"])
def test_a_place_that_cannot_be_written_is_refused_in_one_line(tmp_path: Path, folder: str) -> None:
    (tmp_path / "taken" / "journal.sqlite").mkdir(parents=True)

    with pytest.raises(BenchmarkError, match="cannot be opened") as caught:
        Journal(tmp_path / folder / "journal.sqlite")

    assert "\n" not in str(caught.value)


def test_a_journal_that_must_exist_and_does_not_says_how_to_start(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"no results at .* python -m benchmark run"):
        Journal.existing(tmp_path / "journal.sqlite")

    assert not list(tmp_path.iterdir())


def test_an_invocation_remembers_what_it_ran_on(journal: Journal) -> None:
    journal.begin("20260101-000000-abcdef", {"kernel": "openblas Haswell", "sklearn": "1.9"})

    assert journal.environment("20260101-000000-abcdef")["kernel"] == "openblas Haswell"
    assert journal.environment("another") == {}
