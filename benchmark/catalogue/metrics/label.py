"""Metrics of decisions, each from one confusion matrix.

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


@metric("balanced_accuracy", kind="label", reference="10.1109/ICPR.2010.764")
def balanced_accuracy(c: Confusion) -> Floats:
    """Mean of recall and specificity; 0.5 is chance.

    Use it when both classes count the same, however rare one is.
    """
    return (recall(c) + specificity(c)) / 2


@metric("g_mean", kind="label", reference="Kubat and Matwin, ICML 1997")
def g_mean(c: Confusion) -> Floats:
    """Geometric mean of recall and specificity; 0 if either class is never found.

    Use it instead of balanced accuracy when neither class may be given up.
    """
    return np.sqrt(recall(c) * specificity(c))


@metric("mcc", kind="label", low=-1.0, reference="10.1016/0005-2795(75)90109-9")
def mcc(c: Confusion) -> Floats:
    """Matthews correlation between truth and decision; 0 is chance.

    High only if all four counts are good; it needs no choice of a positive class.
    """
    product = (c.tp + c.fp) * (c.tp + c.fn) * (c.tn + c.fp) * (c.tn + c.fn)
    return ratio(c.tp * c.tn - c.fp * c.fn, np.sqrt(product))
