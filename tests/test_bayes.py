"""The Bayesian signed-rank test against its definition, a closed form and autorank."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from autorank import autorank
from scipy.stats import beta

from benchmark.analysis.bayes import signed_rank
from benchmark.analysis.stats import NotRun
from benchmark.errors import BenchmarkError
from benchmark.types import Floats

SAMPLES = 20_000
NOISE = 0.015  # four standard errors of a probability from so many samples


def found_for(gains: list[float] | Floats, seed: int = 1, rope: float = 0.01) -> list[float]:
    scores = pd.DataFrame({"none": np.full(len(gains), 0.5), "smote": 0.5 + np.asarray(gains)})
    found = signed_rank(scores, "none", seed, rope, SAMPLES)
    assert isinstance(found, pd.DataFrame)
    return found.loc["smote", ["worse", "equivalent", "better"]].tolist()


def defined(gains: Floats, rope: float) -> Floats:
    """Benavoli et al. (2017), section 4.2: which region holds most of the weight of all means."""
    random = np.random.default_rng(9)
    with_prior = np.append(gains, 0.0)
    means = (with_prior[:, None] + with_prior) / 2
    weights = random.dirichlet([*np.ones(len(gains)), 0.5], SAMPLES)
    regions = np.stack([means < -rope, np.abs(means) <= rope, means > rope]).astype(float)
    masses = np.einsum("si,rij,sj->sr", weights, regions, weights)
    return np.bincount(masses.argmax(axis=1), minlength=3) / SAMPLES


@pytest.mark.parametrize("mean", [-0.02, 0.0, 0.008, 0.03])
def test_probabilities_are_those_of_the_definition(mean: float) -> None:
    gains = np.random.default_rng(3).normal(mean, 0.02, 15)

    assert found_for(gains) == pytest.approx(defined(gains, 0.01).tolist(), abs=NOISE)


@pytest.mark.parametrize("datasets", [2, 3, 5])
def test_gains_beyond_the_region_leave_only_the_prior_in_doubt(datasets: int) -> None:
    better = beta.cdf(np.sqrt(0.5), 0.5, datasets)

    assert found_for([0.1] * datasets) == pytest.approx([0, 1 - better, better], abs=NOISE)
    assert found_for([-0.1] * datasets) == pytest.approx([better, 1 - better, 0], abs=NOISE)


def test_autorank_finds_the_same() -> None:
    random = np.random.default_rng(4)
    scores = pd.DataFrame(random.normal([0.55, 0.53, 0.5], 0.03, (20, 3)), columns=list("abc"))
    scores = scores.round(6)
    theirs = autorank(
        scores, approach="bayesian", rope=0.01, rope_mode="absolute", nsamples=SAMPLES,
        force_mode="nonparametric", random_state=1,
    ).rankdf  # fmt: skip
    found = signed_rank(scores, "a", 1, 0.01, SAMPLES)

    assert theirs.index[0] == "a"
    assert isinstance(found, pd.DataFrame)
    expected = theirs.loc[found.index, ["p_smaller", "p_equal"]].to_numpy(dtype=float)
    assert found[["worse", "equivalent"]].to_numpy() == pytest.approx(expected, abs=1e-6)


def test_the_same_scores_are_equivalent() -> None:
    assert found_for([0.0] * 10) == [0, 1, 0]


def test_probabilities_add_up_and_follow_the_seed() -> None:
    gains = np.random.default_rng(3).normal(0.01, 0.02, 15)

    assert sum(found_for(gains)) == pytest.approx(1)
    assert found_for(gains) == found_for(gains)
    assert found_for(gains) != found_for(gains, seed=2)


def test_one_dataset_cannot_make_it_sure() -> None:
    scores = pd.DataFrame({"none": [0.1, 0.2], "smote": [0.5, 0.6]})
    one = signed_rank(scores[:1], "none", 1)

    assert isinstance(one, NotRun)
    assert one.reason == "1 family of datasets cannot make it surer than 0.84, and 0.95 is sure"
    assert isinstance(signed_rank(scores[:0], "none", 1), NotRun)
    assert isinstance(signed_rank(scores, "none", 1, samples=10), pd.DataFrame)


def test_a_control_that_was_left_out_is_named() -> None:
    found = signed_rank(pd.DataFrame({"smote": [0.5, 0.6]}), "none", 1)

    assert isinstance(found, NotRun)
    assert found.reason == "the control none has no complete scores"


def test_a_control_alone_is_compared_with_nothing() -> None:
    found = signed_rank(pd.DataFrame({"none": [0.5, 0.6]}), "none", 1)

    assert isinstance(found, pd.DataFrame)
    assert found.empty


def test_a_region_without_width_is_refused() -> None:
    with pytest.raises(BenchmarkError, match="equivalence is 0; it must be above 0"):
        found_for([0.1] * 5, rope=0)


def test_only_asking_for_it_imports_the_library() -> None:
    code = "import sys, benchmark.analysis.bayes; print('baycomp' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert shown.stdout == "False\n"
