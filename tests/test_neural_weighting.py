"""Weights and losses of both kinds of table rows, boosters and networks, mean the same."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from contracts import clouds, three_classes
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

pytest.importorskip("torch")

from plain_networks import OneLayer, changed, regression

from benchmark.catalogue.neural.classifier import NeuralClassifier
from benchmark.catalogue.strategies.losses import FocalLoss
from benchmark.catalogue.strategies.neural_losses import Adjusted, Focal
from benchmark.catalogue.strategies.weighting import MistakeCost
from benchmark.errors import Incompatible

DATA = clouds()
X, Y = DATA.X.to_numpy(), DATA.y
MANY = three_classes()
RATIO = (1 - 0.999**110) / (1 - 0.999**40)


def coefficients(classifier: Any) -> Any:
    """The slopes and the intercept of the log-odds, from a network or a booster's wrapper."""
    inner = getattr(classifier, "classifier_", classifier)
    head = inner.network_.head
    weight, bias = (p.detach().numpy() for p in (head.weight, head.bias))
    return np.append(weight[1] - weight[0], bias[1] - bias[0])


@pytest.mark.parametrize(
    ("strategy", "params", "weights"),
    [
        ("none", {}, None),
        ("class_weight", {}, "balanced"),
        ("weight_exponent", {"exponent": 0.5}, {0: (150 / 220) ** 0.5, 1: (150 / 80) ** 0.5}),
        ("effective_number", {"beta": 0.999}, {0: 1.0, 1: RATIO}),
        ("focal_loss", {"gamma": 0.0, "alpha": 0.8}, {0: 0.2, 1: 0.8}),
        ("class_balanced_focal_loss", {"gamma": 0.0, "beta": 0.999}, {0: 1.0, 1: RATIO}),
    ],
)
def test_a_network_without_a_body_learns_the_weighted_logistic_regression(
    strategy: str, params: dict[str, Any], weights: Any
) -> None:
    network = changed(strategy, regression(), (110, 40), **params)

    network.fit(X, Y)

    plain = LogisticRegression(C=np.inf, class_weight=weights, tol=1e-8).fit(X, Y)
    expected = np.append(plain.coef_[0], plain.intercept_[0])
    assert coefficients(network) == pytest.approx(expected, abs=2e-3)


def test_costs_of_mistakes_are_weights_of_rows_for_a_network_too() -> None:
    costs = ((0.0, 1.0), (5.0, 0.0))

    network = changed("cost_sensitive", regression(), (110, 40), costs).fit(X, Y)

    plain = LogisticRegression(C=np.inf, class_weight={0: 1, 1: 5}, tol=1e-8).fit(X, Y)
    expected = np.append(plain.coef_[0], plain.intercept_[0])
    assert coefficients(network) == pytest.approx(expected, abs=2e-3)


def test_a_weight_of_two_is_a_row_that_is_there_twice() -> None:
    weights = 1 + np.arange(150) % 2
    twice = np.repeat(np.arange(150), weights)

    weighted = regression(epochs=30).fit(X, Y, sample_weight=weights)

    repeated = regression(epochs=30).fit(X[twice], Y[twice])
    plain = regression(epochs=30).fit(X, Y)
    assert coefficients(weighted) == pytest.approx(coefficients(repeated), abs=1e-5)
    assert coefficients(weighted) != pytest.approx(coefficients(plain), abs=1e-2)


def test_weights_count_by_their_ratio_alone() -> None:
    weights = 1.0 + np.arange(150) % 2

    small, large = (
        regression(epochs=30).fit(X, Y, sample_weight=scale * weights) for scale in (0.01, 100.0)
    )

    assert coefficients(small) == pytest.approx(coefficients(large), abs=1e-5)


@pytest.mark.parametrize(("gamma", "alpha"), [(2.0, 0.25), (1.0, 0.8)])
def test_a_network_minimises_the_focal_loss_that_boosters_minimise(
    gamma: float, alpha: float
) -> None:
    network = changed("focal_loss", regression(), (110, 40), gamma=gamma, alpha=alpha).fit(X, Y)

    focal, columns = FocalLoss(gamma, alpha), np.column_stack([X, np.ones(150)])
    found = minimize(lambda b: focal.loss(Y, columns @ b).mean(), np.zeros(5), tol=1e-10)
    assert coefficients(network) == pytest.approx(found.x, abs=5e-3)


def test_focal_loss_of_many_classes_has_no_alpha() -> None:
    network = changed("focal_loss", regression(), MANY.class_counts, gamma=1.5)

    assert (network.loss, network.weigh) == (Focal(1.5), None)


def test_class_balanced_focal_loss_of_many_classes_is_focal_with_effective_numbers() -> None:
    rows, counts = MANY.X.to_numpy(), np.array(MANY.class_counts)
    effective = (1 - 0.99**counts) / (1 - 0.99)

    network = changed("class_balanced_focal_loss", regression(), MANY.class_counts, beta=0.99)

    weighted = regression(loss=Focal(2.0))
    weighted.fit(rows, MANY.y, sample_weight=(1 / effective)[MANY.y])
    plain = regression(loss=Focal(2.0)).fit(rows, MANY.y).predict_proba(rows)
    found = network.fit(rows, MANY.y).predict_proba(rows)
    assert found == pytest.approx(weighted.predict_proba(rows), abs=5e-3)
    assert np.abs(found - plain).max() > 0.1


