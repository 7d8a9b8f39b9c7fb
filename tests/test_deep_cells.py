"""Cells of networks: the same bits whoever computes them, within their limits, or with a reason."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from plugins_for_tests.suites import predictions_in, write_suite

from benchmark.flow import Options, execute, journal_path

pytest.importorskip("torch", reason="the extra `deep` is not installed")

FEW: dict[str, Any] = {"epochs": 3, "width": 16}
BIG = {"use": "synthetic", "as": "big", "params": {"rows": 20_000, "columns": 40}}


def ended(folder: Path, model: dict[str, Any], **settings: Any) -> list[tuple[str, str]]:
    """How the cells of a network ended, and why."""
    path = write_suite(folder, models=[{"use": "mlp", "params": model}], **settings)
    rows = execute(path, Options(results=folder / "results")).rows
    return [(row.status, row.error.splitlines()[0] if row.error else "") for row in rows]


@pytest.mark.parametrize("tuning", ["off", {"trials": 3, "folds": 2}])
def test_any_number_of_workers_gives_the_same_bits(tmp_path: Path, tuning: Any) -> None:
    found = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        path = write_suite(
            folder,
            strategies=["ldam_drw", "classifier_retraining", "smote+batch_mixup"],
            models=[{"use": "mlp", "params": FEW}],
            tuning=tuning,
        )
        execute(path, Options(results=folder / "results", workers=workers))
        found.append(predictions_in(journal_path(path, folder / "results")))

    assert len(found[0]) == 6
    assert found[0] == found[1]


def test_a_network_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    limits = {"seconds": 4, "memory": "4GiB"}

    found = ended(tmp_path, {"epochs": 1000, "patience": 1000}, datasets=[BIG], limits=limits)

    assert [status for status, _ in found] == ["timeout", "timeout"]


def test_a_network_that_needs_too_much_memory_is_ended(tmp_path: Path) -> None:
    limits = {"seconds": 60, "memory": "100MiB"}
    wide = {"width": 512, "layers": 4, "batch_size": 4096, "epochs": 1}

    found = ended(tmp_path, wide, datasets=[BIG], limits=limits)

    assert [status for status, _ in found] == ["out_of_memory", "out_of_memory"], found


def test_a_loss_that_is_no_number_fails_the_cell_with_its_epoch(tmp_path: Path) -> None:
    y = np.arange(60) % 3 == 0
    table = pd.DataFrame({"a": np.where(y, 3e38, -3e38), "target": y.astype(int)})
    table.to_csv(tmp_path / "huge.csv", index=False)

    found = ended(tmp_path, FEW, datasets=["huge.csv"], preprocess={"scale": "none"})

    assert found == [("failed", "FloatingPointError: the loss became nan in epoch 1")] * 2
