"""`show dataset`: the facts of a dataset as a user reads them."""

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from sklearn.datasets import load_wine

from benchmark.cli.app import run_command_line
from benchmark.cli.facts_tables import show_facts
from benchmark.data import openml
from benchmark.data.facts import facts
from benchmark.errors import DatasetError
from benchmark.types import Dataset

ROWS = 120


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run `show dataset`; return its exit code, its output and its errors."""
    code = run_command_line(["show", "dataset", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def shown(dataset: Dataset, width: int = 80) -> str:
    out = Console(file=io.StringIO(), width=width, highlight=False)
    show_facts(out, facts(dataset))
    return out.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


def made(classes: int = 2, **columns: Any) -> Dataset:
    random = np.random.default_rng(0)
    X = pd.DataFrame({"p": random.normal(size=ROWS), "q": random.normal(size=ROWS), **columns})
    y = np.maximum(np.arange(ROWS) % (2 * classes) - classes, 0)
    return Dataset("made", X, y, tuple(f"class {code}" for code in range(classes)), fingerprint="")


@pytest.fixture
def table() -> Path:
    """A CSV file in the current folder."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "amount": random.normal(size=ROWS),
            "seen": pd.date_range("2024-01-01", periods=ROWS).astype(str),
            "shop": random.choice(["[red]north", "south"], ROWS),
            "fraud": np.where(np.arange(ROWS) % 10 == 0, "yes", "no"),
        }
    )
    frame.loc[:11, "amount"] = np.nan
    frame.to_csv("payments.csv", index=False)
    return Path("payments.csv")


def test_a_file_is_described(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "payments.csv", "--target", "fraud")

    assert code == 0
    assert out.startswith("payments: A file.\nsource: payments.csv\n")
    for words in (
        "7 (6 numeric, 1 categorical; made of dates: seen)",
        "shop 2",
        "1.4% of cells",
        "amount 10.0%",
        "no: 108 (90.0%)",
        "yes: 12 (10.0%), positive",
        "9.0 rows of the largest class to 1 of the smallest",
        "F1, F2 and rare classes on all rows",
        "! class 'yes' has 12 rows, 2 in each of 5 test folds",
    ):
        assert words in out


def test_another_class_can_be_positive(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "payments.csv", "--target", "fraud", "--positive", "no")

    assert "no: 108 (90.0%), positive" in out


def test_the_json_form_has_the_same_facts(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = call(capsys, "payments.csv", "--target", "fraud", "--json")
    dataset = made(kind=pd.Series(["a", "b"] * (ROWS // 2), dtype=object))

    found = json.loads(out)[0]

    assert (found["name"], found["source"]) == ("payments", "payments.csv")
    assert found["facts"]["dates"] == ["seen"]
    assert found["facts"]["classes"] == {"no": 108, "yes": 12}
    assert found["facts"]["complexity"]["classes"][0]["label"] == "yes"
    assert set(found["facts"]) == set(asdict(facts(dataset)))


def test_a_card_is_shown_with_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "wine", "--positive", "2")

    assert code == 0
    assert "licence" in out
    assert f"{int((load_wine().target == 2).sum())} (27.0%), positive" in out


def test_a_card_alone_reads_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmark.data.load.load", None)

    code, out, _ = call(capsys, "wine", "--card")

    assert code == 0
    assert "licence" in out
    assert "Difficulty" not in out


def test_a_card_whose_data_cannot_be_had_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def offline(*given: Any) -> Any:
        raise DatasetError("no network")

    monkeypatch.delenv("BENCHMARK_DATA", raising=False)
    monkeypatch.setattr(openml, "fetch", offline)

    code, out, _ = call(capsys, "german_credit")
    _, as_json, _ = call(capsys, "german_credit", "--json")

    assert code == 0
    assert "licence: CC BY 4.0" in out
    assert "problem: dataset 'german_credit': no network" in out
    assert "facts" not in json.loads(as_json)[0]


IN_FILE = "dataset 'payments': file 'payments.csv'"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("breast_cancr",), "unknown dataset 'breast_cancr'. Did you mean 'breast_cancer'?"),
        (("payment.csv",), "no file 'payment.csv': unknown file 'payment.csv'. Did you mean"),
        (("payments.csv",), f"{IN_FILE}: target: unknown column 'target'"),
        (("payments.csv", "--target", "frod"), f"{IN_FILE}: target: unknown column 'frod'"),
    ],
)
def test_a_mistake_is_one_line(
    table: Path, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = call(capsys, *arguments)

    assert (code, out) == (2, "")
    assert err.startswith(f"error: {message}")
    assert err.count("\n") == 1


def test_options_of_a_dataset_are_refused_for_others(capsys: pytest.CaptureFixture[str]) -> None:
    code = run_command_line(["show", "strategy", "smote", "--target", "y"])

    assert code == 2
    assert capsys.readouterr().err == "error: --target, --positive and --card are for datasets\n"


def test_no_line_is_wider_than_a_terminal_and_markup_in_names_is_text() -> None:
    long = {f"a long name of a column, number {i}": np.arange(ROWS) * float(i) for i in range(20)}
    words = {f"kind {i}": pd.Series(["[red]", "b"] * (ROWS // 2), dtype=object) for i in range(20)}

    out = shown(made(**long, **words, **{"[bold]": np.full(ROWS, 5.0)}))

    assert max(map(len, out.splitlines())) <= 80
    assert "and 8 more" in out
    assert "[bold]" in out


def test_many_classes_take_a_few_lines() -> None:
    out = shown(made(classes=15))

    assert "class 0 64 (53.3%), class 1 4 (3.3%)" in out
    assert "positive" not in out
    assert "and 3 more" in out


def test_data_without_numbers_or_rare_classes_has_no_figures_of_them() -> None:
    dataset = made(kind=pd.Series(["a", "b"] * (ROWS // 2), dtype=object))
    y = np.arange(ROWS) % 2
    plain = Dataset("made", dataset.X[["kind"]], y, ("no", "yes"), fingerprint="")

    out = shown(plain)

    assert "overlap volume               -" in out
    assert "Rare classes" not in out
