"""One Cell → one Outcome. Nothing is read or written here."""

import traceback
import warnings

import numpy as np

from benchmark.engine.job import Bench, Job
from benchmark.engine.points import reduced
from benchmark.engine.reasons import described, ran_out_of_memory
from benchmark.engine.score import score
from benchmark.engine.stopwatch import Stopwatch
from benchmark.engine.trial import Oof, Trials
from benchmark.engine.tune import Best, Search, search
from benchmark.space import Chosen, Defaults
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Outcome, Predictions, Scored, Status


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
    job.bench.shelf.turn_to((*job.cell.group, job.dataset.content))
    if job.inner:
        trials = Trials(job)
        seed = job.seed(None, "search")
        found = search(trials.run, job.fixed, job.suite.tuning, seed, job.settle)
    else:
        nothing = Oof("probability", np.empty(0))
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


def _refit(job: Job, best: Best[Oof]) -> tuple[dict[str, object], Scored]:
    """Fit the chosen parameters on the whole training part and score the test rows.

    On the inner folds too, where the trial grew a part of a forest.
    """
    space = Chosen(best.params, job.fixed) if job.inner else Defaults(job.fixed)
    kind, test = job.fit_and_score(space, None)
    oof = best.payload.values if best.payload.is_whole else job.fit_and_score_inside(space)
    return dict(space.chosen), Scored(kind, test, oof)


def _warned(caught: list[warnings.WarningMessage]) -> list[str]:
    """The first lines of up to three different warnings."""
    texts = {
        f"{w.category.__name__}: {str(w.message).strip().splitlines()[0][:150]}"
        for w in caught
        if str(w.message).strip()
    }
    return sorted(texts)[:3]
