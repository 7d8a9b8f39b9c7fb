"""Strategies that add rare rows without looking for neighbours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from imblearn.over_sampling.base import BaseOverSampler
from sklearn.utils import check_random_state

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.resampling import Resampled, SamplingStrategy, balance
from benchmark.space import Scope
from benchmark.types import Floats, Integers, Task

Maker = Callable[[Floats, Integers, int, np.random.RandomState], Floats]


class Augmented(BaseOverSampler):  # type: ignore[misc]  # imbalanced-learn is untyped
    """Adds rows that `make(X, members, count, generator)` makes of the members of a class."""

    def __init__(
        self,
        make: Maker,
        *,
        sampling_strategy: SamplingStrategy = "auto",
        random_state: int | None = None,
    ) -> None:
        super().__init__(sampling_strategy=sampling_strategy)
        self.make = make
        self.random_state = random_state

    def _fit_resample(self, X: Any, y: Any) -> tuple[Any, Any]:
        generator = check_random_state(self.random_state)
        added = [
            self.make(X, np.flatnonzero(y == code), count, generator)
            for code, count in self.sampling_strategy_.items()
        ]
        codes = np.repeat(list(self.sampling_strategy_), [len(rows) for rows in added])
        return np.vstack([X, *added]), np.concatenate([y, codes.astype(y.dtype)])


@dataclass(frozen=True)
class Jitter:
    """Copies of random members plus noise of a share of each column's deviation."""

    deviation: float

    def __call__(
        self, X: Floats, members: Integers, count: int, generator: np.random.RandomState
    ) -> Floats:
        """Make `count` rows."""
        noise = generator.normal(size=(count, X.shape[1])) * self.deviation * X.std(axis=0)
        copies: Floats = X[generator.choice(members, count)] + noise
        return copies


@dataclass(frozen=True)
class Mixup:
    """Convex combinations of two different members, their share from Beta(alpha, alpha)."""

    alpha: float

    def __call__(
        self, X: Floats, members: Integers, count: int, generator: np.random.RandomState
    ) -> Floats:
        """Make `count` rows; raises ValueError where there are not two members."""
        n = len(members)
        if n < 2:
            raise ValueError(f"mixup needs 2 rows of a class to mix, and there is {n}")
        first = generator.randint(n, size=count)
        second = (first + generator.randint(1, n, size=count)) % n
        share = generator.beta(self.alpha, self.alpha, size=(count, 1))
        mixed: Floats = share * X[members[first]] + (1 - share) * X[members[second]]
        return mixed


@strategy(
    "gaussian_jitter", level="data", rows="made", equalises=True, reference="10.1007/s001800050018"
)
def gaussian_jitter(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Copy rare rows and add Gaussian noise of a share of each column's deviation.

    Works from one rare row on. Unlike `smoothed_bootstrap`, the noise depends neither on the
    number of rows nor on the spread of the rare class. It moves one-hot columns off 0 and 1.
    Costs the larger fit.
    """
    make = Jitter(space.real("deviation", 0.01, 1.0, default=0.1, log=True))
    sampler = Augmented(make, sampling_strategy=balance(space), random_state=task.seed)
    return Resampled(sampler, classifier)


@strategy("mixup", level="data", rows="made", equalises=True, reference="arXiv:1710.09412")
def mixup(classifier: Any, space: Scope, task: Task) -> Resampled:
    """Add points between any two rare rows; the share of each is drawn from Beta(alpha, alpha).

    Mixup as published mixes rows of any classes and their labels; here both rows are rare, so
    the label stays whole. Unlike SMOTE the two need not be neighbours: for a rare class in one
    region, from two rows on; between two regions it fills the gap. A small `alpha` stays near the
    real rows. Costs the larger fit.
    """
    make = Mixup(space.real("alpha", 0.1, 4.0, default=1.0, log=True))
    sampler = Augmented(make, sampling_strategy=balance(space), random_state=task.seed)
    return Resampled(sampler, classifier)
