"""What every estimator here that wraps one classifier has in common."""

from typing import Any

from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import has_fit_parameter

from benchmark.catalogue.heldout import see


def _has(method: str) -> Any:
    """Say whether the wrapped classifier, fitted or not, has a method."""
    return lambda self: hasattr(getattr(self, "classifier_", self.classifier), method)


class Wrapper(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Predicts as the fitted `classifier_` does; a subclass says how that is fitted.

    Its `fit(X, y, row_weights=None)` hands the weights of rows on. They are not named
    `sample_weight` because scikit-learn's ensembles would then draw their samples by weights.

    Attributes:
        changes_scores: it predicts something else than the `classifier_` inside it.
        relabels: that one learns other classes.
    """

    changes_scores = False
    relabels = False

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "classifier_")

    def fit_classifier(self, X: Any, y: Any, row_weights: Any = None) -> None:
        """Fit a clone of the classifier, which sees held-out rows as it sees these."""
        classifier = clone(self.classifier)
        see(classifier, self.seen)
        self.classifier_ = fitted(classifier, X, y, row_weights)

    def seen(self, X: Any) -> Any:
        """The rows as the classifier inside sees them."""
        return X

    @property
    def classes_(self) -> Any:
        """The class codes, in the order of the probabilities."""
        return self.classifier_.classes_

    def predict(self, X: Any) -> Any:
        """Predict class codes."""
        return self.classifier_.predict(self.seen(X))

    @available_if(_has("predict_proba"))  # type: ignore[untyped-decorator]  # scikit-learn is untyped
    def predict_proba(self, X: Any) -> Any:
        """Predict probabilities, shape (rows, classes)."""
        return self.classifier_.predict_proba(self.seen(X))

    @available_if(_has("decision_function"))  # type: ignore[untyped-decorator]  # as above
    def decision_function(self, X: Any) -> Any:
        """Predict decision values."""
        return self.classifier_.decision_function(self.seen(X))


def fitted(classifier: Any, X: Any, y: Any, row_weights: Any = None) -> Any:
    """Fit a classifier, wrapped or not; weights are passed only where there are any."""
    if row_weights is None:
        return classifier.fit(X, y)
    if isinstance(classifier, Wrapper):
        return classifier.fit(X, y, row_weights=row_weights)
    return classifier.fit(X, y, sample_weight=row_weights)


def takes_weights(classifier: Any) -> bool:
    """Whether the model inside all wrappers can be fitted with a weight for each row."""
    while isinstance(classifier, Wrapper):
        classifier = classifier.classifier
    return bool(has_fit_parameter(classifier, "sample_weight"))
