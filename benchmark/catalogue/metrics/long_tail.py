"""Recall of frequent and of rare classes: thirds of the classes by their training rows.

On large sets the literature cuts at more than 100 and fewer than 20 training rows (Liu et al.,
arXiv 1904.05160). Thirds need no such sizes: none is empty from three classes on, and where folds
differ by a row they are the same in each. With ten classes they are 4, 3 and 3; of classes with
as many rows the first is the more frequent.
"""

from collections.abc import Sequence

import numpy as np

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.metrics.label import recall
from benchmark.catalogue.registry import metric
from benchmark.types import Floats


def recall_of_third(c: Confusion, counts: Sequence[int], third: int) -> Floats:
    """Mean recall of the classes of a third, 0 the most frequent; NaN where none has rows."""
    order = np.argsort(-np.asarray(counts), kind="stable")
    classes = np.array_split(order, 3)[third]
    there = c.support[..., classes] > 0
    found = np.where(there, recall(c.each)[..., classes], 0.0).sum(axis=-1)
    shown = there.sum(axis=-1)
    return np.where(shown > 0, found / np.maximum(shown, 1), np.nan)


@metric("head_recall", kind="label", many=True, needs=("counts",), reference="arXiv 1904.05160")
def head_recall(c: Confusion, counts: Sequence[int]) -> Floats:
    """Mean recall of the third of the classes with the most training rows.

    Read it beside `tail_recall`: what a remedy for rare classes costs the frequent ones.
    """
    return recall_of_third(c, counts, 0)


@metric("medium_recall", kind="label", many=True, needs=("counts",), reference="arXiv 1904.05160")
def medium_recall(c: Confusion, counts: Sequence[int]) -> Floats:
    """Mean recall of the classes that are neither among the most nor the least frequent third.

    Use it to complete `head_recall` and `tail_recall`.
    """
    return recall_of_third(c, counts, 1)


@metric("tail_recall", kind="label", many=True, needs=("counts",), reference="arXiv 1904.05160")
def tail_recall(c: Confusion, counts: Sequence[int]) -> Floats:
    """Mean recall of the third of the classes with the fewest training rows.

    Use it with `long_tail`, or with many classes of very unequal size, to see what a remedy for
    rare classes gains.
    """
    return recall_of_third(c, counts, 2)
