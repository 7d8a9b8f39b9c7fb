"""Tables for a terminal."""

import io

import pytest
from rich.console import Console

from benchmark.analysis.compare import tidy
from benchmark.cli.tables import show_tables
from benchmark.journal.rows import Row
from benchmark.suite import Suite
from benchmark.types import Cell, Scores, Skip
from benchmark.use import DatasetUse, Use

SUITE = Suite(
    name="tables",
    datasets=(DatasetUse(use="a"), DatasetUse(use="b")),
    strategies=(Use(use="none"), Use(use="random_undersampling")),
    models=(Use(use="logistic_regression"),),
    metrics=("f2", "roc_auc", "recall"),
)


def row(dataset: str, strategy: str, fold: int, f2: float | None, positives: int = 50) -> Row:
    """A row with an F2 at both thresholds; failed if it has none."""
    cell = Cell(dataset, strategy, "logistic_regression", 0, fold)
    labels = {"f2": f2, "recall": 0.5}
    values = {"default": labels, "tuned": labels, "": {"roc_auc": 0.9}}
    confusion = dict.fromkeys(("default", "tuned"), ((9.0, 1.0), (1.0, 2.0)))
    scores = Scores(values, confusion=confusion, positives=positives) if f2 else Scores()
    return Row(cell, "ok" if f2 else "failed", scores, "key", "score", "now", seconds=3.0)


def shown(rows: list[Row], width: int, suite: Suite = SUITE, skips: tuple[Skip, ...] = ()) -> str:
    out = Console(file=io.StringIO(), width=width)
    show_tables(out, tidy(rows, skips), rows, suite)
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


ROWS = [
    *(row("a", "none", i, 0.25) for i in range(2)),
    *(row("a", "random_undersampling", i, 0.5 + i / 4) for i in range(2)),
    *(row("b", "none", i, 0.75) for i in range(2)),
    *(row("b", "random_undersampling", i, 0.5) for i in range(2)),
]


def test_a_dataset_of_many_classes_shows_and_ranks_the_only_decision_that_it_has() -> None:
    def many(strategy: str, f2: float) -> Row:
        values = {"default": {"f2": f2, "recall": 0.5}, "": {"roc_auc": 0.9}}
        cell = Cell("c", strategy, "logistic_regression", 0, 0)
        return Row(cell, "ok", Scores(values, positives=50), "key", "score", "now")

    text = shown([*ROWS, many("none", 0.25), many("random_undersampling", 0.5)], 200)

    stripped = [line.strip() for line in text[: text.index("Overall")].splitlines()]
    lines = [line for line in stripped[stripped.index("c") :] if not line.startswith("best of")]
    assert not any("tuned" in line for line in lines)
    assert [line.split()[0] for line in lines if "0." in line] == ["random_undersampling", "none"]
    assert [line.split()[-1] for line in lines if "0." in line] == ["1.0", "2.0"]
    assert "ranked by f2 at the tuned threshold" in text
    alone = shown([many("none", 0.25), many("random_undersampling", 0.5)], 200)
    assert "ranked by f2 at the default threshold" in alone


def test_a_wide_terminal_shows_deviations_gains_and_ranks() -> None:
    text = shown(ROWS, 200)

    best = next(line for line in text.splitlines() if line.startswith("random_undersampling"))
    assert best.split() == [
        "random_undersampling",
        "logistic_regression",
        "0.625",
        "±",
        "0.125",
        "0.625",
        "±",
        "0.125",
        "0.900",
        "±",
        "0.000",
        "0.500",
        "±",
        "0.000",
        "0.500",
        "±",
        "0.000",
        "+0.375",
        "+0.375",
        "3.0",
        "1.0",
        "≈",
    ]
    assert "Overall: means over 2 datasets ± deviation between them" in text


def test_overall_is_the_mean_over_datasets_with_the_deviation_between_them() -> None:
    overall = shown(ROWS, 200).partition("Overall")[2]

    line = next(line for line in overall.splitlines() if line.startswith("random_undersampling"))
    assert line.split()[2:5] == ["0.562", "±", "0.062"]
    assert line.split()[-4:] == ["+0.062", "+0.062", "3.0", "1.5"]


@pytest.mark.parametrize("width", [80, 110, 200])
def test_no_line_is_wider_than_the_terminal_and_no_name_is_cut(width: int) -> None:
    lines = shown(ROWS, width).splitlines()

    assert max(len(line.rstrip()) for line in lines) <= width
    assert any("random_undersampling" in line for line in lines)
    assert any("logistic_regression" in line for line in lines)


def test_few_positives_are_warned_of_with_the_pooled_value() -> None:
    rows = [row("a", "none", i, 0.25, positives=3) for i in range(2)]

    text = shown(rows, 200)

    assert "3 positives a test fold" in text
    assert "pooled" in text
    assert "0.667" in text  # F2 of tp 4, fp 2, fn 2 over both folds


def test_missing_folds_are_marked_and_failed_and_skipped_pairs_stay_visible() -> None:
    rows = [
        row("a", "none", 0, 0.25),
        row("a", "none", 1, None),
        row("a", "random_undersampling", 0, None),
    ]
    skips = (Skip("a", "class_weight", "k_nearest_neighbors", "no weights"),)

    text = shown(rows, 200, skips=skips)

    assert "0.250 ± 0.000*" in text
    assert "failed" in next(x for x in text.splitlines() if x.startswith("random_under"))
    assert "skipped" in next(x for x in text.splitlines() if x.startswith("class_weight"))


def test_cells_that_are_not_computed_are_counted() -> None:
    pending = Row(Cell("b", "none", "x", 0, 0), "pending", Scores(), "key", "", "")

    assert "1 of 9 cells are not computed yet" in shown([*ROWS, pending], 200)
    assert shown([pending], 200) == "Nothing has been computed yet.\n"


def test_a_single_pair_is_the_best_of_nothing() -> None:
    text = shown([row("a", "none", i, 0.25) for i in range(2)], 200)

    assert "the only pair with results: 0.250" in text
    assert "optimistic" not in text


def test_markup_in_names_is_shown_as_it_is() -> None:
    rows = [row("a[/b]", "[bold]s", i, 0.5) for i in range(2)]

    assert "a[/b]" in shown(rows, 200)
    assert "[bold]s" in shown(rows, 200)


def test_a_pair_that_lacks_folds_is_marked_in_the_overall_table_too() -> None:
    rows = [*ROWS[:-1], row("b", "random_undersampling", 1, None)]

    overall = shown(rows, 200).partition("Overall")[2]

    line = next(line for line in overall.splitlines() if line.startswith("random_undersampling"))
    assert line.count("*") == 5


def test_the_gain_is_over_whatever_name_doing_nothing_has() -> None:
    suite = SUITE.model_copy(update={"strategies": (Use(use="none", alias="base"),)})
    rows = [row("a", "base", 0, 0.25), row("a", "other", 0, 0.75)]

    text = shown(rows, 200, suite)

    assert "+0.500" in next(line for line in text.splitlines() if line.startswith("other"))
