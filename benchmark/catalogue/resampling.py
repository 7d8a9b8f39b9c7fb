"""How a sampler and a classifier become one classifier."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from sklearn.base import BaseEstimator, clone

from benchmark.catalogue.wrapper import Wrapper
from benchmark.space import Scope


class Resampled(Wrapper):
    """Fits a classifier on resampled rows and predicts on rows as they are.

    The same as imbalanced-learn's two-step Pipeline, and it knows how long resampling took.

    Attributes:
        resample_seconds_: wall seconds inside `fit_resample`.
        resampled_counts_: rows of each class after resampling.
    """

    def __init__(self, sampler: Any, classifier: Any) -> None:
        super().__init__(classifier)
        self.sampler = sampler

    def fit(self, X: Any, y: Any, row_weights: Any = None) -> "Resampled":
        """Resample the rows, then fit; real rows keep their weights."""
        started = perf_counter()
        self.sampler_ = clone(self.sampler)
        try:
            X_new, y_new = self.sampler_.fit_resample(X, y)
        except ValueError as error:
            raise ValueError(f"{_named(self.sampler_, y)}: {error}") from error
        self.resample_seconds_ = perf_counter() - started
        _refuse_unchanged(self.sampler_, y, y_new)
        self.resampled_counts_ = tuple(np.unique(y_new, return_counts=True)[1].tolist())
        if row_weights is not None:
            row_weights = row_weights[self.sampler_.sample_indices_]
        self.fit_classifier(X_new, y_new, row_weights)
        return self


def _named(sampler: Any, y: Any) -> str:
    """Which sampler could not do what, for the reader of a failed cell."""
    inner = getattr(sampler, "sampler", sampler)
    rows = " and ".join(str(count) for count in np.unique(y, return_counts=True)[1])
    return f"{type(inner).__name__} cannot resample classes of {rows} rows"


def _refuse_unchanged(sampler: Any, y: Any, y_new: Any) -> None:
    """Raise ValueError where rows were asked for and a class came back as it was.

    Borderline SMOTE returns a class without a row in danger that way, and says nothing.
    """
    wanted = sampler.sampling_strategy_ if isinstance(sampler, BaseOverSampler) else {}
    for code, rows in wanted.items():
        size = np.count_nonzero(y == code)
        if rows and np.count_nonzero(y_new == code) == size:
            raise ValueError(
                f"{type(sampler).__name__} added no row to class {code}, which has {size}"
            )


class Foreign(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A sampler that scikit-learn cannot clone, because it is none of its estimators.

    smote-variants is such a library; it hands rows back as they were where it cannot add any.
    """

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler

    def __sklearn_clone__(self) -> "Foreign":
        return Foreign(deepcopy(self.sampler))

    def fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        """Resample the rows; raises ValueError where uneven classes come back as they were."""
        X_new, y_new = deepcopy(self.sampler).fit_resample(X, y)
        counts = np.unique(y, return_counts=True)[1]
        if np.ptp(counts) and np.array_equal(counts, np.unique(y_new, return_counts=True)[1]):
            name = type(self.sampler).__name__
            raise ValueError(f"{name} handed the {len(y)} rows back as they were")
        return X_new, y_new


@dataclass(frozen=True)
class Balance:
    """A `sampling_strategy` for imbalanced-learn: the share of the gap to close.

    With `over`, every class grows towards the largest; without, shrinks towards the smallest.
    With `every`, classes that keep their size are drawn anew too.
    """

    share: float
    over: bool
    every: bool = False

    def __call__(self, y: Any) -> dict[Any, int]:
        """Map each class that changes to the number of rows it shall have."""
        classes, counts = np.unique(y, return_counts=True)
        goal = counts.max() if self.over else counts.min()
        wanted = np.rint(counts + self.share * (goal - counts)).astype(int)
        changed = (counts != goal) | self.every
        return dict(zip(classes[changed].tolist(), wanted[changed].tolist(), strict=True))


SamplingStrategy = str | Callable[[Any], dict[Any, int]]


def balance(space: Scope, *, over: bool = True, every: bool = False) -> SamplingStrategy:
    """Ask for the `balance` that every sampler with a ratio tunes.

    0 is the natural distribution, 1 (the default) equal classes.
    """
    share = space.real("balance", 0.0, 1.0, default=1.0)
    if share == 1.0:
        return "all" if every else "auto"
    return Balance(share, over, every)
