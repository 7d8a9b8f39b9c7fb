"""Anomaly scores agree with their definitions; nobody is scored by a detector that knows them."""

from typing import Any

import numpy as np
import pytest
from contracts import clouds
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.compose import make_column_transformer
from sklearn.ensemble import IsolationForest, StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import KFold
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

from benchmark.catalogue import compose
from benchmark.catalogue.strategies.anomaly import AnomalyFeatures, out_of_fold
from benchmark.errors import Incompatible
from benchmark.space import Defaults
from benchmark.types import Task

DETECTORS = ("isolation_forest", "one_class_svm", "local_outlier_factor", "gaussian_mixture")
KNOWN = clouds(rows=300, positives=30, distance=3.0)
NEW = clouds(rows=80, positives=20, distance=3.0, seed=1).X.to_numpy()


def built(name: str, model: str = "own", **params: Any) -> Any:
    task = Task(seed=3, class_counts=KNOWN.class_counts, n_columns=4)
    return compose.build(name, model, Defaults(compose.fixed(params, {})), task, task)


def values(name: str, X: Any, y: Any, **params: Any) -> Any:
    """Decision values of the new rows, without the threshold."""
    classifier = built(name, **params).fit(X, y)
    return classifier.decision_function(NEW) + classifier.threshold_


def local_outlier_factors(known: Any, new: Any, k: int) -> Any:
    """The definitions of Breunig et al. (2000), each a line."""
    distances = cdist(known, known)
    np.fill_diagonal(distances, np.inf)
    neighbours = np.argsort(distances, axis=1)[:, :k]
    k_distance = np.sort(distances, axis=1)[:, k - 1]
    reach = np.maximum(np.take_along_axis(distances, neighbours, axis=1), k_distance[neighbours])
    density = 1 / reach.mean(axis=1)
    distances = cdist(new, known)
    neighbours = np.argsort(distances, axis=1)[:, :k]
    reach = np.maximum(np.take_along_axis(distances, neighbours, axis=1), k_distance[neighbours])
    return density[neighbours].mean(axis=1) * reach.mean(axis=1)


def test_local_outlier_factor_is_the_one_of_its_paper() -> None:
    X, y = KNOWN.X.to_numpy(), KNOWN.y

    found = values("local_outlier_factor", X, y, n_neighbors=12)

    assert_allclose(found, local_outlier_factors(X[y == 0], NEW, 12), rtol=1e-8)


def test_gaussian_mixture_of_one_is_the_normal_density_of_the_common_rows() -> None:
    X, y = KNOWN.X.to_numpy(), KNOWN.y
    common = X[y == 0]

    found = values("gaussian_mixture", X, y)

    covariance = np.cov(common.T, bias=True) + 1e-6 * np.eye(4)
    density = stats.multivariate_normal(common.mean(axis=0), covariance)
    assert_allclose(found, -density.logpdf(NEW), rtol=1e-9)


def test_one_class_svm_is_the_kernel_expansion_of_the_common_rows() -> None:
    X, y = KNOWN.X.to_numpy(), KNOWN.y
    common = X[y == 0]

    found = values("one_class_svm", X, y, nu=0.2)

    plain = OneClassSVM(nu=0.2).fit(common)
    kernel = np.exp(-cdist(NEW, common[plain.support_], "sqeuclidean") / (4 * common.var()))
    # The weights of Schölkopf et al. (2001) add up to 1.
    weights = plain.dual_coef_[0] / (0.2 * len(common))
    assert weights.sum() == pytest.approx(1)
    assert_allclose(found, -kernel @ weights, rtol=1e-9)


def test_isolation_forest_learns_from_all_rows_unless_told_otherwise() -> None:
    X, y = KNOWN.X.to_numpy(), KNOWN.y
    forest = IsolationForest(random_state=3)

    every = values("isolation_forest", X, y)
    common = values("isolation_forest", X, y, train_on="majority")

    assert_array_equal(every, -forest.fit(X).score_samples(NEW))
    assert_array_equal(common, -forest.fit(X[y == 0]).score_samples(NEW))


@pytest.mark.parametrize("name", DETECTORS)
def test_detectors_find_a_rare_class_that_lies_apart(name: str) -> None:
    X, y = KNOWN.X.to_numpy(), KNOWN.y

    found = values(name, X, y, train_on="majority")

    rare = clouds(rows=80, positives=20, distance=3.0, seed=1).y == 1
    wins = stats.mannwhitneyu(found[rare], found[~rare]).statistic / (20 * 60)
    assert wins > 0.9


@pytest.mark.parametrize("name", DETECTORS)
def test_as_many_unseen_rows_are_called_positive_as_there_were_positives(name: str) -> None:
    share, n, unseen = 0.15, 600, 4000
    known = clouds(rows=n, positives=int(share * n))
    new = clouds(rows=unseen, positives=int(share * unseen), seed=1)

    classifier = built(name).fit(known.X.to_numpy(), known.y)

    error = np.sqrt(share * (1 - share) * (1 / n + 1 / unseen))
    assert classifier.predict(new.X.to_numpy()).mean() == pytest.approx(share, abs=4 * error)


