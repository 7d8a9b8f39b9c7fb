"""A tracking store; the only place that imports mlflow."""

import json
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmark.journal.address import redacted, sqlite_path
from benchmark.journal.record import Record, accepted_name

_RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER": "false",  # it may ask for hours
    _RETRIES: "2",
}
_ALWAYS = {
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",  # an error is told once, in a line
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",  # with the password
}
_ENGINE_ATTEMPTS = 4  # to open a database, in 1.1 s; MLflow's ten take 102 s
_PAUSES = (1.0, 2.0)  # before a run is asked for again
_BATCH = 1000
_SUBJECT = "benchmark.subject"


class TrackingStore:
    """One experiment of a store; its runs are known by their subject."""

    def __init__(self, uri: str, experiment: str, folder: str, outbox: Path) -> None:
        """`folder` is where the files of a SQLite store's experiment go, beside it.

        `outbox` is a folder for texts on their way, which no other process uses.
        """
        self.name = redacted(uri)
        self._uri, self._named, self._folder, self._outbox = uri, experiment, folder, outbox

    @cached_property
    def _client(self) -> Any:
        path = sqlite_path(self._uri)
        if path is not None and not path.is_file():
            create_store(path)
        return connected(self._uri)

    @cached_property
    def experiment(self) -> Any:
        """The experiment, made when it is first needed."""
        found = self._client.get_experiment_by_name(self._named)
        if found is None:
            return self._made()
        if found.lifecycle_stage != "active":
            self._client.restore_experiment(found.experiment_id)
        return found

    def _made(self) -> Any:
        path = sqlite_path(self._uri)
        folder = path and (path.parent / "mlartifacts" / self._folder).resolve().as_uri()
        try:
            self._client.create_experiment(self._named, artifact_location=folder)
        except Exception:
            found = self._client.get_experiment_by_name(self._named)
            if found is None:
                raise
            return found  # the answer was lost, or somebody else was faster
        return self._client.get_experiment_by_name(self._named)

    def tag(self, name: str, value: str) -> None:
        """Set a tag of the experiment, where it is another."""
        if self.experiment.tags.get(name) != value:
            self._client.set_experiment_tag(self.experiment.experiment_id, name, value)

    def surely_has(self, run_ids: Collection[str]) -> bool:
        """Whether a SQLite store has all of these runs; spares importing mlflow to find out."""
        path = sqlite_path(self._uri)
        if path is None or not path.is_file():
            return False
        query = """SELECT run_uuid FROM runs JOIN experiments USING (experiment_id)
                   WHERE experiments.name = ? AND runs.lifecycle_stage = 'active'"""
        try:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
                found = db.execute(query, (self._named,))
                return {run_id for (run_id,) in found}.issuperset(run_ids)
        except sqlite3.Error:
            return False  # MLflow shall say what is wrong with it

    def runs(self, invocation: str) -> dict[str, list[str]]:
        """Subject → the ids of its runs, of an invocation and of the pairs below it."""
        found = self._found(f"tags.`{_SUBJECT}` LIKE '{invocation}%'")
        runs: dict[str, list[str]] = {}
        for run in found:
            runs.setdefault(run.data.tags[_SUBJECT], []).append(str(run.info.run_id))
        return runs

    def _found(self, wanted: str) -> Iterator[Any]:
        page = None
        while page != "":
            found = self._client.search_runs(
                [self.experiment.experiment_id], wanted, max_results=1000, page_token=page
            )
            yield from found
            page = found.token or ""

    def create(
        self, subject: str, name: str, tags: Mapping[str, str], began: int | None = None
    ) -> str:
        """Create the run of a subject that has none; return its id.

        MLflow would ask again after an answer that was lost, and so make two: this looks first
        whether the run is there.
        """
        tagged = {**tags, _SUBJECT: subject}
        pauses = _PAUSES if self._uri.startswith("http") else ()
        for pause in (*pauses, None):
            try:
                with _asked_once():
                    made = self._client.create_run(
                        self.experiment.experiment_id, began, tagged, name
                    )
                return str(made.info.run_id)
            except Exception:
                if pause is None:
                    raise
            time.sleep(pause)
            if there := self._subject_runs(subject):
                return there[0]
        raise AssertionError("the last attempt returns or raises")

    def remove(self, subject: str) -> None:
        """Delete the runs of a subject, half-sent ones included."""
        for run_id in self._subject_runs(subject):
            self.delete(run_id)

    def _subject_runs(self, subject: str) -> list[str]:
        escaped = subject.replace("'", "\\'")
        return [str(r.info.run_id) for r in self._found(f"tags.`{_SUBJECT}` = '{escaped}'")]

    def delete(self, run_id: str) -> None:
        """Delete a run."""
        self._client.delete_run(run_id)

    def fill(self, run_id: str, found: Record, dataset: Mapping[str, Any], now: int) -> None:
        """Log all that is in a record, and end its run."""
        from mlflow.entities import Metric, Param

        metrics = [
            Metric(accepted_name(key), value, now, 0) for key, value in found.metrics.items()
        ]
        for key, steps in found.steps.items():
            metrics += [Metric(accepted_name(key), value, now, step) for step, value in steps]
        params = [Param(accepted_name(key), value) for key, value in found.params.items()]
        self._client.log_batch(run_id, metrics=metrics[:_BATCH], params=params[:100])
        for start in range(_BATCH, len(metrics), _BATCH):
            self._client.log_batch(run_id, metrics=metrics[start : start + _BATCH])
        self._client.log_inputs(run_id, [_input(found.tags["dataset"], dataset)])
        self.attach(run_id, found.artifacts)
        self._client.set_terminated(run_id, "FAILED" if found.failed else "FINISHED", now)

    def attach(self, run_id: str, texts: Mapping[str, str]) -> None:
        """Log texts as files, in one call; what a kill leaves of them, the next call removes."""
        shutil.rmtree(self._outbox, ignore_errors=True)
        self._outbox.mkdir()
        try:
            for name, text in texts.items():
                (self._outbox / name).write_text(text, encoding="utf-8")
            self._client.log_artifacts(run_id, str(self._outbox))
        finally:
            shutil.rmtree(self._outbox, ignore_errors=True)

    def end(self, run_id: str) -> None:
        """A run has all that belongs to it."""
        began = self._client.get_run(run_id).info.start_time
        self._client.set_terminated(run_id, end_time=max(began, int(time.time() * 1000)))


