"""Strategies against a baseline over datasets, and the best pair of each dataset."""

import io
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy import stats as scipy_stats

from benchmark.analysis.answers import Answer, Question, answers, levels_of
from benchmark.analysis.best import best_of, best_pairs
from benchmark.analysis.blocks import by_fold, cells
from benchmark.analysis.compare import as_csv, leaderboard, tidy
from benchmark.analysis.selection import Selected
from benchmark.analysis.stats import NotRun
from benchmark.analysis.twins import differences
from benchmark.cli.answer_tables import answers_as_text, show_answers
from benchmark.journal.rows import Row
from benchmark.suite import CrossValidation, Suite
from benchmark.types import Cell, Scores, Skip
from benchmark.use import DatasetUse, Use

FOLDS = 5
DATASETS = tuple(f"d{i}" for i in range(12))
STRATEGIES = ("none", "smote", "class_weight", "tomek_links")
MODELS = ("logistic_regression", "xgboost")
FACTS = {name: {"family": "", "classes": {"0": 95, "1": 5}} for name in DATASETS}
GAINS = {"none": 0.0, "smote": 0.06, "class_weight": 0.03, "tomek_links": -0.05}


def suite(**settings: Any) -> Suite:
    """Four strategies and two models on twelve datasets."""
    made = {
        "datasets": [DatasetUse(use=name) for name in DATASETS],
        "strategies": [Use(use=name) for name in STRATEGIES],
        "models": [Use(use=name) for name in MODELS],
        "metrics": ("f2", "brier"),
        "cv": CrossValidation(folds=FOLDS),
    }
    return Suite(name="asked", **{**made, **settings})


def measured(
    change: Callable[[Cell, dict[str, float]], Mapping[str, float] | None] | None = None,
    strategies: Sequence[str] = STRATEGIES,
) -> list[Row]:
    """Rows with seeded scores; `change` may alter a cell's values, or make it fail by None."""
    rng = np.random.default_rng(3)
    rows = []
    for dataset in DATASETS:
        level = rng.uniform(0.3, 0.8)
        for strategy in strategies:
            for model in MODELS:
                for fold in range(FOLDS):
                    f2 = level + GAINS.get(strategy, 0.0) + rng.normal(0, 0.02)
                    values: dict[str, float] = {
                        "default": f2 / 2, "tuned": f2, "inner": f2 + rng.normal(0, 0.02),
                        "brier": 0.1 - GAINS.get(strategy, 0.0), "brier_corrected": 0.05,
                        "seconds": 2.0 if strategy == "smote" else 1.0,
                    }  # fmt: skip
                    cell = Cell(dataset, strategy, model, 0, fold)
                    rows.append(_row(cell, change(cell, values) if change else values))
    return rows


def _row(cell: Cell, values: Mapping[str, float] | None) -> Row:
    if values is None:
        return Row(cell, "failed", Scores(), "key", "score", "now", error="it broke")
    scores = {
        "default": {"f2": values["default"]},
        "tuned": {"f2": values["tuned"]},
        "": {"brier": values["brier"], "brier_corrected": values["brier_corrected"]},
    }
    inner = {"default": values["inner"] / 2, "tuned": values["inner"]}
    found = Scores(scores, positives=50)
    return Row(cell, "ok", found, "key", "score", "now", values["seconds"], inner)


def asked(
    rows: Sequence[Row],
    by: Any = "strategy",
    facts: Mapping[str, Mapping[str, Any]] = FACTS,
    **settings: Any,
) -> list[Answer]:
    made = suite()
    question = Question(by=by, **{"baseline": "none", "seed": 0} | settings)
    found = differences(tidy(rows, ()), rows, made, question.baseline)
    return answers(found, facts, levels_of(made.strategies), question)


def one(rows: Sequence[Row], **settings: Any) -> Answer:
    (found,) = asked(rows, **settings)
    return found


def long(rows: Sequence[Row]) -> pd.DataFrame:
    """One line a cell, straight from the rows."""
    lines = [
        (*row.cell.pair, row.cell.fold, row.scores.values.get("tuned", {}).get("f2", np.nan),
         row.inner.get("tuned", np.nan))
        for row in rows
    ]  # fmt: skip
    columns = ["dataset", "strategy", "model", "fold", "f2", "inner"]
    return pd.DataFrame(lines, columns=columns)


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return measured()


