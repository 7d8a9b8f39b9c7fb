"""Methods that are computed elsewhere, on the same folds, in the same tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from plugins_for_tests.suites import DATA, Onlooker, write_suite
from sklearn import metrics
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
)
from sklearn.naive_bayes import GaussianNB

from benchmark.cli.app import run_command_line
from benchmark.engine import points
from benchmark.errors import BenchmarkError
from benchmark.external import Imported, export_folds, folds, import_predictions, remove_predictions
from benchmark.flow import Options, execute, load_suite, sync
from benchmark.journal import store
from benchmark.journal.rows import Row
from benchmark.journal.store import Journal
from benchmark.loading import planned
from benchmark.results import compare, recorded
from benchmark.types import Dataset

BAYES: dict[str, Any] = {
    "models": ["gaussian_naive_bayes"],
    "preprocess": {"scale": "none"},
    "metrics": ["f2", "roc_auc", "average_precision", "recall", "brier"],
    "thresholds": ["default", "tuned"],
    "cv": {"folds": 3, "repeats": 2},
}
MANY: dict[str, Any] = BAYES | {
    "datasets": ["wine"],
    "metrics": ["mcc", "macro_f1", "log_loss", "brier"],
    "thresholds": ["default"],
}


def data(path: Path) -> Dataset:
    """The only dataset of a suite."""
    suite = load_suite(path)
    (loaded,) = planned(suite).datasets.values()
    return loaded


def bayes(path: Path, columns: Callable[[Any], pd.DataFrame]) -> pd.DataFrame:
    """What scikit-learn alone predicts on the exported folds; `columns` makes the scores."""
    exported, X = folds(path), data(path).X.to_numpy()
    pieces = []
    for (repeat, number), test in exported.groupby(["repeat", "fold"]):
        train = exported[(exported["repeat"] == repeat) & (exported["fold"] != number)]
        model = GaussianNB().fit(X[train["row"]], train["y"])
        scores = columns(model.predict_proba(X[test["row"]])).set_index(test.index)
        pieces.append(test.drop(columns="training").join(scores))
    return pd.concat(pieces)


def positive(probabilities: Any) -> pd.DataFrame:
    return pd.DataFrame({"score": probabilities[:, 1]})


def of_each_class(probabilities: Any) -> pd.DataFrame:
    return pd.DataFrame(probabilities, columns=["score_class_0", "score_class_1", "score_class_2"])


def written(frame: pd.DataFrame, folder: Path, name: str = "scores.csv") -> Path:
    """The frame as a file."""
    path = folder / name
    if name.endswith(".parquet"):
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False)
    return path


def brought(path: Path, frame: pd.DataFrame, name: str = "elsewhere", **named: Any) -> Imported:
    """Import a frame into the results beside a suite."""
    file = written(frame, path.parent)
    return import_predictions(path, file, name, results=path.parent / "results", **named)


def rows(path: Path, name: str = "elsewhere") -> list[Row]:
    """The journal's rows of a method, in the order of the folds."""
    found = recorded(path, results=path.parent / "results").rows
    return sorted((r for r in found if r.cell.strategy == name), key=lambda row: row.cell)


def ran(path: Path, **options: Any) -> Any:
    return execute(path, Options(results=path.parent / "results", **options))


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    return write_suite(tmp_path, **BAYES)


