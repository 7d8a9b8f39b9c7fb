"""Rows of another dataset are learnt from first, by what asks for them, and never tested."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import pytest
from contracts import clouds, three_classes
from plugins_for_tests.suites import SMALL, Onlooker, fit_keys, planned, write_suite
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler

from benchmark import loading
from benchmark.catalogue.encoded import Encoded
from benchmark.catalogue.heldout import HeldOut, hold_out, relate
from benchmark.catalogue.registry import STRATEGIES
from benchmark.catalogue.strategies.decomposition import MajorityClusters
from benchmark.data.load import load
from benchmark.engine.backends.worker import Worker
from benchmark.engine.evaluate import evaluate
from benchmark.engine.job import Bench
from benchmark.engine.plan import plan
from benchmark.engine.splits import outer_folds
from benchmark.errors import DatasetError, Incompatible, SuiteError
from benchmark.flow import load_suite
from benchmark.resume import external_cells, facts
from benchmark.space import Defaults
from benchmark.suite import CrossValidation, Suite
from benchmark.suite_file import schema
from benchmark.types import Cell, Dataset, Floats, Integers, Outcome, Related, Task
from benchmark.use import DatasetUse

OWN = pd.DataFrame(
    {
        "age": [31.5, 45.25, np.nan, 52.0, 28.0, 39.5],
        "job": ["clerk", "cook", "cook", None, "clerk", "cook"],
        "patient": ["p1", "p1", "p2", "p2", "p3", "p3"],
        "target": ["no", "yes", "no", "maybe", "no", "yes"],
    }
)
OTHER = pd.DataFrame(
    {
        "age": [60.0, 61.0, 62.0, np.nan],
        "job": ["cook", "pilot", None, "clerk"],
        "patient": ["q1", "q2", "q3", "q4"],
        "target": ["yes", "no", "yes", "maybe"],
    }
)
Read = Callable[..., Dataset]
KEPT: list[Any] = []  # what Keeper was given, the last fit last


class Keeper(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn is untyped
    """A model that keeps what it was given."""

    rows_beside = ("related", "validation")

    def __init__(
        self,
        related: HeldOut | None = None,
        validation: HeldOut | None = None,
        random_state: int = 0,
    ) -> None:
        self.related = related
        self.validation = validation
        self.random_state = random_state

    def fit(self, X: Floats, y: Integers) -> "Keeper":
        self.classes_ = np.unique(y)
        KEPT.append(self.related)
        return self

    def predict(self, X: Floats) -> Any:
        return np.zeros(len(X), dtype=np.int64)


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Load a table beside another one."""

    def read(other: pd.DataFrame, own: pd.DataFrame = OWN, **asked: Any) -> Dataset:
        own.to_csv(tmp_path / "own.csv", index=False)
        other.to_csv(tmp_path / "other.csv", index=False)
        use = {"use": "own.csv", "related": "other.csv"} | asked
        return load(DatasetUse.model_validate(use), tmp_path, 1)

    return read


def related_of(dataset: Dataset) -> Related:
    assert dataset.related is not None
    return dataset.related


def test_its_rows_have_the_columns_and_the_class_codes_of_the_dataset(read: Read) -> None:
    found = read(OTHER[["target", "patient", "job", "age"]])

    assert found.classes == ("maybe", "no", "yes")
    columns = OTHER[["age", "job", "patient"]]
    pd.testing.assert_frame_equal(related_of(found).X, columns, check_dtype=False)
    assert related_of(found).y.tolist() == [2, 1, 2, 0]


def test_it_is_matched_by_label_where_one_class_meets_the_rest(read: Read) -> None:
    found = read(OTHER, positive="yes")

    assert found.classes == ("rest", "yes")
    assert related_of(found).y.tolist() == [1, 0, 1, 0]


def test_labels_are_matched_by_value_and_may_be_some_of_all(read: Read) -> None:
    own = OWN.assign(target=[3, 1, 2, 3, 1, 2])

    found = read(OTHER.assign(target=[2.0, 1.0, 2.0, 1.0]), own)

    assert found.classes == ("1", "2", "3")
    assert related_of(found).y.tolist() == [1, 0, 1, 0]