@pytest.fixture(scope="module")
def gains(rows: list[Row]) -> pd.DataFrame:
    """Dataset by strategy: the mean gain in F2 over `none`, computed from the rows by pandas."""
    means = long(rows).groupby(["dataset", "model", "strategy"], sort=False)["f2"].mean()
    wide = means.unstack("strategy")
    return wide.sub(wide["none"], axis=0).groupby("dataset", sort=False).mean()


def test_ranks_are_the_mean_ranks_of_the_gains(rows: list[Row], gains: pd.DataFrame) -> None:
    expected = pd.Series(scipy_stats.rankdata(-gains.round(10), axis=1).mean(axis=0), gains.columns)

    found = one(rows).table["rank"]

    assert list(found.index) == ["smote", "class_weight", "none", "tomek_links"]
    pd.testing.assert_series_equal(found.sort_index(), expected.sort_index(), check_names=False)


def test_gains_are_medians_over_datasets_of_means_over_models(
    rows: list[Row], gains: pd.DataFrame
) -> None:
    table = one(rows).table

    pd.testing.assert_series_equal(
        table["gain@tuned"].sort_index(), gains.median().sort_index(), check_names=False
    )
    pd.testing.assert_series_equal(
        table["gain@default"].sort_index(), gains.median().sort_index() / 2, check_names=False
    )


def test_p_is_wilcoxons_with_the_correction_of_holm(rows: list[Row], gains: pd.DataFrame) -> None:
    others = ["smote", "class_weight", "tomek_links"]
    p = np.array([scipy_stats.wilcoxon(gains[name], method="exact").pvalue for name in others])
    order = np.argsort(p)
    adjusted = np.minimum(1, np.maximum.accumulate(p[order] * [3, 2, 1]))

    found = one(rows).table.loc[[others[i] for i in order], "p"]

    np.testing.assert_allclose(found, adjusted, rtol=1e-9)


def test_what_it_costs_is_the_change_of_raw_and_corrected_probabilities_and_the_time(
    rows: list[Row],
) -> None:
    table = one(rows).table

    assert table.loc["smote", "Δ brier"] == pytest.approx(-0.06)
    assert table.loc["tomek_links", "Δ brier"] == pytest.approx(0.05)
    assert table["Δ brier_corrected"].to_list() == pytest.approx([-0.05] * 4)
    assert table.loc["smote", "seconds"] == pytest.approx(2.0)
    assert table.loc["none", "seconds"] == pytest.approx(1.0)


def test_wins_and_losses_count_datasets_beyond_the_region_of_equivalence(
    rows: list[Row], gains: pd.DataFrame
) -> None:
    table = one(rows, rope=0.04).table

    assert table.loc["smote", "wins"] == (gains["smote"] > 0.04).sum()
    assert table.loc["smote", "ties"] == (gains["smote"].abs() <= 0.04).sum()
    assert table.loc["tomek_links", "losses"] == (gains["tomek_links"] < -0.04).sum()


def test_each_model_has_an_answer_of_its_own(rows: list[Row]) -> None:
    found = {answer.title: answer for answer in asked(rows, by="model")}

    assert list(found) == list(MODELS)
    values = long(rows).query("model == 'xgboost'")
    means = values.groupby(["dataset", "strategy"])["f2"].mean().unstack()
    expected = (means["smote"] - means["none"]).median()
    assert found["xgboost"].table.loc["smote", "gain@tuned"] == pytest.approx(expected)


def test_levels_are_means_of_their_strategies_and_the_baseline_stays_alone(
    rows: list[Row], gains: pd.DataFrame
) -> None:
    table = one(rows, by="level").table

    assert set(table.index) == {"none", "data level", "algorithm level"}
    expected = gains[["smote", "tomek_links"]].mean(axis=1).median()
    assert table.loc["data level", "gain@tuned"] == pytest.approx(expected)