@pytest.fixture(scope="module")
def scores(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return bayes(write_suite(tmp_path_factory.mktemp("scores"), **BAYES), positive)


def trained_on(table: pd.DataFrame, number: int) -> list[int]:
    """The training rows of a fold, as the columns of the export say."""
    earlier = (table["training"] == "earlier folds") & (table["fold"] < number)
    other = (table["training"] == "other folds") & (table["fold"] != number)
    return table.loc[earlier | other, "row"].tolist()


def test_the_folds_are_those_of_scikit_learn(suite: Path) -> None:
    dataset, table = data(suite), folds(suite)
    splitter = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=1)

    expected = list(splitter.split(dataset.X, dataset.y))

    assert len(table) == 2 * len(dataset.y)
    assert table["y"].tolist() == [dataset.classes[code] for code in dataset.y] * 2
    assert set(table["fingerprint"]) == {dataset.fingerprint[:12]}
    for i, (train, test) in enumerate(expected):
        repeat = table[table["repeat"] == i // 3]
        assert repeat.loc[repeat["fold"] == i % 3, "row"].tolist() == test.tolist()
        assert trained_on(repeat, i % 3) == train.tolist()


@pytest.fixture
def visits(tmp_path: Path) -> pd.DataFrame:
    """Rows with a patient, a day and a published fold; positives throughout."""
    random = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "x": random.normal(size=120),
            "patient": random.integers(0, 30, 120),
            "day": random.permutation(120),
            "part": random.integers(0, 4, 120),
            "ill": np.arange(120) % 3 == 0,
        }
    ).astype({"ill": int})
    frame.to_csv(tmp_path / "visits.csv", index=False)
    return frame


def visits_suite(folder: Path, use: dict[str, Any], cv: dict[str, Any]) -> Path:
    source = {"use": "visits.csv", "target": "ill", "positive": 1}
    return write_suite(folder, **BAYES | {"datasets": [source | use], "cv": cv})


def test_groups_stay_together_as_in_scikit_learn(tmp_path: Path, visits: pd.DataFrame) -> None:
    table = folds(visits_suite(tmp_path, {"groups": "patient"}, {"folds": 3}))
    splitter = StratifiedGroupKFold(3, shuffle=True, random_state=1)

    expected = list(splitter.split(visits, visits["ill"], visits["patient"]))

    assert [trained_on(table, i) for i in range(3)] == [train.tolist() for train, _ in expected]


def test_a_fold_in_time_is_trained_on_what_was_before(tmp_path: Path, visits: pd.DataFrame) -> None:
    table = folds(visits_suite(tmp_path, {"time": "day"}, {"folds": 3}))
    order = np.argsort(visits["day"].to_numpy())

    expected = [(order[a], order[b]) for a, b in TimeSeriesSplit(3).split(order)]

    assert [trained_on(table, i) for i in range(3)] == [sorted(train) for train, _ in expected]
    assert [table.loc[table["fold"] == i, "row"].tolist() for i in range(3)] == [
        sorted(test) for _, test in expected
    ]


def test_published_folds_are_exported(tmp_path: Path, visits: pd.DataFrame) -> None:
    table = folds(visits_suite(tmp_path, {}, {"column": "part"}))

    assert table["fold"].tolist() == visits["part"].tolist()
    assert set(table["training"]) == {"other folds"}


@pytest.mark.parametrize("name", ["folds.csv", "folds.parquet"])
def test_the_folds_come_back_from_a_file(suite: Path, tmp_path: Path, name: str) -> None:
    table = export_folds(suite, tmp_path / name)

    read = {"folds.csv": pd.read_csv, "folds.parquet": pd.read_parquet}[name]
    assert read(tmp_path / name).astype(str).equals(table.astype(str))
    assert not (tmp_path / "results").exists()


def test_a_file_of_another_kind_is_not_written(suite: Path, tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match=r"must be \.csv or \.parquet"):
        export_folds(suite, tmp_path / "folds.xlsx")
    with pytest.raises(BenchmarkError, match="cannot be written"):
        export_folds(suite, tmp_path / "nowhere" / "folds.csv")


