"""Two keys for each cell: one for what can change a fit, one for what can change a score."""

import ast
import hashlib
import importlib.metadata
import importlib.util
import json
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

COMPUTING = (
    "benchmark.catalogue.compose",
    "benchmark.catalogue.confusion",
    "benchmark.catalogue.encoded",
    "benchmark.catalogue.heldout",
    "benchmark.catalogue.imported",
    "benchmark.catalogue.wrapper",
    "benchmark.chance",
    "benchmark.data",
    "benchmark.engine.evaluate",
    "benchmark.engine.fit",
    "benchmark.engine.job",
    "benchmark.engine.points",
    "benchmark.engine.prepare",
    "benchmark.engine.race",
    "benchmark.engine.rounds",
    "benchmark.engine.score",
    "benchmark.engine.seeds",
    "benchmark.engine.shelf",
    "benchmark.engine.splits",
    "benchmark.engine.threshold",
    "benchmark.engine.trees",
    "benchmark.engine.trial",
    "benchmark.engine.tune",
    "benchmark.long_tail",
    "benchmark.predictions",
    "benchmark.space",
)
DESCRIBING = tuple(f"benchmark.data.{n}" for n in ("complexity", "doubts", "facts", "one_rule"))
PACKAGE = Path(__file__).parents[1]
MACHINE = ("platform", "processor", "processors", "kernel", "libc", "calibration_seconds")
ALWAYS_USED = ("numpy", "pandas", "scipy", "sklearn")
_text = json.JSONEncoder(sort_keys=True, default=str, separators=(",", ":")).encode


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 of plain data, independent of the order of its keys."""
    return hashlib.sha256(_text(content).encode()).hexdigest()


def digests(
    contents: Iterable[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]
) -> Iterator[list[str]]:
    """For each content, `digest(content | other)` for each of the others.

    The others have the same names; each of both becomes text only once.
    """
    parts = [_parts(other) for other in others]
    for content in contents:
        whole = _parts(content)
        names = sorted(whole.keys() | parts[0].keys()) if parts else []
        texts = [",".join(map((whole | part).__getitem__, names)) for part in parts]
        yield [hashlib.sha256(f"{{{text}}}".encode()).hexdigest() for text in texts]


def _parts(content: Mapping[str, Any]) -> dict[str, str]:
    """Name → what the JSON of a content has for it."""
    return {name: f"{_text(name)}:{_text(value)}" for name, value in content.items()}


def environment(libraries: Iterable[str]) -> dict[str, str]:
    """Versions of Python and of the packages that a pair uses."""
    return {"python": platform.python_version()} | {
        name: version(name) for name in sorted({*ALWAYS_USED, *libraries})
    }


@cache
def version(package: str) -> str:
    """The version of an imported package; empty where it has none."""
    module = sys.modules.get(package)
    found = getattr(module, "__version__", None)
    if isinstance(found, str):
        return found
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


@cache
def computing_digest() -> str:
    """SHA-256 of the normalised source of all that computes, without what that imports."""
    files = {name: path for name in COMPUTING if (path := _source_path(name))}
    packages = {name: path.parent for name, path in files.items() if path.name == "__init__.py"}
    for name, folder in packages.items():
        files |= {f"{name}.{path.stem}": path for path in folder.glob("*.py")}
    return digest({n: _normalised(path) for n, path in files.items() if n not in DESCRIBING})


def source_digest(modules: Iterable[str]) -> str:
    """SHA-256 of the normalised source of modules and of what they import of their project or ours.

    Comments, docstrings and layout do not count. What an installed module imports counts by the
    version of its project.
    """
    reached: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        path = _source_path(name)
        if name in reached or path is None:
            continue
        reached[name] = _normalised(path)
        top = name.partition(".")[0]
        if top != "benchmark" and _is_installed(path) and version(top):
            reached[f"{top} version"] = version(top)
            continue
        waiting += [m for m in _imports(path, name) if _same_project(name, m)]
    return digest(reached)


def _source_path(module: str) -> Path | None:
    """The Python file of a module, or None where it has none."""
    loaded = sys.modules.get(module)
    origin = getattr(loaded, "__file__", None)
    if origin is None:
        try:
            spec = importlib.util.find_spec(module)
        except (ImportError, ValueError, AttributeError):
            return None
        origin = spec.origin if spec else None
    if origin is None or not origin.endswith(".py"):
        return None
    return Path(origin)


def _same_project(importer: str, imported: str) -> bool:
    """Whether a module belongs to the project of the one that imports it, or to this one."""
    top = imported.partition(".")[0]
    if top in ("benchmark", importer.partition(".")[0]):
        return True
    if top in sys.stdlib_module_names:
        return False
    here, there = _source_path(importer), _source_path(top)
    if here is None or there is None or _is_installed(there):
        return False
    return there.is_relative_to(_root(here, importer))


def _is_installed(path: Path) -> bool:
    return not {"site-packages", "dist-packages"}.isdisjoint(path.parts)


def _root(path: Path, module: str) -> Path:
    """The folder that a module's top-level package lies in."""
    steps = module.count(".") + (1 if path.name == "__init__.py" else 0)
    return path.parents[steps] if steps < len(path.parents) else path.parent


def _normalised(path: Path) -> str:
    """Digest of the code of a file."""
    return _parsed(path, _edited_ns(path))[0]


def _imports(path: Path, module: str) -> tuple[str, ...]:
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found = []
    for name, level in _parsed(path, _edited_ns(path))[1]:
        prefix = (
            ".".join(package.split(".")[: len(package.split(".")) - level + 1]) if level else ""
        )
        found.append(f"{prefix}.{name}".strip(".") if level else name)
    return tuple(found)


def _edited_ns(path: Path) -> int:
    """When a file was edited; 0 for this package, because what was imported of it computes."""
    return 0 if path.is_relative_to(PACKAGE) else path.stat().st_mtime_ns


@cache
def _parsed(path: Path, edited_ns: int) -> tuple[str, tuple[tuple[str, int], ...]]:
    """The digest of a file's code, and the modules that it names in imports with their level.

    The time of modification is there so that the cache notices an edit.
    """
    tree = ast.parse(path.read_bytes())
    imports = tuple(_named_modules(tree))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            body[:] = body[1:] or [ast.Pass()]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest(), imports


def _named_modules(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, 0) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield module, node.level
            yield from ((f"{module}.{alias.name}".strip("."), node.level) for alias in node.names)


def _is_docstring(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