def test_kinds_of_imbalance_divide_the_datasets(rows: list[Row]) -> None:
    ratios = {"d0": 5, "d1": 10, "d2": 29, "d3": 30, "d4": 99}
    sizes = {name: {"0": 10 * ratios.get(name, 100), "1": 10} for name in DATASETS}
    facts = {name: {"family": "", "classes": sizes[name]} for name in DATASETS}

    found = {answer.title: answer.notes[0] for answer in asked(rows, by="imbalance", facts=facts)}

    assert {title: note.split(",")[0] for title, note in found.items()} == {
        "below 10:1": "1 dataset in 1 family",
        "10:1 to 30:1": "2 datasets in 2 families",
        "30:1 to 100:1": "2 datasets in 2 families",
        "100:1 and more": "7 datasets in 7 families",
    }


def test_datasets_of_one_family_are_averaged_first(rows: list[Row], gains: pd.DataFrame) -> None:
    facts = {name: dict(FACTS[name]) for name in DATASETS}
    facts["d0"]["family"] = facts["d1"]["family"] = "twins"
    merged = pd.concat([gains.loc[["d0", "d1"]].mean().to_frame().T, gains.drop(["d0", "d1"])])

    answer = one(rows, facts=facts)

    assert answer.notes[0] == "12 datasets in 11 families, 2 models"
    assert answer.table.loc["smote", "gain@tuned"] == pytest.approx(merged["smote"].median())


def test_a_strategy_that_lacks_a_fold_counts_as_the_worst_there_or_is_left_out() -> None:
    broken = Cell("d4", "smote", "xgboost", 0, 2)
    rows = measured(lambda cell, values: None if cell == broken else values)

    worst, dropped = one(rows), one(rows, missing="drop")

    note = "counted as the worst where missing: smote (missing on 1 of 12 families)"
    assert any(note in line for line in worst.notes)
    assert worst.table.loc["smote", "rank"] > one(measured()).table.loc["smote", "rank"]
    assert "smote" not in dropped.table.index
    assert any("left out: smote (missing on 1 of 12 families)" in line for line in dropped.notes)


def test_a_strategy_that_fails_nearly_everywhere_loses_there_and_ties_nowhere() -> None:
    rows = measured(lambda c, v: None if c.strategy == "smote" and c.dataset != "d0" else v)

    counted, chances = one(rows).table, one(rows, test="bayesian").table

    assert counted.loc["smote", ["wins", "ties", "losses"]].tolist() == [1, 0, 11]
    assert chances.loc["smote", "worse"] > 0.95


@pytest.mark.parametrize("missing", ["worst", "drop"])
@pytest.mark.parametrize("test", ["wilcoxon", "nemenyi", "bayesian"])
def test_a_dataset_where_the_baseline_lacks_a_fold_is_left_out(missing: str, test: str) -> None:
    broken = Cell("d4", "none", "xgboost", 0, 2)
    rows = measured(lambda cell, values: None if cell == broken else values)

    answer = one(rows, missing=missing, test=test)

    assert "left out, because `none` lacks scores there: d4" in answer.notes
    without = [row for row in measured() if row.cell.dataset != "d4"]
    expected = one(without, missing=missing, test=test).table
    pd.testing.assert_frame_equal(answer.table[expected.columns], expected)


def test_a_test_says_better_by_the_gains_and_not_by_the_ranks() -> None:
    names = ["none", "T", *(f"o{k}" for k in range(12))]
    lines = []
    for number in range(12):
        low = number >= 10
        for place, name in enumerate(names):
            gain = 0.0 if name == "none" else -1e-5 * place if low else 0.5 + 0.01 * place
            gain = gain if name != "T" else -0.001 * (number - 9) if low else 0.1 + 0.01 * number
            lines.append((f"d{number}", name, "m", gain, 0.5 + gain, 1.0))
    columns = ["dataset", "strategy", "model", "gain", "score", "seconds"]

    (answer,) = answers(
        pd.DataFrame(lines, columns=columns), FACTS, {}, Question("strategy", "none", 0)
    )

    assert answer.table.loc["T", "rank"] > answer.table.loc["none", "rank"]
    assert answer.table.loc["T", "p"] < 0.05
    assert answer.notes[1] == "13 of 13 are significantly better than `none`, 0 worse"


def test_cliffs_delta_is_that_of_the_scores(rows: list[Row]) -> None:
    means = long(rows).groupby(["dataset", "strategy"], sort=False)["f2"].mean().unstack()
    pairs = np.sign(means["smote"].to_numpy()[:, None] - means["none"].to_numpy())

    assert one(rows).table.loc["smote", "cliffs_delta"] == pytest.approx(pairs.mean())