def test_imported_scores_are_measured_as_scikit_learn_does(
    suite: Path, scores: pd.DataFrame
) -> None:
    brought(suite, scores)

    found = rows(suite)
    assert [(row.cell.model, row.status) for row in found] == [("external", "ok")] * 6
    for row in found:
        cell = row.cell
        part = scores[(scores["repeat"] == cell.repeat) & (scores["fold"] == cell.fold)]
        y, score = part["y"].astype(int), part["score"]
        assert row.scores.values["default"] == pytest.approx(
            {
                "f2": metrics.fbeta_score(y, score > 0.5, beta=2),
                "recall": metrics.recall_score(y, score > 0.5),
            },
            rel=1e-14,
        )
        measured = {k: v for k, v in row.scores.values[""].items() if k != "brier_corrected"}
        assert measured == pytest.approx(
            {
                "roc_auc": metrics.roc_auc_score(y, score),
                "average_precision": metrics.average_precision_score(y, score),
                "brier": metrics.brier_score_loss(y, score),
            },
            rel=1e-14,
        )


def test_a_method_scores_alike_here_and_elsewhere(suite: Path, scores: pd.DataFrame) -> None:
    ran(suite)
    brought(suite, scores)

    here, elsewhere = rows(suite, "none"), rows(suite)
    plain = [name for name in here[0].scores.values[""] if not name.endswith("_corrected")]
    assert [row.scores.values["default"] for row in elsewhere] == [
        row.scores.values["default"] for row in here
    ]
    for one, other in zip(elsewhere, here, strict=True):
        assert {name: one.scores.values[""][name] for name in plain} == {
            name: other.scores.values[""][name] for name in plain
        }
        assert one.scores.confusion["default"] == other.scores.confusion["default"]


def with_inner(path: Path, scores: pd.DataFrame) -> pd.DataFrame:
    """The scores with out-of-fold ones of the training rows, which the journal's own run made."""
    journal = Journal(path.parent / "results" / "small" / "journal.sqlite")
    pieces = [scores.assign(part="test")]
    for row in rows(path, "none"):
        outcome = journal.outcome(row.cell, row.fit_key)
        assert outcome is not None
        assert outcome.predictions is not None
        known = outcome.predictions
        inner = {"row": known.oof_rows, "score": known.default.oof, "y": known.oof_y}
        place = {"repeat": row.cell.repeat, "fold": row.cell.fold}
        pieces.append(pd.DataFrame(inner | place).assign(dataset="clusters", part="inner"))
    journal.close()
    return pd.concat(pieces).drop(columns="fingerprint")


def test_with_inner_scores_the_tuned_threshold_is_the_same_as_here(
    suite: Path, scores: pd.DataFrame
) -> None:
    ran(suite)
    imported = brought(suite, with_inner(suite, scores))

    assert imported.notes == ()
    for one, other in zip(rows(suite), rows(suite, "none"), strict=True):
        assert one.scores.thresholds == other.scores.thresholds
        assert one.scores.values["tuned"] == other.scores.values["tuned"]
        assert one.scores.values[""] == pytest.approx(other.scores.values[""], rel=1e-9)


