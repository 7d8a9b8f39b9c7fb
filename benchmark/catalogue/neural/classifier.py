"""A network as a classifier of scikit-learn; torch is imported when it is fitted."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin

from benchmark.catalogue.heldout import HeldOut
from benchmark.types import Floats, Integers


class NeuralClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped
    """Trains a network; strategies change how through its parameters.

    Parameters:
        body: `(columns, categorical) -> module with a width`, picklable.
        loss, weigh, deferred, sampling, mix, augment: see `training.Plan`.
        cosine: the scale of a head of cosines; 0 for a linear one.
        start: what precedes the training on `start.related` rows: a function of `(network, these
            rows, validation rows, plan, random)` that returns the plan of what follows.
        stages: what follows the training: a function of `(network, rows, plan, random)`, which
            may return another network.
        adjust: how much of the log of the training prior is taken off the logits it predicts.
        validation: rows for early stopping; without, all epochs are trained.

    Attributes:
        rows_beside: the parameters that take rows beside those of the fit; see `heldout`.
        classes_: the class codes. `epochs_`: the epochs that count.
    """

    rows_beside = ("validation",)

    def __init__(
        self,
        body: Any,
        categorical: tuple[int, ...] = (),
        learning_rate: float = 1e-3,
        weight_decay: float = 1e-2,
        batch_size: int = 128,
        epochs: int = 50,
        patience: int = 8,
        loss: Callable[..., Any] | None = None,
        weigh: Callable[[Integers, Integers], Floats] | None = None,
        deferred: float = 0.0,
        sampling: Callable[[Floats, float], Floats] | None = None,
        mix: float = 0.0,
        augment: Callable[..., Any] | None = None,
        cosine: float = 0.0,
        start: Any = None,
        stages: tuple[Any, ...] = (),
        adjust: float = 0.0,
        validation: HeldOut | None = None,
        device: str = "cpu",
        random_state: int = 0,
    ) -> None:
        self.body = body
        self.categorical = categorical
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch_size = batch_size
        self.epochs = epochs
        self.patience = patience
        self.loss = loss
        self.weigh = weigh
        self.deferred = deferred
        self.sampling = sampling
        self.mix = mix
        self.augment = augment
        self.cosine = cosine
        self.start = start
        self.stages = stages
        self.adjust = adjust
        self.validation = validation
        self.device = device
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "NeuralClassifier":
        """Train on rows whose `categorical` columns hold whole numbers."""
        from benchmark.catalogue.neural import losses, training

        self.classes_, codes = np.unique(y, return_inverse=True)
        X, codes, weights = _counting(np.asarray(X), codes, sample_weight)
        with training.seeded(self.random_state, self.device) as random:
            rows = training.rows(X, codes, weights, len(self.classes_), self.device)
            network = training.network(self.body, X, self.categorical, rows, self.cosine)
            network.to(self.device)
            plan, held = self._plan(), self._beside(self.validation, training)
            first = plan
            if self.start is not None:
                related = self._beside(self.start.related, training)
                first = self.start(network, related, held, plan, random)
            self.epochs_ = training.train(network, rows, held, first, random)
            for stage in self.stages:
                network = stage(network, rows, plan, random)
        self.network_ = network.double()  # so that a row's score does not depend on its batch
        self.log_prior_ = losses.log_prior(rows.mass.double()).cpu().numpy()
        return self

    def decision(self, X: Any) -> Floats:
        """Logits, shape (rows, classes), adjusted."""
        from benchmark.catalogue.neural import training

        said: Floats = training.said(self.network_, X, self.device)
        adjusted: Floats = said - self.adjust * self.log_prior_
        return adjusted

    def predict_proba(self, X: Any) -> Floats:
        """Predict probabilities, shape (rows, classes)."""
        return np.asarray(softmax(self.decision(X), axis=1))

    def predict(self, X: Any) -> Any:
        """Predict class codes."""
        return self.classes_[self.decision(X).argmax(axis=1)]

    def _plan(self) -> Any:
        from benchmark.catalogue.neural.training import Plan

        names = [field.name for field in fields(Plan)]
        return Plan(**{name: getattr(self, name) for name in names})

    def _beside(self, given: HeldOut | None, training: Any) -> Any:
        """Rows of the classes that it learns as tensors; None where there are none."""
        if given is None:
            return None
        known = np.isin(given.y, self.classes_)
        codes = np.searchsorted(self.classes_, given.y[known])
        return training.rows(given.X[known], codes, None, len(self.classes_), self.device)


def _counting(X: Floats, codes: Integers, weights: Any) -> tuple[Floats, Integers, Any]:
    """The rows with a weight; a bag gives 0 to those that it did not draw."""
    if weights is None:
        return X, codes, None
    kept = np.asarray(weights) > 0
    return X[kept], codes[kept], np.asarray(weights)[kept]