def test_a_metric_without_a_threshold_has_its_gain_too(rows: list[Row]) -> None:
    made = suite(metrics=("brier",))
    found = differences(tidy(rows, ()), rows, made, "none")

    (answer,) = answers(found, FACTS, {}, Question("strategy", "none", 0))

    assert answer.table.loc["smote", "gain"] == pytest.approx(0.06)
    assert "gain" in answers_as_text([answer], Question("strategy", "none", 0), "markdown")


def test_a_strategy_of_the_name_of_a_level_stays_itself(rows: list[Row]) -> None:
    levels = {"smote": "data", "tomek_links": "data", "class_weight": "algorithm"}
    found = differences(tidy(rows, ()), rows, suite(), "none")
    found["strategy"] = found["strategy"].replace("none", "data level")

    (answer,) = answers(found, FACTS, levels, Question("level", "data level", 0))

    assert set(answer.table.index) == {"data level", "data level (strategies)", "algorithm level"}
    assert answer.table.loc["data level", "gain@tuned"] == 0


def test_a_fold_that_no_pair_has_a_value_on_is_no_gap() -> None:
    def without(cell: Cell, values: dict[str, float]) -> dict[str, float]:
        return values | {"tuned": np.nan, "default": np.nan} if cell.fold == 1 else values

    assert not any("missing" in note for note in one(measured(without)).notes)


def test_a_pair_that_cannot_be_is_no_gap(rows: list[Row]) -> None:
    possible = [row for row in rows if row.cell.pair[1:] != ("smote", "xgboost")]
    skips = [Skip(name, "smote", "xgboost", "it has no weights") for name in DATASETS]
    found = differences(tidy(possible, skips), possible, suite(), "none")

    (answer,) = answers(found, FACTS, {}, Question("strategy", "none", 0))

    assert not any("missing" in note for note in answer.notes)
    assert answer.table.loc["smote", "wins"] > 8


def test_strategies_with_their_own_model_have_no_twin(rows: list[Row]) -> None:
    own = [
        _row(Cell(name, "forest", "own", 0, fold), {
            "default": 0.9, "tuned": 0.9, "inner": 0.9, "brier": 0.1, "brier_corrected": 0.1,
            "seconds": 1.0})
        for name in DATASETS
        for fold in range(FOLDS)
    ]  # fmt: skip

    found = differences(tidy([*rows, *own], ()), [*rows, *own], suite(), "none")

    assert set(found["strategy"]) == set(STRATEGIES)


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("wilcoxon", "significantly better than `none`"),
        ("bayesian", "better than `none` with a probability above 0.95"),
    ],
)
def test_how_many_are_better_and_worse_is_said_first(rows: list[Row], test: str, said: str) -> None:
    answer = one(rows, test=test)

    assert answer.notes[1] == f"2 of 3 are {said}, 1 worse"


def test_too_few_datasets_are_told_and_not_tested(rows: list[Row]) -> None:
    few = [row for row in rows if row.cell.dataset in DATASETS[:3]]

    answer = one(few)

    assert answer.table["p"].isna().all()
    assert answer.tied == ()
    told = [note for note in answer.notes if note.startswith("Wilcoxon's test was not run")]
    assert len(told) == 1
    assert "3 comparisons on 3 families of datasets" in told[0]


def test_nemenyi_and_the_bayesian_test_can_be_asked_for(
    rows: list[Row], gains: pd.DataFrame
) -> None:
    scikit_posthocs = pytest.importorskip("scikit_posthocs")
    expected = scikit_posthocs.posthoc_nemenyi_friedman(-gains.to_numpy())

    nemenyi, bayesian = one(rows, test="nemenyi"), one(rows, test="bayesian").table

    column = list(gains.columns).index("none")
    for number, name in enumerate(["smote", "class_weight", "tomek_links"]):
        at = list(gains.columns).index(name)
        found = nemenyi.table.loc[name, "p"]
        assert found == pytest.approx(expected.iloc[at, column], abs=1e-6), number
    assert any(note.startswith("critical difference") for note in nemenyi.notes)
    chances = bayesian.loc["smote", ["worse", "equivalent", "better"]]
    assert chances.sum() == pytest.approx(1)
    assert chances["better"] > 0.95


