"""Strategies that make a mistake on the rare class cost more."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper, takes_weights
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Floats, Integers, Task


@dataclass(frozen=True)
class Balanced:
    """(rows / (classes x rows of the class)) to the power of `exponent`; 1 balances."""

    exponent: float = 1.0

    def __call__(self, classes: Integers, counts: Integers) -> Floats:
        """Weights of the classes, by the rows of each."""
        return np.asarray((counts.sum() / (len(counts) * counts)) ** self.exponent)


@dataclass(frozen=True)
class EffectiveNumber:
    """(1 - beta) / (1 - beta^n) for a class of n rows, scaled to 1 for a row on average.

    Cui et al. scale them to the number of classes in sum, which would strengthen the penalties
    of a model where the imbalance is strong.
    """

    beta: float

    def __call__(self, classes: Integers, counts: Integers) -> Floats:
        """Weights of the classes, by the rows of each."""
        weights = (1 - self.beta) / (1 - self.beta**counts)
        return np.asarray(weights * counts.sum() / (weights @ counts))


@dataclass(frozen=True)
class MistakeCost:
    """What it costs to get a class wrong, 1 for a row on average (Ting, eq. 1)."""

    costs: tuple[float, ...]

    def __call__(self, classes: Integers, counts: Integers) -> Floats:
        """Weights of the classes, by the rows of each."""
        costs = np.asarray(self.costs)[classes]
        return np.asarray(costs * counts.sum() / (costs @ counts))


class ClassWeights(Wrapper):
    """Weights each row by its class when it fits the classifier.

    Parameters:
        weigh: `(class codes, rows of each) -> weights`.
    """

    def __init__(self, classifier: Any, weigh: Callable[[Integers, Integers], Floats]) -> None:
        super().__init__(classifier)
        self.weigh = weigh

    def fit(self, X: Any, y: Any, row_weights: Any = None) -> "ClassWeights":
        """Fit with the weights of the classes, times those of the rows."""
        classes, codes, counts = np.unique(y, return_inverse=True, return_counts=True)
        weights = self.weigh(classes, counts)[codes]
        self.fit_classifier(X, y, weights if row_weights is None else weights * row_weights)
        return self


def _weighted(classifier: Any, weigh: Callable[[Integers, Integers], Floats]) -> ClassWeights:
    if not takes_weights(classifier):
        raise Incompatible(f"{type(classifier).__name__} takes no row weights")
    return ClassWeights(classifier, weigh)


@strategy(
    "class_weight",
    level="algorithm",
    on="any",
    rows="kept",
    needs_imbalance=True,
    reference="10.1093/oxfordjournals.pan.a004868",
    evens="weights",
)
def class_weight(classifier: Any, space: Scope, task: Task) -> Any:
    """Weight rows so that every class counts the same; the cheapest strategy there is.

    Uses the model's own `class_weight="balanced"`, else the same weights row by row (XGBoost).
    No synthetic rows and no extra time; probabilities shift towards the rare class, which a
    tuned threshold or the corrected probabilities undo. Models without weights are skipped.
    """
    if "class_weight" in classifier.get_params(deep=False):
        return clone(classifier).set_params(class_weight="balanced")
    if takes_weights(classifier):
        return ClassWeights(classifier, Balanced())
    raise Incompatible(f"{type(classifier).__name__} takes neither class weights nor row weights")


@strategy(
    "weight_exponent",
    level="algorithm",
    on="any",
    rows="kept",
    needs_imbalance=True,
    reference="10.1093/oxfordjournals.pan.a004868",
    evens="weights",
)
def weight_exponent(classifier: Any, space: Scope, task: Task) -> ClassWeights:
    """Weight rows by a power of the balanced weights; `exponent` 0 is none, 1 is balanced.

    For strong imbalance, where balanced weights give up too much precision. The default 0.5 is
    the square root. Costs no extra time.
    """
    exponent = space.real("exponent", 0.0, 1.0, default=0.5)
    return _weighted(classifier, Balanced(exponent))


@strategy(
    "effective_number",
    level="algorithm",
    on="any",
    rows="kept",
    needs_imbalance=True,
    reference="10.1109/CVPR.2019.00949",
    evens="weights",
)
def effective_number(classifier: Any, space: Scope, task: Task) -> ClassWeights:
    """Weight rows by the effective number of rows of their class.

    Between no weights (`beta` near 0) and balanced ones (near 1): a class of far more than
    1 / (1 - beta) rows gains nothing by more. Costs no extra time.
    """
    beta = space.choice("beta", [0.9, 0.99, 0.999, 0.9999], default=0.999)
    return _weighted(classifier, EffectiveNumber(beta))


@strategy(
    "cost_sensitive",
    level="algorithm",
    on="any",
    rows="kept",
    row_costs=True,
    reference="10.1109/TKDE.2002.1000348",
    by_class=True,
)
def cost_sensitive(classifier: Any, space: Scope, task: Task) -> Any:
    """Weight rows by what it costs to get them wrong.

    Takes the `costs` of the suite, summed over the wrong decisions for a class, or the cost of
    each row where the dataset has a column of them. For costs that are known: it needs no tuned
    threshold. Costs no extra time.
    """
    if not takes_weights(classifier):
        raise Incompatible(f"{type(classifier).__name__} takes no row weights")
    if task.row_costs:
        return classifier
    if task.costs is None:
        raise Incompatible("needs costs: a matrix in the suite, or a column of the dataset")
    costs = np.asarray(task.costs)
    extra = tuple((costs - np.diag(costs)[:, np.newaxis]).sum(axis=1).tolist())
    if min(extra) <= 0:
        raise Incompatible(f"needs costs: to get class {int(np.argmin(extra))} wrong costs nothing")
    return ClassWeights(classifier, MistakeCost(extra))
