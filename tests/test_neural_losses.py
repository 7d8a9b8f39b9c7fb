"""Losses of networks: the papers' formulas, numerical gradients, and what they reduce to."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, log_softmax, softmax
from sklearn.metrics import fbeta_score, log_loss

pytest.importorskip("torch")

import torch

from benchmark.catalogue.neural import losses

RANDOM = np.random.default_rng(0)
TWO = RANDOM.normal(0, 2, (9, 2))
FOUR = RANDOM.normal(0, 2, (9, 4))
Y_TWO = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1])
Y_FOUR = np.array([0, 0, 0, 0, 1, 1, 2, 2, 3])
COUNTS = {2: np.array([16.0, 1.0]), 4: np.array([10000.0, 256.0, 81.0, 16.0])}
CASES = pytest.mark.parametrize(("Z", "y"), [(TWO, Y_TWO), (FOUR, Y_FOUR)], ids=["two", "four"])
Loss = Callable[..., Any]


def of(function: Callable[..., Any], Z: Any, y: Any, *settings: Any) -> Any:
    """The loss of logits and codes in NumPy, in double precision."""
    given = [torch.tensor(s) if isinstance(s, np.ndarray) else s for s in settings]
    return function(torch.tensor(Z), torch.tensor(y), *given).numpy()


def chance(Z: Any, y: Any) -> Any:
    """The softmax probability of each row's class."""
    return softmax(Z, axis=1)[np.arange(len(y)), y]


def entropy(Z: Any, y: Any) -> Any:
    return -log_softmax(Z, axis=1)[np.arange(len(y)), y]


EVERY: list[Any] = [
    pytest.param(lambda Z, y, n: losses.cross_entropy(Z, y), id="cross_entropy"),
    *(
        pytest.param(lambda Z, y, n, g=gamma: losses.focal(Z, y, g), id=f"focal_{gamma}")
        for gamma in (0.0, 0.5, 2.0, 5.0)
    ),
    pytest.param(lambda Z, y, n: losses.ldam(Z, y, n, 0.5, 30.0), id="ldam"),
    pytest.param(lambda Z, y, n: losses.adjusted(Z, y, n, 1.5), id="adjusted"),
    *(
        pytest.param(
            lambda Z, y, n, s=settings: losses.asymmetric(Z, y, *s), id=f"asymmetric_{settings}"
        )
        for settings in ((0.0, 0.0, 0.0), (0.0, 4.0, 0.05), (0.5, 0.5, 0.0), (1.0, 2.5, 0.2))
    ),
    *(
        pytest.param(lambda Z, y, n, b=beta: losses.soft_f_beta(Z, y, b), id=f"soft_f_{beta}")
        for beta in (0.5, 2.0)
    ),
]
EACH = pytest.mark.parametrize("loss", EVERY)


@CASES
def test_cross_entropy_is_that_of_scikit_learn(Z: Any, y: Any) -> None:
    found = of(losses.cross_entropy, Z, y)

    assert found == pytest.approx(entropy(Z, y))
    assert found.mean() == pytest.approx(log_loss(y, softmax(Z, axis=1)))


@CASES
@pytest.mark.parametrize("gamma", [0.0, 0.5, 1.0, 2.0, 5.0])
def test_focal_is_the_formula_of_the_paper(Z: Any, y: Any, gamma: float) -> None:
    """Lin et al., eq. 4, whose p of two classes is a sigmoid."""
    p = chance(Z, y)

    assert of(losses.focal, Z, y, gamma) == pytest.approx(-((1 - p) ** gamma) * np.log(p))


def test_focal_of_two_logits_is_that_of_the_sigmoid_of_their_difference() -> None:
    p = expit(TWO[:, 1] - TWO[:, 0])
    p_t = np.where(Y_TWO == 1, p, 1 - p)

    assert of(losses.focal, TWO, Y_TWO, 2.0) == pytest.approx(-((1 - p_t) ** 2) * np.log(p_t))


def test_an_easy_row_loses_a_hundred_times_less_than_by_cross_entropy() -> None:
    """Lin et al., section 3.2: gamma 2 and a probability of 0.9."""
    Z, y = np.log([[0.1, 0.9]]), np.array([1])

    assert of(losses.cross_entropy, Z, y) / of(losses.focal, Z, y, 2.0) == pytest.approx(100)


