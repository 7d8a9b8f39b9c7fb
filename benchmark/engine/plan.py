"""Suite → cells; every pair is built once, unfitted, before anything is spent."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmark.catalogue import compose
from benchmark.catalogue.registry import METRICS
from benchmark.engine.job import OWN, columns_met, scoring_of, task_of
from benchmark.engine.points import MANY_ROWS
from benchmark.engine.splits import Place, places_of
from benchmark.engine.trees import thin
from benchmark.errors import DatasetError, Incompatible
from benchmark.foreign import foreign
from benchmark.space import Defaults
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Skip
from benchmark.use import Use
from benchmark.wording import counted


@dataclass(frozen=True)
class Pair:
    """A dataset, a strategy and a model that can be built.

    Attributes:
        libraries: the top-level packages that its estimators come from.
        open_parameters: how many hyper-parameters a search would choose.
        is_thin: a trial grows a part of its forest.
    """

    dataset: str
    strategy: Use
    model: Use
    libraries: tuple[str, ...]
    open_parameters: int
    is_thin: bool = False

    @property
    def name(self) -> tuple[str, str, str]:
        """The names of dataset, strategy and model."""
        return (self.dataset, self.strategy.name, self.model.name)


@dataclass(frozen=True)
class Plan:
    """What a suite amounts to.

    Attributes:
        folds: dataset → repeat and fold of each cell of a pair.
        training_rows: dataset → the rows of its largest training part.
    """

    suite: Suite
    datasets: Mapping[str, Dataset]
    pairs: tuple[Pair, ...]
    skips: tuple[Skip, ...]
    folds: Mapping[str, tuple[Place, ...]]
    training_rows: Mapping[str, int] = field(default_factory=dict)

    def cells(self) -> Iterator[Cell]:
        """Every cell, dataset by dataset."""
        for pair in self.pairs:
            for repeat, fold in self.folds[pair.dataset]:
                yield Cell(*pair.name, repeat, fold)

    def costs(self, dataset: str) -> tuple[tuple[float, ...], ...] | None:
        """The costs of mistakes in a dataset."""
        return scoring_of(self.suite, self.datasets[dataset]).costs

    def fits(self, pair: Pair) -> int:
        """The most fits that one cell of a pair can take."""
        tuning = self.suite.tuning
        if tuning is None:
            return self.suite.inner_folds + 1
        trials = tuning.trials if pair.open_parameters else 1
        if trials == 1:
            return tuning.folds + 1
        return trials * tuning.folds + 2 * (1 + tuning.folds * pair.is_thin)


class UnusableError(DatasetError):
    """Datasets that do not fit a suite: name → what is wrong with it."""

    def __init__(self, mistakes: Mapping[str, str]) -> None:
        self.mistakes = dict(mistakes)
        super().__init__("\n".join(mistakes.values()))


def plan(suite: Suite, datasets: Iterable[Dataset]) -> Plan:
    """Build every pair once. Raises UnusableError with every dataset that does not fit."""
    loaded = {dataset.name: dataset for dataset in datasets}
    pairs: list[Pair] = []
    skips: list[Skip] = []
    places, rows = _all_places(suite, loaded)
    for dataset in loaded.values():
        for strategy, model in _combinations(suite):
            try:
                pairs.append(_pair(suite, dataset, strategy, model))
            except Incompatible as reason:
                skips.append(Skip(dataset.name, strategy.name, model.name, str(reason)))
    return Plan(suite, loaded, tuple(pairs), tuple(skips), places, rows)


def slow(plan: Plan, pairs: Set[tuple[str, str, str]]) -> Iterator[str]:
    """A line for each dataset with many rows and entries whose cost grows with their square."""
    for name, rows in plan.training_rows.items():
        if rows <= MANY_ROWS:
            continue
        met = [pair for pair in plan.pairs if pair.dataset == name and pair.name in pairs]
        strategies = dict.fromkeys(p.strategy.name for p in met if _is_quadratic(p.strategy))
        models = dict.fromkeys(p.model.name for p in met if _has_quadratic_model(p))
        kinds = (_listed("strategy", [*strategies]), _listed("model", [*models]))
        named = " and ".join(filter(None, kinds))
        if named:
            yield (
                f"dataset {name!r} has {rows:,} training rows; the cost of {named} grows with "
                "their square"
            )


def _listed(kind: str, names: Sequence[str]) -> str:
    """Names of one kind: "strategies a, b"."""
    plural = {"strategy": "strategies", "model": "models"}[kind]
    return f"{plural if len(names) > 1 else kind} {', '.join(names)}" if names else ""


def _is_quadratic(strategy: Use) -> bool:
    return any(part.quadratic for part in compose.strategies(strategy.use))


def _has_quadratic_model(pair: Pair) -> bool:
    return pair.model.use != OWN and compose.model(pair.model.use).quadratic


def _combinations(suite: Suite) -> Iterator[tuple[Use, Use]]:
    """Every strategy with every model; a strategy with its own model once."""
    for strategy in suite.strategies:
        if compose.replaces_model(strategy.use):
            yield strategy, Use(use=OWN)
            continue
        for model in suite.models:
            yield strategy, model


def _pair(suite: Suite, dataset: Dataset, strategy: Use, model: Use) -> Pair:
    columns = columns_met(suite, dataset, strategy, model)
    task = task_of(suite, dataset, columns, dataset.learnt_counts, dataset.X.shape[1], seed=0)
    space = Defaults(compose.fixed(strategy.params, model.params))
    name = f"{dataset.name} / {strategy.name} / {model.name}"
    with foreign(f"{name} cannot be built"):
        classifier = compose.build(strategy.use, model.use, space, task, task, columns)
    entry = None if model.use == OWN else compose.model(model.use)
    found = libraries(classifier)
    return Pair(dataset.name, strategy, model, found, len(space.open), thin(classifier, entry))


def libraries(estimator: Any) -> tuple[str, ...]:
    """The top-level packages of an estimator and of every estimator inside it."""
    inside = estimator.get_params(deep=True).values() if hasattr(estimator, "get_params") else ()
    parts = [estimator, *inside]
    tops = {type(part).__module__.partition(".")[0] for part in parts}
    return tuple(sorted(tops - {"builtins", "benchmark"}))


def _all_places(
    suite: Suite, datasets: Mapping[str, Dataset]
) -> tuple[dict[str, tuple[Place, ...]], dict[str, int]]:
    """Dataset → repeat and fold of each outer fold, and the most rows of a training part."""
    places, rows, mistakes = {}, {}, {}
    for name, dataset in datasets.items():
        try:
            places[name], rows[name] = _places(suite, dataset)
        except DatasetError as error:
            mistakes[name] = str(error)
    if mistakes:
        raise UnusableError(mistakes)
    return places, rows


def _places(suite: Suite, dataset: Dataset) -> tuple[tuple[Place, ...], int]:
    """Of one dataset; refuses a training part too small for the inner folds."""
    _refuse(suite, dataset)
    places, folds = places_of(dataset, suite.cv, suite.seed)
    inner = suite.inner_folds
    if inner:
        for fold in folds:
            counts = np.bincount(dataset.y[fold.train], minlength=len(dataset.classes))
            rarest = int(counts.min())
            if rarest < inner:
                ratio = dataset.tail_ratio
                tail = "" if ratio is None else f"; long_tail: {ratio:g}"
                raise DatasetError(
                    f"dataset {dataset.name!r} leaves {counted(rarest, 'row')} of its rarest class "
                    f"for training, fewer than tuning.folds: {inner}{tail}"
                )
    return tuple(places), max(len(fold.train) for fold in folds)


def _refuse(suite: Suite, dataset: Dataset) -> None:
    """Raise DatasetError for a dataset that the suite's settings do not fit."""
    scoring = scoring_of(suite, dataset)
    n_classes = len(dataset.classes)
    why = METRICS.get(suite.headline).why_not(scoring)
    if why:
        hint = "; choose one class with `positive:`" if n_classes > 2 else ""
        raise DatasetError(
            f"dataset {dataset.name!r}: the first metric chooses and ranks, and {why}{hint}"
        )
    if scoring.costs is not None and len(scoring.costs) != n_classes:
        raise DatasetError(
            f"dataset {dataset.name!r} has {n_classes} classes; costs is a matrix of "
            f"{len(scoring.costs)} x {len(scoring.costs)}"
        )
