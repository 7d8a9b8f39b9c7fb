"""Metrics of the top of the list that scores give, where somebody acts on a part of it.

A list that ends among rows of equal scores is counted as expected if these are in random order.
Thresholds never part rows of equal scores.
"""

import numpy as np
from sklearn import metrics

from benchmark.catalogue.metrics.label import false_positive_rate, precision, recall
from benchmark.catalogue.metrics.ranking import at_thresholds
from benchmark.catalogue.registry import metric
from benchmark.types import Floats, Integers


def found_in_top(y: Integers, scores: Floats, length: float) -> float:
    """Expected number of positives among the highest scores; part of a row counts in part."""
    _, fp, _, tp, _ = metrics.confusion_matrix_at_thresholds(y, scores)
    return float(np.interp(length, np.append(0, fp + tp), np.append(0, tp)))


def precision_at(y: Integers, scores: Floats, length: int) -> float:
    """Share of positives among the highest scores; a shorter list is taken whole."""
    length = min(length, len(y))
    return found_in_top(y, scores, length) / length


def best_recall(recalls: Floats, allowed: "np.typing.NDArray[np.bool_]") -> float:
    """The highest recall of the allowed thresholds; 0 if there is none."""
    return float(np.max(recalls, where=allowed, initial=0.0))


def recall_at_precision(y: Integers, scores: Floats, least: float) -> float:
    """Highest recall of all thresholds that reach a precision."""
    c = at_thresholds(y, scores)
    return best_recall(recall(c), precision(c) >= least)


def recall_at_fpr(y: Integers, scores: Floats, most: float) -> float:
    """Highest recall of all thresholds that keep a false-positive rate."""
    c = at_thresholds(y, scores)
    return best_recall(recall(c), false_positive_rate(c) <= most)


@metric("precision_at_10", kind="ranking")
def precision_at_10(y: Integers, scores: Floats) -> float:
    """Share of positives among the 10 highest scores.

    Use it when ten rows can be looked at. A fold with fewer rows is taken whole.
    """
    return precision_at(y, scores, 10)


@metric("precision_at_50", kind="ranking")
def precision_at_50(y: Integers, scores: Floats) -> float:
    """Share of positives among the 50 highest scores.

    Use it when fifty rows can be looked at. It cannot reach 1 on a fold with fewer positives; a
    fold with fewer rows is taken whole.
    """
    return precision_at(y, scores, 50)


@metric("precision_at_100", kind="ranking")
def precision_at_100(y: Integers, scores: Floats) -> float:
    """Share of positives among the 100 highest scores.

    Use it when a hundred rows can be looked at. It cannot reach 1 on a fold with fewer
    positives; a fold with fewer rows is taken whole.
    """
    return precision_at(y, scores, 100)


@metric("precision_at_prevalence", kind="ranking")
def precision_at_prevalence(y: Integers, scores: Floats) -> float:
    """Share of positives among as many of the highest scores as there are positives.

    Use it to compare datasets of different sizes at one point of the list: precision and recall
    are equal there. Also R-precision; the share of positives is chance.
    """
    return precision_at(y, scores, int(np.count_nonzero(y == 1)))


@metric("top_decile_lift", kind="ranking", high=10.0)
def top_decile_lift(y: Integers, scores: Floats) -> float:
    """How many times more positives the top tenth of the list holds than a random tenth.

    Use it for campaigns and churn. It cannot reach 10 if more than a tenth of the rows are
    positive; a row that the tenth cuts counts in part.
    """
    return 10 * found_in_top(y, scores, len(y) / 10) / float(np.count_nonzero(y == 1))


@metric("recall_at_precision_90", kind="ranking")
def recall_at_precision_90(y: Integers, scores: Floats) -> float:
    """Highest recall of all thresholds with a precision of at least 90 %; 0 if none has it.

    Use it when nine of ten alarms must be right. With few positives it jumps from fold to fold.
    """
    return recall_at_precision(y, scores, 0.9)


@metric("recall_at_precision_50", kind="ranking")
def recall_at_precision_50(y: Integers, scores: Floats) -> float:
    """Highest recall of all thresholds with a precision of at least 50 %; 0 if none has it.

    Use it when every second alarm must be right. With few positives it jumps from fold to fold.
    """
    return recall_at_precision(y, scores, 0.5)


@metric("recall_at_fpr_1", kind="ranking")
def recall_at_fpr_1(y: Integers, scores: Floats) -> float:
    """Highest recall of all thresholds where at most 1 % of the negatives raise an alarm.

    Use it when false alarms are limited by the number of negatives. With fewer than a hundred
    of them no false alarm is allowed.
    """
    return recall_at_fpr(y, scores, 0.01)


@metric("recall_at_fpr_5", kind="ranking")
def recall_at_fpr_5(y: Integers, scores: Floats) -> float:
    """Highest recall of all thresholds where at most 5 % of the negatives raise an alarm.

    Use it when false alarms are limited by the number of negatives. With fewer than twenty of
    them no false alarm is allowed.
    """
    return recall_at_fpr(y, scores, 0.05)
