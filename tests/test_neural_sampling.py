"""What is drawn in an epoch and how it is mixed, against the shares of the papers."""

from typing import Any

import numpy as np
import pytest
from contracts import clouds
from scipy import stats
from sklearn.linear_model import LogisticRegression

pytest.importorskip("torch")

import torch
from plain_networks import changed, regression

from benchmark.catalogue.neural import training
from benchmark.catalogue.neural.training import Plan, Rows
from benchmark.catalogue.registry import STRATEGIES
from benchmark.catalogue.strategies.neural_sampling import PowerOfSize, Progressive
from benchmark.errors import Incompatible

COUNTS = np.array([900, 90, 10])
Y = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], COUNTS))
EPOCHS = 20
NAMES = (
    "balanced_batches", "square_root_sampling", "progressively_balanced_sampling", "batch_mixup",
)  # fmt: skip


def rows(y: Any = Y, weights: Any = None) -> Rows:
    return training.rows(np.zeros((len(y), 1)), y, weights, int(y.max()) + 1, "cpu")


def plan(**settings: Any) -> Plan:
    plain = {"epochs": EPOCHS, "batch_size": 128, "learning_rate": 0.1, "weight_decay": 0.0}
    return Plan(**plain, patience=1, **settings)


def drawn(sampling: Any, epoch: int, seed: int = 0) -> Any:
    """The row numbers of an epoch."""
    random = np.random.default_rng(seed)
    parts = training.batches(rows(), plan(sampling=sampling), epoch, random)
    return torch.cat([*parts]).numpy()


def classes(sampling: Any, epoch: int) -> Any:
    """How often each class is drawn in thirty epochs."""
    many = [Y[drawn(sampling, epoch, seed)] for seed in range(30)]
    return np.bincount(np.concatenate(many), minlength=3)


@pytest.mark.parametrize(
    ("sampling", "epoch", "shares"),
    [
        (PowerOfSize(1.0), 0, COUNTS / 1000),
        (PowerOfSize(0.0), 0, np.ones(3) / 3),
        (PowerOfSize(0.0), EPOCHS - 1, np.ones(3) / 3),
        (PowerOfSize(0.5), 7, np.sqrt(COUNTS) / np.sqrt(COUNTS).sum()),
        (Progressive(), 0, COUNTS / 1000),
        (Progressive(), 5, 14 / 19 * COUNTS / 1000 + 5 / 19 / 3),
        (Progressive(), EPOCHS - 1, np.ones(3) / 3),
    ],
)
def test_classes_are_drawn_with_the_chances_of_the_paper(
    sampling: Any, epoch: int, shares: Any
) -> None:
    """Kang et al., eq. 1 and 2."""
    found = classes(sampling, epoch)

    assert stats.chisquare(found, 30_000 * shares).pvalue > 0.01


def test_rows_of_a_class_are_equally_likely_and_come_again() -> None:
    random, balanced = np.random.default_rng(0), plan(sampling=PowerOfSize(0.0))

    epochs = [torch.cat([*training.batches(rows(), balanced, 0, random)]) for _ in range(200)]

    often = np.bincount(torch.cat(epochs).numpy(), minlength=1000)
    assert stats.chisquare(often[Y == 2]).pvalue > 0.01
    assert stats.chisquare(often[Y == 0]).pvalue > 0.01
    assert often[Y == 2].min() > 200


@pytest.mark.parametrize("sampling", [None, PowerOfSize(0.0), PowerOfSize(0.5), Progressive()])
def test_an_epoch_has_as_many_rows_as_there_are_and_its_seed_says_which(sampling: Any) -> None:
    one, same, other = (drawn(sampling, 3, seed) for seed in (0, 0, 1))

    assert len(one) == 1000
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_without_sampling_each_row_comes_once() -> None:
    np.testing.assert_array_equal(np.sort(drawn(None, 0)), np.arange(1000))


def test_a_class_without_rows_is_never_drawn_and_takes_no_share() -> None:
    y = np.repeat([0, 2], [90, 10])
    random = np.random.default_rng(0)

    epochs = [
        torch.cat([*training.batches(rows(y), plan(sampling=PowerOfSize(0.0)), 0, random)])
        for _ in range(50)
    ]

    rare = int((y[torch.cat(epochs).numpy()] == 2).sum())
    assert stats.binomtest(rare, 5000, 0.5).pvalue > 0.01


@pytest.mark.parametrize("count", [127, 128, 129, 257])
def test_no_batch_has_a_single_row(count: int) -> None:
    parts = training.batches(rows(np.arange(count) % 2), plan(), 0, np.random.default_rng(0))

    sizes = [len(part) for part in parts]
    assert sum(sizes) == count
    assert min(sizes) > 1


class Itself(torch.nn.Module):
    """Logits are the rows."""

    def forward(self, X: Any) -> Any:
        return X


