"""What follows the training of a network, against closed forms and on a long tail."""

from typing import Any

import numpy as np
import pytest
from contracts import clouds, three_classes
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score

pytest.importorskip("torch")

import torch
from plain_networks import OneLayer, changed, regression

from benchmark.catalogue.models.deep import Mlp
from benchmark.catalogue.neural.classifier import NeuralClassifier
from benchmark.catalogue.strategies.neural_losses import Focal
from benchmark.errors import Incompatible

DATA = three_classes()
X, Y, COUNTS = DATA.X.to_numpy(), DATA.y, DATA.class_counts
NAMES = ("classifier_retraining", "tau_normalization", "balanced_pretraining")
EACH = pytest.mark.parametrize("name", NAMES)


BODY = OneLayer()


def small(body: Any = BODY, **settings: Any) -> NeuralClassifier:
    plain = {"epochs": 5, "batch_size": 32, "learning_rate": 0.01}
    return NeuralClassifier(body, **(plain | settings))


def arrays(module: Any) -> dict[str, Any]:
    return {name: value.numpy() for name, value in module.state_dict().items()}


@pytest.mark.parametrize("name", ["classifier_retraining", "tau_normalization"])
def test_the_body_stays_bit_by_bit_and_the_head_changes(name: str) -> None:
    """Batch normalisation and dropout included."""
    body = Mlp(width=16, layers=2, dropout=0.3)
    plain = small(body).fit(X, Y).network_

    network = changed(name, small(body), COUNTS).fit(X, Y).network_

    before, after = arrays(plain.body), arrays(network.body)
    assert any("running_mean" in key for key in before)
    for key, value in before.items():
        np.testing.assert_array_equal(after[key], value)
    assert np.abs(arrays(network.head)["weight"] - arrays(plain.head)["weight"]).max() > 0.01


def test_a_new_head_knows_nothing_of_the_old_one_and_learns_by_cross_entropy() -> None:
    """Without a body the training before it leaves no trace."""
    plain, by_focal = (
        changed("classifier_retraining", regression(epochs=5, loss=loss), COUNTS, epochs=7)
        for loss in (None, Focal(2.0))
    )

    np.testing.assert_array_equal(
        by_focal.fit(X, Y).predict_proba(X), plain.fit(X, Y).predict_proba(X)
    )


def test_a_new_head_learns_what_balanced_weights_teach() -> None:
    data = clouds(rows=3000, positives=300)
    rows = data.X.to_numpy()
    settings = {"epochs": 1, "batch_size": 500, "learning_rate": 0.02}
    network = changed("classifier_retraining", regression(**settings), (2700, 300), epochs=60)

    network.fit(rows, data.y)

    weighted = LogisticRegression(C=np.inf, class_weight="balanced").fit(rows, data.y)
    gap = network.predict_proba(rows)[:, 1] - weighted.predict_proba(rows)[:, 1]
    assert np.abs(gap).mean() < 0.03


def test_a_new_head_of_cosines_has_the_scale_of_the_old_one() -> None:
    network = changed("classifier_retraining", small(cosine=17.0), COUNTS).fit(X, Y)

    assert network.network_.head.scale == 17.0
    assert np.abs(network.decision(X)).max() <= 17.0 + 1e-4


@pytest.mark.parametrize("tau", [0.0, 0.5, 1.0])
def test_tau_normalised_logits_are_the_formula_of_the_paper(tau: float) -> None:
    """Kang et al.: features times w / |w|^tau, and no bias."""
    plain = small().fit(X, Y).network_
    with torch.no_grad():
        features = plain.body(torch.tensor(X, dtype=torch.float64)).numpy()
    weight = arrays(plain.head)["weight"]
    norms = np.linalg.norm(weight, axis=1, keepdims=True)

    network = changed("tau_normalization", small(), COUNTS, tau=tau).fit(X, Y)

    found = np.linalg.norm(arrays(network.network_.head)["weight"], axis=1)
    assert network.decision(X) == pytest.approx(features @ (weight / norms**tau).T, abs=1e-5)
    assert found == pytest.approx(norms[:, 0] ** (1 - tau), rel=1e-5)


def test_norms_of_cosines_cannot_be_changed() -> None:
    for inner, outer in (("ldam", "tau_normalization"), ("tau_normalization", "ldam_drw")):
        with pytest.raises(Incompatible, match="tau_normalization needs a last layer with norms"):
            changed(outer, changed(inner, small(), COUNTS), COUNTS)


