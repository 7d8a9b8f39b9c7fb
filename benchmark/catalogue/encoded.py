"""How columns of categories are encoded between two steps of one classifier."""

from typing import Any

from sklearn.base import clone

from benchmark.catalogue.wrapper import Wrapper


class Encoded(Wrapper):
    """Fits a classifier on encoded columns; the encoder is fitted on the rows that arrive here."""

    def __init__(self, encoder: Any, classifier: Any) -> None:
        super().__init__(classifier)
        self.encoder = encoder

    def fit(self, X: Any, y: Any, row_weights: Any = None) -> "Encoded":
        """Fit the encoder, then the classifier."""
        self.encoder_ = clone(self.encoder).fit(X)
        self.fit_classifier(self.encoder_.transform(X), y, row_weights)
        return self

    def seen(self, X: Any) -> Any:
        """The encoded columns."""
        return self.encoder_.transform(X)
