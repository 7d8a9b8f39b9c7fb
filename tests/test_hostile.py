"""Hostile names change nothing in tables and MLflow; for the report see test_report_page."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile import DATASETS, FORMULA, MODELS, STRATEGIES, hostile_suite
from mlflow import MlflowClient
from plugins_for_tests.suites import computed_here

from benchmark.cli.app import run_command_line
from benchmark.flow import sync

PAIRS = {(d, s, m) for d in DATASETS for s in STRATEGIES for m in MODELS}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = hostile_suite(tmp_path_factory.mktemp("hostile"))
    computed_here(path).close()
    yield path


def shown(suite: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    results = str(suite.parent / "results")
    code = run_command_line(["compare", str(suite), "--results", results, *arguments])
    assert code == 0
    return capsys.readouterr().out


def test_mlflow_has_every_pair_under_its_own_name(suite: Path) -> None:
    sync(suite, results=suite.parent / "results")

    client = MlflowClient(f"sqlite:///{suite.parent / 'results' / 'mlflow.db'}")
    (experiment,) = [e for e in client.search_experiments() if e.name == "small"]
    runs = client.search_runs([experiment.experiment_id], "tags.`benchmark.kind` = 'pair'")

    names = ("dataset", "strategy", "model")
    assert {tuple(run.data.params[name] for name in names) for run in runs} == PAIRS
    assert all(0 <= run.data.metrics["f2_tuned"] <= 1 for run in runs)


def test_a_csv_starts_no_formula_and_keeps_every_name(
    suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = list(csv.DictReader(io.StringIO(shown(suite, capsys, "--format", "csv"))))

    found = {(line["dataset"], line["strategy"].removeprefix("'"), line["model"]) for line in lines}
    assert found == PAIRS
    assert {line["strategy"][:2] for line in lines if FORMULA in line["strategy"]} == {"'="}


@pytest.mark.parametrize("by", ["dataset", "strategy", "model", "level", "imbalance"])
@pytest.mark.parametrize("form", ["text", "markdown", "latex", "json"])
def test_every_table_is_made(
    by: str, form: str, suite: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = shown(suite, capsys, "--by", by, "--format", form)

    assert len(text.splitlines()) > 3
    assert ("<script>" in text) == (form in ("text", "json") and by == "dataset")
