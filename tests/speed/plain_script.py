"""The script that a user would write today; tests/speed/against.py times it.

python tests/speed/plain_script.py FOLDER DATASET... [--folds 2] [--trials 20]
"""

import argparse
import json
import os
import time
import warnings
from pathlib import Path

import mlflow
import numpy as np
import optuna
import pandas as pd
from imblearn.combine import SMOTEENN, SMOTETomek
from imblearn.over_sampling import SMOTE, BorderlineSMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import (
    AllKNN,
    EditedNearestNeighbours,
    RandomUnderSampler,
    TomekLinks,
)
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import fbeta_score, make_scorer, roc_auc_score
from sklearn.model_selection import StratifiedKFold, TunedThresholdClassifierCV, cross_val_score
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

SEED = 1
F2 = make_scorer(fbeta_score, beta=2)


def balance(trial):
    """The share of the gap between the classes that a sampler closes."""
    share = trial.suggest_float("balance", 0.0, 1.0)

    def wanted(y, over):
        classes, counts = np.unique(y, return_counts=True)
        goal = counts.max() if over else counts.min()
        return {
            label: round(count + share * (goal - count))
            for label, count in zip(classes.tolist(), counts.tolist(), strict=True)
            if count != goal
        }

    return wanted


def over(wanted):
    return lambda y: wanted(y, True)


def under(wanted):
    return lambda y: wanted(y, False)


def sampler_of(strategy, trial):
    """The sampler of a strategy, None where there is none."""
    if strategy == "random_oversampling":
        return RandomOverSampler(sampling_strategy=over(balance(trial)), random_state=SEED)
    if strategy == "random_undersampling":
        return RandomUnderSampler(sampling_strategy=under(balance(trial)), random_state=SEED)
    if strategy == "smote":
        k = trial.suggest_int("k_neighbors", 1, 10)
        return SMOTE(sampling_strategy=over(balance(trial)), k_neighbors=k, random_state=SEED)
    if strategy == "borderline_smote":
        return BorderlineSMOTE(
            sampling_strategy=over(balance(trial)),
            k_neighbors=trial.suggest_int("k_neighbors", 1, 10),
            m_neighbors=trial.suggest_int("m_neighbors", 5, 20),
            random_state=SEED,
        )
    if strategy == "tomek_links":
        return TomekLinks()
    if strategy in ("edited_nearest_neighbours", "all_knn"):
        make = AllKNN if strategy == "all_knn" else EditedNearestNeighbours
        return make(
            n_neighbors=trial.suggest_int("n_neighbors", 1, 10),
            kind_sel=trial.suggest_categorical("kind_sel", ["all", "mode"]),
        )
    if strategy in ("smoteenn", "smotetomek"):
        ratio = over(balance(trial))
        k = trial.suggest_int("k_neighbors", 1, 10)
        smote = SMOTE(sampling_strategy=ratio, k_neighbors=k, random_state=SEED)
        if strategy == "smotetomek":
            return SMOTETomek(sampling_strategy=ratio, smote=smote, random_state=SEED)
        enn = EditedNearestNeighbours(
            sampling_strategy="all", n_neighbors=trial.suggest_int("n_neighbors", 1, 10)
        )
        return SMOTEENN(sampling_strategy=ratio, smote=smote, enn=enn, random_state=SEED)
    return None


