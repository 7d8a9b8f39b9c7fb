"""CatBoost takes matrices of floats, and is what catboost makes of the same columns."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from catboost import CatBoostClassifier
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone

from benchmark.catalogue.models.catboost import CodedCatBoost

GENERATOR = np.random.default_rng(1)
COLOUR = GENERATOR.integers(0, 8, 200)
X = np.column_stack([GENERATOR.normal(size=200), COLOUR.astype(float)])
Y = (np.isin(COLOUR, [1, 5]) ^ (X[:, 0] > 1)).astype(np.int64)
FRAME = pd.DataFrame({"width": X[:, 0], "colour": COLOUR})


def plain(**settings: Any) -> CatBoostClassifier:
    return CatBoostClassifier(
        n_estimators=30,
        learning_rate=0.1,
        leaf_estimation_iterations=10,
        random_seed=3,
        thread_count=1,
        allow_writing_files=False,
        verbose=False,
        **settings,
    )


@pytest.mark.parametrize("weights", [None, np.arange(200.0) + 1])
def test_codes_of_categories_are_the_categories_of_catboost(weights: Any) -> None:
    ours = CodedCatBoost(30, categorical=(1,), random_state=3)

    ours.fit(X, Y, sample_weight=weights)

    theirs = plain(cat_features=["colour"]).fit(FRAME, Y, sample_weight=weights)
    assert_allclose(ours.predict_proba(X), theirs.predict_proba(FRAME), rtol=1e-12)
    assert_array_equal(ours.predict(X), theirs.predict(FRAME))


def test_numbers_alone_need_no_categories() -> None:
    ours = CodedCatBoost(30, random_state=3).fit(X, Y)

    assert_allclose(ours.predict_proba(X), plain().fit(X, Y).predict_proba(X), rtol=1e-12)


def test_its_settings_are_those_that_catboost_chooses_for_its_own_thousand_rounds() -> None:
    for y in (Y, COLOUR % 3):
        ours = CodedCatBoost(2, random_state=3).fit(X, y).classifier_.get_all_params()
        theirs = CatBoostClassifier(
            iterations=1000, random_seed=3, thread_count=1, allow_writing_files=False, verbose=False
        )
        theirs.set_params(depth=1).fit(X, y)
        differ = {key for key, value in theirs.get_all_params().items() if ours[key] != value}
        assert differ == {"iterations", "learning_rate", "depth", "max_leaves"}


def test_many_classes_are_predicted_as_codes() -> None:
    fitted = CodedCatBoost(5, categorical=(1,)).fit(X, COLOUR % 3)

    assert fitted.predict_proba(X).shape == (200, 3)
    assert_array_equal(fitted.predict(X), np.argmax(fitted.predict_proba(X), axis=1))


def test_a_clone_has_the_same_categories() -> None:
    assert clone(CodedCatBoost(categorical=(1, 4))).get_params() == {
        "n_estimators": 100,
        "learning_rate": 0.1,
        "depth": 6,
        "l2_leaf_reg": 3.0,
        "categorical": (1, 4),
        "random_state": 0,
    }
