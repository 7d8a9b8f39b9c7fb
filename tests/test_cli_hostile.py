"""Whatever a command is given, it ends with an exit code and lines that a person can act on."""

import os
from pathlib import Path

import pandas as pd
import pytest
from plugins_for_tests.suites import computed_here, write_suite

from benchmark.cli.app import COMMANDS, run_command_line

NINES = "9" * 400
JUNK = ("", "-1", "0", "nan", "inf", "1e999", NINES, "a=b", "=", "1/0", "1/2/3", "é", "[", "x y")
HEAD = "dataset,repeat,fold,row,score\n"
PREDICTIONS = {
    "empty.csv": "",
    "head.csv": HEAD,
    "twice.csv": "dataset,dataset\n1,2\n",
    "zeros.csv": "\0\0",
    "negative.csv": f"{HEAD}clusters,-1,0,1,0.5\n",
    "infinite.csv": f"{HEAD}clusters,0,0,1e400,0.5\n",
    "large.csv": f"{HEAD}clusters,0,0,{NINES},0.5\n",
    "wide.csv": ",".join(f"c{number}" for number in range(5_000)) + "\n",
    "words.csv": f"{HEAD}clusters,a,b,c,d\n",
    "quotes.csv": '"' * 1001,
    "long.csv": f"{HEAD}{'x' * 200_000},0,0,1,1\n",
    "ragged.csv": f"{HEAD}clusters,0,0,1,0.5,7,8,9\n",
    "complex.csv": f"{HEAD}clusters,0,0,0,1+2j\n",
    "damaged.parquet": "PAR1",
    "objects.parquet": "",
}
BASELINES = {
    "empty.json": "",
    "list.json": "[1]",
    "nan.json": '{"format": NaN}',
    "truth.json": '{"format": true}',
    "other.json": '{"format": 2}',
    "large.json": f'{{"format": {NINES}}}',
    "deep.json": "[" * 100_000,
    "half.json": '{"format": 1, "of": "\\ud800"}',
    "keys.json": '{"format": 1, "\\u001b[2J": 3}',
}
ACCEPTED = {
    "empty.yaml": "x",
    "twice.yaml": "- {strategy: a, strategy: b, reason: c, expires: 2027-01-01}",
    "tag.yaml": "- !!python/object:os.system {}",
    "deep.yaml": "[" * 100_000,
    "date.yaml": "- {strategy: a, reason: c, expires: 2027-99-99}",
    "key.yaml": '- {"\\e[2J": a}',
    "large.yaml": "#" * 200_000,
    "long.yaml": f"- {{strategy: a, reason: c, expires: 2027-01-01, drop: {'x' * 9_000}}}",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A suite with a journal, and files that are not what they should be."""
    folder = tmp_path_factory.mktemp("cli")
    computed_here(write_suite(folder)).close()
    for name, text in (PREDICTIONS | BASELINES | ACCEPTED).items():
        (folder / name).write_text(text, encoding="utf-8")
    odd = {
        "dataset": [["a"]],
        "repeat": [{"a": 1}],
        "fold": [None],
        "row": [b"x"],
        "score": [[1.0]],
    }
    pd.DataFrame(odd).to_parquet(folder / "objects.parquet")
    for name in ("pipe.csv", "pipe.json", "pipe.yaml"):
        os.mkfifo(folder / name)
    return folder


@pytest.fixture(autouse=True)
def inside(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)


def assert_told(capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
    """It is refused in lines, none of which says that the program is wrong."""
    code = run_command_line(arguments)
    said = capsys.readouterr().err

    assert code == 2
    assert "This is a defect" not in said
    assert "rror: " in said
    assert max(map(len, said.splitlines())) < 1_000
    assert said.replace("\n", "").replace("\t", "").isprintable()


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize(
    "command",
    [
        "run suite.yaml --workers", "run suite.yaml --only", "run suite.yaml --shard",
        "plan suite.yaml --shard", "plan suite.yaml", "compare suite.yaml --by",
        "compare suite.yaml --baseline", "compare suite.yaml --test",
        "compare suite.yaml --missing", "compare suite.yaml --metric",
        "compare suite.yaml --threshold", "compare suite.yaml --format",
        "gate suite.yaml --baseline", "gate suite.yaml --baseline nan.json --alpha",
        "gate suite.yaml --baseline nan.json --min-effect",
        "gate suite.yaml --baseline nan.json --fail-on", "merge suite.yaml",
        "import-predictions suite.yaml head.csv --name a --kind", "ui suite.yaml --port",
        "list", "show", "show strategy", "show model", "show metric", "show dataset", "schema",
        "run", "report", "sync", "--no-such", "",
    ],
)  # fmt: skip
def test_an_option_with_junk_is_told_and_exits_2(
    command: str, junk: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_told(capsys, *command.split(), junk)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_with_too_many_arguments_is_told(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_told(capsys, command, *["nowhere.yaml"] * 9)


@pytest.mark.parametrize("file", [*PREDICTIONS, "pipe.csv", "/dev/zero", ".", "no.csv"])
def test_predictions_that_are_none_are_told(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert_told(capsys, "import-predictions", "suite.yaml", file, "--name", "a")


@pytest.mark.parametrize("name", ["", "x" * 301, "a\nb", "\x1b[2J", "\u202e", "none"])
def test_a_method_with_a_name_that_none_can_have_is_told(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_told(capsys, "import-predictions", "suite.yaml", "head.csv", "--name", name)


@pytest.mark.parametrize("file", [*BASELINES, "pipe.json", "/dev/zero", ".", "no.json"])
def test_a_baseline_that_is_none_is_told(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert_told(capsys, "gate", "suite.yaml", "--baseline", file)


@pytest.mark.parametrize("file", [*ACCEPTED, "pipe.yaml", "/dev/zero", "no.yaml"])
def test_accepted_changes_that_are_none_are_told(
    file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmark.nightly.baselines.read", lambda path, suite: None)

    assert_told(capsys, "gate", "suite.yaml", "--baseline", "nan.json", "--accepted", file)


@pytest.mark.parametrize("file", ["pipe.json", "/dev/zero", "", ".", "suite.yaml/x"])
def test_a_baseline_is_written_over_files_alone(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_told(capsys, "baseline", "suite.yaml", "-o", file)


@pytest.mark.parametrize("file", ["pipe.csv", "empty.csv", "quotes.csv", "damaged.parquet"])
def test_a_table_that_is_none_is_told(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert_told(capsys, "show", "dataset", f"./{file}")


@pytest.mark.parametrize("place", ["--results", "-o"])
def test_a_place_that_cannot_be_is_told(place: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert_told(capsys, "report", "suite.yaml", place, "x" * 300)