def test_inner_scores_of_many_rows_are_reduced_and_lead_to_the_same_threshold(
    suite: Path, scores: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran(suite)
    frame = with_inner(suite, scores)
    monkeypatch.setattr(points, "MANY_ROWS", 50)

    imported = brought(suite, frame)

    assert imported.notes == ()
    for one, other in zip(rows(suite), rows(suite, "none"), strict=True):
        assert one.scores.thresholds == other.scores.thresholds
        assert one.scores.values["tuned"] == other.scores.values["tuned"]
    with Journal(suite.parent / "results" / "small" / "journal.sqlite") as journal:
        kept = [journal.outcome(row.cell, row.fit_key) for row in rows(suite)]
    assert [len(o.predictions.oof_rows) for o in kept if o and o.predictions] == [0] * 6


def test_without_inner_scores_the_tuned_threshold_has_a_reason(
    suite: Path, scores: pd.DataFrame
) -> None:
    imported = brought(suite, scores)

    (note,) = imported.notes
    assert "thresholds (tuned) and corrected probabilities have no value" in note
    for row in rows(suite):
        assert "tuned" not in row.scores.values
        assert row.scores.missing["tuned"] == "no inner out-of-fold scores"


def test_inner_scores_of_a_held_out_part_are_enough(suite: Path, scores: pd.DataFrame) -> None:
    exported, dataset = folds(suite), data(suite)
    inner = []
    for (repeat, number), _ in exported.groupby(["repeat", "fold"]):
        train = exported[(exported["repeat"] == repeat) & (exported["fold"] != number)]
        held = cross_val_predict(
            GaussianNB(),
            dataset.X.to_numpy()[train["row"]],
            train["y"],
            cv=StratifiedKFold(2),
            method="predict_proba",
        )
        inner.append(train.assign(fold=number, score=held[:, 1], part="inner").iloc[::2])
    frame = pd.concat([scores.assign(part="test"), *inner]).drop(columns="training")

    brought(suite, frame)

    assert [sorted(row.scores.values) for row in rows(suite)] == [["", "default", "tuned"]] * 6


def test_an_import_survives_runs_and_is_compared_like_any_pair(
    suite: Path, scores: pd.DataFrame
) -> None:
    brought(suite, scores)
    before = rows(suite)
    onlooker = Onlooker()

    summary = execute(suite, Options(results=suite.parent / "results"), onlooker)

    assert (summary.computed, onlooker.starts, onlooker.notes) == (6, [(6, 0, 1)], [])
    assert rows(suite) == before
    table = compare(suite, results=suite.parent / "results")
    assert {
        (line.strategy, line.model, line.n)
        for line in table.itertuples()
        if line.metric == "f2" and line.threshold == "default"
    } == {("none", "gaussian_naive_bayes", 6), ("elsewhere", "external", 6)}


def test_an_import_is_scored_again_under_new_metrics(suite: Path, scores: pd.DataFrame) -> None:
    brought(suite, scores)
    write_suite(suite.parent, **BAYES | {"metrics": ["f2", "balanced_accuracy"]})

    ran(suite, only={"strategy": ["none"]})

    for row in rows(suite):
        cell = row.cell
        part = scores[(scores["repeat"] == cell.repeat) & (scores["fold"] == cell.fold)]
        said = (part["score"] > 0.5).astype(int)
        expected = metrics.balanced_accuracy_score(part["y"].astype(int), said)
        assert set(row.scores.values["default"]) == {"f2", "balanced_accuracy"}
        assert row.scores.values["default"]["balanced_accuracy"] == pytest.approx(expected)


def test_importing_again_replaces_what_was_there(suite: Path, scores: pd.DataFrame) -> None:
    brought(suite, scores)
    one_fold = scores[(scores["repeat"] == 0) & (scores["fold"] == 0)]

    imported = brought(suite, one_fold.assign(score=1 - one_fold["score"]))

    (row,) = rows(suite)
    y, score = one_fold["y"].astype(int), 1 - one_fold["score"]
    assert imported.folds == 1
    assert "not in the file: clusters: repeat 0 fold 1, repeat 0 fold 2" in imported.notes[0]
    assert row.scores.values[""]["roc_auc"] == pytest.approx(metrics.roc_auc_score(y, score))


def test_another_dataset_of_the_method_stays_and_one_that_is_not_in_the_file_is_told(
    tmp_path: Path,
) -> None:
    path = write_suite(tmp_path, **BAYES)
    first = bayes(path, positive)
    write_suite(tmp_path, **BAYES | {"datasets": [{**DATA, "as": "others"}]})
    second = bayes(path, positive)
    write_suite(tmp_path, **BAYES | {"datasets": [DATA, {**DATA, "as": "others"}]})

    imported = brought(path, first)
    brought(path, second)

    assert imported.notes[0] == "not in the file: others"
    assert {row.cell.dataset for row in rows(path)} == {"clusters", "others"}
    assert len(rows(path)) == 12


def test_what_was_imported_can_be_removed(suite: Path, scores: pd.DataFrame) -> None:
    results = suite.parent / "results"
    brought(suite, scores)
    brought(suite, scores, "twin")

    count = remove_predictions(suite, "elsewhere", results=results)

    assert (count, len(rows(suite)), len(rows(suite, "twin"))) == (6, 0, 6)
    ran(suite)
    assert rows(suite) == []
    with pytest.raises(BenchmarkError, match="unknown imported method 'elsewhere'"):
        remove_predictions(suite, "elsewhere", results=results)


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2},
        {"cv": {"folds": 4, "repeats": 2}},
        {"datasets": [{**DATA, "thin": {"positive": 0.2}}]},
        {"datasets": [{**DATA, "as": "renamed"}]},
        {"strategies": [{"use": "none", "as": "elsewhere"}]},
    ],
    ids=str,
)
def test_an_import_on_other_data_or_folds_is_left_out_until_they_are_back(
    suite: Path, scores: pd.DataFrame, change: dict[str, Any]
) -> None:
    brought(suite, scores)
    imported, onlooker = rows(suite), Onlooker()
    write_suite(suite.parent, **BAYES | {"models": ["constant"]} | change)

    execute(suite, Options(results=suite.parent / "results"), onlooker)
    left = [row for row in rows(suite) if row.cell.model == "external"]
    write_suite(suite.parent, **BAYES)
    ran(suite)

    (note,) = onlooker.notes
    assert left == []
    assert note == (
        "imported 'elsewhere' on 'clusters': 6 folds are left out, because the suite's data, "
        "folds or strategies have changed; import it again or remove it"
    )
    assert rows(suite) == imported


