"""Losses that attend to the rows that are hard to tell, for boosters and networks."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, logit
from sklearn.base import clone

from benchmark.catalogue.neural.classifier import NeuralClassifier
from benchmark.catalogue.registry import strategy
from benchmark.catalogue.strategies.neural_losses import Focal, network
from benchmark.catalogue.strategies.weighting import ClassWeights, EffectiveNumber, MistakeCost
from benchmark.catalogue.wrapper import Wrapper
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Floats, Task

_SMALLEST = 1e-16


@dataclass(frozen=True)
class FocalLoss:
    """-a (1 - p)^gamma log p, where p is the probability of the row's class (Lin et al., eq. 5).

    a is `alpha` for the positive class and 1 - alpha for the other; all of it times `scale`.
    An objective for the scikit-learn interfaces of XGBoost and LightGBM.
    """

    gamma: float
    alpha: float
    scale: float = 1.0

    def __call__(
        self, y_true: Any, margin: Any, sample_weight: Any = None
    ) -> tuple[Floats, Floats]:
        """Gradient and Hessian with respect to the log-odds, times the weights of rows."""
        weights = self.scale if sample_weight is None else self.scale * sample_weight
        return weights * self.gradient(y_true, margin), weights * self.step_hessian(y_true, margin)

    def loss(self, y: Any, margin: Any) -> Floats:
        """The loss of each row."""
        sign, a = self._class(y)
        return np.asarray(-a * expit(-sign * margin) ** self.gamma * log_expit(sign * margin))

    def gradient(self, y: Any, margin: Any) -> Floats:
        """The first derivative (Lin et al., appendix B)."""
        sign, a = self._class(y)
        p, wrong, log_p = self._chances(sign * margin)
        return np.asarray(sign * a * wrong**self.gamma * (self.gamma * p * log_p - wrong))

    def hessian(self, y: Any, margin: Any) -> Floats:
        """The second derivative; negative on rows that are badly wrong."""
        sign, a = self._class(y)
        p, wrong, log_p = self._chances(sign * margin)
        bend = wrong * (self.gamma * log_p + self.gamma + 1)
        pull = self.gamma * (self.gamma * p * log_p - wrong)
        return np.asarray(a * p * wrong**self.gamma * (bend - pull))

    def step_hessian(self, y: Any, margin: Any) -> Floats:
        """The Hessian, but at least min(gamma, 1) times the gradient's size.

        The loss is concave on rows that are badly wrong. A leaf of them would divide by next to
        nothing, and boosting would diverge: so a row asks for a step of one log-odd at most.
        With `gamma` 0 the loss is the logistic one, and keeps its Hessian.
        """
        least = min(self.gamma, 1.0) * np.abs(self.gradient(y, margin))
        return np.maximum(self.hessian(y, margin), np.maximum(least, _SMALLEST))

    def _class(self, y: Any) -> tuple[Floats, Floats]:
        return np.where(y == 1, 1.0, -1.0), np.where(y == 1, self.alpha, 1 - self.alpha)

    @staticmethod
    def _chances(margin: Any) -> tuple[Floats, Floats, Floats]:
        """The probability of the row's class, of the other one, and the first one's logarithm."""
        return expit(margin), expit(-margin), log_expit(margin)


class FocalBooster(Wrapper):
    """A booster that minimises the focal loss; it starts at the log-odds of the weighted classes.

    The loss is scaled so that its Hessians have at the start the sum that those of the logistic
    loss have: limits on leaves and penalties then mean what they mean without it.
    """

    changes_scores = True

    def __init__(self, classifier: Any, gamma: float, alpha: float = 0.5) -> None:
        super().__init__(classifier)
        self.gamma = gamma
        self.alpha = alpha

    def fit(self, X: Any, y: Any, row_weights: Any = None) -> "FocalBooster":
        """Fit the booster; the weights of rows multiply the loss."""
        half = 0.5 / len(y)
        share = float(np.clip(np.average(y, weights=row_weights), half, 1 - half))
        self.start_ = float(logit(share))
        loss = FocalLoss(self.gamma, self.alpha)
        hessian = np.average(loss.step_hessian(y, self.start_), weights=row_weights)
        scaled = replace(loss, scale=float(share * (1 - share) / hessian))
        booster = clone(self.classifier).set_params(objective=scaled)
        if _library(booster) == "lightgbm":
            margins = np.full(len(y), self.start_)
            self.classifier_ = booster.fit(X, y, sample_weight=row_weights, init_score=margins)
        else:
            booster.set_params(base_score=share)
            self.classifier_ = booster.fit(X, y, sample_weight=row_weights)
        return self

    def predict(self, X: Any) -> Any:
        """Predict class codes."""
        return (self._margin(X) > 0).astype(np.int64)

    def predict_proba(self, X: Any) -> Any:
        """Predict probabilities, shape (rows, 2)."""
        margin = self._margin(X)
        return np.column_stack([expit(-margin), expit(margin)])

    def _margin(self, X: Any) -> Floats:
        """Log-odds. LightGBM's do not hold the start that it was given."""
        if _library(self.classifier_) == "lightgbm":
            return np.asarray(self.classifier_.predict(X, raw_score=True) + self.start_)
        return np.asarray(self.classifier_.predict(X, output_margin=True), dtype=np.float64)


