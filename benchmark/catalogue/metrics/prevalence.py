"""Metrics as they would be at the share of positives that is met in deployment.

Tables of rare events are often thinned, which flatters precision. Recall and false-positive
rate stay as measured; the classes are weighted to the share asked for.
"""

import numpy as np
from sklearn import metrics

from benchmark.catalogue.confusion import Confusion
from benchmark.catalogue.metrics.label import f_beta, precision, ratio
from benchmark.catalogue.registry import metric
from benchmark.types import Floats, Integers


def deployed(c: Confusion, prevalence: float) -> Confusion:
    """The shares of all rows in deployment, of the counts of two classes."""
    positives, negatives = c.tp + c.fn, c.fp + c.tn
    return Confusion.binary(
        tp=prevalence * ratio(c.tp, positives),
        fp=(1 - prevalence) * ratio(c.fp, negatives),
        fn=prevalence * ratio(c.fn, positives),
        tn=(1 - prevalence) * ratio(c.tn, negatives),
    )


@metric(
    "deployed_precision",
    kind="label",
    needs=("prevalence",),
    reference="10.1007/978-3-030-44584-3_36",
)
def deployed_precision(c: Confusion, prevalence: float) -> Floats:
    """Share of the alarms that will be right at the prevalence of deployment.

    Use it whenever positives are rarer in deployment than in the table; precision from such a
    table promises too much.
    """
    return precision(deployed(c, prevalence))


@metric(
    "deployed_f1", kind="label", needs=("prevalence",), reference="10.1007/978-3-030-44584-3_36"
)
def deployed_f1(c: Confusion, prevalence: float) -> Floats:
    """F1 at the prevalence of deployment.

    Use it to choose a rule, or its threshold, on a table that was thinned beforehand.
    """
    return f_beta(deployed(c, prevalence), 1.0)


@metric(
    "deployed_f2", kind="label", needs=("prevalence",), reference="10.1007/978-3-030-44584-3_36"
)
def deployed_f2(c: Confusion, prevalence: float) -> Floats:
    """F2 at the prevalence of deployment.

    Use it to choose a rule, or its threshold, on a table that was thinned beforehand, when a
    missed positive costs more than a false alarm.
    """
    return f_beta(deployed(c, prevalence), 2.0)


@metric(
    "deployed_average_precision",
    kind="ranking",
    needs=("prevalence",),
    reference="10.1007/978-3-030-44584-3_36",
)
def deployed_average_precision(y: Integers, scores: Floats, prevalence: float) -> float:
    """Average precision at the prevalence of deployment, which is chance.

    Use it to rank models on a table that was thinned beforehand; the order of two models can
    differ from that of the plain form.
    """
    weights = np.where(y == 1, prevalence / np.mean(y == 1), (1 - prevalence) / np.mean(y == 0))
    return float(metrics.average_precision_score(y, scores, sample_weight=weights))