def load_mlflow() -> Any:
    """Import MLflow, which takes its time; return its client's class."""
    os.environ.update(_ALWAYS)
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    return MlflowClient


def connected(uri: str) -> Any:
    """A client; creates the schema of an empty store before anybody else meets it."""
    client = load_mlflow()
    if not uri.startswith("http"):
        from mlflow.store.db import utils

        utils.MAX_RETRY_COUNT = _ENGINE_ATTEMPTS
    for logger in ("mlflow", "alembic", "sqlalchemy"):
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    return client(uri)


def create_store(path: Path) -> None:
    """Make an empty store in one step; a kill inside MLflow's migrations would spoil it.

    In memory, because hundreds of small writes take seconds on a disk.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    memory = f"file:{path.name}?mode=memory&cache=shared"
    with closing(sqlite3.connect(memory, uri=True)) as store:
        connected(f"sqlite:///{memory}&uri=true").search_experiments(max_results=1)
        content = store.serialize()
    if not _placed_at_once(content, path):
        copy = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            copy.write_bytes(content)
            copy.replace(path)
        finally:
            copy.unlink(missing_ok=True)


def _placed_at_once(content: bytes, path: Path) -> bool:
    """Whether a file could be written without a name, and then be given one; another's stays."""
    if not hasattr(os, "O_TMPFILE"):
        return False
    try:
        file = os.open(path.parent, os.O_TMPFILE | os.O_WRONLY, 0o644)
    except OSError:
        return False
    try:
        with open(file, "wb", closefd=False) as written:
            written.write(content)
        os.link(f"/proc/self/fd/{file}", path, src_dir_fd=file)
    except OSError:
        return path.is_file()  # another was faster
    finally:
        os.close(file)
    return True


@contextmanager
def _asked_once() -> Iterator[None]:
    """Have MLflow not repeat what is not to be done twice."""
    before = os.environ[_RETRIES]
    os.environ[_RETRIES] = "0"
    try:
        yield
    finally:
        os.environ[_RETRIES] = before


def _input(name: str, facts: Mapping[str, Any]) -> Any:
    """A dataset as an input; MLflow takes 36 characters of the fingerprint as its digest."""
    from mlflow.entities import Dataset, DatasetInput, InputTag

    profile = {"num_rows": facts["rows"], "positives": facts["positives"]}
    entity = Dataset(
        name=name[:500],
        digest=facts["fingerprint"][:36],
        source_type="benchmark",
        source=json.dumps({"source": facts["source"], "fingerprint": facts["fingerprint"]}),
        profile=json.dumps(profile),
    )
    return DatasetInput(entity, [InputTag("mlflow.data.context", "cross-validation")])
