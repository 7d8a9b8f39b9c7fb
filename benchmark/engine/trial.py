"""One set of hyper-parameters over the inner folds."""

from time import perf_counter
from typing import NamedTuple

import numpy as np

from benchmark.catalogue.confusion import Confusion
from benchmark.engine.job import THIN, WHOLE, Job
from benchmark.engine.race import Qualities, Race
from benchmark.engine.reasons import described, ran_out_of_memory
from benchmark.engine.score import measure
from benchmark.engine.splits import PART
from benchmark.engine.threshold import best_threshold, decide_by_default
from benchmark.engine.tune import Reached, Tried
from benchmark.space import Space
from benchmark.types import Floats, Integers, ScoreKind

MANY = 10  # trials from which on it pays to see each on a part of the rows first


class Oof(NamedTuple):
    """What a trial predicted of the inner folds' validation rows.

    Attributes:
        is_whole: it is not what the first trees of a forest say.
    """

    kind: ScoreKind
    values: Floats
    is_whole: bool = True


Both = tuple[Reached[Oof], Reached[Oof]]


class Trials:
    """Tries sets of parameters for one cell; gives those up that cannot win any more."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._tuning = tuning = job.suite.tuning
        self._race = Race() if tuning and tuning.prune else None
        self._starts_small = bool(tuning and tuning.prune and tuning.trials >= MANY and job.part)

    def run(self, space: Space) -> Tried[Oof]:
        """Fit and score on one inner fold after the other."""
        started = perf_counter()
        try:
            reached, folds = self._reached(space)
        except Exception as error:  # a failed trial is recorded, and the cell may still be ok
            if ran_out_of_memory(error):
                raise
            return Tried(None, None, perf_counter() - started, described(error))
        if isinstance(reached, str):
            reason = f"no {self._job.headline.name}: {reached}"
            return Tried(None, None, perf_counter() - started, reason)
        pruned_after = folds if folds < len(self._job.inner) else 0.0
        return Tried(*reached, perf_counter() - started, pruned_after=pruned_after)

    def _reached(self, space: Space) -> tuple[Both | str, float]:
        """What was reached on the folds so far, or why nothing was; and how many those are."""
        pieces: dict[int, list[Floats]] = {}
        standings: list[Qualities] = []
        folds = len(self._job.inner)
        if self._race is not None and self._starts_small and space.open:
            reached = self._on_part(space)
            standings.append(_standing(reached))
            if self._race.is_lost(standings):
                return reached, PART
        for fold in range(1, folds):
            kind = self._fit(space, fold - 1, pieces)
            if self._race is not None:
                reached = self._best(space, kind, pieces)
                standings.append(_standing(reached))
                if self._race.is_lost(standings):
                    return reached, fold
        kind = self._fit(space, folds - 1, pieces)
        reached = self._best(space, kind, pieces)
        if self._race is not None:
            self._race.finished([*standings, _standing(reached)])
        return reached, folds

    def _on_part(self, space: Space) -> Both | str:
        """What is reached with a part of the first inner fold's rows; why not, where it fails."""
        try:
            pieces: dict[int, list[Floats]] = {}
            kind = self._fit(space, 0, pieces, part=True)
            return self._best(space, kind, pieces)
        except Exception as error:  # all rows may do where a part does not
            if ran_out_of_memory(error):
                raise
            return described(error)

    def _fit(
        self, space: Space, fold: int, pieces: dict[int, list[Floats]], *, part: bool = False
    ) -> ScoreKind:
        """Add the scores of one inner fold, for each number of rounds that could be kept."""
        if self._tuning is None:
            kind, values = self._job.fit_and_score(space, fold)
            found = {WHOLE: values}
        else:
            kind, found = self._job.fit_and_score_trial(space, fold, part=part)
        for rounds, values in found.items():
            pieces.setdefault(rounds, []).append(values)
        return kind

    def _best(self, space: Space, kind: ScoreKind, pieces: dict[int, list[Floats]]) -> Both | str:
        """The best number of rounds under each rule, or why there is none."""
        name = next((p.name for p in space.asked.values() if p.prefix), "")
        found: list[Both] = []
        with self._job.watch.stage("score"):
            for rounds, parts in pieces.items():
                oof = np.concatenate(parts)
                qualities = _qualities(self._job, kind, oof)
                if isinstance(qualities, str):
                    return qualities
                chosen = {} if rounds in (WHOLE, THIN) else {name: rounds}
                payload = Oof(kind, oof, rounds != THIN)
                default, tuned = (Reached(quality, payload, chosen) for quality in qualities)
                found.append((default, tuned))
        return (
            max((default for default, _ in found), key=lambda reached: reached.quality),
            max((tuned for _, tuned in found), key=lambda reached: reached.quality),
        )


def _standing(reached: Both | str) -> Qualities:
    """The qualities of what was reached; not a number where there is none."""
    if isinstance(reached, str):
        return float("nan"), float("nan")
    return reached[0].quality, reached[1].quality


def _qualities(job: Job, kind: ScoreKind, oof: Floats) -> Qualities | str:
    """The headline metric at the default decision and at the best threshold, or why there is none.

    Greater is better; over the inner folds that `oof` covers. Decisions are counted over all their
    rows. Other metrics are averaged over the folds, because the scores of two fits need not share
    a scale.
    """
    if job.suite.tuning is None:
        return 0.0, 0.0  # there is one trial, so there is nothing to choose
    metric, scoring = job.headline, job.scoring
    rows = job.oof_rows[: len(oof)]
    if metric.kind == "label":
        return _label_qualities(job, kind, rows, oof)
    ends = np.cumsum([len(validation) for _, validation in job.inner])
    edges = ends[ends < len(oof)]
    pieces = zip(np.split(job.dataset.y[rows], edges), np.split(oof, edges), strict=True)
    measured = [measure(metric, truth, part, kind, scoring) for truth, part in pieces]
    values = [value for value in measured if not isinstance(value, str)]
    if not values:
        return str(measured[0])
    quality = float(metric.quality(np.mean(values)))
    return quality, quality


def _label_qualities(job: Job, kind: ScoreKind, rows: Integers, oof: Floats) -> Qualities | str:
    metric, y, scoring = job.headline, job.dataset.y[rows], job.scoring
    classes = len(scoring.classes)
    costs = job.costs(rows) if "costs" in metric.needs else None
    said = decide_by_default(kind, oof, classes)
    default = float(metric.quality(metric.of(Confusion.of(y, said, classes, costs), scoring)))
    if np.isnan(default):
        return "it is not defined on these rows"
    if classes > 2:
        return default, default
    return default, best_threshold(metric, y, oof, kind, scoring, costs)[1]
