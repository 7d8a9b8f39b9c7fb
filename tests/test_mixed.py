"""SMOTE on columns of categories is imbalanced-learn's, and needs such columns."""

from typing import Any

import numpy as np
import pytest
from imblearn.over_sampling import SMOTEN, SMOTENC
from numpy.testing import assert_array_equal
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

from benchmark.catalogue import compose
from benchmark.errors import Incompatible
from benchmark.space import Defaults
from benchmark.types import Task


def task(*categorical: int) -> Task:
    return Task(seed=3, class_counts=(90, 30), n_columns=4, categorical=categorical)


def rows(*categorical: int) -> tuple[Any, Any]:
    """Numbers, and codes 0 to 2 in the categorical columns."""
    generator = np.random.default_rng(0)
    y = np.repeat([0, 1], [90, 30])
    X = generator.normal(size=(120, 4)) + y[:, np.newaxis]
    X[:, list(categorical)] = generator.integers(0, 3, size=(120, len(categorical)))
    return X, y


def built(name: str, facts: Task, **params: Any) -> Any:
    space = Defaults(compose.fixed(params, {}))
    columns = compose.Columns(FunctionTransformer())
    return compose.build(name, "decision_tree", space, facts, facts, columns)


def test_smotenc_gives_the_scores_of_plain_code() -> None:
    X, y = rows(1, 3)

    classifier = built("smotenc", task(1, 3), k_neighbors=4).fit(X, y)

    plain = SMOTENC(categorical_features=[1, 3], k_neighbors=4, random_state=3)
    tree = DecisionTreeClassifier(random_state=3).fit(*plain.fit_resample(X, y))
    assert_array_equal(classifier.predict_proba(X), tree.predict_proba(X))
    assert classifier.resampled_counts_ == (90, 90)


def test_smoten_gives_the_scores_of_plain_code() -> None:
    X, y = rows(0, 1, 2, 3)

    classifier = built("smoten", task(0, 1, 2, 3), k_neighbors=4).fit(X, y)

    plain = SMOTEN(k_neighbors=4, random_state=3)
    tree = DecisionTreeClassifier(random_state=3).fit(*plain.fit_resample(X, y))
    assert_array_equal(classifier.predict_proba(X), tree.predict_proba(X))
    assert classifier.resampled_counts_ == (90, 90)


@pytest.mark.parametrize(("name", "categorical"), [("smotenc", (1, 3)), ("smoten", (0, 1, 2, 3))])
def test_new_rows_have_categories_that_exist(name: str, categorical: tuple[int, ...]) -> None:
    X, y = rows(*categorical)

    X_new, y_new = built(name, task(*categorical), balance=0.5).sampler.fit_resample(X, y)

    assert np.bincount(y_new).tolist() == [90, 60]
    assert set(X_new[120:, list(categorical)].ravel()) <= {0.0, 1.0, 2.0}


@pytest.mark.parametrize(
    ("name", "categorical", "reason"),
    [
        ("smotenc", (), "smotenc needs columns of categories and there are none; use smote"),
        (
            "smotenc",
            (0, 1, 2, 3),
            "smotenc needs a column of numbers and there is none; use smoten",
        ),
        (
            "smoten",
            (0, 2),
            "smoten takes categories only and 2 of 4 columns are numbers; use smotenc",
        ),
        ("smoten", (), "smoten takes categories only and 4 of 4 columns are numbers; use smote"),
    ],
)
def test_columns_of_the_wrong_kind_are_refused_with_the_strategy_to_use(
    name: str, categorical: tuple[int, ...], reason: str
) -> None:
    with pytest.raises(Incompatible) as caught:
        built(name, task(*categorical))

    assert str(caught.value) == reason


def test_parameters_are_asked_for_even_where_the_columns_do_not_fit() -> None:
    space = Defaults()

    with pytest.raises(Incompatible):
        compose.build("smotenc", "decision_tree", space, task(), task())

    assert {"strategy.balance", "strategy.k_neighbors"} <= space.asked.keys()


def test_too_few_rare_rows_are_a_reason_with_their_number() -> None:
    X, y = rows(1, 3)
    kept = np.r_[:90, 90:94]

    with pytest.raises(ValueError, match="n_samples_fit = 4"):
        built("smotenc", task(1, 3)).fit(X[kept], y[kept])