def test_a_suite_of_fewer_repeats_shows_the_folds_that_it_still_has(
    suite: Path, scores: pd.DataFrame
) -> None:
    brought(suite, scores)
    onlooker = Onlooker()
    write_suite(suite.parent, **BAYES | {"cv": {"folds": 3, "repeats": 1}})

    execute(suite, Options(results=suite.parent / "results"), onlooker)

    assert [(row.cell.repeat, row.cell.fold) for row in rows(suite)] == [(0, 0), (0, 1), (0, 2)]
    assert "3 folds are left out" in onlooker.notes[0]


def test_mlflow_shows_an_import_as_external(suite: Path, scores: pd.DataFrame) -> None:
    results = suite.parent / "results"
    brought(suite, scores)

    sent = [sync(suite, results=results), sync(suite, results=results)]

    client = MlflowClient(f"sqlite:///{results / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("small")
    assert experiment is not None
    (run,) = client.search_runs(
        [experiment.experiment_id], "tags.`benchmark.kind` = 'external'", max_results=10
    )
    assert sent == [1, 0]
    assert (run.data.tags["strategy"], run.data.tags["model"]) == ("elsewhere", "external")
    assert run.data.tags["benchmark.notes"] == "imported from scores.csv"
    assert run.data.params["tuning"] == "elsewhere"
    assert run.data.metrics["f2"] == pytest.approx(
        np.mean([row.scores.values["default"]["f2"] or 0.0 for row in rows(suite)])
    )


def test_a_parquet_file_gives_the_same_as_a_csv_file(suite: Path, scores: pd.DataFrame) -> None:
    results = suite.parent / "results"
    parquet = written(scores, suite.parent, "scores.parquet")
    brought(suite, scores)

    import_predictions(suite, parquet, "parquet", results=results)

    assert [r.scores for r in rows(suite, "parquet")] == [r.scores for r in rows(suite)]


def test_the_order_of_lines_and_a_column_of_row_names_do_not_matter(
    suite: Path, scores: pd.DataFrame
) -> None:
    brought(suite, scores)
    scores.sample(frac=1, random_state=0).to_csv(suite.parent / "from_r.csv")

    import_predictions(suite, suite.parent / "from_r.csv", "r", results=suite.parent / "results")

    assert [r.scores for r in rows(suite, "r")] == [r.scores for r in rows(suite)]


def test_decision_values_are_decided_at_zero_and_give_no_probabilities(
    suite: Path, scores: pd.DataFrame
) -> None:
    logits = scores.assign(score=np.log(scores["score"]) - np.log1p(-scores["score"]))
    brought(suite, scores)

    brought(suite, logits, "logits", kind="decision")

    for one, other in zip(rows(suite, "logits"), rows(suite), strict=True):
        assert one.scores.values["default"] == other.scores.values["default"]
        assert one.scores.missing["brier"] == "the model gives no probabilities"
        assert one.scores.values[""]["roc_auc"] == pytest.approx(other.scores.values[""]["roc_auc"])


def test_labels_are_enough_for_label_metrics(suite: Path, scores: pd.DataFrame) -> None:
    said = (scores["score"] > 0.5).map({True: "1", False: "0"})
    brought(suite, scores)

    brought(suite, scores.assign(label=said).drop(columns="score"), "labels")

    for one, other in zip(rows(suite, "labels"), rows(suite), strict=True):
        assert one.scores.values["default"] == other.scores.values["default"]
        assert one.scores.missing["roc_auc"] == "the model gives labels only"


def test_scores_that_are_all_0_or_1_may_be_said_to_be_probabilities(
    suite: Path, scores: pd.DataFrame
) -> None:
    sure = scores.assign(score=scores["score"].round())

    with pytest.raises(BenchmarkError, match="all scores are 0 or 1: give them as a column"):
        brought(suite, sure)
    brought(suite, sure, kind="probability")

    assert len(rows(suite)) == 6


def test_many_classes_have_a_column_each(tmp_path: Path) -> None:
    path = write_suite(tmp_path, **MANY)
    frame = bayes(path, of_each_class)

    brought(path, frame)

    columns = ["score_class_0", "score_class_1", "score_class_2"]
    for row in rows(path):
        cell = row.cell
        part = frame[(frame["repeat"] == cell.repeat) & (frame["fold"] == cell.fold)]
        y, scores = part["y"].str[-1].astype(int), part[columns].to_numpy()
        assert row.scores.values["default"] == pytest.approx(
            {
                "mcc": metrics.matthews_corrcoef(y, scores.argmax(axis=1)),
                "macro_f1": metrics.f1_score(y, scores.argmax(axis=1), average="macro"),
            }
        )
        assert row.scores.values[""]["log_loss"] == pytest.approx(metrics.log_loss(y, scores))


def test_many_classes_may_have_labels(tmp_path: Path) -> None:
    path = write_suite(tmp_path, **MANY)
    frame = bayes(path, of_each_class)
    scores = frame[["score_class_0", "score_class_1", "score_class_2"]]
    said = scores.idxmax(axis=1).str.removeprefix("score_")
    brought(path, frame)

    brought(path, frame.iloc[:, :6].assign(label=said), "labels")

    assert [row.scores.confusion for row in rows(path, "labels")] == [
        row.scores.confusion for row in rows(path)
    ]


@pytest.mark.parametrize(
    ("change", "kind", "line"),
    [
        (lambda f: f.drop(columns="fold"), None, "no column 'fold'"),
        (lambda f: f.assign(scor=1), None, "unknown column 'scor'. Did you mean 'score'?"),
        (lambda f: f.assign(label="1"), None, "give either labels or scores; it has columns"),
        (lambda f: f.drop(columns="score"), None, "no scores; give a column 'score' or 'label'"),
        (lambda f: f, "label", "no column 'label', which --kind label asks for"),
        (
            lambda f: f.drop(columns="score").assign(label="1"),
            "decision",
            "it has labels, where --kind decision asks for scores",
        ),
        (
            lambda f: f.drop(columns="score").assign(label="2"),
            None,
            "dataset 'clusters': repeat 0 fold 0: row 2 (and 66 more) has a label that is none of",
        ),
        (lambda f: f.iloc[:0], None, "it holds no predictions"),
        (lambda f: f.assign(fold=f["fold"] + 0.5), None, "entry 1 (and 399 more): fold is 0.5"),
        (lambda f: f.assign(row=-1), None, "entry 1 (and 399 more): row is -1, not a whole number"),
        (lambda f: f.assign(row=1e300), None, "entry 1 (and 399 more): row is 1e+300, not a whole"),
        (lambda f: f.assign(part="train"), None, "part is train, not test or inner"),
        (lambda f: f.assign(dataset="cluster"), None, "unknown dataset 'cluster'. Did you mean"),
        (
            lambda f: f.assign(fingerprint="123456789012"),
            None,
            "dataset 'clusters': the predictions are for data with fingerprint '123456789012'",
        ),
        (
            lambda f: f.assign(fold=f["fold"].replace(2, 7)),
            None,
            "dataset 'clusters': the suite has no repeat 0 fold 7",
        ),
        (
            lambda f: f.iloc[1:],
            None,
            "dataset 'clusters': repeat 0 fold 0: row 2 is missing",
        ),
        (
            lambda f: pd.concat([f, f.iloc[:2]]),
            None,
            "dataset 'clusters': repeat 0 fold 0: row 2 (and 1 more) is there twice",
        ),
        (
            lambda f: f.assign(row=f["row"] + 1),
            None,
            "is no test row of this fold",
        ),
        (
            lambda f: f.assign(row=f["row"].mask(f["row"] == 2, 200)),
            None,
            "dataset 'clusters': repeat 0 fold 0: row 200 is no test row of this fold",
        ),
        (
            lambda f: pd.concat([f.assign(part="test"), f.iloc[:1].assign(part="inner")]),
            None,
            "dataset 'clusters': repeat 0 fold 0: row 2 is no training row of this fold",
        ),
        (
            lambda f: f.assign(score=f["score"].where(f["row"] != 2)),
            None,
            "dataset 'clusters': repeat 0 fold 0: row 2 has no finite score",
        ),
        (
            lambda f: f.assign(score=f["score"].where(f["row"] != 2, np.inf)),
            "decision",
            "dataset 'clusters': repeat 0 fold 0: row 2 has no finite score",
        ),
        (
            lambda f: f.assign(score=f["score"].astype(str).where(f["row"] != 2, "high")),
            None,
            "dataset 'clusters': repeat 0 fold 0: row 2 has no finite score",
        ),
        (
            lambda f: f.assign(score=f["score"].where(f["row"] != 2, 1.5)),
            None,
            "row 2 has a score outside [0, 1]; if scores are no probabilities, say --kind decision",
        ),
        (
            lambda f: f.assign(y=f["y"].where(f["row"] != 2, "other")),
            None,
            "dataset 'clusters': repeat 0 fold 0: row 2 has another y in the dataset",
        ),
    ],
)
def test_a_mistake_is_one_clear_line_and_nothing_is_imported(
    suite: Path,
    scores: pd.DataFrame,
    change: Callable[[pd.DataFrame], pd.DataFrame],
    kind: Any,
    line: str,
) -> None:
    with pytest.raises(BenchmarkError) as caught:
        brought(suite, change(scores), kind=kind)

    lines = str(caught.value).splitlines()
    assert any(line in found for found in lines)
    assert all(found.startswith(f"{suite.parent / 'scores.csv'}: ") for found in lines)
    assert not (suite.parent / "results").exists()


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda f: f.drop(columns="score_class_2"), "dataset 'wine': no column 'score_class_2'"),
        (
            lambda f: f.assign(score_class_2=0.5),
            "has scores that do not sum to 1; if scores are no",
        ),
        (
            lambda f: f.rename(columns={"score_class_2": "score_class_3"}),
            "unknown column 'score_class_3'",
        ),
    ],
)
def test_a_mistake_with_many_classes_is_one_clear_line(
    tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], line: str
) -> None:
    path = write_suite(tmp_path, **MANY)

    with pytest.raises(BenchmarkError) as caught:
        brought(path, change(bayes(path, of_each_class)))

    assert line in str(caught.value)


