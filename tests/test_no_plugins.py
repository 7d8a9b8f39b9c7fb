"""With `--no-plugins` no command runs code that a suite, or a journal, names."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from plugins_for_tests.suites import computed_here, write_suite

from benchmark import suite_file
from benchmark.cli.app import run_command_line
from benchmark.data import load as datasets
from benchmark.journal.encode import outcome_of

MARK = "ran.txt"
PLUGIN = f"""
from pathlib import Path
from sklearn.dummy import DummyClassifier

with Path(__file__).with_name({MARK!r}).open("a") as file:
    file.write("x")


class Mine(DummyClassifier):
    pass
"""
COMMANDS = (
    "run SUITE --results RESULTS",
    "plan SUITE --results RESULTS",
    "merge SUITE RESULTS --results RESULTS",
    "compare SUITE --results RESULTS",
    "compare SUITE --results RESULTS --by level",
    "report SUITE --results RESULTS -o page.html",
    "baseline SUITE --results RESULTS -o base.json",
    "gate SUITE --results RESULTS --baseline base.json",
    "export-folds SUITE -o folds.csv",
    "import-predictions SUITE folds.csv --name a --results RESULTS",
    "import-predictions SUITE --remove --name a --results RESULTS",
    "sync SUITE --results RESULTS",
    "ui SUITE --results RESULTS --tracking-uri http://127.0.0.1:9",
)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a plugin that leaves a mark when it is imported."""
    (tmp_path / "marking_plugin.py").write_text(PLUGIN, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "marking_plugin", raising=False)
    return tmp_path


def words(command: str, folder: Path) -> list[str]:
    paths = {"SUITE": str(folder / "suite.yaml"), "RESULTS": str(folder / "results")}
    return [*(paths.get(word, word) for word in command.split()), "--no-plugins"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    "settings",
    [
        {"plugins": ["marking_plugin"]},
        {"strategies": ["none", "marking_plugin:Mine"]},
        {"strategies": [{"use": "marking_plugin:Mine", "as": "none"}]},
        {"strategies": ["smote+marking_plugin:Mine"]},
        {"models": ["marking_plugin:Mine"]},
        {"datasets": ["marking_plugin:Mine"]},
        {"metrics": ["f2", "marking_plugin:Mine"]},
    ],
)
def test_no_command_imports_what_a_suite_names(
    command: str, settings: dict[str, object], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_suite(folder, **settings)

    code = run_command_line(words(command, folder))

    assert code == 2
    assert "marking_plugin" in capsys.readouterr().err
    assert not (folder / MARK).exists()


@pytest.mark.parametrize(
    "command",
    ["compare SUITE --results RESULTS --by level", "report SUITE --results RESULTS -o page.html",
     "merge SUITE RESULTS --results RESULTS", "sync SUITE --results RESULTS"],
)  # fmt: skip
def test_no_command_imports_what_a_journal_names(command: str, folder: Path) -> None:
    """In a process of its own: this one has imported the plugin to make the journal."""
    write_suite(folder, strategies=["none", "random_oversampling"], models=["marking_plugin:Mine"],
                plugins=["marking_plugin"])  # fmt: skip
    computed_here(folder / "suite.yaml").close()
    write_suite(folder, strategies=["none", "random_oversampling"])
    (folder / MARK).unlink()

    done = subprocess.run(
        [sys.executable, "-m", "benchmark", *words(command, folder)],
        capture_output=True, text=True, timeout=120, cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert not (folder / MARK).exists()


def test_installed_plugins_are_not_loaded_either(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr("benchmark.suite.load_entry_points", lambda: loaded.append("all"))
    path = write_suite(folder)

    suite_file.load(path, datasets, plugins=False)
    assert loaded == []

    suite_file.load(path, datasets, plugins=True)
    assert loaded == ["all"]


def test_a_pickle_in_a_journal_is_not_read(tmp_path: Path) -> None:
    class Harm:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.system, (f"touch {tmp_path / MARK}",)

    blob = pickle.dumps(Harm())

    with pytest.raises(Exception, match=r".+"):
        outcome_of(None, "ok", "{}", blob, blob)  # type: ignore[arg-type]  # no cell is needed

    assert not (tmp_path / MARK).exists()
