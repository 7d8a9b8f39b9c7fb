"""How probable it is that a treatment is better, equivalent or worse; only this imports baycomp."""

from collections.abc import Hashable

import numpy as np
import pandas as pd
from scipy.stats import beta

from benchmark.analysis.scores import DECIMALS, label, values_of
from benchmark.analysis.stats import ROPE, NotRun, families
from benchmark.errors import BenchmarkError

TEST = "the Bayesian signed-rank test"
SURE = 0.95
PRIOR = 0.5  # baycomp's weight of one dataset without any difference


def signed_rank(
    scores: pd.DataFrame,
    control: Hashable,
    seed: int,
    rope: float = ROPE,
    samples: int = 50_000,
) -> pd.DataFrame | NotRun:
    """The probability that each treatment is worse than the control, equivalent, or better.

    Equivalent is a difference of at most `rope` (Benavoli et al., Time for a change, JMLR 18,
    2017). About a second a treatment; columns `worse`, `equivalent`, `better` add up to 1.
    """
    if rope <= 0:
        raise BenchmarkError(f"the region of practical equivalence is {rope}; it must be above 0")
    values = values_of(scores)
    treatments = list(scores.columns)
    surest = _surest(len(values))
    if surest < SURE:
        there = families(len(values))
        reason = f"{there} cannot make it surer than {surest:.2f}, and {SURE} is sure"
        return NotRun(TEST, reason)
    if control not in treatments:
        return NotRun(TEST, f"the control {label(control)} has no complete scores")
    from baycomp import SignedRankTest

    at = treatments.index(control)
    others = np.arange(len(treatments)) != at
    gains = np.round(values[:, others] - values[:, [at]], DECIMALS)
    found = [
        SignedRankTest(np.zeros(len(gain)), gain, rope, nsamples=samples, random_state=seed).probs()
        for gain in gains.T
    ]
    columns = ["worse", "equivalent", "better"]
    return pd.DataFrame(np.reshape(found, (-1, 3)), scores.columns[others], columns)


def _surest(datasets: int) -> float:
    """The highest probability that any gains reach.

    However large they are, the prior's own pair stays equivalent: its share is the square of its
    weight, which is Beta-distributed, and it must be below a half.
    """
    return float(beta.cdf(np.sqrt(0.5), PRIOR, datasets)) if datasets else 0.0
