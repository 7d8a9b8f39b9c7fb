"""Scores agree with published ones, and with plain scikit-learn and imbalanced-learn code."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plain_algorithms
import plain_ensembles
import plain_resamplers
import pytest
from contracts import brute_force_threshold
from imblearn.combine import SMOTEENN
from imblearn.ensemble import BalancedBaggingClassifier, BalancedRandomForestClassifier
from imblearn.metrics import geometric_mean_score, specificity_score
from imblearn.over_sampling import (
    ADASYN,
    SMOTE,
    SVMSMOTE,
    BorderlineSMOTE,
    RandomOverSampler,
)
from imblearn.pipeline import make_pipeline
from imblearn.under_sampling import (
    EditedNearestNeighbours,
    InstanceHardnessThreshold,
    NeighbourhoodCleaningRule,
    OneSidedSelection,
    RandomUnderSampler,
    RepeatedEditedNearestNeighbours,
    TomekLinks,
)
from sklearn import metrics
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline as plain_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_sample_weight
from xgboost import XGBClassifier

from benchmark.catalogue.registry import MODELS, STRATEGIES
from benchmark.data.load import load
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import OWN, Bench
from benchmark.engine.seeds import seed_for
from benchmark.flow import load_suite
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Outcome

SUITE = Path(__file__).parents[1] / "experiments" / "german_credit.yaml"
DETERMINISTIC, SAMPLED = 0.002, 0.01
WEIGHTS = "+class_weight"
GERMAN_CREDIT = [
    ("none", "always_positive", 0.682, DETERMINISTIC),
    ("none", "logistic_regression", 0.498, DETERMINISTIC),
    ("none", "linear_discriminant_analysis", 0.519, DETERMINISTIC),
    ("none", "gaussian_naive_bayes", 0.639, DETERMINISTIC),
    ("none", "svc", 0.436, DETERMINISTIC),
    ("tomek_links" + WEIGHTS, "logistic_regression", 0.669, DETERMINISTIC),
    ("edited_nearest_neighbours" + WEIGHTS, "logistic_regression", 0.706, DETERMINISTIC),
    ("repeated_edited_nearest_neighbours" + WEIGHTS, "logistic_regression", 0.714, DETERMINISTIC),
    ("one_sided_selection" + WEIGHTS, "logistic_regression", 0.671, SAMPLED),
    ("neighbourhood_cleaning_rule" + WEIGHTS, "logistic_regression", 0.683, DETERMINISTIC),
    ("instance_hardness_threshold" + WEIGHTS, "logistic_regression", 0.728, SAMPLED),
    ("smoteenn", "linear_discriminant_analysis", 0.729, SAMPLED),
]  # fmt: skip


@cache
def german_credit() -> tuple[Suite, Dataset, Bench]:
    suite = load_suite(SUITE)
    return suite, load(suite.datasets[0], suite.folder, suite.seed), Bench()


@pytest.mark.published
@pytest.mark.skipif(not os.environ.get("BENCHMARK_DATA"), reason="BENCHMARK_DATA is not set")
@pytest.mark.parametrize(("strategy", "model", "f2", "tolerance"), GERMAN_CREDIT)
def test_german_credit_scores_the_published_f2(
    strategy: str, model: str, f2: float, tolerance: float
) -> None:
    suite, dataset, bench = german_credit()
    folds = [(repeat, fold) for repeat in range(3) for fold in range(10)]

    found = [
        evaluate(Cell(dataset.name, strategy, model, *fold), suite, dataset, bench)
        for fold in folds
    ]

    assert np.mean([outcome.scores.values["default"]["f2"] for outcome in found]) == pytest.approx(
        f2, abs=tolerance
    )


def tumours() -> Dataset:
    """Breast cancer with 60 malignant tumours, missing values and a column of words."""
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    kept = np.sort(np.concatenate([np.flatnonzero(y == 1), np.flatnonzero(y == 0)[:60]]))
    X, y = X.iloc[kept].reset_index(drop=True), (y.iloc[kept] == 0).to_numpy(dtype=np.int64)
    X["size"] = pd.cut(X["mean area"], 4, labels=[*"SMLX"]).astype(object)
    X.loc[::17, ["mean radius", "size"]] = np.nan
    return Dataset("tumours", X, y, ("benign", "malignant"), "a fingerprint")


TUMOURS = tumours()
NUMERIC = [column for column in TUMOURS.X.columns if column != "size"]
REPEAT, FOLD = 1, 2
CV = RepeatedStratifiedKFold(n_splits=5, n_repeats=2, random_state=3)
TRAIN, TEST = list(CV.split(TUMOURS.X, TUMOURS.y))[REPEAT * 5 + FOLD]


class RowWeights(XGBClassifier):
    """XGBoost with balanced weights."""

    def fit(self, X: Any, y: Any) -> Any:
        return super().fit(X, y, sample_weight=compute_sample_weight("balanced", y))


def tree(seed: int) -> DecisionTreeClassifier:
    return DecisionTreeClassifier(random_state=seed)


# strategy and model → the steps, given the seed of the sampler and the seed of the model
PLAIN: dict[tuple[str, str], Callable[[int, int], list[Any]]] = {
    ("none", "constant"): lambda s, m: [DummyClassifier(strategy="prior")],
    ("none", "logistic_regression"): lambda s, m: [LogisticRegression(max_iter=1000)],
    ("none", "linear_discriminant_analysis"): lambda s, m: [LinearDiscriminantAnalysis()],
    ("none", "gaussian_naive_bayes"): lambda s, m: [GaussianNB()],
    ("none", "k_nearest_neighbors"): lambda s, m: [KNeighborsClassifier()],
    ("none", "svc"): lambda s, m: [SVC()],
    ("none", "ridge"): lambda s, m: [RidgeClassifier()],
    ("none", "decision_tree"): lambda s, m: [tree(m)],
    ("none", "random_forest"): lambda s, m: [RandomForestClassifier(random_state=m)],
    ("none", "extra_trees"): lambda s, m: [ExtraTreesClassifier(random_state=m)],
    ("none", "hist_gradient_boosting"): lambda s, m: [
        HistGradientBoostingClassifier(early_stopping=False, random_state=m)
    ],
    ("none", "xgboost"): lambda s, m: [XGBClassifier(n_jobs=1, random_state=m)],
    ("class_weight", "xgboost"): lambda s, m: [RowWeights(n_jobs=1, random_state=m)],
    ("class_weight", "svc"): lambda s, m: [SVC(class_weight="balanced")],
    ("random_oversampling", "decision_tree"): lambda s, m: [
        RandomOverSampler(random_state=s), tree(m)
    ],
    ("smote", "random_forest"): lambda s, m: [
        SMOTE(random_state=s), RandomForestClassifier(random_state=m)
    ],
    ("borderline_smote", "decision_tree"): lambda s, m: [BorderlineSMOTE(random_state=s), tree(m)],
    ("svm_smote", "decision_tree"): lambda s, m: [SVMSMOTE(random_state=s), tree(m)],
    ("adasyn", "decision_tree"): lambda s, m: [ADASYN(random_state=s), tree(m)],
    ("smoteenn", "decision_tree"): lambda s, m: [SMOTEENN(random_state=s), tree(m)],
    ("random_undersampling", "k_nearest_neighbors"): lambda s, m: [
        RandomUnderSampler(random_state=s), KNeighborsClassifier()
    ],
    ("tomek_links", "decision_tree"): lambda s, m: [TomekLinks(), tree(m)],
    ("edited_nearest_neighbours", "decision_tree"): lambda s, m: [
        EditedNearestNeighbours(), tree(m)
    ],
    ("repeated_edited_nearest_neighbours", "decision_tree"): lambda s, m: [
        RepeatedEditedNearestNeighbours(), tree(m)
    ],
    ("one_sided_selection", "decision_tree"): lambda s, m: [
        OneSidedSelection(random_state=s), tree(m)
    ],
    ("neighbourhood_cleaning_rule", "decision_tree"): lambda s, m: [
        NeighbourhoodCleaningRule(), tree(m)
    ],
    ("instance_hardness_threshold", "decision_tree"): lambda s, m: [
        InstanceHardnessThreshold(random_state=s), tree(m)
    ],
    ("tomek_links+class_weight", "logistic_regression"): lambda s, m: [
        TomekLinks(), LogisticRegression(max_iter=1000, class_weight="balanced")
    ],
    ("bagging", "decision_tree"): lambda s, m: [BaggingClassifier(tree(m), random_state=s)],
    ("bagging", "svc"): lambda s, m: [BaggingClassifier(SVC(), random_state=s)],
    ("smote+bagging", "svc"): lambda s, m: [
        SMOTE(random_state=s), BaggingClassifier(SVC(), random_state=s)
    ],
    ("balanced_bagging", "decision_tree"): lambda s, m: [
        BalancedBaggingClassifier(tree(m), random_state=s)
    ],
    ("balanced_random_forest", OWN): lambda s, m: [BalancedRandomForestClassifier(random_state=s)],
}  # fmt: skip
PARTS = (plain_algorithms, plain_ensembles, plain_resamplers)
for part in PARTS:
    PLAIN |= part.PLAIN
DECIDES = dict.fromkeys(("svc", "ridge", "linear_svm"), "decision_function")
BAGS_OF_DECISIONS = {("bagging", "svc"), ("smote+bagging", "svc")}


def f2(y: Any, said: Any) -> float:
    return metrics.fbeta_score(y, said, beta=2, zero_division=0)


LABEL = {
    "f2": f2,
    "f1": metrics.f1_score,
    "f0.5": lambda y, said: metrics.fbeta_score(y, said, beta=0.5),
    "precision": lambda y, said: metrics.precision_score(y, said, zero_division=0),
    "recall": metrics.recall_score,
    "specificity": specificity_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "g_mean": geometric_mean_score,
    "mcc": metrics.matthews_corrcoef,
}
RANKING = {
    "roc_auc": metrics.roc_auc_score,
    "average_precision": metrics.average_precision_score,
}
PROBABILITY = {"brier": metrics.brier_score_loss, "log_loss": metrics.log_loss}


def outcome_of(strategy: str, model: str, **settings: Any) -> Outcome:
    """Evaluate the fold with this project."""
    suite = Suite.model_validate(
        {
            "name": "reference",
            "seed": 3,
            "datasets": ["tumours"],
            "strategies": [strategy],
            "models": [model],
            "metrics": [*LABEL, *RANKING, *PROBABILITY],
            "cv": {"folds": 5, "repeats": 2},
            **settings,
        }
    )
    outcome = evaluate(Cell("tumours", strategy, model, REPEAT, FOLD), suite, TUMOURS, Bench())
    assert outcome.status == "ok", outcome.error
    return outcome


def seeds(inner: int | None) -> tuple[int, int]:
    """The seeds of sampler and model."""
    place = (3, TUMOURS.fingerprint, REPEAT, FOLD, inner)
    return seed_for(*place, "sampler"), seed_for(*place, "model")


def plain_fit(steps: list[Any], rows: Any) -> Any:
    """Fit preprocessing and steps on these rows with imbalanced-learn's pipeline."""
    numbers = plain_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    words = plain_pipeline(
        SimpleImputer(strategy="most_frequent"),
        OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    )
    columns = make_column_transformer((numbers, NUMERIC), (words, ["size"]))
    return make_pipeline(columns, *steps).fit(TUMOURS.X.iloc[rows], TUMOURS.y[rows])


