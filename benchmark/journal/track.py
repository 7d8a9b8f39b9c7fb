"""Journal → MLflow, each pair exactly once; the only place that imports mlflow."""

import json
import logging
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmark.errors import TrackingError
from benchmark.journal.record import Record, accepted_name, pair_digest, record, redacted
from benchmark.journal.store import Journal, Row, Sent
from benchmark.journal.view import view, view_tag

_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_LOGGING_LEVEL": "ERROR",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
_BATCH = 1000
_OPEN = "open"
Tables = Callable[[], Mapping[str, str]]


class Tracker:
    """Sends one journal to one tracking store.

    The journal notes what is about to be sent and what has arrived, so that a kill at any instant
    leads to no missing and no double run.
    """

    def __init__(self, journal: Journal, uri: str, tables: Tables) -> None:
        """`tables` gives the texts to attach to an invocation, by file name."""
        self._journal = journal
        self._uri = uri
        self._name = redacted(uri)
        self._tables = tables
        path = sqlite_path(uri)
        if path is not None and not path.is_file():
            journal.forget_sent(self._name)

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return {name: self._journal.fact(name) for name in ("suite", "datasets")}

    def missing(self) -> list[list[Row]]:
        """The rows of every finished pair that the store does not have as it is now."""
        pairs: dict[tuple[str, str, str], list[Row]] = {}
        for row in self._journal.rows():
            pairs.setdefault(row.cell.pair, []).append(row)
        sent = self._journal.sent(self._name)
        return [
            sorted(rows, key=lambda row: row.cell)
            for rows in pairs.values()
            if all(row.status != "pending" for row in rows) and not _arrived(rows, sent)
        ]

    def sync(self) -> int:
        """Send every finished pair that is missing; return how many. Raises TrackingError."""
        missing = self.missing()
        for rows in missing:
            self.send(rows)
        self._forget(_halves(self._journal.sent(self._name)))
        sent = self._journal.sent(self._name)
        self._close([subject for subject, found in sent.items() if found.digest == _OPEN])
        return len(missing)

    def send(self, rows: Sequence[Row]) -> None:
        """Send one finished pair; its rows are in the order of repeats and folds.

        Raises TrackingError.
        """
        subject, digest = _subject(_invocation(rows), *rows[0].cell.pair), pair_digest(rows)
        try:
            if self._journal.sent(self._name, subject):
                self._remove(subject)
            self._journal.note_sent(self._name, subject, Sent(digest, "", complete=False))
            parent = self._parent(_invocation(rows))
            outcomes = [self._journal.outcome(row.cell, row.fit_key) for row in rows]
            found = record(rows, [o for o in outcomes if o is not None], self._facts)
            run_id = self._write(subject, found, parent)
        except Exception as error:
            raise self._failure(error) from error
        self._journal.note_sent(self._name, subject, Sent(digest, run_id, complete=True))

    def _forget(self, subjects: Sequence[str]) -> None:
        """Delete the runs of what will never be sent whole. Raises TrackingError."""
        try:
            for subject in subjects:
                self._remove(subject)
                self._journal.forget_sent(self._name, subject)
        except Exception as error:
            raise self._failure(error) from error

    def _close(self, invocations: Sequence[str]) -> None:
        """Attach the tables to invocations and end their runs. Raises TrackingError."""
        try:
            tables = self._tables() if invocations else {}
            for invocation in invocations:
                run_id = self._parent(invocation)
                self._attach(run_id, tables)
                began = self._client.get_run(run_id).info.start_time
                now = max(_now(), began)  # the clock may have been set back
                self._client.set_terminated(run_id, end_time=now)
                self._journal.note_sent(self._name, invocation, Sent("", run_id, complete=True))
        except Exception as error:
            raise self._failure(error) from error

    @cached_property
    def _client(self) -> Any:
        path = sqlite_path(self._uri)
        if path is not None and not path.is_file():
            _create_store(path)
        return _connected(self._uri)

    @cached_property
    def _experiment(self) -> str:
        """The id of the experiment, made when it is first needed; shows the suite as it is now."""
        suite = self._facts["suite"]
        experiment = self._made(suite)
        if experiment.tags.get(view_tag(suite["name"])) != view(suite):
            identity = experiment.experiment_id
            self._client.set_experiment_tag(identity, view_tag(suite["name"]), view(suite))
        return str(experiment.experiment_id)

    def _made(self, suite: Mapping[str, Any]) -> Any:
        name = (suite["tracking"] or {}).get("experiment") or suite["name"]
        found = self._client.get_experiment_by_name(name)
        if found is not None:
            if found.lifecycle_stage != "active":
                self._client.restore_experiment(found.experiment_id)
            return found
        path = sqlite_path(self._uri)
        folder = path and (path.parent / "mlartifacts" / suite["name"]).resolve().as_uri()
        made = self._client.create_experiment(name, artifact_location=folder)
        return self._client.get_experiment(made)

    def _parent(self, invocation: str) -> str:
        """The run of an invocation, made when it is first needed; open until `close`."""
        subject = _subject(invocation)
        sent = self._journal.sent(self._name, subject).get(subject)
        if sent is not None and sent.complete:
            self._journal.note_sent(self._name, subject, replace(sent, digest=_OPEN))
            return sent.run_id
        if sent is not None:
            self._remove(subject)
        self._journal.note_sent(self._name, subject, Sent("", "", complete=False))
        tags = {"benchmark.kind": "invocation", "benchmark.subject": subject}
        environment = self._journal.environment(invocation)
        tags |= {f"environment.{name}": text for name, text in environment.items() if text}
        name = f"{self._facts['suite']['name']} {invocation}"
        run_id = self._client.create_run(self._experiment, tags=tags, run_name=name).info.run_id
        self._attach(run_id, {"suite.json": json.dumps(self._facts["suite"], indent=2)})
        self._journal.note_sent(self._name, subject, Sent(_OPEN, run_id, complete=True))
        return str(run_id)

    def _write(self, subject: str, found: Record, parent: str) -> str:
        """Create a run with all that is in the record."""
        from mlflow.entities import Metric, Param

        tags = dict(found.tags) | {"mlflow.parentRunId": parent, "benchmark.subject": subject}
        name = f"{found.tags['dataset']}: {found.tags['strategy']} + {found.tags['model']}"
        now = _now()
        began = now - int(found.seconds * 1000)
        run = self._client.create_run(self._experiment, began, tags, name)
        run_id = str(run.info.run_id)
        metrics = [
            Metric(accepted_name(key), value, now, 0) for key, value in found.metrics.items()
        ]
        for key, steps in found.steps.items():
            metrics += [Metric(accepted_name(key), value, now, step) for step, value in steps]
        params = [Param(accepted_name(key), value) for key, value in found.params.items()]
        self._client.log_batch(run_id, metrics=metrics[:_BATCH], params=params[:100])
        for start in range(_BATCH, len(metrics), _BATCH):
            self._client.log_batch(run_id, metrics=metrics[start : start + _BATCH])
        self._client.log_inputs(run_id, [self._input(found.tags["dataset"])])
        self._attach(run_id, found.artifacts)
        self._client.set_terminated(run_id, "FAILED" if found.failed else "FINISHED", now)
        return run_id

    def _input(self, dataset: str) -> Any:
        """The dataset as an input; MLflow takes 36 characters of the fingerprint as its digest."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        facts = self._facts["datasets"][dataset]
        profile = {"num_rows": facts["rows"], "positives": facts["positives"]}
        entity = Dataset(
            name=dataset[:500],
            digest=facts["fingerprint"][:36],
            source_type="benchmark",
            source=json.dumps({"source": facts["source"], "fingerprint": facts["fingerprint"]}),
            profile=json.dumps(profile),
        )
        return DatasetInput(entity, [InputTag("mlflow.data.context", "cross-validation")])

    def _attach(self, run_id: str, texts: Mapping[str, str]) -> None:
        """Log texts as files, in one call.

        They lie beside the journal until then, so that what a kill leaves is gone with the next.
        """
        folder = self._journal.path.with_name("sending")
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
        self._client.log_artifacts(run_id, str(folder))
        shutil.rmtree(folder, ignore_errors=True)

    def _remove(self, subject: str) -> None:
        """Delete the runs of a subject, half-sent ones included."""
        escaped = subject.replace("'", "\\'")
        found = self._client.search_runs(
            [self._experiment], f"tags.`benchmark.subject` = '{escaped}'", max_results=1000
        )
        for run in found:
            self._client.delete_run(run.info.run_id)

    def _failure(self, error: Exception) -> TrackingError:
        lines = str(error).strip().splitlines() or [""]
        text = redacted(self._uri, lines[0])[:300]
        return TrackingError(f"MLflow at {self._name}: {type(error).__name__}: {text}")


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
    try:
        client = _connected(uri)
        found = client.get_experiment_by_name(name)
        runs = found and client.search_runs([found.experiment_id], wanted, max_results=1)
    except Exception as error:
        raise TrackingError(f"MLflow at {redacted(uri)}: {type(error).__name__}") from error
    if found is None:
        raise TrackingError(
            f"MLflow at {redacted(uri)} has no experiment {name!r}; run the suite first"
        )
    return Experiment(str(found.experiment_id), found.tags, runs[0].info.run_id if runs else None)


def _connected(uri: str) -> Any:
    """A client; creates the schema of an empty store before anybody else meets it."""
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    for logger in ("mlflow", "alembic"):
        logging.getLogger(logger).setLevel(logging.ERROR)
    return MlflowClient(uri)


def sqlite_path(uri: str) -> Path | None:
    """The file of a SQLite store, or None for another kind of store."""
    path, _, _ = uri.removeprefix("sqlite:///").partition("?")
    return Path(path) if uri.startswith("sqlite:///") else None


def _create_store(path: Path) -> None:
    """Make an empty store in one step; a kill inside MLflow's migrations would spoil it.

    In memory, because hundreds of small writes take seconds on a disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    memory = f"file:{path.name}-{os.getpid()}?mode=memory&cache=shared"
    with closing(sqlite3.connect(memory, uri=True)) as store:
        _connected(f"sqlite:///{memory}&uri=true").search_experiments(max_results=1)
        _place(store.serialize(), path)