def test_margins_are_as_the_fourth_roots_and_the_rarest_has_the_largest() -> None:
    """Cao et al., eq. 13: 16 and 10000 rows have roots 2 and 10."""
    found = losses.margins(torch.tensor(COUNTS[4]), 0.5).numpy()

    assert found == pytest.approx([0.1, 0.25, 1 / 3, 0.5])


@CASES
def test_ldam_is_the_formula_of_the_paper(Z: Any, y: Any) -> None:
    """Cao et al., eq. 12, of cosines times a scale."""
    cosines, n = np.tanh(Z), COUNTS[Z.shape[1]]
    delta = (0.5 * n.min() ** 0.25 / n**0.25)[y]
    rows = np.arange(len(y))
    own = np.exp(30 * (cosines[rows, y] - delta))
    others = np.exp(30 * cosines).sum(axis=1) - np.exp(30 * cosines[rows, y])

    found = of(losses.ldam, 30 * cosines, y, n, 0.5, 30.0)

    assert found == pytest.approx(-np.log(own / (own + others)), rel=1e-6)


@CASES
@pytest.mark.parametrize("tau", [0.5, 1.0, 2.0])
def test_adjustment_is_the_formula_of_the_paper(Z: Any, y: Any, tau: float) -> None:
    """Menon et al., eq. 10."""
    n = COUNTS[Z.shape[1]]
    prior = n / n.sum()
    shifted = np.exp(Z) * prior**tau

    found = of(losses.adjusted, Z, y, n, tau)

    assert found == pytest.approx(-np.log(shifted[np.arange(len(y)), y] / shifted.sum(axis=1)))


@CASES
def test_adjustment_by_one_is_the_balanced_softmax(Z: Any, y: Any) -> None:
    """Ren et al., eq. 3: n_y exp(z_y) / sum n_j exp(z_j)."""
    n = COUNTS[Z.shape[1]]
    parts = n * np.exp(Z)

    found = of(losses.adjusted, Z, y, n, 1.0)

    assert found == pytest.approx(-np.log(parts[np.arange(len(y)), y] / parts.sum(axis=1)))


def asymmetric(odds: Any, own: Any, plus: float, minus: float, clip: float) -> Any:
    """Ben-Baruch et al., eq. 5 to 7."""
    p = expit(odds)
    q = np.maximum(p - clip, 0)
    return -np.where(own, (1 - p) ** plus * np.log(p), q**minus * np.log(1 - q))


@pytest.mark.parametrize("settings", [(0.0, 4.0, 0.05), (1.0, 2.0, 0.2), (0.0, 0.0, 0.1)])
def test_asymmetric_is_the_formula_of_the_paper_for_each_class_of_many(settings: Any) -> None:
    found = of(losses.asymmetric, FOUR, Y_FOUR, *settings)

    assert found == pytest.approx(asymmetric(FOUR, np.eye(4)[Y_FOUR] == 1, *settings).sum(axis=1))


@pytest.mark.parametrize("settings", [(0.0, 4.0, 0.05), (1.0, 2.0, 0.2), (0.0, 0.0, 0.1)])
def test_asymmetric_of_two_classes_is_the_formula_for_the_positive_one(settings: Any) -> None:
    found = of(losses.asymmetric, TWO, Y_TWO, *settings)

    assert found == pytest.approx(asymmetric(TWO[:, 1] - TWO[:, 0], Y_TWO == 1, *settings))


def test_a_negative_row_below_the_clip_loses_nothing_and_has_no_gradient() -> None:
    Z = torch.tensor([[0.0, -4.0], [0.0, 4.0]], requires_grad=True)  # p: 0.018, 0.982

    found = losses.asymmetric(Z, torch.tensor([0, 0]), 0.0, 4.0, 0.05)

    found.sum().backward()
    assert found[0] == 0
    assert Z.grad[0].tolist() == [0, 0]
    assert Z.grad[1, 1] > 0


