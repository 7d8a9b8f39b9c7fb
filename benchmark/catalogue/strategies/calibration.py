"""Strategies that correct probabilities on rows that nothing resampled."""

from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from benchmark.catalogue.registry import strategy
from benchmark.catalogue.wrapper import Wrapper
from benchmark.errors import Incompatible
from benchmark.space import Scope
from benchmark.types import Floats, Integers, Task

_SMALLEST = np.finfo(np.float64).eps


class _TakesSampleWeight(Wrapper):
    """Takes the weights of rows under the name that CalibratedClassifierCV gives them."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "_TakesSampleWeight":
        """Fit the classifier."""
        self.fit_classifier(X, y, sample_weight)
        return self


class Calibrated(Wrapper):
    """Fits the classifier on all rows, and a calibrator on its out-of-fold scores.

    One calibrated classifier rather than one a fold: calibration is not mixed up with averaging.
    """

    changes_scores = True

    def __init__(self, classifier: Any, method: str, folds: int = 5, random_state: int = 0) -> None:
        super().__init__(classifier)
        self.method = method
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Any, y: Any, row_weights: Any = None) -> "Calibrated":
        """Fit with scikit-learn; weights of rows count in both fits."""
        self.classifier_ = CalibratedClassifierCV(
            _TakesSampleWeight(self.classifier),
            method=self.method,
            cv=_folds(self.folds, self.random_state),
            ensemble=False,
            n_jobs=1,
        ).fit(X, y, sample_weight=row_weights)
        return self

    def predict_proba(self, X: Any) -> Any:
        """Predict probabilities, shape (rows, classes)."""
        return self.classifier_.predict_proba(X)


class PriorCorrected(Wrapper):
    """Shifts the log-odds of a classifier so that it predicts as many rows of a class as there are.

    Attributes:
        shift_: what is added to the logarithm of each class's probability; 0 for the first class.
    """

    changes_scores = True

    def __init__(self, classifier: Any, folds: int = 5, random_state: int = 0) -> None:
        super().__init__(classifier)
        self.folds = folds
        self.random_state = random_state

    def fit(self, X: Any, y: Any, row_weights: Any = None) -> "PriorCorrected":
        """Estimate the shift from out-of-fold probabilities, then fit on all rows."""
        rarest = min(np.unique(y, return_counts=True)[1])
        if rarest < self.folds:
            raise ValueError(f"{self.folds} folds need as many rows of each class, not {rarest}")
        name = "row_weights" if isinstance(self.classifier, Wrapper) else "sample_weight"
        probabilities = cross_val_predict(
            self.classifier,
            X,
            y,
            cv=_folds(self.folds, self.random_state),
            method="predict_proba",
            params=None if row_weights is None else {name: row_weights},
        )
        self.fit_classifier(X, y, row_weights)
        codes = np.searchsorted(self.classes_, y)
        self.shift_ = shift(_logarithm(probabilities), codes, row_weights)
        return self

    def predict(self, X: Any) -> Any:
        """Predict class codes."""
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]

    def predict_proba(self, X: Any) -> Any:
        """Predict probabilities, shape (rows, classes)."""
        shifted = _logarithm(self.classifier_.predict_proba(X)) + self.shift_
        return softmax(shifted, axis=1)


def shift(log_probabilities: Floats, codes: Integers, weights: Any = None) -> Floats:
    """The most likely shift of each class's log-probability, shape (classes,); the first is 0.

    Under it the mean probability of each class is its share of the rows, because that is where
    the likelihood's gradient vanishes.
    """
    truth = np.eye(log_probabilities.shape[1])[codes]
    w = np.ones(len(codes)) if weights is None else np.asarray(weights, dtype=np.float64)
    w = w / w.sum()

    def shifted(free: Floats) -> Floats:
        return np.asarray(log_probabilities + np.append(0.0, free))

    def loss(free: Floats) -> float:
        scores = shifted(free)
        return float(w @ (logsumexp(scores, axis=1) - (scores * truth).sum(axis=1)))

    def gradient(free: Floats) -> Floats:
        return np.asarray(w @ (softmax(shifted(free), axis=1) - truth))[1:]

    def hessian(free: Floats) -> Floats:
        p = softmax(shifted(free), axis=1)[:, 1:]
        return np.asarray(np.diag(w @ p) - (p.T * w) @ p)

    start = np.zeros(truth.shape[1] - 1)
    found = minimize(
        loss, start, method="trust-exact", jac=gradient, hess=hessian, options={"gtol": 1e-10}
    )
    return np.append(0.0, found.x)


def _logarithm(probabilities: Any) -> Floats:
    """The logarithm of probabilities, finite where a model is sure."""
    return np.asarray(np.log(np.clip(probabilities, _SMALLEST, 1.0)))


def _folds(folds: int, seed: int) -> StratifiedKFold:
    return StratifiedKFold(n_splits=folds, shuffle=True, random_state=seed)


def _ask_folds(space: Scope) -> int:
    return space.integer("folds", 2, 10, default=5, tune=False)


def _refuse_without_probabilities(classifier: Any) -> None:
    """Raise Incompatible; the share of votes in a bag without probabilities is none either."""
    while isinstance(classifier, Wrapper) and not classifier.changes_scores:
        classifier = classifier.classifier
    member = getattr(classifier, "estimator", None)
    votes = member is not None and not hasattr(member, "predict_proba")
    if votes or not hasattr(classifier, "predict_proba"):
        raise Incompatible(f"{type(classifier).__name__} gives no probabilities to correct")


@strategy(
    "sigmoid_calibration",
    level="decision",
    on="any",
    rows="kept",
    reference="Platt, Advances in Large Margin Classifiers, 1999",
)
def sigmoid_calibration(classifier: Any, space: Scope, task: Task) -> Calibrated:
    """Fit a sigmoid to out-of-fold scores, so that they become probabilities.

    Around a resampling, it sees rows as they are: `sigmoid_calibration+smote`. For few rows, and
    for models that give decision values. The order of the scores stays. Costs a fit a fold.
    """
    return Calibrated(classifier, "sigmoid", _ask_folds(space), task.seed)


@strategy(
    "isotonic_calibration",
    level="decision",
    on="any",
    rows="kept",
    reference="10.1145/775047.775151",
)
def isotonic_calibration(classifier: Any, space: Scope, task: Task) -> Calibrated:
    """Fit a rising staircase to out-of-fold scores, so that they become probabilities.

    Around a resampling, it sees rows as they are: `isotonic_calibration+smote`. Follows any
    distortion, but needs a hundred rare rows or more; scores on one stair tie. Costs a fit a fold.
    """
    return Calibrated(classifier, "isotonic", _ask_folds(space), task.seed)


@strategy(
    "prior_correction",
    level="decision",
    on="any",
    rows="kept",
    reference="10.1162/089976602753284446",
)
def prior_correction(classifier: Any, space: Scope, task: Task) -> PriorCorrected:
    """Shift log-odds until the mean probability is the share of the positives.

    Undoes what resampling or weights did to the prior: `prior_correction+random_undersampling`.
    The shift, one number a class, is estimated from out-of-fold probabilities. For models with
    probabilities; one that is always sure, such as a full tree, leaves nothing to shift. Costs a
    fit a fold.
    """
    folds = _ask_folds(space)
    _refuse_without_probabilities(classifier)
    return PriorCorrected(classifier, folds, task.seed)
