"""One cell at work: its rows, its seeds, its pair."""

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np

from benchmark import chance
from benchmark.catalogue import compose
from benchmark.catalogue.heldout import HeldOut, relate
from benchmark.catalogue.registry import METRICS, Metric, Model
from benchmark.catalogue.resampling import share
from benchmark.engine.fit import fit, scores
from benchmark.engine.prepare import Prepared, category_numbers, encoder, prepare
from benchmark.engine.rounds import Rounds
from benchmark.engine.seeds import Role, seed_for
from benchmark.engine.shelf import Shelf
from benchmark.engine.splits import Fold, inner_folds, outer_folds, part_of
from benchmark.engine.stopwatch import Stopwatch
from benchmark.engine.trees import thin
from benchmark.space import Space
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Floats, Integers, ScoreKind, Scoring, Task
from benchmark.use import Use

OWN = "own"
WHOLE = 0  # in place of a number of rounds: the model as it is
THIN = -1  # a forest with fewer trees than it is to have


@dataclass(eq=False)
class Bench:
    """What the cells of a worker share: folds, prepared and resampled rows; no score changes."""

    shelf: Shelf = field(default_factory=Shelf)
    folds: dict[tuple[str, float | None], list[Fold]] = field(default_factory=dict)

    def fold(self, cell: Cell, suite: Suite, dataset: Dataset) -> Fold:
        """The outer fold of a cell."""
        split = (dataset.fingerprint, dataset.tail_ratio)
        if split not in self.folds:
            self.folds[split] = outer_folds(dataset, suite.cv, suite.seed)
        folds, wanted = self.folds[split], (cell.repeat, cell.fold)
        return folds[bisect_left(folds, wanted, key=attrgetter("repeat", "fold"))]


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
        place = self.dataset.fingerprint, self.dataset.tail_ratio, self.fold.repeat, self.fold.fold
        return self.bench.shelf.get(
            ("inner folds", *place),
            lambda: inner_folds(self.dataset, self.fold.train, folds, self.seed(None, "split")),
            lambda made: sum(fit.nbytes + validation.nbytes for fit, validation in made),
        ).value

    @cached_property
    def part(self) -> tuple[Integers, Integers] | None:
        """The first inner fold with a part of its rows to fit; None where that would be too few."""
        rows, validation = self.inner[0]
        part = part_of(self.dataset, rows, self.seed(0, "split"))
        return None if part is None else (part, validation)

    @cached_property
    def oof_rows(self) -> Integers:
        """Every inner validation row, in the order of the inner folds."""
        return np.concatenate([np.empty(0, dtype=np.int64), *(rows for _, rows in self.inner)])

    def seed(self, inner: int | None, role: Role) -> int:
        """The seed of a role in an inner fold, or in the whole training part."""
        seed = self.suite.seed if role == "split" else self.suite.seed_of_fits
        fingerprint = self.dataset.fingerprint
        return seed_for(seed, fingerprint, self.fold.repeat, self.fold.fold, inner, role)

    def settle(self, space: Space) -> None:
        """Ask a space for all that a fit asks; a pair that cannot be built says so when fitted."""
        with suppress(Exception):
            task = self._task(self.fold.train, self.dataset.X.shape[1], 0)
            self._build(space, task, task)

    def _build(self, space: Space, sampler: Task, model: Task) -> Any:
        return compose.build(self.strategy.use, self.model.use, space, sampler, model, self.columns)

    def fit_and_score(self, space: Space, inner: int | None) -> tuple[ScoreKind, Floats]:
        """Fit with the answers of `space` on one training part, score the rows kept from it."""
        rows = (self.fold.train, self.fold.test) if inner is None else self.inner[inner]
        kind, values = self._fit_and_score(space, rows, inner, None)
        return kind, values[WHOLE]

    def fit_and_score_inside(self, space: Space) -> Floats:
        """The same on every inner fold, one after the other; the scores of `oof_rows`."""
        return np.concatenate([self.fit_and_score(space, n)[1] for n in range(len(self.inner))])

    def fit_and_score_trial(
        self, space: Space, inner: int, *, part: bool
    ) -> tuple[ScoreKind, dict[int, Floats]]:
        """The same for every number of rounds that a booster could keep; else WHOLE or THIN alone.

        The one fit is as long as the longest of them. With `part`, it is on `part` of the rows.
        """
        rows = self.part if part and self.part is not None else self.inner[inner]
        return self._fit_and_score(space, rows, inner, self.entry)

    def _fit_and_score(
        self,
        space: Space,
        rows: tuple[Integers, Integers],
        inner: int | None,
        tried: Model | None,
    ) -> tuple[ScoreKind, dict[int, Floats]]:
        fit_rows, other_rows = rows
        prepared = self._prepared(fit_rows, other_rows)
        n_columns = prepared.X_fit.shape[1]
        chance.begin(self.seed(inner, "model"))
        sampler = self._task(fit_rows, n_columns, self.seed(inner, "sampler"))
        model = self._task(fit_rows, n_columns, self.seed(inner, "model"))
        classifier = self._build(space, sampler, model)
        rounds = Rounds.of(classifier, tried, space)
        if rounds is not None:
            rounds.lengthen()
        is_thin = self._chooses(space) and thin(classifier, tried)
        self._relate(classifier, prepared)
        share(classifier, self.bench.shelf)
        weights = self._weights(fit_rows)
        fit(classifier, prepared.X_fit, self.dataset.y[fit_rows], weights, self.watch)
        with self.watch.stage("predict"):
            if rounds is not None:
                return "probability", rounds.scores(prepared.X_other, model)
            kind, values = scores(classifier, prepared.X_other, model)
            return kind, {THIN if is_thin else WHOLE: values}

    def _chooses(self, space: Space) -> bool:
        """Whether there is a trial to choose."""
        tuning = self.suite.tuning
        return tuning is not None and tuning.trials > 1 and bool(space.open)

    def _prepared(self, fit_rows: Integers, other_rows: Integers) -> Prepared:
        """Numbers for rows; what they cost counts where another cell made them."""
        settings = self.suite.preprocess_of(self.dataset.name)
        as_mixed = self.columns.encoder is not None
        with self.watch.stage("preprocess"):
            found = prepare(
                self.bench.shelf, self.dataset, settings, fit_rows, other_rows, as_mixed=as_mixed
            )
        self.watch.add("preprocess", found.owed)
        return found.value

    def _relate(self, classifier: Any, prepared: Prepared) -> None:
        """Give rows of another dataset, prepared as the rows to predict are, to what wants them."""
        related = self.dataset.related
        if related is not None:
            with self.watch.stage("preprocess"):
                relate(classifier, lambda: HeldOut(prepared.seen(related.X), related.y))

    @cached_property
    def entry(self) -> Model | None:
        """The model's entry; None where the strategy brings its own."""
        return None if self.model.use == OWN else compose.model(self.model.use)

    @cached_property
    def columns(self) -> compose.Columns:
        """How the pair meets the columns."""
        return columns_met(self.suite, self.dataset, self.strategy, self.model)

    @cached_property
    def scoring(self) -> Scoring:
        """What the scores are computed with."""
        return scoring_of(self.suite, self.dataset)

    def costs(self, rows: Integers) -> Floats | None:
        """What it costs to get these rows wrong, where the dataset says."""
        return None if self.dataset.row_costs is None else self.dataset.row_costs[rows]

    @cached_property
    def _fits_costs(self) -> bool:
        """Whether the strategy fits with the costs of rows as their weights."""
        parts = compose.strategies(self.strategy.use)
        return self.dataset.row_costs is not None and any(part.row_costs for part in parts)

    def _weights(self, rows: Integers) -> Floats | None:
        """The weights of rows in a fit, times their costs for a strategy that learns from these."""
        weights = None if self.dataset.weights is None else self.dataset.weights[rows]
        if not self._fits_costs or self.dataset.row_costs is None:
            return weights
        costs: Floats = self.dataset.row_costs[rows] / self.dataset.row_costs[rows].mean()
        return costs if weights is None else weights * costs

    def _task(self, rows: Integers, n_columns: int, seed: int) -> Task:
        counts = np.bincount(self.dataset.y[rows], minlength=len(self.dataset.classes))
        return replace(
            self._facts, seed=seed, class_counts=tuple(counts.tolist()), n_columns=n_columns
        )

    @cached_property
    def _facts(self) -> Task:
        """What does not depend on the rows."""
        return task_of(self.suite, self.dataset, self.columns, (), self.dataset.X.shape[1], seed=0)


