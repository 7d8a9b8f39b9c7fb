"""Bad tables, each through the commands: one clear line, and others keep their results."""

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bad_tables import BAD, COMMANDS, GOOD, ODD, Table, frame, text
from plugins_for_tests.suites import write_suite

from benchmark.cli.app import run_command_line
from benchmark.data import files, room
from benchmark.engine.backends import local
from benchmark.journal.store import Journal

FOLDS = 3
Told = tuple[int, str, str]
Call = Callable[..., Told]


def suite_with(folder: Path, *tables: Table, **settings: Any) -> Path:
    """Write a suite of the good table and others, with their files."""
    (folder / "good.csv").write_bytes(GOOD)
    for table in tables:
        table.write(folder)
    names = ["bad"] if len(tables) == 1 else [f"bad_{i}" for i in range(len(tables))]
    uses = [{"use": t.file, "as": n, **t.asked} for t, n in zip(tables, names, strict=True)]
    given = {"datasets": ["good.csv", *uses], "models": ["ridge"], "cv": {"folds": FOLDS}}
    return write_suite(folder, **(given | settings))


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command; its exit code, output and errors. Nothing in them commands a terminal."""

    def call(*arguments: object) -> Told:
        code = run_command_line([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        assert "unexpected" not in err
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", out + err)
        return code, out, err

    return call


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a run before anything was wrong."""
    folder = tmp_path_factory.mktemp("earlier")
    bad = Table("bad.csv", text(frame(c=range(60))))
    assert run_command_line(["run", str(suite_with(folder, bad)), "--results", str(folder)]) == 0
    return folder / "small"


def scores(results: Path) -> dict[tuple[str, int], float]:
    """The scores that a journal shows, by dataset and fold; None where one is not computed."""
    with Journal.existing(results / "small" / "journal.sqlite") as journal:
        return {
            (row.cell.dataset, row.cell.fold): row.scores.values.get("default", {}).get("f2")
            for row in journal.rows()
        }


def error_of(err: str) -> str:
    """The one line that says what is wrong."""
    (line,) = [line for line in err.splitlines() if line.startswith("error: ")]
    assert len(line) < 1000
    return line


@pytest.mark.parametrize("name", BAD)
def test_a_bad_table_is_one_line_and_takes_nothing_from_others(
    name: str, tmp_path: Path, earlier: Path, call: Call
) -> None:
    shutil.copytree(earlier, tmp_path / "small")
    suite, results = suite_with(tmp_path, BAD[name]), ("--results", tmp_path)
    before = scores(tmp_path)

    planned = call("plan", suite, *results)
    ran = call("run", suite, *results)
    after = scores(tmp_path)
    only = call("run", suite, *results, "--only", "dataset=good")

    assert [planned[0], ran[0], only[0]] == [2, 2, 0]
    assert planned[2].count("\n") == 1
    assert re.search(BAD[name].says, error_of(planned[2]))
    assert error_of(ran[2]) == error_of(planned[2])
    assert after == before
    assert scores(tmp_path) == before
    assert "(0 cells computed now)" in only[1]
    assert re.search(r"none +ridge +\d\.\d", only[1])


@pytest.mark.parametrize("name", [name for name, table in BAD.items() if table.shown])
def test_a_bad_table_is_shown_as_the_same_line(name: str, tmp_path: Path, call: Call) -> None:
    code, out, err = shown(BAD[name], tmp_path, call)

    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert re.search(BAD[name].says, error_of(err))


@pytest.mark.parametrize("name", ODD)
def test_an_odd_table_is_shown_with_what_to_look_at(name: str, tmp_path: Path, call: Call) -> None:
    code, out, err = shown(ODD[name], tmp_path, call)

    assert (code, err) == (0, "")
    assert re.search(ODD[name].says, " ".join(out.split()))


def shown(table: Table, folder: Path, call: Call) -> tuple[int, str, str]:
    """What `show dataset` makes of a table."""
    table.write(folder)
    options = [f"--{key}={value}" for key, value in table.asked.items()]
    return call("show", "dataset", table.file, *options)


