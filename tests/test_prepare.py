"""Columns become numbers by statistics of the training rows alone."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contracts import clouds, mixed
from numpy.testing import assert_allclose, assert_array_equal

from benchmark.engine.prepare import prepare
from benchmark.engine.shelf import Shelf
from benchmark.types import Dataset
from benchmark.use import Preprocess

FIT, OTHER = np.arange(0, 100), np.arange(100, 150)
PLAIN = Preprocess(scale="none", categories="ordinal")


def dataset_of(**columns: Any) -> Dataset:
    X = pd.DataFrame(columns)
    y = np.arange(len(X)) % 2
    return Dataset("table", X, y, ("0", "1"), str(columns))


@pytest.mark.parametrize(
    ("scale", "centre", "spread"),
    [
        ("standard", lambda X: X.mean(), lambda X: X.std(ddof=0)),
        ("minmax", lambda X: X.min(), lambda X: X.max() - X.min()),
        ("robust", lambda X: X.median(), lambda X: X.quantile(0.75) - X.quantile(0.25)),
        ("none", lambda X: 0.0, lambda X: 1.0),
    ],
)
def test_numbers_are_imputed_by_the_median_and_scaled(scale: Any, centre: Any, spread: Any) -> None:
    dataset = mixed()
    numbers = dataset.X[[*"abcd"]]
    filled = numbers.fillna(numbers.iloc[FIT].median())
    fitted = filled.iloc[FIT]

    found = prepare(Shelf(), dataset, Preprocess(scale=scale), FIT, OTHER).value

    expected = (filled - centre(fitted)) / spread(fitted)
    assert_allclose(found.X_fit[:, :4], expected.iloc[FIT], rtol=1e-12, atol=1e-12)
    assert_allclose(found.X_other[:, :4], expected.iloc[OTHER], rtol=1e-12, atol=1e-12)


def test_categories_are_imputed_by_the_most_frequent_and_encoded_one_hot() -> None:
    dataset = mixed()
    colour = dataset.X["colour"]
    filled = colour.fillna(colour.iloc[FIT].mode()[0])

    found = prepare(Shelf(), dataset, Preprocess(), FIT, OTHER).value

    expected = pd.get_dummies(filled)[["blue", "green", "red"]].to_numpy(dtype=np.float64)
    assert_array_equal(found.X_fit[:, 4:], expected[FIT])
    assert_array_equal(found.X_other[:, 4:], expected[OTHER])


def test_categories_are_encoded_by_their_order_in_the_alphabet_and_new_ones_apart() -> None:
    dataset = dataset_of(colour=["b", "a", "c", "a", "z", np.nan])

    found = prepare(Shelf(), dataset, PLAIN, np.arange(4), np.arange(4, 6)).value

    assert found.X_fit.tolist() == [[1.0], [0.0], [2.0], [0.0]]
    assert found.X_other.tolist() == [[-1.0], [0.0]]


def test_a_new_category_is_no_column_when_encoded_one_hot() -> None:
    dataset = dataset_of(colour=["b", "a", "b", "a", "z"])

    found = prepare(Shelf(), dataset, Preprocess(), np.arange(4), np.arange(4, 5)).value

    assert found.X_other.tolist() == [[0.0, 0.0]]


def test_a_column_that_is_empty_in_the_training_rows_keeps_its_place() -> None:
    dataset = dataset_of(a=[np.nan, np.nan, 5.0], b=[1.0, 3.0, 2.0])

    found = prepare(Shelf(), dataset, PLAIN, np.arange(2), np.arange(2, 3)).value

    assert found.X_fit.tolist() == [[0.0, 1.0], [0.0, 3.0]]
    assert found.X_other.tolist() == [[5.0, 2.0]]


def test_other_rows_change_nothing_in_the_training_rows() -> None:
    dataset = mixed()
    X = dataset.X.copy()
    X.loc[OTHER, [*"abcd"]] = 1e6
    X.loc[OTHER, "colour"] = "ultraviolet"

    one = prepare(Shelf(), dataset, Preprocess(), FIT, OTHER).value
    two = prepare(Shelf(), replace(dataset, X=X), Preprocess(), FIT, OTHER).value

    assert_array_equal(one.X_fit, two.X_fit)


def test_prepared_rows_are_contiguous_float64_and_read_only() -> None:
    found = prepare(Shelf(), mixed(), Preprocess(), FIT, OTHER).value

    for rows in (found.X_fit, found.X_other):
        assert rows.dtype == np.float64
        assert rows.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            rows[0, 0] = 1.0


def test_the_same_rows_are_prepared_once() -> None:
    shelf, dataset = Shelf(), clouds()

    one = prepare(shelf, dataset, Preprocess(), FIT, OTHER)
    two = prepare(shelf, dataset, Preprocess(), FIT.copy(), OTHER.copy())

    assert one.value is two.value
    assert one.seconds > two.seconds == 0


@pytest.mark.parametrize(
    ("dataset", "settings", "fit", "other"),
    [
        (replace(clouds(), fingerprint="another"), Preprocess(), FIT, OTHER),
        (clouds(), Preprocess(scale="minmax"), FIT, OTHER),
        (clouds(), Preprocess(), FIT[1:], OTHER),
        (clouds(), Preprocess(), FIT, OTHER[1:]),
    ],
)
def test_other_data_settings_or_rows_are_prepared_anew(
    dataset: Dataset, settings: Preprocess, fit: Any, other: Any
) -> None:
    shelf = Shelf()
    one = prepare(shelf, clouds(), Preprocess(), FIT, OTHER).value

    two = prepare(shelf, dataset, settings, fit, other).value

    assert one is not two
    assert prepare(shelf, clouds(), Preprocess(), FIT, OTHER).value is one