def test_what_is_no_feature_of_the_dataset_is_none_there(read: Read) -> None:
    own = OWN.assign(size=1.0, note="x", label=OWN["target"]).drop(columns="target")
    other = OTHER.assign(size=2.0, note="y", more=5)
    asked = {"target": "label", "weights": "size", "groups": "patient", "drop": ["note"]}

    related = {"use": "other.csv", "target": "target", "drop": ["more"]}

    found = read(other, own, **asked, related=related)

    assert related_of(found).X.columns.tolist() == ["age", "job"]


def test_a_column_that_is_empty_there_is_missing_in_every_row(read: Read) -> None:
    found = read(OTHER.assign(job=np.nan))

    assert related_of(found).X["job"].isna().all()
    assert related_of(found).X.dtypes.equals(found.X.dtypes)


def test_a_row_of_the_dataset_is_left_out_and_said_to_be(tmp_path: Path) -> None:
    OWN.to_csv(tmp_path / "own.csv", index=False)
    same = OWN.iloc[[2, 3]].assign(target="yes")  # a missing value is the same as another
    pd.concat([OTHER, same]).to_csv(tmp_path / "other.csv", index=False)
    uses = [{"use": "own.csv", "related": "other.csv", "positive": "yes"}]
    suite = load_suite(write_suite(tmp_path, datasets=uses))
    watcher = Onlooker()

    (found,) = loading.planned(suite, watcher).datasets.values()

    others = OTHER.drop(columns="target")
    pd.testing.assert_frame_equal(related_of(found).X, others, check_dtype=False)
    assert watcher.notes == [
        "dataset 'own': 2 related rows are rows or groups of it too, and are left out"
    ]


def test_a_group_of_the_dataset_is_left_out(read: Read) -> None:
    other = OTHER.assign(patient=["q1", "p2", "q3", "p1"], target=["yes", "no", "no", "yes"])

    found = related_of(read(other, groups="patient"))

    assert (found.X["age"].tolist(), found.y.tolist(), found.left_out) == ([60, 62], [2, 1], 2)


