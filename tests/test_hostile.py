"""Hostile names change nothing in tables and MLflow; for the report see test_report_page."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile import (
    COMMANDS,
    DATASETS,
    FORMULA,
    LABELS,
    MODELS,
    STRATEGIES,
    hostile_suite,
    hostile_table,
)
from mlflow import MlflowClient
from plugins_for_tests.suites import computed_here, write_suite

from benchmark.cli.app import run_command_line
from benchmark.cli.texts import table_text
from benchmark.flow import sync
from benchmark.results import report

OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
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
    assert OBEYED.search(text) is None
    assert ("<script>" in text) == (form in ("text", "json") and by == "dataset")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("table")
    hostile_table(folder)
    path = write_suite(folder, datasets=["t.parquet"], metrics=["f2", "brier"])
    computed_here(path).close()
    return path


@pytest.mark.parametrize(
    "command",
    [
        "plan SUITE",
        "compare SUITE --results RESULTS",
        "compare SUITE --results RESULTS --format csv",
        "show dataset TABLE",
        "show dataset TABLE --json",
        "show dataset TABLE --target \x1b[2J",
        "show dataset TABLE --positive \x1b[2J",
        "show strategy \x1b[2J",
        "list \x1b[2J",
        "\x1b[2J",
        "run SUITE --only dataset=\x1b[2J",
        "run SUITE --\x1b[2J",
        "run SUITE\x1b[2J",
        "run SUITE --shard \x1b[2J",
        "compare SUITE --metric \x1b[2J",
        "gate SUITE --baseline \x1b[2J",
        "import-predictions SUITE TABLE --name \x1b[2J",
        "import-predictions SUITE TABLE --name a",
    ],
)
def test_nothing_in_a_table_or_an_argument_commands_the_terminal(
    command: str, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = {
        "SUITE": table,
        "TABLE": table.parent / "t.parquet",
        "RESULTS": table.parent / "results",
    }
    words = [re.sub("[A-Z]{5,}", lambda found: str(paths[found[0]]), w) for w in command.split(" ")]

    run_command_line(words)

    said = capsys.readouterr()
    assert said.out + said.err != ""
    assert OBEYED.findall(said.out + said.err) == []


def test_a_page_and_mlflow_take_labels_that_are_commands(table: Path) -> None:
    results = table.parent / "results"

    assert sync(table, results=results) > 0
    assert "\x1b" not in report(table, results=results)


def test_markdown_and_latex_neither_link_nor_run_a_name() -> None:
    names = ["[a](http://b)", "![a](b)", "`a`", "*a*", "<b>", "a|b", "\\input{c}", "[1cm]"]

    markdown = table_text(["name"], [[name] for name in names], "markdown", set(), names=1)
    latex = table_text(["name"], [[name] for name in names], "latex", set(), names=1)

    rows = markdown.splitlines()[2:]
    assert rows[:2] == ["| \\[a\\](http://b) |", "| !\\[a\\](b) |"]
    assert rows[2:6] == ["| \\`a\\` |", "| \\*a\\* |", "| &lt;b&gt; |", "| a\\|b |"]
    assert "\\textbackslash{}input\\{c\\}" in latex
    assert "\n{}[1cm] \\\\\n" in latex
    assert "\n{}*a* \\\\\n" in latex


def test_a_mistake_about_a_label_shows_it(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = {"use": "t.parquet", "positive": "maybe"}
    path = write_suite(table.parent, datasets=[text])

    assert run_command_line(["plan", str(path)]) == 2
    assert OBEYED.search(capsys.readouterr().err) is None
    assert COMMANDS in LABELS[0]
