"""Metrics of probabilities: whether 0.2 means one in five."""

import numpy as np

from benchmark.catalogue.registry import metric
from benchmark.types import Floats, Integers


@metric(
    "brier",
    kind="probability",
    greater_is_better=False,
    reference="Brier, Monthly Weather Review 78(1), 1950",
)
def brier(y: Integers, probabilities: Floats) -> float:
    """Mean squared error of the probability of the positive class.

    Saying the share of positives p to every row gives p (1 - p): with rare positives that is
    small already.
    """
    return float(np.mean((probabilities - y) ** 2))


@metric("log_loss", kind="probability", greater_is_better=False, high=np.inf)
def log_loss(y: Integers, probabilities: Floats) -> float:
    """Mean negative log-likelihood; probabilities are clipped by the machine epsilon.

    Use it where a sure mistake must cost much; one of them can outweigh all other rows.
    """
    epsilon = np.finfo(np.float64).eps
    p = np.clip(probabilities, epsilon, 1 - epsilon)
    return float(-np.mean(np.where(y == 1, np.log(p), np.log1p(-p))))


@metric(
    "expected_calibration_error",
    kind="probability",
    greater_is_better=False,
    reference="10.1609/aaai.v29i1.9602",
)
def expected_calibration_error(y: Integers, probabilities: Floats, bins: int = 10) -> float:
    """Expected calibration error: gap between promise and truth over ten equal-width bins.

    Each bin counts by its rows. Sensitive to the bins when there are few positives.
    """
    index = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    truth = np.bincount(index, weights=y, minlength=bins)
    promise = np.bincount(index, weights=probabilities, minlength=bins)
    return float(np.abs(truth - promise).sum() / len(y))