def plain_scores(fitted: Any, model: str, rows: Any) -> Any:
    """Probabilities of the positive class, or decision values of the models that have no others."""
    method = DECIDES.get(model, "predict_proba")
    values = getattr(fitted, method)(TUMOURS.X.iloc[rows])
    return values.reshape(len(rows), -1)[:, -1].astype(np.float64)


def exactly(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-12, abs=1e-12)


@cache
def untuned(strategy: str, model: str) -> tuple[Outcome, Any]:
    """What this project makes of a pair, and plain code fitted on the same rows."""
    fitted = plain_fit(PLAIN[strategy, model](*seeds(None)), TRAIN)
    return outcome_of(strategy, model, tuning="off", thresholds=["default"]), fitted


@pytest.mark.parametrize(("strategy", "model"), PLAIN)
def test_a_pair_gives_the_scores_of_plain_code(strategy: str, model: str) -> None:
    outcome, fitted = untuned(strategy, model)

    assert list(outcome.predictions.rows) == list(TEST)
    assert outcome.predictions.default.test == exactly(plain_scores(fitted, model, TEST))


@pytest.mark.parametrize(("strategy", "model"), [p for p in PLAIN if p not in BAGS_OF_DECISIONS])
def test_a_pair_has_the_metrics_of_plain_code(strategy: str, model: str) -> None:
    outcome, fitted = untuned(strategy, model)

    truth, said = TUMOURS.y[TEST], fitted.predict(TUMOURS.X.iloc[TEST])
    values = plain_scores(fitted, model, TEST)
    assert outcome.scores.values["default"] == exactly(
        {name: metric(truth, said) for name, metric in LABEL.items()}
    )
    assert {name: outcome.scores.values[""][name] for name in RANKING} == exactly(
        {name: metric(truth, values) for name, metric in RANKING.items()}
    )


