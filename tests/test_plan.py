"""A suite becomes cells; what cannot be is skipped or refused before anything is spent."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from contracts import clouds

from benchmark.catalogue.registry import STRATEGIES, strategy
from benchmark.engine import plan as planning
from benchmark.engine.plan import Plan, libraries, plan, slow
from benchmark.errors import DatasetError, Incompatible
from benchmark.suite import Suite
from benchmark.types import Cell, Dataset, Skip

DATASET = clouds()


def planned(*datasets: Dataset, **settings: Any) -> Plan:
    basics = {
        "name": "plan",
        "datasets": ["clouds"],
        "strategies": ["none"],
        "models": ["decision_tree"],
    }
    return plan(Suite.model_validate(basics | settings), datasets or [DATASET])


def test_every_pair_meets_every_fold_of_every_dataset() -> None:
    other = replace(DATASET, name="other")

    found = planned(
        DATASET,
        other,
        strategies=["none", "smote"],
        models=["decision_tree", "svc"],
        cv={"folds": 3, "repeats": 2},
    )

    assert list(found.cells()) == [
        Cell(dataset, strategy, model, repeat, fold)
        for dataset in ("clouds", "other")
        for strategy in ("none", "smote")
        for model in ("decision_tree", "svc")
        for repeat in range(2)
        for fold in range(3)
    ]
    assert found.datasets == {"clouds": DATASET, "other": other}
    assert found.skips == ()


def test_a_strategy_with_its_own_model_runs_once() -> None:
    found = planned(strategies=["none", "balanced_random_forest"], models=["decision_tree", "svc"])

    assert [pair.name for pair in found.pairs] == [
        ("clouds", "none", "decision_tree"),
        ("clouds", "none", "svc"),
        ("clouds", "balanced_random_forest", "own"),
    ]


def test_an_incompatible_pair_is_skipped_with_its_reason() -> None:
    found = planned(
        strategies=["class_weight"], models=["k_nearest_neighbors", "logistic_regression"]
    )

    reason = "KNeighborsClassifier takes neither class weights nor row weights"
    assert found.skips == (Skip("clouds", "class_weight", "k_nearest_neighbors", reason),)
    assert [pair.model.name for pair in found.pairs] == ["logistic_regression"]


@pytest.fixture
def for_many_rows() -> Iterator[None]:
    """A strategy that refuses data with few rows."""

    def picky(classifier: Any, space: Any, task: Any) -> Any:
        reason = {True: f"{task.n_rows} rows of {task.n_classes} classes are too few"}
        refused = reason.get(task.n_rows < 100)
        if refused:
            raise Incompatible(refused)
        return classifier

    strategy("picky", level="data")(picky)
    yield
    STRATEGIES.forget("picky")


def test_a_strategy_may_refuse_one_dataset_and_take_another(for_many_rows: None) -> None:
    small = replace(clouds(rows=60, positives=20), name="small")

    found = planned(small, DATASET, strategies=["picky"])

    reason = "60 rows of 2 classes are too few"
    assert found.skips == (Skip("small", "picky", "decision_tree", reason),)
    assert [pair.dataset for pair in found.pairs] == ["clouds"]


def test_aliases_name_the_pairs() -> None:
    found = planned(
        strategies=[{"use": "smote", "as": "half", "params": {"balance": 0.5}}],
        models=[{"use": "decision_tree", "as": "stump", "params": {"max_depth": 2}}],
    )

    assert found.pairs[0].name == ("clouds", "half", "stump")


@pytest.mark.parametrize(
    ("strategy", "model", "names"),
    [
        ("none", "decision_tree", ("sklearn",)),
        ("smote", "decision_tree", ("imblearn", "sklearn")),
        ("class_weight", "xgboost", ("xgboost",)),
        ("smote+class_weight", "xgboost", ("imblearn", "xgboost")),
        ("bagging+smote", "svc", ("imblearn", "sklearn")),
        ("balanced_random_forest", "decision_tree", ("imblearn",)),
    ],
)
def test_a_pair_knows_the_libraries_that_it_uses(
    strategy: str, model: str, names: tuple[str, ...]
) -> None:
    found = planned(strategies=[strategy], models=[model])

    assert found.pairs[0].libraries == names


def test_a_class_without_parameters_is_of_its_own_library() -> None:
    assert libraries(np.float64(1.0)) == ("numpy",)


@pytest.mark.parametrize(
    ("settings", "fits"),
    [
        ({"tuning": "off", "thresholds": ["default"]}, 1),
        ({"tuning": "off"}, 3 + 1),
        ({"tuning": {"trials": 4, "folds": 2}}, 4 * 2 + 2),
        ({"tuning": {"trials": 1, "folds": 2}}, 1 * 2 + 1),
        ({"tuning": {"trials": 4, "folds": 2}, "models": ["extra_trees"]}, 4 * 2 + 2 * (1 + 2)),
        ({"tuning": {"trials": 1, "folds": 2}, "models": ["extra_trees"]}, 1 * 2 + 1),
        ({"tuning": {"trials": 4, "folds": 2}, "models": ["linear_discriminant_analysis"]}, 3),
    ],
)
def test_the_most_fits_of_a_cell_are_known_beforehand(settings: dict[str, Any], fits: int) -> None:
    found = planned(**settings)

    assert found.fits(found.pairs[0]) == fits


def test_fixed_parameters_are_not_searched() -> None:
    params = {"max_depth": 2, "min_samples_leaf": 3}

    found = planned(
        models=["decision_tree", {"use": "decision_tree", "as": "fixed", "params": params}]
    )

    assert [pair.open_parameters for pair in found.pairs] == [2, 0]


@pytest.mark.parametrize("settings", [{"tuning": {"folds": 4}}, {"tuning": {"folds": 5}}])
def test_too_few_rows_of_the_rarest_class_for_the_inner_folds_are_refused(
    settings: dict[str, Any],
) -> None:
    dataset = clouds(rows=60, positives=6)

    with pytest.raises(DatasetError) as caught:
        planned(dataset, cv={"folds": 2}, **settings)
    assert str(caught.value) == (
        "dataset 'clouds' leaves 3 rows of its rarest class for training, "
        f"fewer than tuning.folds: {settings['tuning']['folds']}"
    )


def test_a_tuned_threshold_needs_rows_for_three_inner_folds_even_without_tuning() -> None:
    dataset = clouds(rows=60, positives=4)

    with pytest.raises(DatasetError, match=r"leaves 2 rows .* fewer than tuning\.folds: 3$"):
        planned(dataset, cv={"folds": 2}, tuning="off")


def test_one_row_of_the_rarest_class_in_each_inner_fold_is_enough() -> None:
    found = planned(clouds(rows=60, positives=6), cv={"folds": 2}, tuning={"folds": 3})

    assert len(list(found.cells())) == 2


def test_few_rows_are_enough_where_nothing_is_chosen() -> None:
    dataset = clouds(rows=60, positives=4)

    found = planned(dataset, cv={"folds": 2}, tuning="off", thresholds=["default"])

    assert len(list(found.cells())) == 2


def test_too_few_rows_of_the_rarest_class_for_the_outer_folds_are_refused() -> None:
    with pytest.raises(DatasetError, match=r"4 rows of its rarest class, fewer than cv\.folds: 5"):
        planned(clouds(rows=60, positives=4), cv={"folds": 5})


QUADRATIC: dict[str, Any] = {
    "strategies": [
        "none",
        "smote",
        {"use": "tomek_links+class_weight", "as": "cleaned"},
        "local_outlier_factor",
    ],
    "models": ["decision_tree", {"use": "svc", "as": "machine"}],
}


def warnings(found: Plan) -> list[str]:
    return list(slow(found, {pair.name for pair in found.pairs}))


def test_what_grows_with_the_square_of_many_rows_is_named_once_a_dataset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planning, "MANY_ROWS", 100)
    small, other = replace(clouds(rows=120), name="small"), replace(DATASET, name="other")

    found = planned(DATASET, small, other, cv={"folds": 4}, **QUADRATIC)

    assert warnings(found) == [
        f"dataset {name!r} has 113 training rows; the cost of strategies cleaned, "
        "local_outlier_factor and model machine grows with their square"
        for name in ("clouds", "other")
    ]


def test_only_what_is_to_be_computed_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planning, "MANY_ROWS", 100)
    found = planned(cv={"folds": 4}, **QUADRATIC)

    assert list(slow(found, {("clouds", "none", "decision_tree")})) == []
    assert list(slow(found, {("clouds", "smote", "machine")})) == [
        "dataset 'clouds' has 113 training rows; the cost of model machine grows with their square"
    ]


def test_as_many_training_rows_as_the_limit_are_not_warned_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(planning, "MANY_ROWS", 113)

    assert warnings(planned(cv={"folds": 4}, **QUADRATIC)) == []
    assert warnings(planned(cv={"folds": 5}, **QUADRATIC)) != []
