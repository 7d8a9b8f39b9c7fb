"""The journal: every outcome in one SQLite file, written by the driver alone."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from benchmark.errors import BenchmarkError
from benchmark.journal.encode import (
    Made,
    Tested,
    details_blob,
    outcome_of,
    predictions_blob,
    rows_of,
    scores_of,
    scores_text,
    summary,
    tested_of,
)
from benchmark.journal.schema import readable, transaction, writable
from benchmark.types import Cell, Outcome, Scores, Skip

EXTERNAL = "external"


@dataclass(frozen=True)
class Keyed:
    """A planned cell with the keys that its outcome is found by."""

    cell: Cell
    fit_key: str
    score_key: str


@dataclass(frozen=True)
class Known:
    """What decides whether an outcome still stands."""

    status: str
    score_key: str
    limit_seconds: float
    limit_memory: int


@dataclass(frozen=True)
class Row:
    """What the journal knows of a planned cell without its predictions and details.

    Attributes:
        status: "pending" where no outcome with the cell's key has been computed.
        seconds: wall seconds of all stages, search included.
        inner: threshold → headline metric of the inner folds, turned so that more is better.
        error: why it is not ok.
    """

    cell: Cell
    status: str
    scores: Scores
    fit_key: str
    score_key: str
    invocation: str
    seconds: float = 0.0
    inner: Mapping[str, float] = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True)
class Import:
    """Whose outcome, computed elsewhere, has a key. Its model is called EXTERNAL."""

    fit_key: str
    dataset: str
    strategy: str


@dataclass(frozen=True)
class Sent:
    """What a tracking store was given: of which content, as which run, and whether all arrived."""

    digest: str
    run_id: str
    complete: bool


class Journal:
    """One suite's outcomes. A kill at any instant loses at most what was not yet added."""

    def __init__(self, path: Path, *, written: bool = True) -> None:
        """Open or create; raises BenchmarkError where the file is no journal of this format."""
        self.path = path
        self._db = writable(path) if written else readable(path)

    @classmethod
    def existing(cls, path: Path) -> "Journal":
        """Open a journal that must be there, to read it at least."""
        if not path.is_file():
            raise BenchmarkError(
                f"no results at {str(path)!r}; start with: python -m benchmark run"
            )
        return cls(path, written=False)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def write_plan(
        self, cells: Iterable[Keyed], skips: Iterable[Skip], facts: Mapping[str, Any]
    ) -> None:
        """Say what the suite now consists of; outcomes are kept, whatever the plan is."""
        rows = [
            (i, *k.cell.pair, k.cell.repeat, k.cell.fold, k.fit_key, k.score_key)
            for i, k in enumerate(cells)
        ]
        with self._transaction():
            self._db.execute("DELETE FROM cells")
            self._db.execute("DELETE FROM skips")
            self._db.executemany("INSERT INTO cells VALUES (?,?,?,?,?,?,?,?)", rows)
            self._db.executemany("INSERT INTO skips VALUES (?,?,?,?)", map(astuple, skips))
            for name, value in facts.items():
                self._db.execute("REPLACE INTO facts VALUES (?,?)", (name, json.dumps(value)))

    def planned(self) -> list[Keyed]:
        """Every planned cell with its keys, in the order of the plan."""
        query = "SELECT * FROM cells ORDER BY position"
        return self._read(query, lambda _, *found: Keyed(Cell(*found[:5]), *found[5:]))

    def add(
        self,
        keyed: Keyed,
        outcome: Outcome,
        limits: tuple[float, int],
        invocation: str,
        ended: float,
    ) -> None:
        """Keep an outcome, in one transaction; it replaces an earlier one with the same key."""
        with self._transaction():
            self._keep(keyed, outcome, limits, invocation, ended)

    def add_imports(
        self, outcomes: Sequence[tuple[Keyed, Outcome]], invocation: str, ended: float
    ) -> None:
        """Keep outcomes that were computed elsewhere, in one transaction.

        They replace all earlier ones of the same strategy and dataset.
        """
        with self._transaction():
            for dataset, strategy in {(k.cell.dataset, k.cell.strategy) for k, _ in outcomes}:
                self._forget_imports(strategy, dataset)
            for keyed, outcome in outcomes:
                self._keep(keyed, outcome, (0.0, 0), invocation, ended)
                row = (keyed.fit_key, keyed.cell.dataset, keyed.cell.strategy)
                self._db.execute("INSERT INTO imports VALUES (?,?,?)", row)

    def remove_imports(self, strategy: str) -> None:
        """Forget all that was computed elsewhere under a name."""
        with self._transaction():
            self._forget_imports(strategy, None)

    def imports(self) -> list[Import]:
        """Every outcome that was computed elsewhere, those of other data and folds included."""
        return self._read("SELECT fit_key, dataset, strategy FROM imports ORDER BY rowid", Import)

    def rescore(self, keyed: Keyed, scores: Scores) -> None:
        """Replace the scores of an outcome that was computed under other metrics."""
        with self._transaction():
            self._db.execute(
                "UPDATE outcomes SET score_key = ?, scores = ? WHERE fit_key = ?",
                (keyed.score_key, scores_text(scores), keyed.fit_key),
            )

    def known(self) -> dict[str, Known]:
        """Fit key → what decides whether its outcome still stands."""
        query = "SELECT fit_key, status, score_key, limit_seconds, limit_memory FROM outcomes"
        return dict(self._read(query, lambda key, *rest: (key, Known(*rest))))

    def rows(self, pair: tuple[str, str, str] | None = None) -> list[Row]:
        """Every planned cell with its status and scores, in the order of the plan; or a pair's."""
        where = "WHERE c.dataset = ? AND c.strategy = ? AND c.model = ?" if pair else ""
        query = f"""SELECT c.dataset, c.strategy, c.model, c.repeat, c.fold, o.status, o.scores,
                           c.fit_key, o.score_key, o.invocation,
                           o.seconds, o.inner_default, o.inner_tuned, o.error
                    FROM cells c LEFT JOIN outcomes o USING (fit_key) {where}
                    ORDER BY c.position"""
        return self._read(query, _row, *(pair or ()))

    def skips(self) -> list[Skip]:
        """Every pair that cannot be, with its reason."""
        return self._read("SELECT dataset, strategy, model, reason FROM skips", Skip)

    def fact(self, name: str) -> Any:
        """Something that `write_plan` noted; None where it is not there."""
        found = self._read("SELECT value FROM facts WHERE name = ?", json.loads, name)
        return found[0] if found else None

    def outcome(self, cell: Cell, fit_key: str, *, predictions: bool = True) -> Outcome | None:
        """The whole outcome of a cell; without its predictions, which are most of it, if asked."""
        last = "predictions" if predictions else "NULL"
        query = f"SELECT status, scores, details, {last} FROM outcomes WHERE fit_key = ?"
        found = self._read(query, partial(outcome_of, cell), fit_key)
        return found[0] if found else None

    def tested(self, fit_key: str, rule: str) -> Tested | None:
        """The test rows and scores of the model chosen under a rule; None where there are none."""
        query = "SELECT predictions FROM outcomes WHERE fit_key = ? AND predictions IS NOT NULL"
        found = self._read(query, partial(tested_of, rule=rule), fit_key)
        return found[0] if found else None

    def begin(self, invocation: str, environment: Mapping[str, str]) -> None:
        """Note what an invocation runs on."""
        row = (invocation, json.dumps(environment))
        with self._transaction():
            self._db.execute("REPLACE INTO invocations VALUES (?,?)", row)

    def environment(self, invocation: str) -> dict[str, str]:
        """What an invocation ran on: machine, BLAS kernels, versions; empty if it is not known."""
        query = "SELECT environment FROM invocations WHERE id = ?"
        found = self._read(query, json.loads, invocation)
        return dict(found[0]) if found else {}

    def last_invocation(self) -> str:
        """The latest that began, whether it computed anything or not; empty if there is none."""
        found = self._read("SELECT id FROM invocations ORDER BY rowid DESC LIMIT 1", str)
        return found[0] if found else ""

    def sent(self, uri: str, subject: str | None = None) -> dict[str, Sent]:
        """Subject → what was sent of it to one tracking store; of all subjects, or of one."""
        query = """SELECT subject, digest, run_id, complete FROM tracked
                   WHERE uri = ?1 AND (?2 IS NULL OR subject = ?2)"""
        return dict(self._read(query, lambda s, d, r, c: (s, Sent(d, r, bool(c))), uri, subject))

    def note_sent(self, uri: str, subject: str, sent: Sent) -> None:
        """Note what was sent to a tracking store, or is about to be."""
        row = (uri, subject, sent.digest, sent.run_id, sent.complete)
        with self._transaction():
            self._db.execute("REPLACE INTO tracked VALUES (?,?,?,?,?)", row)

    def _keep(
        self, keyed: Keyed, outcome: Outcome, limits: tuple[float, int], *when: object
    ) -> None:
        """`when` is the invocation, and the time at which the outcome ended."""
        predictions = None if outcome.predictions is None else predictions_blob(outcome.predictions)
        row = (
            keyed.fit_key, keyed.score_key, outcome.status, *summary(outcome), *limits,
            *when, scores_text(outcome.scores), details_blob(outcome), predictions,
        )  # fmt: skip
        self._db.execute(f"REPLACE INTO outcomes VALUES ({'?,' * 13}?)", row)

    def _forget_imports(self, strategy: str, dataset: str | None) -> None:
        """Forget what was imported under a name, on one dataset or on all."""
        keys = "SELECT fit_key FROM imports WHERE strategy = ? AND coalesce(?, dataset) = dataset"
        for table in ("cells", "outcomes", "imports"):
            query = f"DELETE FROM {table} WHERE fit_key IN ({keys})"
            self._db.execute(query, (strategy, dataset))

    def _read(self, query: str, made: Callable[..., Made], *values: object) -> list[Made]:
        """What is made of each row; raises BenchmarkError where the journal is damaged."""
        return rows_of(self._db, self.path, query, made, *values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with transaction(self._db):
                yield
        except sqlite3.Error as error:
            raise BenchmarkError(
                f"journal {str(self.path)!r} cannot be written: {error}"
            ) from error


def _row(*found: Any) -> Row:
    """A row of the query in `Journal.rows`."""
    status, scores, fit_key, score_key, invocation, seconds, default, tuned, error = found[5:]
    inner = {"default": default, "tuned": tuned}
    return Row(
        Cell(*found[:5]),
        status or "pending",
        Scores() if scores is None else scores_of(scores),
        fit_key,
        score_key or "",
        invocation or "",
        seconds or 0.0,
        {rule: value for rule, value in inner.items() if value is not None},
        error or "",
    )
