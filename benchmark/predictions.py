"""What models said of rows: all that is needed to score a cell again without a fit."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchmark.arrays import Floats, Integers

ScoreKind = Literal["probability", "decision", "label"]


@dataclass(frozen=True, eq=False)
class Points:
    """What inner out-of-fold scores stand for: a row each, or many rows of one class.

    Attributes:
        y: class code.
        counts: how many rows.
        costs: what it costs to get all of them wrong, where that is known.
    """

    y: Integers
    counts: Floats
    costs: Floats | None = None


@dataclass(frozen=True, eq=False)
class Scored:
    """What one chosen and refitted model said.

    Attributes:
        kind: whether the scores are probabilities, decision values or bare labels.
        test: shape (test rows,), the score of the positive class; (test rows, classes) where
            there are more than two classes, unless they are bare labels.
        oof: inner out-of-fold scores of the same parameters, shaped alike.
        points: what `oof` stands for where it was reduced; None where each is of a row.
    """

    kind: ScoreKind
    test: Floats
    oof: Floats
    points: Points | None = None


@dataclass(frozen=True, eq=False)
class Predictions:
    """All that is needed to score a cell again without a fit.

    Attributes:
        rows, y: dataset row and class code of each test row.
        oof_rows, oof_y: the same for each inner out-of-fold row; empty without inner folds, and
            where the scores were reduced to points.
        default: the model chosen at the default decision.
        tuned: the model chosen together with its threshold; the same object where they agree.
        costs, oof_costs: what it costs to get each of these rows wrong, where that is known.
    """

    rows: Integers
    y: Integers
    oof_rows: Integers
    oof_y: Integers
    default: Scored
    tuned: Scored
    costs: Floats | None = None
    oof_costs: Floats | None = None

    def inner(self, scored: Scored) -> Points:
        """What the inner out-of-fold scores of one of the two models stand for."""
        return scored.points or Points(self.oof_y, np.ones(len(self.oof_y)), self.oof_costs)
