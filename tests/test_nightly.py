"""A night from the baseline to the exit code, on real data and with real faults."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml
from plugins_for_tests.suites import copy_plugin, unloaded_afterwards
from sklearn.datasets import load_iris

from benchmark.analysis.gate.baseline import Of, read
from benchmark.cli.app import run_command_line
from benchmark.flow import load_suite, plan

ROOT = Path(__file__).parents[1]

SUITE: dict[str, Any] = {
    "name": "nightly",
    "datasets": [{"use": "digits", "positive": 8, "as": "digits_8"}, "iris.csv"],
    "strategies": ["none", "smote", "flipping"],
    "models": [
        {"use": "k_nearest_neighbors", "params": {"n_neighbors": 1}},
        {"use": "decision_tree", "as": "tree"},
    ],
    "metrics": ["f2", "brier"],
    "thresholds": ["default"],
    "cv": {"folds": 5, "repeats": 2},
    "tuning": "off",
    "tracking": "off",
    "plugins": ["flipping"],
}


def call(folder: Path, *arguments: str) -> int:
    """Run a command on a folder's suite as a fresh process would."""
    with unloaded_afterwards(folder):
        name, *rest = arguments
        return run_command_line([name, str(folder / "suite.yaml"), *rest, "--results", str(folder)])


def gate(folder: Path, *arguments: str) -> int:
    return call(folder, "gate", "--baseline", str(folder / "base.json"), *arguments)


def edited(folder: Path, **settings: Any) -> None:
    """Write the suite with other settings."""
    text = json.dumps(SUITE | settings)
    (folder / "suite.yaml").write_text(text, encoding="utf-8")


def made(folder: Path, **settings: Any) -> Path:
    """A folder with a suite, its plugin, and its baseline."""
    copy_plugin("flipping", folder)
    iris = load_iris(as_frame=True).frame
    iris.assign(target=iris["target"].eq(2).astype(int)).to_csv(folder / "iris.csv", index=False)
    edited(folder, **settings)
    assert call(folder, "baseline", "-o", str(folder / "base.json")) == 0
    return folder


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("first"))


