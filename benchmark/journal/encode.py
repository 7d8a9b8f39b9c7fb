"""Outcomes ↔ what a database column holds; nothing is ever unpickled."""

import io
import json
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from zipfile import BadZipFile

import numpy as np

from benchmark.errors import BenchmarkError
from benchmark.types import (
    Cell,
    Floats,
    Integers,
    Outcome,
    Points,
    Predictions,
    Scored,
    ScoreKind,
    Scores,
    Threshold,
    Trial,
)
from benchmark.uncollected import uncollected

Made = TypeVar("Made")
ADVICE = "bring back a copy of it, or keep what can be read with `recover SUITE`"
_DAMAGE = (zlib.error, BadZipFile, EOFError, ValueError, KeyError, TypeError)


class Tested(NamedTuple):
    """What one chosen model said of the test rows, as `Predictions.y` and `Scored` have it."""

    y: Integers
    kind: ScoreKind
    scores: Floats


def rows_of(
    db: sqlite3.Connection, path: Path, query: str, made: Callable[..., Made], *values: object
) -> list[Made]:
    """What is made of each row that a query finds in the journal at a path."""
    with reading(path), uncollected():
        return [made(*row) for row in db.execute(query, values)]


def sound_rows_of(
    db: sqlite3.Connection, path: Path, query: str, made: Callable[..., Made], *values: object
) -> list[Made]:
    """The same, where the last column says whether the row is what was written."""
    return rows_of(db, path, query, partial(_made_of_sound, made), *values)


def _made_of_sound(made: Callable[..., Made], *row: Any) -> Made:
    if not row[-1]:
        raise ValueError("a row is not what was written")
    return made(*row[:-1])


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Whatever a damaged journal makes of the block is a BenchmarkError that names it."""
    try:
        yield
    except sqlite3.Error as error:
        raise problem(path, error, "read") from error
    except _DAMAGE as error:
        raise damaged(path, f"{type(error).__name__}: {error}") from error


def problem(path: Path, error: sqlite3.Error, done: str) -> BenchmarkError:
    """What SQLite says of a journal that cannot be opened, read or written."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code == sqlite3.SQLITE_NOTADB:
        why = f"{error}, or its beginning is damaged"
        return BenchmarkError(f"journal {str(path)!r} cannot be opened: {why}; {ADVICE}")
    if code in (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT):
        return damaged(path, f"{type(error).__name__}: {error}")
    return BenchmarkError(f"journal {str(path)!r} cannot be {done}: {error}")


def damaged(path: Path, why: str) -> BenchmarkError:
    """That a journal is not what was written, and what to do."""
    return BenchmarkError(f"journal {str(path)!r} is damaged ({why}); {ADVICE}")


def scores_text(scores: Scores) -> str:
    """Scores as JSON."""
    return json.dumps(asdict(scores))


def scores_of(text: str) -> Scores:
    """The scores that `scores_text` wrote."""
    plain = json.loads(text)
    thresholds = {rule: Threshold(**cut) for rule, cut in plain["thresholds"].items()}
    confusion = {rule: tuple(map(tuple, rows)) for rule, rows in plain["confusion"].items()}
    return Scores(plain["values"], plain["missing"], thresholds, confusion, plain["positives"])


def details_blob(outcome: Outcome) -> bytes:
    """All of an outcome but its cell, status, scores and predictions, as compressed JSON."""
    details = {
        "params": outcome.params,
        "trials": [asdict(trial) for trial in outcome.trials],
        "seconds": outcome.seconds,
        "cpu_seconds": outcome.cpu_seconds,
        "memory_bytes": outcome.memory_bytes,
        "note": outcome.note,
        "error": outcome.error,
        "traceback": outcome.traceback,
    }
    return zlib.compress(json.dumps(details).encode(), 1)


