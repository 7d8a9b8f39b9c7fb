"""Journal → MLflow, each pair exactly once."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from benchmark.errors import TrackingError
from benchmark.journal.address import redacted, sqlite_path
from benchmark.journal.record import Record, pair_digest, record
from benchmark.journal.rows import Row, Sent
from benchmark.journal.store import Journal
from benchmark.journal.tracking_errors import told_in_one_line
from benchmark.journal.tracking_store import TrackingStore, connected
from benchmark.journal.view import view, view_tag

_OPEN = "open"
_NOT_THERE = Sent("", "", complete=False)
Tables = Callable[[], Mapping[str, str]]


class Tracker:
    """Sends one journal to one tracking store.

    The journal notes what is about to be sent and what has arrived, so that a kill at any instant
    leads to no missing and no double run.

    Attributes:
        pairs_sent: how many pairs this tracker has sent.
    """

    def __init__(self, journal: Journal, uri: str, tables: Tables) -> None:
        """`tables` gives the texts to attach to an invocation, by file name."""
        self._journal = journal
        self._uri = uri
        self._name = redacted(uri)
        self._tables = tables
        self._stopped = False
        self.pairs_sent = 0

    def stop(self) -> None:
        """Have another thread that sends give up before the next pair, with a TrackingError."""
        self._stopped = True

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return {name: self._journal.fact(name) for name in ("suite", "datasets")}

    @cached_property
    def _store(self) -> TrackingStore:
        suite = self._facts["suite"]
        experiment = (suite["tracking"] or {}).get("experiment") or suite["name"]
        outbox = self._journal.path.with_name("sending")
        return TrackingStore(self._uri, experiment, suite["name"], outbox)

    def missing(self) -> list[list[Row]]:
        """The rows of every finished pair that is not known to have been sent as it is now."""
        sent = self._journal.sent(self._name)
        return [rows for rows in self._finished() if not _arrived(rows, sent)]

    def _finished(self) -> Iterator[list[Row]]:
        """The rows of every pair without a pending cell, in the order of repeats and folds."""
        pairs: dict[tuple[str, str, str], list[Row]] = {}
        for row in self._journal.rows():
            pairs.setdefault(row.cell.pair, []).append(row)
        for rows in pairs.values():
            if all(row.status != "pending" for row in rows):
                yield sorted(rows, key=lambda row: row.cell)

    def sync(self) -> int:
        """Send every finished pair that is missing; return how many. Raises TrackingError."""
        with told_in_one_line(self._uri):
            self._check()
        missing = self.missing()
        for rows in missing:
            self.send(rows)
        self._tidy()
        self._close()
        return len(missing)

    def send(self, rows: Sequence[Row]) -> None:
        """Send one finished pair; its rows are in the order of repeats and folds.

        Raises TrackingError.
        """
        invocation = _invocation(rows)
        subject, digest = subject_of(invocation, *rows[0].cell.pair), pair_digest(rows)
        with told_in_one_line(self._uri):
            if self._stopped:
                raise TrackingError("stopped")
            if self._journal.sent(self._name, subject):
                self._store.remove(subject)
            self._journal.note_sent(self._name, subject, replace(_NOT_THERE, digest=digest))
            parent = self._parent(invocation)
            outcomes = [self._journal.outcome(row.cell, row.fit_key) for row in rows]
            found = record(rows, [o for o in outcomes if o is not None], self._facts)
            run_id = self._write(subject, found, parent)
        self._journal.note_sent(self._name, subject, Sent(digest, run_id, complete=True))
        self.pairs_sent += 1

    def _check(self) -> None:
        """Forget what the store has no longer, and delete there what it has twice.

        It may have been emptied, or have done what it never answered.
        """
        sent = self._journal.sent(self._name)
        there = {subject: found.run_id for subject, found in sent.items() if found.complete}
        if not there or self._store.surely_has(there.values()):
            return
        invocations = {subject for subject in there if "/" not in subject}
        current = {subject_of(_invocation(rows)) for rows in self._finished()}
        current |= {subject for subject, found in sent.items() if found.digest == _OPEN}
        lost = [self._lost(invocation, there) for invocation in sorted(current & invocations)]
        if any(lost):
            for invocation in sorted(invocations - current):
                self._lost(invocation, there)

    def _lost(self, invocation: str, there: Mapping[str, str]) -> bool:
        """Whether runs of an invocation are gone; those of its pairs go with the parent."""
        runs = self._store.runs(invocation)
        orphaned = there[invocation] not in runs.get(invocation, ())
        of_it = [subject for subject in there if subject.split("/")[0] == invocation]
        gone = [s for s in of_it if orphaned or there[s] not in runs.get(s, ())]
        for subject in sorted(gone, key=len, reverse=True):  # the parent last: it stands for all
            self._journal.note_sent(self._name, subject, _NOT_THERE)
        doubles = {subject: set(runs.get(subject, ())) - {there[subject]} for subject in of_it}
        for subject in set(of_it) - set(gone):
            for run_id in doubles[subject]:
                self._store.delete(run_id)
        return bool(gone)

    def _tidy(self) -> None:
        """Delete what will never be sent whole: a kill left it, and a later invocation has it."""
        for subject in _halves(self._journal.sent(self._name)):
            with told_in_one_line(self._uri):
                self._store.remove(subject)
            self._journal.forget_sent(self._name, subject)

    def _close(self) -> None:
        """Attach the tables to invocations and end their runs."""
        sent = self._journal.sent(self._name)
        invocations = [subject for subject, found in sent.items() if found.digest == _OPEN]
        with told_in_one_line(self._uri):
            tables = self._tables() if invocations else {}
            for invocation in invocations:
                run_id = self._parent(invocation)
                self._store.attach(run_id, tables)
                self._store.end(run_id)
                self._journal.note_sent(self._name, invocation, Sent("", run_id, complete=True))

    def _parent(self, invocation: str) -> str:
        """The run of an invocation, made when it is first needed; open until `_close`."""
        subject = subject_of(invocation)
        sent = self._journal.sent(self._name, subject).get(subject)
        if sent is not None and sent.complete:
            self._journal.note_sent(self._name, subject, replace(sent, digest=_OPEN))
            return sent.run_id
        if sent is not None:
            self._store.remove(subject)
        self._journal.note_sent(self._name, subject, _NOT_THERE)
        suite = self._facts["suite"]
        self._store.tag(view_tag(suite["name"]), view(suite))  # shows the suite as it is now
        tags = {"benchmark.kind": "invocation"}
        environment = self._journal.environment(invocation)
        tags |= {f"environment.{name}": text for name, text in environment.items() if text}
        run_id = self._store.create(subject, f"{suite['name']} {invocation}", tags)
        self._store.attach(run_id, {"suite.json": json.dumps(suite, indent=2)})
        self._journal.note_sent(self._name, subject, Sent(_OPEN, run_id, complete=True))
        return run_id

    def _write(self, subject: str, found: Record, parent: str) -> str:
        """Create a run with all that is in the record."""
        tags = dict(found.tags) | {"mlflow.parentRunId": parent}
        name = f"{found.tags['dataset']}: {found.tags['strategy']} + {found.tags['model']}"
        now = int(time.time() * 1000)
        run_id = self._store.create(subject, name, tags, now - int(found.seconds * 1000))
        self._store.fill(run_id, found, self._facts["datasets"][found.tags["dataset"]], now)
        return run_id


@dataclass(frozen=True)
class Experiment:
    """An experiment in a store, and the run of a suite's last invocation if there is one."""

    id: str
    tags: Mapping[str, str]
    last_run: str | None


