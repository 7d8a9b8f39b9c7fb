"""Cards, parameters, names, and what is said before anything is read."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from imblearn.datasets import _zenodo

from benchmark.cli.overview import datasets
from benchmark.data import cards, mirror, paths, sources
from benchmark.data.card import Card, OpenML, Sizes
from benchmark.data.load import card, check, expand, load, names
from benchmark.errors import DatasetError
from benchmark.use import DatasetUse

MIRROR = Path(os.environ.get("BENCHMARK_DATA", ""))
OF_MANY = ("openml", "synthetic")
needs_mirror = pytest.mark.skipif("BENCHMARK_DATA" not in os.environ, reason="no BENCHMARK_DATA")


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


def test_every_card_says_what_it_is_and_whom_to_thank() -> None:
    silent = [
        known.name
        for known in cards.cards().values()
        if not (known.description and known.citation and known.licence)
    ]

    assert silent == []


def test_every_card_of_one_table_says_its_rows_classes_and_family() -> None:
    tables = [known for known in cards.cards().values() if known.name not in OF_MANY]

    assert len(tables) >= 200
    assert [known.name for known in tables if not (known.rows and known.extent)] == []
    assert [known.name for known in tables if not known.family] == []


@pytest.mark.parametrize(
    "family",
    [
        ("abalone", "abalone_19", "abalone19", "abalone9-18"),
        ("car_eval_34", "car_eval_4", "car-good", "car-vgood"),
        ("ecoli", "ecoli4", "ecoli-0_vs_1", "ecoli_5class"),
        ("letter_img", "letter_U_vs_rest"),
        ("yeast_me2", "yeast4", "yeast-1_vs_7"),
        ("breast_cancer", "wisconsin"),
        ("digits", "optical_digits", "optdigits_3_vs_rest"),
        ("german_credit", "credit_g"),
        ("iris", "iris0"),
        ("adult", "adult_45068", "ada"),
        ("creditcard_fraud", "creditcard_42397"),
        ("mammography", "mammography_310"),
    ],
)
def test_sets_cut_from_one_parent_share_a_family(family: tuple[str, ...]) -> None:
    assert len({card(name).family for name in family}) == 1


def test_the_sets_of_imbalanced_learn_have_the_rows_and_ratios_that_it_documents() -> None:
    lines = str(_zenodo.__doc__).splitlines()
    table = [line.split() for line in lines if re.match(r" \d+ ", line)]
    documented = {words[1]: (words[-2].replace(",", ""), words[-3]) for words in table}

    known = {name: card(name) for name in documented}

    assert len(documented) == 27
    assert {name: str(one.rows) for name, one in known.items()} == {
        name: rows for name, (rows, _) in documented.items()
    }
    assert {name: ratio(one) for name, one in known.items()} == {
        name: pytest.approx(float(text.removesuffix(":1")), rel=0.06)
        for name, (_, text) in documented.items()
    }


def ratio(known: Card) -> float:
    assert known.extent is not None
    return known.extent.largest / known.extent.smallest


@needs_mirror
def test_the_73_sets_of_climb_have_the_figures_that_it_publishes() -> None:
    published = pd.read_csv(MIRROR / "reference" / "climb_openml_datainfo.csv")
    columns = ["NumberOfInstances", "NumberOfClasses", "MajorityClassSize", "MinorityClassSize"]
    expected = published.set_index("openml_id")[columns].astype(int).T.to_dict("list")

    found = {
        one.source.id: [one.rows, *one.extent.model_dump().values()]
        for one in cards.cards().values()
        if isinstance(one.source, OpenML) and one.extent
    }

    assert len(expected) == 73
    assert {number: found.get(number) for number in expected} == expected


@needs_mirror
def test_every_set_that_the_mirror_has_is_what_its_card_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BENCHMARK_DATA", str(MIRROR))
    served = [one.name for one in cards.cards().values() if one.mirrored_as in {*mirror.names()}]

    read = [sources.read(DatasetUse(use=name), Path()) for name in served]

    assert len(read) >= 150
    assert {raw.source for raw in read} == {"mirror"}


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


def test_the_overview_has_every_name_with_what_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("kc1_promise", "ecoli4", "uncarded"):
        (tmp_path / f"{name}.parquet").touch()
    monkeypatch.setenv("BENCHMARK_DATA", str(tmp_path))

    found = {line["name"]: line for line in datasets()}

    assert [*found] == names()
    assert len(found) >= 200
    assert {key: value for key, value in found["mozilla4"].items() if key != "summary"} == {
        "name": "mozilla4", "rows": 15545, "classes": 2, "imbalance_ratio": 2.04,
        "family": "mozilla4", "source": "openml.org 1046",
    }  # fmt: skip
    assert found["kc1_promise"]["source"] == "openml.org 1067 (mirror)"
    assert found["ecoli4"]["source"] == "sci2s.ugr.es (mirror)"
    assert found["wine"]["source"] == "sklearn"
    assert found["uncarded"]["rows"] is None


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
        ("{name: mine, source: {kind: sklearn}, classes: 3}", "classes: must be a mapping; got 3"),
        ("{name: mine", "card mine.yaml cannot be read"),
        ("3", "card mine.yaml: must be a mapping"),
        ("{source: {kind: file}, datasets: 3}", "mine.yaml: datasets must be a list of cards"),
        (
            "{source: {kind: openml}, datasets: [{name: a, source: {id: x}}]}",
            "card mine.yaml: a: id: must be a whole number",
        ),
        (
            "{source: {kind: sklearn}, datasets: [{name: a}, {name: a}]}",
            "card mine.yaml: 'a' is described twice",
        ),
        (
            "{name: mine, source: {kind: download, url: 'file:///etc/passwd'}}",
            "card mine.yaml: url: must match ",
        ),
        (
            "{name: mine, source: {kind: sklearn}, rows: 9, classes: {a: 5, b: 5}}",
            "card mine.yaml: 9 rows cannot be 2 classes of 5 to 5 rows",
        ),
        (
            "{name: mine, source: {kind: sklearn}, positive: c, classes: {a: 5, b: 5}}",
            "card mine.yaml: positive 'c' is none of its classes",
        ),
        (
            "{name: mine, source: {kind: sklearn}, classes: {a: 5, b: 5}, "
            "sizes: {number: 2, largest: 5, smallest: 5}}",
            "card mine.yaml: classes and sizes say the same",
        ),
    ],
)
def test_a_wrong_card_is_named_with_its_mistake(one_card: Path, text: str, message: str) -> None:
    one_card.write_text(text)

    with pytest.raises(DatasetError) as caught:
        names()

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_collection_shares_facts_and_an_entry_has_the_last_word(one_card: Path) -> None:
    one_card.write_text("""
