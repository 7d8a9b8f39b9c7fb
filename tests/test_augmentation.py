"""Jitter and mixup make rows as their definitions say."""

from typing import Any

import numpy as np
import pytest
from contracts import clouds
from scipy import stats

from benchmark.catalogue import compose
from benchmark.catalogue.strategies.augmentation import Jitter, Mixup
from benchmark.space import Defaults
from benchmark.types import Task

TASK = Task(seed=5, class_counts=(110, 40), n_columns=4)
NAMES = ("gaussian_jitter", "mixup")


def resampled(name: str, X: Any, y: Any, **params: Any) -> tuple[Any, Any]:
    space = Defaults(compose.fixed(params, {}))
    return compose.build(name, "decision_tree", space, TASK, TASK).sampler.fit_resample(X, y)


def rows() -> tuple[Any, Any]:
    dataset = clouds()
    return dataset.X.to_numpy() * [1, 10, 100, 0], dataset.y


@pytest.mark.parametrize("name", NAMES)
def test_real_rows_come_first_and_unchanged_and_new_ones_are_rare(name: str) -> None:
    X, y = rows()

    X_new, y_new = resampled(name, X, y)

    np.testing.assert_array_equal(X_new[:150], X)
    np.testing.assert_array_equal(y_new[:150], y)
    assert set(y_new[150:]) == {1}
    assert len(y_new) == 220


@pytest.mark.parametrize("name", NAMES)
def test_every_small_class_of_many_gets_rows_of_its_own(name: str) -> None:
    y = np.repeat([0, 1, 2], [60, 20, 10])
    X = 100.0 * y[:, np.newaxis] + np.random.default_rng(0).normal(size=(90, 4))

    X_new, y_new = resampled(name, X, y, balance=0.5)

    assert np.bincount(y_new).tolist() == [60, 40, 35]
    np.testing.assert_array_equal(np.rint(X_new[:, 0] / 100), y_new)


def test_jitter_is_normal_with_the_share_of_each_columns_deviation() -> None:
    X, y = rows()
    members = np.flatnonzero(y)[:1]

    made = Jitter(0.3)(X, members, 4000, np.random.RandomState(0))

    noise = (made - X[members])[:, :3] / (0.3 * X.std(axis=0)[:3])
    assert stats.kstest(noise.ravel(), "norm").pvalue > 0.01
    np.testing.assert_array_equal(made[:, 3], 0)


def test_jitter_copies_each_rare_row_equally_often() -> None:
    X, y = rows()
    members = np.flatnonzero(y)

    made = Jitter(1e-9)(X, members, 4000, np.random.RandomState(0))

    drawn = np.abs(made[:, np.newaxis] - X[members]).sum(axis=2).argmin(axis=1)
    assert stats.chisquare(np.bincount(drawn, minlength=40)).pvalue > 0.01


def test_one_rare_row_is_enough_for_jitter() -> None:
    X, y = rows()
    kept = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:1]])

    _, y_new = resampled("gaussian_jitter", X[kept], y[kept])

    assert np.bincount(y_new).tolist() == [110, 110]


@pytest.mark.parametrize("alpha", [0.2, 1.0, 3.0])
def test_mixup_shares_follow_the_beta_distribution_between_two_different_rows(
    alpha: float,
) -> None:
    corners = np.eye(5)

    made = Mixup(alpha)(corners, np.array([1, 2, 4]), 3000, np.random.RandomState(0))

    assert np.all(made[:, [0, 3]] == 0)
    np.testing.assert_allclose(made.sum(axis=1), 1)
    assert np.all((made > 1e-300).sum(axis=1) <= 2)
    pairs = np.count_nonzero(made[:, [1, 2, 4]] == 0, axis=0)
    assert pairs.min() >= 1000 - 4 * np.sqrt(3000 * 2 / 9)
    # Both shares of a row are Beta(alpha, alpha); which row comes first is even.
    coin = np.random.default_rng(1).integers(2, size=3000)
    shares = np.sort(made, axis=1)[np.arange(3000), -1 - coin]
    assert stats.kstest(shares, stats.beta(alpha, alpha).cdf).pvalue > 0.01


def test_mixup_of_a_single_row_is_refused_with_the_count() -> None:
    X, y = rows()
    kept = np.concatenate([np.flatnonzero(y == 0), np.flatnonzero(y == 1)[:1]])

    with pytest.raises(ValueError, match="mixup needs 2 rows of a class to mix, and there is 1"):
        resampled("mixup", X[kept], y[kept])
