"""Settings that every test shares."""

import csv
import os

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
os.environ.update(dict.fromkeys(ONE_THREAD, "1"))  # as in a worker, and before NumPy is imported
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

from pathlib import Path  # noqa: E402 - after the environment

import pytest  # noqa: E402 - after the environment
from hypothesis import settings  # noqa: E402 - after the environment

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture(autouse=True)
def away_from_the_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty folder, so that no test reads or writes the checkout's results."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _the_usual_longest_cell() -> None:
    """Other libraries raise it for the whole process when they are imported."""
    csv.field_size_limit(2**17)
