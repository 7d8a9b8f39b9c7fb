"""What every catalogue entry promises, as checks that raise AssertionError; and small datasets."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import mannwhitneyu
from sklearn.base import clone

from benchmark.catalogue import compose
from benchmark.catalogue.heldout import HeldOut, relate
from benchmark.engine.evaluate import evaluate
from benchmark.engine.fit import score_kind, scores
from benchmark.engine.job import OWN, Bench, columns_met, task_of
from benchmark.engine.plan import plan
from benchmark.engine.prepare import prepare
from benchmark.engine.shelf import Shelf
from benchmark.space import Defaults
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Outcome, Related, Task
from benchmark.use import DatasetUse, Preprocess

PROBE = 12
TWO = Task(seed=0, class_counts=(110, 40), n_columns=4)
WORDS = {"smotenc": [*"d"], "smoten": [*"abcd"]}
RELATED = {"related_pretraining"}
IMAGES = {"small_cnn", "image_augmentation"}
WORKABLE = {"kmeans_smote": {"cluster_balance_threshold": 0.0}}  # its default needs a rare cluster
LEARNT_FROM: list[Dataset] = []  # the last dataset of a check, for an entry that wants to cheat


def clouds(rows: int = 150, positives: int = 40, distance: float = 1.0, seed: int = 0) -> Dataset:
    """Two overlapping Gaussian clouds in four numeric columns, in random order."""
    generator = np.random.default_rng(seed)
    y = generator.permutation((np.arange(rows) < positives).astype(np.int64))
    X = generator.normal(size=(rows, 4)) + distance * y[:, np.newaxis]
    return Dataset("clouds", pd.DataFrame(X, columns=[*"abcd"]), y, ("no", "yes"), f"clouds {seed}")


def mixed(rows: int = 150, positives: int = 40, seed: int = 0) -> Dataset:
    """The clouds with a column of categories, missing values, and a published fold 0, 1 or 2."""
    dataset = clouds(rows, positives, seed=seed)
    generator = np.random.default_rng(seed + 1)
    X = dataset.X.mask(generator.random(dataset.X.shape) < 0.05)
    X["colour"] = generator.choice(np.array(["red", "green", "blue", np.nan], dtype=object), rows)
    return replace(dataset, name="mixed", X=X, folds=np.arange(rows) % 3)


def twins() -> tuple[Dataset, Dataset]:
    """Two datasets that differ in the rows of fold 0 only, save its first PROBE rows.

    They have the same fingerprint, so that seeds agree: any difference comes from those rows.
    """
    one = mixed()
    hidden = np.flatnonzero(one.folds == 0)[PROBE:]
    X, y = one.X.copy(), one.y.copy()
    X.loc[hidden, [*"abcd"]] = 50 - 7 * X.loc[hidden, [*"abcd"]].fillna(3)
    X.loc[hidden, "colour"] = "ultraviolet"
    y[hidden] = 1 - y[hidden]
    return one, replace(one, X=X, y=y)


def three_classes() -> Dataset:
    """Three overlapping clouds, the last class the rarest."""
    dataset = clouds(rows=180, positives=30)
    common = np.flatnonzero(dataset.y == 0)
    y = 2 * dataset.y
    y[common[: len(common) // 3]] = 1
    X = dataset.X + np.outer(y == 1, [0, 2, 0, -2])
    return replace(dataset, name="three", X=X, y=y, classes=("a", "b", "c"), fingerprint="three")


def in_words(dataset: Dataset, columns: Sequence[str]) -> Dataset:
    """The same rows with some numbers cut into words at fixed places."""
    X = dataset.X.copy()
    for column in columns:
        cut = pd.cut(X[column], [-np.inf, -0.5, 0.5, 1.5, np.inf], labels=[*"SMLX"])
        X[column] = cut.astype(object)
    return replace(dataset, X=X)


def as_images(dataset: Dataset) -> Dataset:
    """The numbers of each row four times, as pixels of a square."""
    pixels = pd.concat({i: dataset.X[[*"abcd"]] for i in range(4)}, axis=1)
    pixels.columns = [f"{name}{i}" for i, name in pixels.columns]
    return replace(dataset, X=pixels, image_shape=(4, 4))


def with_related(dataset: Dataset) -> Dataset:
    """The same rows, beside a hundred others in the same columns."""
    other = mixed(rows=100, positives=30, seed=9)
    related = Related(other.X[[*dataset.X.columns]], other.y, "related")
    return replace(dataset, related=related)


def fitting(dataset: Dataset, *names: str) -> Dataset:
    """The dataset in the columns that the entries with these names are for."""
    for name in names:
        if name in IMAGES:
            return as_images(dataset)
        if name in RELATED:
            return with_related(dataset)
        if name in WORDS:
            return in_words(dataset, WORDS[name])
    return dataset


def suite_of(strategy: str, model: str, **settings: Any) -> Suite:
    """A suite of one pair, with the fewest members and iterations that the pair allows."""
    return Suite.model_validate(
        {
            "name": "contract",
            "datasets": ["any"],
            "strategies": [
                {
                    "use": strategy,
                    "params": _fewest("strategies", strategy) | WORKABLE.get(strategy, {}),
                }
            ],
            "models": [{"use": model, "params": _fewest("models", model)}],
            "metrics": ["f2", "roc_auc"],
            "costs": [[0, 1], [3, 0]],
            **settings,
        }
    )


def outcome_of(
    dataset: Dataset, strategy: str, model: str, bench: Bench | None = None, **settings: Any
) -> Outcome:
    """Evaluate the first fold of one pair."""
    LEARNT_FROM[:] = [dataset]
    suite = suite_of(strategy, model, **settings)
    row_model = OWN if compose.replaces_model(strategy) else model
    cell = Cell(dataset.name, strategy, row_model, 0, 0)
    return evaluate(cell, suite, dataset, bench or Bench())


def built(
    strategy: str,
    model: str,
    dataset: Dataset,
    settings: Mapping[str, Any] | None = None,
    **params: Any,
) -> Any:
    """The unfitted classifier of a pair, perhaps with other settings or parameters."""
    suite = suite_of(strategy, model, **(settings or {}))
    columns = columns_met(suite, dataset, suite.strategies[0], suite.models[0])
    counts, width = dataset.class_counts, dataset.X.shape[1]
    task = task_of(suite, dataset, columns, counts, width, seed=7)
    fixed = compose.fixed(suite.strategies[0].params | params, suite.models[0].params)
    classifier = compose.build(strategy, model, Defaults(fixed), task, task, columns)
    related = dataset.related
    if related is not None:
        relate(classifier, lambda: HeldOut(related.X.fillna(0).to_numpy(), related.y))
    return classifier


def built_on(strategy: str, model: str, X: Any, y: Any) -> Any:
    """The unfitted classifier of a pair for these numbers and class codes."""
    frame = pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])
    classes = tuple(str(code) for code in np.unique(y))
    costs = {"costs": None} if len(classes) > 2 else {}
    dataset = Dataset("numbers", frame, y, classes, "numbers")
    return built(strategy, model, dataset, settings=costs)


def arrays(strategy: str, model: str, dataset: Dataset) -> tuple[Any, Any]:
    """The numbers that a pair meets, and the labels."""
    suite = suite_of(strategy, model)
    columns = columns_met(suite, dataset, suite.strategies[0], suite.models[0])
    rows, mixed_columns = np.arange(len(dataset.y)), columns.encoder is not None
    prepared = prepare(
        Shelf(), dataset, Preprocess(scale="none"), rows, rows, as_mixed=mixed_columns
    )
    return prepared.value.X_fit.copy(), dataset.y.copy()


def brute_force_threshold(
    y: Any, scores: Any, metric: Callable[[Any, Any], float]
) -> tuple[float, float]:
    """The middle of the longest run of best midpoints between scores, and the metric there."""
    gaps = list(pairwise(sorted(set(scores.tolist()))))
    quality = [metric(y, scores >= upper) for _, upper in gaps]
    best = max(quality)
    runs = [
        [*run] for found, run in groupby(range(len(gaps)), lambda i: quality[i] == best) if found
    ]
    longest = max(runs, key=len)
    return sum(gaps[longest[(len(longest) - 1) // 2]]) / 2, best


def is_deterministic(strategy: str, model: str) -> None:
    """Two fits give the same bits, whatever numpy's global generator says."""
    dataset = fitting(clouds(), strategy, model)
    X, y = arrays(strategy, model, dataset)
    np.random.seed(1)
    one = _scores(built(strategy, model, dataset).fit(X, y), X)
    np.random.seed(2)
    two = _scores(built(strategy, model, dataset).fit(X, y), X)
    assert_array_equal(one, two, err_msg="two fits differ")