def _library(classifier: Any) -> str:
    return type(classifier).__module__.partition(".")[0]


def _booster(classifier: Any, task: Task) -> Any:
    """The classifier. Raises Incompatible where it is no booster, or has many classes to learn."""
    if _library(classifier) not in ("xgboost", "lightgbm"):
        raise Incompatible("focal loss needs xgboost, lightgbm or a network")
    if task.n_classes > 2:
        raise Incompatible(
            f"focal loss needs two classes or a network; there are {task.n_classes} classes"
        )
    return classifier


@strategy(
    "focal_loss",
    level="algorithm",
    on="any",
    rows="kept",
    reference="10.1109/ICCV.2017.324",
    by_class=True,
)
def focal_loss(classifier: Any, space: Scope, task: Task) -> Any:
    """Learn by a loss that forgets rows that are already told apart.

    For many easy common rows. `gamma` says how fast they fade, 0 not at all; of two classes,
    `alpha` is the weight of the positive one and 1 - alpha that of the other. XGBoost and LightGBM
    start at the log-odds of two classes, which costs a few passes over the rows a round. Networks
    learn any number of classes, at no extra time.
    """
    gamma = space.real("gamma", 0.0, 5.0, default=2.0)
    if task.n_classes > 2 and isinstance(classifier, NeuralClassifier):
        return network(classifier, loss=Focal(gamma))
    alpha = space.real("alpha", 0.05, 0.95, default=0.25)
    if isinstance(classifier, NeuralClassifier):
        return network(classifier, loss=Focal(gamma), weigh=MistakeCost((1 - alpha, alpha)))
    return FocalBooster(_booster(classifier, task), gamma, alpha)


@strategy(
    "class_balanced_focal_loss",
    level="algorithm",
    on="any",
    rows="kept",
    reference="10.1109/CVPR.2019.00949",
    evens="weights",
    by_class=True,
)
def class_balanced_focal_loss(classifier: Any, space: Scope, task: Task) -> Any:
    """Learn by the focal loss, weighted by the effective number of rows of each class.

    Like `focal_loss` where the weights follow from the rows: larger `beta`, nearer to balanced.
    XGBoost and LightGBM with two classes, networks with any number. Costs as much as `focal_loss`.
    """
    gamma = space.real("gamma", 0.0, 5.0, default=2.0)
    weigh = EffectiveNumber(space.choice("beta", [0.9, 0.99, 0.999, 0.9999], default=0.999))
    if isinstance(classifier, NeuralClassifier):
        return network(classifier, loss=Focal(gamma), weigh=weigh)
    return ClassWeights(FocalBooster(_booster(classifier, task), gamma), weigh)
