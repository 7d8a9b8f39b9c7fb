"""Metrics of calibration: whether 0.2 means one in five."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from benchmark.catalogue.registry import metric
from benchmark.types import Floats, Integers


def log_odds(probabilities: Floats) -> Floats:
    """Log-odds; probabilities are kept 1e-8 from certainty."""
    return np.asarray(logit(np.clip(probabilities, 1e-8, 1 - 1e-8)))


def overlap(positive: Floats, negative: Floats) -> bool:
    """Whether no threshold parts the two, so that a logistic fit has finite coefficients."""
    if len(positive) == 0 or len(negative) == 0:
        return False
    return bool(negative.max() > positive.min() and positive.max() > negative.min())


@metric(
    "calibration_slope",
    kind="probability",
    target=1.0,
    low=-np.inf,
    high=np.inf,
    reference="10.1186/s12916-019-1466-7",
)
def calibration_slope(y: Integers, probabilities: Floats) -> float:
    """Slope of the logistic regression of the truth on the log-odds of the probabilities.

    1 is right; below 1 the probabilities are too extreme, the sign of overfitting; above 1 too
    timid. A shift by resampling moves the intercept, not the slope. NaN where no slope is
    finite: one class, or a threshold that parts the classes. From Cox
    (10.1093/biomet/45.3-4.562).
    """
    evidence = log_odds(probabilities)
    if not overlap(evidence[y == 1], evidence[y == 0]):
        return np.nan
    line = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12)
    return float(line.fit(evidence.reshape(-1, 1), y).coef_[0, 0])


@metric(
    "calibration_intercept",
    kind="probability",
    target=0.0,
    low=-np.inf,
    high=np.inf,
    reference="10.1186/s12916-019-1466-7",
)
def calibration_intercept(y: Integers, probabilities: Floats) -> float:
    """Calibration in the large: what must be added to the log-odds to give the share of positives.

    0 is right; below 0 the probabilities are too high, as after oversampling or weighting
    without correction. The slope is held at 1. NaN on rows of one class.
    """
    share = float(np.mean(y))
    if share in (0.0, 1.0):
        return np.nan
    evidence = log_odds(probabilities)
    middle = float(logit(share))
    lowest, highest = middle - evidence.max() - 1, middle - evidence.min() + 1
    return float(brentq(lambda a: expit(evidence + a).mean() - share, lowest, highest, xtol=1e-12))


def gaps(y: Integers, probabilities: Floats, bins: int) -> tuple[Floats, Floats]:
    """Sum over the rows of promise minus truth, and the rows, of each bin of equal width."""
    index = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    truth = np.bincount(index, weights=y, minlength=bins)
    promise = np.bincount(index, weights=probabilities, minlength=bins)
    return np.abs(truth - promise), np.bincount(index, minlength=bins).astype(np.float64)


@metric(
    "expected_calibration_error",
    kind="probability",
    greater_is_better=False,
    reference="10.1609/aaai.v29i1.9602",
)
def expected_calibration_error(y: Integers, probabilities: Floats, bins: int = 10) -> float:
    """Mean gap between promise and truth over ten bins of equal width.

    Each bin counts by its rows. Sensitive to the bins when there are few positives.
    """
    gap, _ = gaps(y, probabilities, bins)
    return float(gap.sum() / len(y))


@metric(
    "maximum_calibration_error",
    kind="probability",
    greater_is_better=False,
    reference="10.1609/aaai.v29i1.9602",
)
def maximum_calibration_error(y: Integers, probabilities: Floats, bins: int = 10) -> float:
    """Largest gap between promise and truth over ten bins of equal width.

    Use it where no range of probabilities may mislead. A bin counts however few rows it has, so
    that one row can decide it.
    """
    gap, rows = gaps(y, probabilities, bins)
    return float((gap[rows > 0] / rows[rows > 0]).max())
