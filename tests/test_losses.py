"""The focal loss: derivatives against numerical ones, boosters against their own loss."""

from typing import Any

import numpy as np
import pytest
from contracts import clouds
from hypothesis import given
from hypothesis import strategies as st
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from xgboost import XGBClassifier

from benchmark.catalogue.registry import STRATEGIES
from benchmark.catalogue.resampling import Resampled
from benchmark.catalogue.strategies.losses import FocalBooster, FocalLoss
from benchmark.errors import Incompatible
from benchmark.space import Defaults
from benchmark.types import Task

TASK = Task(seed=0, class_counts=(110, 40), n_columns=4)
DATA = clouds(rows=300, positives=60)
X, Y = DATA.X.to_numpy(), DATA.y
XGBOOST = XGBClassifier(n_estimators=20, n_jobs=1)
LIGHTGBM = LGBMClassifier(n_estimators=20, n_jobs=1, verbosity=-1)
BOOSTERS = pytest.mark.parametrize("booster", [XGBOOST, LIGHTGBM], ids=["xgboost", "lightgbm"])
STEP = 1e-5
MARGINS = np.linspace(-8, 8, 41)
GAMMAS = pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
CLASSES = pytest.mark.parametrize("code", [0, 1])


def derivative(function: Any, code: int) -> Any:
    """The central difference quotient at the margins."""
    y = np.full(len(MARGINS), code)
    return (function(y, MARGINS + STEP) - function(y, MARGINS - STEP)) / (2 * STEP)


@CLASSES
@GAMMAS
def test_the_gradient_is_the_slope_of_the_loss(gamma: float, code: int) -> None:
    focal = FocalLoss(gamma, alpha=0.3)

    assert focal.gradient(np.full(len(MARGINS), code), MARGINS) == pytest.approx(
        derivative(focal.loss, code), rel=1e-6, abs=1e-9
    )


@CLASSES
@GAMMAS
def test_the_hessian_is_the_slope_of_the_gradient(gamma: float, code: int) -> None:
    focal = FocalLoss(gamma, alpha=0.3)

    assert focal.hessian(np.full(len(MARGINS), code), MARGINS) == pytest.approx(
        derivative(focal.gradient, code), rel=1e-6, abs=1e-9
    )


@CLASSES
@GAMMAS
def test_the_loss_is_the_formula_of_the_paper(gamma: float, code: int) -> None:
    p = 1 / (1 + np.exp(-MARGINS))
    chance, alpha = (p, 0.3) if code else (1 - p, 0.7)

    assert FocalLoss(gamma, 0.3).loss(np.full(len(p), code), MARGINS) == pytest.approx(
        -alpha * (1 - chance) ** gamma * np.log(chance), rel=1e-9
    )


def test_an_easy_row_loses_a_hundred_times_less_than_by_cross_entropy() -> None:
    """Lin et al., section 3.2: gamma 2 and a probability of 0.9."""
    y, margin = np.array([1]), np.log([0.9 / 0.1])

    ratio = FocalLoss(0.0, 0.5).loss(y, margin) / FocalLoss(2.0, 0.5).loss(y, margin)

    assert ratio == pytest.approx(100)


def test_without_gamma_and_with_equal_weights_it_is_half_the_logistic_loss() -> None:
    half = FocalLoss(gamma=0.0, alpha=0.5)
    y = np.arange(len(MARGINS)) % 2
    p = 1 / (1 + np.exp(-MARGINS))

    gradient, hessian = half(y, MARGINS)

    assert half.loss(y, MARGINS).mean() == pytest.approx(log_loss(y, p) / 2)
    assert gradient == pytest.approx((p - y) / 2)
    assert hessian == pytest.approx(p * (1 - p) / 2)


@given(
    gamma=st.floats(0, 5), alpha=st.floats(0.05, 0.95), margin=st.floats(-700, 700),
    code=st.integers(0, 1),
)  # fmt: skip
def test_steps_are_finite_and_no_longer_than_a_log_odd(
    gamma: float, alpha: float, margin: float, code: int
) -> None:
    gradient, hessian = FocalLoss(gamma, alpha)(np.array([code]), np.array([margin]))

    assert np.isfinite(gradient).all()
    assert hessian >= 1e-16
    assert min(gamma, 1.0) * abs(gradient) <= hessian


def test_a_row_that_is_badly_wrong_has_a_negative_hessian_and_a_positive_step() -> None:
    focal = FocalLoss(2.0, 0.25)
    y, margin = np.array([1]), np.array([-3.0])

    assert focal.hessian(y, margin) < 0
    assert focal.step_hessian(y, margin) == pytest.approx(np.abs(focal.gradient(y, margin)))


