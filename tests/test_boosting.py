"""Boosters: what their first rounds predict, and columns that hold codes of categories."""

from contextlib import suppress
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from numpy.testing import assert_array_equal
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from xgboost import XGBClassifier

from benchmark.catalogue import compose
from benchmark.catalogue.registry import MODELS, STRATEGIES
from benchmark.engine.rounds import Rounds, unwrapped
from benchmark.errors import Incompatible
from benchmark.space import Defaults
from benchmark.types import Task

LONG, SHORT = 60, [1, 13, 59, 60]
RANDOM = {  # settings under which a round depends on the random numbers drawn so far
    "gradient_boosting": {"subsample": 0.7, "max_features": 0.5},
    "xgboost": {"subsample": 0.7, "colsample_bytree": 0.6},
    "lightgbm": {"subsample": 0.7, "colsample_bytree": 0.6},
}
BOOSTERS = [entry.name for entry in MODELS if entry.prefixes]
CODES = (1, 3)


def built(name: str, task: Task, **params: Any) -> Any:
    """An unfitted model with these parameters."""
    space = Defaults({f"model.{key}": value for key, value in params.items()})
    return MODELS.get(name).function(space.scoped("model"), task)


def rounds_of(name: str, task: Task) -> str:
    """The parameter of a booster that is its number of rounds."""
    space = Defaults()
    MODELS.get(name).function(space.scoped("model"), task)
    (found,) = [p.short_name for p in space.asked.values() if p.prefix]
    return found


def blobs(classes: int) -> tuple[Any, Any, Task]:
    X, y = make_classification(
        150, 6, n_informative=4, n_classes=classes, flip_y=0.2, random_state=classes
    )
    counts = tuple(np.bincount(y).tolist())
    return X, y.astype(np.int64), Task(seed=5, class_counts=counts, n_columns=6)


def test_every_booster_has_prefixes() -> None:
    assert BOOSTERS == [
        "adaboost", "catboost", "gradient_boosting", "hist_gradient_boosting", "lightgbm",
        "xgboost",
    ]  # fmt: skip


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("name", BOOSTERS)
def test_the_first_rounds_of_a_long_fit_are_a_short_fit_to_the_last_bit(
    name: str, classes: int
) -> None:
    X, y, task = blobs(classes)
    parameter, prefixes = rounds_of(name, task), MODELS.get(name).prefixes
    long = built(name, task, **{parameter: LONG}, **RANDOM.get(name, {})).fit(X, y)

    for rounds, found in zip(SHORT, prefixes(long, X, SHORT), strict=True):
        short = built(name, task, **{parameter: rounds}, **RANDOM.get(name, {})).fit(X, y)
        assert_array_equal(found, short.predict_proba(X), err_msg=str(rounds))


def test_rounds_after_the_end_of_boosting_change_nothing() -> None:
    X, y, task = blobs(2)
    X = np.column_stack([X, y])
    fitted = built("adaboost", task).fit(X, y)

    assert len(fitted.estimators_) == 1
    (found,) = MODELS.get("adaboost").prefixes(fitted, X, [30])
    assert_array_equal(found, fitted.predict_proba(X))


@pytest.mark.parametrize("name", BOOSTERS)
def test_rounds_are_chosen_where_nothing_but_wrappers_stands_around_the_booster(name: str) -> None:
    task = Task(seed=5, class_counts=(90, 30), n_columns=6)
    kind = type(built(name, task))
    found = {}
    for strategy in [entry.name for entry in STRATEGIES if "torch" not in entry.requires]:
        space = Defaults()
        with suppress(Incompatible):
            classifier = compose.build(strategy, name, space, task, task)
            rounds = Rounds.of(classifier, MODELS.get(name), space)
            assert (rounds is not None) == (type(unwrapped(classifier)) is kind), strategy
            found[strategy] = rounds is not None

    assert {name for name, chosen in found.items() if chosen} > {"none", "smote", "class_weight"}
    assert not any(found[name] for name in ("bagging", "balanced_bagging", "easy_ensemble"))


def coded() -> tuple[Any, Any, Task]:
    """Two numbers and two columns of category codes, the first with a pattern no cut can find."""
    generator = np.random.default_rng(0)
    colour, size = generator.integers(0, 12, 400), generator.integers(0, 3, 400)
    X = np.column_stack([generator.normal(size=400), colour, generator.normal(size=400), size])
    y = (np.isin(colour, [1, 4, 7, 10]) ^ (X[:, 0] > 1)).astype(np.int64)
    X.setflags(write=False)
    task = Task(seed=5, class_counts=(250, 150), n_columns=4, categorical=CODES)
    return X, y, task


def frame(X: Any) -> pd.DataFrame:
    """The same rows as the libraries document them: with pandas categories."""
    levels = {1: range(12), 3: range(3)}
    columns = {
        str(i): pd.Categorical(X[:, i].astype(int), categories=levels[i]) if i in CODES else X[:, i]
        for i in range(4)
    }
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("name", "direct"),
    [
        ("xgboost", XGBClassifier(enable_categorical=True, n_jobs=1, random_state=5)),
        ("lightgbm", LGBMClassifier(n_jobs=1, verbosity=-1, random_state=5)),
        (
            "hist_gradient_boosting",
            HistGradientBoostingClassifier(early_stopping=False, random_state=5),
        ),
    ],
)
def test_codes_of_categories_are_the_categories_of_the_library(name: str, direct: Any) -> None:
    X, y, task = coded()

    ours = built(name, task).fit(X, y).predict_proba(X)

    numbers = built(name, Task(5, (250, 150), 4)).fit(X, y).predict_proba(X)
    assert_array_equal(ours, direct.fit(frame(X), y).predict_proba(frame(X)))
    assert np.abs(ours - numbers).max() > 0.01


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("xgboost", 99.0),  # a category that was not there in training
        ("lightgbm", 99.0),
        ("catboost", 99.0),
        ("hist_gradient_boosting", np.nan),
    ],
)
def test_an_unknown_category_is_one_that_was_never_seen_or_is_missing(
    name: str, twin: float
) -> None:
    X, y, task = coded()
    fitted = built(name, task).fit(X, y)
    unknown, other = X[:50].copy(), X[:50].copy()
    unknown[:, 1], other[:, 1] = -1.0, twin

    assert_array_equal(fitted.predict_proba(unknown), fitted.predict_proba(other))
    assert (fitted.predict_proba(unknown) != fitted.predict_proba(X[:50])).any()


def test_too_many_categories_are_told_by_their_number() -> None:
    X, y, task = coded()
    many = X.copy()
    many[:, 1] = np.arange(len(X))

    with pytest.raises(ValueError, match="cardinality <= 255 but actually has a cardinality of"):
        built("hist_gradient_boosting", task).fit(many, y)
