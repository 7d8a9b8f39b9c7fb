"""Metrics of decisions between any number of classes, each from one confusion matrix.

A macro mean is over the classes that appear in the truth or in the decisions, a weighted one
counts each class by its rows: scikit-learn's conventions. Two classes are many, too.
"""

import numpy as np

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.metrics.label import f_beta, precision, ratio, recall
from benchmark.catalogue.registry import metric
from benchmark.types import Floats


def average(values: Floats, weights: Floats) -> Floats:
    """Weighted mean over the last axis; 0 where all weights are."""
    return ratio((values * weights).sum(axis=-1), weights.sum(axis=-1))


def appears(c: Confusion) -> Floats:
    """1 for each class with rows or decisions, 0 for the others."""
    return np.asarray(c.support + c.matrix.sum(axis=-2) > 0, dtype=np.float64)


def agreement(c: Confusion) -> Floats:
    """Right decisions beyond chance, times the square of the number of rows."""
    each = c.each
    rows = c.support.sum(axis=-1, keepdims=True)
    return np.asarray((rows * each.tp - c.support * (each.tp + each.fp)).sum(axis=-1))


@metric("accuracy", kind="label", many=True)
def accuracy(c: Confusion) -> Floats:
    """Share of the decisions that are right.

    The rarer a class, the less its errors show: here to be seen beside the others, not to
    choose by. Also the recall weighted by the rows of each class.
    """
    return ratio(np.trace(c.matrix, axis1=-2, axis2=-1), c.matrix.sum(axis=(-2, -1)))


@metric("balanced_accuracy", kind="label", many=True, reference="10.1109/ICPR.2010.764")
def balanced_accuracy(c: Confusion) -> Floats:
    """Mean recall of the classes that have rows; one over their number is chance.

    Use it when every class counts the same, however rare one is. With two classes, the mean of
    recall and specificity.
    """
    return average(recall(c.each), (c.support > 0).astype(np.float64))


@metric("g_mean", kind="label", many=True, reference="Kubat and Matwin, ICML 1997")
def g_mean(c: Confusion) -> Floats:
    """Geometric mean of the recalls of all classes; 0 if any class is never found.

    Use it instead of balanced accuracy when no class may be given up. With two classes, of
    recall and specificity.
    """
    present = appears(c)
    share = ratio(present, present.sum(axis=-1, keepdims=True))
    return np.asarray(np.prod(recall(c.each) ** share, axis=-1))


@metric(
    "mcc",
    kind="label",
    many=True,
    low=-1.0,
    reference="10.1016/0005-2795(75)90109-9",
)
def mcc(c: Confusion) -> Floats:
    """Matthews correlation between truth and decision; 0 is chance.

    High only if every class is found and every alarm is right; it needs no choice of a positive
    class. With many classes, the form of Gorodkin (10.1016/j.compbiolchem.2004.09.006).
    """
    each = c.each
    truth = (c.support * (each.fp + each.tn)).sum(axis=-1)
    said = ((each.tp + each.fp) * (each.fn + each.tn)).sum(axis=-1)
    return ratio(agreement(c), np.sqrt(truth * said))


@metric(
    "cohen_kappa",
    kind="label",
    many=True,
    low=-1.0,
    reference="10.1177/001316446002000104",
)
def cohen_kappa(c: Confusion) -> Floats:
    """Agreement of truth and decision beyond chance; 0 is chance.

    Use it where results must compare with literature that reports it; `mcc` depends less on how
    often each class is decided.
    """
    each = c.each
    room = (c.support * (each.fn + each.tn)).sum(axis=-1)
    return ratio(agreement(c), room)


@metric("macro_f2", kind="label", many=True)
def macro_f2(c: Confusion) -> Floats:
    """Mean F2 of the classes, each against the rest.

    Use it when every class counts the same and a missed row costs more than a false alarm.
    """
    return average(f_beta(c.each, 2.0), appears(c))


@metric("macro_f1", kind="label", many=True)
def macro_f1(c: Confusion) -> Floats:
    """Mean F1 of the classes, each against the rest.

    Use it when every class counts the same and so do missed rows and false alarms.
    """
    return average(f_beta(c.each, 1.0), appears(c))


@metric("macro_precision", kind="label", many=True)
def macro_precision(c: Confusion) -> Floats:
    """Mean precision of the classes; a class that is never decided counts 0.

    Read it beside `macro_recall`: alone it rewards deciding a rare class hardly ever.
    """
    return average(precision(c.each), appears(c))


@metric("macro_recall", kind="label", many=True)
def macro_recall(c: Confusion) -> Floats:
    """Mean recall of the classes.

    Use it to report under this name; it is `balanced_accuracy`, except that a class that is
    decided but has no rows counts 0 here.
    """
    return average(recall(c.each), appears(c))


@metric("weighted_f2", kind="label", many=True)
def weighted_f2(c: Confusion) -> Floats:
    """Mean F2 of the classes, each by its rows.

    Use it when rows count the same, not classes; frequent classes decide it.
    """
    return average(f_beta(c.each, 2.0), c.support)


@metric("weighted_f1", kind="label", many=True)
def weighted_f1(c: Confusion) -> Floats:
    """Mean F1 of the classes, each by its rows.

    Use it when rows count the same, not classes; frequent classes decide it.
    """
    return average(f_beta(c.each, 1.0), c.support)


@metric("weighted_precision", kind="label", many=True)
def weighted_precision(c: Confusion) -> Floats:
    """Mean precision of the classes, each by its rows.

    Read it beside `accuracy`, which is the recall weighted in the same way.
    """
    return average(precision(c.each), c.support)
