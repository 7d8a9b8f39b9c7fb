"""Other kinds of data agree with plain code: many classes, mixed columns, weights, costs."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contracts import three_classes
from imblearn.over_sampling import SMOTENC
from imblearn.under_sampling import RandomUnderSampler
from scipy.special import expit, logit
from sklearn import metrics
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import RepeatedStratifiedKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.utils.class_weight import compute_sample_weight
from xgboost import XGBClassifier

from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.engine.plan import plan
from benchmark.engine.seeds import seed_for
from benchmark.errors import DatasetError
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Outcome
from benchmark.use import DatasetUse

SEED = 5


def suite_of(strategy: Any, model: Any, **settings: Any) -> Suite:
    return Suite.model_validate(
        {
            "name": "kinds", "seed": SEED, "datasets": ["data"],
            "strategies": [strategy], "models": [model], "tuning": "off",
            "thresholds": ["default"], "metrics": ["f2"], **settings,
        }
    )  # fmt: skip


def outcome_of(dataset: Dataset, strategy: Any, model: Any, **settings: Any) -> Outcome:
    suite = suite_of(strategy, model, **settings)
    cell = Cell(dataset.name, suite.strategies[0].name, suite.models[0].name, 0, 0)
    outcome = evaluate(cell, suite, dataset, Bench())
    assert outcome.status == "ok", outcome.error
    return outcome


def skips_of(dataset: Dataset, strategy: Any, model: Any, **settings: Any) -> list[str]:
    suite = suite_of(strategy, model, **settings)
    return [skip.reason for skip in plan(suite, [dataset]).skips]


def rows_of(dataset: Dataset) -> tuple[Any, Any]:
    splitter = RepeatedStratifiedKFold(n_splits=5, n_repeats=1, random_state=SEED)
    return next(splitter.split(dataset.X, dataset.y))


def seeds(dataset: Dataset, inner: int | None = None) -> tuple[int, int]:
    place = (SEED, dataset.fingerprint, 0, 0, inner)
    return seed_for(*place, "sampler"), seed_for(*place, "model")


def exactly(expected: Any) -> Any:
    return pytest.approx(expected, rel=1e-12, abs=1e-12)


@cache
def numbers() -> Dataset:
    """Five hundred rows, a tenth of them positive."""
    X, y = make_classification(500, 6, weights=[0.9], class_sep=0.8, random_state=3)
    frame = pd.DataFrame(X, columns=[*"abcdef"])
    return Dataset("data", frame, y.astype(np.int64), ("no", "yes"), "numbers")


@cache
def words() -> Dataset:
    """The same with two columns of words and missing cells; only the words are new to SMOTENC."""
    plain = numbers()
    X = plain.X.copy()
    X["e"] = pd.cut(X["e"], [-9, -1, 0, 1, 9], labels=[*"SMLX"]).astype(object)
    X["f"] = np.where(X["f"] > 0.3, "yes", "no")
    X.loc[::11, ["a", "e"]] = np.nan
    return replace(plain, X=X, fingerprint="words")


def test_many_classes_have_the_scores_and_the_metrics_of_scikit_learn() -> None:
    dataset = replace(three_classes(), name="data")
    train, test = rows_of(dataset)

    found = outcome_of(
        dataset,
        "class_weight",
        "logistic_regression",
        metrics=["macro_f2", "hand_till_auc", "log_loss", "recall_each", "mcc"],
    )

    plain = make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced"))
    plain.fit(dataset.X.iloc[train], dataset.y[train])
    y, p = dataset.y[test], plain.predict_proba(dataset.X.iloc[test])
    said = p.argmax(axis=1)
    each = metrics.recall_score(y, said, average=None)
    assert found.predictions.default.test == exactly(p)
    assert found.scores.values["default"] == exactly(
        {
            "macro_f2": metrics.fbeta_score(y, said, beta=2, average="macro"),
            "recall_each/a": each[0],
            "recall_each/b": each[1],
            "recall_each/c": each[2],
            "mcc": metrics.matthews_corrcoef(y, said),
        }
    )
    assert found.scores.values[""]["hand_till_auc"] == exactly(
        metrics.roc_auc_score(y, p, multi_class="ovo")
    )
    assert found.scores.values[""]["log_loss"] == exactly(metrics.log_loss(y, p))
    assert found.scores.confusion["default"] == tuple(
        map(tuple, metrics.confusion_matrix(y, said).tolist())
    )


def test_many_classes_have_the_default_decision_only_and_say_so() -> None:
    dataset = replace(three_classes(), name="data")

    found = outcome_of(
        dataset,
        "none",
        "logistic_regression",
        metrics=["macro_f2", "f2"],
        thresholds=["default", "tuned", "prior"],
        tuning={"trials": 2, "folds": 2},
    )

    assert list(found.scores.values) == ["default", ""]
    assert found.scores.values["default"]["f2"] is None
    assert found.scores.missing == {
        "tuned": "a threshold is tuned for two classes only",
        "prior": "probabilities of more than two classes are not corrected",
        "f2": "f2 needs two classes; there are 3",
    }


def test_a_metric_of_two_classes_cannot_rank_three() -> None:
    dataset = replace(three_classes(), name="data")

    with pytest.raises(DatasetError, match=r"f2 needs two classes; there are 3; choose one class"):
        plan(suite_of("none", "ridge"), [dataset])


def test_smotenc_sees_imputed_categories_and_the_model_encoded_ones() -> None:
    dataset = words()
    train, test = rows_of(dataset)
    sampler_seed, _ = seeds(dataset)

    found = outcome_of(dataset, "smotenc", "logistic_regression")

    numeric = SimpleImputer(strategy="median")
    codes = make_pipeline(SimpleImputer(strategy="most_frequent"), OrdinalEncoder())
    mixed = make_column_transformer((numeric, [*"abcd"]), (codes, [*"ef"]))
    X_train = mixed.fit_transform(dataset.X.iloc[train])
    X_test = mixed.transform(dataset.X.iloc[test])
    smotenc = SMOTENC(categorical_features=[4, 5], random_state=sampler_seed)
    X_made, y_made = smotenc.fit_resample(X_train, dataset.y[train])
    encode = make_column_transformer(
        (StandardScaler(), [0, 1, 2, 3]), (OneHotEncoder(sparse_output=False), [4, 5])
    )
    plain = LogisticRegression().fit(encode.fit_transform(X_made), y_made)
    assert found.predictions.default.test == exactly(
        plain.predict_proba(encode.transform(X_test))[:, 1]
    )


def test_a_model_takes_categories_as_they_are_where_the_suite_says_native() -> None:
    dataset = words()
    train, test = rows_of(dataset)
    _, model_seed = seeds(dataset)
    native = {"preprocess": {"categories": "native"}}

    found = outcome_of(dataset, "class_weight", "hist_gradient_boosting", **native)
    onehot = outcome_of(dataset, "class_weight", "hist_gradient_boosting")
    smote = outcome_of(dataset, "smote", "hist_gradient_boosting", **native)

    numeric = SimpleImputer(strategy="median")
    codes = make_pipeline(SimpleImputer(strategy="most_frequent"), OrdinalEncoder())
    mixed = make_column_transformer((numeric, [*"abcd"]), (codes, [*"ef"]))
    plain = HistGradientBoostingClassifier(
        categorical_features=[4, 5],
        class_weight="balanced",
        early_stopping=False,
        random_state=model_seed,
    ).fit(mixed.fit_transform(dataset.X.iloc[train]), dataset.y[train])
    expected = plain.predict_proba(mixed.transform(dataset.X.iloc[test]))[:, 1]
    assert found.predictions.default.test == exactly(expected)
    assert not np.array_equal(onehot.predictions.default.test, expected)
    assert not np.array_equal(smote.predictions.default.test, expected)


def test_rare_categories_of_a_long_list_share_a_column() -> None:
    plain = numbers()
    X = plain.X.assign(city=[f"city {i % 60:02}" for i in range(len(plain.y))])
    dataset = replace(plain, X=X, fingerprint="cities")
    train, test = rows_of(dataset)

    found = outcome_of(dataset, "none", "logistic_regression", preprocess={"max_categories": 10})

    encode = make_column_transformer(
        (StandardScaler(), [*"abcdef"]),
        (OneHotEncoder(max_categories=10, handle_unknown="infrequent_if_exist"), ["city"]),
        sparse_threshold=0,
    )
    model = make_pipeline(encode, LogisticRegression()).fit(X.iloc[train], plain.y[train])
    assert len(model[:-1].get_feature_names_out()) == 16
    assert found.predictions.default.test == exactly(model.predict_proba(X.iloc[test])[:, 1])


def test_a_dataset_has_its_own_preprocessing_where_the_suite_says_so() -> None:
    dataset = numbers()
    train, test = rows_of(dataset)
    own = {"use": dataset.name, "preprocess": {"scale": "none"}}

    found = outcome_of(dataset, "none", "logistic_regression", datasets=[own])

    X = dataset.X.to_numpy()
    plain = LogisticRegression(max_iter=1000).fit(X[train], dataset.y[train])
    assert found.predictions.default.test == exactly(plain.predict_proba(X[test])[:, 1])


@cache
def weighted() -> Dataset:
    drawn = np.random.default_rng(1).gamma(2.0, size=len(numbers().y))
    return replace(numbers(), weights=drawn, fingerprint="weighted")


@cache
def costly() -> Dataset:
    drawn = np.random.default_rng(2).lognormal(size=len(numbers().y))
    return replace(numbers(), row_costs=drawn, fingerprint="costly")


COSTLY = {"datasets": [{"use": "data", "costs": {"column": "amount"}}]}


@pytest.mark.parametrize(("strategy", "factor"), [("none", None), ("class_weight", "balanced")])
def test_weights_of_rows_reach_the_model(strategy: str, factor: str | None) -> None:
    dataset = weighted()
    train, test = rows_of(dataset)

    found = outcome_of(dataset, strategy, "logistic_regression")

    scaler = StandardScaler().fit(dataset.X.iloc[train])
    plain = LogisticRegression(class_weight=factor).fit(
        scaler.transform(dataset.X.iloc[train]),
        dataset.y[train],
        sample_weight=dataset.weights[train],
    )
    expected = plain.predict_proba(scaler.transform(dataset.X.iloc[test]))[:, 1]
    assert found.predictions.default.test == exactly(expected)


def test_rows_that_undersampling_keeps_keep_their_weights() -> None:
    dataset = weighted()
    train, test = rows_of(dataset)
    sampler_seed, _ = seeds(dataset)

    found = outcome_of(dataset, "random_undersampling", "logistic_regression")

    scaler = StandardScaler().fit(dataset.X.iloc[train])
    sampler = RandomUnderSampler(random_state=sampler_seed)
    X_kept, y_kept = sampler.fit_resample(scaler.transform(dataset.X.iloc[train]), dataset.y[train])
    weights = dataset.weights[train][sampler.sample_indices_]
    plain = LogisticRegression().fit(X_kept, y_kept, sample_weight=weights)
    expected = plain.predict_proba(scaler.transform(dataset.X.iloc[test]))[:, 1]
    assert found.predictions.default.test == exactly(expected)


def test_cost_sensitive_learns_with_the_costs_of_rows_and_they_are_what_mistakes_cost() -> None:
    dataset = costly()
    train, test = rows_of(dataset)

    found = outcome_of(
        dataset, "cost_sensitive", "logistic_regression", metrics=["expected_cost"], **COSTLY
    )

    costs = dataset.row_costs[train]
    scaler = StandardScaler().fit(dataset.X.iloc[train])
    plain = LogisticRegression().fit(
        scaler.transform(dataset.X.iloc[train]),
        dataset.y[train],
        sample_weight=costs / costs.mean(),
    )
    said = plain.predict(scaler.transform(dataset.X.iloc[test]))
    wrong = dataset.row_costs[test][said != dataset.y[test]].sum()
    assert found.predictions.default.test == exactly(
        plain.predict_proba(scaler.transform(dataset.X.iloc[test]))[:, 1]
    )
    assert found.scores.values["default"]["expected_cost"] == exactly(
        wrong / dataset.row_costs[test].sum()
    )


@pytest.mark.parametrize(
    ("dataset", "strategy", "model", "reason"),
    [
        (weighted(), "smote", "ridge", "smote makes rows, which have no weight in this dataset"),
        (costly(), "smote", "ridge", "smote makes rows, which have no cost in this dataset"),
        (weighted(), "bagging", "ridge", "bagging hands no weights of rows on"),
        (weighted(), "none", "k_nearest_neighbors", "takes no weights of rows"),
        (numbers(), "cost_sensitive", "ridge", "needs costs"),
        (numbers(), "smotenc", "ridge", "smote"),
    ],
)
def test_what_cannot_be_is_skipped_with_a_reason(
    dataset: Dataset, strategy: str, model: str, reason: str
) -> None:
    settings = COSTLY if dataset.row_costs is not None else {}

    (found,) = skips_of(dataset, strategy, model, **settings)

    assert reason in found


def test_the_cost_threshold_is_that_of_the_smaller_expected_cost_on_corrected_probabilities() -> (
    None
):
    dataset = numbers()

    found = outcome_of(
        dataset,
        "random_undersampling",
        "logistic_regression",
        thresholds=["default", "cost", "prior"],
        metrics=["f2", "normalised_expected_cost", "brier"],
        costs=[[1, 3], [21, 2]],
    )

    p = found.predictions
    y, oof_y = p.y, p.oof_y
    positives, negatives = oof_y.sum(), (oof_y == 0).sum()
    target = np.where(oof_y == 1, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    evidence = logit(np.clip(p.default.oof, 0.5 / len(oof_y), 1 - 0.5 / len(oof_y)))
    slope, intercept = platt(evidence, target)
    corrected = expit(slope * logit(p.default.test) + intercept)
    cost_of_positive = 3 * (1 - corrected) + 2 * corrected
    cost_of_negative = 1 * (1 - corrected) + 21 * corrected
    said = {
        "default": p.default.test > 0.5,
        "cost": cost_of_positive < cost_of_negative,
        "prior": corrected > oof_y.mean(),
    }
    for rule, decided in said.items():
        assert found.scores.values[rule]["f2"] == exactly(metrics.fbeta_score(y, decided, beta=2))
    assert found.scores.thresholds["cost"].value == exactly(2 / 21)
    assert found.scores.thresholds["prior"].value == exactly(oof_y.mean())


def platt(evidence: Any, target: Any) -> tuple[float, float]:
    """The sigmoid's slope and intercept by Newton's method."""
    X = np.column_stack([evidence, np.ones_like(evidence)])
    beta = np.zeros(2)
    for _ in range(100):
        p = expit(X @ beta)
        beta += np.linalg.solve((X.T * (p * (1 - p))) @ X, X.T @ (target - p))
    return float(beta[0]), float(beta[1])


def test_the_rounds_of_a_booster_are_chosen_over_all_inner_folds() -> None:
    dataset = numbers()
    train, test = rows_of(dataset)
    _, model_seed = seeds(dataset)
    model = {"use": "xgboost", "params": {"max_depth": 3, "learning_rate": 0.3,
             "min_child_weight": 1.0, "subsample": 1.0, "colsample_bytree": 1.0,
             "reg_lambda": 1.0}}  # fmt: skip

    found = outcome_of(
        dataset,
        "class_weight",
        model,
        metrics=["average_precision"],
        tuning={"trials": 1, "folds": 3},
    )

    def fitted(rows: Any, seed: int, rounds: int) -> tuple[Any, Any]:
        scaler = StandardScaler().fit(dataset.X.iloc[rows])
        booster = XGBClassifier(n_estimators=rounds, max_depth=3, n_jobs=1, random_state=seed)
        weights = compute_sample_weight("balanced", dataset.y[rows])
        X = scaler.transform(dataset.X.iloc[rows])
        return scaler, booster.fit(X, dataset.y[rows], sample_weight=weights)

    split_seed = seed_for(SEED, dataset.fingerprint, 0, 0, None, "split")
    splitter = StratifiedKFold(3, shuffle=True, random_state=split_seed)
    spread = np.rint(np.geomspace(10, 300, 12)).astype(int).tolist()
    candidates = [rounds for rounds in spread if rounds < 100] + [100]
    precision = dict.fromkeys(candidates, 0.0)
    for inner, (fit, kept) in enumerate(splitter.split(train, dataset.y[train])):
        for rounds in candidates:
            scaler, booster = fitted(train[fit], seeds(dataset, inner)[1], rounds)
            scores = booster.predict_proba(scaler.transform(dataset.X.iloc[train[kept]]))[:, 1]
            truth = dataset.y[train[kept]]
            precision[rounds] += metrics.average_precision_score(truth, scores) / 3
    best = max(candidates, key=lambda rounds: precision[rounds])
    assert found.params["default"]["model.n_estimators"] == best
    assert found.trials[0].params["model.n_estimators"] == best
    assert found.trials[0].default == pytest.approx(precision[best], abs=1e-9)
    scaler, booster = fitted(train, model_seed, best)
    expected = booster.predict_proba(scaler.transform(dataset.X.iloc[test]))[:, 1]
    assert found.predictions.default.test == exactly(expected.astype(np.float64))


@pytest.mark.parametrize(
    ("strategy", "params", "rounds"),
    [("bagging", {}, 100), ("none", {"n_estimators": 7}, 7)],
)
def test_rounds_stay_where_an_ensemble_hides_the_booster_or_the_user_says(
    strategy: str, params: dict[str, int], rounds: int
) -> None:
    dataset = numbers()

    found = outcome_of(
        dataset,
        strategy,
        {"use": "xgboost", "params": params},
        tuning={"trials": 1, "folds": 2},
    )

    assert found.params["default"]["model.n_estimators"] == rounds


def test_a_dataset_says_its_own_costs_and_prevalence() -> None:
    suite = suite_of(
        "none",
        "ridge",
        costs={"false_positive": 1, "false_negative": 9},
        datasets=[
            "a",
            {"use": "b", "costs": [[0, 2], [4, 0]], "prevalence": 0.01},
            {"use": "c", "costs": {"column": "amount"}},
        ],
    )

    found = {name: suite.scoring(name, ("0", "1")) for name in "abc"}

    assert found["a"].costs == ((0.0, 1.0), (9.0, 0.0))
    assert (found["b"].costs, found["b"].prevalence) == (((0.0, 2.0), (4.0, 0.0)), 0.01)
    assert (found["c"].costs, found["c"].row_costs) == (((0.0, 1.0), (1.0, 0.0)), True)


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ({"false_positive": 1}, "must be a matrix, or have false_positive and false_negative"),
        ([[0, 1]], "must be a square matrix"),
        ([[0, -1], [1, 0]], "costs must be 0 or more"),
        ([[0, 1], [1, 2]], "row 2: a mistake must cost more than being right"),
    ],
)
def test_costs_that_make_no_sense_are_refused(costs: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        suite_of("none", "ridge", costs=costs)


def test_costs_must_fit_the_number_of_classes() -> None:
    dataset = replace(three_classes(), name="data")
    suite = suite_of("none", "ridge", metrics=["macro_f2"], costs=[[0, 1], [1, 0]])

    with pytest.raises(DatasetError, match="has 3 classes; costs is a matrix of 2 x 2"):
        plan(suite, [dataset])


def test_settings_are_read_from_a_use_of_the_dataset() -> None:
    use = DatasetUse.model_validate({"use": "x.csv", "costs": {"column": "amount"}, "weights": "w"})

    assert (use.cost_column, use.weights) == ("amount", "w")