@CASES
@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_soft_f_beta_is_the_formula_of_expected_counts(Z: Any, y: Any, beta: float) -> None:
    """F as the weighted harmonic mean of the expected precision and recall."""
    p, own = softmax(Z, axis=1), np.eye(Z.shape[1])[y]
    recall = (p * own).sum(axis=0) / own.sum(axis=0)
    precision = (p * own).sum(axis=0) / p.sum(axis=0)
    f = 1 / ((1 / precision + beta**2 / recall) / (1 + beta**2))

    found = of(losses.soft_f_beta, Z, y, beta)

    assert found == pytest.approx(1 - (f[1] if Z.shape[1] == 2 else f.mean()))


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_soft_f_beta_of_certain_predictions_is_one_minus_f_of_scikit_learn(beta: float) -> None:
    y = RANDOM.integers(2, size=60)
    decided = np.where(RANDOM.random(60) < 0.7, y, 1 - y)

    found = of(losses.soft_f_beta, 2000.0 * np.eye(2)[decided], y, beta)

    assert found == pytest.approx(1 - fbeta_score(y, decided, beta=beta))


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_soft_f_beta_of_many_is_the_mean_over_the_classes_of_the_batch(beta: float) -> None:
    y = RANDOM.choice([0, 1, 3], size=60)
    decided = np.where(RANDOM.random(60) < 0.7, y, RANDOM.integers(4, size=60))

    found = of(losses.soft_f_beta, 2000.0 * np.eye(4)[decided], y, beta)

    expected = fbeta_score(y, decided, beta=beta, labels=[0, 1, 3], average="macro")
    assert found == pytest.approx(1 - expected)


@CASES
def test_without_its_setting_a_loss_is_cross_entropy(Z: Any, y: Any) -> None:
    n = COUNTS[Z.shape[1]]
    plain = entropy(Z, y)

    assert of(losses.focal, Z, y, 0.0) == pytest.approx(plain, rel=1e-12)
    assert of(losses.ldam, Z, y, n, 0.0, 30.0) == pytest.approx(plain, rel=1e-12)
    assert of(losses.adjusted, Z, y, n, 0.0) == pytest.approx(plain, rel=1e-12)


@CASES
@pytest.mark.parametrize("tau", [0.5, 1.0, 2.0])
def test_adjustment_to_equal_classes_changes_nothing(Z: Any, y: Any, tau: float) -> None:
    equal = np.full(Z.shape[1], 70.0)

    assert of(losses.adjusted, Z, y, equal, tau) == pytest.approx(entropy(Z, y), rel=1e-12)


def test_asymmetric_of_zeros_is_the_sum_of_binary_cross_entropies() -> None:
    each = torch.nn.functional.binary_cross_entropy_with_logits
    one_hot = torch.tensor(np.eye(4)[Y_FOUR])
    many = each(torch.tensor(FOUR), one_hot, reduction="none").sum(dim=1).numpy()

    assert of(losses.asymmetric, FOUR, Y_FOUR, 0.0, 0.0, 0.0) == pytest.approx(many, rel=1e-12)
    assert of(losses.asymmetric, TWO, Y_TWO, 0.0, 0.0, 0.0) == pytest.approx(entropy(TWO, Y_TWO))


@EACH
@CASES
def test_gradients_are_the_numerical_ones(loss: Loss, Z: Any, y: Any) -> None:
    logits = torch.tensor(Z, requires_grad=True)
    n = torch.tensor(COUNTS[Z.shape[1]])

    assert torch.autograd.gradcheck(partial(loss, y=torch.tensor(y), n=n), (logits,))


@EACH
@pytest.mark.parametrize("size", [0.0, 1e2, 1e4, 1e30])
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("rows", [1, 8])
def test_huge_logits_few_rows_and_absent_classes_have_finite_losses_and_gradients(
    loss: Loss, size: float, classes: int, rows: int
) -> None:
    signs = np.sign(np.random.default_rng(1).normal(size=(rows, classes)))
    logits = torch.tensor(size * signs, dtype=torch.float32, requires_grad=True)
    y = torch.arange(rows) % (classes - 1)  # no row of the last class
    counts = torch.bincount(y, minlength=classes).float()

    found = loss(logits, y, counts)

    found.mean().backward()
    assert torch.isfinite(found).all()
    assert torch.isfinite(logits.grad).all()


@EACH
def test_a_step_against_the_gradient_lowers_the_loss(loss: Loss) -> None:
    logits = torch.tensor(FOUR, requires_grad=True)
    y, n = torch.tensor(Y_FOUR), torch.tensor(COUNTS[4])
    before = loss(logits, y, n).mean()

    before.backward()

    after = loss((logits - 0.01 * logits.grad).detach(), y, n).mean()
    assert after < before.detach()
