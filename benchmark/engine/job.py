"""One cell at work: its rows, its seeds, its pair."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from benchmark.catalogue import compose
from benchmark.catalogue.registry import METRICS, Metric
from benchmark.engine.fit import fit, scores
from benchmark.engine.prepare import Preparer
from benchmark.engine.seeds import Role, seed_for
from benchmark.engine.splits import Fold, inner_folds, outer_folds
from benchmark.engine.stopwatch import Stopwatch
from benchmark.space import Space
from benchmark.suite import Suite, Use
from benchmark.types import Cell, Dataset, Floats, Integers, ScoreKind, Task

OWN = "own"


@dataclass(eq=False)
class Bench:
    """What the cells of one worker share: folds and prepared rows. No score depends on it."""

    preparer: Preparer = field(default_factory=Preparer)
    folds: dict[str, list[Fold]] = field(default_factory=dict)

    def fold(self, cell: Cell, suite: Suite, dataset: Dataset) -> Fold:
        """The outer fold of a cell."""
        if dataset.fingerprint not in self.folds:
            self.folds[dataset.fingerprint] = outer_folds(dataset, suite.cv, suite.seed)
        wanted = (cell.repeat, cell.fold)
        return next(f for f in self.folds[dataset.fingerprint] if (f.repeat, f.fold) == wanted)


@dataclass(eq=False)
class Job:
    """All that is needed to fit and score one cell."""

    cell: Cell
    suite: Suite
    dataset: Dataset
    bench: Bench
    watch: Stopwatch

    @cached_property
    def strategy(self) -> Use:
        """The strategy with its fixed parameters."""
        return next(use for use in self.suite.strategies if use.name == self.cell.strategy)

    @cached_property
    def model(self) -> Use:
        """The model with its fixed parameters; a stand-in where the strategy brings its own."""
        if self.cell.model == OWN:
            return Use(use=OWN)
        return next(use for use in self.suite.models if use.name == self.cell.model)

    @cached_property
    def fixed(self) -> dict[str, object]:
        """The fixed parameters of both under their scoped names."""
        return compose.fixed(self.strategy.params, self.model.params)

    @cached_property
    def headline(self) -> Metric:
        """The metric that chooses."""
        return METRICS.get(self.suite.headline)

    @cached_property
    def fold(self) -> Fold:
        """The outer fold."""
        return self.bench.fold(self.cell, self.suite, self.dataset)

    @cached_property
    def inner(self) -> list[tuple[Integers, Integers]]:
        """Row numbers to fit and to validate on, inside the training part.

        Empty where nothing is chosen there: no search and no tuned threshold.
        """
        folds = self.suite.inner_folds
        if not folds:
            return []
        return inner_folds(self.dataset, self.fold.train, folds, self.seed(None, "split"))

    @cached_property
    def oof_rows(self) -> Integers:
        """Every inner validation row, in the order of the inner folds."""
        return np.concatenate([np.empty(0, dtype=np.int64), *(rows for _, rows in self.inner)])

    def seed(self, inner: int | None, role: Role) -> int:
        """The seed of a role in an inner fold, or in the whole training part."""
        seed, fingerprint = self.suite.seed, self.dataset.fingerprint
        return seed_for(seed, fingerprint, self.fold.repeat, self.fold.fold, inner, role)

    def fit_and_score(self, space: Space, inner: int | None) -> tuple[ScoreKind, Floats]:
        """Fit with the answers of `space` on one training part, score the rows kept from it."""
        outer = (self.fold.train, self.fold.test)
        fit_rows, other_rows = outer if inner is None else self.inner[inner]
        with self.watch.stage("preprocess"):
            prepared = self.bench.preparer.prepare(
                self.dataset, self.suite.preprocess, fit_rows, other_rows
            )
        y = self.dataset.y[fit_rows]
        tasks = (
            self._task(y, prepared.X_fit.shape[1], self.seed(inner, "sampler")),
            self._task(y, prepared.X_fit.shape[1], self.seed(inner, "model")),
        )
        classifier = fit(self.strategy, self.model, space, tasks, prepared.X_fit, y, self.watch)
        return scores(classifier, prepared.X_other, self.watch)

    def _task(self, y: Integers, n_columns: int, seed: int) -> Task:
        counts = np.bincount(y, minlength=len(self.dataset.classes))
        return Task(seed=seed, class_counts=tuple(counts.tolist()), n_columns=n_columns)