def shares_work_without_a_trace(strategy: str, model: str) -> None:
    """Rows that an earlier fit prepared and resampled give the same outcome to the last bit."""
    bench = Bench()
    settings = {"tuning": {"trials": 1, "folds": 2}}
    dataset = fitting(clouds(), strategy, model)
    alone, first, again = (
        outcome_of(dataset, strategy, model, bench=shared, **settings)
        for shared in (Bench(Shelf(max_bytes=0)), bench, bench)
    )
    for shared in (first, again):
        assert shared.status == alone.status == "ok", shared.error
        assert shared.scores == alone.scores
        assert shared.params == alone.params
        assert _tried(shared) == _tried(alone)
        assert_array_equal(shared.predictions.tuned.oof, alone.predictions.tuned.oof)
        assert_array_equal(shared.predictions.tuned.test, alone.predictions.tuned.test)
        assert_array_equal(shared.predictions.default.test, alone.predictions.default.test)


def leaves_its_inputs_alone(strategy: str, model: str) -> None:
    """Fit and predict change no row, and accept rows that cannot be changed."""
    dataset = fitting(clouds(), strategy, model)
    X, y = arrays(strategy, model, dataset)
    X_before, y_before = X.copy(), y.copy()
    writable = _scores(built(strategy, model, dataset).fit(X, y), X)
    assert_array_equal(X, X_before, err_msg="rows were changed")
    assert_array_equal(y, y_before, err_msg="labels were changed")
    X.setflags(write=False)
    y.setflags(write=False)
    frozen = _scores(built(strategy, model, dataset).fit(X, y), X)
    assert_array_equal(frozen, writable, err_msg="read-only rows give other scores")


