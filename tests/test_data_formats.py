"""ARFF, KEEL's files and KEEL's folds."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import arff as scipy_arff
from sklearn.datasets import load_iris
from sklearn.model_selection import StratifiedKFold

from benchmark.data.load import check, expand, load
from benchmark.errors import DatasetError
from benchmark.types import Dataset
from benchmark.use import DatasetUse

DENSE = """% a comment
@RELATION 'two words'
@ATTRIBUTE age NUMERIC
@attribute "years of work" integer
@ATTRIBUTE job {'office clerk',cook,"o'hara"}
@ATTRIBUTE name STRING
@ATTRIBUTE Class {good,bad}
@DATA
31.5,1,'office clerk','a, b',good
% another
?,2,cook,c,bad
-1e-3,?,?,'%d',good
4,3,"o'hara",e,good
"""
SPARSE = """@relation sparse
@attribute a numeric
@attribute b {x,y,z}
@attribute c real
@attribute target {0,1}
@data

% rows follow
{0 1.5, 3 1}
{1 z, 2 -2}
{}
{0 ?, 1 y, 3 1}
"""
KEEL = """@relation  test
@attribute Sex{M, F, I}
@attribute 'the length' real [0.0, 5.5E1]
@attribute Rings integer[1,29]
@attribute out {negative, 'more or less'}
@inputs Sex, the length, Rings
@outputs out
@data
M, 1.5, 7, negative
  F ,5.0E-4,  ? , 'more or less'
<null>,2,8,negative