@pytest.mark.parametrize(
    ("other", "asked", "why"),
    [
        (
            OTHER.drop(columns="age").assign(years=1, size=2),
            {},
            "it needs the columns of the dataset; it lacks 'age'; leave out 'years', 'size' with "
            "`drop:`",
        ),
        (OTHER.drop(columns="job"), {}, "it needs the columns of the dataset; it lacks 'job'"),
        (OTHER.assign(age="old"), {}, "column 'age' holds text, and numbers in the dataset"),
        (OTHER.assign(job=7), {}, "column 'job' holds numbers, and text in the dataset"),
        (
            OTHER.assign(target=["yes", "no", "nay", "no"]),
            {},
            "target 'target': unknown class 'nay'; known: maybe, no, yes",
        ),
        (
            OTHER.assign(target=["yes", None, "no", "no"]),
            {},
            "target 'target' misses 1 of 4 labels, the first in row 2",
        ),
        (OTHER.assign(target="yes"), {}, "it has rows of one class only"),
        (
            pd.concat([OTHER.iloc[:1], OWN]),
            {},
            "it has rows of one class only, apart from 6 of the dataset",
        ),
        (
            OTHER.rename(columns={"target": "outcome"}),
            {},
            "target: unknown column 'target'. Did you mean 'age'?",
        ),
        (OTHER, {"drop": ["x"]}, "drop: unknown column 'x'; known: age, job, patient, target"),
        (OWN, {}, "all its rows are rows or groups of the dataset, so they could be tested"),
        (
            OWN.iloc[::-1, ::-1],
            {},
            "all its rows are rows or groups of the dataset, so they could be tested",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_one_line(
    read: Read, other: pd.DataFrame, asked: dict[str, Any], why: str
) -> None:
    with pytest.raises(DatasetError) as caught:
        read(other, related={"use": "other.csv"} | asked)

    assert str(caught.value) == f"dataset 'own': related 'other.csv': {why}"


@pytest.mark.parametrize(
    ("related", "mistake"),
    [
        (
            "oter.csv",
            "datasets[0]: related: no file 'oter.csv': unknown file 'oter.csv'. "
            "Did you mean 'other.csv'?",
        ),
        ("*.csv", "datasets[0]: related: '*.csv' stands for many files; name one"),
        ("digit", "datasets[0]: related: unknown dataset 'digit'. Did you mean 'digits'?"),
        (
            {"use": "other.csv", "targt": "y"},
            "datasets[0].related.targt: unknown key 'targt'. Did you mean 'target'?",
        ),
        ({"target": "y"}, "datasets[0].related.use: is required"),
        (["other.csv"], "datasets[0].related: must be"),
    ],
)  # fmt: skip
def test_a_mistake_is_reported_before_anything_is_read(
    tmp_path: Path, related: object, mistake: str
) -> None:
    for name in ("own.csv", "other.csv"):
        (tmp_path / name).touch()
    path = write_suite(tmp_path, datasets=[{"use": "own.csv", "related": related}])

    with pytest.raises(SuiteError) as caught:
        load_suite(path)

    assert f"suite.yaml:1: {mistake}" in caught.value.mistakes[0]


@pytest.mark.parametrize("related", ["b.csv", {"use": "b.csv", "target": "y", "drop": ["z"]}])
def test_the_schema_knows_it(related: object) -> None:
    suite = SMALL | {"datasets": [{"use": "a.csv", "related": related}]}

    assert list(jsonschema.Draft202012Validator(schema()).iter_errors(suite)) == []


@pytest.mark.parametrize("related", [1, {"target": "y"}, {"use": "b.csv", "thin": {}}])
def test_the_schema_refuses_what_the_loader_refuses(related: object) -> None:
    suite = SMALL | {"datasets": [{"use": "a.csv", "related": related}]}

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(suite, schema())


def test_data_and_folds_are_the_same_with_it_and_fits_have_other_keys(tmp_path: Path) -> None:
    rows = clouds()
    for name, seed in (("own", 0), ("other", 1), ("changed", 1)):
        table = clouds(seed=seed)
        table.X.assign(target=table.y).to_csv(tmp_path / f"{name}.csv", index=False)
    changed = pd.read_csv(tmp_path / "changed.csv")
    changed.loc[3, "b"] += 1e-9
    changed.to_csv(tmp_path / "changed.csv", index=False)

    found, keys = [], []
    for related in (None, "other.csv", "changed.csv"):
        path = write_suite(tmp_path, datasets=[{"use": "own.csv", "related": related}])
        found.append(planned(path))
        keys.append(fit_keys(path))
    own = [made.datasets["own"] for made in found]

    assert own[0].content == own[0].fingerprint == own[1].fingerprint == own[2].fingerprint
    assert len({dataset.content for dataset in own}) == 3
    noted: list[Any] = [facts(made)["datasets"] for made in found]
    assert [n["own"]["fingerprint"] for n in noted] == [dataset.content for dataset in own]
    assert all(n["own"]["rows"] == 150 for n in noted)
    assert all(len({key[cell] for key in keys}) == 3 for cell in keys[0])
    assert all(dataset.class_counts == rows.class_counts for dataset in own)
    folds = [outer_folds(dataset, CrossValidation(), seed=1) for dataset in own[:2]]
    assert all(np.array_equal(a.test, b.test) for a, b in zip(*folds, strict=True))
    elsewhere = [[k.fit_key for k in external_cells(made, "own", ["mine"])] for made in found]
    assert elsewhere[0] == elsewhere[1] == elsewhere[2]


def test_columns_in_another_order_are_the_same_content(read: Read) -> None:
    assert read(OTHER).content == read(OTHER[OTHER.columns[::-1]]).content


def test_a_worker_refuses_related_rows_that_changed_while_the_suite_ran(
    read: Read, tmp_path: Path
) -> None:
    planned_content = {"own": read(OTHER).content}
    suite = load_suite(write_suite(tmp_path, datasets=[{"use": "own.csv", "related": "other.csv"}]))
    assert Worker(suite, planned_content).dataset("own").content == planned_content["own"]

    OTHER.assign(age=99).to_csv(tmp_path / "other.csv", index=False)

    with pytest.raises(DatasetError, match="dataset 'own' changed while the suite ran"):
        Worker(suite, planned_content).dataset("own")


def beside(dataset: Dataset, seed: int = 5, rows: int = 300) -> Dataset:
    """The dataset with related rows drawn alike."""
    other = clouds(rows=rows, positives=rows // 3, seed=seed)
    return replace(dataset, related=Related(other.X, other.y, f"clouds {seed}"))


def outcome_of(dataset: Dataset, strategy: str, model: Any = "mlp", **settings: Any) -> Outcome:
    use = {"use": model, "params": {"epochs": 3}} if model == "mlp" else model
    suite = Suite.model_validate(
        SMALL | {"datasets": ["any"], "strategies": [strategy], "models": [use]} | settings
    )
    cell = Cell(dataset.name, strategy, model, 0, 0)
    return evaluate(cell, suite, dataset, Bench())


def test_a_model_meets_them_as_test_rows_are_prepared() -> None:
    """Scaled by the training part; neither test rows nor they have a say."""
    dataset = beside(clouds())
    train = outer_folds(dataset, CrossValidation(folds=2), seed=1)[0].train
    scaler = StandardScaler().fit(dataset.X.iloc[train])

    outcome = outcome_of(dataset, "none", f"{__name__}:Keeper")

    assert outcome.error == ""
    given, related = KEPT[-1], related_of(dataset)
    np.testing.assert_allclose(given.X, scaler.transform(related.X), rtol=1e-12, atol=1e-12)
    assert given.y.tolist() == related.y.tolist()


def test_without_them_a_model_gets_none() -> None:
    assert outcome_of(clouds(), "none", f"{__name__}:Keeper").error == ""

    assert KEPT[-1] is None


def test_they_are_encoded_as_the_rows_of_the_fit_are() -> None:
    X, y = clouds().X.to_numpy(), clouds().y
    pipeline = Encoded(StandardScaler(), Keeper())
    relate(pipeline, lambda: HeldOut(X + 1, y))

    pipeline.fit(X, y)

    np.testing.assert_allclose(KEPT[-1].X, StandardScaler().fit(X).transform(X + 1))


@pytest.mark.parametrize(
    "around", [OneVsRestClassifier(Keeper()), MajorityClusters(None, Encoded(None, Keeper()))]
)
def test_what_learns_other_classes_is_given_no_rows_of_these(around: Any) -> None:
    data = three_classes()

    left = hold_out(around, data.X.to_numpy(), data.y)
    relate(around, lambda: HeldOut(data.X.to_numpy(), data.y))

    assert len(left) == len(data.y)
    inside = around.get_params().items()
    assert [v for name, v in inside if name.endswith(("related", "validation"))] == [None, None]


def skip_reason(dataset: Dataset, strategy: str) -> str:
    pytest.importorskip("torch")
    settings = {"datasets": ["any"], "strategies": [strategy], "models": ["mlp"]}
    (skip,) = plan(Suite.model_validate(SMALL | settings), [dataset]).skips
    return skip.reason


def test_a_dataset_without_them_is_skipped_in_one_line() -> None:
    reason = skip_reason(clouds(), "related_pretraining")

    assert reason == "related_pretraining needs `related` rows, and the dataset has none"


def test_a_strategy_that_makes_other_classes_around_it_is_skipped_in_one_line() -> None:
    reason = skip_reason(beside(clouds()), "majority_clusters+related_pretraining")

    assert reason == "related rows have other classes than the model learns in this strategy"


def test_another_model_is_refused() -> None:
    pytest.importorskip("torch")
    with pytest.raises(Incompatible, match="changes how a network is trained: mlp"):
        pretrained(LogisticRegression(), HeldOut(np.ones((2, 1)), np.array([0, 1])))


def test_they_change_the_scores_of_what_learns_from_them_only() -> None:
    pytest.importorskip("torch")
    own = clouds(rows=60, positives=20)

    plainly = [outcome_of(d, "none") for d in (own, beside(own), beside(own, seed=6))]
    first, again, other = (
        outcome_of(d, "related_pretraining")
        for d in (beside(own), beside(own), beside(own, seed=6))
    )

    tests = [outcome.predictions.default.test for outcome in plainly]
    np.testing.assert_array_equal(tests[0], tests[1])
    np.testing.assert_array_equal(tests[0], tests[2])
    np.testing.assert_array_equal(first.predictions.default.test, again.predictions.default.test)
    assert np.abs(first.predictions.default.test - other.predictions.default.test).max() > 0.01
    assert np.abs(first.predictions.default.test - tests[0]).max() > 0.01


def pretrained(classifier: Any, related: HeldOut, **params: Any) -> Any:
    """The classifier as `related_pretraining` changes it, with rows to train on first."""
    space = Defaults({f"strategy.{name}": value for name, value in params.items()})
    task = Task(seed=0, class_counts=(110, 40), n_columns=4, related_rows=len(related.y))
    made = STRATEGIES.get("related_pretraining").made(classifier, space.scoped("strategy"), task)
    relate(made, lambda: related)
    return made


def test_fine_tuning_that_stands_still_leaves_what_the_related_rows_taught() -> None:
    """The head starts at the shares of the classes, which are the same in both."""
    pytest.importorskip("torch")
    from plain_networks import OneLayer

    from benchmark.catalogue.neural.classifier import NeuralClassifier

    own, other = clouds(), clouds(seed=3)
    rows = HeldOut(other.X.to_numpy(), other.y)
    network = NeuralClassifier(OneLayer(), epochs=5, batch_size=32, learning_rate=0.01)

    still = pretrained(network, rows, rate=1e-12).fit(own.X.to_numpy(), own.y)

    alone = network.fit(rows.X, rows.y)
    assert still.decision(rows.X) == pytest.approx(alone.decision(rows.X), abs=1e-6)


def test_fine_tuning_to_the_end_is_maximum_likelihood_on_the_own_rows() -> None:
    """A logistic regression has one optimum, whatever the others taught; here the opposite."""
    pytest.importorskip("torch")
    from plain_networks import regression

    own, other = clouds(), clouds(seed=3)
    X, y = own.X.to_numpy(), own.y
    opposite = HeldOut(other.X.to_numpy(), 1 - other.y)

    tuned = pretrained(regression(), opposite, rate=1.0).fit(X, y)

    expected = LogisticRegression(C=np.inf).fit(X, y).predict_proba(X)
    assert tuned.predict_proba(X) == pytest.approx(expected, abs=2e-3)


def test_a_class_that_the_own_rows_lack_is_not_learnt_there_either() -> None:
    pytest.importorskip("torch")
    from plain_networks import regression

    data = three_classes()
    X, two = data.X.to_numpy(), data.y != 1
    whole, part = (
        pretrained(regression(epochs=5), rows).fit(X[two], data.y[two])
        for rows in (HeldOut(X, data.y), HeldOut(X[two], data.y[two]))
    )

    assert whole.classes_.tolist() == [0, 2]
    np.testing.assert_array_equal(whole.predict_proba(X), part.predict_proba(X))


def test_few_digits_are_told_apart_better_after_many_others(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    table = load_digits(as_frame=True).frame
    rows = np.random.default_rng(0).permutation(len(table))
    table.iloc[rows[:200]].to_csv(tmp_path / "few.csv", index=False)
    table.iloc[rows[200:], ::-1].to_csv(tmp_path / "many.csv", index=False)
    use = DatasetUse.model_validate({"use": "few.csv", "related": "many.csv"})
    dataset = load(use, tmp_path, 1)

    plainly, after = (
        outcome_of(
            dataset,
            strategy,
            metrics=["balanced_accuracy"],
            models=[{"use": "mlp", "params": {"epochs": 10}}],
        ).scores.values["default"]["balanced_accuracy"]
        for strategy in ("none", "related_pretraining")
    )

    assert after > 0.95
    assert after > plainly + 0.05