def test_a_row_that_is_told_apart_keeps_its_hessian() -> None:
    focal = FocalLoss(2.0, 0.25)
    y, margin = np.array([1, 0]), np.array([2.0, -2.0])

    assert focal.step_hessian(y, margin) == pytest.approx(focal.hessian(y, margin), rel=1e-15)


def test_scale_and_weights_of_rows_multiply_gradient_and_hessian() -> None:
    y, margin, weights = np.array([1, 0, 1]), np.array([-1.0, 0.5, 2.0]), np.array([1.0, 3.0, 0.5])
    one = FocalLoss(2.0, 0.25)(y, margin)

    many = FocalLoss(2.0, 0.25, scale=4.0)(y, margin, sample_weight=weights)

    assert many[0] == pytest.approx(4 * weights * one[0])
    assert many[1] == pytest.approx(4 * weights * one[1])


@pytest.mark.parametrize("weights", [None, np.arange(300.0) % 3 + 1])
def test_without_gamma_a_booster_learns_what_its_own_logistic_loss_teaches(weights: Any) -> None:
    share = np.average(Y, weights=weights)
    for booster, own, tolerance in (
        (XGBOOST, XGBClassifier(n_estimators=20, base_score=share, n_jobs=1), 1e-5),
        (LIGHTGBM, LIGHTGBM, 1e-9),
    ):
        found = FocalBooster(booster, gamma=0.0).fit(X, Y, row_weights=weights).predict_proba(X)

        expected = own.fit(X, Y, sample_weight=weights).predict_proba(X)
        assert found == pytest.approx(expected, rel=tolerance)


@BOOSTERS
def test_boosting_starts_at_the_share_of_the_positives(booster: Any) -> None:
    still = FocalBooster(clone(booster).set_params(learning_rate=1e-9), gamma=2.0, alpha=0.25)

    assert still.fit(X, Y).predict_proba(X)[:, 1] == pytest.approx(np.full(300, 0.2), rel=1e-5)


@BOOSTERS
@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [0.1, 0.25, 0.9])
def test_boosting_lowers_the_loss_that_it_is_given(
    booster: Any, gamma: float, alpha: float
) -> None:
    focal = FocalLoss(gamma, alpha)

    p = FocalBooster(booster, gamma, alpha).fit(X, Y).predict_proba(X)[:, 1]

    start = focal.loss(Y, np.log(0.2 / 0.8)).mean()
    assert focal.loss(Y, np.log(p / (1 - p))).mean() < 0.6 * start


@BOOSTERS
def test_decisions_are_the_likelier_class(booster: Any) -> None:
    fitted = FocalBooster(booster, gamma=2.0, alpha=0.25).fit(X, Y)

    p = fitted.predict_proba(X)
    assert p.sum(axis=1) == pytest.approx(np.ones(300))
    assert (fitted.predict(X) == p.argmax(axis=1)).all()
    assert 0 < fitted.predict(X).sum() < 300


def test_a_sample_without_the_rare_class_is_learnt_all_the_same() -> None:
    for booster in (XGBOOST, LIGHTGBM):
        p = FocalBooster(booster, gamma=2.0).fit(X, np.zeros(300, dtype=np.int64)).predict_proba(X)

        assert p[:, 1].max() < 0.01


def built(name: str, classifier: Any, task: Task = TASK) -> Any:
    return STRATEGIES.get(name).function(classifier, Defaults().scoped("strategy"), task)


def test_class_balance_is_the_focal_loss_with_weights_of_effective_numbers() -> None:
    found = built("class_balanced_focal_loss", XGBOOST).fit(X, Y).predict_proba(X)

    effective = np.array([1 - 0.999**240, 1 - 0.999**60])
    weights = (1 / effective)[Y]
    plain = FocalBooster(XGBOOST, gamma=2.0).fit(X, Y, row_weights=weights / weights.mean())
    assert found == pytest.approx(plain.predict_proba(X), rel=1e-4)


@pytest.mark.parametrize("name", ["focal_loss", "class_balanced_focal_loss"])
@pytest.mark.parametrize("classifier", [LogisticRegression(), Resampled(None, XGBOOST)])
def test_another_model_is_refused(name: str, classifier: Any) -> None:
    with pytest.raises(Incompatible, match="needs xgboost, lightgbm or a network"):
        built(name, classifier)


@pytest.mark.parametrize("name", ["focal_loss", "class_balanced_focal_loss"])
@BOOSTERS
def test_a_booster_is_refused_where_there_are_many_classes(name: str, booster: Any) -> None:
    many = Task(seed=0, class_counts=(110, 40, 20), n_columns=4)

    with pytest.raises(Incompatible, match="needs two classes or a network; there are 3 classes"):
        built(name, booster, many)
