"""Tables of many short texts."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmark.cli.grid import LEAST, Grid

HEADER = ["strategy\n+ model", "f2\ntuned", "roc_auc"]
LINES = [
    ["smote\n+ a name of many words", "0.500", "0.25*"],
    ["naïve 数据\n+ unbreakableunbreakable", "-", "+0.125  "],
]


def console(width: int) -> Console:
    return Console(file=io.StringIO(), width=width)


def text_of(out: Console) -> str:
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def by_rich(width: int) -> str:
    """The same table as rich lays it out."""
    table = Table(title=Text("\ntitle"), title_justify="left", box=None, pad_edge=False)
    table.add_column(HEADER[0], overflow="fold")
    for name in HEADER[1:]:
        table.add_column(name, justify="right", no_wrap=True)
    for line in LINES:
        table.add_row(*map(Text, line))
    out = console(width)
    out.print(table)
    return text_of(out)


@pytest.mark.parametrize("width", [33, 36, 40, 45, 80])
def test_it_is_laid_out_as_rich_does_it(width: int) -> None:
    out = console(width)

    Grid(HEADER, LINES, ["bold", ""], names=1).show(out, "\ntitle")

    assert text_of(out) == by_rich(width)


def test_names_stay_readable_and_numbers_whole_where_there_is_no_room() -> None:
    out = console(10)

    Grid(HEADER, LINES, ["bold", ""], names=1).show(out, "title")

    lines = text_of(out).splitlines()
    assert {cell_len(line) for line in lines if "0." in line} == {LEAST + 2 + 5 + 2 + 8}
    assert lines[1].startswith("strategy ")
    assert any(line.startswith("unbreaka ") for line in lines)
