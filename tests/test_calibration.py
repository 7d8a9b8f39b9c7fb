"""Calibration is scikit-learn's; the prior correction undoes what a resampling did."""

from typing import Any

import numpy as np
import pytest
from contracts import clouds
from imblearn.under_sampling import RandomUnderSampler
from scipy.optimize import brentq
from scipy.special import expit, logit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from benchmark.catalogue.registry import STRATEGIES
from benchmark.catalogue.resampling import Resampled
from benchmark.catalogue.strategies.calibration import shift
from benchmark.catalogue.strategies.weighting import ClassWeights, MistakeCost
from benchmark.errors import Incompatible
from benchmark.space import Defaults
from benchmark.types import Task

DATA = clouds(rows=600, positives=60)
X, Y = DATA.X.to_numpy(), DATA.y
WEIGHTS = np.arange(600.0) % 3 + 1
FOLDS = StratifiedKFold(5, shuffle=True, random_state=7)
OLD, NEW = 0.11, 0.5
SHARES = np.repeat([0.05, 0.2, 0.5], [800, 100, 100])  # of positives; OLD in all
LABELS = np.concatenate([np.arange(800) < 40, np.arange(100) < 20, np.arange(100) < 50])


def elkan(p: Any) -> Any:
    """Elkan (2001), theorem 2: the same row, were the positives a share of NEW and not OLD."""
    return NEW * (p - p * OLD) / (OLD - p * OLD + NEW * p - OLD * NEW)


def two(p: Any) -> Any:
    return np.log(np.column_stack([1 - p, p]))


def built(name: str, classifier: Any) -> Any:
    task = Task(seed=7, class_counts=(540, 60), n_columns=4)
    return STRATEGIES.get(name).function(classifier, Defaults().scoped("strategy"), task)


