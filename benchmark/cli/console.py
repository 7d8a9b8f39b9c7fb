"""The terminal, or the file that stands in for it."""

import sys

from rich.console import Console

from benchmark.journal.noted import changed_since
from benchmark.suite import Suite

WIDE = 160


def console(*, err: bool = False) -> Console:
    """A console; lines are not broken where the output is no terminal."""
    stream = sys.stderr if err else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(stderr=err, width=width, highlight=False, soft_wrap=False)


def tell_of_changes(noted: Suite, suite: Suite) -> None:
    """Say in which parts a suite file is no longer the suite that a journal is of."""
    changed = changed_since(noted, suite)
    if changed:
        parts = ", ".join(changed)
        text = f"note: this is the suite as it was last run; since then changed: {parts}"
        console(err=True).print(text, style="yellow", markup=False)
