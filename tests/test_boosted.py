"""Boosting against scikit-learn, imbalanced-learn, its papers' formulas and its theorem.

The decision values of scikit-learn's AdaBoost reach from -2 to 2, these from -1 to 1.
"""

import re
from typing import Any

import numpy as np
import pytest
from contracts import built_on, clouds
from imblearn.ensemble import EasyEnsembleClassifier, RUSBoostClassifier
from imblearn.over_sampling import SMOTE
from imblearn.under_sampling import RandomUnderSampler
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_wine
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from benchmark.catalogue import compose
from benchmark.catalogue.strategies.boosted import Boosted
from benchmark.engine.fit import score_kind
from benchmark.errors import Incompatible
from benchmark.space import Defaults
from benchmark.types import Task

STUMP = DecisionTreeClassifier(max_depth=1)


class Voter(ClassifierMixin, BaseEstimator):
    """A stump that gives its label only, or the other one."""

    def __init__(self, lies: bool = False, random_state: int | None = None) -> None:
        self.lies = lies
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "Voter":
        tree = DecisionTreeClassifier(max_depth=1, random_state=self.random_state)
        self.tree_ = tree.fit(X, y, sample_weight)
        self.classes_ = tree.classes_
        return self

    def predict(self, X: Any) -> Any:
        said = self.tree_.predict(X)
        return self.classes_[::-1][said] if self.lies else said