@pytest.fixture
def folder(first: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy that a test may change."""
    copied = tmp_path / "night"
    shutil.copytree(first, copied, ignore=shutil.ignore_patterns("__pycache__"))
    yield copied


def break_sampler(folder: Path, old: str = "SHARE = 0.0", new: str = "SHARE = 0.05") -> None:
    path = folder / "flipping.py"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_an_unchanged_run_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(folder, "run", "--fresh") == 0
    capsys.readouterr()
    assert gate(folder) == 0

    out = capsys.readouterr().out
    assert out.count(" same\n") == 12
    assert out.splitlines()[-1] == "PASSED: nothing is worse (exit code 0)"


def test_a_broken_sampler_fails_until_it_is_accepted_and_again_when_that_expires(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    break_sampler(folder)
    assert call(folder, "run", "--fresh") == 0
    capsys.readouterr()
    assert gate(folder, "--junit", str(folder / "gate.xml")) == 3

    out = capsys.readouterr().out
    worse = [line for line in out.splitlines() if line.startswith("worse: ")]
    assert {line.split(": ")[1] for line in worse} >= {
        "digits_8 / flipping / k_nearest_neighbors",
        "digits_8 / flipping / tree",
    }
    assert all("flipping" in line or "all pairs" in line or "model" in line for line in worse)
    assert out.count(" same\n") == 8  # `none` and `smote` have not changed
    cases = {case.name: case for case in next(iter(JUnitXml.fromfile(str(folder / "gate.xml"))))
             if case.classname == "nightly.flipping"}  # fmt: skip
    assert cases["digits_8 / tree"].result[0].type == "drop"

    entry = {"strategy": "flipping", "reason": "it is known", "expires": "2199-01-01"}
    known = folder / "base.accepted.yaml"
    known.write_text(json.dumps([entry]), encoding="utf-8")
    assert gate(folder) == 0
    assert "accepted until 2199-01-01: it is known" in capsys.readouterr().out
    known.write_text(json.dumps([entry | {"expires": "2020-01-01"}]), encoding="utf-8")
    assert gate(folder) == 3
    assert "no longer accepted: worse: digits_8" in capsys.readouterr().out


def test_a_dataset_that_is_no_longer_in_the_suite_cannot_be_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited(folder, datasets=["iris.csv"])
    assert call(folder, "run", "--fresh") == 0
    capsys.readouterr()

    assert gate(folder) == 4
    assert "not measured: dataset digits_8: is not in the suite" in capsys.readouterr().out


def test_a_dataset_whose_file_is_gone_cannot_be_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "iris.csv").unlink()
    assert call(folder, "run", "--fresh") == 2
    capsys.readouterr()

    assert gate(folder) == 4
    assert "error: cannot judge: suite.yaml:1: datasets[1]" in capsys.readouterr().err


def test_a_run_that_failed_before_it_began_does_not_leave_the_last_one_to_pass(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "iris.csv").write_text("target\n", encoding="utf-8")
    assert call(folder, "run", "--fresh") == 2
    capsys.readouterr()

    assert gate(folder) == 4
    assert "the run measured nothing" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--alpha", "--min-effect"])
def test_an_option_that_would_pass_everything_is_refused(folder: Path, option: str) -> None:
    assert gate(folder, option, "nan") == 2


def test_no_output_is_written_over_an_input(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "base.json").read_bytes()

    assert gate(folder, "--json", str(folder / "base.json")) == 2
    assert gate(folder, "--json", str(folder / "a"), "--junit", str(folder / "a")) == 2
    assert call(folder, "baseline", "-o", str(folder / "suite.yaml")) == 2
    assert capsys.readouterr().err.count("would be overwritten; name another file") == 3
    assert (folder / "base.json").read_bytes() == before


def test_a_baseline_that_cannot_be_written_costs_no_run(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(folder, "baseline", "--fresh", "-o", str(folder / "suite.yaml" / "b.json")) == 2
    assert "cells to compute" not in capsys.readouterr().out


def test_refused_plugins_are_a_wrong_option(folder: Path) -> None:
    assert gate(folder, "--no-plugins") == 2


def test_preprocessing_that_was_edited_after_the_run_cannot_be_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited(folder, preprocess={"scale": "none"})

    assert gate(folder, "--earlier") == 4
    assert "changed after its last run: preprocess" in capsys.readouterr().out


def test_a_dataset_whose_content_changed_cannot_be_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "iris.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("5.1", "5.2", 1), encoding="utf-8")
    assert call(folder, "run", "--fresh") == 0
    capsys.readouterr()

    assert gate(folder) == 4
    assert "dataset iris: holds other data: fingerprint" in capsys.readouterr().out


@pytest.mark.parametrize("part", ["datasets", "strategies", "models"])
def test_an_empty_suite_cannot_be_judged(
    folder: Path, capsys: pytest.CaptureFixture[str], part: str
) -> None:
    edited(folder, **{part: []})
    assert call(folder, "run", "--fresh") == 2

    assert gate(folder) == 4
    assert f"cannot judge: suite.yaml:1: {part}" in capsys.readouterr().err


def test_a_failed_cell_cannot_be_judged(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    break_sampler(folder, "FAILS = False", "FAILS = True")
    assert call(folder, "run", "--fresh") == 1
    capsys.readouterr()

    assert gate(folder) == 4
    out = capsys.readouterr().out
    assert "not measured: digits_8 / flipping / tree: failed: " in out
    assert "it is broken" in out
    assert "(in 10 of 10 folds)" in out


def test_what_an_earlier_invocation_computed_counts_only_when_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(folder, "run", "--fresh", "--only", "strategy=none") == 0
    capsys.readouterr()

    assert gate(folder) == 4
    assert "was computed by an earlier invocation (in 10 of 10 folds)" in capsys.readouterr().out
    assert gate(folder, "--earlier") == 0


def test_a_run_that_computed_nothing_cannot_be_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(folder, "run") == 0
    capsys.readouterr()

    assert gate(folder) == 4
    assert "the run measured nothing" in capsys.readouterr().out


def test_an_edited_suite_that_was_not_run_cannot_be_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited(folder, strategies=["none"])

    assert gate(folder) == 4
    assert "the suite was changed after its last run: strategies" in capsys.readouterr().out


def test_a_suite_without_results_cannot_be_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(folder / "nightly")

    assert gate(folder) == 4
    assert "cannot judge: no results at" in capsys.readouterr().err


def test_a_rise_of_brier_fails_and_a_fall_passes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digits = SUITE["datasets"][:1]
    folder = made(
        tmp_path, metrics=["brier"], datasets=digits, strategies=["flipping"], name="brier"
    )
    break_sampler(folder)
    assert call(folder, "run", "--fresh") == 0
    capsys.readouterr()
    assert gate(folder, "--min-effect", "0.002") == 3
    assert "worse: digits_8 / flipping / k_nearest_neighbors: brier 0.0" in capsys.readouterr().out
    assert gate(folder, "--min-effect", "0.1") == 0
    assert "small: a sure change, too small to matter" in capsys.readouterr().out

    assert call(folder, "baseline", "-o", str(folder / "base.json")) == 0
    break_sampler(folder, "SHARE = 0.05", "SHARE = 0.0")
    assert call(folder, "run", "--fresh") == 0
    capsys.readouterr()
    assert gate(folder, "--min-effect", "0.002") == 0
    assert "better: digits_8 / flipping / k_nearest_neighbors: brier 0.0" in capsys.readouterr().out


def test_the_same_suite_has_the_same_baseline_but_for_its_costs(folder: Path) -> None:
    before = json.loads((folder / "base.json").read_text(encoding="utf-8"))
    assert call(folder, "baseline", "--fresh", "-o", str(folder / "again.json")) == 0
    after = json.loads((folder / "again.json").read_text(encoding="utf-8"))

    costs = ("seconds", "memory_bytes")
    first, second = (
        [{k: v for k, v in pair.items() if k not in costs} for pair in found["pairs"]]
        for found in (before, after)
    )
    assert first == second
    assert any(pair["scores"] != pair["again"] for pair in first)
    assert before["datasets"] == after["datasets"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": 1, "pairs": [', "is not whole JSON"),
        ('{"format": 99}', "has format 99; this version reads up to 1"),
        ("", "is not whole JSON"),
    ],
)
def test_a_bad_baseline_is_one_line_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str, message: str
) -> None:
    (folder / "base.json").write_text(text, encoding="utf-8")

    assert gate(folder) == 2
    err = capsys.readouterr().err
    assert message in err
    assert len(err.splitlines()) == 1


def test_the_baseline_of_another_suite_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited(folder, name="other")

    assert gate(folder) == 2
    assert "is of suite 'nightly', and this is 'other'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "bound", ["time", "time=", "time=x", "time=-1", "speed=2", "time=inf", "time=nan"]
)
def test_a_bound_that_is_none_is_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], bound: str
) -> None:
    assert gate(folder, "--fail-on", bound) == 2
    assert f"--fail-on '{bound}'" in capsys.readouterr().err


def test_time_fails_when_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(folder, "--earlier", "--fail-on", "memory=0.01") == 3
    assert "memory: all pairs: memory x" in capsys.readouterr().out
    assert gate(folder, "--earlier", "--fail-on", "memory=100", "--fail-on", "time=100") == 0


def test_a_missing_suite_is_a_wrong_command(tmp_path: Path) -> None:
    assert run_command_line(["gate", "nothing.yaml", "--baseline", "nothing.json"]) == 2


def test_the_script_runs_gates_and_leaves_the_pages(folder: Path) -> None:
    with_script = {"PYTHON": sys.executable, "PATH": os.environ["PATH"]}
    script = [str(ROOT / "experiments" / "nightly.sh"), "suite.yaml", "base.json", "."]

    passed = subprocess.run(script, cwd=folder, env=with_script, check=False, capture_output=True)
    assert passed.returncode == 0, passed.stderr.decode()
    pages = folder / "nightly-pages"
    assert {path.name for path in pages.iterdir()} == {
        "tables.txt", "report.html", "summary.md", "gate.xml", "gate.json"
    }  # fmt: skip
    assert "PASSED" in (pages / "summary.md").read_text(encoding="utf-8")

    break_sampler(folder, "FAILS = False", "FAILS = True")
    failed = subprocess.run(script, cwd=folder, env=with_script, check=False, capture_output=True)
    assert failed.returncode == 4
    assert "CANNOT JUDGE" in (pages / "summary.md").read_text(encoding="utf-8")

    (folder / "suite.yaml").write_text("name: [", encoding="utf-8")
    wrong = subprocess.run(script, cwd=folder, env=with_script, check=False, capture_output=True)
    assert wrong.returncode == 2
    assert not (pages / "summary.md").exists()


def test_the_committed_baseline_is_of_the_committed_suite() -> None:
    made = read(ROOT / "results" / "baselines" / "nightly.json", "nightly")
    suite = load_suite(ROOT / "experiments" / "nightly.yaml")
    planned = plan(suite).plan

    assert made.of.differences(Of.suite_as_run(suite)) == []
    assert {pair.names for pair in made.pairs} == {pair.name for pair in planned.pairs}
    assert dict(made.datasets) == {n: d.fingerprint for n, d in planned.datasets.items()}
    assert all(len(pair.folds) == 10 for pair in made.pairs)
