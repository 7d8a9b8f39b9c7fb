"""Whatever a suite file holds, it is a suite or a few lines that say what is wrong with it."""

import os
import random
import re
import time
from pathlib import Path

import pytest
import yaml
from hostile_suites import CASES, SUITE, VALID, mutated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark.errors import SuiteError
from benchmark.flow import load_suite

LINE = re.compile(r"(s\.yaml:[1-9][0-9]*: |suite '[^\n]*s\.yaml' )[^\n]+")
MOST_SECONDS = 1.0
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
TREES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner),
    max_leaves=9,
)
many = settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])


def lines_of(folder: Path, content: bytes) -> tuple[str, ...]:
    """What is said of a suite; nothing if it is one."""
    path = folder / "s.yaml"
    path.write_bytes(content)
    try:
        load_suite(path)
    except SuiteError as error:
        return error.mistakes
    return ()


def assert_readable(said: tuple[str, ...]) -> None:
    assert [line for line in said if not (LINE.fullmatch(line) and line.isprintable())] == []
    assert max(map(len, said), default=0) < 3000


@pytest.mark.parametrize(("text", "message"), CASES.values(), ids=CASES)
def test_each_case_is_told_in_lines(text: str, message: str, tmp_path: Path) -> None:
    started = time.process_time()
    said = lines_of(tmp_path, text.encode())
    seconds = time.process_time() - started

    assert_readable(said)
    assert any(message in line for line in said), said[:3]
    assert len(said) <= 101
    assert seconds < MOST_SECONDS


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (SUITE.encode("utf-16"), "is not UTF-8 text: invalid start byte in line 1"),
        (b"name: a\ncaf\xe9: 1", "is not UTF-8 text: invalid continuation byte in line 2"),
        (b"\xff" * 200_000, "is larger than 128 KiB, the most that is read"),
    ],
)
def test_what_is_no_text_is_one_line(content: bytes, message: str, tmp_path: Path) -> None:
    (said,) = lines_of(tmp_path, content)

    assert_readable((said,))
    assert message in said


@pytest.mark.parametrize("content", [SUITE, f"\ufeff{SUITE}", SUITE.replace("\n", "\r\n"), VALID])
def test_what_other_systems_write_is_a_suite(content: str, tmp_path: Path) -> None:
    assert lines_of(tmp_path, content.encode()) == ()


def test_what_is_no_file_is_one_line_and_nothing_waits(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    others = {
        tmp_path: "no regular file",
        tmp_path / "pipe": "no regular file",
        Path("/dev/zero"): "no regular file",
        tmp_path / "gone": "No such file",
        Path("a\0b"): "cannot be read",
        tmp_path / ("n" * 300): "File name too long",
    }
    for path, message in others.items():
        with pytest.raises(SuiteError, match=message) as caught:
            load_suite(path)
        assert len(caught.value.mistakes) == 1
        assert caught.value.mistakes[0].isprintable()


def test_a_file_name_with_commands_is_no_name_of_a_dataset(tmp_path: Path) -> None:
    (tmp_path / "\x1b[2J.csv").write_text("x,target\n1,a\n", encoding="utf-8")

    (said,) = lines_of(tmp_path, SUITE.replace("iris", "'*.csv'").encode())

    assert said.startswith("s.yaml:2: datasets: file '\\x1b[2J.csv' has control characters")


def test_two_files_of_one_name_are_told_with_the_line(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "t.csv").write_text("x,target\n1,a\n", encoding="utf-8")

    (said,) = lines_of(tmp_path, SUITE.replace("iris", "'*/t.csv'").encode())

    assert said.startswith("s.yaml:2: datasets: two datasets are named 't'")


def test_a_plugin_that_exits_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "exiting_plugin.py").write_text("raise SystemExit(0)", encoding="utf-8")

    (said,) = lines_of(tmp_path, f"{SUITE}plugins: [exiting_plugin]".encode())

    assert said == "s.yaml:5: plugins: plugin 'exiting_plugin' cannot be imported: SystemExit: 0"


@many
@given(luck=st.integers(0, 2**32))
def test_mutations_of_a_suite_are_told_in_lines(luck: int, tmp_path: Path) -> None:
    text = mutated(VALID, random.Random(luck))

    assert_readable(lines_of(tmp_path, text.encode("utf-8", "surrogatepass")))


@many
@given(content=st.binary(max_size=200))
def test_bytes_are_told_in_lines(content: bytes, tmp_path: Path) -> None:
    assert_readable(lines_of(tmp_path, content))


@many
@given(key=st.sampled_from([line.partition(":")[0] for line in VALID.splitlines()]), value=TREES)
def test_any_value_under_any_key_is_told_in_lines(key: str, value: object, tmp_path: Path) -> None:
    lines = [line for line in VALID.splitlines() if not line.startswith(f"{key}:")]
    text = "\n".join([*lines, yaml.dump({key: value}, allow_unicode=False)])

    assert_readable(lines_of(tmp_path, text.encode("utf-8", "surrogatepass")))
