"""Metrics of the order that scores give; no threshold is needed."""

from sklearn import metrics

from benchmark.catalogue.registry import metric
from benchmark.types import Floats, Integers


@metric("roc_auc", kind="ranking", reference="10.1148/radiology.143.1.7063747")
def roc_auc(y: Integers, scores: Floats) -> float:
    """Chance that a positive is ranked above a negative; 0.5 is chance.

    It hardly moves with the imbalance: compare it with average precision.
    """
    return float(metrics.roc_auc_score(y, scores))


@metric("average_precision", kind="ranking", reference="10.1145/1143844.1143874")
def average_precision(y: Integers, scores: Floats) -> float:
    """Mean precision over the recalls reached; the share of positives is chance.

    Use it when only the top of the list is acted on; it shows what AUC hides.
    """
    return float(metrics.average_precision_score(y, scores))
