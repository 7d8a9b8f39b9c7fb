"""YAML text → plain data that remembers its lines."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from benchmark import textfile
from benchmark.errors import SuiteError, brief

MAX_BYTES = 128 * 2**10
MAX_VALUES = 10_000
MAX_DEPTH = 50
MAX_DIGITS = 100
Place = tuple[str | int, ...]


class _TooMuch(yaml.MarkedYAMLError):
    """More of something than a document that a person writes has."""


class _Loader(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2: `no` is text, `1e-3` is a number.

    It stops where a text of a few letters would take long.
    """

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own class attribute
    values = depth = 0

    def fetch_flow_collection_start(self, TokenClass: type[yaml.Token]) -> None:
        """Count brackets here too: the scanner is far ahead of what is composed."""
        if self.flow_level >= MAX_DEPTH:
            raise _TooMuch(problem="nested too deeply", problem_mark=self.get_mark())
        super().fetch_flow_collection_start(TokenClass)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Compose a node, unless there are too many or it is too deep inside others."""
        self.values += 1
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise _TooMuch(problem="nested too deeply", problem_mark=self.get_mark())
        if self.values > MAX_VALUES:
            raise _TooMuch(problem=_MANY, problem_mark=self.get_mark())
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


_MANY = f"more than {MAX_VALUES:,} keys and values, aliases included"

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


def _text(text: str) -> str:
    text.encode()  # half a character, as "\\ud800" writes one, is none
    return text


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(text)
    return int(text)


def _real(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_SCALARS: dict[str, tuple[Callable[[str], Any], str]] = {
    "str": (_text, "text"),
    "bool": (lambda text: {"true": True, "false": False}[text.lower()], "true or false"),
    "null": (lambda text: None, "null"),
    "int": (_integer, f"a whole number of {MAX_DIGITS} digits or less"),
    "float": (_real, "a number"),
}


class Document:
    """Plain data and the line on which each part of it stands."""

    def __init__(self, text: str, name: str) -> None:
        """Parse; raise SuiteError with the line of what is no YAML."""
        self.name = name
        self.lines: dict[Place, int] = {(): 1}
        self.mistakes: list[str] = []
        self._values = 0
        try:
            self.data = self._parsed(text)
        except _TooMuch as error:
            raise self._mistake(str(error.problem), error.problem_mark) from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise self._mistake(f"not YAML: {error.problem or error.context}", mark) from error
        except yaml.reader.ReaderError as error:
            before = text[: error.position]
            problem = f"{self.name}:{before.count(chr(10)) + 1}: not YAML: character"
            raise SuiteError([f"{problem} {chr(error.character)!r} is not allowed"]) from error
        if self.mistakes:
            raise SuiteError(self.mistakes)

    @classmethod
    def read(cls, path: Path, what: str) -> "Document":
        """Parse a file; raise SuiteError where it cannot be read, or is too large to be one."""
        try:
            return cls(textfile.read(path, MAX_BYTES), path.name)
        except textfile.UnreadableError as error:
            raise SuiteError([f"{what} {str(path)!r} {error}"]) from error

    def line(self, path: Place) -> int:
        """The line of the innermost known part of a path."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def where(self, path: Place) -> str:
        """The `file:line` of the innermost known part of a path."""
        return f"{self.name}:{self.line(path)}"

    def _mistake(self, problem: str, mark: yaml.Mark | None) -> SuiteError:
        return SuiteError([f"{self.name}:{mark.line + 1 if mark else 1}: {problem}"])

    def _parsed(self, text: str) -> Any:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            return {} if root is None else self._plain(root, ())
        finally:
            loader.dispose()

    def _plain(self, node: yaml.Node, path: Place) -> Any:
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._mistake(_MANY, node.start_mark)
        if len(path) > MAX_DEPTH:  # an alias may be inside what it stands for
            raise self._mistake("nested too deeply", node.start_mark)
        self.lines.setdefault(path, node.start_mark.line + 1)
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return [self._plain(item, (*path, i)) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, path)
        if isinstance(node, yaml.ScalarNode) and kind in _SCALARS:
            return self._scalar(node, kind)
        problem = f"not YAML as understood here: tag {brief(node.tag)}"
        raise self._mistake(problem, node.start_mark)

    def _scalar(self, node: yaml.ScalarNode, kind: str) -> Any:
        make, allowed = _SCALARS[kind]
        try:
            return make(node.value)
        except (ValueError, KeyError) as error:
            problem = f"{brief(node.value)} is not {allowed}"
            raise self._mistake(problem, node.start_mark) from error

    def _mapping(self, node: yaml.MappingNode, path: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode) or not key_node.value:
                self.mistakes.append(f"{self.name}:{line}: a key must be text")
                continue
            key = str(self._scalar(key_node, "str"))
            if key in found:
                first = self.lines[(*path, key)]
                self.mistakes.append(
                    f"{self.name}:{line}: key {brief(key)} is given twice, first in line {first}"
                )
            self.lines[(*path, key)] = line
            found[key] = self._plain(value_node, (*path, key))
        return found
