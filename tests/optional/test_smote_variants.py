"""An oversampler of smote-variants runs by its import path alone."""

import logging
from typing import Any

import numpy as np
import pytest
from contracts import CHECKS, can_be_cloned, clouds
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from benchmark.catalogue.resampling import Foreign
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.engine.plan import plan
from benchmark.engine.seeds import seed_for
from benchmark.engine.splits import outer_folds
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Outcome

smote_variants = pytest.importorskip("smote_variants", reason="smote-variants is not installed")
logging.getLogger("smote_variants").setLevel(logging.WARNING)
USE = "smote_variants:MWMOTE"
SUITE = Suite.model_validate(
    {
        "name": "optional",
        "datasets": ["clouds"],
        "strategies": ["none", {"use": USE, "as": "mwmote", "params": {"k1": 4}}],
        "models": ["logistic_regression"],
        "metrics": ["f2", "roc_auc"],
        "cv": {"folds": 3},
        "tuning": "off",
        "thresholds": ["default"],
    }
)


def outcome_of(dataset: Dataset) -> Outcome:
    cell = Cell(dataset.name, "mwmote", "logistic_regression", 0, 0)
    return evaluate(cell, SUITE, dataset, Bench())


def test_a_suite_scores_it_as_plain_code_does() -> None:
    dataset = clouds()
    fold = outer_folds(dataset, SUITE.cv, SUITE.seed)[0]

    outcome = outcome_of(dataset)

    X, y = dataset.X.to_numpy(), dataset.y
    scaler = StandardScaler().fit(X[fold.train])
    seed = seed_for(SUITE.seed, dataset.fingerprint, 0, 0, None, "sampler")
    sampler = smote_variants.MWMOTE(k1=4, random_state=seed)
    rows = sampler.fit_resample(scaler.transform(X[fold.train]), y[fold.train])
    plain = LogisticRegression().fit(*rows).predict_proba(scaler.transform(X[fold.test]))
    assert (outcome.status, outcome.error) == ("ok", "")
    np.testing.assert_allclose(outcome.predictions.default.test, plain[:, 1], rtol=1e-12)


def test_the_plan_knows_which_library_it_comes_from() -> None:
    pairs = plan(SUITE, [clouds()]).pairs

    assert [pair.libraries for pair in pairs] == [("sklearn",), ("sklearn", "smote_variants")]


def test_rows_that_come_back_as_they_were_are_a_failure() -> None:
    outcome = outcome_of(clouds(rows=60, positives=3))

    assert outcome.status == "failed"
    assert outcome.error == (
        "ValueError: MWMOTE cannot resample classes of 38 and 2 rows: "
        "MWMOTE handed the 40 rows back as they were"
    )


def test_a_clone_of_it_gives_the_same_rows() -> None:
    sampler = Foreign(smote_variants.MWMOTE(random_state=1))
    X, y = clouds().X.to_numpy(), clouds().y

    one, two = sampler.fit_resample(X, y), clone(sampler).fit_resample(X, y)

    np.testing.assert_array_equal(one[0], two[0])


@pytest.mark.parametrize(
    "check",
    [check for check in CHECKS if check is not can_be_cloned],  # its parameters have no text
    ids=lambda check: check.__name__,
)
def test_it_meets_the_checks_of_every_entry(check: Any) -> None:
    check(USE, "logistic_regression")
