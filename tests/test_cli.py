"""The command line as a user meets it."""

import csv
import io
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import jsonschema
import pytest

from benchmark.cli.app import COMMANDS, run_command_line

SUITE = """\
name: small
datasets:
  - {use: breast_cancer, thin: {positive: 0.1}, as: tumours}
  - {use: wine, positive: 2}
strategies: [none, class_weight, random_undersampling, balanced_random_forest]
models: [logistic_regression, k_nearest_neighbors]
metrics: [f2, roc_auc, recall, brier]
cv: {folds: 2}
tuning: {trials: 2, folds: 2}
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a suite and its results."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "suite.yaml").write_text(SUITE, encoding="utf-8")
    code = run_command_line(["run", str(folder / "suite.yaml"), "--results", str(folder / "out")])
    assert code == 0
    return folder


def call(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Run a command; return its exit code, its output and its errors."""
    code = run_command_line([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("arguments", [[], *([name] for name in COMMANDS)])
def test_help_is_complete_and_answers_within_half_a_second(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "benchmark", *arguments, "--help"]
    subprocess.run(command, capture_output=True, check=True)
    started = time.perf_counter()

    found = subprocess.run(command, capture_output=True, check=True, text=True)

    assert time.perf_counter() - started < 0.5
    assert "Usage: python -m benchmark" in found.stdout
    assert "--help" in found.stdout


def test_a_second_run_computes_nothing_and_shows_the_same_tables(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite, out = finished / "suite.yaml", finished / "out"

    code, again, notes = call(capsys, "run", suite, "--results", out)
    _, compared, _ = call(capsys, "compare", suite, "--results", out)

    assert code == 0
    assert "0 cells to compute" in notes
    assert "(0 cells computed now)" in again
    assert again.startswith(compared.rstrip()[:2000])
    assert "python -m benchmark ui" in again


def test_the_tables_say_what_was_skipped_and_warn_of_few_positives(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = call(capsys, "compare", finished / "suite.yaml", "--results", finished / "out")

    assert code == 0
    assert "skipped: class_weight + k_nearest_neighbors" in out
    assert "takes neither class weights nor row weights (2 datasets)" in out
    assert "Overall: means over 2 datasets" in out
    assert "gain" in out


def test_the_csv_is_tidy_and_complete(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("compare", finished / "suite.yaml", "--results", finished / "out")
    _, out, _ = call(capsys, *arguments, "--format", "csv")

    lines = list(csv.DictReader(io.StringIO(out)))

    assert list(lines[0]) == [
        "dataset",
        "strategy",
        "model",
        "threshold",
        "metric",
        "mean",
        "std",
        "n",
        "failed",
        "skipped",
    ]
    keys = [(x["dataset"], x["strategy"], x["model"], x["threshold"], x["metric"]) for x in lines]
    assert len(set(keys)) == len(keys)
    assert {x["threshold"] for x in lines if x["metric"] == "f2"} == {"default", "tuned"}
    assert {x["threshold"] for x in lines if x["metric"] == "roc_auc"} == {""}
    assert {x["skipped"] for x in lines if x["strategy"] == "none"} == {"0"}


def test_every_format_holds_the_same_numbers(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("compare", finished / "suite.yaml", "--results", finished / "out")
    _, as_json, _ = call(capsys, *arguments, "--format", "json")
    _, markdown, _ = call(capsys, *arguments, "--format", "markdown")
    _, latex, _ = call(capsys, *arguments, "--format", "latex")

    first = next(x for x in json.loads(as_json) if x["metric"] == "f2" and not x["skipped"])

    _, as_csv, _ = call(capsys, *arguments, "--format", "csv")
    assert repr(first["mean"]) in as_csv
    assert f"{first['mean']:.3f}" in markdown
    assert "| skipped |" in markdown
    assert f"{first['mean']:.3f}" in latex
    assert markdown.splitlines()[1].startswith("| --- |")
    assert "\\toprule" in latex
    assert "random\\_undersampling" in latex


def test_metric_and_threshold_narrow_the_table(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("compare", finished / "suite.yaml", "--results", finished / "out")
    narrow = ("--metric", "recall", "--threshold", "tuned", "--format", "csv")
    _, out, _ = call(capsys, *arguments, *narrow)

    lines = list(csv.DictReader(io.StringIO(out)))

    assert {(x["metric"], x["threshold"]) for x in lines} == {("recall", "tuned")}


def test_the_headline_of_a_narrowed_text_table_may_be_a_ranking_metric(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("compare", finished / "suite.yaml", "--results", finished / "out")
    code, out, _ = call(capsys, *arguments, "--metric", "roc_auc")

    assert code == 0
    assert "ranked by roc_auc (more is better)" in out


def test_the_best_pair_comes_with_its_tie_group_and_what_choosing_it_is_worth(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("compare", finished / "suite.yaml", "--results", finished / "out")
    _, text, _ = call(capsys, *arguments)
    _, latex, _ = call(capsys, *arguments, "--format", "latex")

    assert len(re.findall(r"best of \d+ pairs: \d\.\d{3}, which is optimistic; ", text)) == 2
    assert " ≈" in text
    assert sum(line.startswith("\\textbf{") for line in latex.splitlines()) == 2


@pytest.mark.parametrize("by", ["strategy", "model", "level", "imbalance"])
def test_strategies_are_compared_with_doing_nothing(
    by: str, finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("compare", finished / "suite.yaml", "--results", finished / "out", "--by", by)

    code, text, _ = call(capsys, *arguments)
    _, as_csv, _ = call(capsys, *arguments, "--format", "csv")
    _, as_json, _ = call(capsys, *arguments, "--format", "json")

    assert code == 0
    assert "Ranks and tests are on the gain in f2 over `none`" in text
    assert "Wilcoxon's test was not run" in text
    lines = list(csv.DictReader(io.StringIO(as_csv)))
    assert [float(line["rank"]) for line in lines] == [x["rank"] for x in json.loads(as_json)]
    assert {float(x["gain@tuned"]) for x in lines if x[UNIT[by]] == "none"} == {0.0}


UNIT = {"strategy": "strategy", "model": "strategy", "level": "level", "imbalance": "strategy"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--test", "nemenyi"),
            "--test nemenyi is not for --by dataset; there are: t-test, bootstrap",
        ),
        (
            ("--by", "level", "--metric", "f2", "--metric", "recall"),
            "--by level takes one --metric; there are 2",
        ),
        (
            ("--test", "bootstrap", "--metric", "f2"),
            "--test bootstrap is for the suite's first metric; drop --metric",
        ),
        (("--rope", "0"), "0.0 is not in the range x>0"),
        (
            ("--baseline", "nome"),
            "--baseline: unknown strategy of this suite 'nome'. Did you mean 'none'?",
        ),
        (("--by", "colour"), "'colour' is not one of 'dataset', 'strategy'"),
        (("--missing", "guess"), "'guess' is not one of 'drop', 'worst'"),
    ],
)
def test_a_comparison_that_cannot_be_is_told_in_one_line(
    arguments: tuple[str, ...],
    message: str,
    finished: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_of = ("compare", finished / "suite.yaml", "--results", finished / "out", *arguments)

    code, out, err = call(capsys, *call_of)

    assert code == 2
    assert message in err
    assert out == ""


def test_a_suite_that_was_edited_is_shown_as_it_was_run(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (finished / "suite.yaml").read_text(encoding="utf-8")
    edited = tmp_path / "suite.yaml"
    edited.write_text(text.replace("metrics: [f2", "metrics: [mcc, f2"), encoding="utf-8")
    _, before, _ = call(capsys, "compare", finished / "suite.yaml", "--results", finished / "out")

    code, out, err = call(capsys, "compare", edited, "--results", finished / "out")

    assert code == 0
    assert out == before
    assert "this is the suite as it was last run; since then changed: metrics" in err


def test_a_journal_that_holds_nothing_is_told(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out" / "small").mkdir(parents=True)
    (tmp_path / "out" / "small" / "journal.sqlite").touch()
    for command in ("compare", "report"):
        suite, out = finished / "suite.yaml", tmp_path / "out"

        code, _, err = call(capsys, command, suite, "--results", out)

        assert code == 2
        assert "no results at" in err


def test_a_corrected_metric_can_be_asked_for(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("compare", finished / "suite.yaml", "--results", finished / "out", "--metric")
    code, out, _ = call(capsys, *arguments, "brier_corrected")
    wrong, _, err = call(capsys, *arguments, "f2_corrected")

    assert code == 0
    assert "ranked by brier_corrected (less is better)" in out
    assert wrong == 2
    assert "unknown metric of this suite 'f2_corrected'" in err


def test_a_tracking_uri_that_is_none_is_refused_before_anything_runs(
    finished: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    where = ("--results", tmp_path / "new", "--tracking-uri", "http://[x")
    code, _, err = call(capsys, "run", finished / "suite.yaml", *where)

    assert code == 2
    assert err.startswith("error: tracking URI 'http://[x' is no URI: ")


def test_sync_sends_nothing_twice(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "sync", finished / "suite.yaml", "--results", finished / "out")

    assert code == 0
    assert out == "Nothing to send: MLflow has all there is.\n"


def test_sync_to_a_dead_server_is_one_line_and_exit_1(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--tracking-uri", "http://somebody:secret@127.0.0.1:9")
    arguments = ("sync", finished / "suite.yaml", "--results", finished / "out", *where)
    code, out, err = call(capsys, *arguments)

    assert code == 1
    assert err.startswith("error: MLflow at http://somebody:***@127.0.0.1:9: ")
    assert err.count("\n") == 1
    assert "secret" not in out + err


def test_plan_counts_and_runs_nothing(
    finished: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = call(capsys, "plan", finished / "suite.yaml", "--results", tmp_path / "new")
    _, done, _ = call(capsys, "plan", finished / "suite.yaml", "--results", finished / "out")

    assert code == 0
    assert "24 cells: 0 done, 24 to do." in out
    assert "24 cells: 24 done, 0 to do." in done
    assert "skipped: class_weight + k_nearest_neighbors" in out
    assert not (tmp_path / "new").exists()


def test_plan_names_the_rarest_of_many_classes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    suite = tmp_path / "many.yaml"
    suite.write_text("name: many\ndatasets: [wine]\nstrategies: [none]\nmodels: [ridge]\n"
                     "metrics: [macro_f2]\n")  # fmt: skip

    code, out, _ = call(capsys, "plan", suite, "--results", tmp_path / "new")

    assert code == 0
    assert "class_2 (of 3)" in out
    assert "48 (27.0%)" in out


def test_only_runs_a_part_and_shows_that_part(
    finished: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    only = ("--only", "dataset=wine", "--only", "strategy=none", "--only", "strategy=class_weight")
    arguments = ("run", finished / "suite.yaml", "--results", tmp_path / "part", *only)
    code, out, err = call(capsys, *arguments, "--workers", "1")

    assert code == 0
    assert "6 cells to compute with 1 worker" in err
    assert "random_undersampling" not in out
    assert "tumours" not in out


@pytest.mark.parametrize(
    ("only", "message"),
    [
        ("wine", "--only 'wine': write dataset=…, strategy=… or model=…"),
        ("dataset=win", "--only dataset=win: unknown dataset 'win'. Did you mean 'wine'?"),
        ("fold=1", "--only unknown kind 'fold'"),
    ],
)
def test_a_wrong_only_is_one_line(
    finished: Path, capsys: pytest.CaptureFixture[str], only: str, message: str
) -> None:
    arguments = ("run", finished / "suite.yaml", "--results", finished / "out", "--only", only)
    code, _, err = call(capsys, *arguments)

    assert code == 2
    assert err.startswith(f"error: {message}")


@pytest.mark.parametrize("kind", ["datasets", "strategies", "models", "metrics"])
def test_lists_are_for_people_and_for_programs(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, text, _ = call(capsys, "list", kind)
    _, as_json, _ = call(capsys, "list", kind, "--json")

    found = json.loads(as_json)

    assert len(found) >= 5
    assert all(entry["name"] in text for entry in found)
    assert all(entry["summary"] for entry in found)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("strategy", "smote"), ("k_neighbors", "1 to 10", "doi.org/10.1613/jair.953", "data")),
        (("strategy", "smote+class_weight"), ("smote.balance", "0 to 1")),
        (("model", "xgboost"), ("learning_rate", "0.01 to 0.5 (log)", "0.3")),
        (("metric", "mcc"), ("-1 to 1", "label")),
        (("dataset", "german_credit", "--card"), ("german_credit", "licence", "700")),
    ],
)
def test_show_says_everything_about_an_entry(
    arguments: tuple[str, ...], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, text, _ = call(capsys, "show", *arguments)
    _, as_json, _ = call(capsys, "show", *arguments, "--json")

    assert code == 0
    assert [word for word in words if word not in text] == []
    assert json.loads(as_json)[0]["name"] == arguments[1]


def test_a_set_of_the_mirror_is_listed_without_a_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "rare.parquet").touch()
    monkeypatch.setenv("BENCHMARK_DATA", str(tmp_path / "mirror"))

    _, listed, _ = call(capsys, "list", "datasets")
    _, shown, _ = call(capsys, "show", "dataset", "rare")

    assert "rare" in listed
    assert "Served by the offline mirror." in shown


def test_an_unknown_name_is_answered_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = call(capsys, "show", "strategy", "smot")

    assert code == 2
    assert err == "error: unknown strategy 'smot'. Did you mean 'smote'?\n"


def test_the_schema_is_a_schema(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "schema")

    assert code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(out))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "nowhere.yaml"), "error: suite 'nowhere.yaml' cannot be read"),
        (("compare", "suite.yaml"), "error: no results at"),
        (("run",), "Missing argument 'SUITE'"),
        (("rum",), "No such command 'rum'"),
        (("run", "suite.yaml", "--workers", "0"), "0 is not in the range"),
    ],
)
def test_a_wrong_command_is_told_and_exits_2(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("suite.yaml").write_text(SUITE, encoding="utf-8")

    code, _, err = call(capsys, *arguments)

    assert code == 2
    assert message in err
    assert "Traceback" not in err


def test_all_failures_are_shown_and_exit_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "failing_strategy.py").write_text(
        "from benchmark.catalogue.registry import strategy\n"
        "class Failing:\n"
        "    def __init__(self, *args): pass\n"
        "    def get_params(self, deep=True): return {}\n"
        "    def fit(self, X, y): raise ValueError('no luck today')\n"
        "@strategy('always_fails', level='algorithm')\n"
        "def always_fails(classifier, space, task):\n"
        "    '''Fail.'''\n"
        "    return Failing()\n",
        encoding="utf-8",
    )
    text = SUITE.replace("class_weight", "always_fails") + "plugins: [failing_strategy]\n"
    (tmp_path / "suite.yaml").write_text(text, encoding="utf-8")
    only = ("--only", "dataset=wine", "--only", "model=logistic_regression")

    code, out, _ = call(capsys, "run", tmp_path / "suite.yaml", *only)

    assert code == 1
    assert "2 cells are not ok:" in out
    assert "always_fails / logistic_regression: failed in 2 folds: " in out
    assert "no luck today" in out


def test_an_unexpected_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> dict[str, object]:
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr("benchmark.suite_file.schema", broken)

    code, _, err = call(capsys, "schema")

    assert code == 2
    assert err.startswith("error: unexpected ZeroDivisionError: surprise\n")


def test_an_unexpected_error_can_be_seen_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> dict[str, object]:
        raise ZeroDivisionError("surprise")

    monkeypatch.setattr("benchmark.suite_file.schema", broken)
    monkeypatch.setenv("BENCHMARK_TRACEBACK", "1")

    with pytest.raises(ZeroDivisionError):
        run_command_line(["schema"])


def test_an_interruption_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted() -> dict[str, object]:
        raise KeyboardInterrupt

    monkeypatch.setattr("benchmark.suite_file.schema", interrupted)

    code, _, err = call(capsys, "schema")

    assert code == 130
    assert "the same command goes on from here" in err