def test_the_baseline_may_be_another_strategy(rows: list[Row], gains: pd.DataFrame) -> None:
    table = one(rows, baseline="smote").table

    expected = (gains["none"] - gains["smote"]).median()
    assert table.loc["none", "gain@tuned"] == pytest.approx(expected)


def test_the_best_pair_is_shown_with_what_choosing_it_is_worth(rows: list[Row]) -> None:
    values = long(rows).query("dataset == 'd0'")
    outer = values.pivot(index="fold", columns=["strategy", "model"], values="f2")
    inner = values.pivot(index="fold", columns=["strategy", "model"], values="inner")
    chosen = [outer.loc[fold, inner.loc[fold].idxmax()] for fold in outer.index]

    part = cells(rows, suite())
    best = best_of("d0", part[part["dataset"] == "d0"], suite(), "worst")

    assert best is not None
    assert (best.strategy, best.model) == outer.mean().idxmax()
    assert best.score == pytest.approx(outer.mean().max())
    assert isinstance(best.corrected, Selected)
    assert best.corrected.mean == pytest.approx(np.mean(chosen))
    assert best.pairs == 8
    assert isinstance(best.ties, tuple)
    assert best.ties[0] == (best.strategy, best.model)


def test_the_best_of_a_loss_is_the_least_and_keeps_its_sign(rows: list[Row]) -> None:
    made = suite(metrics=("brier",))
    part = cells(rows, made)

    best = best_of("d0", part[part["dataset"] == "d0"], made, "worst")

    assert best is not None
    assert best.strategy == "smote"
    assert best.score == pytest.approx(0.04)


def test_a_pair_without_the_threshold_of_the_others_is_not_the_best_by_its_default_score(
    rows: list[Row],
) -> None:
    mine = [
        Row(Cell("d0", "ours", "external", 0, fold), "ok",
            Scores({"default": {"f2": 0.99}}, positives=50), "key", "score", "now")
        for fold in range(FOLDS)
    ]  # fmt: skip
    part = cells([*rows, *mine], suite())

    best = best_of("d0", part[part["dataset"] == "d0"], suite(), "worst")

    assert best is not None
    assert best.strategy != "ours"
    assert best.pairs == 8


def test_a_pair_that_lacks_folds_is_not_the_best_and_ranks_last() -> None:
    def partly(cell: Cell, values: dict[str, float]) -> dict[str, float] | None:
        lucky = cell.strategy == "smote" and cell.dataset == "d0"
        return values if not lucky else None if cell.fold else values | {"tuned": 1.0}

    rows = measured(partly)
    part = cells(rows, suite())
    board = leaderboard(tidy(rows, ()), ["f2"], ["default", "tuned"], rows)

    best = best_of("d0", part[part["dataset"] == "d0"], suite(), "worst")

    assert best is not None
    assert best.strategy != "smote"
    there = board[board["dataset"] == "d0"]
    assert there["strategy"].tolist()[-2:] == ["smote", "smote"]
    assert there["rank"].tolist() == [1, 2, 3, 4, 5, 6, 7.5, 7.5]
    assert there["gain@tuned"].isna().tolist() == [False] * 6 + [True] * 2


def test_inner_scores_of_another_metric_choose_nothing(rows: list[Row]) -> None:
    found = best_pairs(rows, suite(metrics=("brier",)), chosen_by="f2")["d0"]

    assert str(found.corrected).endswith("was not run: the inner folds were scored by f2")


def test_a_suite_without_a_search_has_no_inner_scores_to_choose_by(rows: list[Row]) -> None:
    made = suite(tuning=None)
    part = cells(rows, made)

    best = best_of("d0", part[part["dataset"] == "d0"], made, "worst")

    assert best is not None
    assert isinstance(best.corrected, NotRun)
    assert "nothing was tuned" in str(best.corrected)


def test_folds_that_follow_time_have_no_test_of_ties(rows: list[Row]) -> None:
    made = suite(datasets=[DatasetUse(use=name, time="day") for name in DATASETS])
    part = cells(rows, made)

    best = best_of("d0", part[part["dataset"] == "d0"], made, "worst")

    assert best is not None
    assert isinstance(best.ties, NotRun)
    assert "follow time" in str(best.ties)