@pytest.mark.parametrize("weights", [None, np.array([1.0, 1.0, 2.0, 4.0, 1.0, 3.0])])
def test_the_loss_of_mixed_rows_is_that_of_mixed_labels(weights: Any) -> None:
    """Zhang et al., section 2: cross-entropy with the labels mixed by the share of the rows."""
    y = np.array([0, 1, 2, 0, 1, 2])
    corners = training.rows(5 * np.eye(6), y, weights, 3, "cpu")
    seen: list[Any] = []

    def loss(logits: Any, codes: Any, weights: Any, learnt: Any) -> Any:
        seen.append((logits.numpy() / 5, codes.numpy()))
        return torch.nn.functional.cross_entropy(logits, codes, reduction="none")

    found = training.batch_loss(
        Itself(), corners, torch.arange(6), corners.weights, plan(loss=loss, mix=1.0),
        np.random.default_rng(3),
    )  # fmt: skip

    (mixed, first), (_, second) = seen
    share = mixed[0, 0]
    partner = (mixed - share * np.eye(6)).argmax(axis=1)
    log_p = torch.log_softmax(torch.tensor(5 * mixed), dim=1).numpy()
    w = np.ones(6) if weights is None else weights
    labels = (
        share * w[:, None] * np.eye(6)[y] + (1 - share) * w[partner, None] * np.eye(6)[y[partner]]
    )
    np.testing.assert_array_equal(first, y)
    np.testing.assert_array_equal(second, y[partner])
    np.testing.assert_allclose(
        mixed, share * np.eye(6) + (1 - share) * np.eye(6)[partner], atol=1e-6
    )
    assert 0 < share < 1
    assert float(found) == pytest.approx(-(labels * log_p).sum(axis=1).mean(), rel=1e-5)


@pytest.mark.parametrize("alpha", [0.2, 1.0])
def test_the_share_of_mixed_rows_is_beta_distributed(alpha: float) -> None:
    pair = training.rows(np.eye(2), np.array([0, 1]), None, 2, "cpu")
    random = np.random.default_rng(0)
    shares, partners = [], []

    def loss(logits: Any, codes: Any, weights: Any, learnt: Any) -> Any:
        shares.append(float(logits[0, 0]))
        partners.append(int(codes[0]))
        return logits[:, 0]

    for _ in range(4000):
        batch = torch.arange(2)
        training.batch_loss(Itself(), pair, batch, pair.weights, plan(loss=loss, mix=alpha), random)

    mixed = np.array(partners[1::2]) == 1  # in the other half the first row meets itself
    assert stats.binomtest(int(mixed.sum()), 4000).pvalue > 0.01
    assert stats.kstest(np.array(shares[::2])[mixed], stats.beta(alpha, alpha).cdf).pvalue > 0.01


def test_mixing_with_categories_needs_them_encoded() -> None:
    assert STRATEGIES.get("batch_mixup").on == "encoded"


@pytest.mark.parametrize("name", NAMES)
def test_another_model_is_refused(name: str) -> None:
    with pytest.raises(Incompatible, match="changes how a network is trained: mlp"):
        changed(name, LogisticRegression(), (110, 40))


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_network_and_another_seed_another(name: str) -> None:
    data = clouds()
    X = data.X.to_numpy()

    one, same, other = (
        changed(name, regression(epochs=5, batch_size=32, random_state=seed), (110, 40))
        .fit(X, data.y).predict_proba(X)
        for seed in (0, 0, 1)
    )  # fmt: skip

    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize("name", NAMES[:3])
def test_equal_chances_move_probabilities_towards_the_rare_class(name: str) -> None:
    data = clouds(rows=400, positives=40)
    X = data.X.to_numpy()
    plain = regression(epochs=60, batch_size=64).fit(X, data.y).predict_proba(X)

    network = changed(name, regression(epochs=60, batch_size=64), (360, 40)).fit(X, data.y)

    assert network.predict_proba(X)[:, 1].mean() > 1.5 * plain[:, 1].mean()


def test_balanced_batches_learn_what_balanced_weights_teach() -> None:
    data = clouds(rows=3000, positives=300)
    X = data.X.to_numpy()
    settings = {"epochs": 60, "batch_size": 500, "learning_rate": 0.02}

    network = changed("balanced_batches", regression(**settings), (2700, 300)).fit(X, data.y)

    weighted = LogisticRegression(C=np.inf, class_weight="balanced").fit(X, data.y)
    gap = network.predict_proba(X)[:, 1] - weighted.predict_proba(X)[:, 1]
    assert np.abs(gap).mean() < 0.03


def test_a_schedule_is_trained_to_its_end() -> None:
    network = changed("progressively_balanced_sampling", regression(epochs=33), (110, 40))

    assert network.patience == 33