def _place(content: bytes, path: Path) -> None:
    """Write a new file that has its name only when it is whole; one that is there stays."""
    with tempfile.TemporaryFile(dir=path.parent) as file:
        file.write(content)
        file.flush()
        with suppress(OSError):  # not everywhere can a file without a name be given one
            path.hardlink_to(f"/proc/self/fd/{file.fileno()}")
    if not path.is_file():
        part = path.with_name(f"{path.name}.part")
        part.write_bytes(content)
        part.replace(path)


def _now() -> int:
    return int(time.time() * 1000)


def _halves(sent: Mapping[str, Sent]) -> list[str]:
    """What was not sent whole, and parents of nothing: a kill, and then another invocation."""
    parents = {subject.partition("/")[0] for subject in sent if "/" in subject}
    return [
        subject
        for subject, found in sent.items()
        if not found.complete or ("/" not in subject and subject not in parents)
    ]


def _invocation(rows: Sequence[Row]) -> str:
    """The last invocation that computed a cell of the pair."""
    return max(row.invocation for row in rows)


def _subject(*parts: str) -> str:
    return "/".join(
        part.replace("%", "%25").replace("/", "%2F").replace("'", "%27") for part in parts
    )


def _arrived(rows: Sequence[Row], sent: Mapping[str, Sent]) -> bool:
    """Whether the store has a pair as it is now."""
    there = sent.get(_subject(_invocation(rows), *rows[0].cell.pair))
    return (
        there is not None
        and there.complete
        and there.digest == pair_digest(sorted(rows, key=lambda row: row.cell))
    )