@pytest.mark.parametrize("name", DETECTORS)
def test_labels_are_the_sign_of_the_decision(name: str) -> None:
    classifier = built(name).fit(KNOWN.X.to_numpy(), KNOWN.y)

    said = classifier.predict(NEW)

    assert_array_equal(said, classifier.decision_function(NEW) > 0)
    assert set(said) == {0, 1}


@pytest.mark.parametrize("name", DETECTORS)
def test_a_class_that_is_not_rare_is_no_anomaly(name: str) -> None:
    task = Task(seed=3, class_counts=(40, 60), n_columns=4)
    space = Defaults()

    with pytest.raises(Incompatible) as caught:
        compose.build(name, "own", space, task, task)

    assert str(caught.value) == "an anomaly is rare, and 60 of 100 rows are positive"
    assert "strategy.train_on" in space.asked


def test_training_rows_are_as_strange_out_of_fold_as_unseen_ones_are() -> None:
    known = clouds(rows=400, positives=40).X.to_numpy()
    unseen = clouds(rows=4000, positives=400, seed=1).X.to_numpy()
    y = np.zeros(400, dtype=np.int64)
    detector = LocalOutlierFactor(n_neighbors=5, novelty=True)

    fair = out_of_fold(detector, known, y, "all", KFold(5, shuffle=True, random_state=0))

    fitted = detector.fit(known)
    new = -fitted.score_samples(unseen)
    assert stats.ks_2samp(fair, new).pvalue > 0.01
    assert stats.ks_2samp(-fitted.score_samples(known), new).pvalue < 1e-6


class Strangeness(ClassifierMixin, BaseEstimator):
    """Makes a detector a classifier, so that scikit-learn can stack it."""

    def __init__(self, detector: Any) -> None:
        self.detector = detector

    def fit(self, X: Any, y: Any) -> Any:
        self.classes_ = np.unique(y)
        self.detector_ = self.detector.fit(X)
        return self

    def predict(self, X: Any) -> Any:
        return self.classes_[(self.decision_function(X) > 0).astype(int)]

    def decision_function(self, X: Any) -> Any:
        return -self.detector_.score_samples(X)


def test_anomaly_features_are_what_scikit_learn_stacks() -> None:
    X, y = KNOWN.X.to_numpy(), KNOWN.y
    detectors = [
        IsolationForest(random_state=3),
        LocalOutlierFactor(novelty=True),
        GaussianMixture(random_state=3),
    ]

    model = LogisticRegression(tol=1e-10, max_iter=10_000)
    found = built("anomaly_features", "logistic_regression").set_params(classifier=model).fit(X, y)

    columns = make_column_transformer((StandardScaler(), [0, 1, 2]), remainder="passthrough")
    plain = StackingClassifier(
        [(str(i), Strangeness(detector)) for i, detector in enumerate(detectors)],
        make_pipeline(columns, model),
        cv=KFold(5, shuffle=True, random_state=3),
        stack_method="decision_function",
        passthrough=True,
    ).fit(X, y)
    assert_allclose(found.predict_proba(NEW), plain.predict_proba(NEW), atol=1e-7)
    assert_array_equal(found.predict(NEW), plain.predict(NEW))


def test_anomaly_features_hand_on_weights_and_work_for_three_classes() -> None:
    X = np.random.default_rng(0).normal(size=(120, 3))
    y = np.repeat([0, 1, 2], [80, 25, 15])
    X += y[:, np.newaxis]
    model = LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000)
    plain = AnomalyFeatures([OneClassSVM()], model, random_state=0).fit(X, y)

    # Weights of 2 under half the C are the same penalised likelihood.
    halved = LogisticRegression(C=0.25, tol=1e-10, max_iter=10_000)
    weighted = AnomalyFeatures([OneClassSVM()], halved, random_state=0)
    weighted.fit(X, y, row_weights=np.full(120, 2.0))

    assert weighted.predict_proba(X).shape == (120, 3)
    assert_allclose(weighted.predict_proba(X), plain.predict_proba(X), atol=1e-6)


def test_the_detectors_of_anomaly_features_are_named_and_at_least_one_is_needed() -> None:
    off = {"isolation_forest": False, "local_outlier_factor": False, "gaussian_mixture": False}

    alone = built("anomaly_features", "ridge", **off, one_class_svm=True)
    with pytest.raises(Incompatible, match="anomaly_features needs at least 1 detector"):
        built("anomaly_features", "ridge", **off)

    assert len(alone.detectors) == 1
    assert isinstance(alone.detectors[0], OneClassSVM)
    assert not hasattr(alone, "predict_proba")
    assert alone.fit(KNOWN.X.to_numpy(), KNOWN.y).decision_function(NEW).shape == (80,)


def test_anomaly_features_come_before_a_sampler_or_after_it() -> None:
    X, y = KNOWN.X.to_numpy(), KNOWN.y
    quick = {"anomaly_features.isolation_forest": False}

    before = built("anomaly_features+smote", "logistic_regression", **quick).fit(X, y)
    after = built("smote+anomaly_features", "logistic_regression", **quick).fit(X, y)

    assert before.classifier_.resampled_counts_ == (270, 270)
    assert after.resampled_counts_ == (270, 270)
    assert before.classifier_.classifier_.n_features_in_ == 6
    assert after.classifier_.classifier_.n_features_in_ == 6
