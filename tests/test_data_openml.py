"""Data sets by id, from a server on this machine that answers as openml.org does."""

import time
from collections.abc import Iterator
from pathlib import Path

import data_server
import pandas as pd
import pytest
from sklearn.datasets import _openml

from benchmark.data import card, cards, download, openml
from benchmark.data.load import check, load
from benchmark.errors import DatasetError
from benchmark.types import Dataset
from benchmark.use import DatasetUse


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))
    monkeypatch.setenv("BENCHMARK_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("BENCHMARK_DATA", raising=False)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


@pytest.fixture
def site(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    with data_server.serve(**getattr(request, "param", {})) as (address, asked):
        point_to(address, monkeypatch)
        yield asked


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    point_to("http://127.0.0.1:9", monkeypatch)


def point_to(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openml, "_DESCRIPTION", f"{address}/data/{{}}")
    for name, path in {"INFO": "", "FEATURES": "features/", "QUALITIES": "qualities/"}.items():
        monkeypatch.setattr(_openml, f"_DATA_{name}", f"{address}/data/{path}{{}}")


def fetch(tmp_path: Path, positive: str | None = None, **params: object) -> Dataset:
    use = DatasetUse(use="openml", alias="tiny", params=params, positive=positive)
    return load(use, tmp_path, 1)


def test_a_data_set_by_id_is_loaded_with_its_own_target(tmp_path: Path, site: list[str]) -> None:
    dataset = fetch(tmp_path, id=7)

    assert (dataset.name, dataset.source, dataset.classes) == ("tiny", "openml", ("good", "bad"))
    assert dataset.y.tolist() == [0, 1, 0, 0, 0, 1]
    assert dataset.categorical == ("job",)
    assert dataset.X["job"].tolist()[:4] == ["clerk", "cook", "cook", "clerk"]
    assert dataset.X.isna().sum().tolist() == [1, 1]


def test_the_right_version_and_checksum_are_accepted(tmp_path: Path, site: list[str]) -> None:
    dataset = fetch(tmp_path, id=7, version=3, checksum=f"md5:{data_server.MD5.upper()}")

    assert dataset.class_counts == (4, 2)


def test_a_second_load_comes_from_the_cache(tmp_path: Path, site: list[str]) -> None:
    first = fetch(tmp_path, id=7)
    asked = len(site)

    assert fetch(tmp_path, id=7).fingerprint == first.fingerprint
    assert len(site) == asked


def test_another_version_is_refused_with_both(tmp_path: Path, site: list[str]) -> None:
    with pytest.raises(DatasetError, match=r"^dataset 'tiny': OpenML 7 has version 3, where 2 was"):
        fetch(tmp_path, id=7, version=2)


def test_another_checksum_is_refused_with_both(tmp_path: Path, site: list[str]) -> None:
    with pytest.raises(DatasetError, match=f"md5:{data_server.MD5}, where md5:00ff was expected"):
        fetch(tmp_path, id=7, checksum="md5:00ff")


@pytest.mark.parametrize("site", [{"md5_checksum": "00"}], indirect=True)
def test_a_file_that_is_not_what_its_publisher_says_is_refused(
    tmp_path: Path, site: list[str]
) -> None:
    with pytest.raises(DatasetError, match=f"has md5:{data_server.MD5}, where md5:00 was expected"):
        fetch(tmp_path, id=7)


def test_an_unknown_id_says_what_the_server_said(tmp_path: Path, site: list[str]) -> None:
    with pytest.raises(
        DatasetError, match=r"OpenML 8: .*data/8 cannot be downloaded \(HTTP 404 Not Found\)"
    ):
        fetch(tmp_path, id=8)


def test_the_data_is_asked_for_once_and_its_progress_is_told(
    tmp_path: Path, site: list[str]
) -> None:
    told: list[tuple[str, int, int | None]] = []
    use = DatasetUse(use="openml", alias="tiny", params={"id": 7})

    load(use, tmp_path, 1, progress=lambda *facts: told.append(facts))

    assert site.count("/download/tiny.arff") == 1
    assert told[-1] == ("tiny.arff", len(data_server.ARFF), len(data_server.ARFF))


def test_a_download_that_was_interrupted_is_gone_on_with(
    tmp_path: Path, site: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(name: str, received: int, total: int | None) -> None:
        if name == "tiny.arff":
            raise KeyboardInterrupt

    monkeypatch.setattr(download, "CHUNK_BYTES", 100)
    use = DatasetUse(use="openml", alias="tiny", params={"id": 7})
    with pytest.raises(KeyboardInterrupt):
        load(use, tmp_path, 1, progress=interrupt)

    assert len(load(use, tmp_path, 1).y) == 6
    assert "/download/tiny.arff bytes=100-" in site


def test_another_version_is_refused_before_the_data_is_downloaded(
    tmp_path: Path, site: list[str]
) -> None:
    with pytest.raises(DatasetError, match="has version 3, where 2 was expected"):
        fetch(tmp_path, id=7, version=2)

    assert site == ["/data/7"]


@pytest.mark.parametrize("site", [{"format": "Sparse_ARFF"}], indirect=True)
def test_a_sparse_data_set_is_refused_in_one_line(tmp_path: Path, site: list[str]) -> None:
    with pytest.raises(DatasetError, match=r"OpenML 7 cannot be used .*Sparse ARFF") as caught:
        fetch(tmp_path, id=7)

    assert "\n" not in str(caught.value)


def test_without_a_single_published_target_one_is_asked_for(
    tmp_path: Path, site: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    features = [dict(f, is_target="false") for f in data_server.FEATURES]
    monkeypatch.setattr(_openml, "_get_data_features", lambda *args, **kwargs: features)

    with pytest.raises(DatasetError, match="no single target column; set `target:`"):
        fetch(tmp_path, id=7)


def test_without_a_network_one_line_says_how_to_use_the_mirror(
    tmp_path: Path, no_network: None
) -> None:
    with pytest.raises(
        DatasetError, match=r"put german_credit\.parquet in .* BENCHMARK_DATA$"
    ) as e:
        load(DatasetUse(use="german_credit"), tmp_path, 1)

    assert "\n" not in str(e.value)


def test_the_mirror_serves_a_number_without_a_network(
    tmp_path: Path, no_network: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    pd.DataFrame({"a": [1.0, 2, 3], "target": [0, 1, 1]}).to_parquet(tmp_path / "openml_7.parquet")
    monkeypatch.setenv("BENCHMARK_DATA", str(tmp_path))

    assert fetch(tmp_path, id=7).source == "mirror"


def test_a_card_of_other_rows_is_refused_with_both_figures(
    tmp_path: Path, site: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _cards(monkeypatch, rows=1000)

    with pytest.raises(DatasetError, match="it has 6 rows, where its card expects 1000"):
        load(DatasetUse(use="tiny"), tmp_path, 1)


def test_a_card_of_other_classes_is_refused_with_both_figures(
    tmp_path: Path, site: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _cards(monkeypatch, classes={"good": 3, "bad": 3})

    with pytest.raises(DatasetError, match=r"'bad': 2, 'good': 4.*expects .*'good': 3, 'bad': 3"):
        load(DatasetUse(use="tiny"), tmp_path, 1)


def test_a_card_brings_its_positive_class_and_family(
    tmp_path: Path, site: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _cards(monkeypatch, rows=6, classes={"good": 4, "bad": 2}, positive="good", family="tinies")

    dataset = load(DatasetUse(use="tiny"), tmp_path, 1)

    assert (dataset.classes, dataset.family) == (("bad", "good"), "tinies")


def _cards(monkeypatch: pytest.MonkeyPatch, **facts: object) -> None:
    data = {"name": "tiny", "source": {"kind": "openml", "id": 7}, "target": "class", **facts}
    monkeypatch.setattr(cards, "cards", lambda: {"tiny": card.Card.model_validate(data)})


def test_openml_without_an_id_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    assert "needs params: {id: ...}" in str(check(DatasetUse(use="openml"), tmp_path))


def test_an_unknown_parameter_of_openml_is_refused(tmp_path: Path) -> None:
    use = DatasetUse(use="openml", params={"id": 7, "versoin": 1})

    assert check(use, tmp_path) == (
        "unknown parameter of openml 'versoin'. Did you mean 'version'?"
    )


@pytest.fixture
def end_of_tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The only card, of the last two rows of the set 7."""
    text = (
        "{name: end, source: {kind: openml, id: 7, last: 2}, rows: 2, classes: {bad: 1, good: 1}}"
    )
    (tmp_path / "end.yaml").write_text(text)
    monkeypatch.setattr(cards, "folder", lambda: tmp_path)
    cards.cards.cache_clear()
    yield
    cards.cards.cache_clear()


def test_a_card_may_take_the_last_rows_alone(
    tmp_path: Path, site: list[str], end_of_tiny: None
) -> None:
    dataset = load(DatasetUse(use="end"), tmp_path, 1)

    assert [dataset.classes[code] for code in dataset.y] == ["good", "bad"]
