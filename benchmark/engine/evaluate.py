"""One Cell → one Outcome. Nothing is read or written here."""

import traceback
import warnings
from functools import partial
from time import perf_counter

import numpy as np

from benchmark.catalogue.confusion import Confusion
from benchmark.engine.job import WHOLE, Bench, Job
from benchmark.engine.points import reduced
from benchmark.engine.reasons import described, ran_out_of_memory
from benchmark.engine.score import measure, score
from benchmark.engine.stopwatch import Stopwatch
from benchmark.engine.threshold import best_threshold, decide_by_default
from benchmark.engine.tune import Best, Reached, Search, Tried, search
from benchmark.space import Chosen, Defaults, Space
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Floats, Outcome, Predictions, Scored, ScoreKind, Status

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
    test, oof = job.fold.test, job.oof_rows
    predictions = Predictions(
        test, y[test], oof, y[oof], default, tuned, job.costs(test), job.costs(oof)
    )
    with job.watch.stage("score"):
        predictions = reduced(predictions, len(job.fold.train))
        scores = score(predictions, job.scoring)
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
        kind, oof = _out_of_fold(job, space)
    except Exception as error:  # a failed trial is recorded, and the cell may still be ok
        if ran_out_of_memory(error):
            raise
        return Tried(None, None, perf_counter() - started, described(error))
    name = next((p.name for p in space.asked.values() if p.prefix), "")
    default: Reached[Oof] | None = None
    tuned: Reached[Oof] | None = None
    with job.watch.stage("score"):
        for rounds, values in oof.items():
            qualities = _qualities(job, kind, values)
            if isinstance(qualities, str):
                reason = f"no {job.headline.name}: {qualities}"
                return Tried(None, None, perf_counter() - started, reason)
            chosen = {} if rounds == WHOLE else {name: rounds}
            here = [Reached(quality, (kind, values), chosen) for quality in qualities]
            default = max(default or here[0], here[0], key=lambda reached: reached.quality)
            tuned = max(tuned or here[1], here[1], key=lambda reached: reached.quality)
    return Tried(default, tuned, perf_counter() - started)


def _out_of_fold(job: Job, space: Space) -> tuple[ScoreKind, dict[int, Floats]]:
    """Scores of all inner validation rows, for each number of rounds that could be kept."""
    kind: ScoreKind = "label"
    pieces: dict[int, list[Floats]] = {}
    for inner in range(len(job.inner)):
        if job.suite.tuning is None:
            kind, values = job.fit_and_score(space, inner)
            found = {WHOLE: values}
        else:
            kind, found = job.fit_and_score_rounds(space, inner)
        for rounds, values in found.items():
            pieces.setdefault(rounds, []).append(values)
    return kind, {rounds: np.concatenate(parts) for rounds, parts in pieces.items()}


def _qualities(job: Job, kind: ScoreKind, oof: Floats) -> tuple[float, float] | str:
    """The headline metric at the default decision and at the best threshold, or why there is none.

    Greater is better. Decisions are counted over all inner rows. Other metrics are averaged over
    the inner folds, because the scores of two fits need not share a scale.
    """
    if job.suite.tuning is None:
        return 0.0, 0.0  # there is one trial, so there is nothing to choose
    metric, y, scoring = job.headline, job.dataset.y[job.oof_rows], job.scoring
    if metric.kind == "label":
        return _label_qualities(job, kind, oof)
    edges = np.cumsum([len(rows) for _, rows in job.inner])[:-1]
    pieces = zip(np.split(y, edges), np.split(oof, edges), strict=True)
    measured = [measure(metric, truth, part, kind, scoring) for truth, part in pieces]
    values = [value for value in measured if not isinstance(value, str)]
    if not values:
        return str(measured[0])
    quality = float(metric.quality(np.mean(values)))
    return quality, quality


def _label_qualities(job: Job, kind: ScoreKind, oof: Floats) -> tuple[float, float]:
    metric, y, scoring = job.headline, job.dataset.y[job.oof_rows], job.scoring
    classes = len(scoring.classes)
    costs = job.costs(job.oof_rows) if "costs" in metric.needs else None
    said = decide_by_default(kind, oof, classes)
    default = metric.quality(metric.of(Confusion.of(y, said, classes, costs), scoring))
    if classes > 2:
        return float(default), float(default)
    return float(default), best_threshold(metric, y, oof, kind, scoring, costs)[1]


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