def test_fine_tuning_that_stands_still_leaves_what_balanced_batches_taught() -> None:
    still = changed("balanced_pretraining", small(), COUNTS, rate=1e-12).fit(X, Y)

    balanced = changed("balanced_batches", small(), COUNTS).fit(X, Y)
    assert still.decision(X) == pytest.approx(balanced.decision(X), abs=1e-6)


def test_fine_tuning_returns_to_the_shares_of_the_rows() -> None:
    """Maximum likelihood with an intercept: probabilities are the shares on average."""
    plain = regression(epochs=60)
    balanced = changed("balanced_batches", plain, COUNTS).fit(X, Y).predict_proba(X)

    tuned = changed("balanced_pretraining", plain, COUNTS, epochs=300, rate=1.0).fit(X, Y)

    shares = np.array(COUNTS) / 180
    assert tuned.predict_proba(X).mean(axis=0) == pytest.approx(shares, abs=2e-3)
    assert np.abs(balanced.mean(axis=0) - shares).max() > 0.05


@EACH
def test_the_same_seed_gives_the_same_network_and_another_seed_another(name: str) -> None:
    body = Mlp(width=8, layers=1, dropout=0.3)

    one, same, other = (
        changed(name, small(body, random_state=seed), COUNTS).fit(X, Y).predict_proba(X)
        for seed in (0, 0, 1)
    )

    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3


@EACH
def test_predictions_hold_no_dropout(name: str) -> None:
    network = changed(name, small(Mlp(8, 1, 0.5)), COUNTS).fit(X, Y)

    np.testing.assert_array_equal(network.predict_proba(X), network.predict_proba(X))


@EACH
def test_another_model_is_refused(name: str) -> None:
    with pytest.raises(Incompatible, match="changes how a network is trained: mlp"):
        changed(name, LogisticRegression(), COUNTS)


@EACH
@pytest.mark.parametrize("inner", NAMES)
def test_only_one_of_them_can_follow_the_training(inner: str, name: str) -> None:
    with pytest.raises(Incompatible, match=r"another strategy has set '(stages|sampling)'"):
        changed(name, changed(inner, small(), COUNTS), COUNTS)


def test_training_that_breaks_in_a_later_stage_fails_with_its_epoch() -> None:
    network = changed("balanced_pretraining", small(), COUNTS, rate=1e32)

    with pytest.raises(FloatingPointError, match=r"the loss became (nan|inf) in epoch \d$"):
        network.fit(X, Y)


def long_tail(seed: int) -> tuple[Any, Any, Any, Any, tuple[int, ...]]:
    """Ten clouds of 300 to 3 rows, and a hundred of each to predict."""
    random = np.random.default_rng(seed)
    centres = 1.2 * np.random.default_rng(1).normal(size=(10, 6))
    counts = np.rint(300 * 100 ** (-np.arange(10) / 9)).astype(int)
    y, y_test = np.repeat(np.arange(10), counts), np.repeat(np.arange(10), 100)
    X, X_test = (centres[code] + random.normal(size=(len(code), 6)) for code in (y, y_test))
    return X, y, X_test, y_test, tuple(counts.tolist())


def accuracy(name: str, seed: int) -> float:
    """Balanced accuracy of a strategy on a long tail."""
    X, y, X_test, y_test, counts = long_tail(seed)
    plain = {"epochs": 30, "learning_rate": 0.01, "batch_size": 64, "random_state": seed}
    network = changed(name, NeuralClassifier(OneLayer(32), **plain), counts).fit(X, y)
    return float(balanced_accuracy_score(y_test, network.predict(X_test)))


@pytest.fixture(scope="module")
def plainly() -> list[float]:
    return [accuracy("none", seed) for seed in range(3)]


@pytest.mark.parametrize(
    "name",
    [
        "classifier_retraining", "balanced_softmax", "ldam_drw", "logit_adjustment_afterwards",
        "tau_normalization",
    ],
)  # fmt: skip
def test_on_a_long_tail_it_beats_cross_entropy_as_in_the_literature(
    name: str, plainly: list[float]
) -> None:
    found = [accuracy(name, seed) for seed in range(3)]

    assert np.mean(found) > np.mean(plainly) + 0.02
    assert min(np.subtract(found, plainly)) > 0
