"""Metrics of probabilities as a whole, one column a class."""

import numpy as np

from benchmark.catalogue.registry import metric
from benchmark.types import Floats, Integers


@metric(
    "brier",
    kind="probability",
    many=True,
    greater_is_better=False,
    reference="Brier, Monthly Weather Review 78(1), 1950",
)
def brier(y: Integers, probabilities: Floats) -> float:
    """Squared error of the probabilities: half the sum over the classes, the mean over the rows.

    Saying the share of positives p to every row gives p (1 - p): with rare positives that is
    small already. With two classes, the squared error of the positive one; with more, half of
    what Brier and scikit-learn add up, so that the worst is always 1.
    """
    truth = np.eye(probabilities.shape[1])[y]
    return float(np.square(probabilities - truth).sum(axis=1).mean() / 2)


@metric(
    "brier_skill_score",
    kind="probability",
    many=True,
    low=-np.inf,
    reference="Wilks, Statistical Methods in the Atmospheric Sciences, 1995",
)
def brier_skill_score(y: Integers, probabilities: Floats) -> float:
    """Share of the Brier score of always saying the shares of the classes that is saved.

    Use it instead of `brier` to compare datasets: 0 is knowing the shares of these very rows,
    below 0 is worse. NaN on rows of one class.
    """
    shares = np.bincount(y, minlength=probabilities.shape[1]) / len(y)
    ignorant = (1 - np.square(shares).sum()) / 2
    return float(1 - brier(y, probabilities) / ignorant) if ignorant else np.nan


@metric("log_loss", kind="probability", many=True, greater_is_better=False, high=np.inf)
def log_loss(y: Integers, probabilities: Floats) -> float:
    """Mean negative log-likelihood; probabilities are at least the machine epsilon.

    Use it where a sure mistake must cost much; one of them can outweigh all other rows.
    """
    own = probabilities[np.arange(len(y)), y]
    return float(-np.log(np.maximum(own, np.finfo(np.float64).eps)).mean())