def summary(outcome: Outcome) -> tuple[float, float | None, float | None, str]:
    """Seconds, inner scores at the default and the tuned threshold, and error."""
    finished = [trial for trial in outcome.trials if not trial.pruned_after]
    default = [trial.default for trial in finished if trial.default is not None]
    tuned = [trial.tuned for trial in finished if trial.tuned is not None]
    seconds = sum(outcome.seconds.values())
    return seconds, max(default, default=None), max(tuned, default=None), outcome.error


def predictions_blob(p: Predictions) -> bytes:
    """Predictions as a compressed .npz; the tuned model only where it is another one."""
    costs = {"costs": p.costs, "oof_costs": p.oof_costs}
    rules = {"default": p.default} | ({} if p.tuned is p.default else {"tuned": p.tuned})
    arrays: dict[str, Any] = {
        "rows": p.rows,
        "y": p.y.astype(np.int16),
        "oof_rows": p.oof_rows,
        "oof_y": p.oof_y.astype(np.int16),
    }
    arrays |= {name: values for name, values in costs.items() if values is not None}
    for rule, scored in rules.items():
        arrays |= {
            f"{rule}_kind": np.array(scored.kind),
            f"{rule}_test": scored.test,
            f"{rule}_oof": scored.oof,
        }
        points = {} if scored.points is None else asdict(scored.points)
        arrays |= {f"{rule}_{part}": found for part, found in points.items() if found is not None}
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return zlib.compress(file.getvalue(), 1)


def outcome_of(
    cell: Cell, status: str, scores: str, details: bytes, predictions: bytes | None
) -> Outcome:
    """The outcome that the functions above wrote."""
    plain = json.loads(zlib.decompress(details))
    return Outcome(
        cell=cell,
        status=status,  # type: ignore[arg-type]  # only a Status is ever written
        scores=scores_of(scores),
        trials=tuple(Trial(**trial) for trial in plain.pop("trials")),
        predictions=None if predictions is None else _predictions_of(predictions),
        **plain,
    )


def tested_of(blob: bytes, rule: str) -> Tested:
    """The test rows of the model chosen under a rule; a third of the time of all predictions."""
    with np.load(io.BytesIO(zlib.decompress(blob)), allow_pickle=False) as file:
        chosen = rule if f"{rule}_kind" in file else "default"
        kind: Any = str(file[f"{chosen}_kind"])
        return Tested(file["y"].astype(np.int64), kind, file[f"{chosen}_test"])


def bits(blob: bytes | None) -> dict[str, tuple[str, tuple[int, ...], bytes]] | None:
    """Type, shape and content of every array of predictions, whatever compressed them."""
    if blob is None:
        return None
    return {name: (a.dtype.str, a.shape, a.tobytes()) for name, a in _arrays(blob).items()}


def _arrays(blob: bytes) -> dict[str, Any]:
    with np.load(io.BytesIO(zlib.decompress(blob)), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _predictions_of(blob: bytes) -> Predictions:
    arrays = _arrays(blob)
    rules = {
        rule: Scored(
            kind=str(arrays[f"{rule}_kind"]),  # type: ignore[arg-type]  # only a ScoreKind is written
            test=arrays[f"{rule}_test"],
            oof=arrays[f"{rule}_oof"],
            points=_points_of(arrays, rule),
        )
        for rule in ("default", "tuned")
        if f"{rule}_kind" in arrays
    }
    return Predictions(
        rows=arrays["rows"],
        y=arrays["y"].astype(np.int64),
        oof_rows=arrays["oof_rows"],
        oof_y=arrays["oof_y"].astype(np.int64),
        default=rules["default"],
        tuned=rules.get("tuned", rules["default"]),
        costs=arrays.get("costs"),
        oof_costs=arrays.get("oof_costs"),
    )


def _points_of(arrays: dict[str, Any], rule: str) -> Points | None:
    """What the inner scores stand for, where they were reduced."""
    if f"{rule}_counts" not in arrays:
        return None
    return Points(arrays[f"{rule}_y"], arrays[f"{rule}_counts"], arrays.get(f"{rule}_costs"))