def test_all_mistakes_are_told_at_once_and_counted_beyond_twenty(
    suite: Path, scores: pd.DataFrame
) -> None:
    wrong = scores.assign(score=2.0, y="other").groupby(["repeat", "fold"]).tail(-1)
    twice = pd.concat([wrong, wrong])

    with pytest.raises(BenchmarkError) as caught:
        brought(suite, twice)

    lines = str(caught.value).splitlines()
    assert len(lines) == 21
    assert lines[-1] == f"{suite.parent / 'scores.csv'}: 4 more mistakes"


def test_a_failed_import_leaves_the_earlier_one(suite: Path, scores: pd.DataFrame) -> None:
    brought(suite, scores)
    before = rows(suite)

    with pytest.raises(BenchmarkError):
        brought(suite, scores.iloc[1:])

    assert rows(suite) == before


def test_an_import_that_is_cut_short_leaves_the_earlier_one(
    suite: Path, scores: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought(suite, scores)
    before, kept = rows(suite), iter([b"", b""])

    with monkeypatch.context() as patch:
        patch.setattr(store, "predictions_blob", lambda predictions: next(kept))
        with pytest.raises(StopIteration):
            brought(suite, scores.assign(score=1 - scores["score"]))

    assert rows(suite) == before


@pytest.mark.parametrize("name", ["none", "", "x" * 301])
def test_a_name_that_a_method_cannot_have_is_refused(
    suite: Path, scores: pd.DataFrame, name: str
) -> None:
    with pytest.raises(BenchmarkError, match=r"^--name .*(strategy of that name|characters)$"):
        brought(suite, scores, name)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("absent.csv", None, "no file"),
        ("scores.txt", "", "must be .csv or .parquet"),
        ("empty.csv", "", "is damaged or not a table"),
        ("text.parquet", "text", "is damaged or not a table"),
    ],
)
def test_a_file_that_is_no_table_is_one_clear_line(
    suite: Path, name: str, content: str | None, message: str
) -> None:
    path = suite.parent / name
    path.write_text(content or "", encoding="utf-8")
    gone = {"absent.csv": path.unlink}.get(name, path.exists)
    gone()

    with pytest.raises(BenchmarkError, match=message) as caught:
        import_predictions(suite, path, "elsewhere", results=suite.parent / "results")

    assert "\n" not in str(caught.value)