@pytest.mark.parametrize(("strategy", "model"), [p for p in PLAIN if p[1] not in DECIDES])
def test_a_pair_with_probabilities_has_their_metrics_from_plain_code(
    strategy: str, model: str
) -> None:
    outcome, fitted = untuned(strategy, model)

    values = plain_scores(fitted, model, TEST)
    assert {name: outcome.scores.values[""][name] for name in PROBABILITY} == exactly(
        {name: metric(TUMOURS.y[TEST], values) for name, metric in PROBABILITY.items()}
    )


def test_every_registered_strategy_and_model_is_compared_with_plain_code() -> None:
    models, strategies = (
        {e.name for e in entries if e.module.startswith("benchmark.") and "torch" not in e.requires}
        for entries in (MODELS, STRATEGIES)
    )  # networks are compared in tests of their own, which need torch

    checked = set().union(*(part.CHECKED for part in PARTS))  # in the tests of their modules
    plain = {name for strategy, _ in PLAIN for name in strategy.split("+")}
    assert {model for _, model in PLAIN} | checked >= models
    assert plain | checked >= strategies
    assert not plain & checked


def oversample(y: Any, balance: float) -> dict[int, int]:
    rare, common = np.count_nonzero(y == 1), np.count_nonzero(y == 0)
    return {1: round(rare + balance * (common - rare))}


