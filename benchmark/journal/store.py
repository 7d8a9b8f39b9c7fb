"""The journal: every outcome in one SQLite file, written by the driver alone."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from benchmark.journal import seal
from benchmark.journal.encode import (
    Made,
    Tested,
    damaged,
    details_blob,
    outcome_of,
    predictions_blob,
    problem,
    reading,
    scores_of,
    scores_text,
    sound_rows_of,
    summary,
    tested_of,
)
from benchmark.journal.rows import Import, Keyed, Known, Row, Sent
from benchmark.journal.schema import readable, transaction, writable
from benchmark.journal.seal import sound, whole
from benchmark.types import Cell, Outcome, Scores, Skip


class Journal:
    """One suite's outcomes. A kill at any instant loses at most what was not yet added."""

    def __init__(self, path: Path, *, written: bool = True) -> None:
        """Open or create; raises BenchmarkError where the file is no journal of this format."""
        self.path = path
        self._db = writable(path) if written else readable(path)

    @classmethod
    def existing(cls, path: Path) -> "Journal":
        """Open a journal that must be there, to read it at least."""
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
            for row in rows:
                seal.put(self._db, "cells", *row)
            for skip in skips:
                seal.put(self._db, "skips", *skip.pair, skip.reason)
            for name, value in facts.items():
                seal.put(self._db, "facts", name, json.dumps(value))
            seal.count(self._db)

    def planned(self) -> list[Keyed]:
        """Every planned cell with its keys, in the order of the plan."""
        columns = ", ".join(seal.COLUMNS["cells"][1:])
        query = f"SELECT {columns}, {sound('cells')} FROM cells ORDER BY position"
        return self._all("cells", query, lambda *found: Keyed(Cell(*found[:5]), *found[5:]))

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
                seal.put(self._db, "imports", *row)
            seal.count(self._db)

    def remove_imports(self, strategy: str) -> None:
        """Forget all that was computed elsewhere under a name."""
        with self._transaction():
            self._forget_imports(strategy, None)
            seal.count(self._db)

    def imports(self) -> list[Import]:
        """Every outcome that was computed elsewhere, those of other data and folds included."""
        query = f"SELECT fit_key, dataset, strategy, {sound('imports')} FROM imports ORDER BY rowid"
        return self._all("imports", query, Import)

    def rescore(self, keyed: Keyed, scores: Scores) -> None:
        """Replace the scores of an outcome that was computed under other metrics."""
        with self._transaction():
            self._db.execute(
                "UPDATE outcomes SET score_key = ?, scores = ? WHERE fit_key = ?",
                (keyed.score_key, scores_text(scores), keyed.fit_key),
            )
            seal.again(self._db, "outcomes", "fit_key = ?", keyed.fit_key)

    def known(self) -> dict[str, Known]:
        """Fit key → what decides whether its outcome still stands.

        Raises BenchmarkError also for one that is there and would not be found by its key.
        """
        query = f"""SELECT fit_key, status, score_key, limit_seconds, limit_memory,
                           {sound("outcomes", "o")}
                           AND EXISTS (SELECT 1 FROM outcomes i WHERE i.fit_key = o.fit_key)
                    FROM outcomes o NOT INDEXED"""
        return dict(self._read(query, lambda key, *rest: (key, Known(*rest))))

    def rows(self, pair: tuple[str, str, str] | None = None) -> list[Row]:
        """Every planned cell with its status and scores, in the order of the plan; or a pair's."""
        where = "WHERE c.dataset = ? AND c.strategy = ? AND c.model = ?" if pair else ""
        query = f"""SELECT c.dataset, c.strategy, c.model, c.repeat, c.fold, o.status, o.scores,
                           c.fit_key, o.score_key, o.invocation,
                           o.seconds, o.inner_default, o.inner_tuned, o.error,
                           {sound("cells", "c")} AND (o.checksum IS NULL OR
                           {sound("outcomes", "o", fit_key="c.fit_key")})
                    FROM cells c LEFT JOIN outcomes o ON o.fit_key = c.fit_key {where}
                    ORDER BY c.position"""
        if pair:
            return self._read(query, _row, *pair)
        return self._all("cells", query, _row)

    def skips(self) -> list[Skip]:
        """Every pair that cannot be, with its reason."""
        query = f"SELECT dataset, strategy, model, reason, {sound('skips')} FROM skips"
        return self._all("skips", query, Skip)

    def fact(self, name: str) -> Any:
        """Something that `write_plan` noted; None where it is not there."""
        query = f"SELECT value, {sound('facts', name='?1')} FROM facts WHERE name = ?1"
        found = self._read(query, json.loads, name)
        return found[0] if found else self._absent(name)

    def outcome(self, cell: Cell, fit_key: str, *, predictions: bool = True) -> Outcome | None:
        """The whole outcome of a cell; without its predictions, which are most of it, if asked."""
        last = "predictions" if predictions else "NULL"
        query = f"""SELECT status, scores, details, {last}, {whole()} FROM outcomes
                    WHERE fit_key = ?"""
        found = self._read(query, partial(outcome_of, cell), fit_key)
        return found[0] if found else None

    def tested(self, fit_key: str, rule: str) -> Tested | None:
        """The test rows and scores of the model chosen under a rule; None where there are none."""
        query = f"""SELECT predictions, {whole()} FROM outcomes
                    WHERE fit_key = ? AND predictions_sum IS NOT NULL"""
        found = self._read(query, partial(tested_of, rule=rule), fit_key)
        return found[0] if found else None

    def begin(self, invocation: str, environment: Mapping[str, str]) -> None:
        """Note what an invocation runs on."""
        with self._transaction():
            seal.put(self._db, "invocations", invocation, json.dumps(environment))

    def environment(self, invocation: str) -> dict[str, str]:
        """What an invocation ran on: machine, BLAS kernels, versions; empty if it is not known."""
        query = f"SELECT environment, {sound('invocations')} FROM invocations WHERE id = ?"
        found = self._read(query, json.loads, invocation)
        return dict(found[0]) if found else {}

    def last_invocation(self) -> str:
        """The latest that began, whether it computed anything or not; empty if there is none."""
        return next(reversed(self.invocations()), "")

    def invocations(self) -> list[str]:
        """All that began, in their order."""
        query = f"SELECT id, {sound('invocations')} FROM invocations ORDER BY rowid"
        return self._read(query, str)

    def sent(self, uri: str, subject: str | None = None) -> dict[str, Sent]:
        """Subject → what was sent of it to one tracking store; of all subjects, or of one."""
        query = f"""SELECT subject, digest, run_id, complete, {sound("tracked")} FROM tracked
                   WHERE uri = ?1 AND (?2 IS NULL OR subject = ?2)"""
        return dict(self._read(query, lambda s, d, r, c: (s, Sent(d, r, bool(c))), uri, subject))

    def note_sent(self, uri: str, subject: str, sent: Sent) -> None:
        """Note what was sent to a tracking store, or is about to be."""
        with self._transaction():
            row = (sent.digest, sent.run_id, int(sent.complete))
            seal.put(self._db, "tracked", uri, subject, *row)

    def forget_sent(self, uri: str, subject: str | None = None) -> None:
        """Forget what was sent to a tracking store: all of it, or one subject."""
        with self._transaction():
            query = "DELETE FROM tracked WHERE uri = ?1 AND (?2 IS NULL OR subject = ?2)"
            self._db.execute(query, (uri, subject))

    def _keep(
        self, keyed: Keyed, outcome: Outcome, limits: tuple[float, int], *when: object
    ) -> None:
        """`when` is the invocation, and the time at which the outcome ended."""
        predictions = None if outcome.predictions is None else predictions_blob(outcome.predictions)
        row = (
            keyed.fit_key, keyed.score_key, outcome.status, *summary(outcome), *limits,
            *when, scores_text(outcome.scores), details_blob(outcome), predictions,
        )  # fmt: skip
        seal.put(self._db, "outcomes", *row)

    def _forget_imports(self, strategy: str, dataset: str | None) -> None:
        """Forget what was imported under a name, on one dataset or on all."""
        keys = "SELECT fit_key FROM imports WHERE strategy = ? AND coalesce(?, dataset) = dataset"
        for table in ("cells", "outcomes", "imports"):
            query = f"DELETE FROM {table} WHERE fit_key IN ({keys})"
            self._db.execute(query, (strategy, dataset))

    def _read(self, query: str, made: Callable[..., Made], *values: object) -> list[Made]:
        """What is made of each row; raises BenchmarkError where the journal is damaged."""
        return sound_rows_of(self._db, self.path, query, made, *values)

    def _all(self, table: str, query: str, made: Callable[..., Made]) -> list[Made]:
        """What is made of a whole table; raises BenchmarkError where rows of it are gone."""
        with reading(self.path):
            self._db.execute("BEGIN")  # both reads are of one moment
            try:
                found, counts = self._read(query, made), self.fact(seal.COUNTS)
            finally:
                self._db.execute("COMMIT")
        if len(found) != (counts or {}).get(table, 0):
            raise damaged(self.path, f"rows are gone from {table}")
        return found

    def _absent(self, name: str) -> None:
        """Nothing, where nothing was noted; raises BenchmarkError where it is gone."""
        if name != seal.COUNTS and (counts := self.fact(seal.COUNTS)):
            query = "SELECT count(*), 1 FROM facts"
            if self._read(query, int) != [counts["facts"]]:
                raise damaged(self.path, "rows are gone from facts")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            with transaction(self._db):
                yield
        except sqlite3.Error as error:
            raise problem(self.path, error, "written") from error


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
