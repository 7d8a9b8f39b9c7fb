"""YAML with the scalars of YAML 1.2 and with line numbers."""

import pytest

from benchmark.document import MAX_VALUES, Document
from benchmark.errors import SuiteError


def value(text: str) -> object:
    return Document(f"key: {text}", "s.yaml").data["key"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-3", 0.001),
        ("1E5", 100000.0),
        (".5", 0.5),
        ("-7", -7),
        ("010", 10),
        (".inf", float("inf")),
        ("no", "no"),
        ("on", "on"),
        ("off", "off"),
        ("12:30", "12:30"),
        ("2020-01-01", "2020-01-01"),
        ("true", True),
        ("False", False),
        ("~", None),
        ("", None),
        ('"1"', "1"),
        ("4GiB", "4GiB"),
    ],
)
def test_scalars_mean_what_yaml_1_2_says(text: str, expected: object) -> None:
    found = value(text)

    assert found == expected
    assert type(found) is type(expected)


def test_every_part_knows_its_line() -> None:
    document = Document("a: 1\nb:\n  - x\n  - {use: y,\n     as: z}\n", "s.yaml")

    assert document.where(("a",)) == "s.yaml:1"
    assert document.where(("b", 1, "as")) == "s.yaml:5"
    assert document.where(("b", 1, "nowhere", "deep")) == "s.yaml:4"


def test_an_empty_text_is_an_empty_mapping() -> None:
    assert Document("", "s.yaml").data == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1", "s.yaml:1: not YAML"),
        ("a: 1\n\tb: 2", "s.yaml:2: not YAML"),
        ("a: \x00", "s.yaml:1: not YAML"),
        ("a: 1\n\na: 2", "s.yaml:3: key 'a' is given twice, first in line 1"),
        ("? [1, 2]\n: 3", "s.yaml:1: a key must be text"),
        ("a: *unknown", "s.yaml:1: not YAML"),
        ("a: !!python/object:os.system {}", "s.yaml:1: not YAML"),
        ("[" * 5000, "s.yaml:1: nested too deeply"),
    ],
)
def test_what_is_no_yaml_is_one_line_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SuiteError) as caught:
        Document(text, "s.yaml")

    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_aliases_that_explode_are_refused() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 9)]

    with pytest.raises(SuiteError, match=f"more than {MAX_VALUES:,} keys and values"):
        Document("\n".join(lines), "s.yaml")
