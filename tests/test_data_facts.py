"""The plain facts of a dataset, and what a user is warned of."""

import json
import time
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

from benchmark.data.columns import features
from benchmark.data.facts import facts, repeated
from benchmark.types import Dataset

ROWS = 200
Y = (np.arange(ROWS) % 4 == 0).astype(np.int64)


def dataset(X: pd.DataFrame, y: Any = Y, classes: tuple[str, ...] = ("no", "yes")) -> Dataset:
    return Dataset("made", features(X), np.asarray(y), classes, fingerprint="")


def noise(columns: int = 3, rows: int = ROWS) -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(random.normal(size=(rows, columns)), columns=list("pqrstuvwxyz")[:columns])


def warned(X: pd.DataFrame, y: Any = Y, classes: tuple[str, ...] = ("no", "yes")) -> list[str]:
    """The warnings of a dataset, but for those of few rows."""
    found = facts(dataset(X, y, classes)).warnings
    return [warning for warning in found if "test folds" not in warning]


def test_columns_are_counted_by_kind() -> None:
    X = noise().assign(
        seen=pd.date_range("2024-01-01", periods=ROWS),
        colour=pd.Series(["red", "blue"] * (ROWS // 2), dtype=object),
        size=pd.Series(["s", "m", "l", "xl"] * (ROWS // 4), dtype=object),
        same=1,
        empty=np.nan,
        one_word=pd.Series(["x"] * ROWS, dtype=object),
        gaps=[1.0, np.nan] * (ROWS // 2),
    )

    found = facts(dataset(X))

    assert (found.rows, found.columns, found.numeric) == (ROWS, 14, 11)
    assert found.dates == ("seen",)
    assert found.categorical == {"size": 4, "colour": 2, "one_word": 1}
    assert found.constant == ("seen_year", "same", "empty", "one_word")


def test_missing_cells_are_counted_and_the_worst_columns_named() -> None:
    X = noise(7)
    for i, column in enumerate(X.columns[:6]):
        X.loc[: i * 10, column] = np.nan

    found = facts(dataset(X))

    assert found.missing == pytest.approx((1 + 11 + 21 + 31 + 41 + 51) / (7 * ROWS))
    assert list(found.missing_columns) == ["u", "t", "s", "r", "q"]
    assert found.missing_columns["u"] == pytest.approx(51 / ROWS)
    assert facts(dataset(noise())).missing_columns == {}


def test_classes_are_counted_in_the_order_of_their_codes() -> None:
    found = facts(dataset(noise()))

    assert list(found.classes.items()) == [("no", 150), ("yes", 50)]
    assert found.imbalance == 3


@pytest.mark.parametrize("seed", range(5))
def test_repeated_rows_are_pandas_and_unavoidable_errors_those_of_a_full_tree(seed: int) -> None:
    random = np.random.default_rng(seed)
    X = pd.DataFrame(random.integers(0, 3, size=(150, 4)).astype(float), columns=list("pqrs"))
    X = X.mask(random.random(X.shape) < 0.1)
    y = random.integers(0, 3, 150)
    labels = pd.Series(y).groupby([X[c].fillna(-1) for c in X]).transform("nunique")
    tree = DecisionTreeClassifier(random_state=0).fit(X.fillna(-1), y)

    duplicates, contradictions, unavoidable = repeated(X, y)

    assert duplicates == X.duplicated().sum() > 0
    assert contradictions == (labels > 1).sum() > 0
    assert unavoidable == (tree.predict(X.fillna(-1)) != y).sum() > 0


def test_words_repeat_too() -> None:
    X = pd.DataFrame({"a": pd.Series(["x", np.nan, "x", np.nan, "y"], dtype=object)})

    assert repeated(X, np.array([0, 1, 1, 1, 0])) == (2, 2, 1)


def test_a_column_that_gives_the_label_away_is_warned_of() -> None:
    secret = pd.Series(np.where(Y == 1, "left", "stayed"), dtype=object)

    found = facts(dataset(noise().assign(copy=Y * 2.0, word=secret)))

    assert list(found.strongest)[:2] == ["copy", "word"]
    assert found.warnings == (
        "column 'copy' alone gives the label away (AUC 1.0000); is it known before the label is?",
        "column 'word' alone gives the label away (AUC 1.0000); is it known before the label is?",
    )


def test_a_column_far_ahead_of_all_others_is_asked_about() -> None:
    good = Y + np.random.default_rng(1).normal(size=ROWS)

    assert [w[:27] for w in warned(noise().assign(good=good))] == ["column 'good' is far ahead "]
    assert warned(noise().assign(good=good, other=good + 0.1)) == []
    assert warned(noise()) == []


def test_text_that_names_rows_is_warned_of() -> None:
    names = pd.Series([f"patient {i}" for i in range(ROWS)], dtype=object)

    assert warned(noise().assign(name=names)) == [
        "column 'name' has 200 words in 200 rows: it names rows; leave it out with `drop:`"
    ]


def test_repeated_and_contradicting_rows_are_warned_of() -> None:
    X = noise()
    X.iloc[:4] = X.iloc[0]  # the first row is positive, the next three are not

    assert warned(X) == [
        "1.5% of the rows repeat an earlier one: test rows are met in training, too; if they "
        "belong together, name what they share in `groups:`",
        "rows with the same values have other labels: any model is wrong on at least 1 of 200 rows",
    ]


def test_a_small_class_is_warned_of() -> None:
    found = facts(dataset(noise(), np.repeat([1, 0], [20, 180])))

    assert found.warnings[-1] == "class 'yes' has 20 rows, 4 in each of 5 test folds"


def test_many_classes_have_facts() -> None:
    X, y = load_iris(return_X_y=True, as_frame=True)

    found = facts(dataset(X, y.to_numpy(), ("setosa", "versicolor", "virginica")))

    assert found.classes == {"setosa": 50, "versicolor": 50, "virginica": 50}
    assert found.imbalance == 1
    assert found.complexity.classes == ()
    assert found.duplicates == 1


def test_facts_are_plain_data_and_the_same_every_time() -> None:
    data = dataset(noise())

    found = facts(data)

    assert json.loads(json.dumps(asdict(found)))["complexity"]["rows"] == ROWS
    assert found == facts(data)


def test_a_hundred_columns_of_twenty_thousand_rows_are_quick() -> None:
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(20_000, 100))).rename(columns=str)
    data = dataset(X, np.repeat([1, 0], [400, 19_600]))
    start = time.process_time()

    facts(data)

    assert time.process_time() - start < 15