I, 3.25, 9, negative
"""


def read(folder: Path, name: str, content: str | bytes, **asked: object) -> Dataset:
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)
    return load(DatasetUse.model_validate({"use": name, **asked}), folder, 1)


def test_an_arff_file_has_numbers_words_and_missing_cells(tmp_path: Path) -> None:
    dataset = read(tmp_path, "people.arff", DENSE)

    assert (dataset.name, dataset.classes) == ("people", ("good", "bad"))
    assert list(dataset.X) == ["age", "years of work", "job", "name"]
    assert dataset.categorical == ("job", "name")
    np.testing.assert_array_equal(dataset.X["age"], [31.5, np.nan, -1e-3, 4.0])
    np.testing.assert_array_equal(dataset.X["years of work"], [1.0, 2.0, np.nan, 3.0])
    assert dataset.X["job"].fillna("-").tolist() == ["office clerk", "cook", "-", "o'hara"]
    assert dataset.X["name"].tolist() == ["a, b", "c", "%d", "e"]


def test_a_sparse_arff_file_has_zeros_and_first_values_where_it_says_nothing(
    tmp_path: Path,
) -> None:
    dataset = read(tmp_path, "sparse.arff", SPARSE)

    np.testing.assert_array_equal(dataset.X["a"], [1.5, 0, 0, np.nan])
    np.testing.assert_array_equal(dataset.X["c"], [0, -2, 0, 0])
    assert dataset.X["b"].tolist() == ["x", "z", "x", "y"]
    assert dataset.y.tolist() == [1, 0, 0, 1]


def test_an_arff_file_reads_as_scipy_reads_it(tmp_path: Path) -> None:
    iris = load_iris()
    names = [name.replace(" (cm)", "").replace(" ", "_") for name in iris.feature_names]
    header = "".join(f"@attribute {name} real\n" for name in names)
    classes = "@attribute class {0,1,2}\n@data\n"
    rows = "\n".join(
        ",".join(map(str, [*map(float, x), y])) for x, y in zip(iris.data, iris.target, strict=True)
    )
    text = f"@relation iris\n{header}{classes}{rows}\n"

    theirs = pd.DataFrame(scipy_arff.loadarff(io.StringIO(text))[0])
    ours = read(tmp_path, "iris.arff", text, positive=2)

    assert ours.X.to_numpy().tolist() == theirs[names].to_numpy().tolist()
    assert ours.y.tolist() == (theirs["class"] == b"2").astype(int).tolist()


def iris_xy() -> tuple[np.ndarray, np.ndarray]:
    iris = load_iris()
    return iris.data, iris.target


def test_an_arff_file_without_a_class_asks_for_a_target(tmp_path: Path) -> None:
    text = DENSE.replace("Class", "outcome")

    with pytest.raises(DatasetError, match="target: unknown column 'target'"):
        read(tmp_path, "people.arff", text)
    assert read(tmp_path, "people.arff", text, target="outcome").class_counts == (3, 1)


def test_a_keel_file_has_the_target_of_its_outputs(tmp_path: Path) -> None:
    dataset = read(tmp_path, "shells.dat", KEEL)

    assert (dataset.name, dataset.classes) == ("shells", ("negative", "more or less"))
    assert list(dataset.X) == ["Sex", "the length", "Rings"]
    assert dataset.X["Sex"].fillna("-").tolist() == ["M", "F", "-", "I"]
    assert dataset.X["the length"].tolist() == [1.5, 5e-4, 2.0, 3.25]
    np.testing.assert_array_equal(dataset.X["Rings"], [7, np.nan, 8, 9])
    assert dataset.y.tolist() == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.arff", "", "Invalid layout of the ARFF file"),
        ("t.arff", DENSE.replace("cook,c", "50%,c"), "Data value 50% not found in nominal"),
        ("t.arff", "a,b\n1,2\n", "layout of the ARFF"),
        ("t.arff", DENSE.replace("31.5", "old"), "Invalid numerical value, at line 9"),
        ("t.arff", DENSE.replace("cook,c", "baker,c"), "baker not found in nominal declaration"),
        ("t.arff", DENSE.replace("STRING", 'DATE "yyyy"'), "Bad @ATTRIBUTE type, at line 6"),
        ("t.arff", DENSE.replace("age", "name"), "Bad @ATTRIBUTE name name"),
        ("t.arff", DENSE.replace("cook,c,bad", "cook,c"), "Bad @DATA instance format"),
        ("t.arff", DENSE.encode("utf-16"), r"line 1 is not UTF-8 text \(byte 0xff\)"),
        ("t.dat", "", "it has no @data line"),
        ("t.dat", KEEL.replace("3.25, ", ""), "line 13 has 3 values, where 4 were expected"),
        ("t.dat", KEEL.replace("3.25", "long"), "'the length' is 'long' in row 4, no number"),
        ("t.dat", KEEL.replace("real", "complex"), "attribute of unknown type 'complex'"),
        ("t.dat", KEEL.replace("outputs out", "outputs Out"), "'Out', which is no attribute"),
        ("t.dat", KEEL.replace("Rings int", "Sex int"), "column 'Sex' is there twice"),
        ("t.dat", KEEL.replace("@attribute Sex{M, F, I}", "@attribute"), "not an attribute"),
        ("t.dat", "a\né".encode("latin-1"), r"line 2 is not UTF-8 text \(byte 0xe9\)"),
        ("t.zip", b"no zip", "'t.zip' is damaged or not a table: File is not a zip"),
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    with pytest.raises(DatasetError, match=f"file '{name}'") as caught:
        read(tmp_path, name, content)

    assert caught.match(message)
    assert "\n" not in str(caught.value)


def test_many_empty_lines_before_the_rows_take_no_time(tmp_path: Path) -> None:
    text = DENSE.replace("@DATA\n", "@DATA\n" + "\n" * 5_000)

    assert len(read(tmp_path, "t.arff", text).y) == len(read(tmp_path, "u.arff", DENSE).y)


def test_a_zip_of_one_table_is_that_table(tmp_path: Path) -> None:
    (tmp_path / "shells.zip").write_bytes(zipped({"shells.dat": KEEL, "__MACOSX/._shells.dat": ""}))

    assert load(DatasetUse(use="shells.zip"), tmp_path, 1).class_counts == (3, 1)


def test_a_zip_of_two_tables_is_refused(tmp_path: Path) -> None:
    (tmp_path / "two.zip").write_bytes(zipped({"a.dat": KEEL, "b.arff": DENSE}))

    with pytest.raises(DatasetError, match="it has 2 tables, where one was expected"):
        load(DatasetUse(use="two.zip"), tmp_path, 1)


def zipped(members: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return file.getvalue()


FOLDS = StratifiedKFold(5, shuffle=True, random_state=0)


@pytest.fixture
def parts() -> dict[str, str]:
    """Iris as KEEL publishes its folds."""
    X, y = iris_xy()
    names = ["sl", "sw", "pl", "pw"]
    head = "".join(f"@attribute {name} real [0.0, 9.0]\n" for name in names)
    head = f"@relation iris0\n{head}@attribute Class {{0, 1, 2}}\n@outputs Class\n@data\n"
    lines = [", ".join(map(str, [*map(float, x), label])) for x, label in zip(X, y, strict=True)]
    found = {}
    for fold, split in enumerate(FOLDS.split(X, y), 1):
        for part, rows in zip(("tra", "tst"), split, strict=True):
            found[f"iris0-5-{fold}{part}.dat"] = head + "\n".join(lines[i] for i in rows)
    return found


def write(folder: Path, parts: dict[str, str]) -> None:
    folder.mkdir()
    for name, text in parts.items():
        (folder / name).write_text(text)


def test_published_folds_become_one_table_with_their_folds(
    tmp_path: Path, parts: dict[str, str]
) -> None:
    write(tmp_path / "iris0-5-fold", parts)
    X, y = iris_xy()
    tests = [rows for _, rows in FOLDS.split(X, y)]

    use = DatasetUse(use="./iris0-5-fold", positive=2)
    assert check(use, tmp_path) is None
    dataset = load(use, tmp_path, 1, fold_column="fold")

    assert dataset.X.to_numpy().tolist() == X[np.concatenate(tests)].tolist()
    assert dataset.y.tolist() == (y[np.concatenate(tests)] == 2).astype(int).tolist()
    assert dataset.folds is not None
    assert dataset.folds.tolist() == np.repeat([1, 2, 3, 4, 5], 30).tolist()


def test_a_zip_of_folds_is_the_same_table(tmp_path: Path, parts: dict[str, str]) -> None:
    write(tmp_path / "iris0-5-fold", parts)
    inside = {f"iris0-5-fold/{name}": text for name, text in reversed(parts.items())}
    (tmp_path / "iris0-5-fold.zip").write_bytes(zipped(inside))
    (tmp_path / "README.md").touch()

    uses = expand([DatasetUse(use="*-fold.zip", positive=2)], tmp_path)
    folder = load(DatasetUse(use="./iris0-5-fold", positive=2), tmp_path, 1)

    assert [load(use, tmp_path, 1).fingerprint for use in uses] == [folder.fingerprint]


def test_a_column_of_published_folds_is_no_feature(tmp_path: Path, parts: dict[str, str]) -> None:
    write(tmp_path / "folds", parts)

    dataset = load(DatasetUse(use="./folds", positive=2), tmp_path, 1)

    assert list(dataset.X) == ["sl", "sw", "pl", "pw"]


def test_a_glob_takes_a_folder_of_folds_as_one_set_and_no_part_of_it(
    tmp_path: Path, parts: dict[str, str]
) -> None:
    write(tmp_path / "iris0", parts)
    (tmp_path / "iris0/whole.dat").write_text(KEEL)

    assert [use.use for use in expand([DatasetUse(use="*")], tmp_path)] == ["iris0"]
    assert [use.use for use in expand([DatasetUse(use="**/*.dat")], tmp_path)] == [
        "iris0/whole.dat"
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"iris0-5-3tst.dat": ""}, "it has no @data line"),
        ({"other-5-1tst.dat": KEEL}, "it has the folds of two sets, 'iris0-5' and 'other-5'"),
        ({"iris0-5-7tst.dat": KEEL}, r"its test parts are \[1, 2, 3, 4, 5, 7\]"),
        ({"iris0-5-2tst.dat": KEEL}, "fold 2 has other columns than fold 1"),
    ],
)
def test_folds_that_do_not_fit_together_are_refused(
    tmp_path: Path, parts: dict[str, str], changes: dict[str, str], message: str
) -> None:
    write(tmp_path / "folds", parts | changes)

    with pytest.raises(DatasetError, match=f"file './folds'.*{message}"):
        load(DatasetUse(use="./folds", positive=2), tmp_path, 1)


def test_folds_whose_training_part_overlaps_their_test_part_are_refused(
    tmp_path: Path, parts: dict[str, str]
) -> None:
    leaked = parts["iris0-5-1tst.dat"].splitlines()[-1]
    parts["iris0-5-1tra.dat"] += f"\n{leaked}"
    write(tmp_path / "folds", parts)

    with pytest.raises(DatasetError, match="fold 1: 1 rows differ between its training part"):
        load(DatasetUse(use="./folds", positive=2), tmp_path, 1)