def test_odd_tables_are_learnt_from_and_what_to_look_at_is_noted(
    tmp_path: Path, call: Call
) -> None:
    tables = [
        Table(f"{i} {table.file}", table.content, table.says, table.asked)
        for i, table in enumerate(ODD.values())
    ]
    models = ["decision_tree", "logistic_regression"]
    suite = suite_with(tmp_path, *tables, models=models, backend={"workers": 2})

    code, _, err = call("run", suite)

    found = scores(Path("results"))
    assert code == 0
    assert len(found) == FOLDS * (1 + len(tables))
    assert None not in found.values()
    for i, table in enumerate(tables):
        assert re.search(f"'bad_{i}': .*{table.says}" if table.says else "", err)


def test_all_that_is_wrong_is_told_at_once_whether_it_is_met_early_or_late(
    tmp_path: Path, call: Call
) -> None:
    names = ["a short line", "two rare rows", "one group", "an infinity"]
    tables = [
        Table(f"{i}{BAD[name].file}", BAD[name].content, asked=BAD[name].asked)
        for i, name in enumerate(names)
    ]

    code, _, err = call("plan", suite_with(tmp_path, *tables))

    assert code == 2
    assert re.findall(r"'(bad_\d)'", err) == ["bad_0", "bad_1", "bad_2", "bad_3"]
    assert err.count("\n") == 4


def test_a_run_of_a_part_says_what_it_leaves_out_and_computes_the_rest(tmp_path: Path) -> None:
    suite = suite_with(tmp_path, BAD["a short line"])
    command = [sys.executable, "-m", "benchmark", "run", str(suite)]

    whole = subprocess.run(command, capture_output=True, text=True)
    part = subprocess.run([*command, "--only", "dataset=good"], capture_output=True, text=True)

    says = "dataset 'bad': file 'bad.csv': line 6 has 2 values, where 3 were expected"
    assert (whole.returncode, part.returncode) == (2, 0)
    assert whole.stderr == f"error: {says}\n"
    assert f"{says}; it is left out" in part.stderr
    assert "3 cells computed now" in part.stdout


def test_asking_for_a_part_that_is_wrong_is_a_mistake(tmp_path: Path, call: Call) -> None:
    suite = suite_with(tmp_path, BAD["a folder"])

    code, _, err = call("run", suite, "--only", "dataset=good", "--only", "dataset=bad")

    assert code == 2
    assert "'bad.csv' is not a file" in error_of(err)


def test_results_of_a_table_that_is_wrong_now_are_hidden_where_all_else_has_changed(
    tmp_path: Path, earlier: Path, call: Call
) -> None:
    shutil.copytree(earlier, tmp_path / "small")
    broken = suite_with(tmp_path, BAD["nothing"], metrics=["recall", "f2"])
    results = ("--results", tmp_path)

    code, _, err = call("run", broken, *results, "--only", "dataset=good")
    hidden = {dataset for dataset, _ in scores(tmp_path)}
    mended = suite_with(tmp_path, Table("bad.csv", text(frame(c=range(60)))))
    again = call("run", mended, *results)

    assert code == 0
    assert "earlier results of bad are hidden until the data can be loaded" in err
    assert hidden == {"good"}
    assert "(0 cells computed now)" in again[1]
    assert {dataset for dataset, _ in scores(tmp_path)} == {"good", "bad"}


def test_a_file_that_is_changed_between_two_runs_is_learnt_anew_and_its_old_results_are_gone(
    tmp_path: Path, earlier: Path, call: Call
) -> None:
    shutil.copytree(earlier, tmp_path / "small")
    suite = suite_with(tmp_path, Table("bad.csv", text(frame(c=range(60, 0, -1), x=Y_COPY))))
    before = scores(tmp_path)

    code, out, _ = call("run", suite, "--results", tmp_path)
    after = scores(tmp_path)

    assert code == 0
    assert "(3 cells computed now)" in out
    assert {k: v for k, v in after.items() if k[0] == "good"} == {
        k: v for k, v in before.items() if k[0] == "good"
    }
    assert [after["bad", fold] for fold in range(FOLDS)] == [1.0] * FOLDS


