"""Metrics of the order that scores give to two classes; no threshold is needed.

Rows with equal scores are decided together, at one threshold.
"""

import numpy as np
from scipy.special import betainc
from sklearn import metrics
from sklearn.isotonic import isotonic_regression

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.metrics.label import false_positive_rate, recall
from benchmark.catalogue.registry import metric
from benchmark.types import Floats, Integers


def at_thresholds(y: Integers, scores: Floats) -> Confusion:
    """The counts when all rows from each distinct score upwards are decided positive."""
    tn, fp, fn, tp, _ = metrics.confusion_matrix_at_thresholds(y, scores)
    return Confusion.binary(tp, fp, fn, tn)


@metric("roc_auc", kind="ranking", reference="10.1148/radiology.143.1.7063747")
def roc_auc(y: Integers, scores: Floats) -> float:
    """Chance that a positive is ranked above a negative; 0.5 is chance.

    It hardly moves with the imbalance: compare it with average precision.
    """
    return float(metrics.roc_auc_score(y, scores))


def partial_auc(y: Integers, scores: Floats, most: float) -> float:
    """Area under the ROC curve up to a false-positive rate; chance is 0.5, the best is 1."""
    return float(metrics.roc_auc_score(y, scores, max_fpr=most))


@metric(
    "partial_auc_5",
    kind="ranking",
    low=0.95 / 1.95,
    reference="McClish, Medical Decision Making 9(3), 1989",
)
def partial_auc_5(y: Integers, scores: Floats) -> float:
    """Area under the ROC curve where at most 5 % of the negatives raise an alarm; 0.5 is chance.

    Use it where more false alarms could not be worked off. McClish's scale, as `max_fpr` of
    scikit-learn: the best is 1, the worst 0.487.
    """
    return partial_auc(y, scores, 0.05)


@metric(
    "partial_auc_10",
    kind="ranking",
    low=0.9 / 1.9,
    reference="McClish, Medical Decision Making 9(3), 1989",
)
def partial_auc_10(y: Integers, scores: Floats) -> float:
    """Area under the ROC curve where at most 10 % of the negatives raise an alarm; 0.5 is chance.

    Use it where more false alarms could not be worked off. McClish's scale, as `max_fpr` of
    scikit-learn: the best is 1, the worst 0.474.
    """
    return partial_auc(y, scores, 0.1)


@metric("average_precision", kind="ranking", reference="10.1145/1143844.1143874")
def average_precision(y: Integers, scores: Floats) -> float:
    """Mean precision over the recalls reached; the share of positives is chance.

    Use it when only the top of the list is acted on; it shows what AUC hides.
    """
    return float(metrics.average_precision_score(y, scores))


@metric("ks", kind="ranking", reference="Kolmogorov-Smirnov; Hand and Henley, JRSS A 160(3), 1997")
def ks(y: Integers, scores: Floats) -> float:
    """Largest gap between recall and false-positive rate over all thresholds; 0 is chance.

    The usual figure of credit scoring. The gap is one-sided, so that a list upside down scores
    0. On few positives it is optimistic: the threshold is the best one for these very rows.
    """
    c = at_thresholds(y, scores)
    return float(np.max(recall(c) - false_positive_rate(c), initial=0.0))


@metric(
    "h_measure",
    kind="ranking",
    reference="10.1016/j.patrec.2013.12.011",
)
def h_measure(y: Integers, scores: Floats) -> float:
    """Share of the least possible cost of ignoring the scores that using them saves.

    Use it instead of AUC, which weighs the costs of errors differently for every classifier.
    The cost of a false alarm, out of 1 for both errors (10.1007/s10994-009-5119-5), is
    distributed as Beta(1 + share of positives, 1 + share of negatives). Each cost has its best
    threshold on these very rows, so that on few positives chance lies above 0.
    """
    groups, index = np.unique(scores, return_inverse=True)
    rows = np.bincount(index, minlength=len(groups)).astype(np.float64)
    positives = np.bincount(index, weights=y, minlength=len(groups)).astype(np.float64)
    hull = isotonic_regression(positives / rows, sample_weight=rows)
    share = positives.sum() / len(y)
    spent = _least_cost(positives, rows, hull, share)
    ignorant = _least_cost(positives, rows, np.full(len(groups), share), share)
    return float(1 - spent / ignorant)


def _least_cost(positives: Floats, rows: Floats, hull: Floats, share: float) -> float:
    """Cost, averaged over its distribution, if each group is an alarm up to the cost `hull`.

    The slopes of the ROC curve's convex hull are the values of isotonic regression.
    """
    a, b = 1 + share, 2 - share
    alarm = a / (a + b) * betainc(a + 1, b, hull)
    miss = b / (a + b) * (1 - betainc(a, b + 1, hull))
    return float(((rows - positives) * alarm + positives * miss).sum())
