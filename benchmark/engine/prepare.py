"""Columns → numbers, fitted on training rows only and shared between pairs."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
)

from benchmark.suite import Preprocess
from benchmark.types import Dataset, Floats, Integers

_SCALERS = {"standard": StandardScaler, "minmax": MinMaxScaler, "robust": RobustScaler}


@dataclass(frozen=True, eq=False)
class Prepared:
    """Numbers for the rows to fit and for the rows to predict; both read-only."""

    X_fit: Floats
    X_other: Floats


def preprocessor(dataset: Dataset, settings: Preprocess) -> ColumnTransformer:
    """Impute and scale numbers (median), impute and encode categories (most frequent)."""
    categorical = list(dataset.categorical)
    numeric = [column for column in dataset.X.columns if column not in categorical]
    return ColumnTransformer(
        [
            ("numeric", _numeric(settings), numeric),
            ("categorical", _categorical(settings), categorical),
        ],
        sparse_threshold=0.0,
    )


def _numeric(settings: Preprocess) -> Pipeline:
    scaler = _SCALERS.get(settings.scale, FunctionTransformer)
    return make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), scaler())


def _categorical(settings: Preprocess) -> Pipeline:
    imputer = SimpleImputer(strategy="most_frequent", keep_empty_features=True)
    if settings.categories == "ordinal":
        encoder: Any = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    else:
        encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return make_pipeline(imputer, encoder)


class Preparer:
    """Prepares rows, and keeps what it prepared while it fits into `max_bytes`.

    Seeds depend on neither strategy nor model, so all pairs of a fold meet the same rows and
    the numbers are the same whether they were kept or made again.
    """

    def __init__(self, max_bytes: int = 256 * 2**20) -> None:
        self._max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, Prepared] = OrderedDict()

    def prepare(
        self, dataset: Dataset, settings: Preprocess, fit: Integers, other: Integers
    ) -> Prepared:
        """Fit the preprocessing on the rows `fit`; transform them and the rows `other`."""
        key = (dataset.fingerprint, settings, fit.tobytes(), other.tobytes())
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        transformer = preprocessor(dataset, settings)
        X_fit = _frozen(transformer.fit_transform(dataset.X.iloc[fit]))
        X_other = _frozen(transformer.transform(dataset.X.iloc[other]))
        return self._keep(key, Prepared(X_fit, X_other))

    def _keep(self, key: Hashable, prepared: Prepared) -> Prepared:
        self._kept[key] = prepared
        while len(self._kept) > 1 and self._size() > self._max_bytes:
            self._kept.popitem(last=False)
        return prepared

    def _size(self) -> int:
        return sum(p.X_fit.nbytes + p.X_other.nbytes for p in self._kept.values())


def _frozen(X: Any) -> Floats:
    """A contiguous float array that no estimator can change for the next one."""
    array = np.ascontiguousarray(X, dtype=np.float64)
    array.setflags(write=False)
    return array
