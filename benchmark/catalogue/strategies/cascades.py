"""Ensembles in which each member learns from common rows that the ones before found hard."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from imblearn.utils import check_sampling_strategy

from benchmark.catalogue.committee import Bag, members, say
from benchmark.catalogue.registry import strategy
from benchmark.catalogue.resampling import SamplingStrategy, balance
from benchmark.space import Scope
from benchmark.types import Floats, Integers, Task


class Cascade(Bag):
    """A bag whose members see all rows of the rarest class, and few of the others."""

    def __init__(
        self,
        estimator: Any,
        n_estimators: int = 10,
        sampling_strategy: SamplingStrategy = "auto",
        random_state: int | None = None,
    ) -> None:
        super().__init__(estimator, n_estimators, random_state)
        self.sampling_strategy = sampling_strategy

    def draws(self, X: Any, y: Any, random: Any) -> Iterator[tuple[Any, Any]]:
        """Yield all rows of the rarest class, and chosen rows of the others."""
        wanted = check_sampling_strategy(self.sampling_strategy, y, "under-sampling")
        always = np.flatnonzero(~np.isin(y, list(wanted)))
        left = {label: np.flatnonzero(y == label) for label in wanted}
        for i, hardness in enumerate(self._hardness(X, y)):
            drawn = [always]
            for label, size in wanted.items():
                left[label] = self.keep(left[label], hardness, size, i, random)
                drawn.append(self.choose(left[label], hardness, size, i, random))
            rows = np.concatenate(drawn)
            yield X[rows], y[rows]

    def _hardness(self, X: Any, y: Any) -> Iterator[Floats]:
        """Before each member: the share that those so far give to other classes than the true."""
        truth = (np.arange(len(y)), np.searchsorted(self.classes_, y))
        hardness = np.ones(len(y))
        for i in range(self.n_estimators):
            if i:
                newest = 1 - say(self.estimators_[-1], X)[truth]
                hardness = hardness + (newest - hardness) / i
            yield hardness

    def keep(self, rows: Integers, hardness: Floats, size: int, i: int, random: Any) -> Integers:
        """The rows of a class that stay for member `i` and all after it."""
        return rows

    def choose(self, rows: Integers, hardness: Floats, size: int, i: int, random: Any) -> Integers:
        """The rows of a class that member `i` sees."""
        return np.asarray(random.choice(rows, size, replace=False))


class SelfPacedEnsemble(Cascade):
    """Draws easy and hard common rows alike at first, ever more of the hard ones later.

    Liu et al., ICDE 2020, algorithm 1 with the absolute error as hardness. As in the authors'
    code the first member, on a random draw, is one of the ensemble.
    """

    def __init__(
        self,
        estimator: Any,
        n_estimators: int = 10,
        bins: int = 5,
        sampling_strategy: SamplingStrategy = "auto",
        random_state: int | None = None,
    ) -> None:
        super().__init__(estimator, n_estimators, sampling_strategy, random_state)
        self.bins = bins

    def choose(self, rows: Integers, hardness: Floats, size: int, i: int, random: Any) -> Integers:
        """Draw from bin b of equal hardness in proportion to 1 / (mean hardness of b + pace).

        A bin that has too few rows gives some of them more than once.
        """
        pace = np.tan(np.pi / 2 * i / max(self.n_estimators - 1, 1))
        values = hardness[rows]
        edges = np.linspace(values.min(), values.max(), self.bins + 1)
        bin_of = np.digitize(values, edges[1:-1])
        bins = [rows[bin_of == b] for b in np.unique(bin_of)]
        weights = np.array([1 / (hardness[found].mean() + pace) for found in bins])
        ends = np.rint(size * np.cumsum(weights) / weights.sum()).astype(int)
        drawn = [
            random.choice(found, count, replace=count > len(found))
            for found, count in zip(bins, np.diff(ends, prepend=0), strict=True)
        ]
        return np.concatenate(drawn)


class BalanceCascade(Cascade):
    """Draws common rows at random; those that the members so far know best leave for good.

    Liu, Wu and Zhou 2009, figure 2: each round keeps the same share of the common rows, so that
    the last member sees all that are left. There a member is a boosted ensemble, which says alone
    what it knows; here it is one model, so all so far say it together.
    """

    def keep(self, rows: Integers, hardness: Floats, size: int, i: int, random: Any) -> Integers:
        """The hardest rows; ties are broken at random."""
        share = (size / len(rows)) ** (1 / (self.n_estimators - i)) if i else 1.0
        rows = random.permutation(rows)
        return rows[np.argsort(-hardness[rows], kind="stable")[: round(share * len(rows))]]


@strategy(
    "self_paced_ensemble",
    level="hybrid",
    on="any",
    needs_imbalance=True,
    reference="10.1109/ICDE48307.2020.00078",
)
def self_paced_ensemble(classifier: Any, space: Scope, task: Task) -> SelfPacedEnsemble:
    """Average the model over balanced samples with ever more of the common rows that it finds hard.

    For large and overlapping data; with trees among the best in published comparisons. Costs
    one fit on few rows and one prediction of all training rows a member.
    """
    return SelfPacedEnsemble(
        classifier,
        n_estimators=members(space),
        bins=space.integer("bins", 2, 20, default=5),
        sampling_strategy=balance(space, over=False),
        random_state=task.seed,
    )


@strategy(
    "balance_cascade",
    level="hybrid",
    on="any",
    needs_imbalance=True,
    reference="10.1109/TSMCB.2008.2007853",
)
def balance_cascade(classifier: Any, space: Scope, task: Task) -> BalanceCascade:
    """Average the model over balanced samples from which common rows leave once they are known.

    For many redundant common rows; mislabelled ones stay to the end and spoil the last members.
    Costs one fit on few rows and one prediction of all training rows a member.
    """
    return BalanceCascade(
        classifier,
        n_estimators=members(space),
        sampling_strategy=balance(space, over=False),
        random_state=task.seed,
    )
