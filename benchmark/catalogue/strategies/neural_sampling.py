"""Which rows a network sees in an epoch, and how they are mixed."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.catalogue.neural.classifier import NeuralClassifier
from benchmark.catalogue.registry import strategy
from benchmark.catalogue.strategies.neural_losses import network
from benchmark.space import Scope
from benchmark.types import Floats, Task


@dataclass(frozen=True)
class PowerOfSize:
    """Chances of classes as n^exponent (Kang et al., arXiv 1910.09217, eq. 1)."""

    exponent: float

    def __call__(self, counts: Floats, done: float) -> Floats:
        """The chance of each class to be drawn, by its rows."""
        powers = counts**self.exponent
        return np.asarray(powers / powers.sum())


@dataclass(frozen=True)
class Progressive:
    """From the classes as they are to equal ones (Kang et al., arXiv 1910.09217, eq. 2)."""

    def __call__(self, counts: Floats, done: float) -> Floats:
        """The chance of each class once a share of the epochs is done."""
        return np.asarray((1 - done) * counts / counts.sum() + done / len(counts))


@strategy(
    "balanced_batches",
    level="algorithm",
    on="any",
    rows="kept",
    needs_imbalance=True,
    reference="arXiv 1910.09217",
    requires=("torch",),
    evens="batches",
)
def balanced_batches(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Draw the rows of every batch so that all classes are equally likely.

    Random oversampling without more rows in memory: each epoch draws as many rows as there are.
    Rare rows come often and are learnt by heart where there are few. Costs no extra time.
    """
    return network(classifier, sampling=PowerOfSize(0.0))


@strategy(
    "square_root_sampling",
    level="algorithm",
    on="any",
    rows="kept",
    needs_imbalance=True,
    reference="arXiv 1910.09217",
    requires=("torch",),
    evens="batches",
)
def square_root_sampling(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Draw the rows of every batch with classes as likely as the square root of their size.

    Between the rows as they are and `balanced_batches`: for classes so rare that their rows would
    come many times an epoch. Costs no extra time.
    """
    return network(classifier, sampling=PowerOfSize(0.5))


@strategy(
    "progressively_balanced_sampling",
    level="algorithm",
    on="any",
    rows="kept",
    needs_imbalance=True,
    reference="arXiv 1910.09217",
    requires=("torch",),
    evens="batches",
)
def progressively_balanced_sampling(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Draw rows as they are at first, and from equal classes in the last epoch.

    All rows shape the representation, equal classes the boundary. Trains all epochs of the model,
    and keeps the best; costs what early stopping would have saved.
    """
    changed = network(classifier, sampling=Progressive())
    changed.patience = changed.epochs
    return changed


@strategy(
    "batch_mixup", level="algorithm", rows="kept", reference="arXiv 1710.09412", requires=("torch",)
)
def batch_mixup(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Mix the rows of every batch with others of it, and their losses by the same share.

    The share is drawn from Beta(alpha, alpha). For small data that a network learns by heart: it
    is less sure between classes. No remedy for imbalance of its own, so try it beside one, as
    `batch_mixup+balanced_batches`. Categories are encoded first. Costs a second loss a batch.
    """
    return network(classifier, mix=space.real("alpha", 0.1, 4.0, default=0.2, log=True))