def scoring_of(suite: Suite, dataset: Dataset) -> Scoring:
    """What the cells of a dataset are scored with."""
    return suite.scoring(dataset.name, dataset.classes, dataset.learnt_counts)


def columns_met(suite: Suite, dataset: Dataset, strategy: Use, model: Use) -> compose.Columns:
    """How a pair meets the columns of a dataset: encoded, or categories as numbers."""
    preprocess = suite.preprocess_of(dataset.name)
    native = preprocess.categories == "native"
    met = compose.meets_categories(strategy.use, model.use, native=native)
    left = encoder(dataset, preprocess) if met and dataset.categorical else None
    return compose.Columns(left, native)


def task_of(
    suite: Suite,
    dataset: Dataset,
    columns: compose.Columns,
    class_counts: Sequence[int],
    n_columns: int,
    seed: int,
) -> Task:
    """The facts about some rows of a dataset."""
    scoring = scoring_of(suite, dataset)
    return Task(
        seed=seed,
        class_counts=tuple(class_counts),
        n_columns=n_columns,
        categorical=category_numbers(dataset) if columns.encoder is not None else (),
        costs=None if scoring.row_costs else scoring.costs,
        weighted=dataset.weights is not None,
        row_costs=dataset.row_costs is not None,
        device=suite.device,
        image_shape=dataset.image_shape,
        related_rows=0 if dataset.related is None else len(dataset.related.y),
    )
