"""What precedes and what follows the training of a network."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from sklearn.base import BaseEstimator

from benchmark.catalogue.heldout import HeldOut
from benchmark.catalogue.neural.classifier import NeuralClassifier
from benchmark.catalogue.registry import strategy
from benchmark.catalogue.strategies.neural_losses import network
from benchmark.catalogue.strategies.neural_sampling import PowerOfSize
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Task


class Pretrained(BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Training on rows of another dataset, and a share of the learning rate after it.

    An estimator, so that the rows can be given to it wherever it is.
    """

    rows_beside = ("related",)

    def __init__(self, rate: float, related: HeldOut | None = None) -> None:
        self.rate = rate
        self.related = related

    def __call__(self, network: Any, related: Any, validation: Any, plan: Any, random: Any) -> Any:
        """Train the network in place; return the plan of the fine-tuning."""
        from benchmark.catalogue.neural import training

        if related is None:
            raise ValueError("there are no related rows to train on first")
        training.train(network, related, validation, plan, random)
        return replace(plan, learning_rate=self.rate * plan.learning_rate)


@dataclass(frozen=True)
class Retrained:
    """`transfer.retrained` by cross-entropy on equally likely classes."""

    changes_norms: ClassVar[bool] = False
    epochs: int

    def __call__(self, trained: Any, rows: Any, plan: Any, random: Any) -> Any:
        """The network with a new head."""
        from benchmark.catalogue.neural import transfer
        from benchmark.catalogue.neural.training import Plan

        balanced = Plan(
            epochs=self.epochs,
            batch_size=plan.batch_size,
            learning_rate=plan.learning_rate,
            weight_decay=plan.weight_decay,
            patience=plan.patience,
            sampling=PowerOfSize(0.0),
        )
        return transfer.retrained(trained, rows, balanced, random)


@dataclass(frozen=True)
class TauNormalized:
    """`transfer.tau_normalized`."""

    changes_norms: ClassVar[bool] = True
    tau: float

    def __call__(self, trained: Any, rows: Any, plan: Any, random: Any) -> Any:
        """The network with other weights of its head."""
        from benchmark.catalogue.neural import transfer

        return transfer.tau_normalized(trained, self.tau)


@dataclass(frozen=True)
class FineTuned:
    """`transfer.fine_tuned` on the rows as they are, at a share of the learning rate."""

    changes_norms: ClassVar[bool] = False
    epochs: int
    rate: float

    def __call__(self, trained: Any, rows: Any, plan: Any, random: Any) -> Any:
        """The same network, trained on."""
        from benchmark.catalogue.neural import transfer

        slower = replace(
            plan,
            epochs=self.epochs,
            learning_rate=self.rate * plan.learning_rate,
            sampling=None,
            deferred=0.0,
        )
        return transfer.fine_tuned(trained, rows, slower, random)


@strategy(
    "classifier_retraining",
    level="algorithm",
    on="any",
    rows="kept",
    reference="arXiv 1910.09217",
    requires=("torch",),
    evens="head",
)
def classifier_retraining(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Train as usual, then train a new last layer alone on equally likely classes (cRT).

    All rows shape the representation, equal classes the boundary. For many classes of very
    unequal size. Beside a loss, the loss shapes the representation; the new layer learns by
    cross-entropy. Costs `epochs` of a last layer, which are short.
    """
    epochs = space.integer("epochs", 1, 200, default=20, tune=False)
    return network(classifier, stages=(Retrained(epochs),))


@strategy(
    "tau_normalization",
    level="algorithm",
    on="any",
    rows="kept",
    reference="arXiv 1910.09217",
    requires=("torch",),
)
def tau_normalization(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Train as usual, then divide the weights of each class by their norm to the power `tau`.

    The weights of common classes grow longer in training. `tau` 0 only drops the biases, 1 makes
    all of one length. For many classes: of two the norms are alike. Costs no extra time.
    """
    tau = space.real("tau", 0.0, 1.0, default=0.7)
    return network(classifier, stages=(TauNormalized(tau),))


@strategy(
    "balanced_pretraining", level="algorithm", on="any", rows="kept", needs_imbalance=True,
    reference="10.1109/ICIP.2016.7533053", requires=("torch",),
)  # fmt: skip
def balanced_pretraining(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Train on equally likely classes first, then all of it on the rows as they are, slower.

    Rare classes shape the representation, and the probabilities are those of the rows as they
    are: for ranking and probabilities more than for recall. `rate` is the share of the learning
    rate in the `epochs` that follow, which are what it costs.
    """
    epochs = space.integer("epochs", 1, 200, default=10, tune=False)
    rate = space.real("rate", 0.01, 1.0, default=0.1, log=True)
    return network(classifier, sampling=PowerOfSize(0.0), stages=(FineTuned(epochs, rate),))


@strategy(
    "related_pretraining",
    level="algorithm",
    on="any",
    rows="kept",
    reference="arXiv 1411.1792",
    requires=("torch",),
)
def related_pretraining(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Train on the rows of another dataset first, then all of the network on its own, slower.

    For few rows, and more of the same columns and classes from elsewhere, such as another year
    or place: the `related` of a dataset, none of which is ever tested. They are prepared as test
    rows are. `rate` is the share of the learning rate that is left for its own rows; both
    trainings end early by the rows held out of these. `related_pretraining+balanced_batches`
    balances both. Costs a training on the other rows.
    """
    rate = space.real("rate", 0.01, 1.0, default=0.1, log=True)
    if not task.related_rows:
        raise Incompatible("related_pretraining needs `related` rows, and the dataset has none")
    return network(classifier, start=Pretrained(rate))
