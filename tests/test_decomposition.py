"""Problems that were cut into others are put together as their definitions say."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsOneClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from benchmark.catalogue import compose
from benchmark.catalogue.strategies.decomposition import MajorityClusters
from benchmark.errors import Incompatible
from benchmark.space import Defaults
from benchmark.types import Task

KMEANS = KMeans(3, random_state=0)


def between() -> tuple[Any, Any]:
    """In one column, 20 rare rows at 0 between 60 common ones at -4 and 40 at 4."""
    centres, sizes = [-4.0, 4.0, 0.0], [60, 40, 20]
    y = np.repeat([0, 0, 1], sizes)
    X = np.repeat(centres, sizes) + np.random.default_rng(0).normal(size=120)
    return X.reshape(-1, 1), y


def three() -> tuple[Any, Any]:
    """Three classes in two columns."""
    y = np.repeat([0, 1, 2], [40, 90, 20])
    X = np.random.default_rng(0).normal(size=(150, 2)) + y[:, np.newaxis]
    return X, y


def built(name: str, model: str, y: Any, **params: Any) -> Any:
    counts = tuple(np.bincount(y).tolist())
    task = Task(seed=3, class_counts=counts, n_columns=2)
    return compose.build(name, model, Defaults(compose.fixed(params, {})), task, task)


def test_probabilities_are_bayes_rule_with_a_gaussian_for_each_cluster() -> None:
    X, y = between()

    found = MajorityClusters(KMEANS, GaussianNB()).fit(X, y).predict_proba(X)

    cluster = KMeans(3, random_state=0).fit_predict(X[y == 0])
    smoothing = 1e-9 * X.var()

    def joint(rows: Any) -> Any:
        spread = np.sqrt(rows.var() + smoothing)
        return len(rows) * stats.norm(rows.mean(), spread).pdf(X[:, 0])

    common = sum(joint(X[y == 0][cluster == i]) for i in range(3))
    rare = joint(X[y == 1])
    assert_allclose(found[:, 1], rare / (rare + common), rtol=1e-9)
    assert_allclose(found.sum(axis=1), 1)


def test_decision_values_are_the_lead_over_the_best_cluster() -> None:
    X, y = between()

    found = MajorityClusters(KMEANS, SVC()).fit(X, y).decision_function(X)

    parts = np.zeros(120)
    parts[y == 0] = 1 + KMeans(3, random_state=0).fit_predict(X[y == 0])
    plain = SVC().fit(X, parts).decision_function(X)
    assert_allclose(found, plain[:, 0] - plain[:, 1:].max(axis=1), rtol=1e-9)


def test_a_linear_model_finds_a_rare_class_between_two_clusters() -> None:
    X, y = between()

    whole = built("none", "logistic_regression", y).fit(X, y)
    cut = built("majority_clusters", "logistic_regression", y, n_clusters=2).fit(X, y)

    assert np.count_nonzero(whole.predict(X)[y == 1]) == 0
    assert np.count_nonzero(cut.predict(X)[y == 1]) > 15
    assert np.count_nonzero(cut.predict(X)[y == 0]) < 8


def test_the_label_is_the_class_with_the_highest_sum_not_the_likeliest_cluster() -> None:
    X, y = three()
    classifier = built("majority_clusters", "gaussian_naive_bayes", y, n_clusters=4).fit(X, y)

    said = classifier.predict(X)

    likeliest = classifier.parents_[classifier.classifier_.predict(X)]
    assert_array_equal(said, classifier.predict_proba(X).argmax(axis=1))
    assert np.any(said != likeliest)


def test_of_many_classes_only_the_largest_is_cut() -> None:
    X, y = three()

    classifier = built("majority_clusters", "gaussian_naive_bayes", y, n_clusters=4).fit(X, y)

    assert_array_equal(classifier.classes_, [0, 1, 2])
    assert_array_equal(classifier.parents_, [0, 2, 1, 1, 1, 1])
    assert classifier.predict_proba(X).shape == (150, 3)
    assert_allclose(classifier.predict_proba(X).sum(axis=1), 1)
    decided = built("majority_clusters", "svc", y, n_clusters=4).fit(X, y)
    assert decided.decision_function(X).shape == (150, 3)


def test_weights_reach_the_model() -> None:
    X, y = between()
    weights = np.random.default_rng(1).uniform(0.5, 2.0, size=120)

    found = MajorityClusters(KMEANS, GaussianNB()).fit(X, y, row_weights=weights)

    parts = np.where(y == 1, 1, 0)
    parts[y == 0] = 2 + KMeans(3, random_state=0).fit_predict(X[y == 0])
    plain = GaussianNB().fit(X, parts, sample_weight=weights)
    assert_allclose(found.predict_proba(X)[:, 1], plain.predict_proba(X)[:, 0], rtol=1e-12)


def test_a_largest_class_of_equal_rows_cannot_be_cut() -> None:
    X, y = between()
    X = np.where(y[:, np.newaxis] == 0, 1.0, X)

    with (
        pytest.warns(UserWarning, match="distinct clusters"),
        pytest.raises(ValueError, match="the 100 rows of class 0 form 1 cluster"),
    ):
        MajorityClusters(KMEANS, GaussianNB()).fit(X, y)


def test_smote_inside_majority_clusters_balances_the_clusters_too() -> None:
    X, y = between()

    classifier = built(
        "majority_clusters+smote", "logistic_regression", y, **{"majority_clusters.n_clusters": 2}
    ).fit(X, y)

    counts = classifier.classifier_.resampled_counts_
    assert len(counts) == 3
    assert set(counts) == {max(counts)}


def test_one_vs_rest_normalises_the_answers_of_a_model_a_class() -> None:
    X, y = three()

    found = built("one_vs_rest+class_weight", "logistic_regression", y).fit(X, y).predict_proba(X)

    each = [
        LogisticRegression(class_weight="balanced").fit(X, y == code).predict_proba(X)[:, 1]
        for code in range(3)
    ]
    assert_allclose(found, np.transpose(each) / np.sum(each, axis=0)[:, np.newaxis], rtol=1e-9)


def test_one_vs_one_lets_the_pairs_vote() -> None:
    X, y = three()

    classifier = built("one_vs_one", "gaussian_naive_bayes", y).fit(X, y)

    votes = np.zeros((150, 3))
    for a, b in [(0, 1), (0, 2), (1, 2)]:
        pair = np.isin(y, [a, b])
        said = GaussianNB().fit(X[pair], y[pair]).predict(X)
        votes[np.arange(150), said] += 1
    decision = classifier.decision_function(X)
    assert_array_equal(np.rint(decision), votes)
    assert_allclose(decision, OneVsOneClassifier(GaussianNB()).fit(X, y).decision_function(X))
    assert not hasattr(classifier, "predict_proba")


def test_a_sampler_balances_each_problem_of_a_decomposition() -> None:
    X, y = three()

    rest = built("one_vs_rest+smote", "logistic_regression", y).fit(X, y)
    pairs = built("one_vs_one+smote", "logistic_regression", y).fit(X, y)

    assert [part.resampled_counts_ for part in rest.estimators_] == [
        (110,) * 2,
        (90,) * 2,
        (130,) * 2,
    ]
    assert [part.resampled_counts_ for part in pairs.estimators_] == [
        (90,) * 2,
        (40,) * 2,
        (90,) * 2,
    ]


@pytest.mark.parametrize("name", ["one_vs_rest", "one_vs_one"])
def test_two_classes_need_no_decomposition(name: str) -> None:
    with pytest.raises(Incompatible) as caught:
        built(name, "logistic_regression", np.repeat([0, 1], [90, 10]))

    assert str(caught.value) == f"{name} is for 3 classes or more; with 2 it does nothing"
