"""The structure that DESIGN promises: layers, sizes, one face for each stage."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import benchmark

PACKAGE = Path(__file__).parents[1] / "benchmark"
MODULES = sorted(PACKAGE.rglob("*.py"))
MODULE_LINES, FUNCTION_LINES = 300, 60


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(PACKAGE)) for path in paths]


@pytest.mark.parametrize("path", MODULES, ids=names(MODULES))
def test_a_module_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert len(text.splitlines()) <= MODULE_LINES
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", MODULES, ids=names(MODULES))
def test_every_function_fits_on_a_screen(path: Path) -> None:
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    lines = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}

    assert {name: count for name, count in lines.items() if count > FUNCTION_LINES} == {}


def test_the_api_is_what_the_readme_names() -> None:
    assert sorted(benchmark.__all__) == [
        "baseline",
        "compare",
        "export_folds",
        "gate",
        "import_predictions",
        "load_suite",
        "merge",
        "plan",
        "run",
        "sync",
    ]
    assert all(callable(getattr(benchmark, name)) for name in benchmark.__all__)


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        benchmark.nothing  # noqa: B018 - the access is the test


def loaded_by(imports: str, names: tuple[str, ...]) -> str:
    """Which of the packages a fresh process has loaded after importing modules."""
    code = f"import sys, {imports}; print([m for m in {names!r} if m in sys.modules])"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    commands = "benchmark.cli.app, benchmark.cli.run_command, benchmark.cli.ui_command"
    heavy = ("numpy", "pandas", "sklearn", "mlflow", "optuna")

    assert loaded_by(commands, heavy) == "[]\n"


def test_datasets_are_listed_without_anything_heavy() -> None:
    heavy = ("numpy", "pandas", "sklearn", "imblearn", "mlflow", "optuna")

    assert loaded_by("benchmark.cli.list_command, benchmark.cli.overview", heavy) == "[]\n"


def test_a_finished_suite_needs_neither_mlflow_nor_optuna() -> None:
    shown = "benchmark.flow, benchmark.cli.summary, benchmark.cli.progress"

    assert loaded_by(shown, ("mlflow", "optuna")) == "[]\n"
    assert loaded_by(shown, ("sklearn",)) == "['sklearn']\n"
