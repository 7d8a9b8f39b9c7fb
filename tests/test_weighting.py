"""Weights of classes: their formulas, and that models are fitted with them."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from contracts import clouds
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.class_weight import compute_class_weight
from xgboost import XGBClassifier

from benchmark.catalogue.registry import STRATEGIES
from benchmark.catalogue.strategies.weighting import Balanced, EffectiveNumber, MistakeCost
from benchmark.errors import Incompatible
from benchmark.space import Defaults
from benchmark.types import Task

CLASSES, COUNTS = np.array([0, 1, 2]), np.array([900, 90, 10])
Y = np.repeat(CLASSES, COUNTS)
RATIO = (1 - 0.9**110) / (1 - 0.9**40)
WEIGHTS = np.arange(150.0) % 3 + 1


def built(name: str, classifier: Any, task: Task | None = None, **params: Any) -> Any:
    space = Defaults({f"strategy.{key}": value for key, value in params.items()})
    task = task or Task(seed=0, class_counts=(110, 40), n_columns=4)
    return STRATEGIES.get(name).function(classifier, space.scoped("strategy"), task)


def with_costs(*costs: tuple[float, ...], row_costs: bool = False) -> Task:
    return Task(0, (110, 40), 4, costs=costs or None, row_costs=row_costs)


def test_exponent_one_is_what_scikit_learn_calls_balanced() -> None:
    assert Balanced()(CLASSES, COUNTS) == pytest.approx(
        compute_class_weight("balanced", classes=CLASSES, y=Y), rel=1e-15
    )


@pytest.mark.parametrize(
    ("exponent", "weights"), [(0.0, [1.0, 1.0]), (0.5, [0.75, 1.5]), (1.0, [0.5625, 2.25])]
)
def test_the_exponent_goes_from_no_weights_to_balanced_ones(
    exponent: float, weights: list[float]
) -> None:
    found = Balanced(exponent)(np.array([0, 1]), np.array([64, 16]))  # 80/128, 80/32

    assert found == pytest.approx(np.array([0.625, 2.5]) ** exponent)
    assert found[1] / found[0] == pytest.approx(weights[1] / weights[0])


@pytest.mark.parametrize("beta", [Fraction(9, 10), Fraction(99, 100), Fraction(999, 1000)])
def test_the_effective_number_grows_as_the_paper_proves_it_by_induction(beta: Fraction) -> None:
    """Cui et al., proof of proposition 1: E(1) = 1, E(n) = 1 + beta E(n - 1)."""
    effective = [Fraction(0)]
    for _ in range(90):
        effective.append(1 + beta * effective[-1])
    inverse = [1 / effective[90], 1 / effective[10]]
    expected = [float(100 * part / (90 * inverse[0] + 10 * inverse[1])) for part in inverse]

    found = EffectiveNumber(float(beta))(np.array([0, 1]), np.array([90, 10]))

    assert found == pytest.approx(expected, rel=1e-9)


def test_the_cost_of_a_mistake_is_one_for_a_row_on_average_and_in_proportion() -> None:
    found = MistakeCost((1.0, 5.0, 20.0))(CLASSES, COUNTS)

    assert found @ COUNTS == pytest.approx(1000)
    assert found / found[0] == pytest.approx([1.0, 5.0, 20.0])


def test_a_class_that_is_not_there_does_not_shift_the_costs() -> None:
    found = MistakeCost((1.0, 5.0, 20.0))(np.array([0, 2]), np.array([90, 10]))

    assert found == pytest.approx([100 / 290, 2000 / 290])


@pytest.mark.parametrize(
    ("name", "task", "params", "weights"),
    [
        ("weight_exponent", None, {}, {0: (150 / 220) ** 0.5, 1: (150 / 80) ** 0.5}),
        ("weight_exponent", None, {"exponent": 0.0}, None),
        ("weight_exponent", None, {"exponent": 1.0}, "balanced"),
        ("cost_sensitive", with_costs((0, 1), (5, 0)), {}, {0: 150 / 310, 1: 750 / 310}),
        ("cost_sensitive", with_costs((-1, 1), (9, -1)), {}, {0: 150 / 310, 1: 750 / 310}),
        (
            "effective_number",
            None,
            {"beta": 0.9},
            {0: 150 / (110 + 40 * RATIO), 1: 150 * RATIO / (110 + 40 * RATIO)},
        ),
    ],
)
def test_a_model_is_fitted_as_with_class_weights_of_its_own(
    name: str, task: Task, params: dict[str, Any], weights: Any
) -> None:
    data = clouds()
    plain = LogisticRegression(class_weight=weights, tol=1e-10)
    fitted = built(name, LogisticRegression(tol=1e-10), task, **params)

    fitted.fit(data.X.to_numpy(), data.y)

    plain.fit(data.X.to_numpy(), data.y)
    assert fitted.predict_proba(data.X.to_numpy()) == pytest.approx(
        plain.predict_proba(data.X.to_numpy()), rel=1e-6
    )


def test_weights_of_classes_and_of_rows_are_multiplied() -> None:
    data, classes = clouds(), {0: 0.5, 1: 4.0}
    X = data.X.to_numpy()
    fitted = built("cost_sensitive", LogisticRegression(tol=1e-10), with_costs((0, 1), (8, 0)))

    fitted.fit(X, data.y, row_weights=WEIGHTS)

    mean = (110 + 8 * 40) / 150
    scaled = {0: 1 / mean, 1: 8 / mean}
    plain = LogisticRegression(class_weight=scaled, tol=1e-10).fit(X, data.y, WEIGHTS)
    other = LogisticRegression(class_weight=classes, tol=1e-10).fit(X, data.y)
    assert fitted.predict_proba(X) == pytest.approx(plain.predict_proba(X), rel=1e-6)
    assert fitted.predict_proba(X) != pytest.approx(other.predict_proba(X), rel=1e-3)


def test_the_cost_of_a_class_is_the_sum_over_its_wrong_decisions() -> None:
    task = Task(0, (900, 90, 10), 4, costs=((0, 1, 3), (2, 0, 2), (7, 9, 0)))

    fitted = built("cost_sensitive", XGBClassifier(), task)

    assert fitted.weigh == MistakeCost((4.0, 4.0, 16.0))


def test_costs_of_rows_arrive_as_weights_so_the_model_stays_as_it_is() -> None:
    model = LogisticRegression()

    assert built("cost_sensitive", model, with_costs(row_costs=True)) is model


@pytest.mark.parametrize(
    ("classifier", "task", "text"),
    [
        (LogisticRegression(), None, "needs costs: a matrix in the suite, or a column of"),
        (
            LogisticRegression(),
            with_costs((0, 1), (0, 0)),
            "needs costs: to get class 1 wrong costs nothing",
        ),
        (KNeighborsClassifier(), with_costs(row_costs=True), "KNeighborsClassifier takes no row"),
        (KNeighborsClassifier(), with_costs((0, 1), (5, 0)), "KNeighborsClassifier takes no row"),
    ],
)
def test_costs_that_cannot_be_learnt_from_are_refused(
    classifier: Any, task: Task, text: str
) -> None:
    with pytest.raises(Incompatible, match=text):
        built("cost_sensitive", classifier, task)


@pytest.mark.parametrize("name", ["weight_exponent", "effective_number"])
def test_a_model_without_weights_is_refused(name: str) -> None:
    with pytest.raises(Incompatible, match="KNeighborsClassifier takes no row weights"):
        built(name, KNeighborsClassifier())