def undersample(y: Any, balance: float) -> dict[int, int]:
    rare, common = np.count_nonzero(y == 1), np.count_nonzero(y == 0)
    return {0: round(common - balance * (common - rare))}


# strategy and model → the steps, given both seeds, the chosen parameters and the labels to fit on
TUNED: dict[tuple[str, str], Callable[[int, int, dict[str, Any], Any], list[Any]]] = {
    ("none", "logistic_regression"): lambda s, m, p, y: [
        LogisticRegression(C=p["model.C"], max_iter=1000)
    ],
    ("none", "svc"): lambda s, m, p, y: [SVC(C=p["model.C"], gamma=p["model.gamma"])],
    ("smote", "random_forest"): lambda s, m, p, y: [
        SMOTE(
            sampling_strategy=oversample(y, p["strategy.balance"]),
            k_neighbors=p["strategy.k_neighbors"],
            random_state=s,
        ),
        RandomForestClassifier(
            p.get("trees", 100),
            max_features=p["model.max_features"],
            min_samples_leaf=p["model.min_samples_leaf"],
            random_state=m,
        ),
    ],
    ("class_weight", "xgboost"): lambda s, m, p, y: [
        RowWeights(
            learning_rate=p["model.learning_rate"],
            max_depth=p["model.max_depth"],
            min_child_weight=p["model.min_child_weight"],
            subsample=p["model.subsample"],
            colsample_bytree=p["model.colsample_bytree"],
            reg_lambda=p["model.reg_lambda"],
            n_jobs=1,
            random_state=m,
        )
    ],
    ("random_undersampling", "k_nearest_neighbors"): lambda s, m, p, y: [
        RandomUnderSampler(sampling_strategy=undersample(y, p["strategy.balance"]), random_state=s),
        KNeighborsClassifier(n_neighbors=p["model.n_neighbors"], weights=p["model.weights"]),
    ],
}


def inner_folds() -> list[tuple[Any, Any]]:
    seed = seed_for(3, TUMOURS.fingerprint, REPEAT, FOLD, None, "split")
    splitter = StratifiedKFold(3, shuffle=True, random_state=seed)
    return [(TRAIN[fit], TRAIN[kept]) for fit, kept in splitter.split(TRAIN, TUMOURS.y[TRAIN])]


