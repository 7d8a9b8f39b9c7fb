"""Networks so plain that what they learn is known otherwise."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from benchmark.catalogue.neural.classifier import NeuralClassifier
from benchmark.catalogue.registry import STRATEGIES
from benchmark.space import Defaults
from benchmark.types import Task


class _AsTheyAre(nn.Identity):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width


@dataclass(frozen=True)
class NoBody:
    """Features are the columns, so that the network is a logistic regression."""

    def __call__(self, columns: Any) -> Any:
        return _AsTheyAre(len(columns.numbers))


class _Rectified(nn.Sequential):
    def __init__(self, columns: int, width: int) -> None:
        super().__init__(nn.Linear(columns, width), nn.ReLU())
        self.width = width


@dataclass(frozen=True)
class OneLayer:
    """A layer of rectified units."""

    width: int = 16

    def __call__(self, columns: Any) -> Any:
        return _Rectified(len(columns.numbers), self.width)


def regression(**settings: Any) -> NeuralClassifier:
    """A logistic regression without a penalty, learnt from all rows at once."""
    converging = {"epochs": 600, "learning_rate": 0.03, "weight_decay": 0.0, "batch_size": 10**6}
    return NeuralClassifier(NoBody(), **(converging | settings))


def changed(
    strategy: str, classifier: Any, counts: tuple[int, ...], costs: Any = None, **params: Any
) -> Any:
    """What a strategy makes of a classifier."""
    space = Defaults({f"strategy.{name}": value for name, value in params.items()})
    task = Task(seed=0, class_counts=counts, n_columns=4, costs=costs)
    return STRATEGIES.get(strategy).function(classifier, space.scoped("strategy"), task)
