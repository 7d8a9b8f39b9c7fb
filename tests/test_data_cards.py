"""Cards, parameters, names, and what is said before anything is read."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from benchmark.data import cards, paths
from benchmark.data.cards import Card
from benchmark.data.load import card, check, expand, load, names
from benchmark.errors import DatasetError
from benchmark.suite import DatasetUse


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCHMARK_DATA", raising=False)


@pytest.fixture
def one_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The only card, of a file beside it."""
    pd.DataFrame({"a": [1.0, 2, 3], "label": ["p", "n", "n"]}).to_csv(
        tmp_path / "mine.csv", index=False
    )
    path = tmp_path / "mine.yaml"
    path.write_text("{name: mine, source: {kind: file, path: mine.csv}, target: label}")
    monkeypatch.setattr(cards, "folder", lambda: tmp_path)
    cards.cards.cache_clear()
    yield path
    cards.cards.cache_clear()


@pytest.mark.parametrize("name", sorted(cards.cards()))
def test_every_card_says_what_it_is_and_whom_to_thank(name: str) -> None:
    known = card(name)

    assert known.description
    assert known.citation
    assert known.licence


@pytest.mark.parametrize("name", ["digits", "wine", "breast_cancer", "iris"])
def test_scikit_learns_own_sets_have_the_rows_and_classes_of_their_card(name: str) -> None:
    known = card(name)
    label = next(iter(known.classes))

    dataset = load(DatasetUse(use=name, positive=label), Path(), 1)

    assert len(dataset.X) == known.rows
    assert dataset.class_counts[1] == known.classes[label]


def test_names_are_those_of_the_cards_without_a_mirror() -> None:
    assert names() == sorted(cards.cards())
    assert {"digits", "wine", "breast_cancer", "synthetic", "german_credit", "openml"} <= {*names()}


def test_a_name_without_a_card_is_refused_with_the_nearest() -> None:
    with pytest.raises(DatasetError, match=r"unknown dataset card 'wines'. Did you mean 'wine'\?"):
        card("wines")


def test_cards_in_the_package_come_before_those_of_a_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cards, "__file__", str(tmp_path / "benchmark/data/cards.py"))
    beside = cards.folder()
    (tmp_path / "benchmark/datasets").mkdir(parents=True)

    assert beside == tmp_path / "datasets"
    assert cards.folder() == tmp_path / "benchmark/datasets"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{name: mine, source: {kind: sklearn}, colour: red}", "card mine.yaml: colour: Extra"),
        ("{name: other, source: {kind: sklearn}}", "name 'other' differs from the file's"),
        ("{name: mine, source: {kind: ftp}}", "card mine.yaml: source: Input tag 'ftp' found"),
        ("{name: mine, source: {kind: sklearn}, classes: 3}", "classes: must be a valid dict"),
        ("{name: mine", "card mine.yaml cannot be read"),
    ],
)
def test_a_wrong_card_is_named_with_its_mistake(one_card: Path, text: str, message: str) -> None:
    one_card.write_text(text)

    with pytest.raises(DatasetError) as caught:
        names()

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_card_can_describe_a_file_beside_it(one_card: Path) -> None:
    dataset = load(DatasetUse(use="mine"), Path(), 1)

    assert (dataset.name, dataset.source, dataset.classes) == ("mine", "file", ("n", "p"))


@pytest.mark.parametrize(
    ("checksum", "message"),
    [("sha256:00", "has sha256:.* where sha256:00 was expected"), ("md5:ab", "has md5:")],
)
def test_a_file_with_another_checksum_is_refused(
    one_card: Path, checksum: str, message: str
) -> None:
    text = one_card.read_text().replace("target:", f'checksum: "{checksum}", target:')
    one_card.write_text(text)

    with pytest.raises(DatasetError, match=message):
        load(DatasetUse(use="mine"), Path(), 1)