class Remembering(LogisticRegression):
    """Logistic regression that keeps what it was fitted on."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> "Remembering":
        self.seen_ = (X, y, sample_weight)
        return super().fit(X, y, sample_weight)


def overlapping(rows: int = 400, positives: int = 80, distance: float = 1.0) -> tuple[Any, Any]:
    dataset = clouds(rows, positives, distance)
    return dataset.X.to_numpy(), dataset.y


def three_classes() -> tuple[Any, Any]:
    X, y = load_wine(return_X_y=True)
    return X[:, :2], y


def boosted(strategy: str, rounds: int = 10, **params: Any) -> Any:
    """The strategy on stumps, as a suite builds it."""
    task = Task(seed=5, class_counts=(90, 10), n_columns=2)
    fixed = compose.fixed({"n_estimators": rounds, **params}, {"max_depth": 1})
    return compose.build(
        strategy, "sklearn.tree:DecisionTreeClassifier", Defaults(fixed), task, task
    )


def exactly(expected: Any) -> Any:
    return pytest.approx(expected, abs=1e-9)


def test_voting_members_are_boosted_as_by_scikit_learn() -> None:
    X, y = overlapping()

    theirs = AdaBoostClassifier(Voter(), n_estimators=10, random_state=5).fit(X, y)
    ours = Boosted(Voter(), 10, random_state=5).fit(X, y)

    assert len(theirs.estimators_) == 10
    assert ours.estimator_weights_ == exactly(theirs.estimator_weights_)
    assert 2 * ours.decision_function(X) == exactly(theirs.decision_function(X))
    assert np.array_equal(ours.predict(X), theirs.predict(X))


def test_voting_members_on_undersampled_rows_are_boosted_as_by_imbalanced_learn() -> None:
    X, y = overlapping(distance=2.0)

    theirs = RUSBoostClassifier(Voter(), n_estimators=5, random_state=0).fit(X, y)
    ours = Boosted(Voter(), 5, RandomUnderSampler(), random_state=0).fit(X, y)

    assert len(theirs.estimators_) == 5
    assert ours.estimator_weights_ == exactly(theirs.estimator_weights_)
    assert 2 * ours.decision_function(X) == exactly(theirs.decision_function(X))


def test_hard_voting_makes_boosted_stumps_those_of_scikit_learn() -> None:
    X, y = overlapping()

    ours = boosted("adaboost", voting="hard").fit(X, y)

    theirs = AdaBoostClassifier(STUMP, n_estimators=10, random_state=5).fit(X, y)
    assert len(theirs.estimators_) == 10
    assert ours.estimator_weights_ == exactly(theirs.estimator_weights_)
    assert 2 * ours.decision_function(X) == exactly(theirs.decision_function(X))
    assert score_kind(ours) == "decision"


@pytest.mark.parametrize(
    ("replacement", "drawn"), [(False, "auto"), (True, "all")], ids=["without", "with"]
)
def test_hard_voting_makes_boosted_stumps_on_undersampled_rows_those_of_imbalanced_learn(
    replacement: bool, drawn: str
) -> None:
    X, y = overlapping(distance=2.0)

    ours = boosted("rus_boost", 5, voting="hard", replacement=replacement).fit(X, y)

    theirs = RUSBoostClassifier(
        STUMP, n_estimators=5, sampling_strategy=drawn, replacement=replacement, random_state=5
    ).fit(X, y)
    assert len(theirs.estimators_) == 5
    assert ours.estimator_weights_ == exactly(theirs.estimator_weights_)
    assert 2 * ours.decision_function(X) == exactly(theirs.decision_function(X))


@pytest.mark.parametrize("strategy", ["adaboost", "rus_boost", "smote_boost", "easy_ensemble"])
def test_a_model_of_three_classes_can_vote(strategy: str) -> None:
    X, y = three_classes()

    ours = boosted(strategy, voting="hard").fit(X, y)

    assert score_kind(ours) == "decision"
    assert ours.decision_function(X).shape == (178, 3)
    assert np.mean(ours.predict(X) == y) > 0.7


def test_an_easy_ensemble_of_voting_members_is_imbalanced_learns() -> None:
    X, y = overlapping()
    boosts = (AdaBoostClassifier(Voter(), n_estimators=10), Boosted(Voter(), 10))

    theirs, ours = (
        EasyEnsembleClassifier(5, boost, random_state=5).fit(X, y).decision_function(X)
        for boost in boosts
    )

    assert 2 * ours == exactly(theirs)


def test_the_easy_ensemble_is_imbalanced_learns_with_boosted_members() -> None:
    X, y = overlapping()

    ensemble = built_on("easy_ensemble", "logistic_regression", X, y)

    theirs = EasyEnsembleClassifier(5, Boosted(LogisticRegression(max_iter=100), 5), random_state=7)
    assert isinstance(ensemble, EasyEnsembleClassifier)
    assert ensemble.fit(X, y).predict_proba(X) == exactly(theirs.fit(X, y).predict_proba(X))


def by_the_book(X: Any, y: Any, rounds: int) -> tuple[list[float], Any]:
    """AdaBoost.M2 of stumps, sum by sum as Freund and Schapire 1997 print it."""
    rows, labels = range(len(y)), range(int(y.max()) + 1)
    pairs = [(i, label) for i in rows for label in labels if label != y[i]]
    mass = dict.fromkeys(pairs, 1 / len(pairs))
    says, total = [], np.zeros((len(y), len(labels)))
    for _ in range(rounds):
        row_mass = [sum(mass[i, label] for label in labels if label != y[i]) for i in rows]
        h = STUMP.fit(X, y, row_mass).predict_proba(X)
        loss = sum(mass[i, label] * (1 - h[i, y[i]] + h[i, label]) for i, label in pairs) / 2
        beta = loss / (1 - loss)
        for i, label in pairs:
            mass[i, label] *= beta ** ((1 + h[i, y[i]] - h[i, label]) / 2)
        whole = sum(mass.values())
        mass = {pair: part / whole for pair, part in mass.items()}
        says.append(np.log(1 / beta))
        total += says[-1] * h
    return says, total


@pytest.mark.parametrize("data", [overlapping(120, 30), three_classes()], ids=["two", "three"])
def test_members_with_probabilities_are_boosted_by_the_book(data: Any) -> None:
    says, total = by_the_book(*data, rounds=6)

    ours = Boosted(STUMP, 6).fit(*data)

    assert ours.estimator_weights_ == exactly(says)
    assert ours.predict_proba(data[0]) == exactly(total / sum(says))
    assert np.array_equal(ours.predict(data[0]), total.argmax(axis=1))


def test_the_training_error_is_below_the_bound_of_freund_and_schapire() -> None:
    X, y = load_wine(return_X_y=True)

    ours = Boosted(DecisionTreeClassifier(max_depth=2), 10).fit(X, y)

    beta = np.exp(-ours.estimator_weights_)
    losses = beta / (1 + beta)
    bound = 2 * 2**10 * np.prod(np.sqrt(losses * (1 - losses)))  # theorem 11, three classes
    assert np.mean(ours.predict(X) != y) <= bound < 0.1


def test_a_penalty_weighs_in_the_first_round_what_it_weighs_without_boosting() -> None:
    X, y = overlapping()

    ours = Boosted(LogisticRegression(C=0.01), 1).fit(X, y)

    alone = LogisticRegression(C=0.01).fit(X, y)
    assert ours.predict_proba(X) == exactly(alone.predict_proba(X))


def test_every_round_sees_other_common_rows_with_weights_of_mean_one() -> None:
    X, y = overlapping()

    ours = Boosted(Remembering(), 2, RandomUnderSampler(), random_state=0).fit(X, y)

    (X_one, y_one, one), (X_two, y_two, two) = (member.seen_ for member in ours.estimators_)
    assert np.bincount(y_one).tolist() == np.bincount(y_two).tolist() == [80, 80]
    assert set(X_one[y_one == 0, 0]) != set(X_two[y_two == 0, 0])
    assert set(X_one[y_one == 1, 0]) == set(X_two[y_two == 1, 0]) == set(X[y == 1, 0])
    assert set(one) == {1.0}
    assert two.mean() == exactly(1)
    assert np.ptp(two) > 0.1


def test_synthetic_rows_weigh_one_in_each_round_and_real_rows_one_on_average() -> None:
    X, y = overlapping()

    ours = Boosted(Remembering(), 3, SMOTE(), random_state=0).fit(X, y)

    for member in ours.estimators_:
        X_seen, y_seen, weights = member.seen_
        assert np.bincount(y_seen).tolist() == [320, 320]
        assert np.array_equal(X_seen[:400], X)
        assert weights[:400].mean() == exactly(1)
        assert set(weights[400:]) == {1.0}
    made = [member.seen_[0][400:] for member in ours.estimators_]
    assert not np.array_equal(made[0], made[1])
    assert np.ptp(ours.estimators_[2].seen_[2][:400]) > 0.1


def test_a_member_that_is_always_wrong_is_heard_as_its_opposite() -> None:
    X = np.linspace(0, 1, 20).reshape(-1, 1)
    y = (X[:, 0] > 0.7).astype(int)

    ours = Boosted(Voter(lies=True), 3).fit(X, y)

    assert np.array_equal(ours.predict(X), y)
    assert (ours.estimator_weights_ < -30).all()


def test_a_model_that_knows_nothing_gives_a_half() -> None:
    X, y = overlapping()

    ours = Boosted(DummyClassifier(), 3, RandomUnderSampler(), random_state=0).fit(X, y)

    assert ours.predict_proba(X) == exactly(np.full((400, 2), 0.5))


def test_members_that_fit_every_row_are_averaged() -> None:
    X, y = overlapping()
    unseen = np.random.default_rng(0).normal(size=(50, 4))

    ours = Boosted(DecisionTreeClassifier(), 5, random_state=0).fit(X, y)

    mean = np.mean([tree.predict_proba(unseen) for tree in ours.estimators_], axis=0)
    assert np.array_equal(ours.predict(X), y)
    assert ours.predict_proba(unseen) == exactly(mean)


@pytest.mark.parametrize("strategy", ["adaboost", "rus_boost", "smote_boost", "easy_ensemble"])
@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("k_nearest_neighbors", "KNeighborsClassifier"),
        ("linear_discriminant_analysis", "LinearDiscriminantAnalysis"),
    ],
)
def test_a_model_that_takes_no_weights_cannot_be_boosted(
    strategy: str, model: str, name: str
) -> None:
    X, y = overlapping()

    reason = f"boosting weights the rows of each round, and {name} takes no weights"
    with pytest.raises(Incompatible, match=f"^{re.escape(reason)}$"):
        built_on(strategy, model, X, y)


@pytest.mark.parametrize("strategy", ["adaboost", "rus_boost", "smote_boost", "easy_ensemble"])
@pytest.mark.parametrize(
    ("model", "kind"), [("xgboost", "probability"), ("svc", "decision"), ("ridge", "decision")]
)
def test_boosted_models_learn_and_only_probabilities_are_called_so(
    strategy: str, model: str, kind: str
) -> None:
    X, y = overlapping(200, 40)

    ours = built_on(strategy, model, X, y).fit(X, y)

    assert score_kind(ours) == kind
    assert np.mean(ours.predict(X)[y == 1]) > 0.5
