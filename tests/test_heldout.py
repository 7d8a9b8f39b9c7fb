"""Early stopping sees rows that no strategy has touched."""

import copy

import numpy as np
import pytest
from imblearn.over_sampling import SMOTE
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.ensemble import BaggingClassifier, IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from benchmark.catalogue.encoded import Encoded
from benchmark.catalogue.heldout import SHARE, HeldOut, hold_out
from benchmark.catalogue.resampling import Resampled
from benchmark.catalogue.strategies.anomaly import AnomalyFeatures
from benchmark.engine.fit import fit
from benchmark.engine.stopwatch import Stopwatch
from benchmark.types import Floats, Integers


class Looker(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A model that keeps what it was given."""

    rows_beside = ("validation",)

    def __init__(self, validation: HeldOut | None = None, random_state: int = 0) -> None:
        self.validation = validation
        self.random_state = random_state

    def fit(self, X: Floats, y: Integers, sample_weight: Floats | None = None) -> "Looker":
        self.classes_ = np.unique(y)
        self.X_, self.y_, self.weights_ = X, y, sample_weight
        return self


@pytest.fixture
def table() -> tuple[Floats, Integers]:
    X, y = make_classification(400, 5, weights=[0.9], random_state=1)
    return X, y


def rows(X: Floats) -> set[tuple[float, ...]]:
    return {tuple(row) for row in X.tolist()}


def test_a_share_of_each_class_is_held_out_and_the_rest_is_fitted(
    table: tuple[Floats, Integers],
) -> None:
    X, y = table
    model = Looker()
    fit(model, X, y, np.arange(400.0), Stopwatch())

    assert model.validation is not None
    assert np.bincount(model.validation.y).tolist() == [
        int(SHARE * n) for n in np.bincount(y).tolist()
    ]
    assert rows(model.X_) | rows(model.validation.X) == rows(X)
    assert not rows(model.X_) & rows(model.validation.X)
    assert model.weights_ is not None
    assert np.array_equal(X[model.weights_.astype(int)], model.X_)


def test_no_synthetic_row_validates(table: tuple[Floats, Integers]) -> None:
    X, y = table
    pipeline = Resampled(SMOTE(random_state=0), Looker())
    fit(pipeline, X, y, None, Stopwatch())
    model = pipeline.classifier_

    assert rows(model.validation.X) < rows(X)
    assert not rows(model.validation.X) & rows(model.X_)
    assert len(set(np.bincount(model.y_).tolist())) == 1
    assert len(set(np.bincount(model.validation.y).tolist())) == 2


def test_held_out_rows_are_encoded_as_the_others_are(table: tuple[Floats, Integers]) -> None:
    X, y = table
    pipeline = Encoded(StandardScaler(), Resampled(SMOTE(random_state=0), Looker()))
    fit(pipeline, X, y, None, Stopwatch())
    model = pipeline.classifier_.classifier_
    scaler = pipeline.encoder_

    back = scaler.inverse_transform(model.validation.X)
    assert np.abs(back[:, None, :] - X[None]).max(axis=2).min(axis=1) == pytest.approx(0, abs=1e-9)
    assert scaler.mean_ != pytest.approx(X.mean(axis=0))  # fitted without the held-out rows


def test_held_out_rows_get_the_columns_that_are_added(table: tuple[Floats, Integers]) -> None:
    X, y = table
    pipeline = AnomalyFeatures([IsolationForest(random_state=0)], Looker())
    fit(pipeline, X, y, None, Stopwatch())
    model = pipeline.classifier_

    assert rows(model.validation.X[:, :5]) < rows(X)
    assert model.validation.X.shape[1] == model.X_.shape[1] == 6


def test_a_member_of_an_ensemble_gets_them_too(table: tuple[Floats, Integers]) -> None:
    X, y = table
    ensemble = BaggingClassifier(Looker(), n_estimators=2)

    left = hold_out(ensemble, X, y)
    assert len(left) < len(y)
    assert ensemble.get_params()["estimator__validation"] is not None


def test_a_class_of_fewer_than_five_rows_keeps_them_and_one_class_alone_validates_nothing() -> None:
    X, y = np.arange(24.0)[:, None], np.repeat([0, 1], [20, 4])
    model = Looker()

    assert len(hold_out(model, X, y)) == 24
    assert model.validation is None


def test_other_models_keep_all_rows(table: tuple[Floats, Integers]) -> None:
    X, y = table

    assert len(hold_out(StandardScaler(), X, y)) == len(y)
    assert len(hold_out(object(), X, y)) == len(y)


def test_another_seed_holds_out_other_rows(table: tuple[Floats, Integers]) -> None:
    X, y = table
    first, same, other = (hold_out(Looker(random_state=s), X, y) for s in (1, 1, 2))

    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_held_out_rows_are_shared_by_copies() -> None:
    held = HeldOut(np.ones((2, 1)), np.array([0, 1]))

    assert copy.deepcopy(held) is held
    assert clone(Looker(held)).validation is held


class Validating(LogisticRegression):
    """A model of someone else with a parameter of that name."""

    def __init__(self, validation: float = 0.1) -> None:
        super().__init__()
        self.validation = validation


def test_a_parameter_of_that_name_in_a_model_of_another_project_is_left_alone(
    table: tuple[Floats, Integers],
) -> None:
    X, y = table
    model = Validating()

    assert len(hold_out(model, X, y)) == len(y)
    assert model.validation == 0.1


def test_where_a_class_is_missing_nothing_is_held_out(table: tuple[Floats, Integers]) -> None:
    X, y = table

    assert len(hold_out(Looker(), X, 2 * y)) == len(y)
