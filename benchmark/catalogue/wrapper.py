"""What every estimator here that wraps one classifier has in common."""

from typing import Any

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if


def _has(method: str) -> Any:
    """Say whether the wrapped classifier, fitted or not, has a method."""
    return lambda self: hasattr(getattr(self, "classifier_", self.classifier), method)


class Wrapper(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """Predicts as the fitted `classifier_` does; a subclass says how that is fitted."""

    def __init__(self, classifier: Any) -> None:
        self.classifier = classifier

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "classifier_")

    @property
    def classes_(self) -> Any:
        """The class codes, in the order of the probabilities."""
        return self.classifier_.classes_

    def predict(self, X: Any) -> Any:
        """Predict class codes."""
        return self.classifier_.predict(X)

    @available_if(_has("predict_proba"))  # type: ignore[untyped-decorator]  # scikit-learn is untyped
    def predict_proba(self, X: Any) -> Any:
        """Predict probabilities, shape (rows, classes)."""
        return self.classifier_.predict_proba(X)

    @available_if(_has("decision_function"))  # type: ignore[untyped-decorator]  # as above
    def decision_function(self, X: Any) -> Any:
        """Predict decision values."""
        return self.classifier_.decision_function(X)