source: {kind: openml}
licence: free
family: shared
datasets:
  - {name: a, source: {id: 1}}
  - {name: b, source: {id: 2}, family: own, rows: 3}
""")

    assert [(one.name, one.source.id, one.licence, one.family, one.rows)
            for one in cards.cards().values()] == [
        ("a", 1, "free", "shared", None), ("b", 2, "free", "own", 3)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "sizes", "fits"),
    [
        (10, (2, 7, 3), True), (11, (2, 7, 3), False), (20, (4, 7, 3), True),
        (15, (4, 7, 3), False), (25, (4, 7, 3), False),
    ],
)  # fmt: skip
def test_sizes_fit_rows_if_the_other_classes_lie_between(
    rows: int, sizes: tuple[int, int, int], fits: bool
) -> None:
    number, largest, smallest = sizes

    assert Sizes(number=number, largest=largest, smallest=smallest).fit(rows) == fits


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
            "params of synthetic: minority: must be 0.5 or less; got 0.9",
        ),
        (
            {"use": "synthetic", "params": {"columns": 3, "clusters": 30}},
            "params of synthetic: 30 clusters need 6 columns; got 3",
        ),
        (
            {"use": "synthetic", "params": {"rows": 20, "minority": 0.01}},
            "20 rows with a minority of 0.01 are too few for 2 clusters",
        ),
        ({"use": "openml", "params": {"id": 0}}, "params of openml: id: must be 1 or more; got 0"),
        ({"use": "openml", "params": {"id": 1, "checksum": "x"}}, "checksum: must match "),
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