Y_COPY = frame()["target"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda path: path.write_bytes(text(frame(c=1))), "dataset 'bad' changed while the suite"),
        (lambda path: path.unlink(), "no file 'bad.csv'"),
        (lambda path: path.write_bytes(GOOD[:-3]), "line 61 has 2 values, where 3 were expected"),
    ],
)
def test_a_file_that_breaks_in_the_midst_of_a_run_fails_its_own_cells_alone(
    change: Callable[[Path], object],
    says: str,
    tmp_path: Path,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    suite = suite_with(tmp_path, Table("bad.csv", text(frame(c=range(60)))))

    @contextmanager
    def nothing_lent(datasets: Any) -> Iterator[dict[str, Any]]:
        change(tmp_path / "bad.csv")  # after the driver read it, and before a worker does
        yield {}

    monkeypatch.setattr(local, "lending", nothing_lent)
    code, out, _ = call("run", suite)

    found = scores(Path("results"))
    assert code == 1
    assert [found["bad", fold] for fold in range(FOLDS)] == [None] * FOLDS
    assert None not in [found["good", fold] for fold in range(FOLDS)]
    assert re.search(f"bad / none / ridge: failed in 3 folds: DatasetError: .*{says}", out)


def test_a_file_that_breaks_after_it_was_read_changes_nothing(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = suite_with(tmp_path, Table("bad.csv", text(frame(c=range(60)))))
    lending = local.lending

    @contextmanager
    def lent_and_gone(datasets: Any) -> Iterator[dict[str, Any]]:
        with lending(datasets) as lent:
            (tmp_path / "bad.csv").unlink()
            yield lent

    monkeypatch.setattr(local, "lending", lent_and_gone)
    code, _, _ = call("run", suite)

    assert code == 0
    assert None not in scores(Path("results")).values()


def test_a_file_that_may_not_be_read_is_named_with_the_reason(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    suite = suite_with(tmp_path, Table("bad.csv", GOOD))
    monkeypatch.setattr(files, "_refuse_disguised", refuse)

    code, _, err = call("plan", suite)

    assert code == 2
    assert "dataset 'bad': file 'bad.csv' cannot be read: Permission denied\n" in err


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("bad.csv.gz", gzip.compress(b"x,target\n" + b"1,0\n" * 2**24), "it unpacks to 4"),
        ("bad.csv", b"x,target\n" + b"1,0\n" * 2**21, "its text has 4"),
        ("bad.arff", b"%" * 2**23, "it holds 8.0 MiB or more"),
    ],
)
def test_more_than_memory_holds_is_refused_before_it_is_there(
    file: str,
    content: bytes,
    says: str,
    tmp_path: Path,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room, "free_bytes", lambda: 2**23)

    code, _, err = call("plan", suite_with(tmp_path, Table(file, content)))

    assert code == 2
    assert says in error_of(err)
    assert "and 8.0 MiB of memory are free; a table may take 50% of that" in error_of(err)


def test_a_small_parquet_file_of_many_cells_is_refused_by_their_number(
    tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = pd.DataFrame({"x": 1, "target": 0}, index=range(2**20))
    many.to_parquet(tmp_path / "bad.parquet", index=False)
    monkeypatch.setattr(room, "free_bytes", lambda: 2**24)

    code, _, err = call("show", "dataset", "bad.parquet")

    assert code == 2
    assert "it has 2,097,152 cells, which take 16.0 MiB or more" in error_of(err)
    assert (tmp_path / "bad.parquet").stat().st_size < 2**16


def test_three_thousand_columns_are_planned_and_learnt_from(tmp_path: Path, call: Call) -> None:
    wide = pd.concat([frame().add_prefix(f"c{i}_") for i in range(1000)], axis=1)
    table = Table("bad.csv", text(wide.rename(columns={"c0_target": "target"})))

    code, out, _ = call("run", suite_with(tmp_path, table), "--only", "dataset=bad")

    assert code == 0
    assert re.search(r"none +ridge +1\.000", out)


def test_a_container_has_less_memory_than_its_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_CONTAINER", tmp_path)
    machine = room.free_bytes()
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1024\n")
    without_limit = room.free_bytes()
    (tmp_path / "memory.max").write_text("4096\n")

    assert room.free_bytes() == 3072
    assert min(machine, without_limit) > 2**20


def test_a_system_that_does_not_say_what_is_free_says_what_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = room.free_bytes()
    monkeypatch.setattr(room, "_MEMORY", tmp_path / "meminfo")

    assert room.free_bytes() >= free


def test_labels_that_command_a_terminal_are_shown_as_they_are_written(
    tmp_path: Path, call: Call
) -> None:
    ODD["labels of commands"].write(tmp_path)

    _, out, _ = call("show", "dataset", "bad.csv")
    facts = json.loads(call("show", "dataset", "bad.csv", "--json")[1])[0]["facts"]

    assert r"\x1b[31mred\x1b]0;title" in out
    assert COMMANDS in facts["classes"]
