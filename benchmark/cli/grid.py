"""A table of many short texts for a terminal, without rich's measuring and wrapping of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from operator import add

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

LEAST = 8  # letters of a name on one line


@dataclass(frozen=True)
class Grid:
    """Lines of texts under a header; any text may have several lines.

    Attributes:
        names: how many columns are names, on the left; numbers are on the right.
        styles: one for each line.
        gap: spaces between columns.
    """

    header: Sequence[str]
    lines: Sequence[Sequence[str]]
    styles: Sequence[str]
    names: int
    gap: int = 2

    @cached_property
    def widths(self) -> list[int]:
        """Of each column."""
        columns = zip(self.header, *self.lines, strict=True)
        return [max(map(cell_len, "\n".join(column).split("\n"))) for column in columns]

    @property
    def width(self) -> int:
        """Of the whole."""
        return sum(self.widths) + self.gap * (len(self.widths) - 1)

    def show(self, out: Console, title: str) -> None:
        """Print it; where it is too wide, the names in its first column are folded."""
        widest = self.widths[0]
        first = min(widest, max(LEAST, widest - max(0, self.width - out.width)))
        narrow = first < widest
        deep = max(name.count("\n") for name in self.header)
        header = ["\n" * (deep - name.count("\n")) + name for name in self.header]
        text = Text(end="")
        for cells, style in zip((header, *self.lines), ("bold", *self.styles), strict=True):
            name = _folded(out, cells[0], first) if narrow else cells[0].split("\n")
            for line in self._aligned([name, *(cell.split("\n") for cell in cells[1:])], first):
                text.append(f"{line}\n", style)
        width = self.width - widest + first
        out.print(Text(title, "bold"), justify="left", width=width)
        out.print(text, end="", no_wrap=True, overflow="ignore", crop=False)

    def _aligned(self, cells: Sequence[Sequence[str]], first: int) -> Iterator[str]:
        """The lines of a row, whose first column is so wide."""
        widths = [first, *self.widths[1:]]
        for parts in zip_longest(*cells, fillvalue=""):
            names, numbers = parts[: self.names], [part.strip() for part in parts[self.names :]]
            spaces = [
                " " * (width - cell_len(part))
                for width, part in zip(widths, (*names, *numbers), strict=True)
            ]
            left = map(add, names, spaces)
            right = map(add, spaces[self.names :], numbers)
            yield (" " * self.gap).join((*left, *right))


def _folded(out: Console, text: str, width: int) -> list[str]:
    """The lines of a text, broken between words, or inside one that is longer."""
    return [line.plain for line in Text(text).wrap(out, width, overflow="fold")]
