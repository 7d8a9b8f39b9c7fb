"""Metrics of decisions with one value for each class."""

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.metrics.label import f_beta, precision, recall
from benchmark.catalogue.registry import metric
from benchmark.types import Floats


@metric("recall_each", kind="label", many=True, each=True)
def recall_each(c: Confusion) -> Floats:
    """Share of the rows of each class that are found.

    Use it to see which class a mean hides; the first thing to look at with many classes.
    """
    return recall(c.each)


@metric("precision_each", kind="label", many=True, each=True)
def precision_each(c: Confusion) -> Floats:
    """Share of the decisions for each class that are right.

    Use it to see where the rows of a rare class that is not found went.
    """
    return precision(c.each)


@metric("f1_each", kind="label", many=True, each=True)
def f1_each(c: Confusion) -> Floats:
    """F1 of each class against the rest.

    Use it to see which class `macro_f1` loses by.
    """
    return f_beta(c.each, 1.0)


@metric("f2_each", kind="label", many=True, each=True)
def f2_each(c: Confusion) -> Floats:
    """F2 of each class against the rest.

    Use it to see which class `macro_f2` loses by.
    """
    return f_beta(c.each, 2.0)