def find_experiment(uri: str, name: str, suite: str) -> Experiment:
    """An experiment by its name. Raises TrackingError where it or the store is not there."""
    wanted = f"tags.`benchmark.kind` = 'invocation' AND attributes.run_name LIKE '{suite} %'"
    path = sqlite_path(uri)
    if path is not None and not path.is_file():
        raise TrackingError(f"no MLflow store at {str(path)!r}; run a suite first")
    with told_in_one_line(uri):
        client = connected(uri)
        found = client.get_experiment_by_name(name)
        latest = ["attributes.run_name DESC"]  # which tells the order, whatever the clock did
        runs = found and client.search_runs(
            [found.experiment_id], wanted, max_results=1, order_by=latest
        )
    if found is None:
        raise TrackingError(
            f"MLflow at {redacted(uri)} has no experiment {name!r}; run the suite first"
        )
    return Experiment(str(found.experiment_id), found.tags, runs[0].info.run_id if runs else None)


def _invocation(rows: Sequence[Row]) -> str:
    """The last invocation that computed a cell of the pair."""
    return max(row.invocation for row in rows)


def subject_of(*parts: str) -> str:
    """How a store knows the run of an invocation, or of an invocation's pair."""
    return "/".join(
        part.replace("%", "%25").replace("/", "%2F").replace("'", "%27") for part in parts
    )


def _arrived(rows: Sequence[Row], sent: Mapping[str, Sent]) -> bool:
    """Whether the store has a pair as it is now."""
    there = sent.get(subject_of(_invocation(rows), *rows[0].cell.pair))
    return (
        there is not None
        and there.complete
        and there.digest == pair_digest(sorted(rows, key=lambda row: row.cell))
    )


def _halves(sent: Mapping[str, Sent]) -> list[str]:
    """What was not sent whole, and invocations without a pair."""
    parents = {s.partition("/")[0] for s, found in sent.items() if "/" in s and found.complete}
    return [
        subject
        for subject, found in sent.items()
        if not found.complete or not ("/" in subject or subject in parents)
    ]
