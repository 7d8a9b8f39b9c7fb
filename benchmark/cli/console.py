"""The terminal, or the file that stands in for it."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from benchmark.journal.noted import changed_since
from benchmark.suite import Suite
from benchmark.visible import visible

WIDE = 160


class Plain(Console):
    """A console that shows what names and labels hold, and obeys none of it."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """The segments of what is shown; commands are the console's own alone."""
        for text, style, control in super().render(renderable, options):
            yield Segment(text if control else visible(text), style, control)


def say(text: str, colour: str | None = None, *, err: bool = True) -> None:
    """Print lines as they are, or in a colour; what a terminal would obey is shown."""
    click.secho(visible(text), err=err, fg=colour)


class Told:
    """A stream of words beside the results: where it cannot be written, they go on without it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, and nothing more once that has failed."""
        with self._without_trouble():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, and write nothing more once that has failed."""
        with self._without_trouble():
            self._stream.flush()

    @contextmanager
    def _without_trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)


def console(*, err: bool = False) -> Console:
    """A console; lines are not broken where the output is no terminal."""
    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else WIDE
    file: Any = Told(stream) if err else None
    return Plain(stderr=err, file=file, width=width, highlight=False, soft_wrap=False)


def tell_of_changes(noted: Suite, suite: Suite) -> None:
    """Say in which parts a suite file is no longer the suite that a journal is of."""
    changed = changed_since(noted, suite)
    if changed:
        parts = ", ".join(changed)
        text = f"note: this is the suite as it was last run; since then changed: {parts}"
        console(err=True).print(text, style="yellow", markup=False)
