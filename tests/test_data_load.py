"""Files, the mirror, labels, columns, thinning and the fingerprint."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from benchmark.data import mirror
from benchmark.data.columns import features
from benchmark.data.fingerprint import fingerprint
from benchmark.data.load import check, load, names
from benchmark.errors import DatasetError
from benchmark.types import Dataset
from benchmark.use import DatasetUse

FRAME = pd.DataFrame(
    {
        "age": [31.5, 45.25, np.nan, 52.1, 28.0, 39.3],
        "visits": [1, 2, 3, 4, 5, 6],
        "job": ["clerk", "cook", "cook", None, "clerk", "cook"],
        "patient": ["p1", "p1", "p2", "p2", "p3", "p3"],
        "seen": [
            "2024-01-02",
            "2024-01-03",
            "2024-02-01",
            "2024-03-01",
            "2024-03-02",
            "2025-01-01",
        ],
        "part": [1, 2, 1, 2, 1, 2],
        "target": [0, 1, 0, 0, 0, 1],
    }
)
Save = Callable[..., Dataset]


@pytest.fixture
def read(tmp_path: Path) -> Save:
    """Write a table as CSV and load it."""

    def read(frame: pd.DataFrame, fold_column: str | None = None, **asked: Any) -> Dataset:
        frame.to_csv(tmp_path / "table.csv", index=False)
        use = DatasetUse.model_validate({"use": "table.csv", **asked})
        return load(use, tmp_path, 1, fold_column=fold_column)

    return read


@pytest.fixture
def keep(tmp_path: Path) -> Save:
    """Write a table as Parquet and load it."""

    def keep(frame: pd.DataFrame, fold_column: str | None = None, **asked: Any) -> Dataset:
        frame.to_parquet(tmp_path / "table.parquet")
        use = DatasetUse.model_validate({"use": "table.parquet", **asked})
        return load(use, tmp_path, 1, fold_column=fold_column)

    return keep


@pytest.fixture
def make_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def make(**tables: pd.DataFrame) -> None:
        for name, frame in tables.items():
            path = tmp_path / "mirror" / "deep" / f"{name.replace('__', '/')}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            frame.to_parquet(path)
        monkeypatch.setenv("BENCHMARK_DATA", str(tmp_path / "mirror"))

    return make


def table(labels: Any, **columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"x": np.arange(len(labels), dtype=float), **columns, "target": labels})


def test_a_csv_keeps_missing_cells_and_categories(read: Save) -> None:
    dataset = read(FRAME)

    assert (dataset.name, dataset.source) == ("table", "file:table.csv")
    assert dataset.categorical == ("job", "patient")
    assert dataset.X["age"].isna().tolist() == FRAME["age"].isna().tolist()
    assert dataset.X["job"].isna().tolist() == FRAME["job"].isna().tolist()
    assert dataset.X["visits"].dtype == np.float64
    assert dataset.y.tolist() == [0, 1, 0, 0, 0, 1]


def test_csv_gzip_and_parquet_of_one_content_have_one_fingerprint(
    tmp_path: Path, read: Save, keep: Save
) -> None:
    frame = FRAME.assign(age=np.random.default_rng(0).normal(size=6) * 1e-17)
    frame.to_csv(tmp_path / "zipped.csv.gz", index=False)
    asked = {"groups": "patient", "time": "seen", "fold_column": "part"}

    zipped = load(
        DatasetUse(use="zipped.csv.gz", groups="patient", time="seen"), tmp_path, 1,
        fold_column="part",
    )  # fmt: skip

    assert {read(frame, **asked).fingerprint, keep(frame, **asked).fingerprint} == {
        zipped.fingerprint
    }


def test_a_byte_order_mark_is_no_part_of_a_column(tmp_path: Path) -> None:
    FRAME.to_csv(tmp_path / "t.csv", index=False, encoding="utf-8-sig")

    assert load(DatasetUse(use="t.csv"), tmp_path, 1).X.columns[0] == "age"


def test_the_columns_of_groups_time_and_folds_are_no_features(read: Save) -> None:
    dataset = read(FRAME, groups="patient", time="seen", fold_column="part", drop=["visits"])

    assert list(dataset.X) == ["age", "job"]
    assert dataset.groups is not None
    assert dataset.groups.tolist() == FRAME["patient"].tolist()
    assert dataset.time is not None
    assert dataset.time[0] == np.datetime64("2024-01-02")
    assert dataset.folds is not None
    assert dataset.folds.tolist() == [1, 2, 1, 2, 1, 2]


def test_an_index_saved_with_a_parquet_file_is_no_row_number(keep: Save) -> None:
    dataset = keep(FRAME.set_index(pd.Index([7, 7, 7, 7, 7, 7])))

    assert dataset.X.index.tolist() == list(range(6))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", FRAME.to_csv(index=False).encode("utf-16"), "not UTF-8"),
        ("t.csv", FRAME.to_csv(index=False).encode("utf-16-le"), "not UTF-8"),
        ("t.csv", "x,target\né,1\n".encode("latin-1"), "not UTF-8"),
        ("t.csv", FRAME.to_csv(index=False, sep=";").encode(), "seem to be separated by ';'"),
        ("t.csv", b"", "file 't.csv' is empty"),
        ("t.csv", b"x,target\n", "it has no rows"),
        ("t.csv", b"x,x,target\n1,2,0\n", "column 'x' is there twice"),
        ("t.csv", b"x,target\n1,0\n1,2,3\n", "line 3 has 3 values, where 2 were expected"),
        ("t.csv", b"x,target\n1,0,5\n2,1,5\n", "line 2 has 3 values, where 2 were expected"),
        ("t.csv.gz", b"no gzip", "damaged or not a table: Not a gzipped file"),
        ("t.parquet", FRAME.to_parquet()[:400], "'t.parquet' is damaged or not a table"),
        ("t.parquet", b"", "'t.parquet' is damaged or not a table"),
    ],
)
def test_a_broken_file_is_one_clear_line(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DatasetError) as caught:
        load(DatasetUse(use=name), tmp_path, 1)

    assert str(caught.value).startswith("dataset 't': ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"^dataset 'x': no file 'data/x\.csv'$"):
        load(DatasetUse(use="data/x.csv"), tmp_path, 1)


def test_params_of_a_file_are_refused(read: Save) -> None:
    with pytest.raises(DatasetError, match="a file takes no params"):
        read(FRAME, params={"a": 1})


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"target": "targte"}, "target: unknown column 'targte'. Did you mean 'target'?"),
        ({"groups": "pateint"}, "groups: unknown column 'pateint'. Did you mean 'patient'?"),
        ({"time": "sen"}, "time: unknown column 'sen'. Did you mean 'seen'?"),
        ({"drop": ["agee"]}, "drop: unknown column 'agee'. Did you mean 'age'?"),
        ({"costs": {"column": "prize"}}, "costs: unknown column 'prize'"),
        ({"fold_column": "fold"}, "folds: unknown column 'fold'"),
        ({"groups": "target"}, "column 'target' cannot be both target and groups"),
        ({"time": "job"}, "column 'job' misses a value in row 4"),
        ({"time": "patient"}, "column 'patient' is neither a number nor an ISO date"),
        ({"drop": list(FRAME.columns[:6])}, "no column is left to learn from"),
    ],
)
def test_a_wrong_column_is_named(read: Save, asked: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read(FRAME, **asked)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        pd.array([1, None, 3], dtype="Int64"),
        pd.array([1.0, None, 3.0], dtype="Float64"),
        pd.array([True, None, False], dtype="boolean"),
        np.array([True, False, True]),
        np.array([True, None, False], dtype=object),
        np.array([1, 2, 3], dtype=np.uint8),
        [Decimal("1.5"), None, Decimal("2.5")],
        [None, None, None],
    ],
    ids=lambda values: str(getattr(values, "dtype", type(values[0]).__name__)),
)
def test_numbers_of_every_kind_become_float64(keep: Save, values: Any) -> None:
    frame = table([0, 0, 1]).assign(c=values)

    column = keep(frame).X["c"]

    assert column.dtype == np.float64
    assert column.isna().tolist() == pd.isna(frame["c"]).tolist()


@pytest.mark.parametrize(
    "values",
    [
        pd.array(["a", None, "b"], dtype="string"),
        pd.Categorical(["a", None, "b"]),
        np.array(["a", None, "b"], dtype=object),
    ],
    ids=["string", "category", "object"],
)
def test_categories_of_every_kind_become_text_that_scikit_learn_encodes(
    keep: Save, values: Any
) -> None:
    dataset = keep(table([0, 0, 1]).assign(c=values))
    encode = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder())

    assert dataset.categorical == ("c",)
    assert dataset.X["c"].dtype == object
    assert isinstance(dataset.X["c"][1], float)
    assert encode.fit_transform(dataset.X[["c"]]).shape == (3, 2)


def test_numbered_categories_stay_categories() -> None:
    column = features(pd.DataFrame({"c": pd.Categorical([3, None, 1])}))["c"]

    assert column.dtype == object
    assert column.tolist()[::2] == ["3", "1"]


def test_a_constant_column_stays(read: Save) -> None:
    assert list(read(table([0, 0, 1], c=[5, 5, 5])).X) == ["x", "c"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, -np.inf, np.inf], "column 'c' is infinite (-inf) in row 2"),
        ([[1], [2], [3]], "column 'c' holds list values; leave it out with `drop:`"),
        ([{"a": 1}] * 3, "column 'c' holds dict values; leave it out with `drop:`"),
        ([b"a", b"b", b"c"], "column 'c' holds bytes values; leave it out with `drop:`"),
    ],
)
def test_a_column_that_is_no_feature_is_refused(keep: Save, values: Any, message: str) -> None:
    with pytest.raises(DatasetError) as caught:
        keep(table([0, 0, 1], c=values))

    assert message in str(caught.value)


def test_two_columns_of_one_name_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FRAME.to_parquet(tmp_path / "t.parquet")
    double = pd.DataFrame([[1, 2, 0], [1, 2, 1]], columns=["a", "a", "target"])
    monkeypatch.setattr(pd, "read_parquet", lambda path: double)

    with pytest.raises(DatasetError, match="column 'a' is there twice"):
        load(DatasetUse(use="t.parquet"), tmp_path, 1)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1.0, 2.0, 3.0], np.int64),
        ([1.5, 2.0, 3.0], np.float64),
        ([1.0, 2.0, np.inf], np.float64),
        (["2024-01-01", "2024-01-01T12:00", "2025-06-01"], "datetime64[us]"),
        (pd.to_datetime(["2024-01-01"] * 3), "datetime64[us]"),
        (pd.to_datetime(["2024-01-01"] * 3).tz_localize("Europe/Zurich"), "datetime64[us]"),
        (pd.to_datetime(["2024-01-01"] * 3).date, "datetime64[us]"),
    ],
)
def test_time_is_numbers_or_instants(keep: Save, values: Any, kind: Any) -> None:
    dataset = keep(table([0, 0, 1], when=values), time="when")

    assert dataset.time is not None
    assert dataset.time.dtype == kind


@pytest.mark.parametrize("positive", [8, "8", 8.0, " 8 "])
@pytest.mark.parametrize("stored", [[8, 1, 1], [8.0, 1.0, 1.0], ["8", "1", "1"]])
def test_the_positive_class_is_found_by_its_value(
    keep: Save, positive: Any, stored: list[Any]
) -> None:
    dataset = keep(table(stored), positive=positive)

    assert dataset.y.tolist() == [1, 0, 0]
    assert dataset.classes == ("1", "8")


@pytest.mark.parametrize("positive", [True, "True", "true", 1, "1"])
def test_a_boolean_target_knows_many_words_for_true(keep: Save, positive: Any) -> None:
    dataset = keep(table([False, True, True]), positive=positive)

    assert dataset.y.tolist() == [0, 1, 1]
    assert dataset.classes == ("False", "True")


@pytest.mark.parametrize("positive", [True, 1, "1"])
def test_true_means_one(keep: Save, positive: Any) -> None:
    assert keep(table([1, 0, 1]), positive=positive).y.tolist() == [1, 0, 1]


def test_the_rarer_class_is_positive_unless_one_is_named(read: Save) -> None:
    assert read(table(["b", "a", "b"])).classes == ("b", "a")
    assert read(table(["b", "a", "b"]), positive="b").classes == ("a", "b")


def test_on_a_tie_the_larger_label_is_positive(read: Save) -> None:
    assert read(table([10, 9, 10, 9])).classes == ("9", "10")


def test_one_class_of_many_is_set_against_the_rest(read: Save) -> None:
    dataset = read(table(["a", "b", "c", "b"]), positive="b")

    assert dataset.y.tolist() == [0, 1, 0, 1]
    assert dataset.classes == ("rest", "b")


def test_exact_words_come_before_equal_values(keep: Save) -> None:
    dataset = keep(table(["1", "1.0", "2"]), positive="1.0")

    assert dataset.y.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("labels", "asked", "message"),
    [
        (["a", None, None], {}, "target 'target' misses 2 of 3 labels, the first in row 2"),
        (["a", "a", "a"], {}, "target 'target' has one class only, 'a'"),
        (list(range(101)), {}, "has 101 classes in 101 rows; at most 100 and half of the rows"),
        (["yes", "no", "no"], {"positive": "yess"}, "Did you mean 'yes'? Classes: 'no', 'yes'"),
        (["yes", "no", "no"], {"positive": 7}, "unknown positive class 7; known: no, yes"),
        ([[1], [2], [2]], {}, "target 'target' holds no labels: "),
    ],
)
def test_labels_that_cannot_be_used_are_listed(
    keep: Save, labels: list[Any], asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(DatasetError) as caught:
        keep(table(labels), **asked)

    assert message in str(caught.value)


def test_digits_eight_is_scikit_learns_own() -> None:
    X, y = load_digits(return_X_y=True)

    dataset = load(DatasetUse(use="digits", positive=8, alias="digits_8"), Path(), 1)

    assert (dataset.name, dataset.classes) == ("digits_8", ("rest", "8"))
    assert np.array_equal(dataset.X.to_numpy(), X)
    assert np.array_equal(dataset.y, y == 8)


def test_malignant_is_positive_in_breast_cancer_by_name_and_by_number() -> None:
    y = load_breast_cancer().target

    for_card = load(DatasetUse(use="breast_cancer"), Path(), 1)
    by_number = load(DatasetUse(use="breast_cancer", positive=0), Path(), 1)

    assert np.array_equal(for_card.y, y == 0)
    assert by_number.fingerprint == for_card.fingerprint


def test_wine_takes_a_class_by_number() -> None:
    assert load(DatasetUse(use="wine", positive=2), Path(), 1).class_counts == (130, 48)


@pytest.mark.parametrize("share", [0.01, 0.03, 0.05, 0.25, 0.5])
def test_synthetic_has_exactly_the_share_that_was_asked(share: float) -> None:
    use = DatasetUse(use="synthetic", params={"rows": 2000, "minority": share})

    assert load(use, Path(), 1).class_counts[1] == round(2000 * share)


def test_synthetic_depends_on_its_own_seed_alone() -> None:
    first, again, other = (
        load(DatasetUse(use="synthetic", params={"rows": 100, "seed": seed}), Path(), suite_seed)
        for seed, suite_seed in [(1, 1), (1, 2), (2, 1)]
    )

    assert first.fingerprint == again.fingerprint != other.fingerprint


def test_synthetic_is_the_same_on_every_processor() -> None:
    """OpenBLAS takes the kernel of another processor where it is told to."""
    program = (
        "from pathlib import Path; from benchmark.data.load import load;"
        "from benchmark.use import DatasetUse;"
        "params = {'rows': 1000, 'categorical': 3, 'missing': 0.1};"
        "print(load(DatasetUse(use='synthetic', params=params), Path(), 1).fingerprint)"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"OPENBLAS_CORETYPE": kernel},
            check=True,
            capture_output=True,
        ).stdout
        for kernel in ("Prescott", "Sandybridge", "Haswell")
    }

    assert len(prints) == 1


def test_more_overlap_brings_the_classes_together() -> None:
    def distance(overlap: float) -> float:
        params = {"minority": 0.5, "clusters": 1, "overlap": overlap}
        dataset = load(DatasetUse(use="synthetic", params=params), Path(), 1)
        means = dataset.X.groupby(dataset.y).mean()
        return float(np.linalg.norm(means.loc[1] - means.loc[0]))

    assert distance(0.0) > 1.5 * distance(0.5) > 1.5 * distance(1.0)


def test_label_noise_moves_the_share_towards_one_half() -> None:
    use = DatasetUse(use="synthetic", params={"minority": 0.05, "label_noise": 0.4})

    assert 300 < load(use, Path(), 1).class_counts[1] < 600


def test_thinning_keeps_order_negatives_and_the_share() -> None:
    whole = load(DatasetUse(use="breast_cancer"), Path(), 1)
    use = DatasetUse.model_validate({"use": "breast_cancer", "thin": {"positive": 0.05}})

    thin = load(use, Path(), 1)

    assert thin.class_counts == (357, round(357 * 0.05 / 0.95))
    merged = thin.X.merge(whole.X.reset_index(), how="left")
    assert merged["index"].is_monotonic_increasing
    assert thin.fingerprint == load(use, Path(), 1).fingerprint
    assert thin.fingerprint != load(use, Path(), 2).fingerprint


def test_thinning_takes_the_roles_along_and_keeps_a_row(read: Save) -> None:
    dataset = read(FRAME, groups="patient", thin={"positive": 0.01})

    assert dataset.class_counts == (4, 1)
    assert dataset.groups is not None
    assert len(dataset.groups) == len(dataset.X) == 5


def test_thinning_what_is_rarer_already_is_refused_with_both_figures(read: Save) -> None:
    with pytest.raises(DatasetError, match=r"are 0\.3333 of all rows already, .* the 0\.5 asked"):
        read(FRAME, thin={"positive": 0.5})


def test_any_changed_cell_name_order_or_label_changes_the_fingerprint() -> None:
    X = pd.DataFrame({"a": np.arange(20_000.0), "b": pd.Series(["p", "q"] * 10_000, dtype=object)})
    y = np.arange(20_000) % 2
    roles: dict[str, Any] = {"groups": None, "time": None}

    def changed(column: str, value: Any) -> pd.DataFrame:
        copy = X.copy()
        copy.loc[15_000, column] = value
        return copy

    flipped = y.copy()
    flipped[15_000] = 1
    prints = [
        fingerprint(X, y, ("n", "p"), **roles),
        fingerprint(changed("a", 15_000.0000001), y, ("n", "p"), **roles),
        fingerprint(changed("a", np.nan), y, ("n", "p"), **roles),
        fingerprint(changed("b", "q"), y, ("n", "p"), **roles),
        fingerprint(changed("b", np.nan), y, ("n", "p"), **roles),
        fingerprint(X.rename(columns={"a": "c"}), y, ("n", "p"), **roles),
        fingerprint(X[["b", "a"]], y, ("n", "p"), **roles),
        fingerprint(X[::-1], y, ("n", "p"), **roles),
        fingerprint(X, flipped, ("n", "p"), **roles),
        fingerprint(X, y, ("n", "pp"), **roles),
        fingerprint(X, y, ("n", "p"), groups=y, time=None),
        fingerprint(X, y, ("n", "p"), groups=None, time=y),
        fingerprint(X, y, ("n", "p"), groups=None, time=y.astype("datetime64[us]")),
        fingerprint(X.astype({"a": str}).astype(object), y, ("n", "p"), **roles),
    ]

    assert len(set(prints)) == len(prints)


@pytest.mark.parametrize(("one", "other"), [(["ab", "c"], ["a", "bc"]), (["", "a"], ["a", ""])])
def test_text_cannot_run_into_its_neighbour(one: list[str], other: list[str]) -> None:
    y = np.array([0, 1])
    first, second = (pd.DataFrame({"t": pd.Series(t, dtype=object)}) for t in (one, other))

    assert fingerprint(first, y, ("0", "1")) != fingerprint(second, y, ("0", "1"))


def test_a_name_is_no_part_of_the_fingerprint() -> None:
    plain, renamed = (
        load(DatasetUse(use="wine", positive=2, alias=alias), Path(), 1) for alias in ("", "w")
    )

    assert plain.fingerprint == renamed.fingerprint


def test_two_processes_agree_on_the_fingerprint(tmp_path: Path, read: Save) -> None:
    code = (
        "import sys; from pathlib import Path; from benchmark.data.load import load;"
        "from benchmark.use import DatasetUse;"
        "print(load(DatasetUse(use='table.csv'), Path(sys.argv[1]), 1).fingerprint)"
    )
    here = read(FRAME).fingerprint

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1],
    )  # fmt: skip

    assert done.stdout.strip() == here


def test_a_hundred_thousand_rows_are_hashed_at_once() -> None:
    X = pd.DataFrame(np.random.default_rng(0).normal(size=(100_000, 30)))
    y = np.zeros(100_000, dtype=np.int64)
    start = time.process_time()

    fingerprint(X, y, ("0", "1"))

    assert time.process_time() - start < 0.5


def test_the_mirror_serves_a_name_without_a_card(make_mirror: Any) -> None:
    make_mirror(mammo=table([0, 1, 1, 1]))

    dataset = load(DatasetUse(use="mammo"), Path(), 1)

    assert (dataset.source, dataset.classes, dataset.class_counts) == ("mirror", ("0", "1"), (1, 3))
    assert "mammo" in names()
    assert check(DatasetUse(use="mammo"), Path()) is None


def test_the_mirror_comes_before_a_download_and_has_its_own_labels(make_mirror: Any) -> None:
    make_mirror(german_credit=table([1] * 300 + [0] * 700))

    dataset = load(DatasetUse(use="german_credit"), Path(), 1)

    assert (dataset.source, dataset.family) == ("mirror", "german_credit")
    assert dataset.class_counts == (700, 300)


def test_a_mirror_file_with_the_publishers_target_follows_the_card(make_mirror: Any) -> None:
    labels = ["bad"] * 300 + ["good"] * 700
    make_mirror(german_credit=table(labels).rename(columns={"target": "class"}))

    assert load(DatasetUse(use="german_credit"), Path(), 1).classes == ("good", "bad")


def test_a_mirror_file_of_other_rows_than_the_card_is_refused(make_mirror: Any) -> None:
    make_mirror(german_credit=table([1, 0, 0]))

    with pytest.raises(DatasetError, match="it has 3 rows, where its card expects 1000"):
        load(DatasetUse(use="german_credit"), Path(), 1)


def test_the_mirror_never_hides_scikit_learns_own(make_mirror: Any) -> None:
    make_mirror(wine=table([1, 0, 0]))

    assert load(DatasetUse(use="wine", positive=2), Path(), 1).source == "sklearn"


def test_published_folds_are_no_feature_of_a_mirror_file(make_mirror: Any) -> None:
    make_mirror(
        inside=table([1, 0, 0], fold=[1, 2, 3]),
        beside=table([1, 0, 0]),
        folds__beside=pd.DataFrame({"fold": [3, 2, 1]}),
    )

    inside, beside = (load(DatasetUse(use=name), Path(), 1) for name in ("inside", "beside"))
    asked = load(DatasetUse(use="inside"), Path(), 1, fold_column="fold")

    assert list(inside.X) == list(beside.X) == ["x"]
    assert inside.folds is not None
    assert inside.folds.tolist() == [1, 2, 3]
    assert beside.folds is not None
    assert beside.folds.tolist() == [3, 2, 1]
    assert asked.fingerprint == inside.fingerprint


def test_a_mirror_file_without_its_target_is_refused(make_mirror: Any) -> None:
    make_mirror(mammo=table([0, 1, 1]).rename(columns={"target": "label"}))

    with pytest.raises(DatasetError, match="target: unknown column 'target'"):
        load(DatasetUse(use="mammo"), Path(), 1)


def test_folds_of_other_rows_are_refused(make_mirror: Any) -> None:
    make_mirror(beside=table([1, 0, 0]), folds__beside=pd.DataFrame({"fold": [3]}))

    with pytest.raises(DatasetError, match="has no 'fold' for each of 3 rows"):
        load(DatasetUse(use="beside"), Path(), 1)


def test_a_name_that_two_files_claim_is_refused(make_mirror: Any) -> None:
    make_mirror(a__twin=table([1, 0, 0]), b__twin=table([1, 0, 0]))

    assert "BENCHMARK_DATA has two files for 'twin'" in str(check(DatasetUse(use="twin"), Path()))


def test_an_earlier_folder_of_the_mirror_hides_a_later_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        table([1, 0, 0]).to_parquet(tmp_path / folder / "set.parquet")
    monkeypatch.setenv("BENCHMARK_DATA", os.pathsep.join([f"{tmp_path}/one", f"{tmp_path}/two"]))

    assert mirror.find("set") == tmp_path / "one" / "set.parquet"


def test_a_mirror_that_is_no_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHMARK_DATA", str(tmp_path / "gone"))

    for name in ("german_credit", "mammography"):
        assert "gone', which is no folder" in str(check(DatasetUse(use=name), Path()))


def test_a_mirror_file_takes_no_params(make_mirror: Any) -> None:
    make_mirror(mammo=table([0, 1, 1, 1]))
    use = DatasetUse(use="mammo", params={"a": 1})

    assert check(use, Path()) == "'mammo' takes no params; got {'a': 1}"
    with pytest.raises(DatasetError, match="takes no params"):
        load(use, Path(), 1)


def test_an_unknown_name_is_refused_when_loaded(make_mirror: Any) -> None:
    make_mirror(mammography=table([0, 1, 1, 1]))

    with pytest.raises(DatasetError, match=r"unknown dataset 'mamography'. Did you mean 'mammog"):
        load(DatasetUse(use="mamography"), Path(), 1)


@pytest.mark.skipif("BENCHMARK_DATA" not in os.environ, reason="BENCHMARK_DATA is not set")
@pytest.mark.parametrize(
    ("name", "counts", "categorical"),
    [("german_credit", (700, 300), 13), ("mammography", (10923, 260), 0)],
)
def test_the_mirrors_own_sets_have_their_published_counts(
    name: str, counts: tuple[int, int], categorical: int
) -> None:
    dataset = load(DatasetUse(use=name), Path(), 1)

    assert dataset.class_counts == counts
    assert len(dataset.categorical) == categorical