def test_folds_and_pairs_are_laid_out_as_pandas_pivots_them(rows: list[Row]) -> None:
    part = cells(rows, suite()).query("dataset == 'd1'").sample(frac=0.8, random_state=0)

    (found,) = by_fold(part, "value")

    pivoted = part.pivot(index=["repeat", "fold"], columns=["strategy", "model"], values="value")
    for pair in found.columns:
        expected = pivoted[pair].reindex(pd.MultiIndex.from_tuples(found.index))
        np.testing.assert_array_equal(found[pair], expected)


def test_a_terminal_shows_marks_counts_and_notes(rows: list[Row]) -> None:
    out = Console(file=io.StringIO(), width=140)
    question = Question("strategy", "none", 0)

    show_answers(out, [one(rows)], suite(), question, ["forest"])

    assert isinstance(out.file, io.StringIO)
    text = out.file.getvalue()
    line = next(line for line in text.splitlines() if line.startswith("smote"))
    assert "≈" in line
    assert line.rstrip().endswith("x2.0")
    assert "12 datasets in 12 families, 2 models" in text
    assert "for want of a twin with the same model: forest" in text


def test_a_narrow_terminal_shows_names_whole_and_leaves_out_what_it_costs(rows: list[Row]) -> None:
    out = Console(file=io.StringIO(), width=80)

    show_answers(out, [one(rows)], suite(), Question("strategy", "none", 0), [])

    assert isinstance(out.file, io.StringIO)
    lines = out.file.getvalue().splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 80
    assert any(line.startswith("class_weight ") for line in lines)
    assert not any("brier" in line for line in lines)


def test_nothing_to_compare_is_said_in_a_line() -> None:
    out = Console(file=io.StringIO(), width=140)

    show_answers(out, [], suite(), Question("strategy", "none", 0), [])

    assert isinstance(out.file, io.StringIO)
    assert out.file.getvalue().startswith("Nothing to compare: no strategy has scores where")


HOSTILE = "=cmd()|<script>alert(1)</script>\"'&_%é\u202e\n"


def hostile(rows: Sequence[Row]) -> list[Row]:
    return [
        Row(Cell(c.dataset, HOSTILE, c.model, c.repeat, c.fold), *list(vars(row).values())[1:])
        if (c := row.cell).strategy == "smote"
        else row
        for row in rows
    ]


def test_a_hostile_name_stays_a_name_in_every_format(rows: list[Row]) -> None:
    question = Question("strategy", "none", 0)
    answer = one(hostile(rows))
    assert answer.table.index[0] == HOSTILE

    found = {form: answers_as_text([answer], question, form) for form in
             ("csv", "json", "markdown", "latex")}  # fmt: skip

    table = pd.read_csv(io.StringIO(found["csv"]))
    assert table["strategy"][0] == "'" + HOSTILE
    assert len(table) == 4
    assert json.loads(found["json"])[0]["strategy"] == HOSTILE
    lines = [line for line in found["markdown"].splitlines() if line.startswith("|")]
    bars = [line.replace("\\|", "").count("|") for line in lines]
    assert bars == [bars[0]] * 6
    assert "&lt;script&gt;" in found["markdown"]
    assert "<script>" not in found["markdown"]
    assert r"\&\_\%" in found["latex"]


def test_csv_changes_no_other_name_and_no_number() -> None:
    table = pd.DataFrame({"strategy": ["a-b", "@x", "-y", "+z"], "gain": [-0.5, 1.0, 2.0, 3.0]})

    found = pd.read_csv(io.StringIO(as_csv(table)))

    assert found["strategy"].to_list() == ["a-b", "'@x", "'-y", "'+z"]
    assert found["gain"].to_list() == [-0.5, 1.0, 2.0, 3.0]


def test_latex_has_the_best_in_bold_and_marks_the_tie_group(rows: list[Row]) -> None:
    text = answers_as_text([one(rows)], Question("strategy", "none", 0), "latex")

    best = next(line for line in text.splitlines() if "smote" in line)
    assert best.startswith("\\textbf{smote} & \\textbf{1.")
    assert r"$\approx$" in best
    assert text.count("\\textbf{smote}") == 1
    assert text.startswith("\\begin{tabular}{l")
