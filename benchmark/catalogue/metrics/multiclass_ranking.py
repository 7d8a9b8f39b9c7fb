"""Metrics of the order that scores give to many classes; scores have one column a class."""

from itertools import combinations

import numpy as np

from benchmark.catalogue.metrics.ranking import average_precision
from benchmark.catalogue.registry import metric
from benchmark.types import Floats, Integers


def area(higher: Floats, lower: Floats) -> float:
    """Chance that a score of the first is above one of the second; equal ones count half."""
    ordered = np.sort(lower)
    below = ordered.searchsorted(higher, "left") + ordered.searchsorted(higher, "right")
    return float(below.mean() / (2 * len(lower)))


@metric("hand_till_auc", kind="ranking", many=True, reference="10.1023/A:1010920819831")
def hand_till_auc(y: Integers, scores: Floats) -> float:
    """Mean AUC of all pairs of classes, each by the scores of both; 0.5 is chance.

    Use it as the AUC of many classes: like it, it does not depend on how rare each class is.
    With two classes it is `roc_auc`.
    """
    rows = [scores[y == k] for k in range(scores.shape[1])]
    pairs = [
        area(rows[i][:, i], rows[j][:, i]) + area(rows[j][:, j], rows[i][:, j])
        for i, j in combinations(range(len(rows)), 2)
    ]
    return float(np.mean(pairs) / 2)


@metric("ovr_auc", kind="ranking", many=True, reference="10.1016/j.patrec.2005.10.010")
def ovr_auc(y: Integers, scores: Floats) -> float:
    """Mean AUC of each class against the rest; 0.5 is chance.

    Cheaper than `hand_till_auc` with very many classes; it moves with their shares, since the
    rest is mostly the frequent ones.
    """
    classes = range(scores.shape[1])
    return float(np.mean([area(scores[y == k, k], scores[y != k, k]) for k in classes]))


@metric("macro_average_precision", kind="ranking", many=True)
def macro_average_precision(y: Integers, scores: Floats) -> float:
    """Mean average precision of each class against the rest; the mean share is chance.

    Use it when the rows most surely of each class are acted on; it shows what AUC hides.
    """
    classes = range(scores.shape[1])
    truth = [(y == k).astype(np.int64) for k in classes]
    return float(np.mean([average_precision(truth[k], scores[:, k]) for k in classes]))
