"""What can change a fit changes its key, and nothing else does."""

import hashlib
import importlib.metadata
import json
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imblearn
import numpy as np
import pytest
import xgboost
from hypothesis import given
from hypothesis import strategies as st
from plugins_for_tests.suites import unloaded_afterwards

import benchmark
from benchmark.journal import keys

PACKAGE = Path(benchmark.__file__).parent
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CODE = '''"""A module."""
import helper
from statistics import mean


class Sampler:
    """Draws."""

    def draw(self, n):
        """Draw n rows."""
        return helper.half(n) + mean([n])


def nothing():
    """Do nothing."""
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the path with `entry.py`, which imports `helper.py`."""
    (tmp_path / "entry.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "helper.py").write_text("def half(n):\n    return n / 2\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with unloaded_afterwards(tmp_path):
        yield tmp_path


def after_edit(path: Path, old: str, new: str) -> str:
    """The source digest of `entry` once a file is edited."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return keys.source_digest(["entry"])


@given(st.dictionaries(st.text(), PLAIN, max_size=4))
def test_a_digest_does_not_depend_on_the_order_of_its_keys(content: dict[str, Any]) -> None:
    turned = dict(reversed(content.items()))

    assert keys.digest(turned) == keys.digest(content)


def test_a_digest_is_the_sha_256_of_compact_json() -> None:
    text = '{"a":[1,2.5,null],"b":"x"}'

    assert keys.digest({"b": "x", "a": [1, 2.5, None]}) == hashlib.sha256(text.encode()).hexdigest()


@given(
    st.lists(st.dictionaries(st.text(), PLAIN), max_size=3),
    st.sets(st.text(), max_size=3).flatmap(
        lambda names: st.lists(st.fixed_dictionaries(dict.fromkeys(names, PLAIN)), max_size=3)
    ),
)
def test_many_digests_are_those_of_each_content_alone(
    contents: list[dict[str, Any]], others: list[dict[str, Any]]
) -> None:
    found = list(keys.digests(contents, others))

    assert found == [[keys.digest(content | other) for other in others] for content in contents]


def test_the_environment_names_python_and_every_library_with_its_version() -> None:
    found = keys.environment([imblearn.__name__, xgboost.__name__])

    assert found == {
        "python": platform.python_version(),
        "imblearn": importlib.metadata.version("imbalanced-learn"),
        "numpy": np.__version__,
        "pandas": importlib.metadata.version("pandas"),
        "scipy": importlib.metadata.version("scipy"),
        "sklearn": importlib.metadata.version("scikit-learn"),
        "xgboost": importlib.metadata.version("xgboost"),
    }


def test_the_version_of_a_package_that_is_not_imported_comes_from_its_metadata() -> None:
    assert keys.version("PyYAML") == importlib.metadata.version("pyyaml")


def test_a_module_without_a_version_has_an_empty_one() -> None:
    assert keys.version("no_such_package_anywhere") == ""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""A module."""', '"""Another text\n\nof two paragraphs."""'),
        ('"""A module."""\n', ""),
        ('        """Draw n rows."""\n', ""),
        ('    """Draws."""\n\n', "    # a comment\n"),
        ('    """Do nothing."""\n', "    pass\n"),
        ("def nothing():\n", "def nothing():\n    # why\n"),
        ("helper.half(n) + mean([n])", "(  helper.half( n )\n            + mean([n]))  # same"),
        ("import helper", "import helper  # helps"),
        ("\n\n\nclass", "\n\n\n\n\n\nclass"),
    ],
)
def test_a_comment_a_docstring_and_the_layout_do_not_count(
    project: Path, old: str, new: str
) -> None:
    before = keys.source_digest(["entry"])

    assert after_edit(project / "entry.py", old, new) == before


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("entry.py", "+ mean([n])", "- mean([n])"),
        ("entry.py", "def nothing():", "def nothing(a=1):"),
        ("entry.py", "draw", "sample"),
        ("helper.py", "n / 2", "n / 2.0"),
        ("helper.py", "n / 2", "n // 2"),
    ],
)
def test_code_counts_in_a_module_and_in_the_helper_that_it_imports(
    project: Path, file: str, old: str, new: str
) -> None:
    before = keys.source_digest(["entry"])

    assert after_edit(project / file, old, new) != before


@pytest.mark.parametrize(
    "statement",
    [
        "from package import deep",
        "from package.deep import value",
        "import package.deep",
        "def later():\n    from package import deep\n",
    ],
)
def test_a_helper_counts_however_it_is_imported(project: Path, statement: str) -> None:
    (project / "package").mkdir()
    (project / "package" / "__init__.py").write_text("", encoding="utf-8")
    (project / "package" / "deep.py").write_text("value = 1\n", encoding="utf-8")
    (project / "entry.py").write_text(statement, encoding="utf-8")
    before = keys.source_digest(["entry"])

    assert after_edit(project / "package" / "deep.py", "1", "2") != before


@pytest.mark.parametrize(
    ("statement", "changed"),
    [
        ("from . import sibling", "package/inner/sibling.py"),
        ("from .sibling import value", "package/inner/sibling.py"),
        ("from .. import above", "package/above.py"),
        ("from ..above import value", "package/above.py"),
    ],
)
def test_relative_imports_are_followed(project: Path, statement: str, changed: str) -> None:
    inner = project / "package" / "inner"
    inner.mkdir(parents=True)
    for folder in (project / "package", inner):
        (folder / "__init__.py").write_text("", encoding="utf-8")
    (inner / "entry.py").write_text(statement, encoding="utf-8")
    (inner / "sibling.py").write_text("value = 1\n", encoding="utf-8")
    (project / "package" / "above.py").write_text("value = 1\n", encoding="utf-8")
    before = keys.source_digest(["package.inner.entry"])

    (project / changed).write_text("value = 2\n", encoding="utf-8")

    assert keys.source_digest(["package.inner.entry"]) != before


def test_modules_that_import_each_other_are_read_once(project: Path) -> None:
    (project / "helper.py").write_text("import entry\nvalue = 1\n", encoding="utf-8")
    before = keys.source_digest(["entry"])

    assert after_edit(project / "helper.py", "1", "2") != before


def test_a_module_elsewhere_does_not_count(
    project: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "foreign.py").write_text("value = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(elsewhere)
    (project / "entry.py").write_text("import foreign\nimport sys\nimport gone", encoding="utf-8")
    before = keys.source_digest(["entry"])

    assert after_edit(elsewhere / "foreign.py", "1", "2") == before


def test_an_installed_module_counts_with_the_version_of_its_project(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = keys.source_digest(["sklearn.svm._classes"])

    monkeypatch.setattr(keys, "version", lambda package: f"{package} 99")

    assert keys.source_digest(["sklearn.svm._classes"]) != before


def test_what_an_installed_module_imports_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    real = keys._normalised
    monkeypatch.setattr(keys, "_normalised", lambda path: read.append(path.stem) or real(path))

    keys.source_digest(["sklearn.svm._classes"])

    assert read == ["_classes"]


def test_an_edit_of_this_package_counts_from_the_next_start(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "PACKAGE", project)
    before = keys.source_digest(["entry"])

    assert after_edit(project / "entry.py", "+ mean([n])", "- mean([n])") == before


def test_an_installed_project_without_a_version_counts_with_all_that_it_imports_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site-packages" / "unversioned"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from unversioned import deep\n", encoding="utf-8")
    (package / "deep.py").write_text("value = 1\n", encoding="utf-8")
    monkeypatch.syspath_prepend(package.parent)
    before = keys.source_digest(["unversioned"])

    (package / "deep.py").write_text("value = 2\n", encoding="utf-8")

    assert keys.source_digest(["unversioned"]) != before


def test_a_plugin_counts_with_what_it_uses_of_this_project(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "from benchmark.catalogue.resampling import Resampled"
    (project / "entry.py").write_text(code, encoding="utf-8")
    before = keys.source_digest(["entry"])

    with_changed(monkeypatch, "benchmark.catalogue.resampling", tmp_path)

    assert keys.source_digest(["entry"]) != before


def test_a_module_without_python_source_has_no_path() -> None:
    assert keys._source_path("sys") is None
    assert keys._source_path("math") is None
    assert keys._source_path("no_such_module") is None
    assert keys._source_path("no_such_module.inside") is None


def test_the_root_of_a_file_above_all_folders_is_its_folder() -> None:
    assert keys._root(Path("/a.py"), "x.y.z") == Path("/")


SHOWING = ("complexity", "doubts", "facts", "one_rule")


def computing_modules() -> list[str]:
    """Every module that the design says computes, from its folders."""
    engine = ("evaluate", "fit", "job", "prepare", "score", "seeds", "splits", "tune")
    data = sorted({path.stem for path in (PACKAGE / "data").glob("*.py")} - {*SHOWING})
    return [f"engine/{name}.py" for name in engine] + [f"data/{name}.py" for name in data]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the package that keys read the source of."""
    copy = tmp_path / "benchmark"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    real = keys._source_path
    monkeypatch.setattr(keys, "_source_path", lambda name: moved(real(name), copy))
    return copy


@pytest.mark.parametrize("file", computing_modules())
def test_code_in_any_module_that_computes_counts(file: str, package: Path) -> None:
    before = keys.computing_digest.__wrapped__()

    with (package / file).open("a", encoding="utf-8") as code:
        code.write("\nCHANGED = 1\n")

    assert keys.computing_digest.__wrapped__() != before


@pytest.mark.parametrize("name", SHOWING)
def test_code_that_only_shows_a_dataset_does_not_count(name: str, package: Path) -> None:
    before = keys.computing_digest.__wrapped__()

    with (package / "data" / f"{name}.py").open("a", encoding="utf-8") as code:
        code.write("\nCHANGED = 1\n")

    assert keys.computing_digest.__wrapped__() == before


def test_a_comment_in_a_module_that_computes_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = keys.computing_digest.__wrapped__()

    with_changed(monkeypatch, "benchmark.engine.fit", tmp_path, "\n# a comment\n")

    assert keys.computing_digest.__wrapped__() == before


def test_keys_are_plain_text_that_json_can_hold() -> None:
    content = keys.environment([])

    assert json.loads(json.dumps(content)) == content


def moved(path: Path | None, copy: Path) -> Path | None:
    """Where a file of the package is in a copy of it."""
    return copy / path.relative_to(PACKAGE) if path else None


def with_changed(
    monkeypatch: pytest.MonkeyPatch, module: str, folder: Path, code: str = "\nCHANGED = 1\n"
) -> None:
    """Let a module's source be a copy with more code at its end."""
    real = keys._source_path
    path = real(module)
    assert path is not None
    changed = folder / "changed.py"
    changed.write_text(path.read_text(encoding="utf-8") + code, encoding="utf-8")
    monkeypatch.setattr(keys, "_source_path", lambda n: changed if n == module else real(n))
