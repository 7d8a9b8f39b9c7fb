"""Ensembles whose members see balanced samples."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from imblearn.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.utils import check_sampling_strategy

from benchmark.catalogue.committee import Bag, members
from benchmark.catalogue.registry import strategy
from benchmark.catalogue.resampling import SamplingStrategy, balance
from benchmark.space import Scope
from benchmark.types import Task


@strategy(
    "balanced_bagging",
    level="hybrid",
    on="any",
    needs_imbalance=True,
    reference="Maclin and Opitz, AAAI 1997",
)
def balanced_bagging(classifier: Any, space: Scope, task: Task) -> BalancedBaggingClassifier:
    """Average the model over bootstrap samples in which the common class was thinned.

    Uses more of the common class than one undersampling. Compare it with `bagging`, which has
    as many members. Costs one fit a member, each on few rows.
    """
    return BalancedBaggingClassifier(
        classifier,
        n_estimators=members(space),
        sampling_strategy=balance(space, over=False),
        n_jobs=1,
        random_state=task.seed,
    )


@strategy(
    "under_bagging",
    level="hybrid",
    on="any",
    needs_imbalance=True,
    reference="10.1007/s10044-003-0192-z",
)
def under_bagging(classifier: Any, space: Scope, task: Task) -> BalancedBaggingClassifier:
    """Average the model over samples of all rare rows and as many common ones.

    As `balanced_bagging`, but no member misses a rare row: for a rare class of a few dozen rows.
    Members differ less. Costs one fit a member, each on few rows.
    """
    return BalancedBaggingClassifier(
        classifier,
        n_estimators=members(space),
        bootstrap=False,
        sampling_strategy=balance(space, over=False),
        n_jobs=1,
        random_state=task.seed,
    )


@strategy(
    "over_bagging",
    level="hybrid",
    on="any",
    needs_imbalance=True,
    reference="10.1109/CIDM.2009.4938667",
)
def over_bagging(classifier: Any, space: Scope, task: Task) -> BalancedBaggingClassifier:
    """Average the model over bootstrap samples in which rare rows were repeated.

    Loses no common row and keeps more precision than `under_bagging`, at less recall. Costs one
    fit a member, each on more rows than there are.
    """
    return BalancedBaggingClassifier(
        classifier,
        n_estimators=members(space),
        sampling_strategy=balance(space),
        sampler=RandomOverSampler(),
        n_jobs=1,
        random_state=task.seed,
    )


class SmoteBagging(Bag):
    """Each member sees rare rows that are in part drawn with replacement, in part synthetic.

    Wang and Yao 2009: the part that is drawn is 10 % for the first member, 20 % for the second,
    and so on up to 100 %, then 10 % again. Common rows are a bootstrap sample.
    """

    def __init__(
        self,
        estimator: Any,
        n_estimators: int = 10,
        k_neighbors: int = 5,
        sampling_strategy: SamplingStrategy = "auto",
        random_state: int | None = None,
    ) -> None:
        super().__init__(estimator, n_estimators, random_state)
        self.k_neighbors = k_neighbors
        self.sampling_strategy = sampling_strategy

    def draws(self, X: Any, y: Any, random: Any) -> Iterator[tuple[Any, Any]]:
        """Yield a bootstrap sample of the largest class, and a mixture of the others."""
        labels, counts = np.unique(y, return_counts=True)
        lacking = check_sampling_strategy(self.sampling_strategy, y, "over-sampling")
        for i in range(self.n_estimators):
            drawn, made = [], {}
            for label, count in zip(labels, counts, strict=True):
                size = count + lacking.get(label, 0)
                copies = round(size * (i % 10 + 1) / 10) if label in lacking else size
                drawn.append(random.choice(np.flatnonzero(y == label), copies))
                made[label] = count + size - copies
            sampler = SMOTE(
                sampling_strategy={label: made[label] for label in lacking},
                k_neighbors=self.k_neighbors,
                random_state=random.randint(np.iinfo(np.int32).max),
            )
            X_made, y_made = sampler.fit_resample(X, y)
            rows = np.concatenate(drawn)
            yield (
                np.concatenate([X[rows], X_made[len(y) :]]),
                np.concatenate([y[rows], y_made[len(y) :]]),
            )


@strategy(
    "smote_bagging",
    level="hybrid",
    rows="made",
    needs_imbalance=True,
    reference="10.1109/CIDM.2009.4938667",
)
def smote_bagging(classifier: Any, space: Scope, task: Task) -> SmoteBagging:
    """Average the model over samples whose rare rows are part copies, part synthetic.

    As `over_bagging` with members that differ more; needs a rare class of six rows or more.
    `bagging+smote` is the simpler form of imbalanced-ensemble: SMOTE inside each bootstrap sample.
    Costs one neighbour search among rare rows and one fit on many rows a member.
    """
    return SmoteBagging(
        classifier,
        n_estimators=members(space),
        k_neighbors=space.integer("k_neighbors", 1, 10, default=5),
        sampling_strategy=balance(space),
        random_state=task.seed,
    )


@strategy(
    "balanced_random_forest",
    level="hybrid",
    replaces_model=True,
    needs_imbalance=True,
    reference="Chen, Liaw and Breiman, UC Berkeley report 666, 2004",
)
def balanced_random_forest(
    classifier: Any, space: Scope, task: Task
) -> BalancedRandomForestClassifier:
    """A random forest whose trees each see as many common rows as rare ones.

    Brings its own model. Fast, high recall; its probabilities are far too high.
    Costs as much as a random forest on few rows.
    """
    return BalancedRandomForestClassifier(
        n_estimators=space.integer("n_estimators", 50, 500, default=100, tune=False),
        sampling_strategy=balance(space, over=False, every=True),
        replacement=True,
        max_features=space.choice("max_features", ["sqrt", "log2", 0.5, 1.0], default="sqrt"),
        min_samples_leaf=space.integer("min_samples_leaf", 1, 20, default=1, log=True),
        n_jobs=1,
        random_state=task.seed,
    )
