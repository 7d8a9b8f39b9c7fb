"""The terminal, or the file that stands in for it."""

import sys
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.segment import Segment

from benchmark.journal.noted import changed_since
from benchmark.suite import Suite

WIDE = 160
_COMMANDS = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code != ord("\n")}


class Guarded(Console):
    """Shows the characters that a terminal would obey, since names come from anywhere."""

    def render(self, *what: Any, **options: Any) -> Iterator[Segment]:
        """Render as a console does, which writes its own commands apart from text."""
        for segment in super().render(*what, **options):
            shown = segment.text if segment.control else segment.text.translate(_COMMANDS)
            yield segment._replace(text=shown)


def console(*, err: bool = False) -> Console:
    """A console; lines are not broken where the output is no terminal."""
    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else WIDE
    return Guarded(stderr=err, width=width, highlight=False, soft_wrap=False)


def tell_of_changes(noted: Suite, suite: Suite) -> None:
    """Say in which parts a suite file is no longer the suite that a journal is of."""
    changed = changed_since(noted, suite)
    if changed:
        parts = ", ".join(changed)
        text = f"note: this is the suite as it was last run; since then changed: {parts}"
        console(err=True).print(text, style="yellow", markup=False)