def can_be_cloned(strategy: str, model: str) -> None:
    """A clone has the same parameters and scores, and a fit changes no parameter."""
    dataset = fitting(clouds(), strategy, model)
    X, y = arrays(strategy, model, dataset)
    original = built(strategy, model, dataset)
    copy = clone(original)
    before = repr(original.get_params())
    assert repr(copy.get_params()) == before, "a clone has other parameters"
    assert_array_equal(_scores(original.fit(X, y), X), _scores(copy.fit(X, y), X))
    assert repr(original.get_params()) == before, "fit changed a parameter"


def gives_valid_scores(strategy: str, model: str) -> None:
    """One finite number a row; probabilities lie between 0 and 1."""
    dataset = fitting(clouds(), strategy, model)
    X, y = arrays(strategy, model, dataset)
    classifier = built(strategy, model, dataset).fit(X, y)
    method, low, high = {
        "probability": ("predict_proba", 0.0, 1.0),
        "decision": ("decision_function", -np.inf, np.inf),
        "label": ("predict", 0.0, 1.0),
    }[score_kind(classifier)]
    raw = np.asarray(getattr(classifier, method)(X)).reshape(len(X), -1)
    assert list(classifier.classes_) == [0, 1]
    assert np.isfinite(raw).all(), "a score is not finite"
    assert low <= raw.min() <= raw.max() <= high, "a score is out of range"
    assert_array_equal(_scores(classifier, X), raw[:, -1])


def scores_each_row_alone(strategy: str, model: str) -> None:
    """The score of a row is the same whatever rows are predicted with it."""
    dataset = fitting(clouds(), strategy, model)
    X, y = arrays(strategy, model, dataset)
    classifier = built(strategy, model, dataset).fit(X, y)
    together = _scores(classifier, X)
    # A matrix product rounds its last bit by the shape of the matrix.
    same = partial(assert_allclose, rtol=1e-9, atol=1e-9, err_msg="scores depend on the batch")
    same(_scores(classifier, X[::-1])[::-1], together)
    same(
        np.concatenate([_scores(classifier, X[i : i + 1]) for i in range(PROBE)]), together[:PROBE]
    )


def lives_with_five_positives(strategy: str, model: str) -> None:
    """A cell that trains on five positives is ok, or fails with a reason that has a number."""
    dataset = fitting(clouds(rows=90, positives=10), strategy, model)
    outcome = outcome_of(
        dataset, strategy, model, cv={"folds": 2}, tuning="off", thresholds=["default"]
    )
    reasoned = re.search(r"\b(ValueError|RuntimeError|Incompatible): .*\d", outcome.error)
    assert outcome.status == "ok" or reasoned, outcome.error