def plain_out_of_fold(pair: tuple[str, str], params: dict[str, Any]) -> tuple[Any, Any]:
    """Labels and scores of all inner validation rows."""
    folds = inner_folds()
    fitted = [
        plain_fit(TUNED[pair](*seeds(i), params, TUMOURS.y[fit]), fit)
        for i, (fit, _) in enumerate(folds)
    ]
    scores = [plain_scores(f, pair[1], kept) for f, (_, kept) in zip(fitted, folds, strict=True)]
    return TUMOURS.y[np.concatenate([kept for _, kept in folds])], np.concatenate(scores)


def best_f2(y: Any, scores: Any) -> float:
    """The best F2 of all thresholds, from scikit-learn's curve without the one below all scores."""
    precision, recall, _ = metrics.precision_recall_curve(y, scores)
    return max(
        5 * p * r / (4 * p + r) for p, r in zip(precision[1:-1], recall[1:-1], strict=True) if r
    )


@cache
def tuned_outcome(pair: tuple[str, str]) -> Outcome:
    rounds = {"params": {"n_estimators": 100}} if pair[1] == "xgboost" else {}
    models = [{"use": pair[1], **rounds}]
    return outcome_of(*pair, models=models, tuning={"trials": 4, "folds": 3, "prune": False})


@pytest.mark.parametrize("pair", TUNED, ids="/".join)
def test_a_tuned_pair_has_the_threshold_and_the_scores_of_plain_code(pair: tuple[str, str]) -> None:
    outcome = tuned_outcome(pair)

    params = dict(outcome.params["tuned"])
    truth, scores = plain_out_of_fold(pair, params)
    threshold, _ = brute_force_threshold(truth, scores, f2)
    fitted = plain_fit(TUNED[pair](*seeds(None), params, TUMOURS.y[TRAIN]), TRAIN)
    unseen = plain_scores(fitted, pair[1], TEST)
    assert outcome.predictions.tuned.oof == exactly(scores)
    assert outcome.predictions.tuned.test == exactly(unseen)
    assert outcome.scores.thresholds["tuned"].value == exactly(threshold)
    assert outcome.scores.thresholds["tuned"].positives == np.count_nonzero(truth)
    assert outcome.scores.values["tuned"] == exactly(
        {name: f(TUMOURS.y[TEST], unseen > threshold) for name, f in LABEL.items()}
    )
    assert {name: outcome.scores.values[""][name] for name in RANKING} == exactly(
        {name: f(TUMOURS.y[TEST], unseen) for name, f in RANKING.items()}
    )


@pytest.mark.parametrize("pair", TUNED, ids="/".join)
def test_the_chosen_trials_are_the_best_of_all_trials_that_plain_code_measures(
    pair: tuple[str, str],
) -> None:
    outcome = tuned_outcome(pair)

    usual = {"predict_proba": 0.5}.get(DECIDES.get(pair[1], "predict_proba"), 0.0)
    measured = [plain_out_of_fold(pair, {**t.params, "trees": 40}) for t in outcome.trials]
    default = [f2(truth, scores > usual) for truth, scores in measured]
    tuned = [best_f2(truth, scores) for truth, scores in measured]
    assert len(outcome.trials) == 4
    assert [trial.default for trial in outcome.trials] == exactly(default)
    assert [trial.tuned for trial in outcome.trials] == exactly(tuned)
    for rule, qualities in (("default", default), ("tuned", tuned)):
        best = outcome.trials[int(np.argmax(qualities))]
        assert {name: outcome.params[rule][name] for name in best.params} == best.params


def test_the_default_threshold_is_scored_with_the_model_that_was_best_at_it() -> None:
    pair = ("random_undersampling", "k_nearest_neighbors")

    outcome = tuned_outcome(pair)

    params = dict(outcome.params["default"])
    fitted = plain_fit(TUNED[pair](*seeds(None), params, TUMOURS.y[TRAIN]), TRAIN)
    said = fitted.predict(TUMOURS.X.iloc[TEST])
    assert params != outcome.params["tuned"]
    assert outcome.scores.values["default"] == exactly(
        {name: metric(TUMOURS.y[TEST], said) for name, metric in LABEL.items()}
    )
