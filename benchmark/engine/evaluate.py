"""One Cell → one Outcome. Nothing is read or written here."""

import traceback
import warnings
from functools import partial
from time import perf_counter

import numpy as np

from benchmark.engine.job import Bench, Job
from benchmark.engine.score import DEFAULT_THRESHOLD, best_threshold, measure, score, why_missing
from benchmark.engine.stopwatch import Stopwatch
from benchmark.engine.tune import Best, Search, Tried, search
from benchmark.space import Chosen, Defaults, Space
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Floats, Outcome, Predictions, Scored, ScoreKind, Status

_OUT_OF_MEMORY = ("bad_alloc", "Unable to allocate", "allocate memory", "out of memory")
Oof = tuple[ScoreKind, Floats]


def evaluate(cell: Cell, suite: Suite, dataset: Dataset, bench: Bench) -> Outcome:
    """Tune, fit, predict and score one cell; whatever goes wrong becomes its outcome."""
    watch = Stopwatch()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("default")
            return _outcome(Job(cell, suite, dataset, bench, watch), caught)
    except Exception as error:  # noqa: BLE001 - whatever a pair does is recorded as its outcome
        status: Status = "out_of_memory" if ran_out_of_memory(error) else "failed"
        return Outcome(
            cell,
            status,
            seconds=watch.seconds,
            cpu_seconds=watch.cpu_seconds,
            error=described(error),
            traceback=traceback.format_exc(),
        )


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether a library's error, or what led to it, means that memory ran out."""
    if isinstance(error, MemoryError) or any(text in str(error) for text in _OUT_OF_MEMORY):
        return True
    earlier = error.__cause__ or error.__context__
    return earlier is not None and ran_out_of_memory(earlier)


def described(error: BaseException) -> str:
    """The kind and the first line of an error."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def _outcome(job: Job, caught: list[warnings.WarningMessage]) -> Outcome:
    """Search, refit the winners, predict the test rows, score."""
    if job.inner:
        found = search(partial(_tried, job), job.fixed, job.suite.tuning, job.seed(None, "search"))
    else:
        nothing: Oof = ("probability", np.empty(0))
        found = Search((), Best({}, nothing), Best({}, nothing), "")
    if found.default is None or found.tuned is None:
        raise RuntimeError(f"all {len(found.trials)} trials failed; first: {found.trials[0].error}")
    params, default = _refit(job, found.default)
    tuned_params, tuned = params, default
    if found.tuned.params != found.default.params:
        tuned_params, tuned = _refit(job, found.tuned)
    y = job.dataset.y
    predictions = Predictions(
        job.fold.test, y[job.fold.test], job.oof_rows, y[job.oof_rows], default, tuned
    )
    with job.watch.stage("score"):
        scores = score(predictions, job.suite.metrics, job.suite.thresholds)
    return Outcome(
        job.cell,
        "ok",
        scores=scores,
        params={"default": params, "tuned": tuned_params},
        trials=found.trials,
        predictions=predictions,
        seconds=job.watch.seconds,
        cpu_seconds=job.watch.cpu_seconds,
        note="; ".join(filter(None, [found.note, *_warned(caught)])),
    )


def _tried(job: Job, space: Space) -> Tried[Oof]:
    """The quality of one set of parameters over the inner folds."""
    started = perf_counter()
    try:
        pieces = [job.fit_and_score(space, i) for i in range(len(job.inner))]
    except Exception as error:  # a failed trial is recorded, and the cell may still be ok
        if ran_out_of_memory(error):
            raise
        return Tried(None, None, None, perf_counter() - started, described(error))
    kind, oof = pieces[0][0], np.concatenate([values for _, values in pieces])
    with job.watch.stage("score"):
        default, tuned = _qualities(job, kind, oof)
    if default is None:
        reason = f"no {job.headline.name}: {why_missing(job.headline, kind)}"
        return Tried(None, None, None, perf_counter() - started, reason)
    return Tried(default, tuned, (kind, oof), perf_counter() - started)


def _qualities(job: Job, kind: ScoreKind, oof: Floats) -> tuple[float | None, float | None]:
    """The headline metric at the default decision and at the best threshold; greater is better.

    Decisions are counted over all inner rows. Other metrics are averaged over the inner folds,
    because the scores of two fits need not share a scale.
    """
    if job.suite.tuning is None:
        return 0.0, 0.0  # there is one trial, so there is nothing to choose
    metric, y = job.headline, job.dataset.y[job.oof_rows]
    sign = 1.0 if metric.greater_is_better else -1.0
    if metric.kind == "label":
        default = measure(metric, y, oof, kind, DEFAULT_THRESHOLD[kind])
        return sign * (default or 0.0), sign * best_threshold(metric, y, oof, kind)[1]
    edges = np.cumsum([len(rows) for _, rows in job.inner])[:-1]
    pieces = zip(np.split(y, edges), np.split(oof, edges), strict=True)
    measured = [measure(metric, truth, part, kind) for truth, part in pieces]
    values = [value for value in measured if value is not None]
    if not values:
        return None, None
    quality = sign * float(np.mean(values))
    return quality, quality


def _refit(job: Job, best: Best[Oof]) -> tuple[dict[str, object], Scored]:
    """Fit the chosen parameters on the whole training part and score the test rows."""
    space = Chosen(best.params, job.fixed) if job.inner else Defaults(job.fixed)
    kind, test = job.fit_and_score(space, None)
    return dict(space.chosen), Scored(kind, test, best.payload[1])


def _warned(caught: list[warnings.WarningMessage]) -> list[str]:
    """The first lines of up to three different warnings."""
    texts = {
        f"{w.category.__name__}: {str(w.message).strip().splitlines()[0][:150]}"
        for w in caught
        if str(w.message).strip()
    }
    return sorted(texts)[:3]
