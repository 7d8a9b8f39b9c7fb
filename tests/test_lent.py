"""Workers map the driver's datasets instead of loading them."""

import pickle
import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from contracts import mixed, with_related
from plugins_for_tests.suites import planned, write_suite

from benchmark.engine.backends import lent as lent_module
from benchmark.engine.backends.lent import lending
from benchmark.engine.backends.local import Worker, compute
from benchmark.flow import Options, execute
from benchmark.types import Dataset

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


def arrays(dataset: Dataset) -> list[Any]:
    """What lies in the file: numbers, classes and roles, and the numbers of related rows."""
    numbers = dataset.X.select_dtypes("number").to_numpy()
    assert dataset.related is not None
    return [numbers, dataset.y, dataset.folds, dataset.weights, dataset.related.y]


@pytest.fixture
def dataset() -> Dataset:
    """Numbers, words, missing values, roles and related rows."""
    return replace(with_related(mixed()), weights=np.linspace(1, 2, 150))


@LINUX
def test_a_lent_dataset_is_the_same_and_cannot_be_changed(dataset: Dataset) -> None:
    with lending({"mixed": dataset, "again": dataset}) as lent:
        taken = [pickle.loads(pickle.dumps(lent[name])).taken() for name in ("mixed", "again")]

    for found in taken:  # the map outlives the file
        pd.testing.assert_frame_equal(found.X, dataset.X, check_exact=True)
        assert found.fingerprint == dataset.fingerprint
        for one, two in zip(arrays(found), arrays(dataset), strict=True):
            np.testing.assert_array_equal(one, two, strict=True)
            assert not one.flags.owndata
            with pytest.raises(ValueError, match="read-only"):
                one.flat[0] = 7


@LINUX
def test_another_process_reads_what_is_lent_without_a_copy(tmp_path: Path) -> None:
    numbers = np.arange(8_000_000, dtype=np.float64).reshape(-1, 8)
    dataset = replace(mixed(), X=pd.DataFrame(numbers), y=np.arange(10**6) % 2)
    code = """if True:
        import pickle, resource, sys
        import pandas, benchmark.types
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found = pickle.load(sys.stdin.buffer).taken()
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(after - before, found.X.iat[123_456, 5])
    """
    with lending({"large": dataset}) as lent:
        given = pickle.dumps(lent["large"])
        said = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True)

    kibibytes, value = said.stdout.split()
    assert float(value) == numbers[123_456, 5]
    assert int(kibibytes) * 1024 < numbers.nbytes / 4


@LINUX
def test_the_file_has_no_name_that_could_be_left_behind(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    with lending({"mixed": dataset}) as lent:
        assert lent["mixed"].taken() is not None
        assert list(tmp_path.iterdir()) == []


@LINUX
def test_what_is_no_longer_lent_is_none(dataset: Dataset) -> None:
    with lending({"mixed": dataset}) as lent:
        pass

    assert lent["mixed"].taken() is None


def test_nothing_is_lent_where_there_is_no_such_file(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")

    with lending({"mixed": dataset}) as lent:
        assert lent == {}


def test_nothing_is_lent_where_there_is_no_room(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lent_module, "_place", full)

    with lending({"mixed": dataset}) as lent:
        assert lent == {}


@LINUX
def test_a_full_disk_is_not_filled_further_and_ends_nothing(dataset: Dataset) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with lending({"one": dataset, "two": dataset}) as lent:
            assert lent == {}
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_worker_that_is_lent_nothing_loads_the_dataset(tmp_path: Path) -> None:
    made = planned(write_suite(tmp_path))
    fingerprints = {name: d.fingerprint for name, d in made.datasets.items()}
    with lending(made.datasets) as lent:
        pass

    found = Worker(made.suite, fingerprints, lent).dataset("clusters")

    assert found.fingerprint == fingerprints["clusters"]
    assert found.y.flags.writeable


@LINUX
def test_workers_need_no_file_once_the_suite_is_planned(tmp_path: Path) -> None:
    mixed().X.assign(target=mixed().y).to_csv(tmp_path / "table.csv", index=False)
    path = write_suite(tmp_path, datasets=["table.csv"], strategies=["none", "smote"])
    made = planned(path)
    (tmp_path / "table.csv").unlink()

    found = compute(made.cells(), made.suite, {}, 1, datasets=made.datasets)

    assert [outcome.status for outcome in found] == ["ok"] * 4


def test_scores_are_the_same_whether_datasets_are_lent_or_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_suite(tmp_path, models=["logistic_regression"], strategies=["none", "smote"])
    lent = execute(path, Options(results=tmp_path / "lent", workers=1))
    monkeypatch.setattr("sys.platform", "darwin")

    loaded = execute(path, Options(results=tmp_path / "loaded", workers=1))

    assert [row.scores for row in lent.rows] == [row.scores for row in loaded.rows]