class CostlyRegression(LogisticRegression):
    """Logistic regression with the weights of MistakeCost((1, 4)) times those of rows."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        weights = np.where(y == 1, 4.0, 1.0)
        return super().fit(X, y, sample_weight * weights / weights.mean())


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration_is_scikit_learns_with_one_fit_on_all_rows(method: str) -> None:
    found = built(f"{method}_calibration", LogisticRegression()).fit(X, Y, row_weights=WEIGHTS)

    plain = CalibratedClassifierCV(LogisticRegression(), method=method, cv=FOLDS, ensemble=False)
    plain.fit(X, Y, sample_weight=WEIGHTS)
    assert found.predict_proba(X) == pytest.approx(plain.predict_proba(X), rel=1e-12)
    assert (found.predict(X) == plain.predict(X)).all()


def test_weights_of_rows_reach_the_model_inside_another_strategy() -> None:
    inside = ClassWeights(LogisticRegression(), MistakeCost((1.0, 4.0)))
    found = built("sigmoid_calibration", inside).fit(X, Y, row_weights=WEIGHTS)

    plain = CalibratedClassifierCV(CostlyRegression(), cv=FOLDS, ensemble=False)
    plain.fit(X, Y, sample_weight=WEIGHTS)
    assert found.predict_proba(X) == pytest.approx(plain.predict_proba(X), rel=1e-12)


@pytest.mark.parametrize("model", [SVC(), RidgeClassifier(), BaggingClassifier(SVC(), 3)])
def test_decision_values_become_probabilities_in_the_same_order(model: Any) -> None:
    found = built("sigmoid_calibration", model).fit(X, Y)

    p = found.predict_proba(X)[:, 1]
    decisions = found.classifier_.calibrated_classifiers_[0].estimator.decision_function(X)
    assert (np.diff(p[np.argsort(decisions)]) >= 0).all()
    assert not hasattr(found, "decision_function")


def test_the_shift_undoes_a_change_of_the_prior() -> None:
    found = shift(two(elkan(SHARES)), LABELS.astype(int))

    assert found == pytest.approx([0.0, np.log(OLD / (1 - OLD))], abs=1e-8)
    assert expit(logit(elkan(SHARES)) + found[1]) == pytest.approx(SHARES)


def test_probabilities_that_are_right_on_average_are_not_shifted() -> None:
    assert shift(two(SHARES), LABELS.astype(int)) == pytest.approx([0.0, 0.0], abs=1e-8)


def test_the_shift_undoes_a_change_of_three_priors() -> None:
    """Saerens et al. (2002), equation 4: multiply by the ratio of the priors, then normalise."""
    p = np.array([[0.7, 0.2, 0.1], [0.1, 0.5, 0.4], [0.2, 0.2, 0.6]])
    y = np.concatenate([np.repeat([0, 1, 2], (row * 10).round().astype(int)) for row in p])
    ratio = np.array([0.2, 3.0, 1.5])
    skewed = np.repeat(p * ratio / (p * ratio).sum(axis=1, keepdims=True), 10, axis=0)

    found = shift(np.log(skewed), y)

    assert found == pytest.approx(np.log(ratio[0] / ratio), abs=1e-8)


@pytest.mark.parametrize("weights", [None, WEIGHTS])
def test_the_mean_probability_out_of_fold_is_the_share_of_the_positives(weights: Any) -> None:
    sampler = RandomUnderSampler(random_state=1)
    inside = Resampled(sampler, LogisticRegression())
    found = built("prior_correction", inside).fit(X, Y, row_weights=weights)

    params = {} if weights is None else {"row_weights": weights}
    p = cross_val_predict(inside, X, Y, cv=FOLDS, method="predict_proba", params=params)[:, 1]
    share = np.average(Y, weights=weights)
    root = brentq(lambda b: np.average(expit(logit(p) + b), weights=weights) - share, -20, 20)
    assert found.shift_ == pytest.approx([0.0, root], abs=1e-8)


def test_predictions_are_shifted_and_keep_their_order() -> None:
    inside = Resampled(RandomUnderSampler(random_state=1), LogisticRegression())

    found = built("prior_correction", inside).fit(X, Y)

    raw, p = found.classifier_.predict_proba(X)[:, 1], found.predict_proba(X)
    assert p[:, 1] == pytest.approx(expit(logit(raw) + found.shift_[1]))
    assert abs(p[:, 1].mean() - 0.1) < 0.1 * abs(raw.mean() - 0.1)
    assert (np.diff(p[np.argsort(raw), 1]) >= 0).all()
    assert (found.predict(X) == (p[:, 1] > 0.5)).all()


def test_a_model_that_is_always_sure_gives_finite_probabilities() -> None:
    found = built("prior_correction", DecisionTreeClassifier(random_state=0)).fit(X, Y)

    assert np.isfinite(found.shift_).all()
    assert np.isfinite(found.predict_proba(X)).all()


@pytest.mark.parametrize(
    ("classifier", "name"),
    [
        (SVC(), "SVC"),
        (RidgeClassifier(), "RidgeClassifier"),
        (Resampled(RandomUnderSampler(), SVC()), "SVC"),
        (BaggingClassifier(SVC()), "BaggingClassifier"),
        (Resampled(RandomUnderSampler(), BaggingClassifier(SVC())), "BaggingClassifier"),
    ],
)
def test_decision_values_and_shares_of_votes_are_no_probabilities_to_correct(
    classifier: Any, name: str
) -> None:
    with pytest.raises(Incompatible, match=f"^{name} gives no probabilities to correct$"):
        built("prior_correction", classifier)


def test_calibrated_decision_values_are_probabilities_to_correct() -> None:
    calibrated = built("sigmoid_calibration", BaggingClassifier(SVC(), 2))

    assert built("prior_correction", calibrated).fit(X, Y).predict_proba(X).shape == (600, 2)


@pytest.mark.parametrize("name", ["prior_correction", "sigmoid_calibration"])
def test_fewer_rows_of_a_class_than_folds_are_told_by_their_number(name: str) -> None:
    few = (np.arange(600) < 4).astype(np.int64)

    with pytest.raises(ValueError, match=r"[45].*(class|than 5)"):
        built(name, LogisticRegression()).fit(X, few)
