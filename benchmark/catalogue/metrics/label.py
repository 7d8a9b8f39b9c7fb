"""Metrics of decisions between two classes, each from one confusion matrix.

Every function is vectorised over the counts, so that all thresholds are scored at once.
A ratio without a denominator is 0, as in scikit-learn.
"""

import numpy as np

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.registry import metric
from benchmark.types import Floats


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Divide; 0 where there is nothing to divide by."""
    return np.divide(
        numerator,
        denominator,
        out=np.zeros(np.broadcast(numerator, denominator).shape),
        where=np.asarray(denominator) != 0,
    )


def f_beta(c: Confusion, beta: float) -> Floats:
    """Weighted harmonic mean of precision and recall (van Rijsbergen, 1979)."""
    weight = beta * beta
    return ratio((1 + weight) * c.tp, (1 + weight) * c.tp + weight * c.fn + c.fp)


@metric("f2", kind="label", reference="van Rijsbergen, Information Retrieval, 1979")
def f2(c: Confusion) -> Floats:
    """F-measure that counts recall twice as much as precision.

    Use it when a missed positive costs more than a false alarm.
    """
    return f_beta(c, 2.0)


@metric("f1", kind="label", reference="van Rijsbergen, Information Retrieval, 1979")
def f1(c: Confusion) -> Floats:
    """Harmonic mean of precision and recall.

    Use it when a missed positive costs as much as a false alarm.
    """
    return f_beta(c, 1.0)


@metric("f0.5", kind="label", reference="van Rijsbergen, Information Retrieval, 1979")
def f_half(c: Confusion) -> Floats:
    """F-measure that counts precision twice as much as recall.

    Use it when a false alarm costs more than a missed positive.
    """
    return f_beta(c, 0.5)


@metric("precision", kind="label")
def precision(c: Confusion) -> Floats:
    """Share of the alarms that are right.

    It falls with the share of positives: compare it within one dataset only.
    """
    return ratio(c.tp, c.tp + c.fp)


@metric("recall", kind="label")
def recall(c: Confusion) -> Floats:
    """Share of the positives that are found; also sensitivity.

    Saying positive to every row reaches 1: read it beside precision or specificity.
    """
    return ratio(c.tp, c.tp + c.fn)


@metric("specificity", kind="label")
def specificity(c: Confusion) -> Floats:
    """Share of the negatives that raise no alarm.

    Saying negative to every row reaches 1: read it beside recall.
    """
    return ratio(c.tn, c.tn + c.fp)


@metric("negative_predictive_value", kind="label")
def negative_predictive_value(c: Confusion) -> Floats:
    """Share of the all-clears that are right.

    With rare positives it is close to 1 for any rule: read it where an all-clear is acted on.
    """
    return ratio(c.tn, c.tn + c.fn)


@metric("false_positive_rate", kind="label", greater_is_better=False)
def false_positive_rate(c: Confusion) -> Floats:
    """Share of the negatives that raise an alarm; 1 - specificity.

    Use it where the workload of false alarms is the limit.
    """
    return ratio(c.fp, c.tn + c.fp)


@metric("youden_j", kind="label", low=-1.0, reference="Youden, Cancer 3(1), 1950")
def youden_j(c: Confusion) -> Floats:
    """Recall + specificity - 1, also informedness; 0 is chance.

    Balanced accuracy on a scale that starts at chance; it ignores how rare the positives are.
    """
    return recall(c) + specificity(c) - 1


@metric("index_balanced_accuracy", kind="label", reference="10.1007/978-3-642-02172-5_57")
def index_balanced_accuracy(c: Confusion) -> Floats:
    """Recall times specificity, weighted by 1 + 0.1 (recall - specificity).

    Use it like `g_mean` when of two rules with the same one that favours the positives should
    win; the 0.1 is imbalanced-learn's.
    """
    found, spared = recall(c), specificity(c)
    return (1 + 0.1 * (found - spared)) * found * spared
