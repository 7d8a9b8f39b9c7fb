"""Losses for networks that give rare classes more room or more weight."""

from dataclasses import dataclass
from inspect import signature
from typing import Any

from sklearn.base import clone

from benchmark.catalogue.neural.classifier import NeuralClassifier
from benchmark.catalogue.registry import strategy
from benchmark.catalogue.strategies.weighting import EffectiveNumber
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Task

_UNCHANGED = signature(NeuralClassifier).parameters


@dataclass(frozen=True)
class Focal:
    """`losses.focal`."""

    gamma: float

    def __call__(self, logits: Any, y: Any, weights: Any, learnt: Any) -> Any:
        """The loss of each row."""
        from benchmark.catalogue.neural import losses

        return losses.focal(logits, y, self.gamma)


@dataclass(frozen=True)
class Ldam:
    """`losses.ldam`."""

    margin: float
    scale: float

    def __call__(self, logits: Any, y: Any, weights: Any, learnt: Any) -> Any:
        """The loss of each row."""
        from benchmark.catalogue.neural import losses

        return losses.ldam(logits, y, learnt.counts, self.margin, self.scale)


@dataclass(frozen=True)
class Adjusted:
    """`losses.adjusted`."""

    tau: float = 1.0

    def __call__(self, logits: Any, y: Any, weights: Any, learnt: Any) -> Any:
        """The loss of each row."""
        from benchmark.catalogue.neural import losses

        return losses.adjusted(logits, y, learnt.mass, self.tau)


@dataclass(frozen=True)
class Asymmetric:
    """`losses.asymmetric`."""

    gamma_positive: float
    gamma_negative: float
    clip: float

    def __call__(self, logits: Any, y: Any, weights: Any, learnt: Any) -> Any:
        """The loss of each row."""
        from benchmark.catalogue.neural import losses

        given = (self.gamma_positive, self.gamma_negative, self.clip)
        return losses.asymmetric(logits, y, *given)


@dataclass(frozen=True)
class SoftFBeta:
    """`losses.soft_f_beta`."""

    beta: float

    def __call__(self, logits: Any, y: Any, weights: Any, learnt: Any) -> Any:
        """The loss of the batch."""
        from benchmark.catalogue.neural import losses

        return losses.soft_f_beta(logits, y, self.beta, weights)


def network(classifier: Any, **settings: Any) -> NeuralClassifier:
    """A network that is trained otherwise.

    Raises Incompatible for another model, where another strategy has set the same, and for a stage
    that changes norms where there are only directions.
    """
    if not isinstance(classifier, NeuralClassifier):
        raise Incompatible(
            "it changes how a network is trained: mlp, tabular_resnet, tabm, small_cnn"
        )
    for name in settings:
        if getattr(classifier, name) != _UNCHANGED[name].default:
            raise Incompatible(f"another strategy has set {name!r} of the network already")
    changed: NeuralClassifier = clone(classifier).set_params(**settings)
    if changed.cosine and any(stage.changes_norms for stage in changed.stages):
        raise Incompatible("tau_normalization needs a last layer with norms; cosines have none")
    return changed


@strategy(
    "ldam",
    level="algorithm",
    on="any",
    rows="kept",
    reference="arXiv 1906.07413",
    requires=("torch",),
)
def ldam(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Ask for a larger margin of rarer classes: n^(-1/4), the rarest `margin`.

    For many classes of very unequal size. Logits are cosines times `scale`. Costs no extra time.
    """
    margin = space.real("margin", 0.1, 1.0, default=0.5)
    scale = space.real("scale", 5.0, 60.0, default=30.0, log=True)
    return network(classifier, loss=Ldam(margin, scale), cosine=scale)


@strategy(
    "ldam_drw",
    level="algorithm",
    on="any",
    rows="kept",
    reference="arXiv 1906.07413",
    requires=("torch",),
    evens="weights",
)
def ldam_drw(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """`ldam`, with the effective number of rows as weights in the last part of the training.

    The representation is learnt on the rows as they are, the boundary with the weights. `deferred`
    is the share of epochs before them, none of which is spared by early stopping.
    """
    margin = space.real("margin", 0.1, 1.0, default=0.5)
    scale = space.real("scale", 5.0, 60.0, default=30.0, log=True)
    beta = space.choice("beta", [0.99, 0.999, 0.9999], default=0.9999)
    deferred = space.real("deferred", 0.0, 1.0, default=0.8, tune=False)
    loss, weigh = Ldam(margin, scale), EffectiveNumber(beta)
    return network(classifier, loss=loss, cosine=scale, weigh=weigh, deferred=deferred)


@strategy(
    "balanced_softmax", level="algorithm", on="any", rows="kept", needs_imbalance=True,
    reference="arXiv 2007.10740", requires=("torch",),
    evens="loss",
)  # fmt: skip
def balanced_softmax(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Train with the log-prior added to the logits, and predict without it.

    What is predicted is then as if all classes were of equal size. Nothing to tune, no extra time.
    """
    return network(classifier, loss=Adjusted())


@strategy(
    "logit_adjustment", level="algorithm", on="any", rows="kept", needs_imbalance=True,
    reference="arXiv 2007.07314", requires=("torch",),
    evens="loss",
)  # fmt: skip
def logit_adjustment(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Train with `tau` times the log-prior added to the logits, and predict without it.

    `tau` 0 is cross-entropy, 1 is `balanced_softmax`, more favours rare classes. Costs no extra
    time.
    """
    return network(classifier, loss=Adjusted(space.real("tau", 0.0, 2.0, default=1.0)))


@strategy(
    "logit_adjustment_afterwards", level="algorithm", on="any", rows="kept", needs_imbalance=True,
    reference="arXiv 2007.07314", requires=("torch",),
    evens="scores",
)  # fmt: skip
def logit_adjustment_afterwards(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Train as usual, and take `tau` times the log-prior off the logits that are predicted.

    The simplest remedy, and `tau` is searched without another kind of training. Of two classes it
    shifts the threshold only: a tuned one does the same. Costs no extra time.
    """
    return network(classifier, adjust=space.real("tau", 0.0, 2.0, default=1.0))


@strategy(
    "asymmetric_loss",
    level="algorithm",
    on="any",
    rows="kept",
    reference="arXiv 2009.14119",
    requires=("torch",),
)
def asymmetric_loss(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Fade rows that surely lack a class, and forget the surest; each class against the rest.

    For many easy common rows. Larger `gamma_negative` fades faster; below `clip` they are gone. Of
    two classes the positive one is the class. It teaches a yes or no for each class: the
    probabilities of many are no shares. Costs no extra time.
    """
    loss = Asymmetric(
        space.real("gamma_positive", 0.0, 2.0, default=0.0),
        space.real("gamma_negative", 0.0, 5.0, default=4.0),
        space.real("clip", 0.0, 0.2, default=0.05),
    )
    return network(classifier, loss=loss)


@strategy(
    "soft_f_beta", level="algorithm", on="any", reference="arXiv 2108.10566", requires=("torch",)
)
def soft_f_beta(classifier: Any, space: Scope, task: Task) -> NeuralClassifier:
    """Maximise F of expected counts in each batch; `beta` 2 counts recall twice as much.

    Aims at the decision itself; its probabilities are too sure. Wants batches with positives.
    """
    return network(classifier, loss=SoftFBeta(space.real("beta", 0.5, 3.0, default=2.0)))
