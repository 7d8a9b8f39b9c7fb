"""Any file is a dataset or one line that says why not."""

import warnings
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from random_tables import File, files

from benchmark.data.facts import facts
from benchmark.data.load import check, load
from benchmark.errors import DatasetError
from benchmark.types import Dataset
from benchmark.use import DatasetUse
from benchmark.visible import is_visible

FIXTURE = HealthCheck.function_scoped_fixture
QUICK = settings(max_examples=200, suppress_health_check=[FIXTURE, HealthCheck.too_slow])


def loaded(folder: Path, file: File) -> Dataset | str:
    """What becomes of a file: a dataset, or what is said of it."""
    name, content, asked = file
    (folder / name).write_bytes(content)
    try:
        use = DatasetUse.model_validate({"use": name, **asked})
        return load(use, folder, 1)
    except ValidationError:
        return "a mistake of form"
    except DatasetError as error:
        return str(error)


@QUICK
@given(files)
def test_any_file_is_a_dataset_that_can_be_shown_or_one_line(tmp_path: Path, file: File) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = loaded(tmp_path, file)
        shown = facts(found) if isinstance(found, Dataset) else None

    said = "" if isinstance(found, Dataset) else found
    assert said.isprintable()
    assert len(said) < 1000
    assert (shown is None) == bool(said)


@QUICK
@given(
    st.text(st.characters(exclude_characters="/*"), min_size=1, max_size=400).filter(is_visible),
    st.sampled_from(["", ".csv", "/*.csv", "/x.csv"]),
)
def test_any_path_is_checked_in_one_line(tmp_path: Path, text: str, end: str) -> None:
    asked: dict[str, Any] = {"use": text + end}

    problem = check(DatasetUse.model_validate(asked), tmp_path)

    assert problem is None or len(problem.splitlines()) == 1
