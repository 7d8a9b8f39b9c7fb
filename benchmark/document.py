"""YAML text → plain data that remembers its lines."""

import re
from typing import Any

import yaml

from benchmark.errors import SuiteError

MAX_NODES = 100_000
Place = tuple[str | int, ...]


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2: `no` is text, `1e-3` is a number."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own class attribute


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    (
        "float",
        r"^[-+]?(?:(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$",
        "-+0123456789.",
    ),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(node.value)


def _real(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float:
    text = node.value.lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _real)


class Document:
    """Plain data and the line on which each part of it stands."""

    def __init__(self, text: str, name: str) -> None:
        """Parse; raise SuiteError with the line of what is no YAML."""
        self.name = name
        self.lines: dict[Place, int] = {(): 1}
        self.mistakes: list[str] = []
        self._nodes = 0
        try:
            self.data = self._parsed(text)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            problem = f"{name}:{line}: not YAML: {error.problem or error.context}"
            raise SuiteError([problem]) from error
        except (yaml.YAMLError, ValueError) as error:
            raise SuiteError([f"{name}:1: not YAML: {' '.join(str(error).split())}"]) from error
        except RecursionError as error:
            raise SuiteError([f"{name}:1: nested too deeply"]) from error
        if self.mistakes:
            raise SuiteError(self.mistakes)

    def line(self, path: Place) -> int:
        """The line of the innermost known part of a path."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def where(self, path: Place) -> str:
        """The `file:line` of the innermost known part of a path."""
        return f"{self.name}:{self.line(path)}"

    def _parsed(self, text: str) -> Any:
        self._loader = _Loader(text)
        try:
            root = self._loader.get_single_node()
            return {} if root is None else self._plain(root, ())
        finally:
            self._loader.dispose()

    def _plain(self, node: yaml.Node, path: Place) -> Any:
        self._nodes += 1
        line = node.start_mark.line + 1
        if self._nodes > MAX_NODES:
            raise SuiteError(
                [f"{self.name}:{line}: more than {MAX_NODES} values, aliases included"]
            )
        self.lines.setdefault(path, line)
        if not node.tag.startswith("tag:yaml.org,2002:") or ":python/" in node.tag:
            raise SuiteError([f"{self.name}:{line}: not YAML: unknown tag {node.tag!r}"])
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*path, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        return self._loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, path: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            line = key_node.start_mark.line + 1
            if not key:
                self.mistakes.append(f"{self.name}:{line}: a key must be text")
                continue
            if key in found:
                self.mistakes.append(f"{self.name}:{line}: key {key!r} is given twice")
            self.lines[(*path, key)] = line
            found[key] = self._plain(value_node, (*path, key))
        return found