def never_sees_a_test_row(strategy: str, model: str) -> None:
    """Other test rows change neither what is chosen nor the score of a row that stayed."""
    settings = {"cv": {"column": "fold"}, "tuning": {"trials": 2, "folds": 2}}
    pair = [fitting(dataset, strategy, model) for dataset in twins()]
    outcomes = [outcome_of(dataset, strategy, model, **settings) for dataset in pair]
    one, two = outcomes
    assert (one.status, one.error) == ("ok", "")
    assert (two.status, two.error) == ("ok", "")
    assert one.params == two.params, "test rows changed the parameters"
    assert one.scores.thresholds == two.scores.thresholds, "test rows changed the threshold"
    assert _tried(one) == _tried(two), "test rows changed the trials"
    for rule in ("default", "tuned"):
        a, b = (getattr(outcome.predictions, rule) for outcome in outcomes)
        assert_array_equal(a.oof, b.oof, err_msg="test rows changed out-of-fold scores")
        assert_array_equal(
            a.test[:PROBE], b.test[:PROBE], err_msg="test rows changed the score of another"
        )


def ranks_random_labels_by_chance(strategy: str, model: str) -> None:
    """Labels without a pattern give an AUC of 0.5 within four standard errors.

    Given the training rows, all orders of the test labels are equally likely, so that AUC is
    Mann and Whitney's U over n1 n0, with variance (n1 + n0 + 1) / (12 n1 n0); ties lower it.
    """
    dataset = fitting(clouds(rows=1200, positives=300, distance=0.0), strategy, model)
    outcome = outcome_of(
        dataset, strategy, model, cv={"folds": 2}, tuning="off", thresholds=["default"]
    )
    assert outcome.status == "ok", outcome.error
    y, values = outcome.predictions.y, outcome.predictions.default.test
    n1, n0 = np.count_nonzero(y == 1), np.count_nonzero(y == 0)
    auc = mannwhitneyu(values[y == 1], values[y == 0]).statistic / (n1 * n0)
    error = np.sqrt((n1 + n0 + 1) / (12 * n1 * n0))
    assert abs(auc - 0.5) < 4 * error, f"random labels are ranked with AUC {auc:.3f}"


def learns_three_classes_or_says_why(strategy: str, model: str) -> None:
    """Three classes have a score each, which rank them; or the plan says why it skips the pair."""
    dataset = fitting(three_classes(), strategy, model)
    settings: dict[str, Any] = {"cv": {"folds": 2}, "tuning": "off", "thresholds": ["default"]}
    settings |= {"metrics": ["macro_f2", "hand_till_auc"], "costs": (1 - np.eye(3)).tolist()}
    suite = suite_of(strategy, model, **settings).with_datasets([DatasetUse(use="three")])
    skips = [skip.reason for skip in plan(suite, [dataset]).skips]
    if skips:
        assert re.search(r"two classes|binary", skips[0]), skips
        return
    outcome = outcome_of(dataset, strategy, model, **settings)
    assert outcome.status == "ok", outcome.error
    scored = outcome.predictions.default
    auc = outcome.scores.values[""]["hand_till_auc"]
    assert scored.kind == "label" or scored.test.shape == (90, 3)
    assert model == "constant" or auc is None or auc > 0.6


CHECKS = (
    is_deterministic,
    shares_work_without_a_trace,
    leaves_its_inputs_alone,
    can_be_cloned,
    gives_valid_scores,
    scores_each_row_alone,
    lives_with_five_positives,
    never_sees_a_test_row,
    ranks_random_labels_by_chance,
    learns_three_classes_or_says_why,
)


def _fewest(kind: str, name: str) -> dict[str, int]:
    """The lowest allowed value of each parameter that only costs time, such as n_estimators."""
    asked = compose.parameters(kind, name)
    cost = [p for p in asked if p.kind == "integer" and not p.tune]
    return {parameter.name.partition(".")[2]: int(parameter.low) for parameter in cost}


def _scores(classifier: Any, X: Any) -> Any:
    return scores(classifier, X, TWO)[1]


def _tried(outcome: Outcome) -> list[Any]:
    return [(t.number, t.params, t.default, t.tuned, t.error) for t in outcome.trials]