def model_of(model, trial, weighted):
    """The classifier."""
    weights = "balanced" if weighted else None
    if model == "logistic_regression":
        return LogisticRegression(
            C=trial.suggest_float("C", 1e-3, 1e3, log=True), class_weight=weights
        )
    if model == "random_forest":
        return RandomForestClassifier(
            n_estimators=100,
            max_features=trial.suggest_categorical("max_features", ["sqrt", "log2", 0.5, 1.0]),
            min_samples_leaf=trial.suggest_int("min_samples_leaf", 1, 20, log=True),
            class_weight=weights,
            random_state=SEED,
        )
    return XGBClassifier(
        n_estimators=trial.suggest_int("n_estimators", 10, 300, log=True),
        learning_rate=trial.suggest_float("learning_rate", 0.01, 0.5, log=True),
        max_depth=trial.suggest_int("max_depth", 2, 10),
        min_child_weight=trial.suggest_float("min_child_weight", 0.1, 20.0, log=True),
        subsample=trial.suggest_float("subsample", 0.5, 1.0),
        colsample_bytree=trial.suggest_float("colsample_bytree", 0.5, 1.0),
        reg_lambda=trial.suggest_float("reg_lambda", 1e-2, 100.0, log=True),
        scale_pos_weight=weighted or None,
        random_state=SEED,
    )


def pipeline_of(strategy, model, trial, y):
    weighted = np.sum(y == 0) / np.sum(y == 1) if strategy == "class_weight" else 0
    steps = [
        ("scale", StandardScaler()),
        ("sampler", sampler_of(strategy, trial)),
        ("model", model_of(model, trial, weighted)),
    ]
    return Pipeline([step for step in steps if step[1] is not None])


def tuned(strategy, model, X, y, trials):
    """The best pipeline of a study on the training part."""
    inner = StratifiedKFold(3, shuffle=True, random_state=SEED)

    def objective(trial):
        with mlflow.start_run(nested=True):
            pipeline = pipeline_of(strategy, model, trial, y)
            score = cross_val_score(pipeline, X, y, cv=inner, scoring=F2, n_jobs=-1).mean()
            mlflow.log_params(trial.params)
            mlflow.log_metric("f2", score)
        return score

    sampler = optuna.samplers.TPESampler(seed=SEED)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, n_trials=trials)
    best = pipeline_of(strategy, model, study.best_trial, y)
    mlflow.log_params(study.best_params)
    return TunedThresholdClassifierCV(best, scoring=F2, cv=inner, n_jobs=-1).fit(X, y)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("datasets", nargs="+")
    parser.add_argument("--strategies", nargs="+", required=True)
    parser.add_argument("--models", nargs="+", required=True)
    parser.add_argument("--folds", type=int, default=2)
    parser.add_argument("--trials", type=int, default=20)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    mlflow.set_tracking_uri(f"sqlite:///{asked.folder / 'plain.db'}")
    mlflow.set_experiment("plain")
    found = []
    for dataset in asked.datasets:
        paths = Path(os.environ["BENCHMARK_DATA"]).rglob(f"{dataset}.parquet")
        table = pd.read_parquet(next(paths))
        X, y = table.drop(columns="target").to_numpy(dtype=float), table["target"].to_numpy()
        outer = StratifiedKFold(asked.folds, shuffle=True, random_state=SEED)
        for strategy in asked.strategies:
            for model in asked.models:
                started = time.perf_counter()
                scores, default = [], []
                for train, test in outer.split(X, y):
                    with mlflow.start_run(run_name=f"{dataset} {strategy} {model}"):
                        best = tuned(strategy, model, X[train], y[train], asked.trials)
                        scores.append(fbeta_score(y[test], best.predict(X[test]), beta=2))
                        plain = best.estimator_.predict(X[test])
                        default.append(fbeta_score(y[test], plain, beta=2))
                        mlflow.log_metric("test_f2", scores[-1])
                        mlflow.log_metric("test_f2_default", default[-1])
                        ranks = best.predict_proba(X[test])[:, 1]
                        mlflow.log_metric("test_roc_auc", roc_auc_score(y[test], ranks))
                found.append(
                    {
                        "dataset": dataset,
                        "strategy": strategy,
                        "model": model,
                        "f2": float(np.mean(scores)),
                        "f2_default": float(np.mean(default)),
                        "seconds": time.perf_counter() - started,
                    }
                )
    (asked.folder / "plain.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main()