def test_names_that_look_like_numbers_stay_names(tmp_path: Path) -> None:
    path = write_suite(tmp_path, **BAYES | {"datasets": [{**DATA, "as": "007"}]})

    brought(path, bayes(path, positive), "1e3")

    assert [row.cell.dataset for row in rows(path, "1e3")] == ["007"] * 6


def test_the_command_line_exports_imports_and_removes(
    suite: Path, scores: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(scores, suite.parent)
    into = ["--name", "elsewhere", "--results", str(suite.parent / "results")]

    codes = [
        run_command_line(["export-folds", str(suite)]),
        run_command_line(["import-predictions", str(suite), str(file), *into]),
        run_command_line(["import-predictions", str(suite), *into, "--remove"]),
        run_command_line(["import-predictions", str(suite), *into]),
        run_command_line(["import-predictions", str(suite), str(suite), *into]),
    ]

    said = capsys.readouterr()
    assert codes == [0, 0, 0, 2, 2]
    assert len(pd.read_csv("small.folds.csv")) == 400
    assert "400 lines for 1 datasets written to small.folds.csv" in said.out
    assert "6 folds of 1 datasets imported as 'elsewhere'." in said.out
    assert "6 folds of 'elsewhere' removed." in said.out
    assert "note: some folds have no rows with part `inner`" in said.err
    assert "error: name a FILE to import, or say --remove, not both" in said.err
    assert "must be .csv or .parquet" in said.err