def test_a_network_starts_at_the_shares_of_the_weighted_classes() -> None:
    still = regression(epochs=1, learning_rate=1e-9).fit(0 * X, Y, sample_weight=1 + 4 * Y)

    share = 5 * 40 / (110 + 5 * 40)
    assert still.predict_proba(0 * X)[:, 1] == pytest.approx(np.full(150, share), rel=1e-5)


EVERY = (
    "asymmetric_loss", "balanced_softmax", "ldam", "ldam_drw", "logit_adjustment",
    "logit_adjustment_afterwards", "soft_f_beta",
)  # fmt: skip


@pytest.mark.parametrize("strategy", EVERY)
def test_another_model_is_refused(strategy: str) -> None:
    with pytest.raises(Incompatible, match="changes how a network is trained: mlp"):
        changed(strategy, LogisticRegression(), (110, 40))


@pytest.mark.parametrize(
    ("inner", "outer", "setting"),
    [
        ("focal_loss", "balanced_softmax", "loss"),
        ("ldam", "focal_loss", "loss"),
        ("ldam_drw", "class_balanced_focal_loss", "loss"),
    ],
)
def test_two_strategies_that_set_the_same_are_refused(inner: str, outer: str, setting: str) -> None:
    network = changed(inner, regression(), (110, 40))

    with pytest.raises(Incompatible, match=f"another strategy has set '{setting}' of the network"):
        changed(outer, network, (110, 40))


def test_two_strategies_that_set_different_things_are_both_there() -> None:
    network = changed("balanced_softmax", regression(), (110, 40))

    network = changed("logit_adjustment_afterwards", network, (110, 40), tau=0.5)

    assert (network.loss, network.adjust) == (Adjusted(1.0), 0.5)


@pytest.mark.parametrize(
    "strategy", ["soft_f_beta", "balanced_softmax", "logit_adjustment_afterwards"]
)
def test_a_weight_of_two_is_two_rows_to_what_counts_them(strategy: str) -> None:
    weights = 1 + 3 * Y
    twice = np.repeat(np.arange(150), weights)

    network = changed(strategy, regression(epochs=200), (110, 40))

    weighted = clone(network).fit(X, Y, sample_weight=weights).decision(X)
    repeated = clone(network).fit(X[twice], Y[twice]).decision(X)
    plain = clone(network).fit(X, Y).decision(X)
    assert weighted[:, 1] - weighted[:, 0] == pytest.approx(
        repeated[:, 1] - repeated[:, 0], abs=1e-3
    )
    assert weighted != pytest.approx(plain, abs=1e-1)


def test_a_row_that_a_bag_left_out_is_not_seen_at_all() -> None:
    weights = np.arange(150) % 3
    bag = weights > 0

    whole = NeuralClassifier(OneLayer(), epochs=3).fit(X, Y, sample_weight=weights)

    drawn = NeuralClassifier(OneLayer(), epochs=3).fit(X[bag], Y[bag], sample_weight=weights[bag])
    assert np.array_equal(whole.decision(X), drawn.decision(X))


@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0])
def test_adjustment_afterwards_divides_the_odds_by_those_of_the_classes(tau: float) -> None:
    plain = regression(epochs=20).fit(X, Y).predict_proba(X)

    network = changed("logit_adjustment_afterwards", regression(epochs=20), (110, 40), tau=tau)

    found = network.fit(X, Y).predict_proba(X)
    odds = plain[:, 1] / plain[:, 0] / (40 / 110) ** tau
    assert found[:, 1] / found[:, 0] == pytest.approx(odds, rel=1e-9)


def test_weights_wait_until_the_share_of_epochs_that_is_deferred() -> None:
    weigh = MistakeCost((1.0, 9.0))
    first = regression(epochs=10).fit(X, Y)
    waiting = regression(epochs=10, weigh=weigh, deferred=1.0).fit(X, Y)
    late = regression(epochs=11, weigh=weigh, deferred=10 / 11).fit(X, Y)
    plain = regression(epochs=11).fit(X, Y)

    assert (coefficients(waiting) == coefficients(first)).all()
    assert coefficients(late) != pytest.approx(coefficients(plain), abs=1e-3)


VALIDATION = SimpleNamespace(X=X, y=Y)


def test_early_stopping_judges_no_epoch_before_the_deferred_weights() -> None:
    plain = regression(epochs=20, patience=1, learning_rate=1e-9, validation=VALIDATION)
    deferred = clone(plain).set_params(weigh=MistakeCost((1.0, 9.0)), deferred=0.8)

    assert plain.fit(X, Y).epochs_ < 5
    assert deferred.fit(X, Y).epochs_ > 16


@pytest.mark.parametrize("validation", [VALIDATION, None])
def test_a_loss_that_is_no_longer_a_number_fails_with_its_epoch(validation: Any) -> None:
    network = NeuralClassifier(
        OneLayer(), learning_rate=1e30, epochs=5, batch_size=50, validation=validation
    )

    with pytest.raises(FloatingPointError, match=r"the loss became (nan|inf) in epoch 1$"):
        network.fit(X, Y)


def test_a_network_that_breaks_in_the_last_step_of_an_epoch_fails_with_it() -> None:
    network = NeuralClassifier(
        OneLayer(), learning_rate=1e30, epochs=5, batch_size=150, validation=VALIDATION
    )

    with pytest.raises(FloatingPointError, match=r"the logits became nan or inf in epoch 1$"):
        network.fit(X, Y)


def test_a_network_that_breaks_later_fails_with_that_epoch() -> None:
    network = NeuralClassifier(OneLayer(), learning_rate=1e30, epochs=5, batch_size=150)

    with pytest.raises(FloatingPointError, match=r"the loss became (nan|inf) in epoch 2$"):
        network.fit(X, Y)
