"""Columns → numbers, fitted on training rows only and shared between pairs."""

from dataclasses import dataclass
from typing import Any

import joblib  # type: ignore[import-untyped]  # it comes without types
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from benchmark.engine.shelf import Shared, Shelf
from benchmark.types import Dataset, Floats, Integers
from benchmark.use import Preprocess

_SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}


@dataclass(frozen=True, eq=False)
class Prepared:
    """Numbers for the rows to fit and for the rows to predict; both read-only.

    Attributes:
        transformer: what made them, fitted on the rows to fit.
    """

    X_fit: Floats
    X_other: Floats
    transformer: ColumnTransformer

    def seen(self, X: pd.DataFrame) -> Floats:
        """Other rows as these are; not kept, since few fits need them."""
        return _frozen(self.transformer.transform(X))


def encoded(dataset: Dataset, settings: Preprocess) -> ColumnTransformer:
    """Impute and scale numbers (median), impute and encode categories (most frequent)."""
    numbers, categories = _columns(dataset)
    return ColumnTransformer(
        [
            ("numeric", make_pipeline(_median(), _scaler(settings)), numbers),
            ("categorical", make_pipeline(_most_frequent(), _encoder(settings)), categories),
        ],
        sparse_threshold=0.0,
    )


def mixed(dataset: Dataset) -> ColumnTransformer:
    """Impute numbers, impute categories and number them; numbers come first.

    A category that the training rows lack is -1.
    """
    numbers, categories = _columns(dataset)
    return ColumnTransformer(
        [
            ("numeric", _median(), numbers),
            ("categorical", make_pipeline(_most_frequent(), _codes()), categories),
        ],
    )


def category_numbers(dataset: Dataset) -> tuple[int, ...]:
    """The columns of `mixed` that hold numbers of categories."""
    numbers, categories = _columns(dataset)
    return tuple(range(len(numbers), len(numbers) + len(categories)))


def encoder(dataset: Dataset, settings: Preprocess) -> ColumnTransformer:
    """What is left to do on the columns of `mixed`: scale numbers and encode categories."""
    categories = list(category_numbers(dataset))
    numbers = [i for i in range(dataset.X.shape[1]) if i not in categories]
    return ColumnTransformer(
        [
            ("numeric", _scaler(settings), numbers),
            ("categorical", _encoder(settings), categories),
        ],
        sparse_threshold=0.0,
    )


def _columns(dataset: Dataset) -> tuple[list[str], list[str]]:
    categories = list(dataset.categorical)
    return [column for column in dataset.X.columns if column not in categories], categories


def _median() -> SimpleImputer:
    return SimpleImputer(strategy="median", keep_empty_features=True)


def _most_frequent() -> SimpleImputer:
    return SimpleImputer(strategy="most_frequent", keep_empty_features=True)


def _scaler(settings: Preprocess) -> Any:
    return _SCALERS.get(settings.scale, FunctionTransformer)()


def _codes() -> OrdinalEncoder:
    return OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)


def _encoder(settings: Preprocess) -> Any:
    if settings.categories == "ordinal":
        return _codes()
    return OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        max_categories=settings.max_categories,
        sparse_output=False,
    )


def prepare(
    shelf: Shelf,
    dataset: Dataset,
    settings: Preprocess,
    fit: Integers,
    other: Integers,
    *,
    as_mixed: bool = False,
) -> Shared[Prepared]:
    """Fit the preprocessing on the rows `fit`; transform them and the rows `other`.

    `as_mixed` gives the columns of `mixed`, without it those of `encoded`.
    """
    rows = joblib.hash((fit, other))
    key = (dataset.fingerprint, settings, as_mixed, rows)

    def made() -> Prepared:
        transformer = mixed(dataset) if as_mixed else encoded(dataset, settings)
        X_fit = _frozen(transformer.fit_transform(dataset.X.iloc[fit]))
        X_other = _frozen(transformer.transform(dataset.X.iloc[other]))
        return Prepared(X_fit, X_other, transformer)

    return shelf.get(key, made, lambda made: made.X_fit.nbytes + made.X_other.nbytes)


def _frozen(X: Any) -> Floats:
    """A contiguous float array that no estimator can change for the next one."""
    array = np.ascontiguousarray(X, dtype=np.float64)
    array.setflags(write=False)
    return array.view()  # of which nobody can take that back