def test_a_file_with_the_right_checksum_is_read(one_card: Path) -> None:
    import hashlib

    digest = hashlib.sha256(one_card.with_suffix(".csv").read_bytes()).hexdigest()
    text = one_card.read_text().replace("target:", f'checksum: "sha256:{digest}", target:')
    one_card.write_text(text)

    assert load(DatasetUse(use="mine"), Path(), 1).class_counts == (2, 1)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"use": "wnie"}, "unknown dataset 'wnie'. Did you mean 'wine'? (no offline mirror"),
        ({"use": "wine", "params": {"rows": 3}}, "wine takes no params; got {'rows': 3}"),
        (
            {"use": "synthetic", "params": {"minorty": 0.1}},
            "unknown parameter of synthetic 'minorty'. Did you mean 'minority'?",
        ),
        (
            {"use": "synthetic", "params": {"minority": 0.9}},
            "params of synthetic: minority: must be less than or equal to 0.5; got 0.9",
        ),
        (
            {"use": "synthetic", "params": {"columns": 3, "clusters": 30}},
            "params of synthetic: 30 clusters need 6 columns; got 3",
        ),
        (
            {"use": "synthetic", "params": {"rows": 20, "minority": 0.01}},
            "20 rows with a minority of 0.01 are too few for 2 clusters",
        ),
        ({"use": "openml", "params": {"id": 0}}, "params of openml: id: must be greater than"),
        ({"use": "openml", "params": {"id": 1, "checksum": "x"}}, "checksum: String should match"),
        ({"use": "data/*.csv"}, "no data file matches 'data/*.csv' in "),
        ({"use": "goood.csv"}, "no file 'goood.csv': unknown file 'goood.csv'. Did you mean 'good"),
        ({"use": "nowhere/x.csv"}, "no file 'nowhere/x.csv' (looked in "),
        ({"use": "./"}, "'./' is not a file; for every file in a folder write ./*.csv"),
        (
            {"use": "./note.txt"},
            "file './note.txt' is none of .csv, .csv.gz, .parquet, .arff, .dat, .zip",
        ),
        ({"use": "good.csv", "params": {"a": 1}}, "'good.csv' takes no params; got {'a': 1}"),
    ],
)
def test_a_mistake_is_told_before_anything_is_read(
    tmp_path: Path, asked: dict[str, object], message: str
) -> None:
    (tmp_path / "good.csv").write_text("a,target\n1,0\n")
    (tmp_path / "note.txt").write_text("")

    assert message in str(check(DatasetUse.model_validate(asked), tmp_path))


@pytest.mark.parametrize(
    "asked",
    [
        {"use": "good.csv"}, {"use": "*.csv"}, {"use": "digits"}, {"use": "german_credit"},
        {"use": "synthetic", "params": {"minority": 0.01, "overlap": 1}},
        {"use": "openml", "params": {"id": 31, "version": 1, "checksum": "md5:00"}},
    ],
)  # fmt: skip
def test_what_is_well_asked_is_passed(tmp_path: Path, asked: dict[str, object]) -> None:
    (tmp_path / "good.csv").write_text("a,target\n1,0\n")

    assert check(DatasetUse.model_validate(asked), tmp_path) is None


def test_checking_imports_nothing_heavy(tmp_path: Path) -> None:
    code = "import sys, benchmark.data.load; print({'pandas', 'sklearn', 'numpy'} & {*sys.modules})"
    root = Path(__file__).parents[1]

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )

    assert done.stdout.strip() == "set()"


def test_a_glob_becomes_one_use_a_file_in_order(tmp_path: Path) -> None:
    for name in ("b.csv", "a.parquet", "c.csv.gz", "README.md"):
        (tmp_path / name).touch()

    uses = expand([DatasetUse(use="*", positive="yes"), DatasetUse(use="wine")], tmp_path)

    assert [(use.use, use.name, use.positive) for use in uses] == [
        ("a.parquet", "a", "yes"),
        ("b.csv", "b", "yes"),
        ("c.csv.gz", "c", "yes"),
        ("wine", "wine", None),
    ]


def test_a_globs_alias_goes_before_each_stem(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/b.csv").touch()

    (use,) = expand([DatasetUse(use="**/*.csv", alias="mine")], tmp_path)

    assert (use.use, use.name) == ("deep/b.csv", "mine_b")


def test_a_path_is_named_by_its_stem_unless_it_has_an_alias(tmp_path: Path) -> None:
    uses = [DatasetUse(use="data/x.v2.csv"), DatasetUse(use="data/x.csv", alias="mine")]

    assert [use.name for use in expand(uses, tmp_path)] == ["x.v2", "mine"]


def test_an_absolute_glob_is_understood(tmp_path: Path) -> None:
    (tmp_path / "b.csv").touch()

    (use,) = expand([DatasetUse(use=f"{tmp_path}/*.csv")], Path("elsewhere"))

    assert (use.use, use.name) == (f"{tmp_path}/b.csv", "b")


def test_a_glob_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no data file matches"):
        expand([DatasetUse(use="*.csv")], tmp_path)


def test_two_files_of_one_stem_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").touch()
    (tmp_path / "x.parquet").touch()

    with pytest.raises(DatasetError, match=r"named 'x': 'x\.csv' and 'x\.parquet'.*`as:`"):
        expand([DatasetUse(use="x.*")], tmp_path)


def test_a_bracket_in_a_files_name_is_no_glob(tmp_path: Path) -> None:
    (tmp_path / "x[1].csv").touch()

    assert not paths.is_glob("x[1].csv", tmp_path)
    assert [use.name for use in expand([DatasetUse(use="x[1].csv")], tmp_path)] == ["x[1]"]


@pytest.mark.parametrize("text", ["a/b", "a.csv", "a.csv.gz", "a.parquet", "a*", "a?", "[a]"])
def test_what_looks_like_a_path_is_one(text: str) -> None:
    assert paths.is_path(text)


@pytest.mark.parametrize("text", ["wine", "ecoli-0-1_vs_5", "page-blocks0", "a.b", "csv"])
def test_what_looks_like_a_name_is_none(text: str) -> None:
    assert not paths.is_path(text)


def test_a_card_is_frozen_and_takes_no_other_field() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        Card.model_validate({"name": "a", "source": {"kind": "sklearn", "id": 3}})
