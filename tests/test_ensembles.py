"""Ensembles reproduce published figures; SMOTEBagging mixes copies and synthetic rows."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contracts import built_on, clouds
from sklearn.datasets import load_wine
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.tree import DecisionTreeClassifier

from benchmark.catalogue import compose
from benchmark.catalogue.registry import STRATEGIES
from benchmark.catalogue.resampling import Balance
from benchmark.catalogue.strategies.cascades import BalanceCascade
from benchmark.catalogue.strategies.ensembles import SmoteBagging
from benchmark.data.load import load
from benchmark.space import Defaults
from benchmark.types import Task
from benchmark.use import DatasetUse

WRAPPING = [
    "adaboost",
    "bagging",
    "balance_cascade",
    "balanced_bagging",
    "easy_ensemble",
    "over_bagging",
    "rus_boost",
    "self_paced_ensemble",
    "smote_bagging",
    "smote_boost",
    "under_bagging",
]
FIFTY = {"n_estimators": 50}
STUMP = "sklearn.tree:DecisionTreeClassifier"


class RareRowsRedrawn(BalanceCascade):
    """A cascade whose members see the rare rows with replacement."""

    def draws(self, X: Any, y: Any, random: Any) -> Iterator[tuple[Any, Any]]:
        for X_drawn, y_drawn in super().draws(X, y, random):
            rare = np.flatnonzero(y_drawn == 1)
            rows = np.append(np.flatnonzero(y_drawn == 0), random.choice(rare, len(rare)))
            yield X_drawn[rows], y_drawn[rows]


def paired(strategy: str, model: str, seed: int, params: Any = FIFTY, **model_params: Any) -> Any:
    """The classifier of a pair, as a suite builds it."""
    task = Task(seed=seed, class_counts=(90, 10), n_columns=2)
    space = Defaults(compose.fixed(params, model_params))
    return compose.build(strategy, model, space, task, task)


ENSEMBLES: dict[str, Callable[[int], Any]] = {
    "self_paced_ensemble": lambda seed: paired("self_paced_ensemble", "decision_tree", seed),
    "balance_cascade": lambda seed: paired("balance_cascade", "decision_tree", seed),
    "redrawn_cascade": lambda seed: RareRowsRedrawn(
        DecisionTreeClassifier(), 50, random_state=seed
    ),
    "balanced_bagging": lambda seed: paired("balanced_bagging", "decision_tree", seed),
    "over_bagging": lambda seed: paired("over_bagging", "decision_tree", seed),
    "bagging+smote": lambda seed: paired(
        "bagging+smote", "decision_tree", seed, {"bagging": FIFTY}
    ),
    "balanced_bagging of adaboost": lambda seed: paired(
        "balanced_bagging", "adaboost", seed, n_estimators=10
    ),
    "smote of adaboost": lambda seed: paired("smote", "adaboost", seed, {}),
    "rus_boost": lambda seed: paired(
        "rus_boost", STUMP, seed, FIFTY | {"voting": "hard", "replacement": True}, max_depth=1
    ),
}
# Average precision of imbalanced-ensemble 0.2.3: 50 members, 5 folds, 3 seeds (here so many).
# - UnderBaggingClassifier thins a bootstrap, as `balanced_bagging` does; `under_bagging` keeps all
#   rare rows instead, so it has no row here.
# - BalanceCascadeClassifier draws the rare rows with replacement, the paper takes them all; on
#   mammography the paper's is better by 0.03.
# - SMOTEBaggingClassifier makes all new rows with SMOTE, from a bootstrap, as `bagging+smote` does;
#   `smote_bagging` is the paper's, below.
# - The boosted ones are called without a tree: their own default is 50 stumps that vote (SAMME).
# - EasyEnsembleClassifier thins a bootstrap, and boosts 10 stumps on it; `easy_ensemble` keeps all
#   rare rows, as the paper and imbalanced-learn do.
# - SMOTEBoostClassifier makes synthetic rows once and boosts them like real ones, as `smote` does
#   under `adaboost`; `smote_boost` makes others each round, as the paper does.
# - RUSBoostClassifier draws rows of both classes with replacement; a member worse than chance is
#   heard as its opposite, where imbalanced-learn's stops. On ozone_level it gives 0.096, and this
#   0.126, so there is no row: there theirs turns the ranking round where the weights of its members
#   sum to less than 0, in 8 % of the fits, and its seeds differ by 0.03 (their deviation).
# - BalancedRandomForestClassifier is another variant than imbalanced-learn's, which is ours: not
#   compared.
PUBLISHED = [
    ("mammography", "self_paced_ensemble", 3, 0.754),
    ("ozone_level", "self_paced_ensemble", 3, 0.329),
    ("letter_img", "self_paced_ensemble", 1, 0.994),
    ("mammography", "redrawn_cascade", 3, 0.666),
    ("ozone_level", "balance_cascade", 3, 0.269),
    ("letter_img", "balance_cascade", 1, 0.992),
    ("mammography", "balanced_bagging", 3, 0.634),
    ("ozone_level", "balanced_bagging", 3, 0.315),
    ("mammography", "over_bagging", 1, 0.701),
    ("mammography", "bagging+smote", 1, 0.715),
    ("letter_img", "bagging+smote", 1, 0.988),
    ("mammography", "balanced_bagging of adaboost", 1, 0.610),
    ("ozone_level", "balanced_bagging of adaboost", 3, 0.318),
    ("letter_img", "balanced_bagging of adaboost", 1, 0.779),
    ("mammography", "smote of adaboost", 1, 0.609),
    ("ozone_level", "smote of adaboost", 3, 0.308),
    ("letter_img", "smote of adaboost", 1, 0.895),
    ("mammography", "rus_boost", 3, 0.322),
    ("letter_img", "rus_boost", 3, 0.371),
]


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("BENCHMARK_DATA"), reason="BENCHMARK_DATA is not set")
@pytest.mark.parametrize(("dataset", "ensemble", "seeds", "expected"), PUBLISHED)
def test_the_average_precision_is_that_of_imbalanced_ensemble(
    dataset: str, ensemble: str, seeds: int, expected: float
) -> None:
    found = load(DatasetUse(use=dataset), Path(), 0)
    X, y = found.X, found.y

    measured = [
        cross_val_score(
            make_pipeline(SimpleImputer(strategy="median"), ENSEMBLES[ensemble](seed)),
            X,
            y,
            scoring="average_precision",
            cv=StratifiedKFold(5, shuffle=True, random_state=seed),
        )
        for seed in range(seeds)
    ]

    assert np.mean(measured) == pytest.approx(expected, abs=0.02)


class Remembering(LogisticRegression):
    """Logistic regression that keeps what it was fitted on."""

    def fit(self, X: Any, y: Any) -> "Remembering":
        self.seen_ = (X, y)
        return super().fit(X, y)


def smote_bags(members: int = 12, **settings: Any) -> tuple[Any, Any, Any]:
    dataset = clouds(rows=230, positives=30)
    X, y = dataset.X.to_numpy(), dataset.y
    return SmoteBagging(Remembering(), members, random_state=0, **settings).fit(X, y), X, y


def test_smote_bagging_copies_from_a_tenth_to_all_of_the_rare_rows_and_makes_the_rest() -> None:
    ensemble, X, y = smote_bags()

    real = set(X[y == 1, 0])
    copies = [
        sum(value in real for value in X_seen[y_seen == 1, 0])
        for X_seen, y_seen in (member.seen_ for member in ensemble)
    ]
    assert copies == [20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 20, 40]
    assert [np.bincount(member.seen_[1]).tolist() for member in ensemble] == [[200, 200]] * 12


def test_smote_bagging_bootstraps_the_common_rows() -> None:
    ensemble, X, y = smote_bags()

    kinds = []
    for X_seen, y_seen in (member.seen_ for member in ensemble):
        assert set(X_seen[y_seen == 0, 0]) <= set(X[y == 0, 0])
        kinds.append(len(set(X_seen[y_seen == 0, 0])) / 200)
    assert np.mean(kinds) == pytest.approx(1 - np.exp(-1), abs=0.02)


def test_smote_bagging_makes_rows_between_a_rare_row_and_one_of_its_neighbours() -> None:
    ensemble, X, y = smote_bags(members=1, k_neighbors=1)

    X_seen, y_seen = ensemble.estimators_[0].seen_
    rare = X[y == 1]
    made = [row for row in X_seen[y_seen == 1] if row[0] not in rare[:, 0]]
    gaps = np.linalg.norm(rare[:, np.newaxis] - rare, axis=2) + np.diag([np.inf] * 30)
    nearest = rare[gaps.argmin(axis=1)]
    lengths = np.linalg.norm(nearest - rare, axis=1)
    detours = [
        np.min(np.linalg.norm(rare - r, axis=1) + np.linalg.norm(nearest - r, axis=1) - lengths)
        for r in made
    ]
    assert len(made) == 180
    assert detours == pytest.approx(np.zeros(180), abs=1e-9)


def test_smote_bagging_with_half_the_balance_closes_half_the_gap() -> None:
    ensemble, _, _ = smote_bags(members=3, sampling_strategy=Balance(0.5, over=True))

    assert [np.bincount(member.seen_[1]).tolist() for member in ensemble] == [[200, 115]] * 3


@pytest.mark.parametrize("strategy", WRAPPING)
def test_an_ensemble_learns_three_classes(strategy: str) -> None:
    X, y = load_wine(return_X_y=True)
    X, y = X[:150], y[:150]  # 59, 71 and 20 rows

    ensemble = built_on(strategy, "decision_tree", X, y).fit(X[::2], y[::2])

    given = ensemble.predict_proba(X[1::2])
    assert given.sum(axis=1) == pytest.approx(np.ones(75))
    assert np.mean(ensemble.predict(X[1::2]) == y[1::2]) > 0.8


@pytest.mark.parametrize("strategy", WRAPPING)
def test_every_ensemble_has_ten_members_by_default(strategy: str) -> None:
    space = Defaults()
    task = Task(seed=0, class_counts=(90, 10), n_columns=2)

    ensemble = STRATEGIES.get(strategy).function(
        LogisticRegression(), space.scoped("strategy"), task
    )

    assert ensemble.n_estimators == 10
    assert not space.asked["strategy.n_estimators"].tune
