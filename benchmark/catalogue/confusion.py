"""Counts of decisions, which every label metric is computed from."""

from dataclasses import dataclass

import numpy as np

from benchmark.types import Floats, Integers


@dataclass(frozen=True, eq=False)
class Confusion:
    """How often each class (row) was decided to be each class (column).

    Attributes:
        matrix: shape (..., classes, classes); the axes in front are thresholds, or classes.
    """

    matrix: Floats

    @classmethod
    def of(
        cls, y: Integers, decisions: Integers, classes: int = 2, weights: Floats | None = None
    ) -> "Confusion":
        """Count the decisions against the truth, both class codes; or add up weights of rows."""
        cells = np.bincount(y * classes + decisions, weights, minlength=classes * classes)
        return cls(cells.reshape(classes, classes).astype(np.float64))

    @classmethod
    def binary(cls, tp: Floats, fp: Floats, fn: Floats, tn: Floats) -> "Confusion":
        """From the four counts, each of shape () or (thresholds,)."""
        rows = [np.stack([tn, fp], axis=-1), np.stack([fn, tp], axis=-1)]
        return cls(np.stack(rows, axis=-2).astype(np.float64))

    @property
    def tp(self) -> Floats:
        """Positives that were found."""
        return self.matrix[..., 1, 1]

    @property
    def fp(self) -> Floats:
        """False alarms."""
        return self.matrix[..., 0, 1]

    @property
    def fn(self) -> Floats:
        """Positives that were missed."""
        return self.matrix[..., 1, 0]

    @property
    def tn(self) -> Floats:
        """Negatives that raised no alarm."""
        return self.matrix[..., 0, 0]

    @property
    def support(self) -> Floats:
        """Rows of each class, shape (..., classes)."""
        return np.asarray(self.matrix.sum(axis=-1))

    @property
    def each(self) -> "Confusion":
        """Every class against the rest, shape (..., classes, 2, 2)."""
        tp = np.diagonal(self.matrix, axis1=-2, axis2=-1)
        fp, fn = self.matrix.sum(axis=-2) - tp, self.support - tp
        return Confusion.binary(tp, fp, fn, self.support.sum(axis=-1, keepdims=True) - tp - fp - fn)
